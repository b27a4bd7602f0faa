package bounds

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// The hierarchy is a theorem: no data and no start may break it beyond the
// bounds, however narrow, far apart, lopsided or far from 0.
func TestHierarchyHoldsOnHostileData(t *testing.T) {
	uniform := func(lo, hi float64) measure.Measure {
		u, err := measure.NewUniform(lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for name, data := range map[string]*measure.Mixture{
		// Points beside ±1 are 1e-16 apart: 1e-11 of this width.
		"narrow":   measure.Bimodal(1, 1e-5),
		"50 sd":    measure.Bimodal(2.5, .1),
		"wide":     measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2e6, 1e6}, SD: []float64{1e6, .5e6}}.Mixture(t),
		"lopsided": measuretest.LineSpec{W: []float64{1e-12, 1}, Mu: []float64{-5, 0}, SD: []float64{.3, 1}}.Mixture(t),
		"far":      measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{1e6 - 2, 1e6 + 1}, SD: []float64{.4, .7}}.Mixture(t),
	} {
		for _, s := range []string{"condot", "ot"} {
			if s == "condot" && (name == "narrow" || name == "wide") {
				continue // as good, and slow
			}
			f := testFlow(t, data, s, measure.Normal(0, 1), 1)
			for start, law := range map[string]measure.Measure{"near": measure.Normal(1, 1), "far": measure.Normal(10, 1), "uniform": uniform(3, 4)} {
				r, err := SpeedAccuracy(context.Background(), f, law, Options{})
				if err != nil {
					t.Errorf("%s, %s, %s: %v", name, s, start, err)
					continue
				}
				for _, q := range []relation.Inequality{{Lo: r.Eta, Hi: r.C1}, {Lo: r.C1, Hi: r.C2}, {Lo: r.C2, Hi: r.WD}, {Lo: r.Optimal.Cost, Hi: r.C2}} {
					if q.Check(0) != relation.Holds {
						t.Errorf("%s, %s, %s: %v: %v", name, s, start, q, q.Check(0))
					}
				}
				if s == "ot" && !(math.Abs(r.Eta.Value-r.C1.Value) <= 10*(r.Eta.Bound+r.C1.Bound)+1e-9*r.Eta.Value) {
					t.Errorf("%s, %s: η = %v isn't c₁ = %v on the geodesic: %g", name, start, r.Eta, r.C1, r.C1.Value-r.Eta.Value)
				}
			}
		}
	}
}

// W₁ at the ends of a geodesic to narrow modes is that of the ends themselves.
func TestEndsOfAGeodesicFromNarrowModes(t *testing.T) {
	start := measure.Normal(1, 1)
	for _, sd := range []float64{1e-3, 1e-6} {
		r := report(t, testFlow(t, measure.Bimodal(1, sd), "ot", measure.Normal(0, 1), 1), start)
		noising := report(t, testFlow(t, measure.Bimodal(1, sd), "condot", nil, 1), start)
		reftest.Near(t, "W₁ of the start", r.W1Noise().Value, 1, 1e-11, 0)
		reftest.Near(t, "η", r.Eta.Value, noising.Eta.Value, 1e-10, 0)
	}
}

// A common translation changes neither W₁ nor its rate.
func TestTranslationOfTheData(t *testing.T) {
	at := func(centre float64) *Report {
		data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{centre - 2, centre + 1}, SD: []float64{.4, .7}}.Mixture(t)
		return report(t, testFlow(t, data, "ot", measure.Normal(0, 1), 1), measure.Normal(.5, .9))
	}
	near, far := at(0), at(1e4)
	reftest.Near(t, "η", far.Eta.Value, near.Eta.Value, 1e-9, 0)
	reftest.Near(t, "c₁", far.C1.Value, near.C1.Value, 1e-9, 0)
}

func TestChiSquaredBounds(t *testing.T) {
	// Of close Gaussians D₀ is the square of a difference that has rounded: its
	// relative error is that of the difference. The wanted value takes the
	// variances as they are stored.
	for _, e := range []float64{1e-2, 1e-4, 1e-6, 1e-8} {
		s, s0 := .7*(1+e), .7
		r := math.FMA(s, s, -s0*s0) / (s0 * s0)
		want := math.Expm1(-.5 * math.Log1p(-r*r))
		got, err := ChiSquared(measure.Normal(0, s), measure.Normal(0, s0))
		if d := math.Abs(got.Value - want); err != nil || d > got.Bound || got.Bound > 1e-12*e {
			t.Errorf("e = %g: off by %g, bound %g, %v", e, d, got.Bound, err)
		}
	}
	// By quadrature, where the integrand's largest part lies far out:
	// ∫ e^{x²/2} √(2π)/(2b)² dx over (−b, b) − 1, by mpmath.
	for b, want := range map[float64]float64{3: 3.9285540406396429218, 12: 1.357653927924082655e+28} {
		u, err := measure.NewUniform(-b, b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ChiSquared(u, measure.Normal(0, 1))
		if d := math.Abs(got.Value - want); err != nil || d > got.Bound || got.Bound > 1e-11*want {
			t.Errorf("U(−%v, %v): %v, off by %g", b, b, got, d)
		}
	}
	// Beyond float64: the integral is finite, but its value isn't.
	u, err := measure.NewUniform(-100, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, far := range []measure.Measure{u, measure.Normal(30, 1), measure.Bimodal(30, 1)} {
		if got, err := ChiSquared(far, measure.Normal(0, 1)); err != nil || !math.IsInf(got.Value, 1) {
			t.Errorf("%T: %v, %v", far, got, err)
		}
	}
	r := report(t, testFlow(t, dataA, "condot", nil, 1), u)
	if r.Eta.Value != 0 || r.C1.Value != 0 {
		t.Errorf("η = %v, c₁ = %v", r.Eta, r.C1)
	}
}

func TestNilMeasures(t *testing.T) {
	ctx := context.Background()
	f := diffusion.Noising(dataA, diffusion.CondOT{}).Flow
	var none *measure.Gaussian
	for name, call := range map[string]func() error{
		"start":       func() error { _, err := SpeedAccuracy(ctx, f, none, Options{}); return err },
		"Carry":       func() error { _, err := Carry(f, none); return err },
		"estimate":    func() error { _, err := ChiSquared(none, dataA); return err },
		"truth":       func() error { _, err := ChiSquared(dataA, none); return err },
		"both":        func() error { _, err := ChiSquared(none, none); return err },
		"conditional": func() error { _, err := ConditionalCost(ctx, diffusion.CondOT{}, none); return err },
	} {
		if call() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A start far away is resolved where it lies.
func TestFarStart(t *testing.T) {
	f := diffusion.Noising(dataA, diffusion.CondOT{}).Flow
	for _, delta := range []float64{3, 10, 25, 1e4} {
		r, err := SpeedAccuracy(context.Background(), f, measure.Normal(delta, 1), Options{Times: 2})
		var short *transport.NotConvergedError
		if err != nil && !errors.As(err, &short) {
			t.Fatal(err)
		}
		reftest.Near(t, "W₁ of the noise", r.W1Noise().Value, delta, 1e-9, 0)
	}
}

// The instantaneous relation knows the errors of both sides: with a start this
// close, v_loss is a quotient of rounding errors.
func TestNearStartIsNotViolated(t *testing.T) {
	for _, delta := range []float64{1e-9, 1e-7, 1e-3} {
		r := report(t, diffusion.Noising(dataA, diffusion.CondOT{}).Flow, measure.Normal(delta, 1))
		for _, q := range r.Relations() {
			if q.Check(0) == relation.Violated {
				t.Errorf("δ = %g: %v", delta, q)
			}
		}
	}
}
