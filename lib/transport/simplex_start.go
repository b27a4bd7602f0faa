package transport

import (
	"cmp"
	"math"
	"slices"
)

// near is the number of sinks with the least reduced costs that a search
// begins with for each source.
const near = 24

// far is the number of sinks anywhere that are added to them, so that what one
// cluster of points has too much finds its way to another.
const far = 4

// An offer is an arc with its reduced cost.
type offer struct {
	arc
	reduced float64
}

// keep inserts x into the k least offers, in order.
func keep(list []offer, k int, x offer) []offer {
	l := len(list)
	if l < k {
		list = append(list, x)
	} else {
		l--
	}
	for ; l > 0 && list[l-1].reduced > x.reduced; l-- {
		list[l] = list[l-1]
	}
	list[l] = x
	return list
}

// reduce returns potentials f and g with f[i] + g[j] ≤ C(i, j): the least
// price of each source, and then what is left of the least of each sink.
func (s *search) reduce() (f, g []float64, err error) {
	c := s.prices
	f, g = make([]float64, c.n), make([]float64, c.m)
	for j := range g {
		g[j] = math.Inf(1)
	}
	for i := range f {
		if s.ctx.Err() != nil {
			return nil, nil, errStopped
		}
		row, err := c.checked(i)
		if err != nil {
			return nil, nil, err
		}
		least := slices.Min(row)
		if math.IsInf(least, 1) {
			least = 0 // forbidden altogether
		}
		f[i] = least
		for j, v := range row {
			if v-least < g[j] {
				g[j] = v - least
			}
		}
	}
	for j, v := range g {
		if math.IsInf(v, 1) {
			g[j] = 0
		}
	}
	return f, g, nil
}

// offers returns for each source the arcs of least reduced cost.
func (s *search) offers(f, g []float64) ([]offer, error) {
	c := s.prices
	all := make([]offer, 0, min(near, c.m)*c.n)
	for i := range c.n {
		if s.ctx.Err() != nil {
			return nil, errStopped
		}
		row, fi := c.row(i)[:len(g)], f[i]
		list := all[len(all):]
		bar := math.Inf(1)
		for j, q := range g {
			if r := row[j] - fi - q; r < bar {
				list = keep(list, near, offer{arc{int32(i), int32(j), row[j]}, r})
				if len(list) == near {
					bar = list[near-1].reduced
				}
			}
		}
		all = all[:len(all)+len(list)]
	}
	return all, nil
}

// scatter appends arcs from each source to sinks spread over all.
func (s *search) scatter(arcs []arc) ([]arc, error) {
	c := s.prices
	k := min(far, c.m)
	for i := range c.n {
		if s.ctx.Err() != nil {
			return nil, errStopped
		}
		row := c.row(i)
		first := int(uint64(uint32(i)*0x9E3779B9) * uint64(c.m) >> 32) // as good as random
		for l := range k {
			if j := (first + l*c.m/k) % c.m; !math.IsInf(row[j], 1) {
				arcs = append(arcs, arc{int32(i), int32(j), row[j]})
			}
		}
	}
	return arcs, nil
}

// greedy ships along the offers, cheapest first, and then what is left of each
// source to the cheapest sinks that are left. Every shipment exhausts a source
// or a sink, so that they form a forest. It ships along forbidden arcs only
// for want of others.
func (s *search) greedy(a, b []int64, offers []offer, g []float64) ([]shipment, error) {
	c := s.prices
	offers = slices.Clone(offers)
	slices.SortFunc(offers, func(x, y offer) int {
		return cmp.Or(cmp.Compare(x.reduced, y.reduced), cmp.Compare(x.i, y.i), cmp.Compare(x.j, y.j))
	})
	a, b = slices.Clone(a), slices.Clone(b)
	forest := make([]shipment, 0, c.n+c.m)
	for _, o := range offers {
		if d := min(a[o.i], b[o.j]); d > 0 {
			a[o.i] -= d
			b[o.j] -= d
			forest = append(forest, shipment{o.arc, d})
		}
	}
	open := make([]int32, 0, c.m)
	for j, w := range b {
		if w > 0 {
			open = append(open, int32(j))
		}
	}
	for i, left := range a {
		if left == 0 {
			continue
		}
		if s.ctx.Err() != nil {
			return nil, errStopped
		}
		for row := c.row(i); left > 0; {
			best, at := math.Inf(1), 0
			for k, j := range open {
				if r := row[j] - g[j]; r < best {
					best, at = r, k
				}
			}
			j := open[at]
			d := min(left, b[j])
			left -= d
			b[j] -= d
			forest = append(forest, shipment{arc{int32(i), j, row[j]}, d})
			if b[j] == 0 {
				open[at] = open[len(open)-1]
				open = open[:len(open)-1]
			}
		}
	}
	return forest, nil
}

// cornerTree returns the tree of the north-west corner rule, which looks at
// few prices, or nil if one of them is no finite number.
func cornerTree(c *table, a, b []int64) *tree {
	a, b = slices.Clone(a), slices.Clone(b)
	var forest []shipment
	for i, j := 0, 0; i < c.n && j < c.m; {
		v := c.row(i)[j]
		if !(math.Abs(v) <= largestCost) {
			return nil
		}
		d := min(a[i], b[j])
		forest = append(forest, shipment{arc{int32(i), int32(j), v}, d})
		a[i] -= d
		b[j] -= d
		if a[i] == 0 {
			i++
		}
		if j < c.m && b[j] == 0 {
			j++
		}
	}
	return newTree(c.n, c.m, make([]float64, c.n+c.m), forest)
}
