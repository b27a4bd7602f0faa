package transport

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// A Divergence is Sinkhorn's divergence between two clouds of points, with the
// three plans that it is made of.
type Divergence struct {
	XY, XX, YY *Plan

	x mat.Matrix
	y mat.Matrix
}

// SinkhornDivergence returns
//
//	S_ε = OT_ε(a, b) − ½ OT_ε(a, a) − ½ OT_ε(b, b),
//
// between the masses a at the rows of x and b at those of y, where OT_ε is the
// least ⟨P, C⟩ + ε KL(P|a⊗b) with C = |x − y|², without a factor ½ (Feydy et al.
// 2019). It is positive but where both are the same measure. nil masses are 1/n
// each.
//
// The options are those of [Sinkhorn], but for Warm, which is for the plan
// between x and y, and a zero Eps, which is 0.05 times the mean cost of that
// plan. So are the errors, and a [NotConvergedError] comes with the best so far:
// where the context ended before they were begun, XX and YY are nil. The plans of
// a measure to itself are found by symmetric steps, half-way each.
func SinkhornDivergence(ctx context.Context, a []float64, x mat.Matrix, b []float64, y mat.Matrix, opt SinkhornOptions) (*Divergence, error) {
	const fn = "transport.SinkhornDivergence"
	if x == nil || y == nil {
		return nil, fmt.Errorf("%s: nil points", fn)
	}
	a, b = orUniform(a, x), orUniform(b, y)
	xy, err := Sinkhorn(ctx, a, b, SquaredEuclidean{x, y}, opt)
	if err != nil {
		if xy == nil {
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
		err = fmt.Errorf("%s: %w", fn, err)
	}
	opt = xy.ent.opt
	opt.Eps, opt.Warm = xy.ent.eps, nil
	d := &Divergence{XY: xy, x: x, y: y}
	for _, self := range []struct {
		plan   **Plan
		w      []float64
		points mat.Matrix
	}{{&d.XX, xy.a, x}, {&d.YY, xy.b, y}} {
		var e error
		*self.plan, e = selfPlan(ctx, fn, self.w, SquaredEuclidean{self.points, self.points}, opt)
		var short *NotConvergedError
		if e != nil && !errors.As(e, &short) {
			return nil, e
		}
		if err == nil {
			err = e
		}
	}
	return d, err
}

func orUniform(w []float64, x mat.Matrix) []float64 {
	if w != nil {
		return w
	}
	n, _ := x.Dims()
	w = make([]float64, n)
	for i := range w {
		w[i] = 1 / float64(n)
	}
	return w
}

// Value returns S_ε. Its error is of second order in those of the marginals: it
// is made of [Plan.DualValue]. It is NaN where a plan is missing.
func (d *Divergence) Value() float64 {
	if d.XX == nil || d.YY == nil {
		return math.NaN()
	}
	return d.XY.DualValue() - (d.XX.DualValue()+d.YY.DualValue())/2
}

// Gradient stores the gradient of S_ε with respect to the points x into dst,
//
//	2 a[i] (T_xx(xᵢ) − T_xy(xᵢ)),
//
// where T are the maps [Plan.Barycentric] of the plans to x and to y. dst must be
// empty or have the shape of x.
func (d *Divergence) Gradient(dst *mat.Dense) {
	var self mat.Dense
	d.XX.Barycentric(&self, d.x)
	d.XY.Barycentric(dst, d.y)
	n, dim := dst.Dims()
	for i := range n {
		for k := range dim {
			dst.Set(i, k, 2*d.XY.a[i]*(self.At(i, k)-dst.At(i, k)))
		}
	}
}

// selfPlan returns the entropic plan of masses to themselves, with f = g.
func selfPlan(ctx context.Context, fn string, w []float64, cost Cost, opt SinkhornOptions) (*Plan, error) {
	plan, err := newPlan(fn, w, w, cost)
	if err != nil {
		return nil, err
	}
	e, err := newEntropic(ctx, fn, plan, opt, plan.total)
	if err != nil {
		if ctx.Err() != nil {
			err = &NotConvergedError{Func: fn, Residual: math.Inf(1), Want: opt.Tol, Err: ctx.Err()}
		}
		return nil, err
	}
	eps, logA := opt.Eps, logOf(e.alpha)
	e.eps, e.off = eps, math.Inf(1)
	f, h := make([]float64, e.c.n), make([]float64, e.c.n)
	x, step := make([]float64, e.c.n), make([]float64, e.c.n)
	past := anderson{weight: e.alpha}
	err = ErrLimit
	for e.iterations < opt.MaxIter {
		for i := range h {
			h[i] = f[i] + eps*logA[i]
		}
		if err = e.c.softmin(ctx, step, h, eps); err != nil {
			break
		}
		err = ErrLimit
		e.iterations++
		e.off = 0
		var value, size float64
		for i, soft := range step {
			x[i], step[i] = f[i]/eps, (soft-f[i])/eps
			excess := math.Expm1(min(-step[i], 600)) // of the sum of the row
			e.off += 2 * e.alpha[i] * math.Abs(excess)
			value += e.alpha[i] * (2*f[i] - eps*excess)
			size += e.alpha[i] * (2*math.Abs(f[i]) + eps*math.Abs(excess))
			step[i] /= 2
		}
		if e.f == nil {
			e.f = make([]float64, e.c.n)
		}
		copy(e.f, f)
		if e.off <= opt.Tol {
			err = nil
			break
		}
		past.next(x, step, e.off, value, 1e-14*size)
		for i := range f {
			f[i] += eps * step[i]
		}
	}
	if e.f == nil {
		return nil, e.unconverged(fn, err)
	}
	e.g, plan.ent = e.f, e
	if err != nil {
		return plan, e.unconverged(fn, err)
	}
	return plan, nil
}
