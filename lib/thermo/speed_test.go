package thermo

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// v₂ is the speed of the marginals: lim W₂(P_t, P_{t+h})/h, here by Bures, for a
// force that moves, squeezes and rotates an anisotropic law. What rotates is
// dissipated but doesn't move the law.
func TestSpeedIsThatOfTheMarginals(t *testing.T) {
	mean, cov := []float64{.4, -1}, mat.NewSymDense(2, []float64{1.5, .6, .6, .8})
	law, err := measure.NewGaussian(mean, cov)
	if err != nil {
		t.Fatal(err)
	}
	a, b := mat.NewDense(2, 2, []float64{-.7, -1.9, 1.1, .3}), []float64{.2, .5}
	r, err := ratesAt("test", nil, law, flow.Linear(a, b), 1, false)
	if err != nil {
		t.Fatal(err)
	}
	// The law after a short time h of either sign: x ↦ (I + hA) x + h b.
	after := func(h float64) *measure.Gaussian {
		m := mat.NewDense(2, 2, []float64{1 + h*a.At(0, 0), h * a.At(0, 1), h * a.At(1, 0), 1 + h*a.At(1, 1)})
		var mc, mcm mat.Dense
		mc.Mul(m, cov)
		mcm.Mul(&mc, m.T())
		to := make([]float64, 2)
		for i := range to {
			to[i] = m.At(i, 0)*mean[0] + m.At(i, 1)*mean[1] + h*b[i]
		}
		g, err := measure.NewGaussian(to, mat.NewSymDense(2, []float64{mcm.At(0, 0), mcm.At(0, 1), mcm.At(0, 1), mcm.At(1, 1)}))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	const h = 1e-4
	speed := (transport.Bures(law, after(h)) + transport.Bures(law, after(-h))) / (2 * h)
	reftest.Near(t, "v₂", math.Sqrt(r.v2sq), speed, 1e-7, 0)
	if !(r.total > 1.2*r.v2sq) {
		t.Errorf("E|ν|² = %v beside v₂² = %v: this force rotates", r.total, r.v2sq)
	}
}

// Where the noise's variance starts linearly, against the increments of mean and
// standard deviation of the law itself.
func TestCostsOfGaussiansByIncrements(t *testing.T) {
	for _, s := range []diffusion.Schedule{diffusion.VE{SigmaMax: 3}, diffusion.VPLinear{}} {
		const n, mean, sd = 20000, 1.5, .5
		var want, m0, s0 float64
		for i := range n + 1 {
			c := s.At(float64(i) / n)
			m1, s1 := c.M*mean, math.Sqrt(c.M*c.M*sd*sd+c.Var)
			if i > 0 {
				want += ((m1-m0)*(m1-m0) + (s1-s0)*(s1-s0)) * n
			}
			m0, s0 = m1, s1
		}
		a := account(t, diffusion.Noising(measure.Normal(mean, sd), s).Flow)
		reftest.Near(t, fmt.Sprintf("%T: c₂", s), a.C2.Value, want, 1e-7, 0)
	}
}
