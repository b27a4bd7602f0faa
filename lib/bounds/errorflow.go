package bounds

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// errorFlow follows W₁(P_t, P̃_t) of a truth and an estimate that one flow carries.
type errorFlow interface {
	// at returns W₁(P_t, P̃_t) and dW₁/dt with bounds on their errors.
	at(t float64) (w1, rate relation.Term, err error)
	// missed reports whether an integral missed its tolerance.
	missed() bool
}

func newErrorFlow(ctx context.Context, fn string, f flow.Flow, truth, start measure.Measure) (errorFlow, error) {
	lt, okT := truth.(measure.LineDensity)
	ls, okS := start.(measure.LineDensity)
	if okT && okS && start.Dim() == 1 {
		return newLineErrorFlow(f, lt, ls), nil
	}
	gt, okT := measure.AsGaussian(truth)
	gs, okS := measure.AsGaussian(start)
	if okT && okS && start.Dim() > 1 {
		return newGaussianErrorFlow(ctx, fn, f, gt, gs)
	}
	return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("no closed form or quadrature for a %T carried with a %T in %d dimensions: want quantiles and densities on the line, or Gaussians", start, truth, start.Dim())}
}

// lineErrorFlow is the errorFlow on the line. Its map preserves order, so that the point x at time t
// was, at the noise end, the point y with as much mass below it, and
//
//	F_t(x) − F̃_t(x) = F_τ(y) − F̃_τ(y),  h_t(x) = h_τ(y),  h = P̃/P − 1.
//
// Hence no trajectory needs to be followed. With s the sign of F − F̃,
//
//	W₁ = ∫ |F_t − F̃_t| dx,  dW₁/dt = ∫ s h_t p_t ν_t dx,
//
// the second by parts from ∫ |F_t − F̃_t| ∂ν_t/∂x dx. Between zeros of F − F̃ the
// integral of h p vanishes, so that a velocity common to all points drops out:
// that of the median is taken off before it could cancel.
type lineErrorFlow struct {
	f               flow.Flow
	truth, estimate measure.LineDensity
	logT, logE      func(float64) float64
	marks           []float64 // at the noise end: crossings of F and F̃, the estimate's knots
	lo, hi          float64   // at the noise end: the range of integration
	short           bool      // an integral missed its tolerance
	quad            num.Quad
	knots           []float64
}

func newLineErrorFlow(f flow.Flow, truth, estimate measure.LineDensity) *lineErrorFlow {
	e := &lineErrorFlow{
		f: f, truth: truth, estimate: estimate,
		logT: measure.Scalar(truth), logE: measure.Scalar(estimate),
		lo:   min(truth.LogQuantile(tail, false), estimate.LogQuantile(tail, false)),
		hi:   max(truth.LogQuantile(tail, true), estimate.LogQuantile(tail, true)),
		quad: num.Quad{Rel: 1e-11, Noisy: true},
	}
	knots := num.Knots(measure.KnotsOf(estimate, measure.KnotsOf(truth, nil)), e.lo, e.hi)
	gap := func(y float64) float64 { return transport.CDFGap(truth, estimate, y) }
	e.marks = num.SignChanges(nil, gap, knots, 12, 1e-18)
	if !smoothOver(truth, estimate) {
		e.marks = measure.KnotsOf(estimate, e.marks)
	}
	return e
}

// smoothOver reports whether the estimate lies among the truth's knots, with no
// detail finer than half the truth's, so that these knots serve both.
func smoothOver(truth, estimate measure.LineDensity) bool {
	mt, okT := measure.AsMixture(truth)
	me, okE := measure.AsMixture(estimate)
	if !okT || !okE || narrowest(me) < 0.25*narrowest(mt) {
		return false
	}
	for k := range me.Len() {
		_, g := me.Component(k)
		if math.Abs(cdfScore(truth, g.Mean(nil)[0])) > 4 {
			return false
		}
	}
	return true
}

// cdfScore returns the z with as much mass below it in the standard normal as
// there is below x in p.
func cdfScore(p measure.Line, x float64) float64 {
	return measure.Transfer(p, measure.Normal(0, 1), x)
}

func (e *lineErrorFlow) missed() bool { return e.short }

func (e *lineErrorFlow) at(t float64) (w1, rate relation.Term, err error) {
	w1.Symbol, rate.Symbol = "W₁", "dW₁/dt"
	p, ok := e.f.Path.At(t).(measure.LineDensity)
	if !ok {
		return w1, rate, fmt.Errorf("the law at t = %v is a %T: want quantiles and a density on the line", t, e.f.Path.At(t))
	}
	view := flow.OnLine(p, e.f.Velocity.At(t))
	logp := measure.Scalar(view.Law)
	lo, hi := measure.Transfer(e.truth, view.Law, e.lo), measure.Transfer(e.truth, view.Law, e.hi)
	e.knots = measure.KnotsOf(view.Law, e.knots[:0])
	for _, y := range e.marks {
		e.knots = append(e.knots, measure.Transfer(e.truth, view.Law, y))
	}
	e.knots = num.Knots(e.knots, lo, hi)

	// Both integrands in units of length, with their rounding errors: of the
	// distribution functions, of the two logarithms in h, of a velocity that
	// crosses the range within Tau, and, far from 0, of the points themselves
	// beside the width of the law, about a twentieth of the range.
	tau := e.f.Tau
	rounding := 0x1p-51 * (hi - lo) / tau
	most := max(math.Abs(lo), math.Abs(hi))
	far := 20 * max(0, most/(hi-lo)-1)
	common, _ := view.Velocity(view.Law.LogQuantile(-math.Ln2, false))
	v, bound, ok := e.quad.Integrate(3, func(a float64, y []float64) {
		at := measure.Transfer(view.Law, e.truth, a)
		gap := transport.CDFGap(e.truth, e.estimate, at)
		log := logp(a)
		u, slope := view.Velocity(a)
		r := e.logE(at) - e.logT(at)
		carried, excess := math.Exp(log+r), math.Exp(log)*math.Expm1(r) // P̃_t and h P_t
		if r > 1 {
			excess = carried - math.Exp(log)
		}
		y[0] = math.Abs(gap) * slope
		y[1] = math.Copysign(tau, gap) * excess * (u - common)
		y[2] = 0x1p-53*slope + tau*(math.Abs(excess)*(rounding+0x1p-53*math.Abs(u))+carried*0x1p-52*(1+far)*math.Abs(u-common))
		if far > 0 {
			y[2] += 0x1p-53 * most * (carried + math.Exp(log)) * slope
		}
	}, e.knots)
	if math.IsNaN(v[0]) || math.IsNaN(v[1]) {
		return w1, rate, fmt.Errorf("the distance or its rate is NaN at t = %v", t)
	}
	w1.Value, w1.Bound = v[0], bound[0]
	rate.Value, rate.Bound = v[1]/tau, bound[1]/tau
	e.short = e.short || !ok
	return w1, rate, nil
}
