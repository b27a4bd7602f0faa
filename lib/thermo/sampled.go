package thermo

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// DissipationSampled is Dissipation in any dimension and for any velocity, from n
// samples of each law at opt.Times + 1 equally spaced times (an even number of steps;
// default 64): w_D = ∫ E|ν|² dt and, if the velocity is known to be a gradient, c₂ and
// the length, which are NaN otherwise.
//
// Samples of all times are drawn with one key, so that where a law moves its samples as
// those of noised data move, the errors of the times have much in common; standard
// errors are those of each sample's sum over times, and the bounds the difference between
// Simpson's rule and the trapezoid rule.
//
// It returns an error if the flow is incomplete, a measure.ValueError unless n ≥ 2, an
// error if a velocity isn't finite, and the context's error, wrapped, if that ends.
func DissipationSampled(ctx context.Context, f flow.Flow, n int, key rng.Key, opt Options) (*Account, error) {
	const fn = "thermo.DissipationSampled"
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if n < 2 {
		return nil, &measure.ValueError{Func: fn, Arg: "n", Value: float64(n), Want: "at least 2"}
	}
	opt.Times += opt.Times % 2
	a := &Account{Flow: f, Options: opt, Times: flow.Times(0, f.Tau, opt.Times)}
	energies, err := par.Map(ctx, len(a.Times), 1, func(i, _ int) []float64 { return energiesAt(f, a.Times[i], n, key) })
	if err != nil {
		return nil, fmt.Errorf("%s: stopped: %w", fn, err)
	}
	fine, rough := make([]float64, n), make([]float64, n)
	var length, lengthRough float64
	for i, e := range energies {
		w := num.Simpson(i, opt.Times) * f.Tau / float64(opt.Times)
		t := num.Trapezoid(i, opt.Times) * f.Tau / float64(opt.Times)
		mean := meanTerm("", e).Value
		if math.IsNaN(mean) || math.IsInf(mean, 0) {
			return nil, fmt.Errorf("%s: E|ν|² is %v at t = %v", fn, mean, a.Times[i])
		}
		for j, v := range e {
			fine[j] += w * v
			rough[j] += t * v
		}
		length += w * math.Sqrt(mean)
		lengthRough += t * math.Sqrt(mean)
		a.Power, a.Speed = append(a.Power, mean), append(a.Speed, math.Sqrt(mean))
	}
	a.WD = meanTerm("w_D", fine)
	a.WD.Bound = math.Abs(a.WD.Value - meanTerm("", rough).Value)
	a.C2, a.Length = relation.Term{Symbol: "c₂", Value: math.NaN()}, relation.Term{Symbol: "L", Value: math.NaN()}
	if f.Gradient || f.Path.At(0).Dim() == 1 {
		a.C2 = a.WD
		a.C2.Symbol = "c₂"
		a.Length.Value, a.Length.Bound = length, math.Abs(length-lengthRough)
		// d√x = dx/(2√x): by Cauchy and Schwarz no more than that of the whole.
		a.Length.StdErr = 0.5 * a.WD.StdErr / math.Sqrt(max(a.WD.Value, 1e-300)) * math.Sqrt(f.Tau)
	} else {
		for i := range a.Speed {
			a.Speed[i] = math.NaN()
		}
	}
	a.W2 = endsDistance(f)
	return a, nil
}

// energiesAt returns |ν|² at n samples.
func energiesAt(f flow.Flow, t float64, n int, key rng.Key) []float64 {
	law := f.Path.At(t)
	x := mat.NewDense(n, law.Dim(), nil)
	law.Sample(x, key)
	f.Velocity.At(t).Apply(x, x)
	e := make([]float64, n)
	for i := range e {
		for _, v := range x.RawRowView(i) {
			e[i] += v * v
		}
	}
	return e
}

// meanTerm returns the mean of independent values with its standard error.
func meanTerm(symbol string, x []float64) relation.Term {
	mean, err := num.MeanStdErr(x)
	return relation.Term{Symbol: symbol, Value: mean, StdErr: err}
}
