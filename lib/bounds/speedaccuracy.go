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

// Options are the settings of SpeedAccuracy and SpeedAccuracySampled.
type Options struct {
	Tol   float64 // relative tolerance of each integral over time; default 1e-9; errors are mostly far smaller
	Times int     // number of equal steps at whose ends curves are sampled; default 64, of samples 20
	Steps int     // by which samples are followed, made a multiple of Times; default 200
}

// Optimal is the protocol with the smallest bound between the given ends.
type Optimal struct {
	Flow flow.Flow     // the W₂ geodesic from P_0 to P_τ; not set where only samples are known
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
	Power     []float64       // E|ν|² at Times

	Account *thermo.Account // the costs in full

	lossBound []float64 // on the error of LossRate
	lossErr   []float64 // its standard error; nil where it is computed
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

// Conservative reports whether the velocity is known to be a gradient: on the line
// always. Otherwise v₂ and c₂ don't bound what happens to the error, but w_D does.
func (r *Report) Conservative() bool { return r.Flow.Gradient || r.Start.Dim() == 1 }

// Relations returns the hierarchy η ≤ c₁ ≤ c₂ ≤ w_D, the bound of the optimal
// protocol, W₂²/τ ≤ c₂, and the instantaneous v_loss² ≤ v₂² at the sampled time
// at which it is tightest while the flow moves. Where the velocity isn't known to be a
// gradient they are η ≤ c₁ ≤ w_D, c₂ ≤ w_D and v_loss² ≤ E|ν|².
func (r *Report) Relations() []relation.Inequality {
	cost, limit, ref := r.C2, "v₂²", "(82)"
	power := func(i int) float64 { return r.Speed[i] * r.Speed[i] }
	qs := []relation.Inequality{{Name: "uniform in time", Ref: "(81)", Lo: r.Eta, Hi: r.C1}}
	if r.Conservative() {
		qs = append(qs, relation.Inequality{Name: "speed and accuracy", Ref: "(83)", Lo: r.C1, Hi: r.C2})
	} else {
		cost, limit, ref = r.WD, "E|ν|²", "(80)"
		power = func(i int) float64 { return r.Power[i] }
		qs = append(qs, relation.Inequality{Name: "speed and accuracy", Ref: "(81)", Lo: r.C1, Hi: r.WD})
	}
	if !math.IsNaN(r.C2.Value) {
		if r.lossErr == nil { // else they are one estimate
			qs = append(qs, relation.Inequality{Name: "gradient part", Ref: "(67)", Lo: r.C2, Hi: r.WD})
		}
		if !math.IsNaN(r.Optimal.Cost.Value) {
			qs = append(qs, relation.Inequality{Name: "optimal protocol", Ref: "(92)", Lo: r.Optimal.Cost, Hi: r.C2})
		}
	}
	best, at := -1.0, 0
	for i := range r.Times {
		lo, hi := r.LossSpeed[i], math.Sqrt(power(i))
		// Where next to nothing moves, the ratio says next to nothing.
		if hi*hi > 0.01*cost.Value/r.Tau && lo/hi > best {
			best, at = lo/hi, i
		}
	}
	if best >= 0 {
		qs = append(qs, relation.Inequality{
			Name: fmt.Sprintf("at t = %.3g", r.Times[at]), Ref: ref,
			Lo: r.lossSquared(at),
			Hi: relation.Term{Symbol: limit, Value: power(at), Bound: r.Options.Tol * cost.Value / r.Tau},
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
		if r.lossErr != nil {
			v.StdErr = math.Hypot(2*rate*r.lossErr[i], v.Value*r.D0.StdErr) / r.D0.Value
		}
	}
	return v
}

// SpeedAccuracy computes both sides of the speed-accuracy relation for a flow and the
// law of an estimated start: by quadrature on the line, where the flow's laws and the
// start need quantiles and densities (measure.Line, measure.LogDensity); and in closed
// form in any dimension for Gaussians with an affine velocity, if the start has the
// covariance of the truth, or both are centred and isotropic and stay so, since no
// other two Gaussians are known to have a closed W₁.
//
// It returns an error if the flow is incomplete, the start is nil or the
// dimensions differ; a thermo.UnsupportedError for other laws in more than one
// dimension, for which there is SpeedAccuracySampled; the context's error if it is
// cancelled; and the report with a transport.NotConvergedError if an integral misses
// its tolerance.
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
	e, err := newErrorFlow(ctx, fn, f, truth, start)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Flow: f, Start: start, Options: Options{Tol: account.Options.Tol, Times: account.Options.Times}, Tau: f.Tau,
		C2: account.C2, WD: account.WD, Times: account.Times, Speed: account.Speed, Power: account.Power, Account: account,
	}
	if r.D0, err = ChiSquared(start, truth); err != nil && !errors.As(err, &short) {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
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
	if !ok || e.missed() || short != nil {
		return r, &transport.NotConvergedError{Func: fn, Residual: max(r.C1.Bound, r.C2.Bound)}
	}
	return r, nil
}

// sample fills the curves of W₁ and its rate.
func (r *Report) sample(ctx context.Context, e errorFlow) error {
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
func (r *Report) integrate(ctx context.Context, e errorFlow) (ok bool, err error) {
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
