package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// A partOf says that a plan moves a part of the masses.
type partOf struct {
	mass  float64
	price float64 // λ
}

// Partial returns the plan P ≥ 0 of least cost ⟨P, C⟩ among those that move the
// given mass in all, and at most a[i] from each source i and at most b[j] to
// each sink j. The masses a and b need not have the same sum.
//
// Its [Plan.Potentials] are f ≤ 0 and g ≤ 0 with
//
//	f[i] + g[j] + λ ≤ C(i,j),
//
// where λ is [Plan.MassPrice], what one more unit of mass costs. No such plan
// costs less than ⟨f, a⟩ + ⟨g, b⟩ + λ·mass, and [Plan.DualityGap] is the
// difference.
//
// The method is [Exact] with a further source and a further sink that take at
// no cost what doesn't move (Chapel, Alaya, Gasso 2020); the pair of both is
// forbidden. The options are those of Exact, as are the errors; it is one, too,
// if the mass isn't positive or exceeds the sum of a or b by more than
// rounding.
func Partial(ctx context.Context, a, b []float64, cost Cost, mass float64, opt ExactOptions) (*Plan, error) {
	const fn = "transport.Partial"
	ma, err := checkMasses(fn, "a", a)
	if err != nil {
		return nil, err
	}
	mb, err := checkMasses(fn, "b", b)
	if err != nil {
		return nil, err
	}
	if !(mass > 0 && mass <= min(ma, mb)*(1+balance)) {
		return nil, fmt.Errorf("%s: mass is %v, want it positive and at most the sums of a and b, %v and %v", fn, mass, ma, mb)
	}
	mass = min(mass, ma, mb)
	n, m := len(a), len(b)
	if _, err := newRows(fn, cost, n, m, nil, nil); err != nil {
		return nil, err
	}
	wa, wb := append(append([]float64(nil), a...), mb-mass), append(append([]float64(nil), b...), ma-mass)
	whole, err := Exact(ctx, wa, wb, CostFunc(func(i, j int) float64 {
		switch {
		case i < n && j < m:
			return cost.At(i, j)
		case i == n && j == m:
			return math.Inf(1)
		}
		return 0
	}), opt)
	var stopped *StoppedError
	var none *InfeasibleError
	switch {
	case errors.As(err, &stopped):
		stopped.Func = fn
	case errors.As(err, &none):
		none.Func, none.Total = fn, mass
	case err != nil:
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if whole == nil {
		return nil, err
	}
	f, g := whole.Potentials()
	p := &Plan{
		a: wa[:n:n], b: wb[:m:m], total: ma, cost: cost, opt: whole.opt, pivots: whole.pivots,
		start: make([]int, n+1), f: f[:n:n], g: g[:m:m], part: &partOf{mass, -(f[n] + g[m])},
	}
	for i := range p.f {
		p.f[i] += g[m]
	}
	for j := range p.g {
		p.g[j] += f[n]
	}
	p.proof.Do(func() {})
	for i := range n {
		for k := whole.start[i]; k < whole.start[i+1]; k++ {
			if j := whole.sink[k]; int(j) < m {
				p.sink = append(p.sink, j)
				p.mass = append(p.mass, whole.mass[k])
				p.price = append(p.price, whole.price[k])
			}
		}
		p.start[i+1] = len(p.mass)
	}
	return p, err
}

// MassPrice returns λ of a plan of [Partial], and 0 of any other.
func (p *Plan) MassPrice() float64 {
	if p.part == nil {
		return 0
	}
	return p.part.price
}
