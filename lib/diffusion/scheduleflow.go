package diffusion

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// CondOT is the straight line from data to noise of conditional optimal
// transport (rectified flow): with s = t/Tau,
//
//	m = 1 − s,  σ = s,  T = s/((1 − s) Tau).
//
// Y. Lipman et al., Flow matching for generative modeling, ICLR 2023.
type CondOT struct {
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (c CondOT) Tau() float64 { return duration(c.Duration) }

// At returns the coefficients at time t.
func (c CondOT) At(t float64) measure.Coeffs {
	s, left, tau := clock("diffusion.CondOT", t, c.Duration)
	return measure.Coeffs{M: left, DM: -1 / tau, Var: s * s, DVar: 2 * s / tau}
}

// TimeOfLogSNR implements Inverter: t = Tau/(1 + e^{λ/2}).
func (c CondOT) TimeOfLogSNR(logSNR float64) float64 { return c.Tau() * sigmoid(-logSNR/2) }

// Polynomial is the convex polynomial schedule: with s = t/Tau,
//
//	m = (1 − s)ⁿ,  σ = 1 − (1 − s)ⁿ,  T = n σ/((1 − s) Tau).
//
// With n = 1 it is CondOT. With n < 1, ṁ is infinite at Tau.
type Polynomial struct {
	N        float64 // the power n > 0; default 2
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (p Polynomial) Tau() float64 { return duration(p.Duration) }

// At returns the coefficients at time t.
func (p Polynomial) At(t float64) measure.Coeffs {
	const fn = "diffusion.Polynomial"
	s, left, tau := clock(fn, t, p.Duration)
	n := p.power()
	m, dm := math.Pow(left, n), -n*math.Pow(left, n-1)/tau
	sigma := -math.Expm1(n * math.Log1p(-s))
	return measure.Coeffs{M: m, DM: dm, Var: sigma * sigma, DVar: -2 * sigma * dm}
}

// TimeOfLogSNR implements Inverter: t = Tau (1 − sigmoid(λ/2)^{1/n}).
func (p Polynomial) TimeOfLogSNR(logSNR float64) float64 {
	return -p.Tau() * math.Expm1(-softplus(-logSNR/2)/p.power())
}

func (p Polynomial) power() float64 {
	n := orDefault(p.N, 2)
	mustBePositive("diffusion.Polynomial", "N", n)
	return n
}
