//go:build unix

package frontends

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// parameterised are cells with parameters, the last of which shows what they are.
func parameterised() []*nbformat.Cell {
	cells := code("var n int = 6\nvar label = \"of papermill\"", "%%\nfmt.Println(n*7, label)")
	cells[0].Metadata = map[string]json.RawMessage{"tags": json.RawMessage(`["parameters"]`)}
	return cells
}

// noTranslator is what papermill says of parameters in Go. When it learns to write
// them, the advice to give them by kernelsetup run is out of date.
const noTranslator = "No parameter translator functions specified for kernel 'gonb' or language 'go'"

// papermill runs notebooks, and refuses to give them parameters.
func TestPapermill(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	papermill := need(t, "papermill")
	p.notebook(t, "in.ipynb", parameterised()...)
	if said, err := p.run(t, papermill, "in.ipynb", "out.ipynb", "-k", "gonb"); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	ran := read(t, p.file("out.ipynb"))
	if got := printed(ran.Cells[1], "stdout"); len(ran.Cells) != 2 || got != "42 of papermill\n" {
		t.Errorf("%d cells, the last printed %q", len(ran.Cells), got)
	}
	said, err := p.run(t, papermill, "in.ipynb", "given.ipynb", "-k", "gonb", "-p", "n", "5")
	if err == nil || !strings.Contains(said, noTranslator) {
		t.Errorf("with a parameter: %v, it said\n%s", err, said)
	}
}

// papermill reads what our own run has written of parameters and of the run: it uses
// the words of papermill for that.
func TestPapermillReadsOurs(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	py := python(t, "papermill")
	cells := parameterised()
	p.notebook(t, "in.ipynb", cells...)
	p.notebook(t, "failing.ipynb", append(cells, code("%%\npanic(\"on purpose\")", "%%\n")...)...)
	for name, want := range map[string]int{"in": 0, "failing": 1} {
		code, said := kernelsetup("run", "--no-page", "--stamp", "-p", "n=5", "-o", p.file(name+"-ran.ipynb"), p.file(name+".ipynb"))
		if code != want {
			t.Errorf("run of %s: exit code %d, said\n%s", name, code, said)
		}
	}
	var got struct {
		Run      struct{ Parameters, Default map[string]string }
		Statuses []string
		Default  int // index of the cell that declares them
		Injected int
		Inspect  string // what became of inspect_notebook
		Raises   map[string]string
	}
	p.ask(t, &got, py, script(t, "inspect_run.py"), "in-ran.ipynb", "failing-ran.ipynb")
	if !maps.Equal(got.Run.Parameters, map[string]string{"n": "5"}) || !maps.Equal(got.Run.Default, map[string]string{"n": "6", "label": `"of papermill"`}) {
		t.Errorf("parameters %+v", got.Run)
	}
	if strings.Join(got.Statuses, " ") != "completed completed completed" {
		t.Errorf("statuses %q", got.Statuses)
	}
	if got.Default != 0 || got.Injected != 1 {
		t.Errorf("the cells with parameters are %d and %d, want 0 and 1", got.Default, got.Injected)
	}
	if !strings.Contains(got.Inspect, noTranslator) {
		t.Errorf("inspect_notebook: %q", got.Inspect)
	}
	if got.Raises["in-ran.ipynb"] != "" || !strings.Contains(got.Raises["failing-ran.ipynb"], `encountered at "In [4]"`) {
		t.Errorf("papermill finds that they failed so: %q", got.Raises)
	}
}
