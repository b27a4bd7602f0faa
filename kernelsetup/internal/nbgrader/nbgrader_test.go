package nbgrader

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func cell(typ nbformat.CellType, meta, source string) *nbformat.Cell {
	c := &nbformat.Cell{Type: typ, Source: source}
	if meta != "" {
		c.Metadata = map[string]json.RawMessage{Key: json.RawMessage(meta)}
	}
	return c
}

// every is a notebook with every kind of cell, and regions in all that may have them.
func every() *nbformat.Notebook {
	nb := &nbformat.Notebook{
		Metadata: map[string]json.RawMessage{"kernelspec": json.RawMessage(`{"display_name":"Go (gonb)","language":"go","name":"gonb"}`), "celltoolbar": json.RawMessage(`"Create Assignment"`)},
		Cells: []*nbformat.Cell{
			cell(nbformat.Markdown, "", "# A sheet"),
			cell(nbformat.Code, `{"grade":false,"grade_id":"setup","locked":true,"schema_version":3,"solution":false,"task":false}`, "import \"math\""),
			cell(nbformat.Code, `{"grade":false,"grade_id":"a1","locked":false,"schema_version":3,"solution":true}`, "func f(x float64) float64 {\n\t// BEGIN SOLUTION\n\treturn math.Sqrt(x)\n\t// END SOLUTION\n}"),
			cell(nbformat.Code, `{"grade":true,"grade_id":"t1","locked":true,"points":2.5,"schema_version":3,"solution":false}`, "%%\nif f(4) != 2 {\n\tpanic(1)\n}\n// BEGIN HIDDEN TESTS\nif f(9) != 3 {\n\tpanic(2)\n}\n// END HIDDEN TESTS"),
			cell(nbformat.Markdown, `{"grade":true,"grade_id":"m1","locked":false,"points":3,"schema_version":3,"solution":true,"task":false}`, "Whole ⟨answers⟩ go."),
			cell(nbformat.Markdown, `{"grade":false,"grade_id":"k1","locked":true,"points":1000000,"schema_version":3,"solution":false,"task":true}`, "Do this.\n\n=== BEGIN MARK SCHEME ===\n1 point for that\n=== END MARK SCHEME ==="),
			cell(nbformat.Code, `{"grade":true,"grade_id":"c1","locked":false,"points":0,"schema_version":3,"solution":true}`, "func g() int {\n\t// BEGIN SOLUTION\n\treturn 1\n\t// END SOLUTION\n}"),
			cell(nbformat.Code, "", "%%\nfmt.Println(f(2))"),
		},
	}
	nb.Cells[7].Outputs = []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "1.41\n"}}
	nb.Cells[7].ExecutionCount = 5
	return nb
}

// Sums that nbgrader 0.9.6 gave of such cells.
func TestRelease(t *testing.T) {
	nb, secrets, err := Release(every())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"# A sheet", "import \"math\"",
		"func f(x float64) float64 {\n\t// YOUR CODE HERE\n\tpanic(\"not implemented\")\n}",
		"%%\nif f(4) != 2 {\n\tpanic(1)\n}", "YOUR ANSWER HERE", "Do this.\n",
		"func g() int {\n\t// YOUR CODE HERE\n\tpanic(\"not implemented\")\n}", "%%\nfmt.Println(f(2))",
	}
	for i, c := range nb.Cells {
		if c.Source != want[i] {
			t.Errorf("cell %d is\n%s\nwant\n%s", i, c.Source, want[i])
		}
		if len(c.Outputs) > 0 || c.ExecutionCount != 0 {
			t.Errorf("cell %d has outputs", i)
		}
	}
	if len(secrets) != 5 || secrets[0] != "\treturn math.Sqrt(x)" {
		t.Errorf("secrets %q", secrets)
	}
	if _, ok := nb.Metadata["celltoolbar"]; ok {
		t.Error("the toolbar is still there")
	}
}

// nbgrader itself makes the same bytes.
func TestRealNbgrader(t *testing.T) {
	nbgrader, err := exec.LookPath("nbgrader")
	if err != nil {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	config, err := os.ReadFile("../../../notebooks/course/nbgrader_config.py")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "nbgrader_config.py"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	nb := every()
	for _, c := range nb.Cells {
		c.ID = "cell-" + string(c.Type[0]) + strings.Trim(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, c.Source[:8]), "-")
	}
	if err := nb.WriteFile(filepath.Join(dir, "source", "ps1", "sheet.ipynb")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nbgrader, "generate_assignment", "ps1", "--create")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(dir, "release", "ps1", "sheet.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	released, _, err := Release(nb)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := released.Write(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("nbgrader's\n%s\nours\n%s", want, got.String())
	}
}

func TestCheck(t *testing.T) {
	for want, nb := range map[string][]*nbformat.Cell{
		"cell 1: its nbgrader metadata lack solution":                                       {cell(nbformat.Code, `{"grade":true,"grade_id":"a","locked":true,"points":1,"schema_version":3}`, "")},
		"cell 1: its nbgrader metadata: unknown field":                                      {cell(nbformat.Code, `{"grade":true,"grade_id":"a","locked":true,"points":1,"schema_version":3,"solution":false,"tolerance":1}`, "")},
		"cell 1: its nbgrader metadata are of version 2, want 3":                            {cell(nbformat.Code, `{"grade":true,"grade_id":"a","locked":true,"points":1,"schema_version":2,"solution":false}`, "")},
		"cell 1: it has no grade_id":                                                        {cell(nbformat.Code, `{"grade":false,"locked":true,"schema_version":3,"solution":false}`, "")},
		"cell 1: a: it has no points":                                                       {cell(nbformat.Code, `{"grade":true,"grade_id":"a","locked":true,"schema_version":3,"solution":false}`, "")},
		"cell 1: the grade_id \"a b\" has other characters":                                 {cell(nbformat.Code, `{"grade":true,"grade_id":"a b","locked":true,"points":1,"schema_version":3,"solution":false}`, "")},
		"cell 1: a: a Markdown cell is an answer that is graded by hand, or none":           {cell(nbformat.Markdown, `{"grade":true,"grade_id":"a","locked":true,"points":1,"schema_version":3,"solution":false}`, "")},
		"cell 1: a: a task has to be a Markdown cell":                                       {cell(nbformat.Code, `{"grade":false,"grade_id":"a","locked":true,"points":1,"schema_version":3,"solution":false,"task":true}`, "")},
		"cells 1 and 2 have the same grade_id a":                                            {cell(nbformat.Code, `{"grade":false,"grade_id":"a","locked":true,"schema_version":3,"solution":false}`, ""), cell(nbformat.Code, `{"grade":false,"grade_id":"a","locked":true,"schema_version":3,"solution":false}`, "")},
		"cell 1: a region SOLUTION doesn't belong in this kind of cell: plain cell":         {cell(nbformat.Code, "", "// BEGIN SOLUTION\n// END SOLUTION")},
		"cell 1: BEGIN SOLUTION without an END":                                             {cell(nbformat.Code, `{"grade":false,"grade_id":"a","locked":false,"schema_version":3,"solution":true}`, "// BEGIN SOLUTION")},
		"cell 1: BEGIN SOLUTION within such a region":                                       {cell(nbformat.Code, `{"grade":false,"grade_id":"a","locked":false,"schema_version":3,"solution":true}`, "// BEGIN SOLUTION\n// BEGIN SOLUTION\n// END SOLUTION")},
		"cell 1: k: its mark scheme has an attachment, which students would get":            {cell(nbformat.Markdown, `{"grade":false,"grade_id":"k","locked":true,"points":1,"schema_version":3,"solution":false,"task":true}`, "BEGIN MARK SCHEME\n![x](attachment:x.png)\nEND MARK SCHEME")},
		"cell 1: a region HIDDEN TESTS doesn't belong in this kind of cell: read-only cell": {cell(nbformat.Code, `{"grade":false,"grade_id":"a","locked":true,"schema_version":3,"solution":false}`, "// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS")},
	} {
		if _, _, err := Release(&nbformat.Notebook{Cells: nb}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestPythonFloat(t *testing.T) {
	for x, want := range map[float64]string{0: "0.0", 2: "2.0", 2.5: "2.5", 0.1: "0.1", 1e6: "1000000.0", 1e15: "1000000000000000.0", 1e16: "1e+16", 1.5e-5: "1.5e-05", 1e-4: "0.0001", 1e100: "1e+100"} {
		if got := pythonFloat(x); got != want {
			t.Errorf("%v is %s, want %s", x, got, want)
		}
	}
}
