package thermo

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// linearAt is the process of a constant force A x + b that starts at N(mean, cov).
func linearAt(t testing.TB, a *mat.Dense, b, mean []float64, cov *mat.SymDense, temp float64) flow.Process {
	t.Helper()
	start, err := measure.NewGaussian(mean, cov)
	if err != nil {
		t.Fatal(err)
	}
	return process(t, start, flow.FieldFunc(func(float64) flow.Map { return flow.Linear(a, b) }), func(float64) float64 { return temp }, 1)
}

func TestReferenceSplit(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropy.json", "exhk_") {
		var in struct {
			A, Sigma [][]float64
			T        float64
		}
		var want struct{ T_sigma, T_sigma_ex_MN, T_sigma_hk_MN, T_sigma_ex_HS, T_sigma_hk_HS, T_sigma_coup, V2 float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		d := len(in.A)
		a, cov := mat.NewDense(d, d, nil), mat.NewSymDense(d, nil)
		for i := range d {
			for j := range d {
				a.Set(i, j, in.A[i][j])
				cov.SetSym(i, j, in.Sigma[i][j])
			}
		}
		s, err := SplitAt(linearAt(t, a, make([]float64, d), make([]float64, d), cov, in.T), 0)
		if err != nil {
			t.Fatal(err)
		}
		for what, pair := range map[string][2]float64{
			"Tσ": {s.Total.Value, want.T_sigma}, "ex MN": {s.Excess.Value, want.T_sigma_ex_MN}, "hk MN": {s.Housekeeping.Value, want.T_sigma_hk_MN},
			"ex HS": {s.ExcessHS.Value, want.T_sigma_ex_HS}, "hk HS": {s.HousekeepingHS.Value, want.T_sigma_hk_HS},
			"coupling": {s.Coupling.Value, want.T_sigma_coup}, "v₂": {math.Sqrt(s.Excess.Value), want.V2},
		} {
			reftest.Near(t, c.ID+" "+what, pair[0], pair[1], 0, c.AbsTol)
		}
	}
}

// On random stable forces the parts, each from its own formula, add up, in both ways.
func TestSplitAddsUp(t *testing.T) {
	r := rng.New(5).Rand()
	for range 40 {
		d := 1 + r.IntN(4)
		a, root := mat.NewDense(d, d, nil), mat.NewDense(d, d, nil)
		mean, b := make([]float64, d), make([]float64, d)
		for i := range d {
			for j := range d {
				a.Set(i, j, r.NormFloat64())
				root.Set(i, j, r.NormFloat64())
			}
			mean[i], b[i] = r.NormFloat64(), r.NormFloat64()
		}
		shift := growth(a) + .2 + r.Float64()
		cov := mat.NewSymDense(d, nil)
		cov.SymOuterK(1, root)
		for i := range d {
			a.Set(i, i, a.At(i, i)-shift)
			cov.SetSym(i, i, cov.At(i, i)+.1)
		}
		temp := .2 + r.Float64()
		p := linearAt(t, a, b, mean, cov, temp)
		for _, at := range []float64{0, .7} {
			s, err := SplitAt(p, at)
			if err != nil {
				t.Fatal(err)
			}
			reftest.Near(t, "Maes and Netočný", s.Excess.Value+s.Housekeeping.Value, s.Total.Value, 1e-9, 0)
			reftest.Near(t, "Hatano and Sasa", s.ExcessHS.Value+s.HousekeepingHS.Value, s.Total.Value, 1e-8, 1e-9)
			reftest.Near(t, "all three", s.ExcessHS.Value+s.Coupling.Value+s.Housekeeping.Value, s.Total.Value, 1e-8, 1e-9)
			for _, q := range s.Relations() {
				if q.Check(0) != relation.Holds {
					t.Errorf("%v: %v", q, q.Check(0))
				}
			}
			if d == 1 && s.HousekeepingHS.Value > 1e-20 {
				t.Errorf("housekeeping on the line: %v", s.HousekeepingHS)
			}
		}
		// The steady state is one.
		steady, _ := steadyState(a, b, temp)
		v := flow.Linear(affineVelocity(flow.Linear(a, b), steady, temp))
		rates, err := affineRates("test", steady, v, false)
		if err != nil {
			t.Fatal(err)
		}
		if rates.v2sq > 1e-18*(1+rates.total) {
			t.Errorf("the steady state moves at %v", math.Sqrt(rates.v2sq))
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	grows := linearAt(t, mat.NewDense(2, 2, []float64{-1, 0, 0, .5}), []float64{0, 0}, []float64{1, 1}, mat.NewSymDense(2, []float64{1, 0, 0, 1}), 1)
	s, err := SplitAt(grows, .5)
	var none *SteadyStateError
	if !errors.As(err, &none) || none.Rate != .5 || s == nil || !(s.Total.Value > 0) || !math.IsNaN(s.HousekeepingHS.Value) || s.Relations() != nil {
		t.Errorf("a force without a steady state: %v, %+v", err, s)
	}
	var value *measure.ValueError
	if _, err := SplitAt(grows, 2); !errors.As(err, &value) {
		t.Errorf("t beyond Tau: %v", err)
	}
	var unsupported *UnsupportedError
	bimodal := process(t, measure.Bimodal(1, .3), flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, []float64{-1}), []float64{0}) }), func(float64) float64 { return 1 }, 1)
	if _, err := SplitAt(bimodal, .5); !errors.As(err, &unsupported) {
		t.Errorf("a mixture: %v", err)
	}
	if _, err := SplitAt(flow.Process{Flow: grows.Flow}, .5); err == nil {
		t.Error("no drift: no error")
	}
}
