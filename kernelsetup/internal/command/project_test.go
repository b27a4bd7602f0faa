package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/chromium"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
)

// A project outside of the checkout runs by its own go.mod and kernel, and a module
// that it requires is there for its cells.
func TestNewProject(t *testing.T) {
	t.Setenv("TMPDIR", kerneltest.Temp(t))
	t.Chdir(kerneltest.Repo)
	dir := filepath.Join(kerneltest.Temp(t), "my study")
	if r := main(t, "new", dir); r.code != exitOK || !strings.Contains(r.stderr, "go tool kernelsetup") {
		t.Fatalf("new: %+v", r)
	}
	t.Chdir(dir)
	if r := main(t, "new", dir); r.code != exitCannotRun || !strings.Contains(r.stderr, "isn't empty") {
		t.Errorf("new in its place: %+v", r)
	}
	r := main(t, "run", "01-start", "-p", "width=0.3")
	if r.code != exitOK {
		t.Fatalf("run: %+v", r)
	}
	nb, err := nbformat.ReadFile(".build/notebooks/01-start.ipynb")
	if err != nil || !strings.Contains(string(nb.Metadata["kernelspec"]), "gonb-my-study") {
		t.Errorf("%v, %s", err, nb.Metadata["kernelspec"])
	}
	shown := 0
	for _, c := range nb.Cells {
		shown += len(c.Outputs)
	}
	if shown < 2 {
		t.Errorf("%d outputs", shown)
	}
	// A package of the project's own.
	writeTest(t, "own/own.go", "// Package own is the project's.\npackage own\n\n// Answer is it.\nconst Answer = 42\n")
	notebook(t, "notebooks/02.ipynb", "import \"example.org/my-study/own\"\n\n%%\nfmt.Println(own.Answer)")
	wantResult(t, main(t, "run", "--no-page", "02"), exitOK, "")
	if got, err := os.ReadFile(".build/notebooks/02.ipynb"); err != nil || !strings.Contains(string(got), `"42\n"`) {
		t.Errorf("%v\n%s", err, got)
	}
	cmd := exec.Command(filepath.Join(kerneltest.Toolchain.Bin(), "go"), "tool", "kernelsetup", "version")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "gonb") {
		t.Errorf("go tool kernelsetup version: %v\n%s", err, out)
	}
	// Others haven't the folder that it has the library from.
	if r := main(t, "share"); r.code != exitCannotRun || !strings.Contains(r.stderr, "which others don't have") {
		t.Errorf("share: %+v", r)
	}
}

// A notebook that tells what modules it needs is enough to make its project again.
func TestShareAndNewFrom(t *testing.T) {
	checkout(t)
	text := notebook(t, "notebooks/nb.ipynb", "%%\nfmt.Println(6 * 7)")
	r := main(t, "share", "nb")
	if r.code != exitOK || strings.Count(r.stdout, "\n") != 4 {
		t.Fatalf("share: %+v", r)
	}
	nb, err := nbformat.ReadFile("notebooks/nb.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	l, ok := stamp.ReadLock(nb)
	if !ok || l.Go == "" || len(l.Require) < 10 || len(l.Sums) < 20 || strings.Contains(strings.Join(l.Require, " "), " v") {
		t.Errorf("lock %v, %+v", ok, l)
	}
	for _, name := range []string{"Dockerfile", "requirements.txt"} {
		if !exists(filepath.Join(".binder", name)) {
			t.Errorf("no .binder/%s", name)
		}
	}
	dir := filepath.Join(kerneltest.Temp(t), "again")
	if r := main(t, "new", dir, "--from", "notebooks/nb.ipynb"); r.code != exitOK {
		t.Fatalf("new: %+v", r)
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil || !strings.Contains(string(mod), strings.Replace(l.Require[0], "@", " ", 1)) {
		t.Errorf("go.mod: %v\n%s", err, mod)
	}
	again, err := nbformat.ReadFile(filepath.Join(dir, "notebooks", "nb.ipynb"))
	if err != nil || again.Cells[0].Source != nb.Cells[0].Source || !strings.Contains(string(again.Metadata["kernelspec"]), "gonb-again") {
		t.Errorf("the notebook: %v, %+v", err, again)
	}
	writeTest(t, "bare.ipynb", text)
	if r := main(t, "new", dir+"2", "--from", "bare.ipynb"); r.code != exitCannotRun || !strings.Contains(r.stderr, "doesn't say what modules it needs") {
		t.Errorf("without a lock: %+v", r)
	}
}

func TestPDF(t *testing.T) {
	checkout(t)
	notebook(t, "notebooks/nb.ipynb", "%%\nfmt.Println(6 * 7)")
	if _, err := chromium.Find(); err == nil {
		r := main(t, "page", "--pdf", "nb")
		if r.code != exitOK || !strings.Contains(r.stdout, "nb.pdf\n") {
			t.Errorf("page --pdf: %+v", r)
		}
		if data, err := os.ReadFile(".build/pages/nb.pdf"); err != nil || !strings.HasPrefix(string(data), "%PDF-") {
			t.Errorf("%v, %d bytes", err, len(data))
		}
	}
	t.Setenv("PATH", t.TempDir())
	r := main(t, "page", "--pdf", "nb")
	if r.code != exitCannotRun || !strings.Contains(r.stderr, "--pdf: it takes Chromium or Chrome") || !strings.Contains(r.stdout, "nb.html\n") {
		t.Errorf("without a browser: %+v", r)
	}
}

func TestNoLab(t *testing.T) {
	checkout(t)
	t.Setenv("PATH", kerneltest.Toolchain.Bin())
	r := main(t, "lab")
	if r.code != exitCannotRun || !strings.Contains(r.stderr, "pip install jupyterlab==") {
		t.Errorf("lab: %+v", r)
	}
}
