package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func library(t *testing.T) Library {
	t.Helper()
	p, err := gotool.FindProject(".")
	if err != nil {
		t.Fatal(err)
	}
	return Library{Root: p.Root}
}

func TestNew(t *testing.T) {
	lib := library(t)
	dir := filepath.Join(t.TempDir(), "my study")
	if err := New(dir, "example.org/study", lib, nil); err != nil {
		t.Fatal(err)
	}
	p, err := gotool.FindProject(dir)
	if err != nil || p.Module != "example.org/study" || p.Kernel() != "gonb-study" {
		t.Errorf("%+v, %v", p, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Tool) != 3 || len(f.Replace) != 1 || filepath.IsAbs(f.Replace[0].New.Path) {
		t.Errorf("go.mod\n%s", data)
	}
	if there := filepath.Join(dir, f.Replace[0].New.Path); !same(there, lib.Root) {
		t.Errorf("go.mod leads to %s, want %s", there, lib.Root)
	}
	nb, err := nbformat.ReadFile(filepath.Join(dir, "notebooks", "01-start.ipynb"))
	if err != nil || !strings.Contains(string(nb.Metadata["kernelspec"]), `"gonb-study"`) {
		t.Errorf("%v, %s", err, nb.Metadata["kernelspec"])
	}
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil || !strings.Contains(string(readme), "no published version") {
		t.Errorf("%v\n%s", err, readme)
	}
	if err := New(dir, "example.org/study", lib, nil); err == nil || !strings.Contains(err.Error(), "isn't empty") {
		t.Errorf("a second time: %v", err)
	}
	// With a published version nothing refers to this machine.
	lib.Version, lib.Sums = "v1.2.3", []string{gotool.Module + " v1.2.3 h1:x"}
	dir = filepath.Join(t.TempDir(), "b")
	if err := New(dir, "example.org/study", lib, nil); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(filepath.Join(dir, "go.mod"))
	sum, err2 := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil || err2 != nil || strings.Contains(string(data), "replace") || !strings.Contains(string(data), gotool.Module+" v1.2.3\n") || !strings.Contains(string(sum), " v1.2.3 h1:x\n") {
		t.Errorf("%v, %v\n%s", err, err2, data)
	}
	for _, bad := range []string{"", "a b", "../x", gotool.Module, gotool.Module + "/x"} {
		if err := New(filepath.Join(t.TempDir(), "x"), bad, lib, nil); err == nil {
			t.Errorf("the module %q is accepted", bad)
		}
	}
	if err := New(filepath.Join(library(t).Root, ".build", "inside"), "example.org/x", library(t), nil); err == nil || !strings.Contains(err.Error(), "outside") {
		t.Errorf("inside the checkout: %v", err)
	}
}

func same(a, b string) bool {
	x, errx := os.Stat(a)
	y, erry := os.Stat(b)
	return errx == nil && erry == nil && os.SameFile(x, y)
}
