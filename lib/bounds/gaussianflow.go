package bounds

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// gaussianErrorFlow is the errorFlow of Gaussians that an affine velocity ν = A x + b
// carries, where W₁ has a closed form.
//
// With equal covariances W₁ is the distance of the means, |δ|, dδ/dt = A δ. Between
// centred isotropic Gaussians it is |s̃ − s| E|z|, z ~ N(0, I), since each ray is
// transported by itself; and the ratio s̃/s is carried along.
type gaussianErrorFlow struct {
	f flow.Flow

	offsets *flow.Propagator // from τ on; nil for isotropic Gaussians
	delta   []float64        // μ̃ − μ at τ

	excess float64 // s̃/s − 1 of isotropic Gaussians
}

// equal is the relative difference up to which covariances count as the same.
const equal = 1e-12

func newGaussianErrorFlow(ctx context.Context, fn string, f flow.Flow, truth, start *measure.Gaussian) (errorFlow, error) {
	var ct, cs mat.SymDense
	truth.Cov(&ct)
	start.Cov(&cs)
	var diff mat.Dense
	diff.Sub(&cs, &ct)
	e := &gaussianErrorFlow{f: f, delta: start.Mean(nil)}
	floats.Sub(e.delta, truth.Mean(nil))
	if mat.Norm(&diff, 2) <= equal*mat.Norm(&ct, 2) {
		var err error
		if e.offsets, err = flow.NewPropagator(ctx, f.Velocity, nil, f.Tau, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
		return e, nil
	}
	vt, okT := spherical(truth)
	vs, okS := spherical(start)
	if !okT || !okS || floats.Norm(e.delta, 2) > equal*math.Sqrt(vt) {
		return nil, &thermo.UnsupportedError{Func: fn, What: "W₁ between Gaussians in more than one dimension has a closed form only for equal covariances, or with equal means and isotropic ones"}
	}
	e.excess = math.Sqrt(vs/vt) - 1
	return e, nil
}

// spherical returns the variance of a Gaussian that is isotropic.
func spherical(g *measure.Gaussian) (v float64, ok bool) {
	var c mat.SymDense
	g.Cov(&c)
	v = mat.Trace(&c) / float64(g.Dim())
	for i := range g.Dim() {
		c.SetSym(i, i, c.At(i, i)-v)
	}
	return v, mat.Norm(&c, 2) <= 1e-9*v
}

func (e *gaussianErrorFlow) missed() bool { return false }

func (e *gaussianErrorFlow) at(t float64) (w1, rate relation.Term, err error) {
	w1.Symbol, rate.Symbol = "W₁", "dW₁/dt"
	v, ok := e.f.Velocity.At(t).(flow.Affine)
	if !ok {
		return w1, rate, fmt.Errorf("the velocity at t = %v is a %T: want a flow.Affine map", t, e.f.Velocity.At(t))
	}
	a, _ := v.Affine()
	d := len(e.delta)
	if e.offsets != nil {
		phi, _, _ := e.offsets.At(t)
		var delta, moved mat.VecDense
		delta.MulVec(phi, mat.NewVecDense(d, e.delta))
		moved.MulVec(a, &delta)
		w1.Value = mat.Norm(&delta, 2)
		if w1.Value > 0 {
			rate.Value = mat.Dot(&delta, &moved) / w1.Value
		}
		// The propagator's steps err by 1e-13 each.
		w1.Bound = 1e-11 * w1.Value
		rate.Bound = 1e-11 * mat.Norm(&moved, 2)
		return w1, rate, nil
	}
	law, ok := measure.AsGaussian(e.f.Path.At(t))
	if !ok {
		return w1, rate, fmt.Errorf("the law at t = %v is a %T: want a Gaussian", t, e.f.Path.At(t))
	}
	s2, ok := spherical(law)
	if !ok {
		return w1, rate, fmt.Errorf("the law at t = %v isn't isotropic any more, and W₁ has no closed form", t)
	}
	w1.Value = math.Abs(e.excess) * math.Sqrt(s2) * meanRadius(d)
	rate.Value = w1.Value * mat.Trace(a) / float64(d) // ds/dt = s tr A/d
	w1.Bound = 1e-13 * w1.Value
	rate.Bound = 1e-13 * w1.Value * mat.Norm(a, 2)
	return w1, rate, nil
}
