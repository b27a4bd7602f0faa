package diffusion

import (
	"context"
	"errors"

	"gonum.org/v1/gonum/floats"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
)

// Euler follows the probability flow by the explicit Euler method in t, of order
// 1. A last step to σ = 0, where the velocity of a learned model is often undefined
// and that of atoms has no limit, is then one of DDIM.
type Euler struct{}

// Heun follows the probability flow by the explicit trapezoidal method in t, of
// order 2. A last step to σ = 0 is as Euler's.
type Heun struct{}

// RK4 follows the probability flow by the classical Runge-Kutta method in t, of
// order 4. A last step to σ = 0 is as Euler's.
type RK4 struct{}

func (Euler) Order() int { return 1 }
func (Heun) Order() int  { return 2 }
func (RK4) Order() int   { return 4 }

func (Euler) Evaluations() int { return 1 }
func (Heun) Evaluations() int  { return 2 }
func (RK4) Evaluations() int   { return 4 }

func (Euler) Draws() int { return 0 }
func (Heun) Draws() int  { return 0 }
func (RK4) Draws() int   { return 0 }

// Step implements Sampler.
func (Euler) Step(m Model, grid []float64, i int) (Step, error) {
	return rungeKutta{c: []float64{0}, b: []float64{1}}.step(m, grid, i)
}

// Step implements Sampler.
func (Heun) Step(m Model, grid []float64, i int) (Step, error) {
	return rungeKutta{c: []float64{0, 1}, a: []float64{1}, b: []float64{.5, .5}}.step(m, grid, i)
}

// Step implements Sampler.
func (RK4) Step(m Model, grid []float64, i int) (Step, error) {
	return rungeKutta{c: []float64{0, .5, .5, 1}, a: []float64{.5, .5, 1}, b: []float64{1. / 6, 1. / 3, 1. / 3, 1. / 6}}.step(m, grid, i)
}

// rungeKutta is an explicit method of which every stage uses the one before:
// k_i = ν(x + a_i h k_{i−1}, t + c_i h).
type rungeKutta struct{ c, a, b []float64 }

func (rk rungeKutta) step(m Model, grid []float64, i int) (Step, error) {
	t, next := grid[i], grid[i+1]
	if m.schedule.At(next).Var == 0 {
		if _, err := m.field(asVelocity, next); err != nil {
			return lastStep(m, grid, i, err)
		}
	}
	h := next - t
	maps := make([]flow.Map, len(rk.c))
	for j, c := range rk.c {
		at := t + c*h
		if c == 1 {
			at = next
		}
		var err error
		if maps[j], err = m.field(asVelocity, at); err != nil {
			return nil, err
		}
	}
	return func(_ context.Context, p *Particles) error {
		x, k := p.X.RawMatrix().Data, p.Scratch(0).RawMatrix().Data
		start := x
		if len(maps) > 2 {
			start = p.Scratch(2).RawMatrix().Data
			copy(start, x)
		}
		p.Evaluate(p.Scratch(0), maps[0], p.X)
		for j, f := range maps[1:] {
			stage := p.Scratch(1)
			floats.AddScaledTo(stage.RawMatrix().Data, start, rk.a[j]*h, k)
			floats.AddScaled(x, rk.b[j]*h, k)
			p.Evaluate(p.Scratch(0), f, stage)
		}
		floats.AddScaled(x, rk.b[len(maps)-1]*h, k)
		return nil
	}, nil
}

// lastStep is what a method in t does instead of a step that needs the velocity
// at σ = 0 of a model that hasn't it. Other steps fail with err.
func lastStep(m Model, grid []float64, i int, err error) (Step, error) {
	var undefined *UndefinedError
	if errors.As(err, &undefined) && undefined.T == grid[i+1] && m.schedule.At(grid[i+1]).Var == 0 {
		return DDIM{}.Step(m, grid, i)
	}
	return nil, err
}

// Adaptive follows the probability flow by the method of Dormand and Prince, of
// order 5, with steps of its own choice inside those of the grid, for every
// particle by itself: see flow.SolveAdaptive. A grid of two times will do. A last
// step to σ = 0 is as Euler's, so give a model without velocity there a time
// shortly before.
type Adaptive struct {
	RTol float64 // default 1e-6
	ATol float64 // default 1e-9
}

// Order returns 5.
func (Adaptive) Order() int { return 5 }

// Evaluations returns 0, for it varies; flow.State has what it was.
func (Adaptive) Evaluations() int { return 0 }

// Draws returns 0.
func (Adaptive) Draws() int { return 0 }

// Step implements Sampler.
func (a Adaptive) Step(m Model, grid []float64, i int) (Step, error) {
	for _, t := range grid[i : i+2] {
		if _, err := m.field(asVelocity, t); err != nil {
			return lastStep(m, grid, i, err)
		}
	}
	v, times := m.Velocity(), []float64{grid[i], grid[i+1]}
	return func(ctx context.Context, p *Particles) error {
		n, _ := p.X.Dims()
		for s, err := range flow.SolveAdaptive(ctx, p.X, v, times, flow.AdaptiveOptions(a)) {
			var small *flow.StepSizeError
			if errors.As(err, &small) {
				return &flow.StepSizeError{T: small.T, Row: p.first + small.Row}
			}
			if err != nil {
				return err
			}
			if s.T == times[1] {
				p.X.Copy(s.X)
				p.evaluations += int(s.Evaluations*float64(n) + 0.5)
			}
		}
		return nil
	}, nil
}
