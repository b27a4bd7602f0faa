//go:build unix

package frontends

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/command"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

// lacks ends a test that lacks something: it is skipped, or fails where nothing may
// be skipped.
func lacks(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("WASSERWERK_NO_SKIP") != "" {
		t.Fatalf(format+", and WASSERWERK_NO_SKIP is set", args...)
	} else {
		t.Skipf(format, args...)
	}
}

// need returns the path of a program.
func need(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		lacks(t, "%s isn't on PATH", name)
	}
	return path
}

// python returns the path of a Python that has some modules.
func python(t *testing.T, modules ...string) string {
	t.Helper()
	path := need(t, "python3")
	const missing = "import importlib.util, sys; print(*(m for m in sys.argv[1:] if not importlib.util.find_spec(m)))"
	out, err := exec.Command(path, append([]string{"-c", missing}, modules...)...).Output()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if names := strings.TrimSpace(string(out)); names != "" {
		lacks(t, "%s has no %s", path, names)
	}
	return path
}

// script returns the path of a file in testdata.
func script(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// place is a folder of a test's own in which programs run. They find the kernel
// there and nothing that the user has set.
type place struct {
	dir  string   // what they work on
	temp string   // their temporary files
	env  []string // their environment
}

func newPlace(t *testing.T) *place {
	t.Helper()
	root := kerneltest.Temp(t)
	p := &place{dir: filepath.Join(root, "work"), temp: filepath.Join(root, "tmp"), env: os.Environ()}
	if err := errors.Join(os.Mkdir(p.dir, 0o755), os.Mkdir(p.temp, 0o755)); err != nil {
		t.Fatal(err)
	}
	for name, folder := range map[string]string{
		"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython", "WASSERWERK_MEMO": "memo",
	} {
		p.env = append(p.env, name+"="+filepath.Join(root, folder))
	}
	p.env = append(p.env, "TMPDIR="+p.temp, "JUPYTER_PATH=", "PYTHONWARNINGS=ignore::DeprecationWarning")
	t.Cleanup(func() {
		if left := eventually(p.leavings); len(left) > 0 {
			t.Errorf("temporary files are left: %v", left)
		}
	})
	return p
}

// leavings are the temporary files that there are, but for what GoNB does leave: it
// ends gopls with no warning, so that the hardly filled folders of gopls stay, and
// doesn't wait for its own removal of a cell's pipe.
func (p *place) leavings() []string {
	return slices.DeleteFunc(glob(filepath.Join(p.temp, "*")), func(file string) bool {
		name := filepath.Base(file)
		return strings.HasPrefix(name, "gopls-") || strings.HasPrefix(name, "gonb_pipe_") ||
			strings.HasPrefix(name, "go-build") && len(glob(filepath.Join(file, "*"))) == 0
	})
}

func (p *place) file(name string) string { return filepath.Join(p.dir, name) }

// start starts a program that leads a process tree. When the test ends, so does the
// tree; nothing may be left of it by then.
func (p *place) start(t *testing.T, out *bytes.Buffer, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, p.env, out, out
	cmd.WaitDelay = 5 * time.Second
	proctree.Lead(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left := eventually(func() []int { return proctree.Members(cmd.Process.Pid) }); len(left) > 0 {
			t.Errorf("%s: processes are left: %v", filepath.Base(name), left)
			proctree.Kill(cmd.Process.Pid)
		}
	})
	return cmd
}

// patience is how long a program may take, on a busy machine.
const patience = 5 * time.Minute

// run runs a program and returns all that it said.
func (p *place) run(t *testing.T, name string, args ...string) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	cmd := p.start(t, &out, name, args...)
	late := time.AfterFunc(patience, func() { proctree.Kill(cmd.Process.Pid) })
	err = cmd.Wait()
	if !late.Stop() {
		t.Fatalf("%s took more than %v; it said\n%s", name, patience, out.String())
	}
	return out.String(), err
}

// ask runs a script that prints a line of JSON last, and reads that.
func (p *place) ask(t *testing.T, answer any, name string, args ...string) {
	t.Helper()
	said, err := p.run(t, name, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, said)
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), answer); err != nil {
		t.Fatalf("%s: %v in\n%s", args[0], err, said)
	}
}

// eventually asks what is left until that is nothing, or time is up. Programs that
// were told to end take a moment.
func eventually[T any](left func() []T) []T {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if now := left(); len(now) == 0 || time.Since(began) > 10*time.Second {
			return now
		}
	}
}

func glob(pattern string) []string {
	files, _ := filepath.Glob(pattern)
	return files
}

// kernelsetup runs the command in this checkout, with the kernel of the tests.
func kernelsetup(args ...string) (code int, said string) {
	var out bytes.Buffer
	code = command.Main(context.Background(), append([]string{"--repo", kerneltest.Repo}, args...), &out, &out)
	return code, out.String()
}

// install puts beside the kernel what completes names, as people do.
var install = sync.OnceValues(func() (int, string) { return kernelsetup("install", "--completion") })

func completing(t *testing.T) {
	t.Helper()
	switch code, said := install(); {
	case code != 0 && strings.Contains(said, "no network"):
		lacks(t, "gopls can't be built: %s", said)
	case code != 0:
		t.Fatalf("install --completion: exit code %d, said\n%s", code, said)
	}
}

// code makes code cells.
func code(sources ...string) (cells []*nbformat.Cell) {
	for _, s := range sources {
		cells = append(cells, &nbformat.Cell{Type: nbformat.Code, Source: s})
	}
	return cells
}

// notebook writes a notebook for the kernel into the place.
func (p *place) notebook(t *testing.T, name string, cells ...*nbformat.Cell) {
	t.Helper()
	nb := &nbformat.Notebook{Cells: cells, Metadata: map[string]json.RawMessage{
		"kernelspec": json.RawMessage(`{"display_name":"Go (gonb)","language":"go","name":"gonb"}`),
	}}
	if err := nb.WriteFile(p.file(name)); err != nil {
		t.Fatal(err)
	}
}

// chapter copies a notebook of the project into the place.
func (p *place) chapter(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(kerneltest.Repo, "notebooks", name))
	if err == nil {
		err = os.WriteFile(p.file(name), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) *nbformat.Notebook {
	t.Helper()
	nb, err := nbformat.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return nb
}
