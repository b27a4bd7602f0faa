package transport

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Potential is a potential U on the line with its derivatives.
type Potential struct {
	U, DU, DDU func(x float64) float64
	// Curvature is a number that U″ is nowhere below; 0 says that U is convex.
	Curvature float64
}

// JKOOptions are the options of [JKO]. The zero value is ready to use.
type JKOOptions struct {
	// Cells is how many cells a law gets that isn't a histogram; 0 means 400.
	Cells int
	// Tol is the Gap at which the search ends, relative to T + F(From) − F(To);
	// 0 means 10⁻¹².
	Tol float64
	// MaxIterations bounds the steps of Newton's method; 0 means 200.
	MaxIterations int
}

// JKO makes a step of duration h from a law on the line in the potential U at
// temperature T, among the laws whose quantile function is linear between the
// levels of a [measure.Histogram]: From itself if it is one, or else
// [measure.HistogramOf] it. Then W₂² and the entropy are exact, and ∫ U p is by
// Gauss's rule with five points in each cell. A chain of steps goes on with To.
//
// The objective is minimised over the edges by Newton's method. The Gap is that
// of this problem; that laws are histograms adds an error of the order of the
// square of the cells' width.
//
// JKO returns an error if p is nil, isn't on the line, can't be a histogram or is
// one with an empty cell, if a function of U is missing or its value not finite,
// if h isn't positive or T negative, a [NotConvexError] if U.Curvature ≤ −1/h or
// if U″ is found to be less than U.Curvature, and with the best step so far a
// [NotConvergedError] if the context ends or Tol isn't reached.
func JKO(ctx context.Context, p measure.Line, u Potential, temperature, h float64, opt JKOOptions) (*JKOStep[*measure.Histogram], error) {
	const fn = "transport.JKO"
	switch {
	case p == nil || p.Dim() != 1:
		return nil, errors.New(fn + ": p is not a measure on the line")
	case u.U == nil || u.DU == nil || u.DDU == nil:
		return nil, errors.New(fn + ": U or a derivative of it is missing")
	case opt.Cells < 0 || opt.MaxIterations < 0 || !(opt.Tol >= 0):
		return nil, fmt.Errorf("%s: options %+v, want none below 0", fn, opt)
	}
	if err := checkJKO(fn, temperature, h); err != nil {
		return nil, err
	}
	if !(1+h*u.Curvature > 0) || math.IsInf(u.Curvature, 1) {
		return nil, &NotConvexError{fn, u.Curvature, h}
	}
	if opt.Cells == 0 {
		opt.Cells = 400
	}
	if opt.Tol == 0 {
		opt.Tol = 1e-12
	}
	if opt.MaxIterations == 0 {
		opt.MaxIterations = 200
	}
	from, ok := p.(*measure.Histogram)
	if !ok {
		var err error
		if from, err = measure.HistogramOf(p, opt.Cells); err != nil {
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
	}
	for i, w := range from.Masses() {
		if !(w > 0) {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("the mass of cell %d of p", i), Value: w, Want: "positive"}
		}
	}
	j := newJKOProblem(from, u, temperature, h)
	start, err := j.at(from.Edges())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	end, gap, iterations, err := j.minimise(ctx, fn, start, opt)
	to, bad := measure.NewHistogram(end.x, from.Masses())
	if bad != nil {
		return nil, fmt.Errorf("%s: %w", fn, bad)
	}
	return &JKOStep[*measure.Histogram]{
		From: from, To: to, Temperature: temperature, H: h,
		Before: start.energy, After: end.energy, SqDist: end.square, Gap: gap, Iterations: iterations,
	}, err
}

// jkoProblem is the objective as a function of the edges.
type jkoProblem struct {
	u          Potential
	t, h       float64
	w, from    []float64 // masses and edges at the start
	metric     tridiagonal
	curvatures tridiagonal
}

// tridiagonal is a symmetric matrix with the diagonals d and e.
type tridiagonal struct{ d, e []float64 }

func newTridiagonal(n int) tridiagonal {
	return tridiagonal{make([]float64, n), make([]float64, n-1)}
}

// solve solves for x in place, for a positive definite matrix; ok is false if it
// isn't. It spoils the matrix.
func (a tridiagonal) solve(x []float64) (ok bool) {
	for i := range a.d {
		if i > 0 {
			f := a.e[i-1] / a.d[i-1]
			a.d[i] -= f * a.e[i-1]
			x[i] -= f * x[i-1]
		}
		if !(a.d[i] > 0) {
			return false
		}
	}
	for i := len(x) - 1; i >= 0; i-- {
		if i+1 < len(x) {
			x[i] -= a.e[i] * x[i+1]
		}
		x[i] /= a.d[i]
	}
	return true
}

func (a tridiagonal) copy(b tridiagonal) {
	copy(a.d, b.d)
	copy(a.e, b.e)
}

func newJKOProblem(from *measure.Histogram, u Potential, t, h float64) *jkoProblem {
	j := &jkoProblem{u: u, t: t, h: h, w: from.Masses(), from: from.Edges()}
	n := len(j.from)
	j.metric, j.curvatures = newTridiagonal(n), newTridiagonal(n)
	// W₂² = Σ w (δ² + δδ′ + δ′²)/3, with displacements δ, δ′ of a cell's edges.
	for k, w := range j.w {
		j.metric.d[k] += w / 3
		j.metric.d[k+1] += w / 3
		j.metric.e[k] = w / 6
	}
	return j
}

// jkoPoint is a choice of the edges.
type jkoPoint struct {
	x              []float64
	energy, square float64   // F and W₂²
	slope          []float64 // of the objective
}

func (p *jkoPoint) objective(h float64) float64 { return p.energy + p.square/(2*h) }

// Gauss's rule on [0, 1].
var jkoNodes, jkoWeights = [5]float64{
	0.046910077030668004, 0.23076534494715845, 0.5, 0.76923465505284155, 0.953089922969332,
}, [5]float64{
	0.11846344252809454, 0.23931433524968324, 0.28444444444444444, 0.23931433524968324, 0.11846344252809454,
}

// at evaluates the objective and, into curvatures, its second derivatives.
func (j *jkoProblem) at(x []float64) (*jkoPoint, error) {
	p := &jkoPoint{x: x, slope: make([]float64, len(x))}
	var energy, square num.Sum
	d, e := j.curvatures.d, j.curvatures.e
	clear(d)
	clear(e)
	for k, w := range j.w {
		width := x[k+1] - x[k]
		for q, s := range jkoNodes {
			at, w := x[k]+s*width, w*jkoWeights[q]
			u, du, ddu := j.u.U(at), j.u.DU(at), j.u.DDU(at)
			for _, v := range [...]float64{u, du, ddu} {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return nil, &measure.ValueError{Func: "the potential", Arg: fmt.Sprintf("U or a derivative of it at %v", at), Value: v, Want: "finite"}
				}
			}
			if ddu < j.u.Curvature-1e-9*math.Abs(j.u.Curvature)-1e-12*math.Abs(ddu) {
				return nil, fmt.Errorf("at %[2]v the curvature U″ is %[1]v, which is less than Curvature: %[3]w", ddu, at, &NotConvexError{"transport.JKO", ddu, j.h})
			}
			energy.Add(w * u)
			p.slope[k] += w * du * (1 - s)
			p.slope[k+1] += w * du * s
			d[k] += w * ddu * (1 - s) * (1 - s)
			d[k+1] += w * ddu * s * s
			e[k] += w * ddu * s * (1 - s)
		}
		// T ∫ p ln p
		energy.Add(j.t * w * math.Log(w/width))
		f := j.t * w / width
		p.slope[k] += f
		p.slope[k+1] -= f
		d[k] += f / width
		d[k+1] += f / width
		e[k] -= f / width
		a, b := x[k]-j.from[k], x[k+1]-j.from[k+1]
		square.Add(w * (a*a + a*b + b*b) / 3)
		p.slope[k] += w * (2*a + b) / (6 * j.h)
		p.slope[k+1] += w * (a + 2*b) / (6 * j.h)
	}
	for i, v := range j.metric.d {
		d[i] += v / j.h
	}
	for i, v := range j.metric.e {
		e[i] += v / j.h
	}
	p.energy, p.square = energy.Value(), square.Value()
	return p, nil
}

// gap returns gᵀM⁻¹g/(2λ) with the metric M of W₂: in that the objective is
// convex with modulus λ, by Gauss's rule too.
func (j *jkoProblem) gap(p *jkoPoint) float64 {
	m, y := newTridiagonal(len(p.x)), make([]float64, len(p.x))
	m.copy(j.metric)
	copy(y, p.slope)
	if !m.solve(y) {
		return math.Inf(1)
	}
	sum := 0.0
	for i, v := range y {
		sum += v * p.slope[i]
	}
	return max(sum, 0) / (2 * (1/j.h + j.u.Curvature))
}

// minimise goes from start to the minimum by Newton's method, with steps that
// leave cells a width.
func (j *jkoProblem) minimise(ctx context.Context, fn string, start *jkoPoint, opt JKOOptions) (best *jkoPoint, gap float64, iterations int, err error) {
	best, gap = start, j.gap(start)
	want := func() float64 { return opt.Tol * (j.t + start.energy - best.energy) }
	for ; gap > want(); iterations++ {
		cause := ctx.Err()
		if cause == nil && iterations == opt.MaxIterations {
			cause = ErrLimit
		}
		step := make([]float64, len(best.x))
		for i, g := range best.slope {
			step[i] = -g
		}
		if cause == nil && !j.curvatures.solve(step) {
			cause = errors.New("the second derivative isn't positive")
		}
		if cause == nil {
			var next *jkoPoint
			if next, err = j.along(best, step); err != nil {
				return best, gap, iterations, fmt.Errorf("%s: %w", fn, err)
			}
			if next != nil {
				best, gap = next, j.gap(next)
				continue
			}
			cause = errors.New("rounding errors")
		}
		return best, gap, iterations, &NotConvergedError{Func: fn, Iterations: iterations, Residual: gap, Want: want(), Err: cause}
	}
	return best, gap, iterations, nil
}

// along returns a better point along a step, nil if there is none.
func (j *jkoProblem) along(p *jkoPoint, step []float64) (*jkoPoint, error) {
	s := 1.0
	for k := range j.w {
		// No cell loses more than nine tenths of its width.
		if d, width := step[k+1]-step[k], p.x[k+1]-p.x[k]; -s*d > 0.9*width {
			s = -0.9 * width / d
		}
	}
	fall := 0.0
	for i, g := range p.slope {
		fall += g * step[i]
	}
	have, gap := p.objective(j.h), j.gap(p)
	for range 60 {
		x := make([]float64, len(step))
		for i, v := range p.x {
			x[i] = v + s*step[i]
		}
		next, err := j.at(x)
		if err != nil {
			return nil, err
		}
		// Near the minimum the objective says less than its slope.
		if o := next.objective(j.h); o <= have+1e-4*s*fall || s == 1 && j.gap(next) < gap/4 {
			return next, nil
		}
		s /= 2
	}
	return nil, nil
}
