package diffusion

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// VE is the variance-exploding schedule, started from the data: with s = t/Tau
// and r = ln(SigmaMax/SigmaMin),
//
//	m = 1,  σ² = SigmaMin² (e^{2rs} − 1),  T = r SigmaMin² e^{2rs}/Tau.
//
// It is the dynamics of Song et al. with σ(0) = 0; VESong has their σ.
type VE struct {
	SigmaMin float64 // default 0.01
	SigmaMax float64 // default 50
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (v VE) Tau() float64 { return duration(v.Duration) }

// At returns the coefficients at time t.
func (v VE) At(t float64) measure.Coeffs {
	s, _, tau := clock("diffusion.VE", t, v.Duration)
	lo, r := veRange("diffusion.VE", v.SigmaMin, v.SigmaMax)
	return measure.Coeffs{
		M:    1,
		Var:  lo * lo * math.Expm1(2*r*s),
		DVar: 2 * r * lo * lo * math.Exp(2*r*s) / tau,
	}
}

// TimeOfLogSNR implements Inverter: t = Tau ln(1 + e^{−λ}/SigmaMin²)/(2r).
func (v VE) TimeOfLogSNR(logSNR float64) float64 {
	lo, r := veRange("diffusion.VE", v.SigmaMin, v.SigmaMax)
	return v.Tau() * softplus(-logSNR-2*math.Log(lo)) / (2 * r)
}

// VESong is the variance-exploding schedule as it was published: with
// s = t/Tau and r = ln(SigmaMax/SigmaMin),
//
//	m = 1,  σ = SigmaMin e^{rs},  T = r σ²/Tau.
//
// At time 0 it has the data blurred by SigmaMin; VE starts from the data.
//
// Y. Song et al., Score-based generative modeling through stochastic
// differential equations, ICLR 2021.
type VESong struct {
	SigmaMin float64 // default 0.01
	SigmaMax float64 // default 50
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (v VESong) Tau() float64 { return duration(v.Duration) }

// At returns the coefficients at time t.
func (v VESong) At(t float64) measure.Coeffs {
	s, _, tau := clock("diffusion.VESong", t, v.Duration)
	lo, r := veRange("diffusion.VESong", v.SigmaMin, v.SigmaMax)
	variance := lo * lo * math.Exp(2*r*s)
	return measure.Coeffs{M: 1, Var: variance, DVar: 2 * r * variance / tau}
}

// TimeOfLogSNR implements Inverter: t = −Tau (λ/2 + ln SigmaMin)/r.
func (v VESong) TimeOfLogSNR(logSNR float64) float64 {
	lo, r := veRange("diffusion.VESong", v.SigmaMin, v.SigmaMax)
	return -v.Tau() * (logSNR/2 + math.Log(lo)) / r
}

// veRange returns SigmaMin and ln(SigmaMax/SigmaMin).
func veRange(fn string, sigmaMin, sigmaMax float64) (lo, r float64) {
	lo, hi := orDefault(sigmaMin, 0.01), orDefault(sigmaMax, 50)
	mustBe(fn, "SigmaMin", lo, lo > 0, "positive")
	mustBe(fn, "SigmaMax", hi, hi > lo && !math.IsInf(hi, 1), "finite and above SigmaMin")
	return lo, math.Log(hi / lo)
}

// EDM is the variance-exploding schedule whose time is the noise level:
//
//	m = 1,  σ = t,  T = t,  Tau = SigmaMax.
//
// T. Karras et al., Elucidating the design space of diffusion-based generative
// models, NeurIPS 2022. KarrasSigmas gives their times, Precondition their
// network's factors.
type EDM struct {
	SigmaMax float64 // default 80
}

// Tau returns the largest noise level.
func (e EDM) Tau() float64 {
	hi := orDefault(e.SigmaMax, 80)
	mustBePositive("diffusion.EDM", "SigmaMax", hi)
	return hi
}

// At returns the coefficients at time t, the noise level.
func (e EDM) At(t float64) measure.Coeffs {
	mustBeTime("diffusion.EDM", t, e.Tau())
	return measure.Coeffs{M: 1, Var: t * t, DVar: 2 * t}
}

// TimeOfLogSNR implements Inverter: t = e^{−λ/2}.
func (e EDM) TimeOfLogSNR(logSNR float64) float64 { return math.Exp(-logSNR / 2) }

// Preconditioning holds the factors with which a network F becomes the denoiser
//
//	D(x; σ) = Skip x + Out F(In x; Noise)
//
// and the weight of its squared error.
type Preconditioning struct{ Skip, Out, In, Noise, Weight float64 }

// Precondition returns the factors of Karras et al., table 1, at noise level
// sigma for data of the given standard deviation:
//
//	Skip = σ_d²/(σ² + σ_d²),  Out = σ σ_d/√(σ² + σ_d²),  In = 1/√(σ² + σ_d²),
//	Noise = ¼ ln σ,  Weight = (σ² + σ_d²)/(σ σ_d)².
//
// It panics unless both are positive and finite.
func Precondition(sigma, dataSD float64) Preconditioning {
	const fn = "diffusion.Precondition"
	mustBePositive(fn, "sigma", sigma)
	mustBePositive(fn, "dataSD", dataSD)
	total := math.Hypot(sigma, dataSD)
	out := sigma / total * dataSD
	share := dataSD / total
	return Preconditioning{Skip: share * share, Out: out, In: 1 / total, Noise: math.Log(sigma) / 4, Weight: 1 / (out * out)}
}
