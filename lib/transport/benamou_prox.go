package transport

import "math"

// kineticProx returns the (θ, w) that minimises
//
//	w²/2θ + ((θ − θ₀)² + (w − w₀)²)/2γ,
//
// where the energy is 0 at (0, 0) and infinite elsewhere without θ > 0. With
// s = θ + γ it is the positive root of s²(s − θ₀ − γ) = γ w₀²/2, and
// w = w₀ θ/s; without a root above γ it is (0, 0).
//
// The search starts from θ = guess, and ends sooner if that is near.
func kineticProx(theta0, w0, gamma, guess float64) (theta, w float64) {
	// θ = 0 is optimal iff (θ₀, w₀)/γ lies in the cone's polar, a + b²/2 ≤ 0.
	if theta0*gamma+0.5*w0*w0 <= 0 {
		return 0, 0
	}
	c, d := 0.5*gamma*w0*w0, theta0+gamma
	// The root lies above max(d, 0), where s²(s − d) is convex: Newton's method
	// goes up at most once, and then down to it.
	s := max(guess+gamma, d)
	if !(s > 0) {
		s = math.Cbrt(c) // d ≤ 0, and the root is below this
	}
	for range 100 {
		step := (s*s*(s-d) - c) / (s * (3*s - 2*d))
		s -= step
		if math.Abs(step) <= 1e-8*s { // convergence is quadratic
			break
		}
	}
	theta = max(s-gamma, 0)
	return theta, w0 * theta / s
}
