//go:build unix

package frontends

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
)

func kernelJSON(t *testing.T) (file string, data []byte) {
	t.Helper()
	file = filepath.Join(kerneltest.Data, "kernels", "gonb", "kernel.json")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return file, data
}

// specProblems says what an editor would stumble over in a kernel.json.
func specProblems(data []byte) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var spec struct {
		Argv          []string          `json:"argv"`
		DisplayName   string            `json:"display_name"`
		Language      string            `json:"language"`
		InterruptMode string            `json:"interrupt_mode"`
		Env           map[string]string `json:"env"` // VS Code hands it to Node as it is
		Metadata      map[string]any    `json:"metadata"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&spec); err != nil {
		return []string{err.Error()}
	}
	if len(spec.Argv) == 0 || !filepath.IsAbs(spec.Argv[0]) {
		say("argv %q doesn't begin with an absolute path", spec.Argv)
	} else if info, err := os.Stat(spec.Argv[0]); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		say("%s isn't a program: %v", spec.Argv[0], err)
	}
	if !slices.Contains(spec.Argv, "{connection_file}") {
		say("argv %q has no {connection_file}", spec.Argv)
	}
	if spec.DisplayName == "" || spec.Language != "go" {
		say("the kernel %q is of the language %q", spec.DisplayName, spec.Language)
	}
	if spec.InterruptMode != "message" {
		say("interrupt_mode is %q", spec.InterruptMode) // a signal wouldn't reach the cell's program
	}
	// VS Code leaves a kernel's PATH out of account, unless a variable is to be put
	// into it.
	if path, ok := spec.Env["PATH"]; ok && !strings.Contains(path, "${PATH}") {
		say("PATH is %q", path)
	}
	if spec.Metadata == nil {
		say("no metadata")
	}
	return problems
}

// VS Code reads kernel.json itself.
func TestKernelJSON(t *testing.T) {
	_, data := kernelJSON(t)
	for _, problem := range specProblems(data) {
		t.Error(problem)
	}
	for _, change := range [][2]string{
		{`{connection_file}`, `connection_file`},
		{`/gonb"`, `/gone"`},
		{`"argv": [` + "\n    \"", `"argv": [` + "\n    \"./"},
		{`"display_name": "Go (gonb)"`, `"display_name": ""`},
		{`"language": "go"`, `"language": "Go"`},
		{`"interrupt_mode": "message"`, `"interrupt_mode": "signal"`},
		{`"GO111MODULE": "on"`, `"GO111MODULE": true`},
		{`${PATH}`, `/usr/bin`},
		{`"metadata"`, `"meta"`},
	} {
		broken := strings.Replace(string(data), change[0], change[1], 1)
		if found := specProblems([]byte(broken)); broken == string(data) || len(found) != 1 {
			t.Errorf("with %q in place of %q there are these problems: %q, want one", change[1], change[0], found)
		}
	}
}

// Jupyter lists the kernel.
func TestKernelspecList(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	jupyter := need(t, "jupyter")
	need(t, "jupyter-kernelspec")
	said, err := p.run(t, jupyter, "kernelspec", "list", "--json")
	var list struct {
		Kernelspecs map[string]struct {
			ResourceDir string `json:"resource_dir"`
			Spec        map[string]any
		}
	}
	if err != nil || json.Unmarshal([]byte(said), &list) != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	file, data := kernelJSON(t)
	k := list.Kernelspecs["gonb"]
	if same, err := filepath.EvalSymlinks(filepath.Dir(file)); err != nil || k.ResourceDir != same && k.ResourceDir != filepath.Dir(file) {
		t.Errorf("the kernel is in %q, want %s (%v)", k.ResourceDir, filepath.Dir(file), err)
	}
	var want map[string]any
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for key, value := range want {
		if got := k.Spec[key]; fmt.Sprint(got) != fmt.Sprint(value) {
			t.Errorf("%s is %v, want %v", key, got, value)
		}
	}
}

// An editor that was started from a desktop has hardly an environment, and starts
// the kernel with what kernel.json says and nothing else.
func TestDesktop(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	py := python(t, "jupyter_client")
	file, _ := kernelJSON(t)
	if err := os.Mkdir(p.file("home"), 0o755); err != nil {
		t.Fatal(err)
	}
	cell := "import \"github.com/wasserwerk-go/wasserwerk/lib/rng\"\n\n%%\nfmt.Println(rng.New(1) == rng.New(1), rng.New(1) == rng.New(2))"
	var got struct {
		Language string
		Status   string
		Printed  string
	}
	p.ask(t, &got, py, script(t, "desktop.py"), file, p.file("home"), cell)
	if got.Language != "go" || got.Status != "ok" || got.Printed != "true false\n" {
		t.Errorf("%+v", got)
	}
}
