package diffusion

import (
	"fmt"
	"math"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// LinearBetas returns n variances from first to last in equal steps, as of DDPM:
// (1000, 1e-4, 0.02).
//
// J. Ho, A. Jain and P. Abbeel, Denoising diffusion probabilistic models,
// NeurIPS 2020.
func LinearBetas(n int, first, last float64) []float64 {
	checkBetas("diffusion.LinearBetas", n, first, last)
	return linspace(first, last, n)
}

// ScaledLinearBetas returns n variances whose square roots go from √first to
// √last in equal steps, as of latent diffusion: (1000, 0.00085, 0.012).
func ScaledLinearBetas(n int, first, last float64) []float64 {
	checkBetas("diffusion.ScaledLinearBetas", n, first, last)
	b := linspace(math.Sqrt(first), math.Sqrt(last), n)
	for i, r := range b {
		b[i] = r * r
	}
	b[n-1] = last
	b[0] = first
	return b
}

// SquaredCosineBetas returns the n variances of the cosine schedule of Nichol
// and Dhariwal with offset 0.008, each at most 0.999.
func SquaredCosineBetas(n int) []float64 {
	checkBetas("diffusion.SquaredCosineBetas", n, 1, 1)
	b := make([]float64, n)
	s := NicholDhariwal{Duration: float64(n)}
	for i := range b {
		from, to := s.At(float64(i)), s.At(float64(i+1))
		// 1 − (m'/m)², by what is small: m² + σ² = 1.
		fall := to.Var - from.Var
		if from.M < to.Sigma() {
			fall = (from.M - to.M) * (from.M + to.M)
		}
		b[i] = min(fall/(from.M*from.M), 0.999)
	}
	return b
}

func checkBetas(fn string, n int, first, last float64) {
	if n < 1 {
		panic(fmt.Sprintf("%s: n is %d, want at least 1", fn, n))
	}
	mustBe(fn, "first", first, first > 0 && first <= 1, "in (0, 1]")
	mustBe(fn, "last", last, last > 0 && last <= 1, "in (0, 1]")
}

// linspace returns n numbers from first to last in equal steps.
func linspace(first, last float64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = first + (last-first)*(float64(i)/float64(max(n-1, 1)))
	}
	x[n-1] = last
	if n == 1 {
		x[0] = first
	}
	return x
}

// Discrete is a variance-preserving diffusion in N steps,
// xᵢ = √(1 − βᵢ) xᵢ₋₁ + √βᵢ ε, and the schedule in continuous time that passes
// through them: at time i + 1 stands what step i, counted from 0, has made, so
// that time 0 has the data and Tau is N.
type Discrete struct {
	*Table
	betas  []float64
	logBar []float64 // ln ∏(1 − β)
}

// NewDiscrete returns the diffusion with the given variances. They must be in
// (0, 1), the last may be 1.
func NewDiscrete(betas []float64) (*Discrete, error) {
	const fn = "diffusion.NewDiscrete"
	if len(betas) == 0 {
		return nil, fmt.Errorf("%s: betas is empty", fn)
	}
	d := &Discrete{betas: slices.Clone(betas)}
	t, m, sigma := []float64{0}, []float64{1}, []float64{0}
	l := 0.0
	for i, b := range betas {
		if !(b > 0 && b <= 1) || b == 1 && i < len(betas)-1 {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("betas[%d]", i), Value: b, Want: "in (0, 1), or 1 at the end"}
		}
		l += math.Log1p(-b)
		d.logBar = append(d.logBar, l)
		t, m, sigma = append(t, float64(i+1)), append(m, math.Exp(l/2)), append(sigma, math.Sqrt(-math.Expm1(l)))
	}
	var err error
	if d.Table, err = NewTable(t, m, sigma); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return d, nil
}

// ZeroTerminalSNR returns the variances after a shift and scaling of √ᾱ that
// keeps its first value and brings the last to 0, so that nothing of the signal
// is left at the end; the last variance is then 1.
//
// S. Lin et al., Common diffusion noise schedules and sample steps are flawed,
// WACV 2024.
func (d *Discrete) ZeroTerminalSNR() (*Discrete, error) {
	n := len(d.betas)
	if n < 2 {
		return nil, fmt.Errorf("diffusion.Discrete.ZeroTerminalSNR: %d steps, want at least 2", n)
	}
	last := math.Exp(d.logBar[n-1] / 2)
	betas := slices.Clone(d.betas)
	for i := 1; i < n; i++ {
		from, to := math.Exp(d.logBar[i-1]/2), math.Exp(d.logBar[i]/2)
		q := (to - last) / (from - last)
		// 1 − q, whose digits to − last has lost where q is near 1.
		fall := -from * math.Expm1((d.logBar[i]-d.logBar[i-1])/2) / (from - last)
		betas[i] = fall * (1 + q)
	}
	betas[n-1] = 1
	return NewDiscrete(betas)
}

// Betas returns β.
func (d *Discrete) Betas() []float64 { return slices.Clone(d.betas) }

// AlphasCumprod returns ᾱᵢ = ∏_{j≤i} (1 − βⱼ) = m².
func (d *Discrete) AlphasCumprod() []float64 {
	return d.each(func(i int) float64 { return math.Exp(d.logBar[i]) })
}

// Sigmas returns √((1 − ᾱᵢ)/ᾱᵢ) = σ/m, the noise levels of variance-exploding
// samplers. With zero terminal SNR the last is +Inf.
func (d *Discrete) Sigmas() []float64 {
	return d.each(func(i int) float64 { return math.Sqrt(math.Expm1(-d.logBar[i])) })
}

// PosteriorVariances returns β̃ᵢ = βᵢ (1 − ᾱᵢ₋₁)/(1 − ᾱᵢ), the variance of
// xᵢ₋₁ given xᵢ and the data; β̃₀ = 0.
func (d *Discrete) PosteriorVariances() []float64 {
	return d.each(func(i int) float64 {
		if i == 0 {
			return 0
		}
		return d.betas[i] * math.Expm1(d.logBar[i-1]) / math.Expm1(d.logBar[i])
	})
}

func (d *Discrete) each(f func(i int) float64) []float64 {
	v := make([]float64, len(d.betas))
	for i := range v {
		v[i] = f(i)
	}
	return v
}
