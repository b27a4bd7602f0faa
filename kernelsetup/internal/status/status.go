// Package status writes into an executed notebook how its run went, in the words
// that papermill uses: metadata of the notebook and of its cells, and, where a cell
// failed, words above it and at the top.
package status

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

const (
	key      = "papermill"
	errorTag = "papermill-error-cell-tag"
)

// Run is what a notebook's metadata say of its run. Times are left out where
// SOURCE_DATE_EPOCH asks for the same bytes every time.
type Run struct {
	Defaults, Parameters map[string]string // Go source, by name
	Input, Output        string            // paths as they were given
	Version              string            // of what ran it
	Start, End           time.Time
	Failed               bool
}

// Cell is what a cell's metadata say of its run.
type Cell struct {
	Status     string // "completed", "failed", "pending"
	Start, End time.Time
}

// Timeless reports whether times are to be left out.
func Timeless() bool {
	_, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	return err == nil
}

// Store puts a run's status into a notebook.
func (r Run) Store(nb *nbformat.Notebook) error {
	exception := any(nil)
	if r.Failed {
		exception = true
	}
	m := map[string]any{
		"default_parameters": orEmpty(r.Defaults), "parameters": orEmpty(r.Parameters), "environment_variables": map[string]string{},
		"input_path": r.Input, "output_path": r.Output, "version": r.Version, "exception": exception,
	}
	times(m, r.Start, r.End)
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if nb.Metadata == nil {
		nb.Metadata = make(map[string]json.RawMessage)
	}
	nb.Metadata[key] = data
	return nil
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// Store puts a cell's status into it.
func (s Cell) Store(c *nbformat.Cell) error {
	m := map[string]any{"status": s.Status, "exception": s.Status == "failed"}
	times(m, s.Start, s.End)
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if c.Metadata == nil {
		c.Metadata = make(map[string]json.RawMessage)
	}
	c.Metadata[key] = data
	return nil
}

func times(m map[string]any, start, end time.Time) {
	if Timeless() || start.IsZero() {
		return
	}
	const layout = "2006-01-02T15:04:05.000000"
	m["start_time"], m["end_time"] = start.UTC().Format(layout), end.UTC().Format(layout)
	m["duration"] = float64(end.Sub(start).Microseconds()) / 1e6
}

// Clear takes away what an earlier run wrote.
func Clear(nb *nbformat.Notebook) {
	delete(nb.Metadata, key)
	nb.Cells = slices.DeleteFunc(nb.Cells, func(c *nbformat.Cell) bool { return c.HasTag(errorTag) })
	for _, c := range nb.Cells {
		delete(c.Metadata, key)
	}
}

// MarkFailure puts words above the cell that failed, and at the top a link to them.
func MarkFailure(nb *nbformat.Notebook, failed *nbformat.Cell, number int) {
	at := slices.Index(nb.Cells, failed)
	if at < 0 {
		return
	}
	tags := map[string]json.RawMessage{"tags": json.RawMessage(`["` + errorTag + `"]`)}
	nb.Cells = slices.Insert(nb.Cells, at, &nbformat.Cell{
		ID: freeID(nb, "papermill-error"), Type: nbformat.Markdown, Metadata: tags,
		Source: fmt.Sprintf("<a id=\"papermill-error-cell\"></a>**Execution stopped here: cell [%d] failed.** What it said stands below it.", number),
	})
	nb.Cells = slices.Insert(nb.Cells, 0, &nbformat.Cell{
		ID: freeID(nb, "papermill-error-top"), Type: nbformat.Markdown, Metadata: tags,
		Source: fmt.Sprintf("**This run failed** at [cell \\[%d\\]](#papermill-error-cell).", number),
	})
}

func freeID(nb *nbformat.Notebook, id string) string {
	for slices.ContainsFunc(nb.Cells, func(c *nbformat.Cell) bool { return c.ID == id }) {
		id += "-2"
	}
	return id
}
