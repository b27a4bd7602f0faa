package command

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
)

// The installed kernel serves the real Jupyter: a cell imports the library with
// no preparation.
func TestRealJupyter(t *testing.T) {
	jupyter, err := exec.LookPath("jupyter")
	if err == nil {
		err = exec.Command(jupyter, "nbconvert", "--version").Run()
	}
	if err != nil {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatalf("jupyter with nbconvert is needed: %v", err)
		}
		t.Skipf("jupyter with nbconvert isn't on PATH: %v", err)
	}
	t.Setenv("TMPDIR", kerneltest.Temp(t))
	t.Setenv("JUPYTER_DATA_DIR", kerneltest.Temp(t))
	t.Setenv("GOFLAGS", "-mod=mod") // Jupyter's own environment may be hostile too
	t.Setenv("GOWORK", "off")
	t.Chdir(kerneltest.Repo)
	if r := main(t, "install"); r.code != exitOK {
		t.Fatalf("install: %+v", r)
	}
	t.Chdir(t.TempDir())
	notebook(t, "nb.ipynb", "import \"github.com/wasserwerk-go/wasserwerk/lib/rng\"\n\n%%\nfmt.Println(rng.New(1) == rng.New(1), rng.New(1) == rng.New(2))")
	cmd := exec.Command(jupyter, "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.kernel_name=gonb", "--output", "out.ipynb", "nb.ipynb")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("nbconvert: %v\n%s", err, out)
	}
	if out, err := os.ReadFile("out.ipynb"); err != nil || !strings.Contains(string(out), `"true false\n"`) {
		t.Errorf("executed notebook: %v\n%s", err, out)
	}
}
