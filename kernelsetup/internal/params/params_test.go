package params

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

const cell = "import \"time\"\n\n// what may change\nvar epsilon = 0.05 // smoothing\nvar (\n\tseed uint64 = 2025\n\tname = \"a\"\n\tfast = true\n)\nconst n = -3\nvar wait = 2*time.Second\nvar list = []float64{1, 2}\nvar odd = f()"

func notebook(tags ...string) *nbformat.Notebook {
	nb := &nbformat.Notebook{}
	for i, tag := range append(tags, "") {
		c := &nbformat.Cell{Type: nbformat.Code, Source: "x", ID: string(rune('a' + i))}
		if tag != "" {
			c.Source, c.Metadata = cell, map[string]json.RawMessage{"tags": json.RawMessage(`["other","` + tag + `"]`)}
		}
		nb.Cells = append(nb.Cells, c)
	}
	return nb
}

func TestDeclared(t *testing.T) {
	list, at, err := Declared(notebook("", Tag))
	if err != nil || at != 1 {
		t.Fatal(at, err)
	}
	if got, want := names(list), "epsilon float64, seed uint64, name string, fast bool, n int, wait time.Duration, list []float64, odd"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if list[0].Default != "0.05" || list[4].Default != "-3" || list[4].Keyword != "const" {
		t.Errorf("%+v", list)
	}
	if _, _, err := Declared(notebook(Tag, Tag)); err == nil || !strings.Contains(err.Error(), "cells 1 and 2") {
		t.Error(err)
	}
	if list, at, err := Declared(notebook()); list != nil || at != -1 || err != nil {
		t.Error(list, at, err)
	}
	bad := notebook(Tag)
	bad.Cells[0].Source = "var x ="
	if _, _, err := Declared(bad); err == nil || !strings.Contains(err.Error(), "it isn't Go") {
		t.Error(err)
	}
}

func TestInject(t *testing.T) {
	nb := notebook("", Tag)
	give := func(pairs ...string) error {
		var list []Assignment
		for _, p := range pairs {
			a, err := Parse(p)
			if err != nil {
				return err
			}
			list = append(list, a)
		}
		return Inject(nb, list)
	}
	if err := give("epsilon=1e-3", "seed=0x7", "name=\"quoted\" = b", "fast=false", "n=12", "wait=1m30s", "list=0.5, -1"); err != nil {
		t.Fatal(err)
	}
	want := "// Parameters of this run.\nvar epsilon float64 = 0.001\nvar seed uint64 = 7\nvar name string = \"\\\"quoted\\\" = b\"\n" +
		"var fast bool = false\nconst n int = 12\nvar wait time.Duration = 90000000000\nvar list []float64 = []float64{0.5, -1}"
	if len(nb.Cells) != 4 || nb.Cells[2].Source != want || !nb.Cells[2].HasTag(InjectedTag) || nb.Cells[2].ID != InjectedTag {
		t.Fatalf("%d cells, %+v\nwant %s", len(nb.Cells), nb.Cells[2], want)
	}
	// A second time replaces the first.
	if err := give("seed=8"); err != nil || len(nb.Cells) != 4 || nb.Cells[2].Source != "// Parameters of this run.\nvar seed uint64 = 8" {
		t.Fatal(err, nb.Cells[2])
	}
	var before, after bytes.Buffer
	if err := nb.Write(&before); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ give, want string }{
		{"epsilom=1", "there is no parameter epsilom; there are epsilon float64, seed uint64"},
		{"epsilon=abc", `"abc" isn't a float64`},
		{"epsilon=NaN", "isn't a float64"},
		{"epsilon=1e999", "isn't a float64"},
		{"seed=-1", `"-1" isn't a uint64`},
		{"seed=1.5", "isn't a uint64"},
		{"n=99999999999999999999", "isn't a int"},
		{"fast=yes", "isn't a bool"},
		{"wait=3", "isn't a time.Duration"},
		{"list=1,x", `"x" isn't a float64`},
		{"odd=1", "its type can't be told"},
		{"seed", "isn't of the form name=value"},
		{"a b=1", "isn't of the form name=value"},
	} {
		if err := give(test.give); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.give, err, test.want)
		}
	}
	if err := give("seed=1", "seed=2"); err == nil || !strings.Contains(err.Error(), "given twice") {
		t.Error(err)
	}
	if err := nb.Write(&after); err != nil || !bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Errorf("errors changed the notebook: %v", err)
	}
	if err := give(); err != nil || len(nb.Cells) != 4 {
		t.Errorf("%d cells, %v: without parameters the injected cell stays", len(nb.Cells), err)
	}
	nb = notebook()
	if err := give("seed=1"); err == nil || !strings.Contains(err.Error(), "takes no parameters") {
		t.Error(err)
	}
}

func TestLiteralsOfAllTypes(t *testing.T) {
	for _, test := range []struct{ typ, value, want string }{
		{"int8", "127", "127"},
		{"int8", "128", ""},
		{"byte", "255", "255"},
		{"byte", "256", ""},
		{"rune", "65", "65"},
		{"uint16", "0b11", "3"},
		{"float32", "0.1", "0.1"},
		{"float32", "1e39", ""},
		{"[]string", "a, b", `[]string{"a", "b"}`},
		{"[]int", "", "[]int{}"},
		{"[][]int", "", "[][]int{}"},
		{"[]a.B", "", ""},
		{"[]map[string]int", "", ""},
		{"[]bool", "true,false", "[]bool{true, false}"},
		{"complex128", "1", ""},
		{"map[string]int", "1", ""},
		{"string", "", `""`},
		{"string", "`\n\x00", `"` + "`" + `\n\x00"`},
	} {
		got, err := literal(test.typ, test.value)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s of %q: %q, %v; want %q", test.typ, test.value, got, err, test.want)
		}
	}
}
