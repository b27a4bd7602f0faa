package thermo

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
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func sampleOf(m measure.Measure, n int) *mat.Dense {
	x := mat.NewDense(n, m.Dim(), nil)
	m.Sample(x, rng.New(9))
	return x
}

func TestReferenceUncertainty(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropy.json", "tur_short_") {
		var in struct {
			Data       measuretest.LineSpec
			Schedule   string
			T          float64
			Observable string
		}
		var want struct{ DEr_dt, E_grad_r_sq, V_r_sq, V_2_sq float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		f := diffusion.Noising(in.Data.Mixture(t), schedules[in.Schedule]).Flow
		gradient := map[string]flow.Map{"x": flow.LineMap(func(float64) float64 { return 1 }), "x2": flow.LineMap(func(x float64) float64 { return 2 * x }), "optimal": f.Velocity.At(in.T)}[in.Observable]
		u, err := StaticUncertaintyAt(f, in.T, gradient)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID+" dE r/dt", u.Rate.Value, want.DEr_dt, 0, c.AbsTol)
		reftest.Near(t, c.ID+" E|∇r|²", u.Slope.Value, want.E_grad_r_sq, 0, c.AbsTol)
		reftest.Near(t, c.ID+" v_r²", u.Relations()[0].Lo.Value, want.V_r_sq, 0, c.AbsTol)
		reftest.Near(t, c.ID+" v₂²", u.Speed.Value, want.V_2_sq, 0, c.AbsTol)
		for _, q := range u.Relations() {
			if q.Check(0) != relation.Holds {
				t.Errorf("%s: %v", c.ID, q)
			}
		}
	}
}

// In the plane with rotation, for r = xᵀ G x/2 + g·x: the mean's rate by differences.
func TestUncertaintyInThePlane(t *testing.T) {
	force, temp := rotating(1.1, 3, .5, 5)
	start, err := measure.NewGaussian([]float64{1, -.5}, mat.NewSymDense(2, []float64{2, .3, .3, .5}))
	if err != nil {
		t.Fatal(err)
	}
	p := process(t, start, force, temp, 5)
	g, b := mat.NewDense(2, 2, []float64{1, .4, .4, -2}), []float64{.3, 1}
	u, err := StaticUncertaintyAt(p.Flow, 1.3, flow.Linear(g, b))
	if err != nil {
		t.Fatal(err)
	}
	mean := func(at float64) float64 {
		law := p.Path.At(at).(measure.Moments)
		var cov mat.SymDense
		law.Cov(&cov)
		m := law.Mean(nil)
		sum := 0.0
		for i := range 2 {
			sum += b[i] * m[i]
			for j := range 2 {
				sum += .5 * g.At(i, j) * (cov.At(i, j) + m[i]*m[j])
			}
		}
		return sum
	}
	const h = 1e-4
	reftest.Near(t, "dE r/dt", u.Rate.Value, (mean(1.3+h)-mean(1.3-h))/(2*h), 1e-6, 0)
	for _, q := range u.Relations() {
		if q.Check(0) != relation.Holds {
			t.Errorf("%v", q)
		}
	}
	if !(u.Power.Value > 1.5*u.Speed.Value) {
		t.Errorf("a force that turns: v₂² = %v, E|ν|² = %v", u.Speed, u.Power)
	}
	var value *measure.ValueError
	if _, err := StaticUncertaintyAt(p.Flow, 9, flow.Linear(g, b)); !errors.As(err, &value) {
		t.Errorf("t beyond Tau: %v", err)
	}
	var unsupported *UnsupportedError
	if _, err := StaticUncertaintyAt(p.Flow, 1, flow.MapFunc(func(dst, x *mat.Dense) { dst.Copy(x) })); !errors.As(err, &unsupported) {
		t.Errorf("a gradient that isn't affine, in the plane: %v", err)
	}
}

func TestReferenceCurrent(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropy.json", "tur_rotational_ness") {
		var in struct{ K, Omega, T float64 }
		var want struct{ Mean_rate, Var_rate, Sigma, Product float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		a := mat.NewDense(2, 2, []float64{-in.K, -in.Omega, in.Omega, -in.K})
		j, err := SteadyCurrent(a, mat.NewDense(2, 2, []float64{0, -1, 1, 0}), in.T)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "mean", j.Mean.Value, want.Mean_rate, 0, c.AbsTol)
		reftest.Near(t, "variance", j.Variance.Value, want.Var_rate, 0, 10*c.AbsTol)
		reftest.Near(t, "σ", j.Entropy.Value, want.Sigma, 0, 10*c.AbsTol)
		reftest.Near(t, "Var/mean² σ/2", j.Variance.Value/(j.Mean.Value*j.Mean.Value)*j.Entropy.Value/2, want.Product, 0, 10*c.AbsTol)
		if j.Relation().Check(0) != relation.Holds {
			t.Errorf("%v", j.Relation())
		}
	}
}

// A force without symmetry: mean and variance of a current with gradient and rotation
// in it, against long trajectories.
func TestCurrentAgainstTrajectories(t *testing.T) {
	a, c := mat.NewDense(2, 2, []float64{-1, -1.2, .6, -1.5}), mat.NewDense(2, 2, []float64{.5, -.3, 1, .2})
	const temp, n, span, steps = .8, 2000, 20., 4000
	j, err := SteadyCurrent(a, c, temp)
	if err != nil {
		t.Fatal(err)
	}
	steady, _ := steadyState(a, []float64{0, 0}, temp)
	current := make([]float64, n)
	x := sampleOf(steady, n)
	last := mat.DenseCopyOf(x)
	force := flow.FieldFunc(func(float64) flow.Map { return flow.Linear(a, []float64{0, 0}) })
	for st, err := range flow.SolveSDE(context.Background(), x, force, func(float64) float64 { return temp }, flow.Times(0, span, steps), flow.KeyNoise(rng.New(4))) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			m0, m1 := .5*(st.X.At(i, 0)+last.At(i, 0)), .5*(st.X.At(i, 1)+last.At(i, 1))
			current[i] += (c.At(0, 0)*m0+c.At(0, 1)*m1)*(st.X.At(i, 0)-last.At(i, 0)) + (c.At(1, 0)*m0+c.At(1, 1)*m1)*(st.X.At(i, 1)-last.At(i, 1))
		}
		last.Copy(st.X)
	}
	mean, se := num.MeanStdErr(current)
	reftest.Near(t, "mean", mean/span, j.Mean.Value, .01, 5*se/span)
	// What the ends add to the variance doesn't grow; it is about 1/span of it.
	reftest.Near(t, "variance", se*se*n/span, j.Variance.Value, .15+1/span, 0)

	r := rng.New(8).Rand()
	for range 100 { // and the relation, for random ones
		d := 1 + r.IntN(4)
		a, c := mat.NewDense(d, d, nil), mat.NewDense(d, d, nil)
		for i := range d {
			for k := range d {
				a.Set(i, k, r.NormFloat64())
				c.Set(i, k, r.NormFloat64())
			}
		}
		shift := growth(a) + .2
		for i := range d {
			a.Set(i, i, a.At(i, i)-shift)
		}
		j, err := SteadyCurrent(a, c, .5)
		if err != nil {
			t.Fatal(err)
		}
		if d > 1 && j.Relation().Check(0) != relation.Holds {
			t.Errorf("%v", j.Relation())
		}
	}
	var none *SteadyStateError
	if _, err := SteadyCurrent(mat.NewDense(1, 1, []float64{.1}), mat.NewDense(1, 1, []float64{1}), 1); !errors.As(err, &none) {
		t.Errorf("no steady state: %v", err)
	}
	var value *measure.ValueError
	if _, err := SteadyCurrent(a, c, math.NaN()); !errors.As(err, &value) {
		t.Errorf("T = NaN: %v", err)
	}
	var dim *measure.DimError
	if _, err := SteadyCurrent(a, mat.NewDense(3, 3, nil), 1); !errors.As(err, &dim) {
		t.Errorf("C in space: %v", err)
	}
}
