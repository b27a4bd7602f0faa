package diffusion

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Interpolant is a path between coupled data x₀ and noise x₁,
//
//	x_t = a(t) x₀ + b(t) x₁ + c(t) z,  z ~ N(0, I),
//
// whose velocity u = ȧ x₀ + ḃ x₁ + ċ z is what a network regresses on: the mean of
// u given x_t carries the law of x_t. Time runs from the data at 0 to the noise at
// Tau. Flow-matching libraries use s = 1 − t (with Tau = 1), in which velocities
// are −u, and call the noise x₀ and the data x₁.
//
// At panics unless 0 ≤ t ≤ Tau, and on parameters out of their range.
type Interpolant interface {
	At(t float64) InterpolantCoeffs
	Tau() float64
}

// InterpolantCoeffs are the coefficients of an Interpolant at one time, and their
// derivatives.
type InterpolantCoeffs struct {
	Data, Noise, Spread    float64 // a, b, c
	DData, DNoise, DSpread float64 // ȧ, ḃ, ċ
}

// StraightPath is the straight line from data to noise in a tube of constant width,
//
//	x_t = (1 − t) x₀ + t x₁ + σ z,  u = x₁ − x₀.
//
// With the independent coupling it is I-CFM (for σ = 0 rectified flow, conditional
// optimal transport), with the optimal one OT-CFM (Tong et al. 2024).
type StraightPath struct {
	Sigma float64 // default 0
}

// Tau returns 1.
func (StraightPath) Tau() float64 { return 1 }

// At returns the coefficients at time t.
func (p StraightPath) At(t float64) InterpolantCoeffs {
	pathTime("diffusion.StraightPath", t, p.Sigma)
	return InterpolantCoeffs{Data: 1 - t, Noise: t, Spread: p.Sigma, DData: -1, DNoise: 1}
}

// LipmanPath is the optimal-transport path of flow matching (Lipman et al. 2023),
//
//	x_t = (1 − t) x₀ + (1 − (1 − SigmaMin)(1 − t)) z,
//
// which needs no noise but z: b = 0.
type LipmanPath struct {
	SigmaMin float64 // the width around the data; default 0
}

// Tau returns 1.
func (LipmanPath) Tau() float64 { return 1 }

// At returns the coefficients at time t.
func (p LipmanPath) At(t float64) InterpolantCoeffs {
	pathTime("diffusion.LipmanPath", t, p.SigmaMin)
	return InterpolantCoeffs{Data: 1 - t, Spread: t + p.SigmaMin*(1-t), DData: -1, DSpread: 1 - p.SigmaMin}
}

// TrigonometricPath goes along a quarter of a circle,
//
//	x_t = cos(πt/2) x₀ + sin(πt/2) x₁ + σ z,
//
// and preserves the variance of independent ends of variance 1 (M. Albergo and
// E. Vanden-Eijnden, ICLR 2023).
type TrigonometricPath struct {
	Sigma float64 // default 0
}

// Tau returns 1.
func (TrigonometricPath) Tau() float64 { return 1 }

// At returns the coefficients at time t.
func (p TrigonometricPath) At(t float64) InterpolantCoeffs {
	pathTime("diffusion.TrigonometricPath", t, p.Sigma)
	sin, cos := sincosHalfPi(t, 1-t)
	return InterpolantCoeffs{
		Data: cos, Noise: sin, Spread: p.Sigma,
		DData: -math.Pi / 2 * sin, DNoise: math.Pi / 2 * cos,
	}
}

// SchedulePath is the path x_t = m x₀ + σ x₁ of a schedule, on [0, Tau].
type SchedulePath struct{ Schedule }

// At returns the coefficients at time t. Where σ̇ is infinite, as at the data of
// VPLinear, so is DNoise.
func (p SchedulePath) At(t float64) InterpolantCoeffs {
	c := p.Schedule.At(t)
	return InterpolantCoeffs{Data: c.M, Noise: c.Sigma(), DData: c.DM, DNoise: c.DSigma()}
}

// Interpolate stores x_t and its velocity u for each pair of rows of x0, data, and
// x1, noise, at its own time, into the rows of x and u. z holds a row of standard
// normal numbers for each; it may be nil if Spread is 0 at the times.
//
// It returns an error if shapes differ or x0, x1 or z isn't finite, if a time isn't in
// [0, Tau], and where a velocity isn't finite: BridgePath at its ends.
func Interpolate(x, u *mat.Dense, p Interpolant, times []float64, x0, x1, z *mat.Dense) error {
	const fn = "diffusion.Interpolate"
	if p == nil {
		return fmt.Errorf("%s: there is no path", fn)
	}
	n, _, err := checkBatches(fn, x0, x1)
	if err != nil {
		return err
	}
	_, d := x0.Dims()
	if len(times) != n {
		return fmt.Errorf("%s: %d times for %d rows", fn, len(times), n)
	}
	for k, a := range [...]*mat.Dense{x, u, x1, z} {
		if a == nil && k == 3 {
			continue
		}
		name := [...]string{"x", "u", "x1", "z"}[k]
		if a == nil {
			return fmt.Errorf("%s: %s is nil", fn, name)
		}
		if r, c := a.Dims(); r != n || c != d {
			return fmt.Errorf("%s: %s is %d×%d, x0 is %d×%d", fn, name, r, c, n, d)
		}
	}
	for i, t := range times {
		if !(t >= 0 && t <= p.Tau()) {
			return &measure.ValueError{Func: fn, Arg: fmt.Sprintf("times[%d]", i), Value: t, Want: fmt.Sprintf("in [0, %v]", p.Tau())}
		}
		c := p.At(t)
		if z == nil && (c.Spread != 0 || c.DSpread != 0) {
			return fmt.Errorf("%s: z is nil, and the path has a spread of %v at %v", fn, c.Spread, t)
		}
		data, noise := x0.RawRowView(i), x1.RawRowView(i)
		for j, v := range data {
			at, slope := c.Data*v+c.Noise*noise[j], c.DData*v+c.DNoise*noise[j]
			if z != nil {
				at += c.Spread * z.At(i, j)
				slope += c.DSpread * z.At(i, j)
			}
			if off := at + slope; math.IsNaN(off) || math.IsInf(off, 0) {
				return fmt.Errorf("%s: row %d at t = %v is %v with velocity %v, want finite numbers", fn, i, t, at, slope)
			}
			x.Set(i, j, at)
			u.Set(i, j, slope)
		}
	}
	return nil
}

func pathTime(fn string, t, sigma float64) {
	mustBe(fn, "t", t, t >= 0 && t <= 1, "in [0, 1]")
	mustBe(fn, "σ", sigma, sigma >= 0 && !math.IsInf(sigma, 1), "finite and at least 0")
}
