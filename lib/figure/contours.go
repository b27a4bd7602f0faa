package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// Contours draws the lines on which a function has given values, or fills what
// lies between them: Values[i*len(Y)+j] is the function at (X[i], Y[j]), linear
// between these nodes. Colours are those of the figure's ColorMap. Where a value
// is NaN or infinite there is nothing.
type Contours struct {
	X, Y   []float64 // nodes, increasing
	Values []float64
	Levels []float64 // increasing; nil is about eight round numbers
	Filled bool
}

func (s Contours) check(f *Figure) error {
	for name, nodes := range map[string][]float64{"X": s.X, "Y": s.Y} {
		if len(nodes) < 2 {
			return fmt.Errorf("%d nodes in %s, want at least 2", len(nodes), name)
		}
		if err := increasing(name, nodes); err != nil {
			return err
		}
	}
	if err := increasing("Levels", s.Levels); err != nil {
		return err
	}
	return same("Values and nodes", len(s.Values), len(s.X)*len(s.Y))
}

func increasing(name string, v []float64) error {
	for i, x := range v {
		if !finite(x) || i > 0 && !(x > v[i-1]) {
			return fmt.Errorf("%s[%d] = %v, want finite numbers that increase", name, i, x)
		}
	}
	return nil
}

// A contour is the border of {v ≥ from}, and the number whose colour it has or, if
// it is filled, what lies within up to the next has.
type contour struct{ from, shade float64 }

// levelsOf returns the contours, the lowest first.
func (p *panel) levelsOf(s Contours) []contour {
	levels := s.Levels
	if levels == nil {
		for _, t := range linearTicks(p.z.lo, p.z.hi, 9) {
			levels = append(levels, t.value)
		}
	}
	var out []contour
	if !s.Filled {
		for _, l := range levels {
			out = append(out, contour{l, l})
		}
		return out
	}
	for k := -1; k < len(levels); k++ {
		lo, hi, from := p.z.lo, p.z.hi, math.Inf(-1)
		if k >= 0 {
			lo, from = levels[k], levels[k]
		}
		if k+1 < len(levels) {
			hi = levels[k+1]
		}
		if lo < hi {
			out = append(out, contour{from, lo/2 + hi/2})
		}
	}
	return out
}

func (p *panel) contours(s Contours) {
	m := newMarch(p, s)
	for _, c := range p.levelsOf(s) {
		color := p.shadeColor(p.shade(c.shade))
		if s.Filled {
			var area vg.Path
			for _, loop := range m.loops(c.from) {
				area = append(area, polygon(p.frame.clipPolygon(places(loop)))...)
			}
			p.s.fillShade(area, color)
			continue
		}
		var lines vg.Path
		for _, loop := range m.loops(c.from) {
			for _, run := range inner(loop) {
				for _, part := range p.frame.clipLine(run) {
					lines = append(lines, polyline(simplify(part, 0.04))...)
				}
			}
		}
		p.s.stroke(lines, color, contourWidth, nil)
		if len(lines) > 0 {
			p.s.number()
		}
	}
}

const contourWidth = 1.4

// A march finds, by marching squares, the borders of the set where a function on
// a grid is at least something. The grid has a rim of nodes with no value around
// it, at the places of its outermost ones, so that all borders close.
type march struct {
	n, m int // nodes, rim included
	at   []point
	v    []float64
}

func newMarch(p *panel, s Contours) *march {
	n, m := len(s.X), len(s.Y)
	g := &march{n: n + 2, m: m + 2}
	for i := range g.n {
		for j := range g.m {
			k, l := min(max(i-1, 0), n-1), min(max(j-1, 0), m-1)
			v := s.Values[k*m+l]
			if i != k+1 || j != l+1 || !finite(v) {
				v = math.NaN()
			}
			at := point{}
			if p.x.shows(s.X[k]) && p.y.shows(s.Y[l]) {
				at = point{p.x.at(s.X[k]), p.y.at(s.Y[l])}
			} else {
				v = math.NaN()
			}
			g.at, g.v = append(g.at, at), append(g.v, v)
		}
	}
	return g
}

// A crossing is where a border crosses an edge of the grid; at a rim it is no
// contour but the end of the data.
type crossing struct {
	point
	rim bool
}

// loops returns the closed borders of {v ≥ level}.
func (g *march) loops(level float64) [][]crossing {
	next := make(map[int]int) // from edge to edge
	var order []int
	for i := range g.n - 1 {
		for j := range g.m - 1 {
			g.cell(i, j, level, func(from, to int) {
				next[from] = to
				order = append(order, from)
			})
		}
	}
	var out [][]crossing
	for _, start := range order {
		if _, open := next[start]; !open {
			continue
		}
		var loop []crossing
		for e := start; ; {
			loop = append(loop, g.crossing(e, level))
			to, ok := next[e]
			if !ok {
				break
			}
			delete(next, e)
			if e = to; e == start {
				break
			}
		}
		out = append(out, loop)
	}
	return out
}

// Edges are numbered by the node where they begin: even ones lead to the next in
// x, odd ones to the next in y.
func (g *march) edge(i, j, direction int) int { return 2*(i*g.m+j) + direction }

func (g *march) inside(k int, level float64) bool { return g.v[k] >= level }

// cell reports the pieces of border in one cell, each with the set to its left.
func (g *march) cell(i, j int, level float64, piece func(from, to int)) {
	corners := [4]int{i*g.m + j, (i+1)*g.m + j, (i+1)*g.m + j + 1, i*g.m + j + 1}
	edges := [4]int{g.edge(i, j, 0), g.edge(i+1, j, 1), g.edge(i, j+1, 0), g.edge(i, j, 1)} // edge k joins corners k and k+1
	var in [4]bool
	for k, c := range corners {
		in[k] = g.inside(c, level)
	}
	// Walking round the cell, the set is left through one edge and entered again
	// through a later one: the border runs from the former to the latter.
	var exits, entries []int
	for k := range 4 {
		switch a, b := in[k], in[(k+1)%4]; {
		case a && !b:
			exits = append(exits, k)
		case !a && b:
			entries = append(entries, k)
		}
	}
	switch len(exits) {
	case 1:
		piece(edges[exits[0]], edges[entries[0]])
	case 2: // a saddle: the mean says whether the parts of the set are joined
		mean := 0.0
		for _, c := range corners {
			mean += g.v[c] / 4
		}
		for _, x := range exits {
			step := 3 // to the entry before it: parts are apart
			if mean >= level {
				step = 1 // to the one after it
			}
			piece(edges[x], edges[(x+step)%4])
		}
	}
}

// crossing returns where a level is met on an edge.
func (g *march) crossing(e int, level float64) crossing {
	a := e / 2
	b := a + g.m
	if e%2 == 1 {
		b = a + 1
	}
	va, vb := g.v[a], g.v[b]
	switch {
	case math.IsNaN(va):
		return crossing{g.at[b], true}
	case math.IsNaN(vb):
		return crossing{g.at[a], true}
	}
	t := 0.0
	if va != vb {
		t = math.Max(0, math.Min(1, (level-va)/(vb-va)))
	}
	return crossing{point{g.at[a].x + t*(g.at[b].x-g.at[a].x), g.at[a].y + t*(g.at[b].y-g.at[a].y)}, false}
}

func places(loop []crossing) []point {
	pts := make([]point, len(loop))
	for i, c := range loop {
		pts[i] = c.point
	}
	return pts
}

// inner cuts a closed border where it runs along a rim.
func inner(loop []crossing) [][]point {
	n := len(loop)
	start := 0
	for i, c := range loop {
		if c.rim {
			start = i
			break
		}
	}
	var out [][]point
	var run []point
	for k := range n + 1 {
		c := loop[(start+k)%n]
		if c.rim {
			if len(run) > 1 {
				out = append(out, run)
			}
			run = nil
			continue
		}
		run = append(run, c.point)
	}
	if len(run) > 1 {
		out = append(out, run)
	}
	return out
}

// describe tells how large the grid is and where the function is largest.
func (s Contours) describe() string {
	lo, hi, any := span2(s.Values)
	if any == 0 {
		return "no finite values"
	}
	for k, v := range s.Values {
		if v == hi {
			return fmt.Sprintf("of a function on %d by %d nodes, smallest %s, largest %s at (%s, %s)",
				len(s.X), len(s.Y), brief(lo), brief(hi), brief(s.X[k/len(s.Y)]), brief(s.Y[k%len(s.Y)]))
		}
	}
	return ""
}
