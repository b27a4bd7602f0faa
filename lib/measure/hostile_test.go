package measure

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

// Quadrature must not step over what lies beyond the bulk of a component that is
// narrow beside the distance to the next one.
func TestExpectFindsAllOfANarrowComponent(t *testing.T) {
	for _, m := range []*Mixture{
		Bimodal(1, 1e-1), Bimodal(1, 1e-3), Bimodal(1, 1e-5),
		must(NewMixture([]float64{1, 2}, []*Gaussian{Normal(.3, 1e-4), Normal(0, 10)})),
		must(NewMixture([]float64{1, 1e-12}, []*Gaussian{Normal(0, 1), Normal(300, 1e-2)})),
		must(NewMixture([]float64{1, 1}, []*Gaussian{Normal(0, 1e-6), Normal(0, 1e6)})),
	} {
		// Points near 1 that are 1e-16 apart resolve 1e-5 to 1e-11.
		mass, _, err := Expect(m, func(float64) float64 { return 1 })
		if err != nil {
			t.Error(err)
		}
		reftest.Near(t, "mass", mass, 1, 0, 1e-11)
		var cov mat.SymDense
		m.Cov(&cov)
		mean := m.Mean(nil)[0]
		second, _, err := Expect(m, func(x float64) float64 { return (x - mean) * (x - mean) })
		if err != nil {
			t.Error(err)
		}
		reftest.Near(t, "variance", second, cov.At(0, 0), 1e-10, 0)
	}
}

// A term that cancels is judged beside its size, and the bound holds.
func TestExpectBound(t *testing.T) {
	m := Bimodal(2, .3)
	for name, tc := range map[string]struct {
		f    func(float64) float64
		want float64
	}{
		"odd":    {func(x float64) float64 { return x * x * x }, 0},
		"cosine": {func(x float64) float64 { return math.Cos(3 * x) }, math.Cos(6) * math.Exp(-.5*.09*9)},
	} {
		v, bound, err := Expect(m, tc.f)
		if d := math.Abs(v - tc.want); err != nil || d > bound+1e-15 || bound > 1e-9 {
			t.Errorf("%s: off by %g, bound %g, %v", name, d, bound, err)
		}
	}
	if _, _, err := Expect(m, func(x float64) float64 { return 1 / (x * x) }); err == nil {
		t.Error("a divergent integral: no error")
	}
}

// A nil measure of a concrete type has dimension 0, which the functions that
// take a measure report; a nil interface isn't the only nil.
func TestNilMeasuresHaveNoDimension(t *testing.T) {
	var g *Gaussian
	var m *Mixture
	var u *Uniform
	for _, n := range []Measure{g, m, u, new(Gaussian), new(Mixture), new(Uniform)} {
		if n.Dim() != 0 {
			t.Errorf("%T: dimension %d", n, n.Dim())
		}
	}
}

func TestExtremeNumbers(t *testing.T) {
	m := must(NewMixture([]float64{1e-320, 3e-320}, []*Gaussian{Normal(0, 1), Normal(1, 1)}))
	w, _ := m.Component(0)
	reftest.Near(t, "a weight where 1/sum overflows", w, .25, 1e-3, 0) // denormals have few digits
	var pd *NotPositiveDefiniteError
	if _, err := NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1e-320})); !errors.As(err, &pd) {
		t.Errorf("a variance whose inverse overflows: %v", err)
	}
	if _, err := NewGaussian([]float64{0}, nil); err == nil {
		t.Error("no covariance: no error")
	}
	var val *ValueError
	if _, err := NewUniform(0, 1e200); !errors.As(err, &val) {
		t.Errorf("an interval whose variance overflows: %v", err)
	}
	// Far tails of a mixture: that of the widest component, with its weight.
	// Reference: ln w + ln Φ(−z) by mpmath at z = 50 and w = 10⁻⁹.
	tail := must(NewMixture([]float64{1e-9, 1 - 1e-9}, []*Gaussian{Normal(0, 2), Normal(0, 1)}))
	lower, _ := tail.LogCDF(-100)
	_, upper := tail.LogCDF(100)
	want := math.Log(1e-9) - 1254.83136113941990125 // ln Φ(−50)
	reftest.Near(t, "lower tail", lower, want, 1e-14, 0)
	reftest.Near(t, "upper tail", upper, want, 1e-14, 0)
}
