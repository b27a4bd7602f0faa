// Package nbdiff shows how two notebooks differ: cells by their ids, sources line
// by line, and outputs in a line each, where their numbers or pictures differ.
package nbdiff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/cellsum"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/verify"
)

// A Change is what differs in one cell, or in the notebook as a whole.
type Change struct {
	Where string // as in "cell 3 (id)"
	What  string // "added", "removed", "moved", "changed"
	Lines []string
}

// Diff returns how b differs from a. Outputs are compared to a tolerance.
func Diff(a, b *nbformat.Notebook, tol verify.Tolerance) []Change {
	var out []Change
	if lines := metadata(a.Metadata, b.Metadata); len(lines) > 0 {
		out = append(out, Change{"the notebook's metadata", "changed", lines})
	}
	before := make(map[string]int)
	for i, c := range a.Cells {
		before[c.ID] = i
	}
	after := make(map[string]bool)
	for _, c := range b.Cells {
		after[c.ID] = true
	}
	for i, c := range a.Cells {
		if !after[c.ID] {
			out = append(out, Change{name(i, c), "removed", prefixed("-", c.Source)})
		}
	}
	last := -1
	for i, c := range b.Cells {
		k, ok := before[c.ID]
		if !ok {
			out = append(out, Change{name(i, c), "added", prefixed("+", c.Source)})
			continue
		}
		if k < last {
			out = append(out, Change{name(i, c), "moved", []string{fmt.Sprintf("it was cell %d", k+1)}})
		}
		last = max(last, k)
		if lines := cell(a.Cells[k], c, tol); len(lines) > 0 {
			out = append(out, Change{name(i, c), "changed", lines})
		}
	}
	return out
}

func name(i int, c *nbformat.Cell) string { return fmt.Sprintf("%s cell %d (%s)", c.Type, i+1, c.ID) }

func prefixed(mark, source string) []string {
	var out []string
	for _, l := range strings.Split(source, "\n") {
		out = append(out, mark+l)
	}
	return out
}

// cell returns what differs between two forms of one cell.
func cell(a, b *nbformat.Cell, tol verify.Tolerance) []string {
	var out []string
	if a.Type != b.Type {
		out = append(out, fmt.Sprintf("its type: %s, was %s", b.Type, a.Type))
	}
	if a.Source != b.Source {
		out = append(out, sources(a.Source, b.Source)...)
	}
	out = append(out, metadata(a.Metadata, b.Metadata)...)
	for _, d := range verify.Outputs(a.Outputs, b.Outputs, tol) {
		out = append(out, fmt.Sprintf("output: %s: now %s, was %s", place(d), d.Got, d.Want))
	}
	return out
}

func place(d verify.Difference) string {
	if d.Line > 0 {
		return fmt.Sprintf("%s, line %d", d.Output, d.Line)
	}
	return d.Output
}

// sources returns a unified difference without the lines that name files.
func sources(a, b string) []string {
	text := udiff.Unified("a", "b", a+"\n", b+"\n")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[min(2, len(lines)):]
}

// metadata returns what differs between two sets of metadata, checksums of code and
// counts apart, which follow from the rest.
func metadata(a, b map[string]json.RawMessage) []string {
	a, b = plain(a), plain(b)
	keys := make(map[string]bool)
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		x, y := compact(a[k]), compact(b[k])
		switch {
		case x == y:
		case x == "":
			out = append(out, fmt.Sprintf("metadata: %s is %s, was not there", k, y))
		case y == "":
			out = append(out, fmt.Sprintf("metadata: %s is gone, was %s", k, x))
		default:
			out = append(out, fmt.Sprintf("metadata: %s is %s, was %s", k, y, x))
		}
	}
	return out
}

// plain returns metadata without the checksum of a cell's code.
func plain(m map[string]json.RawMessage) map[string]json.RawMessage {
	c := &nbformat.Cell{Metadata: maps.Clone(m)}
	cellsum.Store(c, "")
	return c.Metadata
}

func compact(raw json.RawMessage) string {
	if raw == nil {
		return ""
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // seeds and checksums have more digits than a float64
	if dec.Decode(&v) != nil {
		return string(raw)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return string(raw)
	}
	return string(data)
}
