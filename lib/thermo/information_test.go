package thermo

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

func term(t testing.TB) func(relation.Term, error) float64 {
	return func(v relation.Term, err error) float64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v.Value
	}
}

// scalarForce is the force a x in one dimension.
func scalarForce(a float64) flow.Field {
	return flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, []float64{a}), []float64{0}) })
}

func TestReferenceHeat(t *testing.T) {
	get := term(t)
	for _, c := range reftest.Load(t, "testdata/entropy.json", "heat_gauss") {
		var in struct{ S0, T, Time float64 }
		var raw map[string]float64
		reftest.Decode(t, c.Inputs, &raw)
		in.S0, in.T, in.Time = raw["s0"], raw["T"], raw["t"]
		var want struct{ H0, Ht, Fisher_t, DHdt, V2sq float64 }
		reftest.Decode(t, c.Expected, &want)
		p := process(t, measure.Normal(0, in.S0), scalarForce(0), func(float64) float64 { return in.T }, in.Time)
		end := p.Path.At(in.Time)
		reftest.Near(t, "H₀", get(EntropyOf(p.Path.At(0))), want.H0, 0, c.AbsTol)
		reftest.Near(t, "H", get(EntropyOf(end)), want.Ht, 0, c.AbsTol)
		reftest.Near(t, "I", get(Fisher(end)), want.Fisher_t, 0, c.AbsTol)
		reftest.Near(t, "dH/dt", in.T*get(Fisher(end)), want.DHdt, 0, c.AbsTol)
		u, err := StaticUncertaintyAt(p.Flow, in.Time, p.Velocity.At(in.Time))
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "v₂²", u.Speed.Value, want.V2sq, 0, c.AbsTol)
	}
}

func TestReferenceRelaxation(t *testing.T) {
	get := term(t)
	for _, c := range reftest.Load(t, "testdata/entropy.json", "ou_relax") {
		var in map[string]float64
		var want struct{ Mean, Var, KL0, KLt, S_tot, Fisher_rel float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		k, temp, tau := in["k"], in["T"], in["t"]
		p := process(t, measure.Normal(in["m0"], in["s0"]), scalarForce(-k), func(float64) float64 { return temp }, tau)
		steady := measure.Normal(0, math.Sqrt(temp/k))
		end, _ := measure.AsGaussian(p.Path.At(tau))
		reftest.Near(t, "mean", end.Mean(nil)[0], want.Mean, 0, c.AbsTol)
		reftest.Near(t, "variance", end.SD()*end.SD(), want.Var, 0, c.AbsTol)
		kl0, klt := get(KL(p.Path.At(0), steady)), get(KL(end, steady))
		reftest.Near(t, "KL₀", kl0, want.KL0, 0, c.AbsTol)
		reftest.Near(t, "KL", klt, want.KLt, 0, c.AbsTol)
		reftest.Near(t, "relative Fisher", get(RelativeFisher(end, steady)), want.Fisher_rel, 0, c.AbsTol)
		reftest.Near(t, "S_tot", produced(t, p, EntropyOptions{}).Total.Value, want.S_tot, 0, 1e-10)
		reftest.Near(t, "S_tot", kl0-klt, want.S_tot, 0, c.AbsTol)
		if klt > math.Exp(-2*k*tau)*kl0 {
			t.Error("the logarithmic Sobolev inequality fails")
		}
	}
}

// Mixtures against sums, closed forms against quadrature, and derivatives.
func TestInformationOfLaws(t *testing.T) {
	get := term(t)
	mix := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	one := measuretest.LineSpec{W: []float64{.5, .5}, Mu: []float64{.3, .3}, SD: []float64{.8, .8}}.Mixture(t)
	n, wide := measure.Normal(.3, .8), measure.Normal(0, 2)
	reftest.Near(t, "entropy by quadrature", get(EntropyOf(one)), get(EntropyOf(n)), 0, 1e-9)
	reftest.Near(t, "Fisher by quadrature", get(Fisher(one)), get(Fisher(n)), 0, 1e-9)
	reftest.Near(t, "KL by quadrature", get(KL(one, wide)), get(KL(n, wide)), 0, 1e-9)
	reftest.Near(t, "KL of a shift and a scale", get(KL(n, wide)), math.Log(2/.8)+(.64+.09)/8-.5, 0, 1e-14)
	reftest.Near(t, "relative Fisher by quadrature", get(RelativeFisher(one, wide)), get(RelativeFisher(n, wide)), 0, 1e-9)
	// de Bruijn on a mixture.
	const h = 1e-3
	at := func(v float64) float64 { return get(EntropyOf(mix.Noise(measure.Coeffs{M: 1, Var: 2 * v}))) }
	reftest.Near(t, "dS/dt = I", (at(.2+h)-at(.2-h))/(2*h), get(Fisher(mix.Noise(measure.Coeffs{M: 1, Var: .4}))), 1e-5, 0)
	if v := get(EntropyOf(uniform(t, 0, 3))); math.Abs(v-math.Log(3)) > 1e-12 {
		t.Errorf("the entropy of U(0, 3) is %v", v)
	}
	if v := get(KL(uniform(t, 0, 3), uniform(t, 0, 2))); !math.IsInf(v, 1) {
		t.Errorf("KL over less than the support is %v", v)
	}
	var dim *measure.DimError
	if _, err := KL(n, gaussianIn(t, 2)); !errors.As(err, &dim) {
		t.Errorf("dimensions: %v", err)
	}
	var unsupported *UnsupportedError
	if _, err := EntropyOf(measure.Moons{}); !errors.As(err, &unsupported) {
		t.Errorf("moons: %v", err)
	}
	if _, err := KL(nil, n); err == nil {
		t.Error("nil: no error")
	}
}

func uniform(t testing.TB, lo, hi float64) *measure.Uniform {
	t.Helper()
	u, err := measure.NewUniform(lo, hi)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func gaussianIn(t testing.TB, d int) *measure.Gaussian {
	t.Helper()
	cov := mat.NewDiagDense(d, nil)
	for i := range d {
		cov.SetDiag(i, 1+float64(i))
	}
	g, err := measure.NewGaussian(make([]float64, d), cov)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
