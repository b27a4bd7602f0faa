package diffusion

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

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
	s, _, tau := clock("diffusion.VPLinear", t, v.Duration)
	beta, b := linearRate("diffusion.VPLinear", v.BetaMin, v.BetaMax, s)
	m := math.Exp(-b / 2)
	return measure.Coeffs{M: m, DM: -beta / 2 * m / tau, Var: -math.Expm1(-b), DVar: beta * m * m / tau}
}

// TimeOfLogSNR implements Inverter: B = ln(1 + e^{−λ}), solved for t.
func (v VPLinear) TimeOfLogSNR(logSNR float64) float64 {
	return v.Tau() * linearRateTime("diffusion.VPLinear", v.BetaMin, v.BetaMax, softplus(-logSNR))
}

// SubVP is the sub-variance-preserving schedule with linear rate: with β and B
// of VPLinear,
//
//	m = e^{−B/2},  σ = 1 − e^{−B},  T = β (1 − e^{−2B})/(2 Tau).
//
// Here 1 − e^{−B} is the standard deviation, not the variance.
//
// Y. Song et al., Score-based generative modeling through stochastic
// differential equations, ICLR 2021.
type SubVP struct {
	BetaMin  float64 // default 0.1
	BetaMax  float64 // default 20
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (v SubVP) Tau() float64 { return duration(v.Duration) }

// At returns the coefficients at time t.
func (v SubVP) At(t float64) measure.Coeffs {
	s, _, tau := clock("diffusion.SubVP", t, v.Duration)
	beta, b := linearRate("diffusion.SubVP", v.BetaMin, v.BetaMax, s)
	m, sigma := math.Exp(-b/2), -math.Expm1(-b)
	return measure.Coeffs{M: m, DM: -beta / 2 * m / tau, Var: sigma * sigma, DVar: 2 * sigma * beta * m * m / tau}
}

// TimeOfLogSNR implements Inverter: with q = e^{λ/2} = m/(1 − m²),
// m = 2q/(1 + √(1 + 4q²)) and σ = 2/(1 + √(1 + 4q²)).
func (v SubVP) TimeOfLogSNR(logSNR float64) float64 {
	q := math.Exp(logSNR / 2)
	sigma := 2 / (1 + math.Hypot(1, 2*q))
	b := -math.Log1p(-sigma)
	if q < 1 {
		b = -2 * math.Log(q*sigma)
	}
	return v.Tau() * linearRateTime("diffusion.SubVP", v.BetaMin, v.BetaMax, b)
}

// linearRate returns β(s) and B(s).
func linearRate(fn string, betaMin, betaMax, s float64) (beta, b float64) {
	lo, hi := orDefault(betaMin, 0.1), orDefault(betaMax, 20)
	mustBePositive(fn, "BetaMin", lo)
	mustBePositive(fn, "BetaMax", hi)
	return lo + s*(hi-lo), s * (lo + s*(hi-lo)/2)
}

// linearRateTime returns the s with B(s) = b.
func linearRateTime(fn string, betaMin, betaMax, b float64) float64 {
	lo, _ := linearRate(fn, betaMin, betaMax, 0)
	hi, _ := linearRate(fn, betaMin, betaMax, 1)
	return 2 * b / (lo + math.Sqrt(lo*lo+2*(hi-lo)*b))
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
	s, left, tau := clock("diffusion.Cosine", t, c.Duration)
	sin, cos := sincosHalfPi(s, left)
	return measure.Coeffs{M: cos, DM: -math.Pi / 2 * sin / tau, Var: sin * sin, DVar: math.Pi * sin * cos / tau}
}

// TimeOfLogSNR implements Inverter: t = (2 Tau/π) arctan e^{−λ/2}.
func (c Cosine) TimeOfLogSNR(logSNR float64) float64 {
	return c.Tau() * 2 / math.Pi * math.Atan(math.Exp(-logSNR/2))
}

// sincosHalfPi returns sin(πs/2) and cos(πs/2) for s in [0, 1], each with full
// relative accuracy at its zero: near s = 1 the cosine is the sine of
// left = 1 − s.
func sincosHalfPi(s, left float64) (sin, cos float64) {
	if s <= 0.5 {
		return math.Sincos(math.Pi / 2 * s)
	}
	cos, sin = math.Sincos(math.Pi / 2 * left)
	return sin, cos
}

// NicholDhariwal is the cosine schedule with an offset δ that keeps the noise
// from starting too slowly: with u = (π/2)(t/Tau + δ)/(1 + δ) from u₀ and
// u̇ = π/(2 (1 + δ) Tau),
//
//	m = cos u/cos u₀,  σ² = 1 − m²,  T = u̇ tan u.
//
// Its discrete form, SquaredCosineBetas, caps the rate and so is another
// schedule near the end.
//
// A. Nichol and P. Dhariwal, Improved denoising diffusion probabilistic models,
// ICML 2021.
type NicholDhariwal struct {
	Offset   float64 // δ > 0; default 0.008
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (c NicholDhariwal) Tau() float64 { return duration(c.Duration) }

// At returns the coefficients at time t.
func (c NicholDhariwal) At(t float64) measure.Coeffs {
	s, left, tau := clock("diffusion.NicholDhariwal", t, c.Duration)
	d := c.offset()
	sin, cos := sincosHalfPi((s+d)/(1+d), left/(1+d))
	sin0, cos0 := sincosHalfPi(d/(1+d), 1/(1+d))
	// 1 − m² = (sin²u − sin²u₀)/cos²u₀ = sin(u − u₀) sin(u + u₀)/cos²u₀.
	rise, _ := sincosHalfPi(s/(1+d), (left+d)/(1+d))
	rate := math.Pi / (2 * (1 + d) * tau)
	return measure.Coeffs{
		M:    cos / cos0,
		DM:   -rate * sin / cos0,
		Var:  rise * (sin*cos0 + cos*sin0) / (cos0 * cos0),
		DVar: 2 * rate * sin * cos / (cos0 * cos0),
	}
}

// TimeOfLogSNR implements Inverter, by tan²u = (tan²u₀ + σ²)/m² and the tangent
// of the difference u − u₀.
func (c NicholDhariwal) TimeOfLogSNR(logSNR float64) float64 {
	d := c.offset()
	sin0, cos0 := sincosHalfPi(d/(1+d), 1/(1+d))
	tan0 := sin0 / cos0
	ratio := math.Exp(-logSNR) // σ²/m²
	tan := math.Sqrt(tan0*tan0*(1+ratio) + ratio)
	rise := math.Atan2(ratio/(cos0*cos0), (tan+tan0)*(1+tan*tan0))
	if math.IsInf(ratio, 1) {
		rise = math.Pi / (2 * (1 + d))
	}
	return c.Tau() * rise * (1 + d) * 2 / math.Pi
}

func (c NicholDhariwal) offset() float64 {
	d := orDefault(c.Offset, 0.008)
	mustBePositive("diffusion.NicholDhariwal", "Offset", d)
	return d
}

// LinearVP is the variance-preserving schedule whose signal falls linearly: with
// s = t/Tau,
//
//	m = 1 − s,  σ² = s (2 − s),  T = 1/((1 − s) Tau).
type LinearVP struct {
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (l LinearVP) Tau() float64 { return duration(l.Duration) }

// At returns the coefficients at time t.
func (l LinearVP) At(t float64) measure.Coeffs {
	s, left, tau := clock("diffusion.LinearVP", t, l.Duration)
	return measure.Coeffs{M: left, DM: -1 / tau, Var: s * (1 + left), DVar: 2 * left / tau}
}

// TimeOfLogSNR implements Inverter: t = Tau (1 − √sigmoid(λ)).
func (l LinearVP) TimeOfLogSNR(logSNR float64) float64 {
	return l.Tau() * sigmoid(-logSNR) / (1 + math.Sqrt(sigmoid(logSNR)))
}

// LogSNRUniform is the variance-preserving schedule whose log-SNR falls
// linearly: with λ = Max − (Max − Min) t/Tau,
//
//	m² = 1/(1 + e^{−λ}),  σ² = 1/(1 + e^{λ}),  T = σ² (Max − Min)/(2 Tau).
//
// At time 0 it has the data blurred a little.
type LogSNRUniform struct {
	Max, Min float64 // λ at both ends; default 20 and −20 if both are 0
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (l LogSNRUniform) Tau() float64 { return duration(l.Duration) }

// At returns the coefficients at time t.
func (l LogSNRUniform) At(t float64) measure.Coeffs {
	s, _, tau := clock("diffusion.LogSNRUniform", t, l.Duration)
	hi, lo := l.ends()
	lambda := hi - (hi-lo)*s
	signal, noise := sigmoid(lambda), sigmoid(-lambda)
	rate := (hi - lo) / tau
	m := math.Sqrt(signal)
	return measure.Coeffs{M: m, DM: -m * noise * rate / 2, Var: noise, DVar: signal * noise * rate}
}

// TimeOfLogSNR implements Inverter: t = Tau (Max − λ)/(Max − Min).
func (l LogSNRUniform) TimeOfLogSNR(logSNR float64) float64 {
	hi, lo := l.ends()
	return l.Tau() * ((hi - logSNR) / (hi - lo))
}

func (l LogSNRUniform) ends() (hi, lo float64) {
	hi, lo = l.Max, l.Min
	if hi == 0 && lo == 0 {
		hi, lo = 20, -20
	}
	const fn = "diffusion.LogSNRUniform"
	mustBe(fn, "Min", lo, !math.IsInf(lo, 0) && !math.IsNaN(lo), "finite")
	mustBe(fn, "Max", hi, hi > lo && !math.IsInf(hi, 1), "finite and above Min")
	return hi, lo
}

// VPGeodesic is the variance-preserving schedule under which Gaussian data
// N(0, SD² I) moves to N(0, I) along the W₂ geodesic: with s = t/Tau and the
// standard deviation q = (1 − s) SD + s of x_t,
//
//	m² = (1 − q²)/(1 − SD²),  σ² = 1 − m²,  T = q/((1 − s)(1 + q) Tau).
//
// The W₂ speed per dimension is (1 − SD)/Tau. At Tau, m is 0 and ṁ infinite.
type VPGeodesic struct {
	SD       float64 // the data's standard deviation; default 0.5
	Duration float64 // Tau; default 1
}

// Tau returns the duration.
func (g VPGeodesic) Tau() float64 { return duration(g.Duration) }

// At returns the coefficients at time t.
func (g VPGeodesic) At(t float64) measure.Coeffs {
	s, left, tau := clock("diffusion.VPGeodesic", t, g.Duration)
	sd := g.sd()
	q := left*sd + s
	// 1 − q² = (1 − s)(1 − SD)(1 + q) and q² − SD² = s (1 − SD)(q + SD).
	m := math.Sqrt(left * (1 + q) / (1 + sd))
	slope := 2 * q / (1 + sd) / tau
	return measure.Coeffs{M: m, DM: -slope / (2 * m), Var: s * (q + sd) / (1 + sd), DVar: slope}
}

// TimeOfLogSNR implements Inverter, by q² = SD² + σ² (1 − SD²).
func (g VPGeodesic) TimeOfLogSNR(logSNR float64) float64 {
	sd := g.sd()
	noise := sigmoid(-logSNR)
	q := math.Sqrt(sd*sd*sigmoid(logSNR) + noise)
	return g.Tau() * noise * (1 + sd) / (q + sd)
}

func (g VPGeodesic) sd() float64 {
	sd := orDefault(g.SD, 0.5)
	mustBePositive("diffusion.VPGeodesic", "SD", sd)
	return sd
}
