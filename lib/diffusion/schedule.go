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
//
// The schedules of this package give m, σ² and their derivatives, and so the
// log-SNR, temperature and drift that follow, to 1e-12 of their values as close
// to the ends as float64 times can stand.
type Schedule interface {
	At(t float64) measure.Coeffs
	Tau() float64
}

// Inverter is a schedule that knows the inverse of its log-SNR.
type Inverter interface {
	Schedule

	// TimeOfLogSNR returns the time at which λ = ln(m²/σ²) has the given
	// value. It isn't clamped to [0, Tau]; NaN where no continuation of the
	// schedule has that value.
	TimeOfLogSNR(logSNR float64) float64
}

// TimeOfLogSNR returns the time in [0, Tau] at which λ = ln(m²/σ²) has the given
// value: by the closed form of an Inverter, otherwise by bisection over the
// float64 numbers, which ends at the nearest two. Where λ is constant, any time
// of the stretch may be returned.
//
// It returns a *measure.ValueError if λ doesn't take the value on [0, Tau].
func TimeOfLogSNR(s Schedule, logSNR float64) (float64, error) {
	const fn, slack = "diffusion.TimeOfLogSNR", 1e-12
	tau := s.Tau()
	most, least := s.At(0).LogSNR(), s.At(tau).LogSNR()
	tolerance := slack * max(1, math.Abs(logSNR))
	if math.IsInf(logSNR, 0) {
		tolerance = 0
	}
	if !(logSNR >= least-tolerance && logSNR <= most+tolerance) { // NaN too
		return 0, &measure.ValueError{Func: fn, Arg: "logSNR", Value: logSNR, Want: fmt.Sprintf("in [%v, %v]", least, most)}
	}
	switch {
	case logSNR >= most:
		return 0, nil
	case logSNR <= least:
		return tau, nil
	}
	if inv, ok := s.(Inverter); ok {
		return min(max(inv.TimeOfLogSNR(logSNR), 0), tau), nil
	}
	// The bits of non-negative floats are ordered as they are.
	lo, hi := uint64(0), math.Float64bits(tau)
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		if s.At(math.Float64frombits(mid)).LogSNR() > logSNR {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Float64frombits(hi), nil
}

func duration(tau float64) float64 {
	tau = orDefault(tau, 1)
	mustBe("diffusion", "Duration", tau, tau > 0 && !math.IsInf(tau, 1), "positive and finite")
	return tau
}

// clock returns s = t/Tau, 1 − s with full relative accuracy, and Tau.
func clock(fn string, t, d float64) (s, left, tau float64) {
	tau = duration(d)
	mustBeTime(fn, t, tau)
	return t / tau, (tau - t) / tau, tau
}

func mustBeTime(fn string, t, tau float64) {
	if !(t >= 0 && t <= tau) {
		mustBe(fn, "t", t, false, fmt.Sprintf("in [0, %v]", tau))
	}
}

func mustBePositive(fn, arg string, v float64) {
	mustBe(fn, arg, v, v > 0 && !math.IsInf(v, 1), "positive and finite")
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

// sigmoid returns 1/(1 + e^{−x}) with full relative accuracy.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// softplus returns ln(1 + eˣ) with full relative accuracy.
func softplus(x float64) float64 {
	return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}
