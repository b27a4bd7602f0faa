// Package runner executes a notebook in a kernel, from the first cell to the
// last, and says in one line what is wrong with it, if anything is.
//
// What it stores is the same at every run of the same notebook: counts from 1,
// no times, no paths of the machine, and within a cell one order of outputs
// (see recorder).
package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// DefaultTimeout is how long a cell may run.
const DefaultTimeout = 2 * time.Minute

// RaisesTag is the tag of a cell that may fail: the run goes on behind it.
const RaisesTag = "raises-exception"

// Options of Run. The zero value is usable.
type Options struct {
	Timeout  time.Duration                  // for each cell; 0 means DefaultTimeout
	Scrub    *Scrubber                      // nil leaves paths in errors as they are
	Progress func(cell, of int, ended bool) // called as each cell starts and ends; may be nil

	// Skip returns why a cell isn't to be run, "" if it is; nil runs all.
	Skip func(*nbformat.Cell) string

	// Reuse returns the outputs that a cell's program gave before, if it need not be
	// run again; its declarations are. Nil runs all.
	Reuse func(*nbformat.Cell) ([]nbformat.Output, bool)

	// Ran is told of each cell that was run, reused or skipped; may be nil.
	Ran func(Outcome)
}

// Outcome is what became of a cell.
type Outcome struct {
	Cell    *nbformat.Cell
	Number  int // as Jupyter shows it
	Took    time.Duration
	Skipped string // why it wasn't run, or ""
	Reused  bool
	Finding *Finding // what is wrong with it, or nil
}

// A Finding is what is wrong with a notebook. Cell is the number that Jupyter
// shows in brackets, Line counts within that cell from 1; each is 0 where it
// doesn't apply.
type Finding struct {
	Notebook   string
	Cell, Line int
	Message    string
}

func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Notebook)
	if f.Cell > 0 {
		fmt.Fprintf(&b, ": cell [%d]", f.Cell)
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, ", line %d", f.Line)
	}
	return b.String() + ": " + f.Message
}

// Prepare checks that nb is a notebook of Go and clears what earlier runs left
// in it.
func Prepare(nb *nbformat.Notebook) error {
	if nb.Metadata == nil {
		nb.Metadata = make(map[string]json.RawMessage)
	}
	spec, ok := nb.Metadata["kernelspec"]
	if !ok {
		nb.Metadata["kernelspec"] = json.RawMessage(`{"display_name":"Go (gonb)","language":"go","name":"gonb"}`)
	} else {
		var k struct{ Name, Language string }
		if err := json.Unmarshal(spec, &k); err != nil {
			return fmt.Errorf("its kernelspec is unreadable: %w", err)
		}
		if k.Name != "gonb" && k.Language != "go" {
			return fmt.Errorf("it is a notebook of the kernel %q, and only gonb notebooks can be run here", k.Name)
		}
	}
	if _, ok := nb.Metadata["language_info"]; !ok {
		nb.Metadata["language_info"] = json.RawMessage(`{"file_extension":".go","mimetype":"text/x-go","name":"go"}`)
	}
	for _, c := range nb.Cells {
		if c.Type == nbformat.Code {
			c.Outputs, c.ExecutionCount = nil, 0
			delete(c.Metadata, "execution") // times
			cellsum.Store(c, "")
		}
	}
	return nil
}

// Run executes the code cells of nb, which Prepare has readied, in a fresh
// kernel, and puts their outputs into nb. It stops at the first cell that fails and
// may not; the cells after it stay unexecuted. The error is that of ctx; everything
// else is a finding, reported under name.
func Run(ctx context.Context, k *jupyter.Kernel, name string, nb *nbformat.Notebook, opt Options) ([]Finding, error) {
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.Progress == nil {
		opt.Progress = func(int, int, bool) {}
	}
	if opt.Ran == nil {
		opt.Ran = func(Outcome) {}
	}
	r := run{Options: opt, kernel: k, name: name, cells: executable(nb)}
	sums := cellsum.Sums(nb)
	for i, c := range r.cells {
		out, err := r.cell(ctx, i)
		if err != nil {
			return nil, err
		}
		if out.Skipped == "" {
			cellsum.Store(c, sums[slices.Index(nb.Cells, c)])
		}
		opt.Ran(out)
		if out.Finding != nil {
			return []Finding{*out.Finding}, nil
		}
	}
	return nil, nil
}

// run is a notebook under way.
type run struct {
	Options
	kernel  *jupyter.Kernel
	name    string
	cells   []*nbformat.Cell
	sources []string // sent to the kernel so far
}

// cell deals with the i-th cell. The error is that of ctx.
func (r *run) cell(ctx context.Context, i int) (Outcome, error) {
	c := r.cells[i]
	out := Outcome{Cell: c, Number: i + 1}
	if r.Skip != nil {
		if out.Skipped = r.Skip(c); out.Skipped != "" {
			return out, nil
		}
	}
	source := c.Source
	var before []nbformat.Output
	if r.Reuse != nil {
		if before, out.Reused = r.Reuse(c); out.Reused {
			source = gocell.Read(source).Declarations
		}
	}
	c.ExecutionCount = out.Number
	if out.Reused && strings.TrimSpace(source) == "" {
		r.sources = append(r.sources, source)
		c.Outputs = before
		return out, nil
	}
	r.Progress(out.Number, len(r.cells), false)
	began := time.Now()
	outputs, failed, err := r.execute(ctx, source, out.Number)
	out.Took = time.Since(began)
	c.Outputs = outputs
	r.Progress(out.Number, len(r.cells), true)
	switch {
	case err != nil:
		return out, err
	case failed != nil && !c.HasTag(RaisesTag):
		f := r.finding(out.Number, failed)
		out.Finding = &f
	case failed == nil && out.Reused:
		c.Outputs = before
	}
	return out, nil
}

// execute sends a cell's source to the kernel.
func (r *run) execute(ctx context.Context, source string, number int) ([]nbformat.Output, *failure, error) {
	rec := newRecorder(r.Scrub)
	reply, err := r.kernel.Execute(ctx, source, r.Timeout, rec.take)
	r.sources = append(r.sources, source)
	if !reply.OK {
		rec.rename(readProgram(r.kernel.Temp(), r.sources))
	}
	failed := diagnose(number, source, rec, reply, err)
	if ctx.Err() != nil {
		return rec.outputs(), nil, context.Cause(ctx)
	}
	if failed != nil && (errors.Is(err, jupyter.ErrTimeout) || errors.Is(err, jupyter.ErrStuck)) {
		failed.message = fmt.Sprintf("%v after %v", err, r.Timeout)
	}
	return rec.outputs(), failed, nil
}

// finding says what is wrong with the cell of a number.
func (r *run) finding(number int, failed *failure) Finding {
	f := Finding{r.name, number, failed.line, failed.message}
	if at := failed.declared; at.cell > 0 {
		f.Message += fmt.Sprintf(" (in cell [%d], line %d)", at.cell, at.line)
	}
	if left := len(r.cells) - number; left == 1 {
		f.Message += "; 1 later cell wasn't run"
	} else if left > 1 {
		f.Message += fmt.Sprintf("; %d later cells weren't run", left)
	}
	return f
}

// executable returns the code cells that have code: Jupyter gives no number to
// an empty one.
func executable(nb *nbformat.Notebook) []*nbformat.Cell {
	var cells []*nbformat.Cell
	for _, c := range nb.Cells {
		if c.Type == nbformat.Code && strings.TrimSpace(c.Source) != "" {
			cells = append(cells, c)
		}
	}
	return cells
}
