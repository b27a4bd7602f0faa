package diffusion

import (
	"context"
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// run is the state of Sample: particles in blocks that fit a processor's cache.
//
// Every block goes down several times of the grid before the processors wait for
// each other: as many as take a few hundredths of a second, since a step of a few
// thousand particles is over before a second processor has woken up.
type run struct {
	m      Model
	grid   []float64
	s      Sampler
	x      *mat.Dense
	blocks []*Particles
	steps  []Step
	stages []stage // of the steps taken together
	fails  []fail  // of the blocks
}

// stage is where particles are after a step.
type stage struct {
	x           *mat.Dense
	evaluations []int // of the blocks
}

// fail is the step at which a block stopped, and why.
type fail struct {
	step int
	err  error
}

// pace is how long processors go on by themselves, and together how many steps at
// most, and how many numbers they keep.
const (
	paceTime    = 30 * time.Millisecond
	paceSteps   = 16
	paceNumbers = 1 << 20
)

func newRun(x *mat.Dense, m Model, grid []float64, s Sampler, noise flow.Noise, first int) *run {
	n, d := x.Dims()
	r := &run{m: m.remembering(), grid: grid, s: s, x: x}
	size := max(64, 1024/d)
	for lo := 0; lo < n; lo += size {
		hi := min(lo+size, n)
		part := mat.NewDense(hi-lo, d, x.RawMatrix().Data[lo*d:hi*d])
		r.blocks = append(r.blocks, newParticles(part, first+lo, s.Draws(), noise))
	}
	r.fails = make([]fail, len(r.blocks))
	return r
}

// check returns an error if a particle isn't finite.
func (r *run) check(t float64) error {
	for _, p := range r.blocks {
		if err := p.check(t); err != nil {
			return err
		}
	}
	return nil
}

func (p *Particles) check(t float64) error {
	x := p.X.RawMatrix()
	for i, v := range x.Data {
		if math.Float64bits(v)&(0x7ff<<52) == 0x7ff<<52 {
			return &flow.NonFiniteError{T: t, Row: p.first + i/x.Cols}
		}
	}
	return nil
}

// follow takes all particles down the grid, and shows the state after every step
// or, unless every is set, after the last, until show returns false.
func (r *run) follow(ctx context.Context, every bool, show func(flow.State) bool) error {
	n, d := r.x.Dims()
	last := len(r.grid) - 1
	for i, together := 0, 1; i < last; {
		start := time.Now()
		k, done, err := r.advance(ctx, i, min(together, last-i), every)
		spent := time.Since(start)/time.Duration(max(k, 1)) + 1
		for j := range done {
			if j > 0 && ctx.Err() != nil {
				return r.stopped(i+j, ctx.Err())
			}
			st := flow.State{T: r.grid[i+j+1], X: r.x}
			if every && k > 1 {
				st.X = r.stages[j].x
			}
			for _, e := range r.stages[j].evaluations {
				st.Evaluations += float64(e)
			}
			st.Evaluations /= float64(n)
			if (every || i+j+1 == last) && !show(st) {
				return nil
			}
		}
		if err != nil {
			return err
		}
		i += k
		together = int(min(paceSteps, paceTime/spent))
		if every {
			together = min(together, paceNumbers/(n*d))
		}
		together = max(together, 1)
	}
	return nil
}

// advance takes up to k steps from grid[i], and returns how many it took and how
// many of them all blocks have finished.
func (r *run) advance(ctx context.Context, i, k int, every bool) (took, done int, err error) {
	r.steps = r.steps[:0]
	for j := range k {
		if ctx.Err() != nil {
			return 0, 0, r.stopped(i, ctx.Err())
		}
		step, err := r.s.Step(r.m, r.grid, i+j)
		if err != nil {
			if j == 0 {
				return 0, 0, err
			}
			break // after those before it
		}
		r.steps = append(r.steps, step)
	}
	k = len(r.steps)
	n, d := r.x.Dims()
	for len(r.stages) < k {
		r.stages = append(r.stages, stage{evaluations: make([]int, len(r.blocks))})
	}
	keep := every && k > 1
	for j := 0; keep && j < k; j++ {
		if r.stages[j].x == nil {
			r.stages[j].x = mat.NewDense(n, d, nil)
		}
	}
	err = par.For(ctx, len(r.blocks), 1, func(b, _ int) {
		p := r.blocks[b]
		r.fails[b] = fail{step: k}
		for j, step := range r.steps {
			p.step, p.drawn = i+j, false
			err := ctx.Err()
			if err == nil {
				err = step(ctx, p)
			}
			if err == nil {
				err = p.check(r.grid[i+j+1])
			}
			if err != nil {
				r.fails[b] = fail{j, err}
				return
			}
			r.stages[j].evaluations[b] = p.evaluations
			if keep {
				copy(r.stages[j].x.RawMatrix().Data[(p.first-r.blocks[0].first)*d:], p.X.RawMatrix().Data)
			}
		}
	})
	if err != nil {
		return 0, 0, r.stopped(i, err)
	}
	first := fail{step: k}
	for _, f := range r.fails {
		if f.err != nil && f.step < first.step {
			first = f
		}
	}
	if first.err != nil && first.err == ctx.Err() {
		first.err = r.stopped(i+first.step, first.err)
	}
	return k, first.step, first.err
}

func (r *run) stopped(i int, err error) error {
	return fmt.Errorf("diffusion: stopped at t = %v: %w", r.grid[i], err)
}
