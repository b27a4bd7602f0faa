package bounds

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// The times of transitions are those of the Ornstein-Uhlenbeck process dx = −x dt +
// √2 dB: m = e^{−t}, σ² = 1 − e^{−2t}. ScheduleTime says when another schedule is
// there.

// ScheduleTime returns the time at which a schedule has the signal-to-noise ratio
// 1/(e^{2t} − 1) of the Ornstein-Uhlenbeck process at t > 0. It returns a
// measure.ValueError for another t, and the errors of diffusion.TimeOfLogSNR.
func ScheduleTime(s diffusion.Schedule, t float64) (float64, error) {
	if !(t > 0) || math.IsInf(t, 1) {
		return 0, &measure.ValueError{Func: "bounds.ScheduleTime", Arg: "t", Value: t, Want: "positive and finite"}
	}
	return diffusion.TimeOfLogSNR(s, -math.Log(math.Expm1(2*t)))
}

// SpeciationTime returns ½ ln Λ, about when the noised data cease to show their
// classes, where Λ is the largest eigenvalue of the data's covariance: what is left
// of that direction's variance, Λ e^{−2t}, is then that of the noise. It is 0 where
// Λ ≤ 1. It returns an error if the eigenvalues aren't found or Λ isn't positive.
//
// G. Biroli, T. Bonnaire, V. de Bortoli and M. Mézard, arXiv:2402.18491.
func SpeciationTime(data measure.Moments) (float64, error) {
	const fn = "bounds.SpeciationTime"
	if data == nil || data.Dim() == 0 {
		return 0, fmt.Errorf("%s: there are no data", fn)
	}
	var cov mat.SymDense
	data.Cov(&cov)
	var eig mat.EigenSym
	if !eig.Factorize(&cov, false) {
		return 0, fmt.Errorf("%s: no eigenvalues of the covariance", fn)
	}
	values := eig.Values(nil)
	most := values[len(values)-1]
	if !(most > 0) {
		return 0, &measure.ValueError{Func: fn, Arg: "the largest eigenvalue of the covariance", Value: most, Want: "positive"}
	}
	return max(0, 0.5*math.Log(most)), nil
}

// CollapseTime returns ½ ln(1 + s²/(n^{2/d} − 1)), before which the noised law of n
// samples of data with variance s² on each of d axes shows each of them by itself, so
// that generation with its exact score returns a sample (in the limit of large d and
// ln n). It panics unless s2 > 0, n ≥ 2 and d ≥ 1.
//
// G. Biroli et al., arXiv:2402.18491.
func CollapseTime(s2 float64, n, d int) float64 {
	if !(s2 > 0) || n < 2 || d < 1 {
		panic(fmt.Sprintf("bounds.CollapseTime: s² = %v, n = %d, d = %d, want s² > 0, n ≥ 2 and d ≥ 1", s2, n, d))
	}
	return 0.5 * math.Log1p(s2/math.Expm1(2*math.Log(float64(n))/float64(d)))
}

// Bimodality holds when two equal normals N(±a, s²) on the line lose their two modes,
// three times that are easily taken for each other.
type Bimodality struct {
	Speciation float64 // ½ ln(a² + s²): the variance of the data is that of the noise
	Unimodal   float64 // the density has one mode from then on
	Pitchfork  float64 // the drift of the reverse stochastic equation has one rest point from then on
}

// BimodalTimes returns the three times; those that don't come, since the data have one
// mode already, are 0. It panics unless a > 0, s ≥ 0.
func BimodalTimes(a, s float64) Bimodality {
	if !(a > 0) || !(s >= 0) || math.IsInf(a, 1) || math.IsInf(s, 1) {
		panic(fmt.Sprintf("bounds.BimodalTimes: a = %v and s = %v, want a > 0 and s ≥ 0", a, s))
	}
	// With u = e^{−2t} the variance of a part is 1 − c u.
	a2, c := a*a, 1-s*s
	var b Bimodality
	b.Speciation = max(0, 0.5*math.Log(a2+s*s))
	b.Unimodal = max(0, 0.5*math.Log(a2+c)) // u a² = 1 − c u
	if math.IsNaN(b.Unimodal) {
		b.Unimodal = 0
	}
	// 1 + 2 ∂²ln p/∂x² = 0 at the middle: c² u² + 2a² u − 1 = 0.
	b.Pitchfork = max(0, 0.5*math.Log(a2+math.Hypot(a2, c)))
	return b
}

// Information is what a noised point says about the data.
type Information struct {
	SNR    float64       // m²/σ²
	Mutual relation.Term // I(x₀; x_t), in nats
	MMSE   relation.Term // E|x₀ − E[x₀|x_t]|²
}

// InformationAt returns the mutual information of data and their noised form, H[x_t] −
// H[x_t|x₀], and the mean squared error of the best denoiser. They are connected by
// dI/dsnr = ½ mmse. For Gaussians they are in closed form, and for data on the line by
// quadrature.
//
// It returns a measure.ValueError unless m ≠ 0 and the variance is positive, and a
// thermo.UnsupportedError for other data.
//
// D. Guo, S. Shamai and S. Verdú, IEEE Trans. Inf. Theory 51, 1261 (2005).
func InformationAt(data measure.Noisable, c measure.Coeffs) (Information, error) {
	const fn = "bounds.InformationAt"
	if data == nil || data.Dim() == 0 {
		return Information{}, fmt.Errorf("%s: there are no data", fn)
	}
	if !(c.Var > 0) || c.M == 0 {
		return Information{}, &measure.ValueError{Func: fn, Arg: "m²/σ²", Value: c.M * c.M / c.Var, Want: "positive and finite"}
	}
	info := Information{SNR: c.M * c.M / c.Var, Mutual: relation.Term{Symbol: "I"}, MMSE: relation.Term{Symbol: "mmse"}}
	if g, ok := measure.AsGaussian(data); ok {
		var parts mat.SymDense
		g.Spectral(&parts, func(v float64) float64 { return 0.5 * math.Log1p(info.SNR*v) })
		info.Mutual.Value = mat.Trace(&parts)
		g.Spectral(&parts, func(v float64) float64 { return v / (1 + info.SNR*v) })
		info.MMSE.Value = mat.Trace(&parts)
		return info, nil
	}
	law, ok := data.Noise(c).(measure.LineDensity)
	noised, okN := law.(measure.Noised)
	m, okM := data.(measure.Moments)
	if !ok || !okN || !okM || data.Dim() != 1 {
		return info, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("no method for a %T in %d dimensions: want a Gaussian, or data on the line", data, data.Dim())}
	}
	logp := measure.Scalar(law)
	h, bound, err := measure.Expect(law, func(x float64) float64 { return -logp(x) })
	if err != nil {
		return info, fmt.Errorf("%s: %w", fn, err)
	}
	info.Mutual.Value, info.Mutual.Bound = h-0.5*(1+math.Log(2*math.Pi*c.Var)), bound
	denoise := flow.Scalar(flow.MapFunc(noised.Denoise))
	mean := m.Mean(nil)[0]
	square, bound, err := measure.Expect(law, func(x float64) float64 { d := denoise(x) - mean; return d * d })
	if err != nil {
		return info, fmt.Errorf("%s: %w", fn, err)
	}
	var cov mat.SymDense
	m.Cov(&cov)
	info.MMSE.Value, info.MMSE.Bound = cov.At(0, 0)-square, bound
	return info, nil
}
