package thermo

import (
	"errors"
	"math"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func TestReferenceLandauer(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropy.json", "landauer_uniform") {
		var in struct{ T, Tau float64 }
		var want struct{ W2sq, DS, Q_min float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		e, err := LeastHeat(uniform(t, -1, 1), uniform(t, 0, 1), in.T, in.Tau)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "W₂²", e.W2.Value*e.W2.Value, want.W2sq, 0, 1e-12)
		reftest.Near(t, "ΔS", e.System.Value, want.DS, 0, 1e-12)
		reftest.Near(t, "Q", e.Heat.Value, want.Q_min, 0, 1e-12)
	}
	for _, c := range reftest.Load(t, "testdata/entropy.json", "landauer_two_delta") {
		var in struct{ A float64 }
		var want struct{ W2sq float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		e, err := LeastHeat(measure.Bimodal(in.A, 1e-4), measure.Normal(in.A, 1e-4), 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "W₂²", e.W2.Value*e.W2.Value, want.W2sq, 0, 1e-3)
		reftest.Near(t, "−ΔS", -e.System.Value, math.Ln2, 0, 1e-9)
	}
}

// The process that is returned has that heat: S_tot T − T ΔS.
func TestErasureProcess(t *testing.T) {
	for name, pair := range map[string][2]measure.Measure{
		"bit":      {measure.Bimodal(1, .3), measure.Normal(1, .3)},
		"in space": {gaussianIn(t, 3), gaussianIn(t, 3).Noise(measure.Coeffs{M: .4, Var: .3})},
	} {
		const temp, tau = .6, 2.5
		e, err := LeastHeat(pair[0], pair[1], temp, tau)
		if err != nil {
			t.Fatal(err)
		}
		s := produced(t, e.Process, EntropyOptions{})
		reftest.Near(t, name+" T S_tot", temp*s.Total.Value, e.W2.Value*e.W2.Value/tau, 1e-6, 0)
		reftest.Near(t, name+" heat", temp*s.Bath.Value, e.Heat.Value, 1e-6, 1e-9)
		if _, affine := e.Process.Drift.At(1).(flow.Affine); affine != (name == "in space") {
			t.Errorf("%s: the force is affine: %v", name, affine)
		}
		// f − T ∇ln P is the velocity.
		at := e.Process.Path.At(.4 * tau)
		points := sampleOf(at, 5)
		f, want, score := sampleOf(at, 5), sampleOf(at, 5), sampleOf(at, 5)
		e.Process.Drift.At(.4*tau).Apply(f, points)
		e.Process.Velocity.At(.4*tau).Apply(want, points)
		scoreMap(at).Apply(score, points)
		for i := range 5 {
			for j := range at.Dim() {
				reftest.Near(t, name+" force", f.At(i, j)-temp*score.At(i, j), want.At(i, j), 1e-9, 1e-9)
			}
		}
	}
	var value *measure.ValueError
	for _, c := range [][2]float64{{-1, 1}, {1, 0}, {math.NaN(), 1}, {1, math.Inf(1)}} {
		if _, err := LeastHeat(measure.Normal(0, 1), measure.Normal(1, 1), c[0], c[1]); !errors.As(err, &value) {
			t.Errorf("T = %v, τ = %v: %v", c[0], c[1], err)
		}
	}
	var unsupported *UnsupportedError
	if _, err := LeastHeat(measure.Moons{}, measure.Moons{}, 1, 1); !errors.As(err, &unsupported) {
		t.Errorf("moons: %v", err)
	}
}
