package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Options are the settings of SpeedAccuracy.
type Options struct {
	Tol   float64 // relative tolerance of each integral over time; default 1e-9; errors are mostly far smaller
	Times int     // number of equal steps at whose ends curves are sampled; default 64
}

// Optimal is the protocol with the smallest bound between the given ends.
type Optimal struct {
	Flow flow.Flow     // the W₂ geodesic from P_0 to P_τ
	Cost relation.Term // its c₂ = W₂²/τ
}

// Report is the speed-accuracy relation of a flow and an estimated start.
type Report struct {
	Flow    flow.Flow
	Start   measure.Measure // P̃_τ
	Options Options         // as used
	Tau     float64

	D0  relation.Term // χ²(P̃_τ‖P_τ)
	Eta relation.Term // η = (ΔW₁)²/(τ D₀); 0 where D₀ is 0 or infinite
	C1  relation.Term // c₁ = ∫ v_loss² dt; 0 where D₀ is 0 or infinite
	C2  relation.Term // c₂ = ∫ v₂² dt
	WD  relation.Term // w_D = ∫ E|ν|² dt

	Times     []float64       // equally spaced over [0, Tau]
	W1        []relation.Term // W₁(P_t, P̃_t) at Times: first of the data, last of the noise
	LossRate  []float64       // dW₁/dt at Times
	LossSpeed []float64       // v_loss = |dW₁/dt|/√D₀ at Times
	Speed     []float64       // v₂ at Times

	Account *thermo.Account // the costs in full

	lossBound []float64 // on the error of LossRate
	Optimal   Optimal
}

// W1Data returns W₁(q, p), the error of the generated data.
func (r *Report) W1Data() relation.Term { return r.W1[0] }

// W1Noise returns W₁(P_τ, P̃_τ), the error of the start.
func (r *Report) W1Noise() relation.Term { return r.W1[len(r.W1)-1] }

// Efficiency returns ε = η/w_D in [0, 1], 1 where the relation is saturated;
// it is TimeEfficiency times SpaceEfficiency.
func (r *Report) Efficiency() float64 { return ratio(r.Eta, r.WD) }

// TimeEfficiency returns η/c₁, which is 1 where the error changes at a constant
// rate.
func (r *Report) TimeEfficiency() float64 { return ratio(r.Eta, r.C1) }

// SpaceEfficiency returns c₁/w_D, which is 1 where all of the motion changes
// the error.
func (r *Report) SpaceEfficiency() float64 { return ratio(r.C1, r.WD) }

func ratio(lo, hi relation.Term) float64 { return relation.Inequality{Lo: lo, Hi: hi}.Tightness() }

// Relations returns the hierarchy η ≤ c₁ ≤ c₂ ≤ w_D, the bound of the optimal
// protocol, W₂²/τ ≤ c₂, and the instantaneous v_loss² ≤ v₂² at the sampled time
// at which it is tightest while the flow moves.
func (r *Report) Relations() []relation.Inequality {
	qs := []relation.Inequality{
		{Name: "uniform in time", Ref: "(81)", Lo: r.Eta, Hi: r.C1},
		{Name: "speed and accuracy", Ref: "(83)", Lo: r.C1, Hi: r.C2},
		{Name: "gradient part", Ref: "(67)", Lo: r.C2, Hi: r.WD},
	}
	if !math.IsNaN(r.Optimal.Cost.Value) {
		qs = append(qs, relation.Inequality{Name: "optimal protocol", Ref: "(92)", Lo: r.Optimal.Cost, Hi: r.C2})
	}
	best, at := -1.0, 0
	for i := range r.Times {
		lo, hi := r.LossSpeed[i], r.Speed[i]
		// Where next to nothing moves, the ratio says next to nothing.
		if hi*hi > 0.01*r.C2.Value/r.Tau && lo/hi > best {
			best, at = lo/hi, i
		}
	}
	if best >= 0 {
		qs = append(qs, relation.Inequality{
			Name: fmt.Sprintf("at t = %.3g", r.Times[at]), Ref: "(82)",
			Lo: r.lossSquared(at),
			Hi: relation.Term{Symbol: "v₂²", Value: r.Speed[at] * r.Speed[at], Bound: r.Options.Tol * r.C2.Value / r.Tau},
		})
	}
	return qs
}

// lossSquared returns v_loss² at a sampled time.
func (r *Report) lossSquared(i int) relation.Term {
	v := relation.Term{Symbol: "v_loss²", Value: r.LossSpeed[i] * r.LossSpeed[i]}
	if v.Value > 0 {
		rate, b := math.Abs(r.LossRate[i]), r.lossBound[i]
		v.Bound = (2*rate+b)*b/r.D0.Value + v.Value*r.D0.Bound/r.D0.Value
	}
	return v
}

// SpeedAccuracy computes both sides of the speed-accuracy relation for a flow
// on the line and the law of an estimated start, by quadrature. The flow's laws
// and the start need quantiles and densities (measure.Line, measure.LogDensity).
//
// It returns an error if the flow is incomplete, the start is nil or the
// dimensions differ; a thermo.UnsupportedError in more than one dimension; the
// context's error if it is cancelled; and the report with a
// transport.NotConvergedError if an integral misses its tolerance.
func SpeedAccuracy(ctx context.Context, f flow.Flow, start measure.Measure, opt Options) (*Report, error) {
	const fn = "bounds.SpeedAccuracy"
	if start == nil {
		return nil, errors.New(fn + ": start is nil")
	}
	account, err := thermo.Dissipation(ctx, f, thermo.Options{Tol: opt.Tol, Times: opt.Times})
	var short *transport.NotConvergedError
	if err != nil && !errors.As(err, &short) {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	truth := f.Path.At(f.Tau)
	if d := start.Dim(); d != truth.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "start", Got: d, Want: truth.Dim()}
	}
	lt, okT := truth.(measure.LineDensity)
	ls, okS := start.(measure.LineDensity)
	if !okT || !okS || start.Dim() != 1 {
		return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("no quadrature for a %T carried with a %T in %d dimensions: want quantiles and densities on the line", start, truth, start.Dim())}
	}
	r := &Report{
		Flow: f, Start: start, Options: Options(account.Options), Tau: f.Tau,
		C2: account.C2, WD: account.WD, Times: account.Times, Speed: account.Speed, Account: account,
	}
	if r.D0, err = ChiSquared(start, truth); err != nil && !errors.As(err, &short) {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	e := newErrorFlow(f, lt, ls)
	if err := r.sample(ctx, e); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	ok, err := r.integrate(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	r.Optimal.Cost = account.Floor()
	if r.Optimal.Flow, err = transport.Geodesic(f.Path.At(0), truth, f.Tau); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if !ok || e.short || short != nil {
		return r, &transport.NotConvergedError{Func: fn, Residual: max(r.C1.Bound, r.C2.Bound)}
	}
	return r, nil
}

// sample fills the curves of W₁ and its rate.
func (r *Report) sample(ctx context.Context, e *errorFlow) error {
	for _, t := range r.Times {
		if err := ctx.Err(); err != nil {
			return err
		}
		w1, rate, err := e.at(t)
		if err != nil {
			return err
		}
		r.W1 = append(r.W1, w1)
		r.LossRate = append(r.LossRate, rate.Value)
		r.lossBound = append(r.lossBound, rate.Bound)
		r.LossSpeed = append(r.LossSpeed, perRoot(math.Abs(rate.Value), r.D0.Value))
	}
	return nil
}

// perRoot returns x/√d, 0 where d is 0 or infinite: the relation is then empty.
func perRoot(x, d float64) float64 {
	if d == 0 || math.IsInf(d, 1) {
		return 0
	}
	return x / math.Sqrt(d)
}

// integrate fills η and c₁.
func (r *Report) integrate(ctx context.Context, e *errorFlow) (ok bool, err error) {
	r.Eta.Symbol, r.C1.Symbol = "η", "c₁"
	if r.D0.Value == 0 || math.IsInf(r.D0.Value, 1) {
		return true, nil
	}
	data, noise := r.W1Data(), r.W1Noise()
	change, slack := data.Value-noise.Value, data.Bound+noise.Bound
	scale := r.D0.Bound / r.D0.Value
	r.Eta.Value = change * change / (r.Tau * r.D0.Value)
	r.Eta.Bound = (2*math.Abs(change)+slack)*slack/(r.Tau*r.D0.Value) + scale*r.Eta.Value

	q := num.Quad{Rel: r.Options.Tol, Noisy: true}
	v, bound, ok := q.Integrate(2, func(t float64, y []float64) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			y[0], y[1] = math.NaN(), 0
			return
		}
		var rate relation.Term
		if _, rate, err = e.at(t); err != nil {
			y[0], y[1] = math.NaN(), 0
			return
		}
		y[0] = rate.Value * rate.Value / r.D0.Value
		y[1] = (2*math.Abs(rate.Value) + rate.Bound) * rate.Bound / r.D0.Value
	}, []float64{0, r.Tau / 2, r.Tau})
	r.C1.Value, r.C1.Bound = v[0], bound[0]+scale*v[0]
	return ok, err
}
