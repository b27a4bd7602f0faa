package diffusion

import (
	"context"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// DDIM is the sampler of denoising diffusion implicit models: from a to b,
//
//	x ← m_b D + √(σ_b² − κ²) ε̂ + κ z,  κ = Eta σ_b √(1 − SNR_a/SNR_b).
//
// It is exact where the denoiser doesn't change along a path, and needs the
// denoiser alone, so that its last step to σ = 0 is x ← m D. Eta 0 is the
// probability flow and 1 the ancestral sampler. It is of order 1 in ln(σ/m) or any
// smooth function of it.
//
// J. Song, C. Meng and S. Ermon, Denoising diffusion implicit models, ICLR 2021.
type DDIM struct {
	Eta float64 // in [0, 1]
}

// Order returns 1.
func (DDIM) Order() int { return 1 }

// Evaluations returns 1.
func (DDIM) Evaluations() int { return 1 }

// Draws returns 1, or 0 if Eta is 0.
func (s DDIM) Draws() int {
	if s.Eta == 0 {
		return 0
	}
	return 1
}

// Step implements Sampler.
func (s DDIM) Step(m Model, grid []float64, i int) (Step, error) {
	if !(s.Eta >= 0 && s.Eta <= 1) {
		return nil, &measure.ValueError{Func: "diffusion.DDIM", Arg: "Eta", Value: s.Eta, Want: "in [0, 1]"}
	}
	p := between(m, grid, i)
	// σ_b² − κ² = σ_b² (1 − η² (1 − e^{−2h})).
	lost := s.Eta * s.Eta * (1 - p.ratio) * (1 + p.ratio)
	keep := p.b.Sigma() * math.Sqrt(1-lost) / p.a.Sigma()
	return affineStep(m, grid[i], keep, p.b.M-keep*p.a.M, p.b.Sigma()*math.Sqrt(lost))
}

// Ancestral is the sampler of denoising diffusion probabilistic models: it draws
// from the law of x_b given x_a and x₀ = D. It is DDIM{Eta: 1}; its variance is
// the posterior's, the smaller of the two that are in use.
//
// J. Ho, A. Jain and P. Abbeel, Denoising diffusion probabilistic models,
// NeurIPS 2020.
type Ancestral struct{}

// Order returns 1.
func (Ancestral) Order() int { return 1 }

// Evaluations returns 1.
func (Ancestral) Evaluations() int { return 1 }

// Draws returns 1.
func (Ancestral) Draws() int { return 1 }

// Step implements Sampler.
func (Ancestral) Step(m Model, grid []float64, i int) (Step, error) {
	return DDIM{Eta: 1}.Step(m, grid, i)
}

// affineStep returns the step x ← a x + b D + c z with the denoiser at t.
func affineStep(m Model, t, a, b, c float64) (Step, error) {
	f, err := m.field(asDenoiser, t)
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, p *Particles) error {
		d := p.Scratch(0)
		p.Evaluate(d, f, p.X)
		combine(p.X, a, p.X, b, d)
		p.addNoise(c, 0)
		return nil
	}, nil
}

// addNoise adds c times draw i to the particles.
func (p *Particles) addNoise(c float64, i int) {
	if c == 0 {
		return
	}
	addScaled(p.X, c, p.Draw(i))
}
