package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// Cells draws a heat map: the cell between X[i] and X[i+1] and between Y[j] and
// Y[j+1] has the colour of Values[i*(len(Y)−1)+j]. Values that are NaN or
// infinite leave the card's white.
type Cells struct {
	X, Y   []float64 // edges, increasing
	Values []float64
}

func (s Cells) check(f *Figure) error {
	for _, v := range []struct {
		name  string
		edges []float64
		scale Scale
	}{{"X", s.X, f.XScale}, {"Y", s.Y, f.YScale}} {
		if len(v.edges) < 2 {
			return fmt.Errorf("%d edges in %s, want at least 2", len(v.edges), v.name)
		}
		for i, e := range v.edges {
			switch {
			case !finite(e) || i > 0 && !(e > v.edges[i-1]):
				return fmt.Errorf("%s[%d] = %v, want finite edges that increase", v.name, i, e)
			case v.scale == Log && e <= 0:
				return fmt.Errorf("%s[%d] = %v on a logarithmic axis", v.name, i, e)
			}
		}
	}
	return same("Values and cells", len(s.Values), (len(s.X)-1)*(len(s.Y)-1))
}

// cells draws, for each colour from the least up, all cells of this colour and
// of higher ones in one outline. So neighbours never meet at an edge with the
// card between them, where a seam would show.
func (p *panel) cells(s Cells) {
	n, m := len(s.X)-1, len(s.Y)-1
	shade := make([]int, n*m)
	used := make([]bool, shades)
	for k, v := range s.Values {
		shade[k] = -1
		if finite(v) {
			shade[k] = p.shade(v)
			used[shade[k]] = true
		}
	}
	at := func(a *axis, edges []float64, lo, hi float64) []float64 {
		out := make([]float64, len(edges))
		for i, e := range edges {
			out[i] = math.Max(lo, math.Min(hi, a.at(e)))
		}
		return out
	}
	x := at(&p.x, s.X, p.frame.left, p.frame.right)
	y := at(&p.y, s.Y, p.frame.top, p.frame.bottom)
	for k, on := range used {
		if on {
			p.s.fillShade(borders(n, m, x, y, func(i, j int) bool { return shade[i*m+j] >= k }), p.shadeColor(k))
		}
	}
}

// The directions of a border's steps.
const (
	east = iota
	north
	west
	south
)

// borders returns the borders of the cells of an n by m grid that are inside,
// as closed paths with the inside to the left.
func borders(n, m int, x, y []float64, inside func(i, j int) bool) vg.Path {
	in := func(i, j int) bool { return i >= 0 && j >= 0 && i < n && j < m && inside(i, j) }
	// Steps that lead from each corner, as bits.
	steps := make([]uint8, (n+1)*(m+1))
	add := func(i, j, direction int) { steps[i*(m+1)+j] |= 1 << direction }
	for i := range n {
		for j := range m {
			if !inside(i, j) {
				continue
			}
			if !in(i, j-1) {
				add(i, j, east)
			}
			if !in(i+1, j) {
				add(i+1, j, north)
			}
			if !in(i, j+1) {
				add(i+1, j+1, west)
			}
			if !in(i-1, j) {
				add(i, j+1, south)
			}
		}
	}
	var path vg.Path
	for i := range n + 1 {
		for j := range m + 1 {
			for steps[i*(m+1)+j] != 0 {
				path = append(path, polygon(walk(steps, i, j, m+1, x, y))...)
			}
		}
	}
	return path
}

// walk follows steps from a corner until it is back, uses them up, and returns
// the corners where it turned.
func walk(steps []uint8, i, j, stride int, x, y []float64) []point {
	var (
		pts  []point
		last = -1
	)
	for {
		here := &steps[i*stride+j]
		if *here == 0 {
			// Back at the first corner, which is no turn if the line runs on.
			if len(pts) > 2 && straight(pts[len(pts)-1], pts[0], pts[1]) {
				pts = pts[1:]
			}
			return pts
		}
		d := east // or, where two cells meet at a corner, any way on
		for *here&(1<<d) == 0 {
			d++
		}
		*here &^= 1 << d
		if d != last {
			pts = append(pts, point{x[i], y[j]})
		}
		last = d
		switch d {
		case east:
			i++
		case north:
			j++
		case west:
			i--
		case south:
			j--
		}
	}
}

func straight(a, b, c point) bool { return a.x == b.x && b.x == c.x || a.y == b.y && b.y == c.y }

// describe tells how many cells there are and where the largest value stands.
func (s Cells) describe() string {
	n, m := len(s.X)-1, len(s.Y)-1
	lo, hi, any := span2(s.Values)
	if any == 0 {
		return fmt.Sprintf("%d by %d, no finite values", n, m)
	}
	for k, v := range s.Values {
		if v == hi {
			i, j := k/m, k%m
			return fmt.Sprintf("%d by %d, smallest %s, largest %s at (%s, %s)", n, m, brief(lo), brief(hi),
				brief(s.X[i]/2+s.X[i+1]/2), brief(s.Y[j]/2+s.Y[j+1]/2))
		}
	}
	return ""
}
