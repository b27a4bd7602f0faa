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

// ComparisonOptions are the constants that some bounds need and a flow doesn't tell.
type ComparisonOptions struct {
	// Diameter of the support of the data, for Pinsker's inequality. Default +Inf,
	// with which it says nothing.
	Diameter float64
	// LogSobolev is the constant ρ with KL(p‖q) ≤ I(p‖q)/(2ρ) for the data q, for
	// Talagrand's inequality. Default: 1/λ_max of the covariance if q is a Gaussian, and
	// otherwise 0, with which it says nothing.
	LogSobolev float64
	Options    Options // of the relation
}

// Comparison holds bounds on the same error, W₁(q, p) of data generated along an exact
// flow from a wrong start.
type Comparison struct {
	Report  *Report
	KL      relation.Term // KL(p‖q) = KL(P̃_τ‖P_τ)
	Lip     relation.Term // ∫ sup λ_max(sym ∇ν) dt of the reverse flow, ∫ −inf ∂ν on the line
	Options ComparisonOptions

	// Relations are W₁(q, p) ≤ each bound: W₁(start) + √(τ D₀ c₂), Pinsker's, Talagrand's
	// and Grönwall's.
	Relations []relation.Inequality
}

// Vacuous reports whether an inequality says nothing: its bound is infinite.
func Vacuous(q relation.Inequality) bool { return math.IsInf(q.Hi.Value, 1) }

// Compare sets the speed-accuracy relation beside the bounds that are usually taken,
// for the same model and the same left side, W₁(q, p):
//
//   - W₁(P_τ, P̃_τ) + √(τ D₀ c₂), the relation, with w_D for c₂ where the velocity isn't a
//     gradient;
//   - R √(KL/2), by Pinsker's inequality and the diameter R of the support, where
//     KL(p‖q) = KL(P̃_τ‖P_τ), since an exact flow is invertible;
//   - √(2 KL/ρ), by Talagrand's inequality and the constant ρ of the logarithmic Sobolev
//     inequality of the data;
//   - W₂(P_τ, P̃_τ) exp ∫ Lip dt, by Grönwall's inequality, with the one-sided Lipschitz
//     constant of the reverse flow.
//
// Each may be vacuous (Vacuous), and which is the best depends on the start. It takes
// the flows that SpeedAccuracy takes, and returns its errors.
func Compare(ctx context.Context, f flow.Flow, start measure.Measure, opt ComparisonOptions) (*Comparison, error) {
	const fn = "bounds.Compare"
	for name, v := range map[string]float64{"Diameter": opt.Diameter, "LogSobolev": opt.LogSobolev} {
		if !(v >= 0) {
			return nil, &measure.ValueError{Func: fn, Arg: name, Value: v, Want: "≥ 0"}
		}
	}
	r, err := SpeedAccuracy(ctx, f, start, opt.Options)
	var short *transport.NotConvergedError
	if err != nil && !errors.As(err, &short) {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	c := &Comparison{Report: r, Options: opt}
	if c.Options.Diameter == 0 {
		c.Options.Diameter = math.Inf(1)
	}
	data, truth := f.Path.At(0), f.Path.At(f.Tau)
	if g, ok := measure.AsGaussian(data); ok && opt.LogSobolev == 0 {
		c.Options.LogSobolev = 1 / largestVariance(g)
	}
	if c.KL, err = thermo.KL(start, truth); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	w2, err := startDistance(truth, start)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if c.Lip, err = lipschitz(ctx, f); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	cost := r.C2
	if !r.Conservative() {
		cost = r.WD
	}
	add := func(name, ref, symbol string, value, bound float64) {
		if math.IsInf(value, 1) || math.IsNaN(value) {
			value, bound = math.Inf(1), 0
		}
		c.Relations = append(c.Relations, relation.Inequality{Name: name, Ref: ref, Lo: r.W1Data(), Hi: relation.Term{Symbol: symbol, Value: value, Bound: bound}})
	}
	product := relation.Term{Value: r.Tau * r.D0.Value * cost.Value, Bound: r.Tau * (r.D0.Value*cost.Bound + r.D0.Bound*(cost.Value+cost.Bound))}
	reach := root(product)
	if math.IsInf(r.D0.Value, 1) {
		reach = relation.Term{Value: math.Inf(1)}
	}
	noise := r.W1Noise()
	add("speed and accuracy", "(77), (79)", "W₁(start) + √(τD₀c)", noise.Value+reach.Value, noise.Bound+reach.Bound)
	kl := root(c.KL)
	add("Pinsker", "Pinsker's inequality", fmt.Sprintf("R√(KL/2), R = %.3g", c.Options.Diameter), scaled(c.Options.Diameter/math.Sqrt2, kl.Value), scaled(c.Options.Diameter/math.Sqrt2, kl.Bound))
	talagrand := math.Sqrt(2 / c.Options.LogSobolev)
	add("Talagrand", "Otto and Villani 2000", fmt.Sprintf("√(2KL/ρ), ρ = %.3g", c.Options.LogSobolev), scaled(talagrand, kl.Value), scaled(talagrand, kl.Bound))
	growth := math.Exp(c.Lip.Value)
	add("Grönwall", "Grönwall's inequality", fmt.Sprintf("W₂(start)·e^%.3g", c.Lip.Value), scaled(growth, w2.Value), growth*(w2.Bound+w2.Value*c.Lip.Bound))
	return c, nil
}

// scaled returns a x, with ∞ · 0 = ∞: a constant that isn't known says nothing.
func scaled(a, x float64) float64 {
	if math.IsInf(a, 1) {
		return a
	}
	return a * x
}

func largestVariance(g *measure.Gaussian) float64 {
	most := 0.0
	var c mat.SymDense
	g.Spectral(&c, func(v float64) float64 { most = math.Max(most, v); return v })
	return most
}

// startDistance returns W₂ between two laws that SpeedAccuracy takes.
func startDistance(p, q measure.Measure) (relation.Term, error) {
	w := relation.Term{Symbol: "W₂"}
	gp, okP := measure.AsGaussian(p)
	gq, okQ := measure.AsGaussian(q)
	if okP && okQ {
		w.Value = transport.Bures(gp, gq)
		w.Bound = 1e-14 * (w.Value + math.Sqrt(largestVariance(gp)))
		return w, nil
	}
	var err error
	w.Value, w.Bound, err = transport.WassersteinLine(2, p.(measure.LineDensity), q.(measure.Line))
	return w, err
}

// lipschitz integrates the one-sided Lipschitz constant of −ν. On the line it is
// looked up on a grid of each law's bulk, which finds it up to the grid's fineness.
func lipschitz(ctx context.Context, f flow.Flow) (relation.Term, error) {
	var err error
	q := num.Quad{Rel: 1e-4}
	v, bound, _ := q.Integrate1(func(t float64) float64 {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return math.NaN()
		}
		m := f.Velocity.At(t)
		if a, ok := m.(flow.Affine); ok {
			return oneSided(a)
		}
		return steepest(f.Path.At(t).(measure.LineDensity), m)
	}, []float64{0, f.Tau / 2, f.Tau})
	return relation.Term{Symbol: "∫Lip dt", Value: v, Bound: bound}, err
}

// oneSided returns the largest eigenvalue of the symmetric part of −A.
func oneSided(v flow.Affine) float64 {
	a, _ := v.Affine()
	d, _ := a.Dims()
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			s.SetSym(i, j, -0.5*(a.At(i, j)+a.At(j, i)))
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(s, false) {
		return math.Inf(1)
	}
	return eig.Values(nil)[d-1]
}

// steepest returns the largest −∂ν/∂x over a law's bulk on the line.
func steepest(law measure.LineDensity, v flow.Map) float64 {
	view := flow.OnLine(law, v)
	lo, hi := view.Law.LogQuantile(-30, false), view.Law.LogQuantile(-30, true)
	const n = 600
	most := math.Inf(-1)
	var before float64
	for i := range n + 1 {
		x := lo + (hi-lo)*float64(i)/n
		u, slope := view.Velocity(x)
		if i > 0 {
			most = math.Max(most, -(u-before)/((hi-lo)/n*slope))
		}
		before = u
	}
	return most
}
