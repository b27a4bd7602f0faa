package transport

import (
	"fmt"
	"math"
	"slices"
)

// take takes the flow on a tree between the given sources and sinks. It is
// computed anew from the masses, as what the subtree below an arc has more
// than it needs, in twice the precision, so that small masses below large ones
// keep their digits.
func (p *Plan) take(t *tree, sources, sinks []int32) {
	root := int32(len(t.nodes) - 1)
	hi, lo := make([]float64, len(t.nodes)), make([]float64, len(t.nodes))
	for k, i := range sources {
		hi[k] = p.a[i]
	}
	for k, j := range sinks {
		hi[t.n+k] = -p.b[j]
	}
	type entry struct {
		Pair
		mass, price float64
	}
	var all []entry
	// Of what rounding masses to units makes flow, nothing is left.
	noise := int64(len(t.nodes))
	for u := t.ranks[root].prev; u != root; u = t.ranks[u].prev {
		w := &t.nodes[u]
		sum := hi[w.parent] + hi[u]
		d := sum - hi[w.parent]
		lo[w.parent] += (hi[w.parent] - (sum - d)) + (hi[u] - d) + lo[u]
		hi[w.parent] = sum
		if w.flow == 0 {
			continue
		}
		mass := hi[u] + lo[u]
		if !t.up(u) {
			mass = -mass
		}
		k, l := t.ends(u)
		i, j := sources[k], sinks[l]
		least := 0.0
		if w.flow <= noise {
			least = 1e-15 * min(p.a[i], p.b[j])
		}
		if mass > least {
			all = append(all, entry{Pair{int(i), int(j)}, mass, t.ranks[u].cost})
		}
	}
	slices.SortFunc(all, func(x, y entry) int {
		if x.I != y.I {
			return x.I - y.I
		}
		return x.J - y.J
	})
	p.start = make([]int, len(p.a)+1)
	p.sink = make([]int32, len(all))
	p.mass, p.price = make([]float64, len(all)), make([]float64, len(all))
	for k, e := range all {
		p.start[e.I+1]++
		p.sink[k], p.mass[k], p.price[k] = int32(e.J), e.mass, e.price
	}
	for i := range p.a {
		p.start[i+1] += p.start[i]
	}
	p.f, p.g = make([]float64, len(p.a)), make([]float64, len(p.b))
	for k, j := range sinks {
		p.g[j] = t.at[t.n+k]
	}
}

// prove takes the potentials of an optimal tree. With low, the least reduced
// cost of each source among all arcs, or of each sink if there are as many as
// low, they are feasible between the given sources and sinks.
func (p *Plan) prove(t *tree, low []float64, sources, sinks []int32) {
	p.proof.Do(func() {
		for k, i := range sources {
			p.f[i] = -t.at[k]
		}
		if len(low) == len(sources) {
			for k, i := range sources {
				p.f[i] += low[k]
			}
		} else {
			for k, j := range sinks {
				p.g[j] += low[k]
			}
		}
		p.complete(absent(p.a), sinks, absent(p.b))
	})
}

// checked returns the plan unless its cost overflows.
func (p *Plan) checked(fn string) (*Plan, error) {
	if c := p.Cost(); math.IsInf(c, 0) || math.IsNaN(c) {
		return nil, fmt.Errorf("%s: the cost overflows", fn)
	}
	return p, nil
}
