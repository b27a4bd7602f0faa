package diffusion

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Sampler is a method that takes particles down a grid of times.
//
// Its steps may use the two times that they join, the model, and what they have
// kept of earlier steps, and nothing else.
type Sampler interface {
	// Order is that of convergence in the largest step, in the time that the
	// method's doc names; of the moments if the method is stochastic.
	Order() int
	// Evaluations is how often a step asks the model about a particle; 0 if it
	// varies. The first and last step may do with less.
	Evaluations() int
	// Draws is how many standard normals a step draws for each coordinate.
	Draws() int
	// Step returns the step from grid[i] to grid[i+1].
	Step(m Model, grid []float64, i int) (Step, error)
}

// Step moves particles in place. It is called for several blocks of particles at
// once.
type Step func(ctx context.Context, p *Particles) error

// Particles is a block of particles that a Step moves.
type Particles struct {
	X *mat.Dense // rows are particles

	first, step, width int
	noise              flow.Noise
	normals            []float64    // of one step, width for a particle
	draws              []*mat.Dense // views of them
	drawn              bool
	scratch            []*mat.Dense
	slope              *mat.Dense // of a corrector
	evaluations        int
}

// Evaluate stores f(x) into dst, and counts it as an evaluation of the model.
func (p *Particles) Evaluate(dst *mat.Dense, f flow.Map, x *mat.Dense) {
	f.Apply(dst, x)
	n, _ := x.Dims()
	p.evaluations += n
}

// Scratch returns the i-th matrix of the shape of X that steps may write to. It
// keeps its values from one step to the next.
func (p *Particles) Scratch(i int) *mat.Dense {
	for len(p.scratch) <= i {
		n, d := p.X.Dims()
		p.scratch = append(p.scratch, mat.NewDense(n, d, nil))
	}
	return p.scratch[i]
}

// Draw returns the i-th standard normals of this step, one for each entry of X.
// It panics unless i is in [0, Draws).
func (p *Particles) Draw(i int) *mat.Dense {
	if !p.drawn {
		flow.Normals(p.noise, p.normals, p.width, p.first, p.step)
		p.drawn = true
	}
	return p.draws[i]
}

func newParticles(x *mat.Dense, first, draws int, noise flow.Noise) *Particles {
	n, d := x.Dims()
	p := &Particles{X: x, first: first, width: draws * d, noise: noise, normals: make([]float64, n*draws*d)}
	for i := range draws {
		view := new(mat.Dense)
		raw := view.RawMatrix()
		raw.Rows, raw.Cols, raw.Stride, raw.Data = n, d, p.width, p.normals[i*d:]
		view.SetRawMatrix(raw)
		p.draws = append(p.draws, view)
	}
	return p
}

// SampleOptions are the options of Sample.
type SampleOptions struct {
	First int // number of the particle in the first row of x; default 0
}

// Sample takes the rows of x from grid[0] down to the last time of the grid,
// with one step of s from each time to the next. It yields the state at every
// time, the first included; the matrix is reused from one state to the next, and
// x is left alone. The iterator can be used again from the start.
//
// The grid falls strictly, to 0 or not so far. Step i of particle j draws
// noise.Normal(·, j, i), so what becomes of a particle depends on its start, its
// number and the noise, but not on the others, nor on GOMAXPROCS; a supplied
// noise needs s.Draws() normals for every coordinate. Noise may be nil if the
// sampler draws nothing.
//
// The iterator ends with an error if ctx is cancelled, if a particle stops being
// finite (flow.NonFiniteError), if the grid isn't in [0, Tau] or doesn't fall or
// the signal-to-noise ratio doesn't rise along it (measure.ValueError), if x hasn't
// the dimension of an exact model's data (measure.DimError), or if the model doesn't determine what the sampler needs (UndefinedError).
func Sample(ctx context.Context, x *mat.Dense, m Model, grid []float64, s Sampler, noise flow.Noise, opt SampleOptions) iter.Seq2[flow.State, error] {
	return func(yield func(flow.State, error) bool) {
		_, d := x.Dims()
		if err := checkRun(d, m, grid, s, noise, opt); err != nil {
			yield(flow.State{}, err)
			return
		}
		r := newRun(mat.DenseCopyOf(x), m, grid, s, noise, opt.First)
		if err := r.check(grid[0]); err != nil {
			yield(flow.State{}, err)
			return
		}
		if !yield(flow.State{T: grid[0], X: r.x}, nil) {
			return
		}
		if err := r.follow(ctx, true, func(st flow.State) bool { return yield(st, nil) }); err != nil {
			yield(flow.State{}, err)
		}
	}
}

func checkRun(d int, m Model, grid []float64, s Sampler, noise flow.Noise, opt SampleOptions) error {
	const fn = "diffusion.Sample"
	if err := m.validate(); err != nil {
		return err
	}
	if m.dim != 0 && m.dim != d {
		return &measure.DimError{Func: fn, Arg: "x", Got: d, Want: m.dim}
	}
	if len(grid) < 2 {
		return &measure.ValueError{Func: fn, Arg: "the number of times of the grid", Value: float64(len(grid)), Want: "at least 2"}
	}
	if s == nil {
		return errors.New(fn + ": no Sampler")
	}
	if noise == nil && s.Draws() > 0 {
		return fmt.Errorf("%s: noise is nil, and %T draws some", fn, s)
	}
	if opt.First < 0 {
		return &measure.ValueError{Func: fn, Arg: "First", Value: float64(opt.First), Want: "≥ 0"}
	}
	tau := m.schedule.Tau()
	for i, t := range grid {
		arg := fmt.Sprintf("grid[%d]", i)
		if !(t >= 0 && t <= tau) {
			return &measure.ValueError{Func: fn, Arg: arg, Value: t, Want: fmt.Sprintf("in [0, %v]", tau)}
		}
		if i == 0 {
			continue
		}
		if !(t < grid[i-1]) {
			return &measure.ValueError{Func: fn, Arg: arg, Value: t, Want: fmt.Sprintf("below grid[%d] = %v", i-1, grid[i-1])}
		}
		if p := between(m, grid, i-1); !(p.ratio < 1 && p.ratio >= 0) {
			return &measure.ValueError{Func: fn, Arg: fmt.Sprintf("the signal-to-noise ratio at %s over that at grid[%d]", arg, i-1), Value: 1 / p.ratio, Want: "above 1 (the temperature must be positive)"}
		}
	}
	return nil
}

// interval is a step's two ends.
type interval struct {
	a, b  measure.Coeffs
	ratio float64 // m_a σ_b/(m_b σ_a) = e^{−h} where h is the rise of ln(m/σ)
}

func between(m Model, grid []float64, i int) interval {
	p := interval{a: m.schedule.At(grid[i]), b: m.schedule.At(grid[i+1])}
	p.ratio = p.a.M * p.b.Sigma() / (p.b.M * p.a.Sigma())
	return p
}
