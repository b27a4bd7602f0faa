package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Learned is the speed-accuracy relation of a velocity ν̃ that isn't the true ν: the
// estimate follows ν̃, so that D_t = χ²(P̃_t‖P_t) changes and D_max = max D_t takes the
// place of D₀,
//
//	|ΔW₁|/√(τ D_max) ≤ √w_D + √(1 + 1/D_max) √(τ L),  L = (1/τ) ∫ E|ν − ν̃|² dt,
//
// with the expectation over the true law. See (100) of the paper, and its appendix F.
type Learned struct {
	Tau      float64
	WD       relation.Term // w_D of the true flow
	Loss     relation.Term // L, per time
	DMax     relation.Term
	W1Data   relation.Term // W₁(q, p)
	W1Noise  relation.Term // W₁(P_τ, P̃_τ)
	Times    []float64     // at which D_t was looked at
	D        []float64     // D_t
	Velocity flow.Field    // ν̃

	// Of an estimate by samples:
	Tails     []Tail     // of the ratio of densities that D is the mean of, at Times
	Generated *mat.Dense // points of p
}

// Relation returns the inequality. If D_max is infinite it says 0 ≤ √w_D + √(τL).
func (l *Learned) Relation() relation.Inequality {
	q := relation.Inequality{
		Name: "learned velocity", Ref: "(100)",
		Lo: relation.Term{Symbol: "|ΔW₁|/√(τD)"}, Hi: relation.Term{Symbol: "√w_D + √((1+1/D)τL)"},
	}
	share := 1.0
	if d := l.DMax.Value; d > 0 && !math.IsInf(d, 1) {
		scale := 1 / math.Sqrt(l.Tau*d)
		change := math.Abs(l.W1Data.Value - l.W1Noise.Value)
		q.Lo.Value = change * scale
		q.Lo.StdErr = math.Hypot(math.Hypot(l.W1Data.StdErr, l.W1Noise.StdErr)*scale, 0.5*l.DMax.StdErr/d*q.Lo.Value)
		q.Lo.Bound = (l.W1Data.Bound+l.W1Noise.Bound)*scale + 0.5*l.DMax.Bound/d*q.Lo.Value
		share += 1 / d
	}
	a, b := root(l.WD), root(relation.Term{Value: share * l.Tau * l.Loss.Value, StdErr: share * l.Tau * l.Loss.StdErr, Bound: share * l.Tau * l.Loss.Bound})
	q.Hi.Value, q.Hi.StdErr, q.Hi.Bound = a.Value+b.Value, math.Hypot(a.StdErr, b.StdErr), a.Bound+b.Bound
	return q
}

// root returns √x with its errors.
func root(x relation.Term) relation.Term {
	v := math.Sqrt(max(0, x.Value))
	if v == 0 {
		return relation.Term{StdErr: math.Sqrt(x.StdErr), Bound: math.Sqrt(x.Bound)}
	}
	return relation.Term{Value: v, StdErr: x.StdErr / (2 * v), Bound: v - math.Sqrt(max(0, x.Value-x.Bound))}
}

// LearnedGaussian computes both sides for a Gaussian flow and a learned velocity that
// are affine, from a Gaussian start: everything is in closed form, but the integral
// over time. D_max is the largest of D_t at opt.Times + 1 times and the ends, and so,
// like the bound on it, known up to what happens between them. W₁ is known on the
// line, for equal covariances and for isotropic Gaussians with equal means.
//
// It returns an error if an argument is missing, a measure.DimError if the dimensions
// differ, a thermo.UnsupportedError for other laws and velocities or where W₁ isn't
// known, and the errors of thermo.Dissipation and flow.NewPropagator.
func LearnedGaussian(ctx context.Context, f flow.Flow, learned flow.Field, start *measure.Gaussian, opt Options) (*Learned, error) {
	const fn = "bounds.LearnedGaussian"
	if learned == nil || start == nil {
		return nil, errors.New(fn + ": there is no learned velocity, or no start")
	}
	account, err := thermo.Dissipation(ctx, f, thermo.Options{Tol: opt.Tol, Times: opt.Times})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	gaussianAt := func(t float64) (*measure.Gaussian, error) {
		g, ok := measure.AsGaussian(f.Path.At(t))
		if !ok {
			return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("the law at t = %v is a %T: want a Gaussian", t, f.Path.At(t))}
		}
		return g, nil
	}
	truth, err := gaussianAt(f.Tau)
	if err != nil {
		return nil, err
	}
	if start.Dim() != truth.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "start", Got: start.Dim(), Want: truth.Dim()}
	}
	back, err := flow.NewPropagator(ctx, learned, nil, f.Tau, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	l := &Learned{Tau: f.Tau, WD: account.WD, Times: account.Times, Velocity: learned, DMax: relation.Term{Symbol: "D_max"}}
	for i, t := range l.Times {
		law, err := gaussianAt(t)
		if err != nil {
			return nil, err
		}
		phi, r, _ := back.At(t)
		estimate := through(start, phi, r, nil)
		d, bound := chiSquaredGaussians(estimate, law)
		l.D = append(l.D, d)
		if d > l.DMax.Value {
			l.DMax.Value, l.DMax.Bound = d, bound
		}
		if i == 0 || i == len(l.Times)-1 {
			w, err := gaussianW1(fn, law, estimate)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				l.W1Data = w
			} else {
				l.W1Noise = w
			}
		}
	}
	q := num.Quad{Rel: account.Options.Tol}
	v, e, ok := q.Integrate1(func(t float64) float64 {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return math.NaN()
		}
		var law *measure.Gaussian
		if law, err = gaussianAt(t); err != nil {
			return math.NaN()
		}
		var loss float64
		loss, err = affineLoss(fn, law, f.Velocity.At(t), learned.At(t))
		return loss
	}, []float64{0, f.Tau / 2, f.Tau})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	l.Loss = relation.Term{Symbol: "L", Value: v / f.Tau, Bound: e / f.Tau}
	if !ok {
		return l, &transport.NotConvergedError{Func: fn, Residual: l.Loss.Bound}
	}
	return l, nil
}

// affineLoss returns E|ν − ν̃|² over a Gaussian.
func affineLoss(fn string, law *measure.Gaussian, v, w flow.Map) (float64, error) {
	a, okA := v.(flow.Affine)
	b, okB := w.(flow.Affine)
	if !okA || !okB {
		return 0, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("velocities of types %T and %T: want flow.Affine maps", v, w)}
	}
	ma, ca := a.Affine()
	mb, cb := b.Affine()
	var m, mc, mcm mat.Dense
	m.Sub(ma, mb)
	var cov mat.SymDense
	law.Cov(&cov)
	mc.Mul(&m, &cov)
	mcm.Mul(&mc, m.T())
	var mean mat.VecDense
	mean.MulVec(&m, mat.NewVecDense(len(ca), law.Mean(nil)))
	sum := mat.Trace(&mcm)
	for i := range ca {
		d := mean.AtVec(i) + ca[i] - cb[i]
		sum += d * d
	}
	return sum, nil
}

// gaussianW1 returns W₁ between two Gaussians where there is a closed form or a
// quadrature.
func gaussianW1(fn string, p, q *measure.Gaussian) (relation.Term, error) {
	w := relation.Term{Symbol: "W₁"}
	if p.Dim() == 1 {
		v, bound, err := transport.WassersteinLine(1, p, q)
		w.Value, w.Bound = v, bound
		return w, err
	}
	var cp, cq mat.SymDense
	p.Cov(&cp)
	q.Cov(&cq)
	var diff mat.Dense
	diff.Sub(&cq, &cp)
	delta := q.Mean(nil)
	for i, m := range p.Mean(nil) {
		delta[i] -= m
	}
	shift := mat.Norm(mat.NewVecDense(len(delta), delta), 2)
	vp, okP := spherical(p)
	vq, okQ := spherical(q)
	switch {
	case mat.Norm(&diff, 2) <= 1e-10*mat.Norm(&cp, 2):
		w.Value, w.Bound = shift, 1e-10*shift
	case okP && okQ && shift <= 1e-12*math.Sqrt(vp):
		w.Value = math.Abs(math.Sqrt(vq)-math.Sqrt(vp)) * meanRadius(p.Dim())
		w.Bound = 1e-9 * math.Sqrt(max(vp, vq))
	default:
		return w, &thermo.UnsupportedError{Func: fn, What: "W₁ between Gaussians in more than one dimension has a closed form only for equal covariances, or with equal means and isotropic ones"}
	}
	return w, nil
}

// meanRadius returns E|z| = √2 Γ((d+1)/2)/Γ(d/2), z ~ N(0, I) in d dimensions.
func meanRadius(d int) float64 {
	up, _ := math.Lgamma(0.5 * float64(d+1))
	down, _ := math.Lgamma(0.5 * float64(d))
	return math.Sqrt2 * math.Exp(up-down)
}
