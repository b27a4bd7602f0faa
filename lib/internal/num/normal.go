package num

import "math"

const (
	// LogSqrt2Pi is ln √(2π).
	LogSqrt2Pi = 0.91893853320467274178032973640561763986139747363778341281715154

	// Beyond this argument erfc would soon underflow, and ten terms of the
	// asymptotic series are exact to rounding.
	normAsymptotic = 30
)

// NormCDF returns Φ(z) = P(Z ≤ z) for a standard normal Z, with full relative
// accuracy in the lower tail down to where it underflows.
func NormCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// NormPDF returns φ(z) = exp(−z²/2)/√(2π).
func NormPDF(z float64) float64 { return math.Exp(-0.5*z*z - LogSqrt2Pi) }

// NormLogCDF returns ln Φ(z) for a standard normal, accurate to rounding in
// both tails.
func NormLogCDF(z float64) float64 {
	lower, _ := NormLogTails(z)
	return lower
}

// NormLogTails returns ln Φ(z) and ln Φ(−z), the logarithms of both tails of a
// standard normal, for little more than one of them costs.
func NormLogTails(z float64) (lower, upper float64) {
	small := normTail(math.Abs(z))
	large := math.Log1p(-small)
	log := math.Log(small)
	if math.Abs(z) > normAsymptotic {
		log = normLogTail(math.Abs(z))
	}
	if z < 0 {
		return log, large
	}
	return large, log
}

// NormTails returns Φ(z) and Φ(−z), the smaller with full relative accuracy.
func NormTails(z float64) (lower, upper float64) {
	small := normTail(math.Abs(z))
	if z < 0 {
		return small, 1 - small
	}
	return 1 - small, small
}

// normTail returns Φ(−z) for z ≥ 0.
func normTail(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }

// normLogTail returns ln Φ(−z) for large z by the asymptotic series
// Φ(−z) = φ(z)/z · (1 − 1/z² + 3/z⁴ − 15/z⁶ + …).
func normLogTail(z float64) float64 {
	if math.IsInf(z, 1) {
		return math.Inf(-1)
	}
	q := 1 / (z * z)
	term, sum := 1.0, 1.0
	for k := 1.0; k <= 10; k++ {
		term *= -(2*k - 1) * q
		sum += term
	}
	return -0.5*z*z - LogSqrt2Pi - math.Log(z) + math.Log(sum)
}

// NormLogQuantile returns the z with ln Φ(z) = logp; with upper it returns the
// z with ln(1 − Φ(z)) = logp. It is accurate in the far tail, where p itself
// would underflow. It returns NaN unless logp ≤ 0.
func NormLogQuantile(logp float64, upper bool) float64 {
	z := normLogQuantile(logp)
	if upper {
		return -z
	}
	return z
}

func normLogQuantile(logp float64) float64 {
	switch {
	case math.IsNaN(logp) || logp > 0:
		return math.NaN()
	case logp == 0:
		return math.Inf(1)
	case math.IsInf(logp, -1):
		return math.Inf(-1)
	}
	if logp > -math.Ln2 {
		// Above the median the complement has the digits.
		return -normLogQuantile(math.Log(-math.Expm1(logp)))
	}
	var z float64
	if logp > -6 {
		z = -math.Sqrt2 * math.Erfcinv(2*math.Exp(logp))
		if logp > -3 {
			return z // exact to rounding already
		}
	} else {
		// Φ(z) ≈ φ(z)/|z|: iterate z² = −2 logp − ln 2π − ln z².
		a := -2*logp - 2*LogSqrt2Pi
		z2 := a - math.Log(a)
		z2 = a - math.Log(z2)
		z = -math.Sqrt(z2)
	}
	// Halley's method on ln Φ, whose first two derivatives are r and −r(z+r)
	// with the inverse Mills ratio r = φ/Φ.
	for range 6 {
		l := NormLogCDF(z)
		r := math.Exp(-0.5*z*z - LogSqrt2Pi - l)
		f := l - logp
		step := f / r
		step /= 1 + 0.5*step*(z+r)
		z -= step
		if math.Abs(step) <= 1e-6*math.Abs(z) {
			break // convergence is cubic
		}
	}
	return z
}
