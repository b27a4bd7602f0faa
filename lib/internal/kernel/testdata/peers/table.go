package main

import (
	"fmt"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// An operation is what a row of the table is about.
type operation struct {
	name  string // in the names of series
	title string
	size  string
	count float64 // elements of a run, or floating-point operations
	flops bool    // whether it is the latter
	check check
}

var operations = []operation{
	{name: "exp", title: "exp", size: "4096", count: few},
	{name: "silu", title: "SiLU with derivative", size: "65536", count: many},
	{name: "lse", title: "log-sum-exp of rows", size: "1024 × 1024", count: side * side},
	{name: "lse-plane", title: "the same, distances in the plane", size: "1024 × 1024", count: side * side},
	{name: "sqdist-2", title: "squared distances, d = 2", size: "1024 × 1024", count: side * side},
	{name: "sqdist-64", title: "squared distances, d = 64", size: "1024 × 1024", count: side * side},
	{name: "score-iso", title: "mixture score, isotropic", size: "65536 × 16", count: many * components},
	{name: "score-full", title: "mixture score, covariances", size: "65536 × 16", count: many * components},
	{name: "normal", title: "standard normals", size: "65536", count: many, check: normal},
	{name: "gemm-nn", title: "A B", size: "512 × 128 × 128", count: 2 * 512 * 128 * 128, flops: true},
	{name: "gemm-tn", title: "Aᵀ B", size: "128 × 128 × 512", count: 2 * 512 * 128 * 128, flops: true},
	{name: "gemm-nt", title: "A Bᵀ", size: "512 × 128 × 128", count: 2 * 512 * 128 * 128, flops: true},
	{name: "gemm-large", title: "A B", size: "1024 × 1024 × 1024", count: 2 * side * side * side, flops: true},
}

const heading = `Nanoseconds an element, but of matrix products speeds; medians, and the quartiles of the ratio.

| operation | size | type | ours | C | numpy, scipy | best of these / ours | pure Go |
|---|---|---|---|---|---|---|---|`

// amount prints the median in the table's unit.
func (o operation) amount(m *measurement) string {
	ns := m.median()
	if o.flops {
		return fmt.Sprintf("%.1f Gflop/s", o.count/ns)
	}
	return fmt.Sprintf("%.3g", ns/o.count)
}

// row prints our best form, the fastest variant of each peer, and the ratio of
// the faster of these to ours.
func row(o operation, kind string, all []measurement) string {
	ours, plain := find(all, kernel.Best()), find(all, kernel.Go)
	c, python := fastest(all, "C"), fastest(all, "Python")
	peer := c
	if peer == nil || python != nil && python.median() < peer.median() {
		peer = python
	}
	cell := func(m *measurement) string {
		if m == nil {
			return ""
		}
		return fmt.Sprintf("%s (%s)", o.amount(m), m.variant())
	}
	cells := []string{o.title, o.size, kind, cell(ours), cell(c), cell(python), "", ""}
	if ours != nil && peer != nil {
		low, middle, high := ratio(peer, ours)
		cells[6] = fmt.Sprintf("**%.2f** (%.2f to %.2f)", middle, low, high)
	}
	if plain != nil {
		cells[7] = o.amount(plain)
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

// find returns the measurement of a form of ours, or nil.
func find(all []measurement, f kernel.Form) *measurement {
	for i, m := range all {
		if m.language() == "Go" && m.variant() == f.String() {
			return &all[i]
		}
	}
	return nil
}

// fastest returns the fastest variant in a language, or nil.
func fastest(all []measurement, language string) *measurement {
	var best *measurement
	for i, m := range all {
		if m.language() == language && (best == nil || m.median() < best.median()) {
			best = &all[i]
		}
	}
	return best
}

// variants prints a line for each.
func variants(o operation, kind string, all []measurement) []string {
	var lines []string
	for _, m := range all {
		lines = append(lines, fmt.Sprintf("- %s, %s, %s, %s: %s", o.title, kind, m.language(), m.variant(), o.amount(&m)))
	}
	return lines
}
