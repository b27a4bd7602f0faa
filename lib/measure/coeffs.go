package measure

import (
	"fmt"
	"math"
)

// Coeffs are the coefficients at one time of the linear noising
// x_t = m(t) x₀ + σ(t) ε: the signal's factor m, the noise's variance σ², and
// their derivatives with respect to t.
type Coeffs struct {
	M, DM     float64 // m and dm/dt
	Var, DVar float64 // σ² and dσ²/dt
}

// Sigma returns σ = √var.
func (c Coeffs) Sigma() float64 { return math.Sqrt(c.Var) }

// DSigma returns dσ/dt = (dσ²/dt)/(2σ). Where σ = 0 it is +Inf or, if the
// variance has no slope either, 0: variances that start as t² (as under
// conditional optimal transport) have a finite limit that needs the second
// derivative, which Coeffs doesn't hold.
func (c Coeffs) DSigma() float64 {
	if c.DVar == 0 {
		return 0
	}
	return c.DVar / (2 * c.Sigma())
}

// T returns the temperature T = ½ dσ²/dt − (ṁ/m) σ² of the Langevin dynamics
// dx = (ṁ/m) x dt + √(2T) dB that has these marginals (k_B = 1, mobility 1; in
// Song's notation T = β/2 = g²/2). It is +Inf where m reaches 0 and the noise isn't.
func (c Coeffs) T() float64 {
	switch {
	case c.M == 0 && c.Var > 0:
		return math.Inf(1)
	case c.Var == 0 || c.DM == 0:
		return 0.5 * c.DVar
	}
	a, b := 0.5*c.DVar, c.DM/c.M*c.Var
	if t := a - b; t >= 0 || t < -1e-15*(math.Abs(a)+math.Abs(b)) || math.IsNaN(t) {
		return t
	}
	return 0 // the terms cancel to rounding
}

// Drift returns ṁ/m, the factor of the linear drift f = (ṁ/m) x. It is −Inf
// where m falls to 0.
func (c Coeffs) Drift() float64 {
	if c.M == 0 {
		return math.Inf(-1)
	}
	return c.DM / c.M
}

// LogSNR returns λ = ln(m²/σ²).
func (c Coeffs) LogSNR() float64 { return 2*math.Log(math.Abs(c.M)) - math.Log(c.Var) }

// DLogSNR returns dλ/dt = 2ṁ/m − (dσ²/dt)/σ² = −2T/σ². It is −Inf where m falls
// to 0 and where σ rises from 0.
func (c Coeffs) DLogSNR() float64 {
	if c.M == 0 || c.Var == 0 {
		return math.Inf(-1)
	}
	return 2*c.DM/c.M - c.DVar/c.Var
}

func (c Coeffs) check(fn string) {
	for _, v := range [...]float64{c.M, c.DM, c.Var, c.DVar} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			panic(fmt.Sprintf("%s: coefficients %+v aren't finite", fn, c))
		}
	}
	if c.Var < 0 {
		panic(fmt.Sprintf("%s: variance is %v, want ≥ 0", fn, c.Var))
	}
}
