package thermo

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// EntropyOptions are the options of EntropyProduction.
type EntropyOptions struct {
	Tol      float64 // relative tolerance of the integral over time; default 1e-9
	Times    int     // number of equal steps at whose ends the rate is sampled; default 64
	From, To float64 // the times between which entropy is counted; defaults 0 and Tau
}

// Entropy is what a process produces of it, in nats.
type Entropy struct {
	Process flow.Process
	Options EntropyOptions // as used

	Total  relation.Term // S_tot = ∫ σ dt
	System relation.Term // the change of −∫ P ln P
	Bath   relation.Term // what the heat brings to the bath, S_tot less that of the system

	Times []float64 // equally spaced over [From, To]
	Rate  []float64 // σ at Times
}

// SecondLaw returns 0 ≤ S_tot as −ΔS_bath ≤ ΔS_system.
func (e *Entropy) SecondLaw() relation.Inequality {
	lo := e.Bath
	lo.Symbol, lo.Value = "−ΔS_bath", -lo.Value
	return relation.Inequality{Name: "second law", Ref: "(36)-(40)", Lo: lo, Hi: e.System}
}

// EntropyProduction integrates the rate at which a process produces entropy,
//
//	σ = E|ν|²/T = dS_sys/dt + dS_bath/dt,
//	dS_sys/dt = −E[ν·∇ln P],  dS_bath/dt = E[f·ν]/T,
//
// by the closed forms and quadratures of Dissipation. The system's share is the
// difference of the entropies of the laws at From and To, by a closed form for
// Gaussians and by quadrature on the line.
//
// S_tot is +Inf where T is 0 while something moves, and where T falls to 0 at From or
// To as fast as the distance in time or faster: as from the data on under conditional
// optimal transport. System and Bath are NaN where an entropy isn't known: a law that
// isn't a Gaussian nor a density on the line.
//
// It returns an error if the process is incomplete, the times aren't in order in
// [0, Tau] or T is negative (measure.ValueError), the errors of Dissipation, and the
// entropies with a transport.NotConvergedError if the integral misses its tolerance.
func EntropyProduction(ctx context.Context, p flow.Process, opt EntropyOptions) (*Entropy, error) {
	const fn = "thermo.EntropyProduction"
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if p.Temperature == nil {
		return nil, fmt.Errorf("%s: the process has no Temperature", fn)
	}
	common, err := Options{opt.Tol, opt.Times}.withDefaults()
	if err != nil {
		return nil, err
	}
	opt.Tol, opt.Times = common.Tol, common.Times
	if opt.To == 0 {
		opt.To = p.Tau
	}
	if !(0 <= opt.From && opt.From < opt.To && opt.To <= p.Tau) {
		return nil, &measure.ValueError{Func: fn, Arg: "From", Value: opt.From, Want: fmt.Sprintf("in [0, %v), with To in (From, %v]", opt.To, p.Tau)}
	}
	e := &Entropy{Process: p, Options: opt, Times: flow.Times(opt.From, opt.To, opt.Times)}
	inner := num.Quad{Rel: min(1e-11, 0.1*opt.Tol)}
	var failed error
	rate := func(t float64) (sigma, bound float64) {
		if failed == nil {
			failed = ctx.Err()
		}
		if failed != nil {
			return math.NaN(), 0
		}
		temp := p.Temperature(t)
		if !(temp >= 0) {
			failed = &measure.ValueError{Func: fn, Arg: fmt.Sprintf("T(%v)", t), Value: temp, Want: "≥ 0"}
			return math.NaN(), 0
		}
		r, err := ratesAt(fn, &inner, p.Path.At(t), p.Velocity.At(t), p.Tau, p.Gradient)
		if failed = err; err != nil {
			return math.NaN(), 0
		}
		if r.total <= r.bound && temp == 0 {
			return 0, 0
		}
		return r.total / temp, r.bound / temp
	}
	e.Total.Symbol = "S_tot"
	for _, t := range e.Times {
		sigma, _ := rate(t)
		e.Rate = append(e.Rate, sigma)
		if math.IsInf(sigma, 1) && 0 < t && t < p.Tau {
			e.Total.Value = sigma
		}
	}
	for _, end := range [][2]float64{{opt.From, 1}, {opt.To, -1}} {
		if diverges(p.Temperature, rate, end[0], end[1]*(opt.To-opt.From)) {
			e.Total.Value = math.Inf(1)
		}
	}
	converged := true
	if !math.IsInf(e.Total.Value, 1) && failed == nil {
		outer := num.Quad{Rel: opt.Tol, Noisy: true}
		var v, bound []float64
		v, bound, converged = outer.Integrate(2, func(t float64, y []float64) { y[0], y[1] = rate(t) },
			[]float64{opt.From, 0.5 * (opt.From + opt.To), opt.To})
		e.Total.Value, e.Total.Bound = v[0], bound[0]
	}
	if failed != nil {
		return nil, fmt.Errorf("%s: %w", fn, failed)
	}
	if math.IsNaN(e.Total.Value) {
		return nil, fmt.Errorf("%s: S_tot is NaN", fn)
	}
	e.System = difference("ΔS_sys", entropyOf(p.Path.At(opt.To)), entropyOf(p.Path.At(opt.From)))
	e.Bath = difference("ΔS_bath", e.Total, e.System)
	if !converged {
		return e, &transport.NotConvergedError{Func: fn, Residual: e.Total.Bound}
	}
	return e, nil
}

// diverges reports whether σ isn't integrable at an end of the time because T falls
// to 0 there like a power ≥ 1 while something moves.
func diverges(temperature func(float64) float64, rate func(float64) (float64, float64), end, span float64) bool {
	if temperature(end) != 0 {
		return false
	}
	near, far := end+1e-7*span, end+1e-6*span
	a, _ := rate(near)
	b, _ := rate(far)
	return math.IsInf(a, 1) || a > b*math.Pow(10, 0.999) // σ ~ 1/distance, or steeper
}

func difference(symbol string, a, b relation.Term) relation.Term {
	d := relation.Term{Symbol: symbol, Value: a.Value - b.Value, Bound: a.Bound + b.Bound}
	if math.IsInf(a.Value, 1) && math.IsInf(b.Value, 1) {
		d.Value = math.NaN()
	}
	return d
}

// entropyOf returns −∫ p ln p of a law, −Inf if it has atoms, and NaN if there is no
// method for it.
func entropyOf(m measure.Measure) relation.Term {
	s := relation.Term{Value: math.NaN()}
	if g, ok := measure.AsGaussian(m); ok {
		// ½ ln det(2πe C), by the density at the mean.
		peak := make([]float64, 1)
		g.LogProb(peak, mat.NewDense(1, g.Dim(), g.Mean(nil)))
		s.Value = 0.5*float64(g.Dim()) - peak[0]
		s.Bound = 0x1p-50 * (math.Abs(s.Value) + float64(g.Dim()))
		return s
	}
	if _, ok := measure.AsDiscrete(m); ok {
		s.Value = math.Inf(-1)
		return s
	}
	if l, ok := m.(measure.LineDensity); ok && l.Dim() == 1 {
		logp := measure.Scalar(l)
		v, bound, err := measure.Expect(l, func(x float64) float64 { return -logp(x) })
		if err == nil {
			s.Value, s.Bound = v, bound
		}
	}
	return s
}
