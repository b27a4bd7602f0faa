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
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

var schedules = map[string]diffusion.Schedule{"cosine": diffusion.Cosine{}, "condot": diffusion.CondOT{}}

func account(t testing.TB, f flow.Flow) *Account {
	t.Helper()
	a, err := Dissipation(context.Background(), f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestReferenceCosts(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/costs.json", "cost_") {
		var in struct {
			Data     measuretest.LineSpec
			Schedule string
		}
		var want struct{ C2, Length, L2, W2Sq float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		a := account(t, diffusion.Noising(in.Data.Mixture(t), schedules[in.Schedule]).Flow)
		reftest.Near(t, c.ID+" c₂", a.C2.Value, want.C2, 0, c.AbsTol)
		reftest.Near(t, c.ID+" w_D", a.WD.Value, want.C2, 0, c.AbsTol)
		reftest.Near(t, c.ID+" L", a.Length.Value, want.Length, 0, c.AbsTol)
		reftest.Near(t, c.ID+" L²/τ", a.LengthFloor().Value, want.L2, 0, c.AbsTol)
		reftest.Near(t, c.ID+" W₂²/τ", a.Floor().Value, want.W2Sq, 0, c.AbsTol)
		for _, q := range a.Relations() {
			if q.Check(0) != relation.Holds {
				t.Errorf("%s: %v", c.ID, q)
			}
		}
		if a.C2.Bound > 1e-9 {
			t.Errorf("%s: bound of c₂ is %g", c.ID, a.C2.Bound)
		}
	}
}

func TestReferenceSpeeds(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/costs.json", "vel_") {
		var in struct {
			Data     measuretest.LineSpec
			Schedule string
			T        float64
		}
		var want struct{ V2Sq float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		p := diffusion.Noising(in.Data.Mixture(t), schedules[in.Schedule])
		r, err := ratesAt("test", new(num.Quad), p.Path.At(in.T), p.Velocity.At(in.T), 1, true)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID, r.v2sq, want.V2Sq, 0, c.AbsTol)
	}
}

func TestGaussianCosts(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/costs.json", "gauss_condot_unit_cost") {
		var want float64
		reftest.Decode(t, c.Expected, &want)
		a := account(t, diffusion.Noising(measure.Normal(0, 1), diffusion.CondOT{}).Flow)
		reftest.Near(t, c.ID, a.C2.Value, want, 0, c.AbsTol)
		b := account(t, diffusion.Noising(measure.Normal(0, 1), diffusion.Cosine{}).Flow)
		reftest.Near(t, "cosine of the standard normal", b.C2.Value, 0, 0, 1e-30)
		reftest.Near(t, "W₂ of equal ends", a.W2.Value, 0, 0, 1e-15)
	}
	for _, c := range reftest.Load(t, "testdata/costs.json", "gauss_costs") {
		var in struct{ S0 float64 }
		var want struct{ Cosine, CondOT, W2Sq float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		data := measure.Normal(0, in.S0)
		cosine := account(t, diffusion.Noising(data, diffusion.Cosine{}).Flow)
		reftest.Near(t, c.ID+" cosine", cosine.C2.Value, want.Cosine, 0, c.AbsTol)
		reftest.Near(t, c.ID+" condot", account(t, diffusion.Noising(data, diffusion.CondOT{}).Flow).C2.Value, want.CondOT, 0, c.AbsTol)
		reftest.Near(t, c.ID+" W₂²", cosine.Floor().Value, want.W2Sq, 0, c.AbsTol)
		// The same numbers by quadrature instead of moments, and twice the
		// time at half the cost.
		quad := account(t, hideAffine(diffusion.Noising(data, diffusion.Cosine{}).Flow))
		reftest.Near(t, c.ID+" by quadrature", quad.C2.Value, want.Cosine, 0, c.AbsTol)
		slow := account(t, diffusion.Noising(data, diffusion.Cosine{Duration: 2}).Flow)
		reftest.Near(t, c.ID+" in twice the time", slow.C2.Value, want.Cosine/2, 0, c.AbsTol)
		reftest.Near(t, c.ID+" length", slow.Length.Value, cosine.Length.Value, 1e-12, 0)
	}
}

func hideAffine(f flow.Flow) flow.Flow {
	v := f.Velocity
	f.Velocity = flow.FieldFunc(func(t float64) flow.Map { return flow.LineMap(flow.Scalar(v.At(t))) })
	return f
}

// On a geodesic every link of the chain is an equality.
func TestGeodesicsSaturateTheChain(t *testing.T) {
	p := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	f, err := transport.Geodesic(p, measure.Normal(0, 1), 2)
	if err != nil {
		t.Fatal(err)
	}
	a := account(t, f)
	reftest.Near(t, "c₂", a.C2.Value, a.Floor().Value, 1e-10, 0)
	reftest.Near(t, "L", a.Length.Value, a.W2.Value, 1e-10, 0)
	for _, v := range a.Speed {
		reftest.Near(t, "speed", v, a.W2.Value/2, 1e-10, 0)
	}
	for _, q := range a.Relations() {
		if q.Check(0) != relation.Holds {
			t.Errorf("%v", q)
		}
	}
}

// A steady rotation moves nothing: v₂ = 0, w_D isn't.
func TestRotatingEllipse(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/costs.json", "ness_ellipse") {
		var in struct {
			Sigma      [][]float64
			Omega, Tau float64
		}
		var want struct {
			WD float64 `json:"w_D"`
		}
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		law, err := measure.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{in.Sigma[0][0], 0, 0, in.Sigma[1][1]}))
		if err != nil {
			t.Fatal(err)
		}
		ab := math.Sqrt(in.Sigma[0][0] / in.Sigma[1][1])
		f := flow.Flow{
			Path: flow.PathFunc(func(float64) measure.Measure { return law }),
			Velocity: flow.FieldFunc(func(float64) flow.Map {
				return flow.Linear(mat.NewDense(2, 2, []float64{0, -in.Omega * ab, in.Omega / ab, 0}), []float64{0, 0})
			}),
			Tau: in.Tau,
		}
		a := account(t, f)
		reftest.Near(t, "w_D", a.WD.Value, want.WD, 1e-13, 0)
		reftest.Near(t, "c₂", a.C2.Value, 0, 0, 1e-25)
		f.Gradient = true // the lie that the flow is a gradient must show
		if b := account(t, f); b.C2.Value < 1 {
			t.Errorf("with Gradient c₂ = %v", b.C2.Value)
		}
	}
	for _, c := range reftest.Load(t, "testdata/costs.json", "exhk_") {
		var in struct {
			A, Sigma [][]float64
			T        float64
		}
		var want struct {
			Total float64 `json:"T_sigma"`
			Ex    float64 `json:"T_sigma_ex_MN"`
		}
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		cov := mat.NewSymDense(2, []float64{in.Sigma[0][0], in.Sigma[0][1], in.Sigma[1][0], in.Sigma[1][1]})
		law, err := measure.NewGaussian([]float64{0, 0}, cov)
		if err != nil {
			t.Fatal(err)
		}
		var m, inv mat.Dense // ν = (A + T C⁻¹) x
		if err := inv.Inverse(cov); err != nil {
			t.Fatal(err)
		}
		inv.Scale(in.T, &inv)
		m.Add(mat.NewDense(2, 2, []float64{in.A[0][0], in.A[0][1], in.A[1][0], in.A[1][1]}), &inv)
		r, err := ratesAt("test", nil, law, flow.Linear(&m, []float64{0, 0}), 1, false)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID+" total", r.total, want.Total, 0, c.AbsTol)
		reftest.Near(t, c.ID+" excess", r.v2sq, want.Ex, 0, c.AbsTol)
	}
}

// Moments of a mixture are enough for an affine gradient field.
func TestAffineRatesOfAMixture(t *testing.T) {
	p := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	v := flow.Linear(mat.NewDense(1, 1, []float64{.7}), []float64{-.2})
	a, err := ratesAt("test", nil, p, v, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := lineRates(new(num.Quad), p, v, 1)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "E|ν|²", a.total, b.total, 1e-12, 0)
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	good := diffusion.Noising(measure.Bimodal(1, .5), diffusion.CondOT{}).Flow
	if _, err := Dissipation(ctx, flow.Flow{}, Options{}); err == nil {
		t.Error("an empty flow: no error")
	}
	for _, o := range []Options{{Tol: -1}, {Tol: math.NaN()}, {Times: -3}} {
		if _, err := Dissipation(ctx, good, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Dissipation(cancelled, good, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	nan := good
	nan.Velocity = flow.FieldFunc(func(float64) flow.Map { return flow.LineMap(func(float64) float64 { return math.NaN() }) })
	if _, err := Dissipation(ctx, nan, Options{}); err == nil {
		t.Error("a NaN velocity: no error")
	}
	plane, err := measure.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	mix, err := measure.NewMixture([]float64{1, 1}, []*measure.Gaussian{plane, plane})
	if err != nil {
		t.Fatal(err)
	}
	var un *UnsupportedError
	if _, err := Dissipation(ctx, diffusion.Noising(mix, diffusion.CondOT{}).Flow, Options{}); !errors.As(err, &un) {
		t.Errorf("a mixture in the plane: %v", err)
	}
}

func BenchmarkDissipation(b *testing.B) {
	f := diffusion.Noising(measure.Bimodal(.9, math.Sqrt(.19)), diffusion.Cosine{}).Flow
	for b.Loop() {
		account(b, f)
	}
}
