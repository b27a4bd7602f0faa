package strip

import (
	"encoding/json"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/stamp"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/status"
)

func TestStrip(t *testing.T) {
	cell := func(meta string) *nbformat.Cell {
		c := &nbformat.Cell{Type: nbformat.Code, Source: "x", ExecutionCount: 3, Outputs: []nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "y"}}}
		if err := json.Unmarshal([]byte(meta), &c.Metadata); err != nil {
			t.Fatal(err)
		}
		cellsum.Store(c, "12")
		return c
	}
	nb := &nbformat.Notebook{Cells: []*nbformat.Cell{
		cell(`{"execution":{"a":1},"tags":["x"],"other":1}`), cell(`{"tags":["keep_output"]}`), cell(`{"keep_output":true}`), cell(`{"keep_output":false}`),
		{Type: nbformat.Markdown, Source: "t"},
	}}
	status.MarkFailure(nb, nb.Cells[0], 1)
	if err := (stamp.Stamp{Go: "1"}).Store(nb); err != nil {
		t.Fatal(err)
	}
	Strip(nb)
	if len(nb.Cells) != 5 || len(nb.Metadata) != 0 {
		t.Errorf("%d cells, metadata %v", len(nb.Cells), nb.Metadata)
	}
	for i, kept := range []bool{false, true, true, false} {
		c := nb.Cells[i]
		if (len(c.Outputs) == 1) != kept || (c.ExecutionCount == 3) != kept || (cellsum.Stored(c) != "") != kept {
			t.Errorf("cell %d: %d outputs, count %d", i, len(c.Outputs), c.ExecutionCount)
		}
	}
	if m := nb.Cells[0].Metadata; len(m) != 2 || m["tags"] == nil || m["other"] == nil {
		t.Errorf("metadata %v", m)
	}
}
