// Package lint finds in a notebook what its readers would stumble over: outputs
// that other code made, names that only a deleted cell declared, figures that some
// viewers can't show, references to nothing, and what should not be shared.
package lint

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/page"
)

// A Finding is something to mend.
type Finding struct {
	Rule    string `json:"rule"`
	Cell    int    `json:"cell,omitempty"`  // counted from 1 among all cells
	Count   int    `json:"count,omitempty"` // as Jupyter shows it in brackets
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}

func (f Finding) String() string {
	var b strings.Builder
	switch {
	case f.Count > 0:
		fmt.Fprintf(&b, "cell [%d]", f.Count)
	case f.Cell > 0:
		fmt.Fprintf(&b, "cell %d", f.Cell)
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, ", line %d", f.Line)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s (%s)", f.Message, f.Rule)
	return b.String()
}

// Rules are all there are, each with what it finds. A notebook or a cell switches
// some off in its metadata: {"wasserwerk": {"nolint": ["paths"]}}.
var Rules = map[string]string{
	"ids":      "cells without an id, which format 4.5 asks for",
	"order":    "cells that weren't run from the first to the last",
	"failed":   "stored errors of cells that may not fail",
	"stale":    "outputs that were made by other code",
	"hidden":   "names that nothing above declares",
	"syntax":   "cells that aren't Go",
	"links":    "links, references and pictures that lead nowhere",
	"alt":      "pictures without a description",
	"static":   "outputs that only a script can show",
	"size":     "outputs beyond a megabyte",
	"paths":    "places of one machine",
	"secrets":  "what looks like a password or a key",
	"network":  "outputs that load something from elsewhere",
	"metadata": "metadata of this project that mean nothing",
}

// Options of Check. The zero value is usable.
type Options struct {
	Dir     string   // of pictures that cells name by relative paths
	Disable []string // rules
}

// Check returns what is to mend, in the notebook's order. NoIDs are the indices of
// cells that the file gives no id.
func Check(nb *nbformat.Notebook, noIDs []int, opt Options) []Finding {
	l := &linter{nb: nb, off: rules(nb.Metadata)}
	for _, r := range opt.Disable {
		l.off[r] = true
	}
	for _, i := range noIDs {
		l.add("ids", i, 0, "the file gives it no id")
	}
	for _, p := range page.Check(nb, page.Options{Dir: opt.Dir}) {
		l.add("links", p.Cell-1, p.Line, "%s", p.Text)
	}
	l.order()
	l.names()
	sums := cellsum.Sums(nb)
	for i, c := range nb.Cells {
		l.metadata(i, c)
		l.private(i, c)
		if c.Type == nbformat.Markdown {
			l.markdownPictures(i, c)
		}
		if c.Type != nbformat.Code {
			continue
		}
		if sum := cellsum.Stored(c); sum != "" && sum != sums[i] && len(c.Outputs) > 0 {
			l.add("stale", i, 0, "its outputs were made by other code; run it again")
		}
		l.outputs(i, c)
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int { return a.Cell - b.Cell })
	return l.found
}

// A linter gathers findings.
type linter struct {
	nb    *nbformat.Notebook
	off   map[string]bool
	found []Finding
}

func (l *linter) add(rule string, cell, line int, format string, args ...any) {
	f := Finding{Rule: rule, Cell: cell + 1, Line: line, Message: fmt.Sprintf(format, args...)}
	if l.off[rule] {
		return
	}
	if cell >= 0 && cell < len(l.nb.Cells) {
		c := l.nb.Cells[cell]
		if rules(c.Metadata)[rule] {
			return
		}
		if c.Type == nbformat.Code {
			f.Count = c.ExecutionCount
		}
	}
	l.found = append(l.found, f)
}

// rules returns those that metadata switch off.
func rules(meta map[string]json.RawMessage) map[string]bool {
	var own struct{ NoLint []string }
	_ = json.Unmarshal(meta[cellsum.Key], &own) // other shapes are told of by the rule metadata
	off := make(map[string]bool)
	for _, r := range own.NoLint {
		off[r] = true
	}
	return off
}

// order wants the counts 1, 2, 3, … or none at all.
func (l *linter) order() {
	n, run := 0, 0
	for _, c := range l.nb.Cells {
		if c.Type == nbformat.Code && c.ExecutionCount > 0 {
			run++
		}
	}
	if run == 0 {
		return
	}
	for i, c := range l.nb.Cells {
		if c.Type != nbformat.Code || strings.TrimSpace(c.Source) == "" {
			continue
		}
		n++
		switch {
		case c.HasTag("skip") || c.HasTag("slow"):
		case c.ExecutionCount == 0:
			l.add("order", i, 0, "it wasn't run, and others were")
		case c.ExecutionCount != n:
			l.add("order", i, 0, "it was run as number %d and is number %d", c.ExecutionCount, n)
			return // the others follow from it
		}
	}
}

// known are the fields of this project's metadata.
var known = map[string]bool{"source": true, "tolerance": true, "nolint": true, "provenance": true, "lock": true, "course": true}

func (l *linter) metadata(i int, c *nbformat.Cell) {
	raw, ok := c.Metadata[cellsum.Key]
	if !ok {
		return
	}
	var own map[string]json.RawMessage
	if json.Unmarshal(raw, &own) != nil {
		l.add("metadata", i, 0, "its metadata %s isn't an object", cellsum.Key)
		return
	}
	for k := range own {
		if !known[k] {
			l.add("metadata", i, 0, "its metadata %s has the field %q, which means nothing", cellsum.Key, k)
		}
	}
	for r := range rules(c.Metadata) {
		if Rules[r] == "" {
			l.add("metadata", i, 0, "there is no rule %q to switch off", r)
		}
	}
}
