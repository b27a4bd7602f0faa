package status

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func notebook() *nbformat.Notebook {
	return &nbformat.Notebook{Cells: []*nbformat.Cell{{Type: nbformat.Code, ID: "a", Source: "x"}, {Type: nbformat.Code, ID: "b", Source: "y"}}}
}

func TestStatus(t *testing.T) {
	began := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	run := Run{Defaults: map[string]string{"seed": "7"}, Input: "in.ipynb", Output: "out.ipynb", Start: began, End: began.Add(1500 * time.Millisecond), Failed: true}
	for _, timeless := range []bool{false, true} {
		if timeless {
			t.Setenv("SOURCE_DATE_EPOCH", "0")
		} else {
			t.Setenv("SOURCE_DATE_EPOCH", "")
		}
		nb := notebook()
		if err := run.Store(nb); err != nil {
			t.Fatal(err)
		}
		if err := (Cell{Status: "failed", Start: began, End: began}).Store(nb.Cells[1]); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Default    map[string]string `json:"default_parameters"`
			Parameters map[string]string
			Start      string `json:"start_time"`
			Duration   float64
			Exception  bool
		}
		if err := json.Unmarshal(nb.Metadata["papermill"], &got); err != nil {
			t.Fatal(err)
		}
		if got.Default["seed"] != "7" || !got.Exception || got.Parameters == nil || (got.Start == "") != timeless || !timeless && got.Duration != 1.5 {
			t.Errorf("timeless %t: %s", timeless, nb.Metadata["papermill"])
		}
		if s := string(nb.Cells[1].Metadata["papermill"]); !strings.Contains(s, `"status":"failed"`) || strings.Contains(s, "start_time") == timeless {
			t.Errorf("timeless %t: cell %s", timeless, s)
		}
	}
}

func TestMarkAndClear(t *testing.T) {
	nb := notebook()
	var before, after bytes.Buffer
	if err := nb.Write(&before); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second failure doesn't pile up
		MarkFailure(nb, nb.Cells[len(nb.Cells)-1], 2)
		var kinds []string
		for _, c := range nb.Cells {
			kinds = append(kinds, string(c.Type))
		}
		if got, want := strings.Join(kinds, " "), "markdown code markdown code"; got != want {
			t.Errorf("cells %s, want %s", got, want)
		}
		if err := (Run{}).Store(nb); err != nil {
			t.Fatal(err)
		}
		Clear(nb)
	}
	if err := nb.Write(&after); err != nil || !bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Errorf("after Clear:\n%s\nwant\n%s", after.Bytes(), before.Bytes())
	}
	MarkFailure(nb, &nbformat.Cell{}, 1)
	if len(nb.Cells) != 2 {
		t.Error("a cell of another notebook was marked")
	}
	ids := []string{}
	MarkFailure(nb, nb.Cells[0], 1)
	for _, c := range nb.Cells {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 4 {
		t.Errorf("ids %q", ids)
	}
}
