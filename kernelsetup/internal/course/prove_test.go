package course

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/sandbox"
)

func TestProve(t *testing.T) {
	g := grader(t)
	if err := g.Prove(t.Context()); err != nil {
		t.Errorf("the sheet: %v", err)
	}
	for name, c := range map[string]struct {
		cell     int
		old, new string
		want     string
	}{
		"a wrong solution":           {4, "float64(len(x))\n\t// END", "float64(len(x)+1)\n\t// END", "q1: the lecturer's answer earns 0 of 4 points: of three numbers: not yet; of your own: almost"},
		"a solution that is no Go":   {4, "floats.Sum(x) /", "nope(x) /", "q1: the lecturer's program: mean, line 4: undefined: nope"},
		"a variable that stays over": {4, "\t// BEGIN SOLUTION\n", "\ttotal := floats.Sum(x)\n\t// BEGIN SOLUTION\n\t_ = total\n", "q1: the student's version doesn't compile: mean, line 3: declared and not used: total"},
		"checks that always hold":    {5, "course.Near(\"\", x, 3, 1e-9)", "course.That(\"\", true, \"\")", ""},
		"a copy of the solution":     {8, "Say why.", "Say why.\n\ts := 0.0\n\tfor _, v := range x {\n\t\ts += (v - mean(x)) * (v - mean(x))\n\t}\n\treturn math.Sqrt(s / float64(len(x)))", "essay of the student's version has a text that students don't get"},
	} {
		cells := sheetCells()
		if !strings.Contains(cells[c.cell].Source, c.old) {
			t.Fatalf("%s: no %q in cell %d", name, c.old, c.cell)
		}
		cells[c.cell].Source = strings.Replace(cells[c.cell].Source, c.old, c.new, 1)
		s, err := NewSheet(&nbformat.Notebook{Cells: cells})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		h := &Grader{Sheet: s, Builder: g.Builder, Kind: g.Kind, Limits: g.Limits, Dir: g.Dir}
		if err := h.Prove(t.Context()); err == nil && c.want != "" || err != nil && (c.want == "" || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// The sheets that are shipped can be given out.
func TestShippedSheets(t *testing.T) {
	if os.Getenv("WASSERWERK_NO_SKIP") == "" {
		t.Skip("it takes long; WASSERWERK_NO_SKIP is not set")
	}
	g := grader(t)
	files, err := filepath.Glob("../../../notebooks/course/*.ipynb")
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		nb, err := nbformat.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSheet(nb)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		h := &Grader{Sheet: s, Builder: g.Builder, Kind: g.Kind, Limits: sandbox.Defaults, Dir: g.Dir}
		if err := h.Prove(t.Context()); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
