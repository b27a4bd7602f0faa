package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// SinkhornOptions are the options of [Sinkhorn]. The zero value is ready to
// use.
type SinkhornOptions struct {
	// Eps is the temperature ε, in units of the cost. 0 means RelEps times the
	// mean of C − min C under a⊗b, forbidden pairs left out, or 1 if the cost
	// is constant.
	Eps float64
	// RelEps is used where Eps is 0; 0 means 0.05.
	RelEps float64
	// Tol is the distance in L1 of both marginals of the plan from a and b
	// together, relative to the mass; 0 means 10⁻⁹.
	Tol float64
	// MaxIter bounds the passes over all pairs; 0 means 10,000.
	MaxIter int
	// Warm are potentials g of the sinks to begin with. nil means to begin
	// with a large ε, which then falls.
	Warm []float64
	// Scaling is the factor by which ε falls from one level to the next, more
	// than 1; 0 means 8. +Inf begins with the ε that is wanted.
	Scaling float64
	// Table is the number of pairs up to which prices and a kernel are kept, 8
	// bytes each; with more, both are computed anew in every pass. 0 means 2²⁵,
	// which is 256 MB each.
	Table int
}

func (o *SinkhornOptions) resolve(fn string, m int) error {
	for _, v := range []struct {
		name  string
		value float64
		or    float64
	}{
		{"Eps", o.Eps, 0},
		{"RelEps", o.RelEps, 0.05},
		{"Tol", o.Tol, 1e-9},
	} {
		if !(v.value >= 0) || math.IsInf(v.value, 1) {
			return fmt.Errorf("%s: %s is %v, want a finite number ≥ 0", fn, v.name, v.value)
		}
	}
	if o.Eps != 0 && math.IsInf(1/o.Eps, 1) {
		return fmt.Errorf("%s: Eps is %v, so small that 1/Eps overflows", fn, o.Eps)
	}
	if o.MaxIter < 0 || o.Table < 0 {
		return fmt.Errorf("%s: MaxIter is %d and Table is %d, want at least 0", fn, o.MaxIter, o.Table)
	}
	if o.Scaling != 0 && !(o.Scaling > 1) {
		return fmt.Errorf("%s: Scaling is %v, want more than 1", fn, o.Scaling)
	}
	if o.Warm != nil {
		if len(o.Warm) != m {
			return fmt.Errorf("%s: Warm has %d potentials, want %d as there are sinks", fn, len(o.Warm), m)
		}
		for j, v := range o.Warm {
			if !(math.Abs(v) <= largestCost) {
				return fmt.Errorf("%s: Warm[%d] is %v, want at most 2¹⁰⁰⁰ in magnitude", fn, j, v)
			}
		}
		o.Warm = slices.Clone(o.Warm)
	}
	if o.RelEps == 0 {
		o.RelEps = 0.05
	}
	if o.Tol == 0 {
		o.Tol = 1e-9
	}
	if o.MaxIter == 0 {
		o.MaxIter = 10_000
	}
	if o.Scaling == 0 {
		o.Scaling = 8
	}
	if o.Table == 0 {
		o.Table = 1 << 25
	}
	return nil
}

// Sinkhorn returns the plan P that moves the masses a of the sources to the
// masses b of the sinks and has the least
//
//	⟨P, C⟩ + ε KL(P|a⊗b),  KL(p|q) = Σ p ln(p/q) − p + q.
//
// It is P[i,j] = a[i] b[j] exp((f[i] + g[j] − C(i,j))/ε) and is kept as its
// potentials f and g; see [Plan.Cost], [Plan.Value] and [Plan.Entropy] for what
// is called its cost elsewhere, and [Plan.Round] for a plan with the very
// marginals a and b.
//
// Masses and prices may be as for [Exact], and what is an error there is one
// here.
//
// The method is Sinkhorn's scaling of rows and columns on a kernel that
// absorbs the potentials, while ε falls from the range of the cost, accelerated
// by Anderson's method and, in small problems where that is slow, by Newton's.
// Where a column underflows it goes over to logarithms. Points aren't made a matrix where
// Table doesn't allow it.
//
// If the marginals aren't as near as Tol after MaxIter passes, or the context
// ends, Sinkhorn returns a [NotConvergedError] with the best plan so far, for
// the ε that it had come to, see [Plan.Eps]; the plan is nil if the context
// ended before the first pass.
func Sinkhorn(ctx context.Context, a, b []float64, cost Cost, opt SinkhornOptions) (*Plan, error) {
	const fn = "transport.Sinkhorn"
	plan, err := newPlan(fn, a, b, cost)
	if err != nil {
		return nil, err
	}
	if err := opt.resolve(fn, len(b)); err != nil {
		return nil, err
	}
	e, err := newEntropic(ctx, fn, plan, opt, plan.total)
	if err != nil {
		return nil, err
	}
	if e.c.forbidden {
		if err := e.feasible(ctx, fn); err != nil {
			return nil, err
		}
	}
	err = e.run(ctx)
	if e.f == nil {
		return nil, e.unconverged(fn, err)
	}
	plan.ent = e
	if err != nil {
		return plan, e.unconverged(fn, err)
	}
	return plan, nil
}

func (e *entropic) unconverged(fn string, cause error) error {
	return &NotConvergedError{Func: fn, Iterations: e.iterations, Residual: e.off, Want: e.opt.Tol, Err: cause}
}

// feasible returns an error if forbidden pairs leave no plan.
func (e *entropic) feasible(ctx context.Context, fn string) error {
	open := CostFunc(func(i, j int) float64 {
		if e.p.cost.At(i, j) > math.MaxFloat64 {
			return math.Inf(1)
		}
		return 0
	})
	_, err := Exact(ctx, e.p.a, e.p.b, open, ExactOptions{Table: e.opt.Table})
	var none *InfeasibleError
	if errors.As(err, &none) {
		none.Func = fn
		return none
	}
	return nil
}

// run brings ε down level by level. It returns the context's error or ErrLimit
// if it ended before the marginals are as near as wanted.
func (e *entropic) run(ctx context.Context) error {
	s := newEntSolver(e.c, e.alpha, e.beta, e.opt.Table)
	s.back = func() (*entPrices, error) { return e.back(ctx, "transport.Sinkhorn") }
	e.off = math.Inf(1)
	levels := []float64{e.opt.Eps}
	if e.opt.Warm == nil {
		for eps := e.opt.Eps * e.opt.Scaling; eps < e.c.high-e.c.low; eps *= e.opt.Scaling {
			levels = append(levels, eps)
		}
	} else {
		for l, j := range e.sinks {
			s.g[l] = e.opt.Warm[j]
		}
	}
	for k, eps := range slices.Backward(levels) {
		s.absorb()
		s.eps = eps
		if err := s.build(ctx); err != nil {
			return err
		}
		want := entRough
		if k == 0 {
			want = e.opt.Tol
		}
		if err := e.level(ctx, s, want); err != nil {
			return err
		}
	}
	return nil
}

// entRough is how far marginals may be off where ε falls further.
const entRough = 0.05

// level iterates at one ε.
func (e *entropic) level(ctx context.Context, s *entSolver, want float64) error {
	x := make([]float64, s.c.m)
	past, newton := anderson{weight: e.beta}, entNewton{}
	begin := s.passes
	for {
		if s.passes == e.opt.MaxIter {
			return ErrLimit
		}
		off, ok, err := s.pass(ctx)
		if err != nil {
			return err
		}
		if e.f == nil {
			e.f, e.g = make([]float64, s.c.n), make([]float64, s.c.m)
		}
		s.now(e.f, e.g)
		e.eps, e.iterations, e.off = s.eps, s.passes, off
		if off <= want {
			return nil
		}
		if !ok {
			past, newton = anderson{weight: e.beta}, entNewton{}
			if err := s.find(ctx); err != nil {
				return err
			}
			continue
		}
		for j := range x {
			x[j] = s.g[j]/s.eps + s.dg[j]
		}
		value, size := s.value(e.f, e.g)
		if s.passes-begin > entPatience && s.small() {
			newton.next(s, x, off, value, 1e-14*size)
		} else {
			past.next(x, s.step, off, value, 1e-14*size)
		}
		if err := s.move(ctx); err != nil {
			return err
		}
	}
}
