package transport

import (
	"context"
	"errors"
	"math"
	"slices"
)

// Round returns a plan near P that has the marginals a and b but for rounding:
// rows and then columns that carry too much are scaled down, and what is then
// missing, r and c, is moved by r⊗c/Σr (Altschuler, Weed, Rigollet 2017). Its
// cost is an upper bound on that of optimal transport; see [Plan.DualityGap]
// for how far it can be from it.
//
// Where r⊗c would use a forbidden pair, a small part of the plan is moved anew
// by [Exact]. The rounded plan of an exact one is itself, as is that of a
// rounded one. An unbalanced plan has no marginals to keep: Round panics.
func (p *Plan) Round() *Plan {
	e := p.ent
	switch {
	case e == nil || e.x != nil:
		return p
	case e.rho[0] > 0:
		panic("transport: Plan.Round of an unbalanced plan")
	}
	e.round()
	return e.rounded
}

// dualityGap returns ε KL(rounded|this) or, if it is unbalanced, what is said
// there.
func (e *entropic) dualityGap() float64 {
	if e.rho[0] > 0 {
		return e.unbalancedGap()
	}
	e.round()
	return e.eps * e.divergence
}

func (e *entropic) round() {
	e.once.Do(func() {
		r := &entropic{
			p: e.p, opt: e.opt, c: e.c, sources: e.sources, sinks: e.sinks, alpha: e.alpha, beta: e.beta, scale: e.scale,
			eps: e.eps, f: e.f, g: e.g, iterations: e.iterations, off: e.off,
			x: make([]float64, e.c.n), y: make([]float64, e.c.m),
		}
		r.restA, r.restB = make([]float64, e.c.n), make([]float64, e.c.m)
		for l := range r.y {
			r.y[l] = 1
		}
		for k := range r.x {
			r.x[k] = 1
		}
		blocks, add := r.columns()
		r.each(func(block, k int, _, row []float64) {
			sum := 0.0
			for _, v := range row {
				sum += v
			}
			if a := e.p.a[e.sources[k]]; sum > a {
				r.x[k] = a / sum
			}
			sums := blocks[block]
			for l, v := range row {
				sums[l] += v * r.x[k]
			}
		})
		missing := 0.0
		for l, sum := range add() {
			b := e.p.b[e.sinks[l]]
			if sum > b {
				r.y[l] = b / sum
			}
			r.restB[l] = max(0, b-sum*r.y[l])
			missing += r.restB[l]
		}
		kept := make([]float64, e.c.n)
		bad := make([]bool, e.c.n)
		r.each(func(_, k int, prices, row []float64) {
			for _, v := range row {
				kept[k] += v
			}
			r.restA[k] = max(0, e.p.a[e.sources[k]]-kept[k])
			if e.c.forbidden && r.restA[k] > 0 {
				for l, price := range prices {
					bad[k] = bad[k] || price > math.MaxFloat64 && r.restB[l] > 0
				}
			}
		})
		if slices.Contains(bad, true) {
			r.detour()
		} else if missing > 0 {
			for l := range r.restB {
				r.restB[l] /= missing
			}
		}
		q := &Plan{a: e.p.a, b: e.p.b, total: e.p.total, cost: e.p.cost, ent: r}
		q.f, q.g = make([]float64, len(q.a)), make([]float64, len(q.b))
		_, g := e.potentials()
		copy(q.g, g)
		r.p = q
		e.rounded = q
		e.divergence = e.klTo(r)
	})
}

// detour moves what is missing, and as much of the rest as it takes, by an exact
// plan.
func (r *entropic) detour() {
	left := func(part float64) (a, b []float64) {
		a, b = make([]float64, len(r.p.a)), make([]float64, len(r.p.b))
		for k, i := range r.sources {
			a[i] = (1-part)*r.restA[k] + part*r.p.a[i]
		}
		for l, j := range r.sinks {
			b[j] = (1-part)*r.restB[l] + part*r.p.b[j]
		}
		ma, mb := totalOf(a), totalOf(b)
		for j := range b {
			b[j] *= ma / mb
		}
		return a, b
	}
	part := 0.0
	for {
		a, b := left(part)
		rest, err := Exact(context.Background(), a, b, r.p.cost, ExactOptions{Table: r.opt.Table})
		var none *InfeasibleError
		if errors.As(err, &none) && part < 1 {
			if part == 0 {
				part = max(none.Total/r.p.total, 1e-16)
			}
			part = min(4*part, 1)
			continue
		}
		if err != nil {
			panic(err) // the costs were changed
		}
		for k := range r.x {
			r.x[k] *= 1 - part
		}
		r.rest, r.restA, r.restB = rest, nil, nil
		return
	}
}

// klTo returns KL(r|e) of the rounded plan r.
func (e *entropic) klTo(r *entropic) float64 {
	parts := make([]float64, e.c.n)
	e.each(func(_, k int, prices, row []float64) {
		var more []float64 // the rest
		if r.rest != nil {
			more = make([]float64, len(row))
			i := e.sources[k]
			for q := r.rest.start[i]; q < r.rest.start[i+1]; q++ {
				more[entPlace(e.sinks, int(r.rest.sink[q]))] = r.rest.mass[q]
			}
		}
		sum := 0.0
		x := r.x[k]
		for l, v := range row {
			add := 0.0
			if more != nil {
				add = more[l]
			} else {
				add = r.restA[k] * r.restB[l]
			}
			if v == 0 {
				if add > 0 {
					// v underflowed: ln v is what it would be.
					log := (e.f[k]+e.g[l]-prices[l])/e.eps + math.Log(e.weight(k)) + math.Log(e.beta[l])
					sum += add*(math.Log(add)-log) - add
				}
				continue
			}
			// The plan's entry is v (1 + d).
			scaled := x*r.y[l] - 1
			if d := scaled + add/v; d < 1e100 {
				sum += v * klRatio(d)
			} else {
				sum += add*(math.Log(add)-math.Log(v)) - add
			}
		}
		parts[k] = sum
	})
	return totalOf(parts)
}
