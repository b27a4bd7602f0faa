package cellsum

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func cells(sources ...string) *nbformat.Notebook {
	nb := &nbformat.Notebook{}
	for _, s := range sources {
		nb.Cells = append(nb.Cells, &nbformat.Cell{Type: nbformat.Code, Source: s})
	}
	nb.Cells = slices.Insert(nb.Cells, 1, &nbformat.Cell{Type: nbformat.Markdown, Source: "text"})
	return nb
}

// A checksum changes with its cell and with what earlier cells declare, and with
// nothing else.
func TestSums(t *testing.T) {
	base := []string{"var a = 1", "var b = 2\n%%\nfmt.Println(a)", "%%\nfmt.Println(b)"}
	want := Sums(cells(base...))
	if want[1] != "" || len(want[0]) != 16 {
		t.Fatalf("%q", want)
	}
	for _, test := range []struct {
		cell    int
		source  string
		changed []bool // by cell, the Markdown one left out
	}{
		{0, "var a = 1", []bool{false, false, false}},
		{0, "var a = 3", []bool{true, true, true}},
		{1, "var b = 2\n%%\nfmt.Println(7)", []bool{false, true, false}},
		{1, "var b = 9\n%%\nfmt.Println(a)", []bool{false, true, true}},
		{1, "!date\nvar b = 2\n%%\nfmt.Println(a)", []bool{false, true, true}},
		{2, "%%\n", []bool{false, false, true}},
	} {
		sources := slices.Clone(base)
		sources[test.cell] = test.source
		got := Sums(cells(sources...))
		for k, i := range []int{0, 2, 3} {
			if (got[i] != want[i]) != test.changed[k] {
				t.Errorf("%q in cell %d: cell %d changed is %t", test.source, test.cell, k, got[i] != want[i])
			}
		}
	}
}

func TestStore(t *testing.T) {
	c := &nbformat.Cell{Type: nbformat.Code}
	Store(c, "12ab")
	if Stored(c) != "12ab" || string(c.Metadata[Key]) != `{"source":"12ab"}` {
		t.Errorf("%s", c.Metadata[Key])
	}
	c.Metadata[Key] = json.RawMessage(`{"tolerance":{"rel":1},"source":"1"}`)
	Store(c, "")
	if Stored(c) != "" || string(c.Metadata[Key]) != `{"tolerance":{"rel":1}}` {
		t.Errorf("%s", c.Metadata[Key])
	}
	c.Metadata = map[string]json.RawMessage{Key: json.RawMessage(`{"source":"1"}`), "other": json.RawMessage("1")}
	if Store(c, ""); len(c.Metadata) != 1 {
		t.Errorf("%v", c.Metadata)
	}
	c.Metadata[Key] = json.RawMessage(`[1]`)
	if Stored(c) != "" {
		t.Error("a list has no field")
	}
}

func TestTree(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sum := func() string {
		s, err := Tree(root)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	write("a/a.go", "package a")
	write("go.mod", "module m")
	one := sum()
	for _, same := range []string{"a/a_test.go", "a/testdata/b.go", ".git/x.go", "README.md", "nb.ipynb"} {
		if write(same, "x"); sum() != one {
			t.Errorf("%s counts", same)
		}
	}
	for _, other := range []string{"a/k.s", "go.sum", "data/SHA256SUMS", "b/b.go"} {
		before := sum()
		if write(other, "x"); sum() == before {
			t.Errorf("%s doesn't count", other)
		}
	}
	if _, err := Tree(filepath.Join(root, "gone")); err == nil {
		t.Error("no folder, no error")
	}
}
