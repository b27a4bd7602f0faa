package thermo

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Options are the settings of this package's integrals over time.
type Options struct {
	Tol   float64 // relative tolerance of each integral; default 1e-9; errors are mostly far smaller
	Times int     // number of equal steps at whose ends curves are sampled; default 64
}

func (o Options) withDefaults() (Options, error) {
	if o.Tol == 0 {
		o.Tol = 1e-9
	}
	if o.Times == 0 {
		o.Times = 64
	}
	if !(o.Tol > 0 && o.Tol < 1) {
		return o, fmt.Errorf("thermo: Options.Tol is %v, want between 0 and 1", o.Tol)
	}
	if o.Times < 1 {
		return o, fmt.Errorf("thermo: Options.Times is %d, want at least 1", o.Times)
	}
	return o, nil
}

// Account is what a flow dissipates, and what it would have to.
type Account struct {
	Flow    flow.Flow
	Options Options // as used

	WD     relation.Term // w_D = ∫ E|ν|² dt
	C2     relation.Term // c₂ = ∫ v₂² dt
	Length relation.Term // ∫ v₂ dt, the length of the path in W₂
	W2     relation.Term // the distance W₂ of the ends; NaN if there is no closed form or quadrature for it

	Times []float64 // equally spaced over [0, Tau]
	Speed []float64 // v₂ at Times
	Power []float64 // E|ν|² at Times
}

// Floor returns W₂²/Tau, the dissipation of the optimal protocol between the
// same ends.
func (a *Account) Floor() relation.Term { return overTau("W₂²/τ", a.W2, a.Flow.Tau) }

// LengthFloor returns L²/Tau, the dissipation of the same path run at constant
// speed.
func (a *Account) LengthFloor() relation.Term { return overTau("L²/τ", a.Length, a.Flow.Tau) }

// overTau returns x²/tau with its error bound.
func overTau(symbol string, x relation.Term, tau float64) relation.Term {
	return relation.Term{Symbol: symbol, Value: x.Value * x.Value / tau, Bound: (2*math.Abs(x.Value) + x.Bound) * x.Bound / tau}
}

// Relations returns the chain of speed limits W₂²/τ ≤ L²/τ ≤ c₂ ≤ w_D, without
// its first part where W₂ isn't known.
func (a *Account) Relations() []relation.Inequality {
	const ref = "Nakazato and Ito, arXiv:2103.00503"
	qs := []relation.Inequality{
		{Name: "constant speed is cheapest", Ref: ref, Lo: a.LengthFloor(), Hi: a.C2},
		{Name: "gradient part of the dissipation", Ref: ref, Lo: a.C2, Hi: a.WD},
	}
	if !math.IsNaN(a.W2.Value) {
		qs = append([]relation.Inequality{{Name: "geodesics are shortest", Ref: ref, Lo: a.Floor(), Hi: a.LengthFloor()}}, qs...)
	}
	return qs
}

// Dissipation measures the kinetic energies of a flow along its course,
//
//	w_D = ∫₀^τ E|ν|² dt,  c₂ = ∫₀^τ v₂² dt,  L = ∫₀^τ v₂ dt,
//
// with v₂ the W₂ speed of the marginals. At each time it uses a closed form if
// the velocity is affine and the law has moments (a law that isn't Gaussian
// must then have a gradient velocity), or quadrature in one dimension; over
// time it uses adaptive quadrature. The Bounds of the results hold the
// estimated errors.
//
// It returns an error if the flow is incomplete, an UnsupportedError if there
// is no method for it, an error if a value isn't finite, the context's error if
// it is cancelled, and the account with a transport.NotConvergedError if an
// integral misses its tolerance.
func Dissipation(ctx context.Context, f flow.Flow, opt Options) (*Account, error) {
	const fn = "thermo.Dissipation"
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	a := &Account{Flow: f, Options: opt}
	inner := num.Quad{Rel: min(1e-11, 0.1*opt.Tol)}
	var failed error
	at := func(t float64) rates {
		if failed == nil {
			failed = ctx.Err()
		}
		if failed != nil {
			return rates{math.NaN(), math.NaN(), 0}
		}
		r, err := ratesAt(fn, &inner, f.Path.At(t), f.Velocity.At(t), f.Tau, f.Gradient)
		failed = err
		return r
	}
	// One speed brings the length to the units of the energies, so that all
	// three share the errors of the rates as noise.
	middle := at(f.Tau / 2)
	speed := math.Sqrt(max(middle.v2sq, middle.bound))
	if !(speed > 0) {
		speed = 1
	}
	outer := num.Quad{Rel: opt.Tol, Noisy: true}
	v, e, ok := outer.Integrate(4, func(t float64, y []float64) {
		r := at(t)
		v2 := math.Sqrt(r.v2sq)
		y[0], y[1], y[2] = r.total, r.v2sq, speed*v2
		// √(x+e) − √x is at most √e, and about e/(2√x).
		y[3] = r.bound
		if r.bound > 0 {
			y[3] = max(r.bound, speed*min(math.Sqrt(r.bound), r.bound/v2))
		}
	}, []float64{0, f.Tau / 2, f.Tau})
	v[2], e[2] = v[2]/speed, e[2]/speed
	if failed == nil {
		a.Times = flow.Times(0, f.Tau, opt.Times)
		for _, t := range a.Times {
			r := at(t)
			a.Speed, a.Power = append(a.Speed, math.Sqrt(r.v2sq)), append(a.Power, r.total)
		}
	}
	if failed != nil {
		return nil, fmt.Errorf("%s: %w", fn, failed)
	}
	term := func(symbol string, i int) relation.Term {
		return relation.Term{Symbol: symbol, Value: v[i], Bound: e[i]}
	}
	for i, x := range v[:3] {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s: %s is %v", fn, [...]string{"w_D", "c₂", "the length"}[i], x)
		}
	}
	a.WD, a.C2, a.Length = term("w_D", 0), term("c₂", 1), term("L", 2)
	a.W2 = endsDistance(f)
	if !ok {
		return a, &transport.NotConvergedError{Func: fn, Residual: max(e[0], e[1], e[2])}
	}
	return a, nil
}

// size returns √(tr C) + |μ|.
func size(g *measure.Gaussian) float64 {
	var cov mat.SymDense
	g.Cov(&cov)
	return math.Sqrt(mat.Trace(&cov)) + floats.Norm(g.Mean(nil), 2)
}

// endsDistance returns W₂ between the ends of a flow, NaN where there is no
// closed form or quadrature.
func endsDistance(f flow.Flow) relation.Term {
	w2 := relation.Term{Symbol: "W₂", Value: math.NaN()}
	p, q := f.Path.At(0), f.Path.At(f.Tau)
	gp, okP := measure.AsGaussian(p)
	gq, okQ := measure.AsGaussian(q)
	if okP && okQ {
		w2.Value = transport.Bures(gp, gq)
		// Rounding is that of the standard deviations and the means.
		w2.Bound = 1e-15 * (size(gp) + size(gq))
		return w2
	}
	lp, okP := p.(measure.LineDensity)
	lq, okQ := q.(measure.Line)
	if okP && okQ && p.Dim() == 1 {
		if w, bound, err := transport.WassersteinLine(2, lp, lq); err == nil {
			w2.Value, w2.Bound = w, bound
		}
	}
	return w2
}
