//go:build unix

package frontends

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// firstDifference shows where two files part.
func firstDifference(a, b []byte) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	from := max(0, at-40)
	return fmt.Sprintf("%.100q became %.100q", a[from:], b[from:])
}

// checked is what testdata/roundtrip.py says.
type checked struct {
	Checked  int
	Problems map[string]string // by file
}

func (p *place) roundTrip(t *testing.T) (c checked) {
	t.Helper()
	p.ask(t, &c, python(t, "nbformat", "jsonschema"), script(t, "roundtrip.py"), p.dir)
	return c
}

// Jupyter's own package finds nothing wrong with the project's notebooks and with
// what runs make of notebooks, and writes them in the same bytes.
func TestNotebooksAreJupyters(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	python(t, "nbformat", "jsonschema")
	names := chapters(t)
	for _, name := range names {
		p.chapter(t, name)
	}
	cells := code("var n int = 1", "%%\nfmt.Print(\"\\x1b[31m\\u2028\", n)\ngonbui.DisplayHtml(\"<b>1</b>\")", "%%\npanic(\"π\")")
	cells[0].Metadata = map[string]json.RawMessage{"tags": json.RawMessage(`["parameters"]`)}
	p.notebook(t, "failing.ipynb", cells...)
	p.notebook(t, "passing.ipynb", cells[:2]...)
	for name, want := range map[string]int{"failing": 1, "passing": 0} {
		if code, said := kernelsetup("run", "--no-page", "--stamp", "-p", "n=2", "-o", p.file("ran-"+name+".ipynb"), p.file(name+".ipynb")); code != want {
			t.Errorf("run of %s: exit code %d, said\n%s", name, code, said)
		}
	}
	got := p.roundTrip(t)
	for name, problem := range got.Problems {
		t.Errorf("%s: %s", name, problem)
	}
	if want := len(names) + 4; got.Checked != want {
		t.Errorf("%d notebooks looked at, want %d", got.Checked, want)
	}
}

// Neither this project nor Jupyter changes a byte of what the other writes.
func TestGeneratedRoundTrip(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	python(t, "nbformat", "jsonschema")
	const n = 500
	cells, outputs := make(map[nbformat.CellType]int), make(map[nbformat.OutputType]int)
	for i := range n {
		name, nb := generatedName(i), generated(i)
		if err := nb.WriteFile(p.file(name)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, c := range nb.Cells {
			cells[c.Type]++
			for _, o := range c.Outputs {
				outputs[o.Type]++
			}
		}
		before, err := os.ReadFile(p.file(name))
		if err != nil {
			t.Fatal(err)
		}
		var after bytes.Buffer
		if err := read(t, p.file(name)).Write(&after); err != nil || !bytes.Equal(before, after.Bytes()) {
			t.Errorf("%s: read and written here: %v, %s", name, err, firstDifference(before, after.Bytes()))
		}
	}
	if len(cells) != 3 || len(outputs) != 4 {
		t.Errorf("not all kinds are generated: %v, %v", cells, outputs)
	}
	got := p.roundTrip(t)
	for name, problem := range got.Problems {
		t.Errorf("%s: %s", name, problem)
	}
	if got.Checked != n {
		t.Errorf("%d notebooks looked at, want %d", got.Checked, n)
	}
}

// What isn't as Jupyter has it is objected to.
func TestRoundTripObjects(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	python(t, "nbformat", "jsonschema")
	const cell = `{
 "cells": [
  {
   "cell_type": "raw",
   "id": "a",
   "metadata": {},
   "source": []
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
`
	for name, change := range map[string][2]string{
		"good":   {"", ""},
		"indent": {"\n ", "\n"},
		"id":     {`"id": "a"`, `"id": "a b"`},
		"field":  {`"id": "a"`, "\"extra\": 1,\n   \"id\": \"a\""},
		"lines":  {`[]`, `""`},
		"end":    {"5\n}\n", "5\n}"},
		"number": {`"metadata": {}`, "\"metadata\": {\n \"x\": 1e5\n}"},
	} {
		if err := os.WriteFile(p.file(name+".ipynb"), []byte(strings.Replace(cell, change[0], change[1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := p.roundTrip(t)
	var names []string
	for name := range got.Problems {
		names = append(names, strings.TrimSuffix(name, ".ipynb"))
	}
	slices.Sort(names)
	if want := []string{"end", "field", "id", "indent", "lines", "number"}; !slices.Equal(names, want) {
		t.Errorf("objected to %v, want %v", got.Problems, want)
	}
}
