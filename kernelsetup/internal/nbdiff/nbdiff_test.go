package nbdiff

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/verify"
)

func cellOf(id, source, printed string) *nbformat.Cell {
	c := &nbformat.Cell{ID: id, Type: nbformat.Code, Source: source}
	if printed != "" {
		c.Outputs = []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: printed}}
	}
	return c
}

func notebook(cells ...*nbformat.Cell) *nbformat.Notebook { return &nbformat.Notebook{Cells: cells} }

func TestDiff(t *testing.T) {
	a := notebook(cellOf("a", "one", ""), cellOf("b", "x\ny\nz", "1\n"), cellOf("c", "gone", ""), cellOf("d", "same", "0.5"))
	changed := cellOf("b", "x\nY\nz", "2\n")
	changed.Metadata = map[string]json.RawMessage{"tags": json.RawMessage(`["slow"]`), "wasserwerk": json.RawMessage(`{"source":"12"}`)}
	b := notebook(cellOf("d", "same", "0.50000001"), cellOf("a", "one", ""), changed, cellOf("n", "new", ""))
	b.Metadata = map[string]json.RawMessage{"k": json.RawMessage(`1`)}
	var got []string
	for _, c := range Diff(a, b, verify.Default) {
		got = append(got, fmt.Sprintf("%s %s: %s", c.Where, c.What, strings.Join(c.Lines, "|")))
	}
	want := []string{
		"the notebook's metadata changed: metadata: k is 1, was not there",
		"code cell 3 (c) removed: -gone",
		"code cell 2 (a) moved: it was cell 1",
		"code cell 3 (b) moved: it was cell 2",
		"code cell 3 (b) changed: @@ -1,3 +1,3 @@| x|-y|+Y| z|metadata: tags is [\"slow\"], was not there|output: stdout: now 2, was 1",
		"code cell 4 (n) added: +new",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d := Diff(a, a, verify.Default); len(d) != 0 {
		t.Errorf("a notebook differs from itself: %v", d)
	}
}
