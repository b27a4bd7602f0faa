package bounds

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// What a sceptical physicist tries first, by name. Some have longer tests elsewhere.
func TestSceptic(t *testing.T) {
	ctx := context.Background()
	data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	schedules := []diffusion.Schedule{diffusion.Cosine{}, diffusion.CondOT{}}
	speedAccuracy := func(f flow.Flow, start measure.Measure) *Report {
		t.Helper()
		r, err := SpeedAccuracy(ctx, f, start, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	chi := func(a, b measure.Measure) float64 {
		t.Helper()
		d, err := ChiSquared(a, b)
		if err != nil {
			t.Fatal(err)
		}
		return d.Value
	}
	t.Run("1 swapped divergence", func(t *testing.T) {
		a, b := chi(measure.Normal(0, .8), measure.Normal(0, 1)), chi(measure.Normal(0, 1), measure.Normal(0, .8))
		reftest.Near(t, "estimate over truth", a, 1/(.8*math.Sqrt(2-.64))-1, 1e-12, 0)
		if !(b > 2*a) {
			t.Errorf("χ² is %v and, swapped, %v", a, b)
		}
		// The relation takes the first.
		f := diffusion.Noising(data, diffusion.Cosine{}).Flow
		reftest.Near(t, "D₀", speedAccuracy(f, measure.Normal(0, .8)).D0.Value, a, 1e-9, 0)
	})
	t.Run("2 divergence is conserved", func(t *testing.T) {
		f := diffusion.Noising(data, diffusion.CondOT{}).Flow
		path, err := Carry(f, measure.Normal(.4, .8))
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{0, .2, .9} {
			reftest.Near(t, "D_t", chi(path.At(at), f.Path.At(at)), chi(measure.Normal(.4, .8), measure.Normal(0, 1)), 1e-7, 0)
		}
	})
	t.Run("3 eta is equal over schedules on the line", func(t *testing.T) {
		geodesic, err := transport.Geodesic(data, measure.Normal(0, 1), 1)
		if err != nil {
			t.Fatal(err)
		}
		want := speedAccuracy(geodesic, measure.Normal(1, 1))
		for _, s := range schedules {
			got := speedAccuracy(diffusion.Noising(data, s).Flow, measure.Normal(1, 1))
			reftest.Near(t, "η", got.Eta.Value, want.Eta.Value, 1e-9, 0)
			if !(got.C1.Value > 1.05*want.C1.Value) {
				t.Errorf("c₁ is %v, %v on the geodesic: it isn't equal", got.C1, want.C1)
			}
		}
	})
	t.Run("4 saturation", func(t *testing.T) {
		for _, delta := range []float64{.01, 1} {
			f, err := transport.Geodesic(measure.Normal(0, .5), measure.Normal(0, 1), 1)
			if err != nil {
				t.Fatal(err)
			}
			r := speedAccuracy(f, measure.Normal(delta, 1))
			reftest.Near(t, "η/c₂", r.Eta.Value/r.C2.Value, delta*delta/math.Expm1(delta*delta), 1e-9, 0)
		}
	})
	t.Run("5 the form with v2 fails where the velocity turns", func(t *testing.T) {
		law := gaussian(t, []float64{0, 0}, 4, 0, 0, .25)
		f := flow.Flow{
			Path: flow.PathFunc(func(float64) measure.Measure { return law }),
			Velocity: flow.FieldFunc(func(float64) flow.Map {
				return flow.Linear(mat.NewDense(2, 2, []float64{0, -6, .375, 0}), []float64{0, 0})
			}),
			Tau: 1,
		}
		r := speedAccuracy(f, gaussian(t, []float64{0, .075}, 4, 0, 0, .25))
		if (relation.Inequality{Lo: r.Eta, Hi: r.C2}).Check(0) != relation.Violated || (relation.Inequality{Lo: r.Eta, Hi: r.WD}).Check(0) != relation.Holds {
			t.Errorf("η %v, c₂ %v, w_D %v", r.Eta, r.C2, r.WD)
		}
	})
	t.Run("6 entropy is a difference of divergences", func(t *testing.T) {
		var last float64
		for i, s := range []diffusion.Schedule{diffusion.Cosine{}, diffusion.VPLinear{}} {
			p := diffusion.Noising(data, s)
			e, err := thermo.EntropyProduction(ctx, p, thermo.EntropyOptions{})
			if err != nil {
				t.Fatal(err)
			}
			from, err := thermo.KL(data, measure.Normal(0, 1))
			if err != nil {
				t.Fatal(err)
			}
			to, err := thermo.KL(p.Path.At(p.Tau), measure.Normal(0, 1))
			if err != nil {
				t.Fatal(err)
			}
			reftest.Near(t, "S_tot", e.Total.Value, from.Value-to.Value, 1e-7, 0)
			if i > 0 {
				reftest.Near(t, "S_tot of another schedule", e.Total.Value, last, 1e-3, 0)
			}
			last = e.Total.Value
		}
	})
	t.Run("7 velocity is finite at both ends", func(t *testing.T) {
		x := mat.NewDense(3, 1, []float64{-2, 0, 3})
		for _, s := range schedules {
			for _, at := range []float64{0, 1e-300, 1 - 0x1p-53, 1} {
				v := mat.NewDense(3, 1, nil)
				diffusion.Noising(data, s).Velocity.At(at).Apply(v, x)
				for i := range 3 {
					if math.IsNaN(v.At(i, 0)) || math.Abs(v.At(i, 0)) > 10 {
						t.Errorf("%T: velocity %v at t = %v", s, v.At(i, 0), at)
					}
				}
			}
		}
	})
	t.Run("8 chain of costs", func(t *testing.T) {
		for _, s := range schedules {
			a, err := thermo.Dissipation(ctx, diffusion.Noising(data, s).Flow, thermo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			upper, err := ConditionalCost(ctx, s, data)
			if err != nil {
				t.Fatal(err)
			}
			chain := []relation.Term{a.Floor(), a.LengthFloor(), a.C2, upper}
			for i := range 3 {
				if q := (relation.Inequality{Lo: chain[i], Hi: chain[i+1]}); q.Check(0) != relation.Holds || q.Tightness() > .99 {
					t.Errorf("%T: %v", s, q)
				}
			}
		}
	})
	t.Run("9 factor 2 in T and in the kernel", func(t *testing.T) {
		// Song's dx = −βx/2 dt + √β dB is T = β/2.
		reftest.Near(t, "T", diffusion.VPLinear{BetaMin: .1, BetaMax: 20}.At(.3).T(), (.1+.3*19.9)/2, 1e-12, 0)
		// dΣ/dt = 2T for a free particle: Var = 2Tt.
		p, err := thermo.Langevin(ctx, measure.Normal(0, 1), flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, nil), []float64{0}) }), func(float64) float64 { return .7 }, thermo.LangevinOptions{})
		if err != nil {
			t.Fatal(err)
		}
		end, _ := measure.AsGaussian(p.Path.At(1))
		reftest.Near(t, "variance", end.SD()*end.SD(), 1+2*.7, 1e-12, 0)
	})
	t.Run("10 stochastic equation and probability flow have one law", func(t *testing.T) {
		p := diffusion.Noising(data, diffusion.VPLinear{BetaMin: .5, BetaMax: 3})
		const n = 20000
		x := mat.NewDense(n, 1, nil)
		data.Sample(x, rng.New(1))
		y := mat.DenseCopyOf(x)
		if err := flow.Transport(ctx, y, p.Velocity, flow.Times(0, 1, 100), flow.RK4{}); err != nil {
			t.Fatal(err)
		}
		var z *mat.Dense
		for st, err := range flow.SolveSDE(ctx, x, p.Drift, p.Temperature, flow.Times(0, 1, 300), flow.KeyNoise(rng.New(2))) {
			if err != nil {
				t.Fatal(err)
			}
			z = st.X
		}
		for _, f := range []func(v float64) float64{func(v float64) float64 { return v }, func(v float64) float64 { return v * v }, math.Sin, func(v float64) float64 { return math.Cos(2 * v) }} {
			a, b := make([]float64, n), make([]float64, n)
			for i := range n {
				a[i], b[i] = f(y.At(i, 0)), f(z.At(i, 0))
			}
			reftest.Near(t, "mean", stat.Mean(a, nil), stat.Mean(b, nil), 0, 5*math.Hypot(stat.StdDev(a, nil), stat.StdDev(b, nil))/math.Sqrt(n)+.01)
		}
	})
	t.Run("11 infinite divergence", func(t *testing.T) {
		r := speedAccuracy(diffusion.Noising(data, diffusion.Cosine{}).Flow, measure.Normal(0, math.Sqrt2))
		if !math.IsInf(r.D0.Value, 1) || r.Eta.Value != 0 || r.Efficiency() != 0 {
			t.Errorf("D₀ %v, η %v, ratio %v", r.D0, r.Eta, r.Efficiency())
		}
		if r := speedAccuracy(diffusion.Noising(data, diffusion.Cosine{}).Flow, measure.Normal(0, math.Sqrt(1.99))); math.IsInf(r.D0.Value, 1) {
			t.Errorf("D₀ is %v just below the limit", r.D0)
		}
	})
	t.Run("12 floor of sampled W1", func(t *testing.T) {
		f := diffusion.Noising(gaussian(t, []float64{0, 0}, 1, 0, 0, 1), diffusion.Cosine{}).Flow
		r, err := SpeedAccuracySampled(ctx, f, gaussian(t, []float64{0, 0}, 1, 0, 0, 1), 200, rng.New(1), Options{Times: 2, Steps: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range r.W1 {
			if !(w.Value > .05 && w.Bound > w.Value) {
				t.Errorf("W₁ between samples of one law is %v: its bound should hold 0", w)
			}
		}
	})
}
