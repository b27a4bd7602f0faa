//go:build unix

package frontends

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
)

// What JupyterLab's server reads and writes again keeps every byte.
func TestContents(t *testing.T) {
	p := newPlace(t)
	names := chapters(t)
	for _, name := range names {
		p.chapter(t, name)
	}
	for i := range 50 {
		name := generatedName(i)
		if err := generated(i).WriteFile(p.file(name)); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	s := p.serve(t)
	defer s.stop(t)
	for _, name := range names {
		before, err := os.ReadFile(p.file(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.resave(name); err != nil {
			t.Error(err)
			continue
		}
		after, err := os.ReadFile(p.file(name))
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: saved by JupyterLab it is another file (%v): %s", name, err, firstDifference(before, after))
		}
	}
	// It does write, and not what it found.
	name := names[0]
	data, err := os.ReadFile(p.file(name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.file(name), bytes.ReplaceAll(data, []byte("\n "), []byte("\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.resave(name); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(p.file(name)); err != nil || !bytes.Equal(after, data) {
		t.Errorf("%s without its indentation isn't saved as it should be (%v)", name, err)
	}
}

// chapters returns the names of the project's notebooks.
func chapters(t *testing.T) []string {
	t.Helper()
	files := glob(filepath.Join(kerneltest.Repo, "notebooks", "*.ipynb"))
	if len(files) < 10 {
		t.Fatalf("%d notebooks", len(files))
	}
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	return files
}
