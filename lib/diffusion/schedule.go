package diffusion

import (
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Schedule is a noise schedule: the coefficients of x_t = m(t) x₀ + σ(t) ε on
// [0, Tau].
//
// At panics unless 0 ≤ t ≤ Tau, and on parameters out of their range.
type Schedule interface {
	At(t float64) measure.Coeffs
	Tau() float64
}

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
	s, tau := clock("diffusion.CondOT", t, c.Duration)
	return measure.Coeffs{M: 1 - s, DM: -1 / tau, Var: s * s, DVar: 2 * s / tau}
}

// Cosine is the variance-preserving cosine schedule without offset: with
// s = t/Tau,
//
//	m = cos(πs/2),  σ = sin(πs/2),  T = (π/2) tan(πs/2)/Tau.
type Cosine struct {
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (c Cosine) Tau() float64 { return duration(c.Duration) }

// At returns the coefficients at time t.
func (c Cosine) At(t float64) measure.Coeffs {
	s, tau := clock("diffusion.Cosine", t, c.Duration)
	sin, cos := sincosHalfPi(s)
	return measure.Coeffs{M: cos, DM: -math.Pi / 2 * sin / tau, Var: sin * sin, DVar: math.Pi * sin * cos / tau}
}

// sincosHalfPi returns sin(πs/2) and cos(πs/2) for s in [0, 1], each with full
// relative accuracy at its zero: near s = 1 the cosine is the sine of 1 − s,
// which is exact.
func sincosHalfPi(s float64) (sin, cos float64) {
	if s <= 0.5 {
		return math.Sincos(math.Pi / 2 * s)
	}
	cos, sin = math.Sincos(math.Pi / 2 * (1 - s))
	return sin, cos
}

// VPLinear is the variance-preserving schedule with linear rate: with
// s = t/Tau and β(s) = BetaMin + s (BetaMax − BetaMin), B = ∫₀ˢ β,
//
//	m = e^{−B/2},  σ² = 1 − e^{−B},  T = β/(2 Tau).
//
// m doesn't reach 0: the law at the end is not quite the standard normal.
//
// Y. Song et al., Score-based generative modeling through stochastic
// differential equations, ICLR 2021.
type VPLinear struct {
	BetaMin  float64 // default 0.1
	BetaMax  float64 // default 20
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (v VPLinear) Tau() float64 { return duration(v.Duration) }

// At returns the coefficients at time t.
func (v VPLinear) At(t float64) measure.Coeffs {
	const fn = "diffusion.VPLinear"
	s, tau := clock(fn, t, v.Duration)
	lo, hi := orDefault(v.BetaMin, 0.1), orDefault(v.BetaMax, 20)
	mustBe(fn, "BetaMin", lo, lo > 0 && !math.IsInf(lo, 1), "positive and finite")
	mustBe(fn, "BetaMax", hi, hi > 0 && !math.IsInf(hi, 1), "positive and finite")
	beta, b := lo+s*(hi-lo), s*(lo+s*(hi-lo)/2)
	m := math.Exp(-b / 2)
	return measure.Coeffs{M: m, DM: -beta / 2 * m / tau, Var: -math.Expm1(-b), DVar: beta * m * m / tau}
}

// VE is the variance-exploding schedule, started from the data: with s = t/Tau
// and r = ln(SigmaMax/SigmaMin),
//
//	m = 1,  σ² = SigmaMin² (e^{2rs} − 1),  T = r SigmaMin² e^{2rs}/Tau.
//
// It is the dynamics of Song et al. with σ(0) = 0; published code often takes
// σ = SigmaMin e^{rs}, which is SigmaMin at the data.
type VE struct {
	SigmaMin float64 // default 0.01
	SigmaMax float64 // default 50
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (v VE) Tau() float64 { return duration(v.Duration) }

// At returns the coefficients at time t.
func (v VE) At(t float64) measure.Coeffs {
	const fn = "diffusion.VE"
	s, tau := clock(fn, t, v.Duration)
	lo, hi := orDefault(v.SigmaMin, 0.01), orDefault(v.SigmaMax, 50)
	mustBe(fn, "SigmaMin", lo, lo > 0, "positive")
	mustBe(fn, "SigmaMax", hi, hi > lo && !math.IsInf(hi, 1), "finite and above SigmaMin")
	r := math.Log(hi / lo)
	return measure.Coeffs{
		M:    1,
		Var:  lo * lo * math.Expm1(2*r*s),
		DVar: 2 * r * lo * lo * math.Exp(2*r*s) / tau,
	}
}

func duration(tau float64) float64 {
	tau = orDefault(tau, 1)
	mustBe("diffusion", "Duration", tau, tau > 0 && !math.IsInf(tau, 1), "positive and finite")
	return tau
}

// clock returns s = t/Tau in [0, 1] and Tau.
func clock(fn string, t, d float64) (s, tau float64) {
	tau = duration(d)
	mustBe(fn, "t", t, t >= 0 && t <= tau, fmt.Sprintf("in [0, %v]", tau))
	return t / tau, tau
}

func orDefault(x, d float64) float64 {
	if x == 0 {
		return d
	}
	return x
}

func mustBe(fn, arg string, v float64, ok bool, want string) {
	if !ok {
		panic((&measure.ValueError{Func: fn, Arg: arg, Value: v, Want: want}).Error())
	}
}
