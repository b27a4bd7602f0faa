package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// tolerance is the reduced cost, relative to the terms that it is the sum of,
// above which it counts as zero.
const tolerance = 0x1p-46

// patience is the number of passes before rounding errors are suspected.
const patience = 200

// more is the number of arcs of a source that join the search in a pass.
const more = 8

// A search finds a tree of least cost.
type search struct {
	ctx    context.Context
	limit  int // of pivots, 0 for none
	pivots int
	tol    float64 // tolerance, or more where rounding errors keep it going
	prices *table
	low    []float64 // least reduced cost of each source in the last pass, ≤ 0
}

// errStopped is returned where the context has ended or the limit is reached.
var errStopped = errors.New("stopped")

// A shortfall is what can't be shipped along arcs that aren't forbidden.
type shortfall int64

func (s shortfall) Error() string { return fmt.Sprintf("%d units have no way", int64(s)) }

// run returns an optimal tree, or with errStopped the best so far if there is
// one.
func (s *search) run(a, b []int64) (*tree, error) {
	f, g, err := s.reduce()
	if err != nil {
		return nil, err
	}
	offers, err := s.offers(f, g)
	if err != nil {
		return nil, err
	}
	forest, err := s.greedy(a, b, offers, g)
	if err != nil {
		return nil, err
	}
	arcs := make([]arc, len(offers))
	for k, o := range offers {
		arcs[k] = o.arc
	}
	if arcs, err = s.scatter(arcs); err != nil {
		return nil, err
	}
	if forest, err = s.allowed(forest, arcs); err != nil {
		return nil, err
	}
	c := s.prices
	at := make([]float64, c.n+c.m)
	for i, v := range f {
		at[i] = -v
	}
	copy(at[c.n:], g)
	for again := 2; ; again-- {
		t := newTree(c.n, c.m, at, forest)
		if err := s.improve(t, arcs, s.price); err != nil {
			return t, err
		}
		// An arc that carries nothing but costs far more than those that do
		// drowns the potentials in rounding errors. The tree is better without.
		if again == 0 || !t.drowned() {
			return t, nil
		}
		forest = t.shipments()
	}
}

// allowed returns a forest without forbidden arcs. It makes those cost 1 and
// all others nothing, and looks for the least.
func (s *search) allowed(forest []shipment, arcs []arc) ([]shipment, error) {
	forbidden := false
	for _, x := range forest {
		forbidden = forbidden || math.IsInf(x.cost, 1)
	}
	if !forbidden {
		return forest, nil
	}
	c := s.prices
	toll := func(v float64) float64 {
		if math.IsInf(v, 1) {
			return 1
		}
		return 0
	}
	free := make([]arc, len(arcs))
	for k, x := range arcs {
		free[k] = arc{x.i, x.j, toll(x.cost)}
	}
	first := make([]shipment, len(forest))
	for k, x := range forest {
		first[k] = shipment{arc{x.i, x.j, toll(x.cost)}, x.mass}
	}
	t := newTree(c.n, c.m, make([]float64, c.n+c.m), first)
	err := s.improve(t, free, func(t *tree, arcs []arc) ([]arc, error) {
		g := t.at[c.n : c.n+c.m]
		for i := range c.n {
			if s.ctx.Err() != nil {
				return nil, errStopped
			}
			joined := 0
			p := t.at[i]
			for j, v := range c.row(i) {
				// Whole numbers have no rounding errors.
				if p-g[j] < 0 && toll(v)+p-g[j] < 0 {
					arcs = append(arcs, arc{int32(i), int32(j), toll(v)})
					if joined++; joined == more {
						break
					}
				}
			}
		}
		return arcs, nil
	})
	if err != nil {
		return nil, err
	}
	var missing shortfall
	forest = forest[:0]
	for _, x := range t.shipments() {
		if x.cost == 0 {
			x.cost = c.row(int(x.i))[x.j]
			forest = append(forest, x)
		} else {
			missing += shortfall(x.mass)
		}
	}
	// What rounding of the masses leaves is left out.
	if float64(missing) > balance*whole {
		return nil, missing
	}
	return forest, nil
}

// improve pivots until no arc has a negative reduced cost: on the given arcs
// and on those that price appends to them, until it appends none. It doesn't
// wait for the given arcs to be exhausted, since the best tree on too few arcs
// may be a long way from the best on all.
func (s *search) improve(t *tree, arcs []arc, price func(t *tree, arcs []arc) ([]arc, error)) error {
	s.tol = tolerance
	for pass := 0; ; pass++ {
		// A small potential may be what is left of large ones on its way to the
		// root, and then the search follows rounding errors without end.
		if pass > patience && pass%20 == 0 {
			s.tol *= 2
		}
		if err := s.pivotAll(t, arcs, 2*len(t.nodes)); err != nil {
			return err
		}
		t.refresh()
		n := len(arcs)
		var err error
		if arcs, err = price(t, arcs); err != nil {
			return err
		}
		if len(arcs) == n {
			return nil
		}
	}
}

// pivotAll pivots until none of the arcs has a negative reduced cost, or most
// times. Each arc that enters is the best of a block.
func (s *search) pivotAll(t *tree, arcs []arc, most int) error {
	src, dst := t.at[:t.n], t.at[t.n:]
	block := max(20, int(math.Sqrt(float64(len(arcs)))))
	end := s.pivots + most
	for from, idle := 0, 0; idle < len(arcs) && s.pivots < end; {
		list := arcs[from:min(from+block, len(arcs))]
		best := 0.0
		var in arc
		for k := range list {
			x := &list[k]
			if r := x.cost + src[x.i] - dst[x.j]; r < best {
				best, in = r, *x
			}
		}
		idle += len(list)
		if from += len(list); from == len(arcs) {
			from = 0
		}
		if best < 0 && best < -s.tol*t.size(in) {
			if s.pivots%64 == 0 && s.ctx.Err() != nil || s.limit > 0 && s.pivots >= s.limit {
				return errStopped
			}
			s.pivots++
			t.pivot(in)
			idle = 0
		}
	}
	return nil
}

// price appends for each source the arcs of the most negative reduced costs.
func (s *search) price(t *tree, arcs []arc) ([]arc, error) {
	c := s.prices
	if s.low == nil {
		s.low = make([]float64, c.n)
	}
	g := t.at[c.n : c.n+c.m]
	room := make([]offer, 0, more)
	for i := range c.n {
		if s.ctx.Err() != nil {
			return nil, errStopped
		}
		row, p := c.row(i)[:len(g)], t.at[i]
		list, bar, low := room, 0.0, 0.0
		for j, q := range g {
			if r := row[j] + p - q; r < bar {
				low = min(low, r)
				x := arc{int32(i), int32(j), row[j]}
				if r >= -s.tol*t.size(x) {
					continue
				}
				list = keep(list, more, offer{x, r})
				if len(list) == more {
					bar = list[more-1].reduced
				}
			}
		}
		s.low[i] = low
		for _, o := range list {
			arcs = append(arcs, o.arc)
		}
	}
	return arcs, nil
}
