package bounds

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// wrongVelocity adds a constant affine error to a flow's velocity.
func wrongVelocity(f flow.Flow, scale, shift float64) flow.Field {
	return flow.FieldFunc(func(t float64) flow.Map {
		a, b := f.Velocity.At(t).(flow.Affine).Affine()
		d := len(b)
		m, c := mat.NewDense(d, d, nil), make([]float64, d)
		m.Copy(a)
		for i := range d {
			m.Set(i, i, m.At(i, i)+scale)
			c[i] = b[i] + shift
		}
		return flow.Linear(m, c)
	})
}

func TestLearnedVelocity(t *testing.T) {
	ctx := context.Background()
	r := rng.New(3).Rand()
	worst := 0.0
	for range 120 {
		data := measure.Normal(r.NormFloat64(), .3+r.Float64())
		f := diffusion.Noising(data, diffusion.CondOT{Duration: .5 + r.Float64()}).Flow
		start := measure.Normal(.5*r.NormFloat64(), .8+.3*r.Float64())
		l, err := LearnedGaussian(ctx, f, wrongVelocity(f, .3*r.NormFloat64(), .5*r.NormFloat64()), start, Options{Tol: 1e-7, Times: 16})
		if err != nil {
			t.Fatal(err)
		}
		q := l.Relation()
		if v := q.Check(0); v != relation.Holds {
			t.Errorf("%v: %v", q, v)
		}
		worst = max(worst, q.Tightness())
	}
	if !(worst > .3 && worst <= 1) {
		t.Errorf("the tightest of them is %v", worst)
	}
	// With the true velocity it is the relation itself, and the divergence is conserved.
	f := diffusion.Noising(measure.Normal(1, .5), diffusion.Cosine{}).Flow
	l, err := LearnedGaussian(ctx, f, f.Velocity, measure.Normal(.7, .9), Options{})
	if err != nil {
		t.Fatal(err)
	}
	exact, err := SpeedAccuracy(ctx, f, measure.Normal(.7, .9), Options{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "L", l.Loss.Value, 0, 0, 1e-20)
	for _, d := range l.D {
		reftest.Near(t, "D_t", d, exact.D0.Value, 1e-9, 0)
	}
	reftest.Near(t, "left side", l.Relation().Lo.Value, math.Sqrt(exact.Eta.Value), 1e-8, 0)
	reftest.Near(t, "right side", l.Relation().Hi.Value, math.Sqrt(exact.WD.Value), 1e-8, 0)
	// A constant error c of the velocity has L = c², in the plane too.
	plane := diffusion.Noising(gaussian(t, []float64{0, 0}, 1, .3, .3, .5), diffusion.CondOT{}).Flow
	l, err = LearnedGaussian(ctx, plane, wrongVelocity(plane, 0, .2), gaussian(t, []float64{.1, 0}, 1, 0, 0, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "L of a constant error", l.Loss.Value, .08, 1e-12, 0)
	if v := l.Relation().Check(0); v != relation.Holds {
		t.Errorf("%v: %v", l.Relation(), v)
	}
	// Isotropic Gaussians: |s̃ − s| E|z|, √(π/2) in the plane.
	ball := diffusion.Noising(gaussian(t, []float64{0, 0}, .25, 0, 0, .25), diffusion.CondOT{}).Flow
	if l, err = LearnedGaussian(ctx, ball, ball.Velocity, gaussian(t, []float64{0, 0}, .64, 0, 0, .64), Options{}); err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "W₁ of the noise", l.W1Noise.Value, .2*math.Sqrt(math.Pi/2), 1e-9, 0)
	reftest.Near(t, "W₁ of the data", l.W1Data.Value, .1*math.Sqrt(math.Pi/2), 1e-9, 0)
	var unsupported *thermo.UnsupportedError
	if _, err := LearnedGaussian(ctx, plane, wrongVelocity(plane, .2, 0), gaussian(t, []float64{.1, 0}, 1, 0, 0, .5), Options{}); !errors.As(err, &unsupported) {
		t.Errorf("W₁ without a closed form: %v", err)
	}
	if _, err := LearnedGaussian(ctx, f, nil, measure.Normal(0, 1), Options{}); err == nil {
		t.Error("no velocity: no error")
	}
}

func TestHolder(t *testing.T) {
	ctx := context.Background()
	data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	f := diffusion.Noising(data, diffusion.Cosine{}).Flow
	// a = 2 is the relation before Cauchy and Schwarz in time: √D₀ ∫ √(E|ν|²) dt.
	exact, err := SpeedAccuracy(ctx, f, measure.Normal(.5, .8), Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := HolderRelation(ctx, f, measure.Normal(.5, .8), 2, Options{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "√D₀", h.Moment.Value, math.Sqrt(exact.D0.Value), 1e-8, 0)
	reftest.Near(t, "∫ v₂ dt", h.Action.Value, exact.Account.Length.Value, 1e-7, 0)
	reftest.Near(t, "|ΔW₁|", h.Change.Value, math.Abs(exact.W1Data().Value-exact.W1Noise().Value), 1e-9, 0)
	// A start that is too wide: D₀ is infinite, and a > s² rescues it. With Q = b/s² −
	// (b − 1), ∫ P̃ᵇ P^{1−b} = s^{−b} Q^{−1/2}.
	const s = 1.6 // s² = 2.56
	for _, a := range []float64{2, 2.5, 2.6, 4, 10} {
		h, err := HolderRelation(ctx, f, measure.Normal(0, s), a, Options{Tol: 1e-7})
		if err != nil {
			t.Fatal(err)
		}
		if finite := !math.IsInf(h.Moment.Value, 1); finite != (a > s*s) {
			t.Errorf("a = %v: the moment is %v", a, h.Moment)
		}
		if Vacuous(h.Relation()) != (a < s*s) || h.Relation().Check(0) != relation.Holds {
			t.Errorf("a = %v: %v is %v", a, h.Relation(), h.Relation().Check(0))
		}
		if a == 10 { // |h| ≤ h + 1, up to ‖1‖ = 1
			b := a / (a - 1)
			whole := math.Pow(math.Pow(s, -b)/math.Sqrt(b/(s*s)-(b-1)), 1/b)
			if !(math.Abs(h.Moment.Value-whole) <= 1) || h.Moment.Value < whole-1 {
				t.Errorf("‖h‖ = %v, ‖h + 1‖ = %v", h.Moment.Value, whole)
			}
		}
	}
	var value *measure.ValueError
	// High powers of a velocity that vanishes at the end.
	steep := diffusion.Noising(measure.Bimodal(.9, .436), diffusion.Cosine{}).Flow
	for _, a := range []float64{3, 8, 12} {
		h, err := HolderRelation(ctx, steep, measure.Normal(0, 1.7), a, Options{Tol: 1e-7})
		if err != nil {
			t.Errorf("a = %v: %v", a, err)
		} else if v := h.Relation().Check(0); v != relation.Holds || !(h.Action.Bound < 1e-4*h.Action.Value) {
			t.Errorf("a = %v: %v, action %v", a, v, h.Action)
		}
	}
	if _, err := HolderRelation(ctx, f, measure.Normal(0, 1), 1, Options{}); !errors.As(err, &value) {
		t.Errorf("a = 1: %v", err)
	}
	var unsupported *thermo.UnsupportedError
	if _, err := HolderRelation(ctx, f, measure.Moons{}, 2, Options{}); !errors.As(err, &unsupported) {
		t.Errorf("a start in the plane: %v", err)
	}
}

func TestCompare(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		data    measure.Noisable
		start   measure.Measure
		opt     ComparisonOptions
		vacuous []bool
	}{
		"Gaussian":       {measure.Normal(1, .5), measure.Normal(.3, .9), ComparisonOptions{}, []bool{false, true, false, false}},
		"too wide":       {measure.Normal(1, .5), measure.Normal(.3, 1.5), ComparisonOptions{}, []bool{true, true, false, false}},
		"mixture":        {measure.Bimodal(1, .4), measure.Normal(.3, .9), ComparisonOptions{}, []bool{false, true, true, false}},
		"with constants": {measure.Bimodal(1, .4), measure.Normal(.3, .9), ComparisonOptions{Diameter: 8, LogSobolev: .05}, []bool{false, false, false, false}},
		"plane":          {gaussian(t, []float64{0, 0}, 2, .6, .6, .5), gaussian(t, []float64{.3, .1}, 1, 0, 0, 1), ComparisonOptions{}, []bool{false, true, false, false}},
	} {
		got, err := Compare(ctx, diffusion.Noising(c.data, diffusion.CondOT{}).Flow, c.start, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range got.Relations {
			if Vacuous(q) != c.vacuous[i] || q.Check(0) != relation.Holds {
				t.Errorf("%s: %v is %v, vacuous %v", name, q, q.Check(0), Vacuous(q))
			}
			if q.Lo != got.Report.W1Data() {
				t.Errorf("%s: %s has another left side", name, q.Name)
			}
		}
	}
	// Closed forms, for a shift: KL = δ²/2; Talagrand with ρ = 1/s₀² gives s₀ δ, the
	// truth, and so does Grönwall, since the exact flow shrinks everything by s₀.
	c, err := Compare(ctx, diffusion.Noising(measure.Normal(1, .5), diffusion.CondOT{}).Flow, measure.Normal(.6, 1), ComparisonOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "KL", c.KL.Value, .18, 1e-12, 0)
	reftest.Near(t, "W₁", c.Report.W1Data().Value, .3, 1e-9, 0)
	reftest.Near(t, "Talagrand", c.Relations[2].Hi.Value, .3, 1e-12, 0)
	reftest.Near(t, "Grönwall", c.Relations[3].Hi.Value, .3, 1e-3, 0)
	var value *measure.ValueError
	if _, err := Compare(ctx, diffusion.Noising(measure.Normal(0, 1), diffusion.CondOT{}).Flow, measure.Normal(0, 1), ComparisonOptions{Diameter: -1}); !errors.As(err, &value) {
		t.Errorf("a negative diameter: %v", err)
	}
}
