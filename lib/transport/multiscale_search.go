package transport

import (
	"cmp"
	"math"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

const (
	fewPoints = 96  // of both sides together, for which no coarser plan helps
	offered   = 8   // pairs of each point that a search begins with
	joining   = 4   // pairs of each point that join it in a pass
	sweep     = 128 // points that one worker takes at a time
)

// A climb is a search on one scale after the other.
type climb struct {
	search
	root bool // the cost is the distance, not its square
	few  int  // up to how many points there is one scale only, at least 4
	// Least reduced cost in the last pass: of each source, or of each sink if
	// there are more of them.
	least []float64
}

// solve returns an optimal tree between two clouds, or with an error the best
// so far.
func (s *climb) solve(x, y *cloud) (*tree, error) {
	if x.n+y.n <= s.few {
		return s.small(x, y)
	}
	// Groups of about four.
	depth := int(math.Round(math.Log2(float64(max(x.n, y.n))))) - 2
	cx, cy := x.coarsen(depth), y.coarsen(depth)
	coarse, err := s.solve(cx, cy)
	forest := s.split(coarse, x, y, cx, cy)
	at := make([]float64, x.n+y.n)
	if err != nil {
		return newTree(x.n, y.n, at, forest), err
	}
	arcs, err := s.offers(at, coarse, x, y, cx, cy)
	if err != nil {
		return newTree(x.n, y.n, at, forest), err
	}
	for again := 2; ; again-- {
		t := newTree(x.n, y.n, at, forest)
		if err := s.climb(t, arcs, x, y); err != nil || again == 0 || !t.drowned() {
			return t, err
		}
		forest = t.shipments()
	}
}

// climb improves a tree until it is optimal.
func (s *climb) climb(t *tree, arcs []arc, x, y *cloud) error {
	side := y
	if x.n < y.n {
		side = x
	}
	f := newFinder(side, s.root)
	return s.improve(t, arcs, func(t *tree, arcs []arc) ([]arc, error) { return s.price(t, arcs, f, x, y) })
}

// small finds the tree between few points.
func (s *climb) small(x, y *cloud) (*tree, error) {
	prices := &table{n: x.n, m: y.n, ld: y.n, hi: x.n, ready: x.n, data: make([]float64, 0, x.n*y.n)}
	m := pointMetric{x.d, s.root}
	for i := range x.n {
		for j := range y.n {
			prices.data = append(prices.data, m.cost(x.point(i), y.point(j)))
		}
	}
	s.prices, s.low = prices, nil
	t, err := s.run(x.mass, y.mass)
	s.least = s.low
	if t == nil {
		t = cornerTree(prices, x.mass, y.mass)
	}
	return t, err
}

// split shares out what groups ship among their points, in order.
func (s *climb) split(coarse *tree, x, y, cx, cy *cloud) []shipment {
	all := coarse.shipments()
	slices.SortFunc(all, func(a, b shipment) int { return cmp.Or(cmp.Compare(a.i, b.i), cmp.Compare(a.j, b.j)) })
	m := pointMetric{x.d, s.root}
	a, b := slices.Clone(x.mass), slices.Clone(y.mass)
	nextA, nextB := slices.Clone(cx.first), slices.Clone(cy.first)
	forest := make([]shipment, 0, x.n+y.n)
	for _, s := range all {
		// Groups that ship to each other form a forest, points that follow
		// each other a path: so these are a forest too.
		for left := s.mass; left > 0; {
			i, j := nextA[s.i], nextB[s.j]
			if d := min(left, a[i], b[j]); d > 0 {
				forest = append(forest, shipment{arc{i, j, m.cost(x.point(int(i)), y.point(int(j)))}, d})
				left -= d
				a[i] -= d
				b[j] -= d
			}
			if a[i] == 0 {
				nextA[s.i]++
			}
			if b[j] == 0 {
				nextB[s.j]++
			}
		}
	}
	return forest
}

// slope stores the gradient in x of the cost between x and y.
func (s *climb) slope(dst, x, y []float64) {
	scale := 2.0
	if s.root {
		if scale = 1 / (pointMetric{len(x), true}).cost(x, y); math.IsInf(scale, 1) {
			scale = 0
		}
	}
	for k := range dst {
		dst[k] = scale * (x[k] - y[k])
	}
}

// slopes returns the gradients of the potentials of the points of y, or with
// flip of x, as the tree has them.
func (s *climb) slopes(t *tree, x, y *cloud, flip bool) []float64 {
	d, c := x.d, y
	if flip {
		c = x
	}
	sum, one, count := make([]float64, c.n*d), make([]float64, d), make([]int32, c.n)
	root := int32(len(t.nodes) - 1)
	for u := range root {
		if t.nodes[u].parent == root {
			continue
		}
		i, j := t.ends(u)
		k := j
		if flip {
			k = i
			s.slope(one, x.point(int(i)), y.point(int(j)))
		} else {
			s.slope(one, y.point(int(j)), x.point(int(i)))
		}
		count[k]++
		for l, v := range one {
			sum[int(k)*d+l] += v
		}
	}
	for k, n := range count {
		for l := range d {
			sum[k*d+l] /= float64(max(n, 1))
		}
	}
	return sum
}

// offers returns the pairs that a search between x and y begins with, given
// the tree between groups, and sets the potentials.
func (s *climb) offers(at []float64, coarse *tree, x, y, cx, cy *cloud) ([]arc, error) {
	// f from the groups' g, then g from f: no reduced cost is negative.
	f, g := make([]float64, x.n), at[x.n:]
	fineX, fineY := make([]float64, len(x.at)), make([]float64, len(y.at))
	from := newFinder(cy, s.root)
	from.set(coarse.at[cx.n:cx.n+cy.n], s.slopes(coarse, cx, cy, false))
	err := s.visit(x, from, 1, nil, func(i int, q *quest) {
		f[i] = q.list[0].value
		s.slope(fineX[i*x.d:][:x.d], x.point(i), cy.point(int(q.list[0].j)))
	})
	if err != nil {
		return nil, err
	}
	k := min(offered, x.n)
	atSink := make([]arc, k*y.n)
	from = newFinder(x, s.root)
	from.set(f, fineX)
	err = s.visit(y, from, k, nil, func(j int, q *quest) {
		g[j] = q.list[0].value
		s.slope(fineY[j*x.d:][:x.d], y.point(j), x.point(int(q.list[0].j)))
		for l, o := range q.list {
			atSink[j*k+l] = arc{o.j, int32(j), o.cost}
		}
	})
	if err != nil {
		return nil, err
	}
	k = min(offered, y.n)
	atSource := make([]arc, k*x.n)
	from = newFinder(y, s.root)
	from.set(g, fineY)
	err = s.visit(x, from, k, nil, func(i int, q *quest) {
		at[i] = -f[i]
		for l, o := range q.list {
			atSource[i*k+l] = arc{int32(i), o.j, o.cost}
		}
	})
	if err != nil {
		return nil, err
	}
	arcs := append(atSource, atSink...)
	slices.SortFunc(arcs, func(a, b arc) int { return cmp.Or(cmp.Compare(a.i, b.i), cmp.Compare(a.j, b.j)) })
	return slices.Compact(arcs), nil
}

// visit looks with the finder for the k best partners of each point, below
// bars if they are given.
func (s *climb) visit(c *cloud, f *finder, k int, bars []float64, visit func(i int, q *quest)) error {
	err := par.For(s.ctx, c.n, sweep, func(lo, hi int) {
		q := &quest{finder: f}
		for i := lo; i < hi; i++ {
			bar := math.Inf(1)
			if bars != nil {
				bar = bars[i]
			}
			q.find(c.point(i), k, bar)
			visit(i, q)
		}
	})
	if err != nil {
		return errStopped
	}
	return nil
}

// price appends for each point of the side with more points the pairs of the
// most negative reduced costs.
func (s *climb) price(t *tree, arcs []arc, f *finder, x, y *cloud) ([]arc, error) {
	src, dst := t.at[:x.n], t.at[x.n:x.n+y.n]
	flip := x.n < y.n
	all, bars, pot := x, negative(src), dst
	if flip {
		all, bars, pot = y, dst, bars
	}
	f.set(pot, s.slopes(t, x, y, flip))
	s.least = make([]float64, all.n)
	joined := make([]arc, joining*all.n)
	count := make([]int8, all.n)
	err := s.visit(all, f, joining, bars, func(i int, q *quest) {
		s.least[i] = min(0, q.low-bars[i])
		for _, o := range q.list {
			a := arc{int32(i), o.j, o.cost}
			if flip {
				a.i, a.j = a.j, a.i
			}
			if r := a.cost + src[a.i] - dst[a.j]; r < -s.slack*t.size(a) {
				joined[joining*i+int(count[i])] = a
				count[i]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for i, n := range count {
		arcs = append(arcs, joined[joining*i:][:n]...)
	}
	return arcs, nil
}

func negative(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = -v
	}
	return y
}
