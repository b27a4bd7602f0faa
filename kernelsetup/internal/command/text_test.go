package command

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=n", "-c", "user.email=e@example.org"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Skipf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func TestLint(t *testing.T) {
	checkout(t)
	notebook(t, "notebooks/good.ipynb", "func f() int { return 1 }", "%%\nfmt.Println(f())")
	notebook(t, "notebooks/bad.ipynb", "%%\nfmt.Println(gone())", "var at = \"/home/ann/data\"")
	if r := main(t, "lint", "good"); r.code != exitOK || r.stdout+r.stderr != "" {
		t.Errorf("good: %+v", r)
	}
	r := main(t, "lint", "--all")
	want := "notebooks/bad.ipynb: cell 1, line 2: no cell declares gone (hidden)\nnotebooks/bad.ipynb: cell 2, line 1: the path /home/ann/data is one machine's (paths)\n"
	if r.code != exitFindings || r.stdout != want {
		t.Errorf("--all: %+v", r)
	}
	r = main(t, "lint", "--json", "--disable", "paths", "bad")
	var list []struct {
		Notebook, Rule string
		Cell, Line     int
	}
	if err := json.Unmarshal([]byte(r.stdout), &list); err != nil || len(list) != 1 || list[0].Rule != "hidden" || list[0].Notebook != "notebooks/bad.ipynb" {
		t.Errorf("--json: %+v, %v", r, err)
	}
	writeTest(t, "old.ipynb", `{"nbformat":4,"nbformat_minor":4,"metadata":{},"cells":[{"cell_type":"code","execution_count":null,"metadata":{},"outputs":[],"source":["%%\n"]}]}`)
	if r := main(t, "lint", "old.ipynb"); r.code != exitFindings || !strings.Contains(r.stdout, "the file gives it no id (ids)") {
		t.Errorf("old: %+v", r)
	}
	if r := main(t, "lint", "--rules"); r.code != exitOK || strings.Count(r.stdout, "\n") < 10 {
		t.Errorf("--rules: %+v", r)
	}
	for args, want := range map[string]string{
		"lint":                    "lint: give notebooks, or --all\n",
		"lint --disable no x":     "lint: there is no rule \"no\"; --rules lists them\n",
		"lint nosuch":             "notebooks/nosuch.ipynb: there is no such notebook\n",
		"diff nosuch nosuch":      "notebooks/nosuch.ipynb: there is no such notebook\n",
		"strip nosuch":            "notebooks/nosuch.ipynb: there is no such notebook\n",
		"strip a b":               "strip: several notebooks need --write\n",
		"pair nosuch":             "notebooks/nosuch.ipynb: there is no such notebook\n",
		"pair ./notebooks/old.go": "open ./notebooks/old.go: no such file or directory\n",
	} {
		if r := main(t, strings.Fields(args)...); r.code != exitCannotRun || r.stderr != want {
			t.Errorf("%s: %+v, want %q", args, r, want)
		}
	}
}

// What a run puts into a notebook can be taken out of it, and another run puts the
// same back: version control sees no change.
func TestStripAndDiff(t *testing.T) {
	checkout(t)
	git(t, "init", "-q", ".")
	notebook(t, "nb.ipynb", "var x = 0.25", "%%\nfmt.Println(x)")
	wantResult(t, main(t, "run", "--no-page", "--write", "nb.ipynb"), exitOK, "") // it gets its kernel's name
	if r := main(t, "strip", "--write", "nb.ipynb"); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	clean, err := os.ReadFile("nb.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	wantResult(t, main(t, "run", "--no-page", "--write", "nb.ipynb"), exitOK, "")
	git(t, "add", "nb.ipynb")
	git(t, "commit", "-q", "-m", "run")
	if r := main(t, "strip", "nb.ipynb"); r.code != exitOK || r.stdout != string(clean) {
		t.Errorf("stripped:\n%s\nwant\n%s", r.stdout, clean)
	}
	if r := main(t, "strip", "--write", "nb.ipynb"); r.code != exitOK {
		t.Errorf("%+v", r)
	}
	if now, err := os.ReadFile("nb.ipynb"); err != nil || !bytes.Equal(now, clean) {
		t.Errorf("stripped in place: %v", err)
	}
	if r := main(t, "diff", "nb.ipynb"); r.code != exitFindings || !strings.Contains(r.stdout, "code cell 2") || !strings.Contains(r.stdout, "output: stdout: now nothing, was an output") {
		t.Errorf("diff: %+v", r)
	}
	wantResult(t, main(t, "run", "--no-page", "--write", "nb.ipynb"), exitOK, "")
	if changed := git(t, "status", "--porcelain", "nb.ipynb"); changed != "" {
		t.Errorf("after stripping and running again: %s", changed)
	}
	if r := main(t, "diff", "nb.ipynb"); r.code != exitOK || r.stdout != "" {
		t.Errorf("diff: %+v", r)
	}
	edit(t, "nb.ipynb", "var x = 0.25", "var x = 0.5")
	if r := main(t, "diff", "nb.ipynb"); r.code != exitFindings || !strings.Contains(r.stdout, "    -var x = 0.25\n    +var x = 0.5\n") {
		t.Errorf("diff: %+v", r)
	}
	// As a filter of git.
	var out bytes.Buffer
	in, err := os.Open("nb.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	a := &app{ctx: t.Context(), stdin: in, stdout: &out, progress: &progress{}}
	if err := (&stripCmd{Notebooks: []string{"-"}}).Run(a); err != nil || strings.Contains(out.String(), "stdout") || !strings.Contains(out.String(), "var x = 0.5") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestPair(t *testing.T) {
	checkout(t)
	notebook(t, "notebooks/nb.ipynb", "var x = 1", "%%\nfmt.Println(x)")
	wantResult(t, main(t, "run", "--no-page", "--write", "nb"), exitOK, "")
	before, err := os.ReadFile("notebooks/nb.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join("notebooks", "_go", "nb.go")
	wantResult(t, main(t, "pair", "nb"), exitOK, text+" written\n")
	wantResult(t, main(t, "pair", "nb"), exitOK, "")
	// There and back nothing changes, outputs included.
	wantResult(t, main(t, "pair", text), exitOK, "notebooks/nb.ipynb written\n")
	if after, err := os.ReadFile("notebooks/nb.ipynb"); err != nil || !bytes.Equal(before, after) {
		t.Errorf("there and back: %v\n%s", err, after)
	}
	edit(t, text, "var x = 1", "var x = 2")
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(text, later, later); err != nil {
		t.Fatal(err)
	}
	if r := main(t, "pair", "nb"); r.code != exitCannotRun || !strings.Contains(r.stderr, "has changed since and says something else") {
		t.Errorf("%+v", r)
	}
	wantResult(t, main(t, "pair", text), exitOK, "notebooks/nb.ipynb written\n")
	nb := readBack(t, "notebooks/nb.ipynb")
	if nb.Cells[0].Source != "var x = 2" || printed(nb.Cells[1]) != "1\n" {
		t.Errorf("%q, %q", nb.Cells[0].Source, printed(nb.Cells[1]))
	}
	// The folder of texts is none of the go command's.
	if out, err := exec.Command("go", "vet", "./...").CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
	writeTest(t, "bad.go", "package main\n")
	if r := main(t, "pair", "bad.go"); r.code != exitCannotRun || !strings.Contains(r.stderr, "bad.go: line 1: a cell begins with") {
		t.Errorf("%+v", r)
	}
	if _, err := nbformat.ReadFile("bad.ipynb"); err == nil {
		t.Error("a notebook was made of it")
	}
}
