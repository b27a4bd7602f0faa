package diffusion

import (
	"fmt"
	"math"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// A grid is a list of times that a sampler visits one after the other, from the
// noise down to the data: explicit numbers, never a count and a rule. flow.Times
// gives equal steps.

// GridError reports times that don't decrease, or leave [0, Tau].
type GridError struct {
	Func  string
	Index int
	Time  float64
	Want  string
}

func (e *GridError) Error() string {
	return fmt.Sprintf("%s: times[%d] is %v, want %s", e.Func, e.Index, e.Time, e.Want)
}

// CheckGrid returns a *GridError unless there are at least two times, in
// [0, Tau] and decreasing.
func CheckGrid(s Schedule, times []float64) error { return checkGrid("diffusion.CheckGrid", s, times) }

func checkGrid(fn string, s Schedule, times []float64) error {
	tau := s.Tau()
	for i, t := range times {
		switch {
		case !(t >= 0 && t <= tau):
			return &GridError{fn, i, t, fmt.Sprintf("in [0, %v]", tau)}
		case i > 0 && t >= times[i-1]:
			return &GridError{fn, i, t, fmt.Sprintf("below times[%d] = %v", i-1, times[i-1])}
		}
	}
	if len(times) < 2 {
		return fmt.Errorf("%s: %d times, want at least 2", fn, len(times))
	}
	return nil
}

// KarrasSigmas returns n noise levels σ/m and a final 0,
//
//	(σmax^{1/ρ} + i/(n−1) (σmin^{1/ρ} − σmax^{1/ρ}))^ρ;
//
// Karras et al. take (0.002, 80, 7). Under EDM they are the times; SigmaTimes
// gives those of another schedule. It panics unless n ≥ 1, 0 < σmin ≤ σmax and
// ρ > 0.
func KarrasSigmas(n int, sigmaMin, sigmaMax, rho float64) []float64 {
	const fn = "diffusion.KarrasSigmas"
	mustBePositive(fn, "rho", rho)
	return sigmaGrid(fn, n, sigmaMin, sigmaMax,
		func(s float64) float64 { return math.Pow(s, 1/rho) }, func(x float64) float64 { return math.Pow(x, rho) })
}

// ExponentialSigmas returns n noise levels σ/m in geometric progression from
// σmax to σmin, and a final 0. The log-SNR falls in equal steps. It panics
// unless n ≥ 1 and 0 < σmin ≤ σmax.
func ExponentialSigmas(n int, sigmaMin, sigmaMax float64) []float64 {
	return sigmaGrid("diffusion.ExponentialSigmas", n, sigmaMin, sigmaMax, math.Log, math.Exp)
}

// sigmaGrid spaces n levels equally in f(σ), whose inverse is g, and adds a 0.
func sigmaGrid(fn string, n int, lo, hi float64, f, g func(float64) float64) []float64 {
	if n < 1 {
		panic(fmt.Sprintf("%s: n is %d, want at least 1", fn, n))
	}
	mustBePositive(fn, "sigmaMin", lo)
	mustBe(fn, "sigmaMax", hi, hi >= lo && !math.IsInf(hi, 1), "finite and at least sigmaMin")
	x := append(linspace(f(hi), f(lo), n), 0)
	for i := range n {
		x[i] = g(x[i])
	}
	x[0] = hi
	if n > 1 {
		x[n-1] = lo
	}
	return x
}

// SigmaTimes returns the times at which σ/m has the given values.
//
// It returns a *measure.ValueError if the schedule doesn't take one of them.
func SigmaTimes(s Schedule, sigmas []float64) ([]float64, error) {
	times := make([]float64, len(sigmas))
	for i, sigma := range sigmas {
		t, err := TimeOfLogSNR(s, -2*math.Log(sigma))
		if err != nil || sigma < 0 {
			least, most := noiseLevel(s.At(0)), noiseLevel(s.At(s.Tau()))
			return nil, &measure.ValueError{Func: "diffusion.SigmaTimes", Arg: fmt.Sprintf("sigmas[%d]", i), Value: sigma, Want: fmt.Sprintf("in [%v, %v]", least, most)}
		}
		times[i] = t
	}
	return times, nil
}

// noiseLevel returns σ/m.
func noiseLevel(c measure.Coeffs) float64 { return c.Sigma() / c.M }

// LogSNRTimes returns n+1 times from one to another between which the log-SNR
// changes in equal steps. It panics unless n ≥ 1.
//
// It returns a *measure.ValueError unless both times are in [0, Tau] and have a
// finite log-SNR.
func LogSNRTimes(s Schedule, from, to float64, n int) ([]float64, error) {
	const fn = "diffusion.LogSNRTimes"
	if n < 1 {
		panic(fmt.Sprintf("%s: n is %d, want at least 1", fn, n))
	}
	a, err := finiteLogSNR(fn, "from", s, from)
	if err != nil {
		return nil, err
	}
	b, err := finiteLogSNR(fn, "to", s, to)
	if err != nil {
		return nil, err
	}
	times := linspace(a, b, n+1)
	for i, l := range times {
		if times[i], err = TimeOfLogSNR(s, min(max(l, min(a, b)), max(a, b))); err != nil {
			return nil, err
		}
	}
	times[0], times[n] = from, to
	return times, nil
}

func finiteLogSNR(fn, arg string, s Schedule, t float64) (float64, error) {
	if tau := s.Tau(); !(t >= 0 && t <= tau) {
		return 0, &measure.ValueError{Func: fn, Arg: arg, Value: t, Want: fmt.Sprintf("in [0, %v]", tau)}
	}
	l := s.At(t).LogSNR()
	if math.IsInf(l, 0) {
		return 0, &measure.ValueError{Func: fn, Arg: arg, Value: t, Want: fmt.Sprintf("where the log-SNR is finite, not %v", l)}
	}
	return l, nil
}

// ShiftTimes returns the times moved towards the noise by the shift of flow
// matching: with s = t/tau, s ↦ shift·s/(1 + (shift − 1) s). Under CondOT it
// subtracts 2 ln shift from the log-SNR. It panics unless shift and tau are
// positive and all times in [0, tau].
func ShiftTimes(times []float64, shift, tau float64) []float64 {
	const fn = "diffusion.ShiftTimes"
	mustBePositive(fn, "shift", shift)
	mustBePositive(fn, "tau", tau)
	out := make([]float64, len(times))
	for i, t := range times {
		mustBeTime(fn, t, tau)
		out[i] = t * (shift * tau / ((tau - t) + shift*t))
	}
	return out
}

// QuadraticTimes returns n+1 times from one to another whose square roots are
// equally spaced: short steps near 0. It panics unless n ≥ 1 and both are ≥ 0
// and finite.
func QuadraticTimes(from, to float64, n int) []float64 {
	const fn = "diffusion.QuadraticTimes"
	if n < 1 {
		panic(fmt.Sprintf("%s: n is %d, want at least 1", fn, n))
	}
	mustBe(fn, "from", from, from >= 0 && !math.IsInf(from, 1), "finite and ≥ 0")
	mustBe(fn, "to", to, to >= 0 && !math.IsInf(to, 1), "finite and ≥ 0")
	times := linspace(math.Sqrt(from), math.Sqrt(to), n+1)
	for i, r := range times {
		times[i] = r * r
	}
	times[0], times[n] = from, to
	return times
}

// The following choose n of the steps 0 … total−1 of a discrete diffusion,
// decreasing; step i stands at time i+1 of Discrete.

// LeadingTimesteps returns the steps 0, k, 2k, … with k = total/n rounded down.
// The last step is never among them. It panics unless 1 ≤ n ≤ total.
func LeadingTimesteps(total, n int) []int {
	checkSteps("diffusion.LeadingTimesteps", total, n)
	steps := make([]int, n)
	for i := range steps {
		steps[i] = i * (total / n)
	}
	slices.Reverse(steps)
	return steps
}

// TrailingTimesteps returns the steps total − i·total/n − 1, rounded half to
// even: the last step comes first. It panics unless 1 ≤ n ≤ total.
func TrailingTimesteps(total, n int) []int {
	checkSteps("diffusion.TrailingTimesteps", total, n)
	steps := make([]int, n)
	for i := range steps {
		steps[i] = int(math.RoundToEven(float64(total)-float64(i)*(float64(total)/float64(n)))) - 1
	}
	return steps
}

// LinspaceTimesteps returns n steps from the last to the first, equally spaced
// and rounded half to even; one step is the first. It panics unless
// 1 ≤ n ≤ total.
func LinspaceTimesteps(total, n int) []int {
	checkSteps("diffusion.LinspaceTimesteps", total, n)
	steps := make([]int, n)
	for i, x := range linspace(0, float64(total-1), n) {
		steps[n-1-i] = int(math.RoundToEven(x))
	}
	return steps
}

func checkSteps(fn string, total, n int) {
	if n < 1 || n > total {
		panic(fmt.Sprintf("%s: n is %d, want in [1, %d]", fn, n, total))
	}
}

// TimestepTimes returns the times of Discrete at which the steps stand, and the
// data's time 0: the grid of a sampler.
func TimestepTimes(steps []int) []float64 {
	times := make([]float64, len(steps)+1)
	for i, k := range steps {
		if k < 0 {
			panic(fmt.Sprintf("diffusion.TimestepTimes: steps[%d] is %d, want ≥ 0", i, k))
		}
		times[i] = float64(k + 1)
	}
	return times
}
