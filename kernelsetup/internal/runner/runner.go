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
	"strings"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// DefaultTimeout is how long a cell may run.
const DefaultTimeout = 2 * time.Minute

// Options of Run. The zero value is usable.
type Options struct {
	Timeout  time.Duration                  // for each cell; 0 means DefaultTimeout
	Scrub    *Scrubber                      // nil leaves paths in errors as they are
	Progress func(cell, of int, ended bool) // called as each cell starts and ends; may be nil
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
		}
	}
	return nil
}

// Run executes the code cells of nb, which Prepare has readied, in a fresh
// kernel, and puts their outputs into nb. It stops at the first cell that fails;
// the cells after it stay unexecuted. The error is that of ctx; everything else
// is a finding, reported under name.
func Run(ctx context.Context, k *jupyter.Kernel, name string, nb *nbformat.Notebook, opt Options) ([]Finding, error) {
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.Progress == nil {
		opt.Progress = func(int, int, bool) {}
	}
	cells := executable(nb)
	var sources []string
	for i, c := range cells {
		n := i + 1
		opt.Progress(n, len(cells), false)
		c.ExecutionCount = n
		rec := newRecorder(opt.Scrub)
		reply, err := k.Execute(ctx, c.Source, opt.Timeout, rec.take)
		sources = append(sources, c.Source)
		if !reply.OK {
			rec.rename(readProgram(k.Temp(), sources))
		}
		failure := diagnose(n, c.Source, rec, reply, err)
		c.Outputs = rec.outputs()
		opt.Progress(n, len(cells), true)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if failure == nil {
			continue
		}
		if errors.Is(err, jupyter.ErrTimeout) || errors.Is(err, jupyter.ErrStuck) {
			failure.message = fmt.Sprintf("%v after %v", err, opt.Timeout)
		}
		f := Finding{name, n, failure.line, failure.message}
		if at := failure.declared; at.cell > 0 {
			f.Message += fmt.Sprintf(" (in cell [%d], line %d)", at.cell, at.line)
		}
		if left := len(cells) - n; left == 1 {
			f.Message += "; 1 later cell wasn't run"
		} else if left > 1 {
			f.Message += fmt.Sprintf("; %d later cells weren't run", left)
		}
		return []Finding{f}, nil
	}
	return nil, nil
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
