package diffusion

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// DPMSolver2M is DPM-Solver++(2M), the multistep method of order 2 in ln(σ/m),
// and its stochastic form, of weak order 2: with h the step in ln(m/σ), from a to b,
//
//	x ← (σ_b/σ_a) e^{−Eta h} x + m_b (1 − e^{−(1+Eta)h}) D* + σ_b √(1 − e^{−2 Eta h}) z
//	D* = D + (D − D_prev) h/(2 h_prev)
//
// where D_prev is the denoiser of the step before. Eta 0 is the probability flow
// and 1 the SDE, as the midpoint form of dpmpp_2m_sde has it. The first step, the
// one after an infinite step from m = 0, and the last to σ = 0 take D* = D.
//
// C. Lu et al., DPM-Solver++: fast solver for guided sampling of diffusion
// probabilistic models, 2022.
type DPMSolver2M struct {
	Eta float64 // ≥ 0
}

// Order returns 2.
func (DPMSolver2M) Order() int { return 2 }

// Evaluations returns 1.
func (DPMSolver2M) Evaluations() int { return 1 }

// Draws returns 1, or 0 if Eta is 0.
func (s DPMSolver2M) Draws() int {
	if s.Eta == 0 {
		return 0
	}
	return 1
}

// Step implements Sampler.
func (s DPMSolver2M) Step(m Model, grid []float64, i int) (Step, error) {
	if !(s.Eta >= 0) || math.IsInf(s.Eta, 1) {
		return nil, &measure.ValueError{Func: "diffusion.DPMSolver2M", Arg: "Eta", Value: s.Eta, Want: "finite and ≥ 0"}
	}
	p := between(m, grid, i)
	h := -math.Log(p.ratio) // +Inf at either end
	shrink := 1.0           // e^{−Eta h}
	if s.Eta > 0 {
		shrink = math.Pow(p.ratio, s.Eta)
	}
	a := p.b.Sigma() / p.a.Sigma() * shrink
	b := p.b.M * (1 - p.ratio*shrink)
	c := p.b.Sigma() * math.Sqrt((1-shrink)*(1+shrink))
	var ahead float64 // h/(2 h_prev)
	if i > 0 && !math.IsInf(h, 1) {
		ahead = -0.5 * h / math.Log(between(m, grid, i-1).ratio)
	}
	f, err := m.field(asDenoiser, grid[i])
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, p *Particles) error {
		d, prev := p.Scratch(i%2), p.Scratch(1-i%2)
		p.Evaluate(d, f, p.X)
		combine(p.X, a, p.X, b*(1+ahead), d)
		if ahead != 0 {
			addScaled(p.X, -b*ahead, prev)
		}
		p.addNoise(c, 0)
		return nil
	}, nil
}

// addScaled adds a y to x.
func addScaled(x *mat.Dense, a float64, y *mat.Dense) { combine(x, a, y, 1, x) }
