package transport

import (
	"context"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// bbSizes returns the sizes of the problems to solve, the coarsest first: each
// has half the steps and half the cells of the next along its longer axes.
func bbSizes(k, n0, n1 int) [][3]int {
	const cells, steps = 16, 8
	sizes := [][3]int{{k, n0, n1}}
	for max(n0, n1) > cells && k > steps {
		k = (k + 1) / 2
		longest := max(n0, n1)
		if 2*n0 > longest {
			n0 = (n0 + 1) / 2
		}
		if 2*n1 > longest {
			n1 = (n1 + 1) / 2
		}
		sizes = append([][3]int{{k, n0, n1}}, sizes...)
	}
	return sizes
}

// coarseMasses returns the masses of the cells of a coarser grid over the same
// rectangle.
func coarseMasses(mass []float64, axes, coarse [2]measure.Axis) []float64 {
	n0, n1, m0, m1 := axes[0].N, axes[1].N, coarse[0].N, coarse[1].N
	out := make([]float64, m0*m1)
	for i := range n0 {
		for j := range n1 {
			overlaps(i, n0, m0, func(a int, u float64) {
				overlaps(j, n1, m1, func(b int, v float64) {
					out[a*m1+b] += u * v * mass[i*n1+j]
				})
			})
		}
	}
	return out
}

// overlaps calls f for the parts of cell i of n that lie in each of m ≤ n cells.
func overlaps(i, n, m int, f func(a int, part float64)) {
	a, b := i*m/n, ((i+1)*m-1)/n
	if a == b {
		f(a, 1)
		return
	}
	part := float64(b*n-i*m) / float64(m)
	f(a, part)
	f(b, 1-part)
}

// A bbPlace says where samples stand along an axis of n cells.
type bbPlace int

const (
	bbCentres bbPlace = iota // (i+½)/n
	bbEdges                  // i/n, i ≤ n
	bbWalls                  // (i+1)/n, i < n−1
)

func (p bbPlace) count(n int) int {
	return n + [...]int{0, 1, -1}[p]
}

func (p bbPlace) at(i, n int) float64 {
	return (float64(i) + [...]float64{0.5, 0, 1}[p]) / float64(n)
}

// bbLink interpolates sample i between samples lo and lo + step.
type bbLink struct {
	lo, step int
	part     float64
}

// links returns how samples of n cells interpolate between those of m; the
// outermost are held.
func (p bbPlace) links(n, m int) []bbLink {
	links := make([]bbLink, p.count(n))
	for i := range links {
		x := p.at(i, n)*float64(m) - [...]float64{0.5, 0, 1}[p]
		lo := min(max(int(math.Floor(x)), 0), max(p.count(m)-2, 0))
		step := min(1, p.count(m)-1-lo)
		links[i] = bbLink{lo, step, min(max(x-float64(lo), 0), 1)}
	}
	return links
}

// prolong fills dst, samples of g, by interpolation between src, samples of the
// coarser h, times scale. Places are those in time and along both axes.
func prolong(g, h *bbShape, dst, src []float64, places [3]bbPlace, scale float64) {
	for t, lt := range places[0].links(g.k, h.k) {
		for i, li := range places[1].links(g.n0, h.n0) {
			for j, lj := range places[2].links(g.n1, h.n1) {
				line := func(t, i int) float64 {
					c := t*h.n + i*h.n1 + lj.lo
					return src[c] + lj.part*(src[c+lj.step]-src[c])
				}
				plane := func(t int) float64 {
					v := line(t, li.lo)
					return v + li.part*(line(t, li.lo+li.step)-v)
				}
				v := plane(lt.lo)
				dst[t*g.n+i*g.n1+j] = scale * (v + lt.part*(plane(lt.lo+lt.step)-v))
			}
		}
	}
}

// start sets the iterate to the solution on a coarser grid, and checks it.
func (l *bbLevel) start(ctx context.Context, from *bbLevel) error {
	g, h := l.g, from.g
	ratio := from.unit / l.unit
	time := float64(g.k) / float64(h.k)
	cells := [3]bbPlace{bbCentres, bbCentres, bbCentres}
	times := [3]bbPlace{bbEdges, bbCentres, bbCentres}
	prolong(g, h, l.x.m, from.x.m, times, 1)
	copy(l.x.m, l.p)
	copy(l.x.m[g.k*g.n:], l.q)
	prolong(g, h, l.c, from.c, times, ratio*ratio)
	clear(l.c[:g.n])
	clear(l.c[g.k*g.n:])
	prolong(g, h, l.lambda, from.lambda, cells, ratio*ratio*time)
	for _, d := range g.dims {
		if from.x.w[d] == nil {
			continue
		}
		walls := cells
		walls[d+1] = bbWalls
		prolong(g, h, l.x.w[d], from.x.w[d], walls, ratio)
		prolong(g, h, l.a[d], from.a[d], walls, ratio*ratio)
		prolong(g, h, l.b[d], from.b[d], walls, ratio)
	}
	for k := range g.k {
		l.spreads(k)
	}
	return l.check(ctx)
}
