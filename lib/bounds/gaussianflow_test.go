package bounds

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

func gaussian(t testing.TB, mean []float64, cov ...float64) *measure.Gaussian {
	t.Helper()
	g, err := measure.NewGaussian(mean, mat.NewSymDense(len(mean), cov))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// swiss is the process of the force A(t) x with A = [[H, −G], [G, H]],
// H = −h(1 − t/τ) − T, G = g(1 − t/τ) and T = T_end (t/τ)².
func swiss(t testing.TB, start measure.Measure, h, g, end, tau float64) flow.Process {
	t.Helper()
	temp := func(t float64) float64 { return end * (t / tau) * (t / tau) }
	p, err := thermo.Langevin(context.Background(), start, flow.FieldFunc(func(t float64) flow.Map {
		u := 1 - t/tau
		return flow.Linear(mat.NewDense(2, 2, []float64{-h*u - temp(t), -g * u, g * u, -h*u - temp(t)}), []float64{0, 0})
	}), temp, thermo.LangevinOptions{Tau: tau})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReferenceRotatingForce(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/relation.json", "swissforce_gauss") {
		var in struct {
			H, T_fin, G, Tau float64
			Sigma0           [][]float64
			Delta_tau        []float64
		}
		var want struct {
			Sigma_tau                                         [][]float64
			D0, W1_data, Eta, C1, W_D, V2_cost, W2sq_over_tau float64
		}
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		p := swiss(t, gaussian(t, []float64{0, 0}, in.Sigma0[0][0], in.Sigma0[0][1], in.Sigma0[1][0], in.Sigma0[1][1]), in.H, in.G, in.T_fin, in.Tau)
		end, _ := measure.AsGaussian(p.Path.At(in.Tau))
		var cov mat.SymDense
		end.Cov(&cov)
		for i := range 2 {
			for j := range 2 {
				reftest.Near(t, c.ID+" Σ", cov.At(i, j), want.Sigma_tau[i][j], 0, c.AbsTol)
			}
		}
		start, err := measure.NewGaussian(in.Delta_tau, &cov)
		if err != nil {
			t.Fatal(err)
		}
		r, err := SpeedAccuracy(context.Background(), p.Flow, start, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for what, pair := range map[string][2]float64{
			"D₀": {r.D0.Value, want.D0}, "W₁": {r.W1Data().Value, want.W1_data}, "η": {r.Eta.Value, want.Eta}, "c₁": {r.C1.Value, want.C1},
			"w_D": {r.WD.Value, want.W_D}, "c₂": {r.C2.Value, want.V2_cost}, "W₂²/τ": {r.Optimal.Cost.Value, want.W2sq_over_tau},
		} {
			reftest.Near(t, c.ID+" "+what, pair[0], pair[1], 0, c.AbsTol)
		}
		for _, q := range r.Relations() {
			if v := q.Check(0); v != relation.Holds {
				t.Errorf("%s: %v: %v", c.ID, q, v)
			}
		}
		if !(r.C1.Bound < 1e-8 && r.Eta.Bound < 1e-8) {
			t.Errorf("%s: bounds of c₁ = %v and η = %v", c.ID, r.C1, r.Eta)
		}
		if r.Conservative() != (in.G == 0) {
			t.Errorf("%s: conservative is %v", c.ID, r.Conservative())
		}
	}
}

// A force with rotation: the form with v₂ can't hold, and that with w_D does.
func TestReferenceEllipse(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/relation.json", "ness_ellipse") {
		var in struct {
			Sigma      [][]float64
			Omega, Tau float64
			Delta      []float64
		}
		var want struct{ V2sq_cost, W_D, Eta, D0 float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		law := gaussian(t, []float64{0, 0}, in.Sigma[0][0], 0, 0, in.Sigma[1][1])
		a, b := math.Sqrt(in.Sigma[0][0]), math.Sqrt(in.Sigma[1][1])
		f := flow.Flow{
			Path: flow.PathFunc(func(float64) measure.Measure { return law }),
			Velocity: flow.FieldFunc(func(float64) flow.Map {
				return flow.Linear(mat.NewDense(2, 2, []float64{0, -in.Omega * a / b, in.Omega * b / a, 0}), []float64{0, 0})
			}),
			Tau: in.Tau,
		}
		var cov mat.SymDense
		law.Cov(&cov)
		start, err := measure.NewGaussian(in.Delta, &cov)
		if err != nil {
			t.Fatal(err)
		}
		r, err := SpeedAccuracy(context.Background(), f, start, Options{})
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "c₂", r.C2.Value, want.V2sq_cost, 0, 1e-11)
		reftest.Near(t, "w_D", r.WD.Value, want.W_D, 1e-11, 0)
		reftest.Near(t, "η", r.Eta.Value, want.Eta, 1e-10, 0)
		reftest.Near(t, "D₀", r.D0.Value, want.D0, 0, c.AbsTol)
		for _, q := range r.Relations() {
			if v := q.Check(0); v != relation.Holds {
				t.Errorf("%v: %v", q, v)
			}
		}
		if v := (relation.Inequality{Lo: r.Eta, Hi: r.C2}).Check(0); v != relation.Violated {
			t.Errorf("η ≤ c₂, which asks for a gradient: %v", v)
		}
	}
}

// Centred isotropic Gaussians: W₁ = |s̃ − s| E|z|, checked on the radii by quadrature,
// and the loss rate by differences. In one dimension it is what quadrature says.
func TestIsotropicScale(t *testing.T) {
	data := gaussian(t, []float64{0, 0, 0}, .25, 0, 0, 0, .25, 0, 0, 0, .25)
	f := diffusion.Noising(data, diffusion.CondOT{}).Flow
	r, err := SpeedAccuracy(context.Background(), f, gaussian(t, []float64{0, 0, 0}, .81, 0, 0, 0, .81, 0, 0, 0, .81), Options{Times: 200})
	if err != nil {
		t.Fatal(err)
	}
	// E|z| in three dimensions, ∫ r³ e^{−r²/2} dr √(2/π).
	var q num.Quad
	mean, _, _ := q.Integrate1(func(x float64) float64 { return math.Sqrt(2/math.Pi) * x * x * x * math.Exp(-.5*x*x) }, []float64{0, 3, 12})
	reftest.Near(t, "W₁ of the noise", r.W1Noise().Value, .1*mean, 1e-12, 0)
	reftest.Near(t, "W₁ of the data", r.W1Data().Value, .05*mean, 1e-12, 0)
	h := r.Times[1] - r.Times[0]
	for i := 1; i < len(r.Times)-1; i++ {
		reftest.Near(t, "dW₁/dt", r.LossRate[i], (r.W1[i+1].Value-r.W1[i-1].Value)/(2*h), 1e-3, 1e-4)
	}
	for _, q := range r.Relations() {
		if v := q.Check(0); v != relation.Holds {
			t.Errorf("%v: %v", q, v)
		}
	}
}

// Random linear flows with mismatched means: the general form always holds, the
// conservative one need not, and a search for the tightest comes near 1.
func TestRandomLinearFlows(t *testing.T) {
	r := rng.New(17).Rand()
	finite, worst, violated := 0, 0.0, 0
	const runs = 300
	for run := range runs {
		d := 1 + r.IntN(3)
		a, root, cov := mat.NewDense(d, d, nil), mat.NewDense(d, d, nil), mat.NewSymDense(d, nil)
		mean, b, delta := make([]float64, d), make([]float64, d), make([]float64, d)
		for i := range d {
			for j := range d {
				a.Set(i, j, r.NormFloat64())
				root.Set(i, j, r.NormFloat64())
			}
			mean[i], b[i], delta[i] = r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		}
		cov.SymOuterK(1, root)
		for i := range d {
			cov.SetSym(i, i, cov.At(i, i)+.2)
		}
		scale := 1.0
		if run%3 == 0 { // as well as means, where W₁ is known
			scale = .6 + .8*r.Float64()
			if d > 1 {
				v := cov.At(0, 0)
				h, g := -r.Float64(), r.NormFloat64()
				for i := range d {
					for j := range d {
						a.Set(i, j, 0)
						cov.SetSym(i, j, 0)
					}
					a.Set(i, i, h)
					cov.SetSym(i, i, v)
					delta[i] = 0
				}
				a.Set(0, 1, -g)
				a.Set(1, 0, g)
			}
		}
		temp := r.Float64()
		start, err := measure.NewGaussian(mean, cov)
		if err != nil {
			t.Fatal(err)
		}
		p, err := thermo.Langevin(context.Background(), start, flow.FieldFunc(func(float64) flow.Map { return flow.Linear(a, b) }), func(float64) float64 { return temp }, thermo.LangevinOptions{Tau: .2 + r.Float64()})
		if err != nil {
			t.Fatal(err)
		}
		end, _ := measure.AsGaussian(p.Path.At(p.Tau))
		var c mat.SymDense
		end.Cov(&c)
		at := end.Mean(nil)
		size := math.Exp(r.NormFloat64() - 1)
		for i := range at {
			at[i] += size * delta[i] * math.Sqrt(c.At(i, i))
		}
		c.ScaleSym(scale*scale, &c)
		wrong, err := measure.NewGaussian(at, &c)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := SpeedAccuracy(context.Background(), p.Flow, wrong, Options{Tol: 1e-7, Times: 8})
		if err != nil {
			t.Fatalf("run %d in %d dimensions: %v", run, d, err)
		}
		if !math.IsInf(rep.D0.Value, 1) {
			finite++
		}
		for _, q := range rep.Relations() {
			if v := q.Check(0); v != relation.Holds {
				t.Errorf("run %d: %v is %v", run, q, v)
			}
		}
		worst = max(worst, rep.Efficiency())
		if rep.Eta.Value > rep.C2.Value*(1+1e-6) {
			violated++
		}
	}
	t.Logf("D₀ finite in %d of %d, η/w_D at most %.3f; η ≤ c₂, which doesn't apply, fails in %d", finite, runs, worst, violated)
	if finite < runs*9/10 || !(worst > .2 && worst < 1) {
		t.Errorf("D₀ finite in %d of %d, η/w_D at most %v", finite, runs, worst)
	}
}

// Along a geodesic the ratio is δ²/(e^{δ²} − 1) for a shift of δ standard deviations:
// as near to 1 as one likes, and never above.
func TestTightestRatio(t *testing.T) {
	best := 0.0
	for _, delta := range []float64{1, .3, .1, .03} {
		p := gaussian(t, []float64{0, 0}, .25, 0, 0, 1)
		q := gaussian(t, []float64{0, 0}, 1, 0, 0, 1)
		root, err := transport.Geodesic(p, q, 1)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := SpeedAccuracy(context.Background(), root, gaussian(t, []float64{delta, 0}, 1, 0, 0, 1), Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := delta * delta / math.Expm1(delta*delta)
		reftest.Near(t, "η/w_D", rep.Efficiency(), want, 1e-9, 0)
		best = max(best, rep.Efficiency())
	}
	if !(best > .95 && best <= 1) {
		t.Errorf("the largest ratio is %v", best)
	}
}

func TestGaussiansWithoutClosedForm(t *testing.T) {
	f := diffusion.Noising(gaussian(t, []float64{0, 0}, 1, .3, .3, 1), diffusion.CondOT{}).Flow
	var unsupported *thermo.UnsupportedError
	if _, err := SpeedAccuracy(context.Background(), f, gaussian(t, []float64{0, 0}, 1, 0, 0, .5), Options{}); !errors.As(err, &unsupported) {
		t.Errorf("another covariance: %v", err)
	}
	if _, err := SpeedAccuracy(context.Background(), f, gaussian(t, []float64{0, 0}, .5, 0, 0, .5), Options{}); err == nil {
		t.Error("isotropic at the end only: no error")
	}
	var dim *measure.DimError
	if _, err := SpeedAccuracy(context.Background(), f, measure.Normal(0, 1), Options{}); !errors.As(err, &dim) {
		t.Errorf("another dimension: %v", err)
	}
}
