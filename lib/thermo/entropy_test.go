package thermo

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// entropy integrates σ = E|ν|²/T from t0 to t1.
func entropy(t *testing.T, p flow.Process, t0, t1 float64) float64 {
	t.Helper()
	var inner num.Quad
	outer := num.Quad{Rel: 1e-10}
	s, _, ok := outer.Integrate1(func(at float64) float64 {
		r, err := ratesAt("test", &inner, p.Path.At(at), p.Velocity.At(at), p.Tau, true)
		if err != nil {
			t.Fatal(err)
		}
		return r.total / p.Temperature(at)
	}, []float64{t0, (t0 + t1) / 2, t1})
	if !ok {
		t.Error("the entropy did not converge")
	}
	return s
}

// Under a variance-preserving schedule d KL(P_t‖N(0,1))/dt = −σ: whatever the
// schedule, the entropy produced is a difference of divergences. A factor 2
// between T and β would show.
func TestEntropyProductionIsALossOfDivergence(t *testing.T) {
	data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	for _, s := range []diffusion.Schedule{diffusion.Cosine{}, diffusion.Cosine{Duration: 3}, diffusion.VPLinear{}, diffusion.VPLinear{BetaMin: 1, BetaMax: 4}} {
		p := diffusion.Noising(data, s)
		kl := func(at float64) float64 {
			law := p.Path.At(at).(measure.LineDensity)
			logp := measure.Scalar(law)
			v, _, err := measure.Expect(law, func(x float64) float64 { return logp(x) + num.LogSqrt2Pi + .5*x*x })
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		for _, span := range [][2]float64{{0, .8}, {.1, .5}} {
			t0, t1 := span[0]*p.Tau, span[1]*p.Tau
			reftest.Near(t, "S", entropy(t, p, t0, t1), kl(t0)-kl(t1), 1e-8, 1e-10)
		}
	}
}

// Under conditional optimal transport T ~ t/τ² at the data, so that the entropy
// diverges like E|x₀|² ln 1/t₀ while w_D is finite. Reference: scipy.
func TestEntropyOfCondOTDiverges(t *testing.T) {
	p := diffusion.Noising(measure.Bimodal(.9, math.Sqrt(.19)), diffusion.CondOT{})
	a, b := entropy(t, p, 1e-2, 1), entropy(t, p, 1e-3, 1)
	reftest.Near(t, "from 10⁻²", a, 2.824298475083844, 0, 1e-6)
	reftest.Near(t, "from 10⁻³", b, 5.1000328342198085, 0, 1e-6)
	c := entropy(t, p, 1e-6, 1e-5)
	reftest.Near(t, "slope", c/math.Ln10, 1, 1e-4, 0) // E x₀² = 1
}

// What doesn't move costs nothing, and says so with finite bounds.
func TestStaticFlows(t *testing.T) {
	law := measure.Bimodal(1, .5)
	still, err := transport.Geodesic(law, law, 1)
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := transport.Geodesic(measure.Normal(0, 1), measure.Normal(0, 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	affine := flow.Flow{
		Path:     flow.PathFunc(func(float64) measure.Measure { return law }),
		Velocity: flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, nil), []float64{0}) }),
		Tau:      1,
	}
	// Two equal parts: the velocity is 0 but for rounding.
	same := measuretest.LineSpec{W: []float64{1, 1}, Mu: []float64{0, 0}, SD: []float64{1, 1}}.Mixture(t)
	for name, f := range map[string]flow.Flow{"line": still, "Gaussian": fixed, "affine": affine, "noising": diffusion.Noising(same, diffusion.Cosine{}).Flow} {
		a := account(t, f)
		for _, term := range []relation.Term{a.WD, a.C2, a.Length, a.W2} {
			if !(math.Abs(term.Value) <= term.Bound && term.Bound < 1e-12) {
				t.Errorf("%s: %s = %v", name, term.Symbol, term)
			}
		}
		for _, q := range a.Relations() {
			if q.Check(0) != relation.Holds {
				t.Errorf("%s: %v: %v", name, q, q.Check(0))
			}
		}
	}
}

// Where modes are narrow the rate changes within a short time and lives in the
// bulk of each mode. Reference: Gauss-Legendre on a logarithmic grid of times over
// the trapezoid rule in each mode, in numpy.
func TestNarrowModes(t *testing.T) {
	for _, c := range []struct{ sd, cosine, condot float64 }{
		{1e-3, 0.86649059021421, 0.98082893010778},
		{1e-6, 0.86895368811144, 0.98239677232881},
	} {
		for s, want := range map[diffusion.Schedule]float64{diffusion.Cosine{}: c.cosine, diffusion.CondOT{}: c.condot} {
			a, err := Dissipation(context.Background(), diffusion.Noising(measure.Bimodal(1, c.sd), s).Flow, Options{Tol: 1e-11})
			if err != nil {
				t.Fatal(err)
			}
			reftest.Near(t, "c₂", a.C2.Value, want, 1e-11, 0)
			if a.C2.Bound > 1e-10 {
				t.Errorf("bound %g", a.C2.Bound)
			}
		}
	}
}

// Far from 0 points round to more, and the bounds must know.
func TestBoundsFarFromZero(t *testing.T) {
	at := func(centre float64) *Account {
		data := measuretest.LineSpec{W: []float64{.5, .5}, Mu: []float64{centre - 1, centre + 1}, SD: []float64{.1, .1}}.Mixture(t)
		return account(t, diffusion.Noising(data, diffusion.VE{SigmaMin: .1, SigmaMax: 2}).Flow)
	}
	near, far := at(0), at(1e5)
	if d := math.Abs(near.C2.Value - far.C2.Value); d > near.C2.Bound+far.C2.Bound {
		t.Errorf("c₂ changes by %g, bounds %g and %g", d, near.C2.Bound, far.C2.Bound)
	}
	if far.C2.Bound > 1e-6 {
		t.Errorf("bound %g", far.C2.Bound)
	}
}

func TestFloorBounds(t *testing.T) {
	a := Account{Flow: flow.Flow{Tau: 2}, W2: relation.Term{Value: 3, Bound: .1}, Length: relation.Term{Value: 4, Bound: .2}}
	// (x + e)² − x², the larger side, over τ.
	reftest.Near(t, "floor", a.Floor().Value, 4.5, 1e-15, 0)
	reftest.Near(t, "its bound", a.Floor().Bound, .305, 1e-13, 0)
	reftest.Near(t, "length floor", a.LengthFloor().Value, 8, 1e-15, 0)
	reftest.Near(t, "its bound", a.LengthFloor().Bound, .82, 1e-13, 0)
}

func TestMalformedFlows(t *testing.T) {
	law := measure.Bimodal(1, .5)
	var none *measure.Mixture
	path := func(m measure.Measure) flow.Path { return flow.PathFunc(func(float64) measure.Measure { return m }) }
	field := func(m flow.Map) flow.Field { return flow.FieldFunc(func(float64) flow.Map { return m }) }
	linear := func(a ...float64) flow.Map {
		d := int(math.Sqrt(float64(len(a))))
		return flow.Linear(mat.NewDense(d, d, a), make([]float64, d))
	}
	for name, f := range map[string]flow.Flow{
		"nil law":           {Path: path(nil), Velocity: field(linear(1)), Tau: 1},
		"law of nil":        {Path: path(none), Velocity: field(linear(1)), Tau: 1},
		"nil velocity":      {Path: path(law), Velocity: field(nil), Tau: 1},
		"velocity in space": {Path: path(law), Velocity: field(linear(1, 0, 0, 0, 1, 0, 0, 0, 1)), Tau: 1},
		"NaN matrix":        {Path: path(law), Velocity: field(linear(math.NaN())), Tau: 1},
		"overflow":          {Path: path(law), Velocity: field(linear(1e200)), Tau: 1},
		"infinite velocity": {Path: path(law), Velocity: field(flow.LineMap(func(float64) float64 { return math.Inf(1) })), Tau: 1},
	} {
		if a, err := Dissipation(context.Background(), f, Options{}); err == nil {
			t.Errorf("%s: no error, w_D = %v", name, a.WD)
		}
	}
}
