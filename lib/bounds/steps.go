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

// StepErrors are the errors of data that are generated on the line from a wrong start by
// finite steps in time: with q the data, p what the exact flow makes of the start and p_h
// what the steps make of it.
type StepErrors struct {
	Mismatch relation.Term // W₁(q, p), of the start alone
	Steps    relation.Term // W₁(p, p_h), of the steps alone
	Total    relation.Term // W₁(q, p_h)
	Start    relation.Term // W₁(P_τ, P̃_τ)
	// Apparent is (W₁(q, p_h) − W₁(P_τ, P̃_τ))²/(τ D₀): what η seems to be if the steps are
	// taken for exact. On the line the true η is the same for all schedules with equal ends;
	// this one isn't, and isn't bounded by c₁.
	Apparent relation.Term
}

// StepErrorsOf follows the quantiles of a start from the noise to the data through
// falling times, one step from each to the next. Bounds are the change if every other
// quantile is left out.
//
// It returns an error if an argument is missing, a measure.ValueError unless the times
// fall from Tau to 0, a thermo.UnsupportedError without quantiles and densities on the
// line, and the errors of ChiSquared and flow.Transport.
func StepErrorsOf(ctx context.Context, f flow.Flow, start measure.Measure, times []float64, s flow.Stepper) (*StepErrors, error) {
	const fn = "bounds.StepErrorsOf"
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if start == nil || s == nil {
		return nil, errors.New(fn + ": there is no start, or no stepper")
	}
	for i, t := range times {
		if i == 0 && t != f.Tau || i == len(times)-1 && t != 0 || i > 0 && !(t < times[i-1]) {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("times[%d]", i), Value: t, Want: fmt.Sprintf("falling from %v to 0", f.Tau)}
		}
	}
	if len(times) < 2 {
		return nil, &measure.ValueError{Func: fn, Arg: "the number of times", Value: float64(len(times)), Want: "at least 2"}
	}
	data, okD := f.Path.At(0).(measure.LineDensity)
	truth, okT := f.Path.At(f.Tau).(measure.LineDensity)
	estimate, okE := start.(measure.LineDensity)
	if !okD || !okT || !okE || estimate.Dim() != 1 {
		return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("a %T carried with a %T: want quantiles and densities on the line", start, f.Path.At(f.Tau))}
	}
	d0, err := ChiSquared(start, truth)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	// Quantiles at equally spaced z, where the trapezoid rule over the normal is exact but
	// for kinks.
	const n, reach = 4000, 8.
	z, weights := flow.Times(-reach, reach, n), make([]float64, n+1)
	normal := measure.Normal(0, 1)
	q, p, first, last := make([]float64, n+1), make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)
	x := mat.NewDense(n+1, 1, nil)
	for i, v := range z {
		weights[i] = num.NormPDF(v)
		q[i], last[i] = measure.Transfer(normal, data, v), measure.Transfer(normal, truth, v)
		first[i] = measure.Transfer(normal, estimate, v)
		p[i] = measure.Transfer(truth, data, first[i])
		x.Set(i, 0, first[i])
	}
	if err := flow.Transport(ctx, x, f.Velocity, times, s); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	h := mat.Col(nil, 0, x)
	e := &StepErrors{}
	for _, pair := range []struct {
		term   *relation.Term
		symbol string
		a, b   []float64
	}{
		{&e.Mismatch, "W₁(q, p)", q, p},
		{&e.Steps, "W₁(p, p_h)", p, h},
		{&e.Total, "W₁(q, p_h)", q, h},
		{&e.Start, "W₁(P_τ, P̃_τ)", last, first},
	} {
		if *pair.term, err = quantileDistance(pair.symbol, pair.a, pair.b, weights); err != nil {
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
	}
	e.Apparent.Symbol = "η_h"
	if d0.Value > 0 && !math.IsInf(d0.Value, 1) {
		change, slack := e.Total.Value-e.Start.Value, e.Total.Bound+e.Start.Bound
		e.Apparent.Value = change * change / (f.Tau * d0.Value)
		e.Apparent.Bound = (2*math.Abs(change)+slack)*slack/(f.Tau*d0.Value) + e.Apparent.Value*d0.Bound/d0.Value
	}
	return e, nil
}

// quantileDistance returns W₁ between two laws given by points of equal weights.
func quantileDistance(symbol string, a, b, weights []float64) (relation.Term, error) {
	v, err := transport.Wasserstein1D(1, a, weights, b, weights)
	if err != nil {
		return relation.Term{}, err
	}
	half := func(x []float64) (out []float64) {
		for i := 0; i < len(x); i += 2 {
			out = append(out, x[i])
		}
		return out
	}
	rough, err := transport.Wasserstein1D(1, half(a), half(weights), half(b), half(weights))
	return relation.Term{Symbol: symbol, Value: v, Bound: math.Abs(v-rough) + 1e-12*v}, err
}
