package transport

import (
	"context"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// A cloud is weighted points in the order of a kd tree: the two halves of the
// range of any of its cells are the cells below it. So the points of a cell
// stand together, and so do cells beside each other, mostly.
type cloud struct {
	d, n  int
	at    []float64 // coordinates, d of each point
	mass  []int64
	first []int32 // where the points of each group in a finer cloud begin, and their number
}

// point returns the coordinates of point i.
func (c *cloud) point(i int) []float64 { return c.at[i*c.d:][:c.d] }

// newCloud returns a cloud of points with their masses, and the rows that they
// were in the order that they come to.
func newCloud(ctx context.Context, parts []kernel.Points[float64], rows []int32, mass []int64) (*cloud, []int32) {
	c := &cloud{n: len(rows), mass: make([]int64, len(rows))}
	for _, p := range parts {
		c.d += p.D
	}
	at := make([]float64, 0, c.n*c.d)
	for i := range c.n {
		for _, p := range parts {
			for k := range p.D {
				at = append(at, p.Coord[k*p.Stride+i])
			}
		}
	}
	s := kdSorter{
		ctx: ctx, at: at, d: c.d, order: every(c.n), seed: 1,
		lo: make([]float64, c.d), hi: make([]float64, c.d),
	}
	s.sort(0, c.n)
	c.at = make([]float64, 0, len(at))
	sorted := make([]int32, c.n)
	for k, i := range s.order {
		c.at = append(c.at, at[int(i)*c.d:][:c.d]...)
		c.mass[k], sorted[k] = mass[i], rows[i]
	}
	return c, sorted
}

// A kdSorter brings points into the order of a kd tree. It gives up when the
// context ends: any order is right, if not good.
type kdSorter struct {
	ctx    context.Context
	at     []float64
	d      int
	order  []int32
	lo, hi []float64
	seed   uint32
}

// sort sorts order[from:to]. Cells are halved across where they are longest.
func (s *kdSorter) sort(from, to int) {
	for to-from > 1 {
		if to-from > 1<<12 && s.ctx.Err() != nil {
			return
		}
		for k := range s.d {
			s.lo[k], s.hi[k] = math.Inf(1), math.Inf(-1)
		}
		for _, i := range s.order[from:to] {
			for k, v := range s.at[int(i)*s.d:][:s.d] {
				s.lo[k], s.hi[k] = min(s.lo[k], v), max(s.hi[k], v)
			}
		}
		axis, long := 0, 0.0
		for k := range s.d {
			if l := s.hi[k] - s.lo[k]; l > long {
				axis, long = k, l
			}
		}
		mid := from + (to-from)/2
		if long > 0 {
			s.part(from, to, mid, axis)
		}
		s.sort(from, mid)
		from = mid
	}
}

// part moves the points of order[from:to] so that those before mid have no
// greater coordinate than the others.
func (s *kdSorter) part(from, to, mid, axis int) {
	key := func(k int) float64 { return s.at[int(s.order[k])*s.d+axis] }
	lo, hi := from, to-1
	for lo < hi {
		s.seed = s.seed*1664525 + 1013904223
		pivot := key(lo + int(uint64(s.seed)*uint64(hi-lo+1)>>32))
		i, j := lo, hi
		for i <= j {
			for key(i) < pivot {
				i++
			}
			for key(j) > pivot {
				j--
			}
			if i <= j {
				s.order[i], s.order[j] = s.order[j], s.order[i]
				i++
				j--
			}
		}
		switch {
		case mid <= j:
			hi = j
		case mid >= i:
			lo = i
		default:
			return
		}
	}
}

// halves appends the ends of the parts of [from, to) after halving it depth
// times.
func halves(ends []int32, from, to, depth int) []int32 {
	if depth == 0 {
		return append(ends, int32(to))
	}
	mid := from + (to-from)/2
	return halves(halves(ends, from, mid, depth-1), mid, to, depth-1)
}

// coarsen returns the cloud of 2^depth groups of the points, each at its centre
// of mass. If that would hardly be fewer, each point is a group.
func (c *cloud) coarsen(depth int) *cloud {
	if 2<<depth > c.n {
		g := *c
		g.first = make([]int32, c.n+1)
		for i := range g.first {
			g.first[i] = int32(i)
		}
		return &g
	}
	g := &cloud{d: c.d, n: 1 << depth, first: halves([]int32{0}, 0, c.n, depth)}
	g.at, g.mass = make([]float64, g.n*g.d), make([]int64, g.n)
	for k := range g.n {
		from, to := int(g.first[k]), int(g.first[k+1])
		for _, w := range c.mass[from:to] {
			g.mass[k] += w
		}
		// From the first point on, so that points in one place stay there.
		origin, centre := c.point(from), g.point(k)
		for i := from; i < to; i++ {
			w := float64(c.mass[i]) / float64(g.mass[k])
			for l, v := range c.point(i) {
				centre[l] += w * (v - origin[l])
			}
		}
		for l, v := range origin {
			centre[l] += v
		}
	}
	return g
}
