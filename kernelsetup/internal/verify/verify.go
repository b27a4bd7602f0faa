// Package verify compares the outputs that a notebook stores with those that it
// gives when it is run again: numbers to a tolerance, wherever they stand; pictures
// as they are seen; and all else as it is written, but for what differs from run to
// run and says nothing, such as addresses, durations and ids.
package verify

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// Tags of cells that are compared in another way. How near is near enough, a
// notebook or a cell may say in its metadata: {"wasserwerk": {"tolerance": {"rel":
// 1e-3}}}.
const (
	SkipTag   = "skip"              // not run
	SlowTag   = "slow"              // run only if slow cells are asked for
	IgnoreTag = "ignore-output"     // run, and not compared
	RaisesTag = "raises-exception"  // may fail
	noOutputs = "stores no outputs" // message
)

// Tolerance says what counts as the same. Numbers may differ by Abs + Rel·|want|;
// places in an SVG by the share Picture of its size, and that share of a PNG's
// pixels may look different.
type Tolerance struct {
	Abs     float64 `json:"abs"`
	Rel     float64 `json:"rel"`
	Picture float64 `json:"picture"`
}

// Default is the tolerance of cells and notebooks that have no other.
var Default = Tolerance{Abs: 1e-12, Rel: 1e-6, Picture: 1e-3}

// A Difference is a place at which outputs differ.
type Difference struct {
	Output   string  `json:"output"`         // which, as in "stdout" or "display 2, text/plain"
	Line     int     `json:"line,omitempty"` // of a text
	Got      string  `json:"got"`
	Want     string  `json:"want"`
	Relative float64 `json:"-"` // error of a number; NaN of anything else
}

func (d Difference) String() string {
	var b strings.Builder
	b.WriteString(d.Output)
	if d.Line > 0 {
		fmt.Fprintf(&b, ", line %d", d.Line)
	}
	fmt.Fprintf(&b, ": got %s, want %s", d.Got, d.Want)
	if !math.IsNaN(d.Relative) {
		fmt.Fprintf(&b, " (relative error %.2g)", d.Relative)
	}
	return b.String()
}

// Kind is what became of a cell.
type Kind string

// What can become of it.
const (
	Same     Kind = "same"
	Differs  Kind = "differs"
	Empty    Kind = "empty" // nothing stored, nothing given: nothing to compare
	Missing  Kind = "missing"
	Ignored  Kind = "ignored"
	Skipped  Kind = "skipped"
	NotThere Kind = "not run" // a cell before it failed
)

// A Cell is what became of one code cell.
type Cell struct {
	Number      int // as Jupyter shows it
	Kind        Kind
	Why         string // of those that were skipped or ignored, and of Missing
	Differences []Difference
}

// Options of Compare. The zero value is usable.
type Options struct {
	Tolerance  *Tolerance // nil is Default; what the notebook or a cell says counts more
	AllowEmpty bool       // cells that store no outputs are no differences
	Slow       bool       // cells with the tag slow were run
}

// Skip returns why a cell isn't to be run, "" if it is.
func Skip(c *nbformat.Cell, slow bool) string {
	switch {
	case c.HasTag(SkipTag):
		return "it has the tag " + SkipTag
	case c.HasTag(SlowTag) && !slow:
		return "it has the tag " + SlowTag + "; --slow runs it"
	}
	return ""
}

// Compare compares the code cells of a notebook with those of a run of it, cell by
// cell. Both have the same cells.
func Compare(stored, fresh *nbformat.Notebook, opt Options) ([]Cell, error) {
	tol := Default
	if opt.Tolerance != nil {
		tol = *opt.Tolerance
	}
	tol, err := tol.override(stored.Metadata)
	if err != nil {
		return nil, fmt.Errorf("the notebook's metadata: %w", err)
	}
	var out []Cell
	for i, c := range stored.Cells {
		if c.Type != nbformat.Code || strings.TrimSpace(c.Source) == "" {
			continue
		}
		cell := Cell{Number: len(out) + 1}
		own, err := tol.override(c.Metadata)
		if err != nil {
			return nil, fmt.Errorf("cell [%d]: its metadata: %w", cell.Number, err)
		}
		f := fresh.Cells[i]
		switch why := Skip(c, opt.Slow); {
		case why != "":
			cell.Kind, cell.Why = Skipped, why
		case f.ExecutionCount == 0:
			cell.Kind = NotThere
		case c.HasTag(IgnoreTag):
			cell.Kind, cell.Why = Ignored, "it has the tag "+IgnoreTag
		case len(c.Outputs) == 0 && len(f.Outputs) == 0:
			cell.Kind = Empty
		case len(c.Outputs) == 0 && opt.AllowEmpty:
			cell.Kind, cell.Why = Ignored, noOutputs
		case len(c.Outputs) == 0:
			cell.Kind, cell.Why = Missing, noOutputs
		default:
			cell.Kind = Same
			if cell.Differences = Outputs(c.Outputs, f.Outputs, own); len(cell.Differences) > 0 {
				cell.Kind = Differs
			}
		}
		out = append(out, cell)
	}
	return out, nil
}

// override returns the tolerance with what metadata say of it.
func (t Tolerance) override(meta map[string]json.RawMessage) (Tolerance, error) {
	var own struct{ Tolerance json.RawMessage }
	if json.Unmarshal(meta[cellsum.Key], &own) != nil || own.Tolerance == nil {
		return t, nil
	}
	if err := json.Unmarshal(own.Tolerance, &t); err != nil {
		return t, fmt.Errorf("%s.tolerance: %w", cellsum.Key, err)
	}
	if !(t.Abs >= 0 && t.Rel >= 0 && t.Picture >= 0) {
		return t, fmt.Errorf("%s.tolerance has a number below 0", cellsum.Key)
	}
	return t, nil
}

// Count returns how many cells are of a kind.
func Count(cells []Cell, kinds ...Kind) int {
	n := 0
	for _, c := range cells {
		if slices.Contains(kinds, c.Kind) {
			n++
		}
	}
	return n
}
