package measure

import (
	"math"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

// Both tails keep their digits, through every function that could take the
// wrong one.
func TestTails(t *testing.T) {
	// Transfer goes through the smaller tail: 1 − Φ(12) is lost in Φ(12).
	for _, x := range []float64{-30, -12, -1, 0, 1, 12, 30} {
		reftest.Near(t, "Transfer to itself", Transfer(Normal(0, 1), Normal(0, 1), x), x, 1e-14, 0)
		reftest.Near(t, "Transfer to another", Transfer(Normal(0, 1), Normal(5, 2), x), 5+2*x, 1e-14, 1e-14)
		mirror := Transfer(Bimodal(1, .5), Bimodal(2, 1), x)
		reftest.Near(t, "Transfer of a mixture", mirror, 2*x, 1e-13, 1e-13)
	}
	// Where the tail of a mixture underflows, both components still count:
	// equal ones add up, unequal ones in the ratio of their tails.
	one := Normal(-3, 2)
	both := must(NewMixture([]float64{.25, .75}, []*Gaussian{one, one}))
	near := must(NewMixture([]float64{.5, .5}, []*Gaussian{Normal(0, 1), Normal(.01, 1)}))
	swapped := must(NewMixture([]float64{.5, .5}, []*Gaussian{Normal(.01, 1), Normal(0, 1)}))
	for _, z := range []float64{40, 60, 100} {
		wl, wu := one.LogCDF(-3 - 2*z)
		l, u := both.LogCDF(-3 - 2*z)
		reftest.Near(t, "lower tail", l, wl, 1e-14, 0)
		reftest.Near(t, "its complement", u, wu, 0, 1e-300)
		_, wu = one.LogCDF(-3 + 2*z)
		_, u = both.LogCDF(-3 + 2*z)
		reftest.Near(t, "upper tail", u, wu, 1e-14, 0)

		_, a := Normal(0, 1).LogCDF(z)
		_, b := Normal(.01, 1).LogCDF(z)
		want := b + math.Log1p(math.Exp(a-b)) - math.Ln2
		for _, m := range []*Mixture{near, swapped} {
			_, u := m.LogCDF(z)
			reftest.Near(t, "two components", u, want, 1e-14, 0)
		}
	}
	// A uniform's smaller part of the interval is exact.
	u := must(NewUniform(1, 3))
	lower, _ := u.LogCDF(1 + 0x1p-50)
	reftest.Near(t, "near the lower end", lower, -51*math.Ln2, 1e-15, 0)
	_, upper := u.LogCDF(3 - 0x1p-50)
	reftest.Near(t, "near the upper end", upper, -51*math.Ln2, 1e-15, 0)
	reftest.Near(t, "median", u.LogQuantile(-math.Ln2, false), 2, 1e-15, 0)
}
