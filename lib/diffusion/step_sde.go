package diffusion

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// EulerMaruyama follows the reverse SDE of noise level λ by the Euler-Maruyama
// method in t, of order 1: from a to b = a − h,
//
//	x ← x − h [f − (1 + λ²) T ∇ln p] + λ √(2T h) z.
//
// A last step to σ = 0 is x ← m D instead: near the data the method is unstable
// where σ falls by more than a factor in a step, and its noise would be left in the
// result. T has to be finite on the grid, so start below m = 0.
type EulerMaruyama struct {
	Level float64 // λ; default 1, the reverse of the noising process. Without noise take Euler.
}

// Order returns 1.
func (EulerMaruyama) Order() int { return 1 }

// Evaluations returns 1.
func (EulerMaruyama) Evaluations() int { return 1 }

// Draws returns 1.
func (EulerMaruyama) Draws() int { return 1 }

// Step implements Sampler.
func (s EulerMaruyama) Step(m Model, grid []float64, i int) (Step, error) {
	const fn = "diffusion.EulerMaruyama"
	level := orDefault(s.Level, 1)
	if !(level > 0) || math.IsInf(level, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "Level", Value: level, Want: "positive and finite"}
	}
	p := between(m, grid, i)
	if p.b.Var == 0 {
		return DDIM{}.Step(m, grid, i)
	}
	temp := p.a.T()
	if !isFinite(temp) || !isFinite(p.a.Drift()) {
		return nil, &measure.ValueError{Func: fn, Arg: "the temperature at the start of the grid", Value: temp, Want: "finite"}
	}
	f, err := m.field(asVelocity, grid[i])
	if err != nil {
		return nil, err
	}
	// f − (1 + λ²) T ∇ln p = (1 + λ²) ν − λ² f.
	h, sq := grid[i]-grid[i+1], level*level
	keep, amp := 1+h*sq*p.a.Drift(), level*math.Sqrt(2*temp*h)
	return func(_ context.Context, p *Particles) error {
		v := p.Scratch(0)
		p.Evaluate(v, f, p.X)
		combine(p.X, keep, p.X, -h*(1+sq), v)
		p.addNoise(amp, 0)
		return nil
	}, nil
}

// PredictorCorrector takes a step of another sampler and then, at the time where
// that ends, Steps steps of the Langevin dynamics of p_t,
//
//	x ← x + e ∇ln p_t + √(2e) z,  e = 2 (SNR σ_t)².
//
// Published code computes e from norms of score and noise over a batch; this is
// their expectation where the noise dominates, so that particles don't depend on
// each other. The corrector is not adjusted: its own error in the variance, about
// SNR² of it where the data are no wider than the noise, doesn't vanish with the
// number of steps, and so the order is 0. At σ = 0 there is no corrector.
//
// Y. Song et al., Score-based generative modeling through stochastic
// differential equations, ICLR 2021.
type PredictorCorrector struct {
	Predictor Sampler // default Ancestral
	Steps     int     // default 1
	SNR       float64 // default 0.16
}

func (s PredictorCorrector) resolve() PredictorCorrector {
	if s.Predictor == nil {
		s.Predictor = Ancestral{}
	}
	if s.Steps == 0 {
		s.Steps = 1
	}
	s.SNR = orDefault(s.SNR, 0.16)
	return s
}

// Order returns 0.
func (PredictorCorrector) Order() int { return 0 }

// Evaluations returns those of the predictor and one for each corrector's step.
func (s PredictorCorrector) Evaluations() int {
	s = s.resolve()
	if s.Predictor.Evaluations() == 0 {
		return 0
	}
	return s.Predictor.Evaluations() + s.Steps
}

// Draws returns those of the predictor, which come first, and one for each
// corrector's step.
func (s PredictorCorrector) Draws() int {
	s = s.resolve()
	return s.Predictor.Draws() + max(0, s.Steps)
}

// Step implements Sampler.
func (s PredictorCorrector) Step(m Model, grid []float64, i int) (Step, error) {
	const fn = "diffusion.PredictorCorrector"
	s = s.resolve()
	if s.Steps < 0 {
		return nil, &measure.ValueError{Func: fn, Arg: "Steps", Value: float64(s.Steps), Want: "≥ 0"}
	}
	if !(s.SNR > 0) || math.IsInf(s.SNR, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "SNR", Value: s.SNR, Want: "positive and finite"}
	}
	predict, err := s.Predictor.Step(m, grid, i)
	if err != nil {
		return nil, err
	}
	b := m.schedule.At(grid[i+1])
	if b.Var == 0 {
		return predict, nil
	}
	f, err := m.field(asScore, grid[i+1])
	if err != nil {
		return nil, err
	}
	e := 2 * s.SNR * s.SNR * b.Var
	first := s.Predictor.Draws()
	return func(ctx context.Context, p *Particles) error {
		if err := predict(ctx, p); err != nil {
			return err
		}
		if p.slope == nil {
			p.slope = mat.NewDense(p.X.RawMatrix().Rows, p.X.RawMatrix().Cols, nil)
		}
		for k := range s.Steps {
			p.Evaluate(p.slope, f, p.X)
			addScaled(p.X, e, p.slope)
			p.addNoise(math.Sqrt(2*e), first+k)
		}
		return nil
	}, nil
}
