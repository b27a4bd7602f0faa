package transport

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// BenamouOptions are the options of [BenamouBrenier]. The zero value is ready
// to use.
type BenamouOptions struct {
	// Steps is the number of time steps. 0 means half the cells of the longer
	// axis, but at least 16 and at most 64.
	Steps int
	// Tol ends the iteration when the gap is at most this part of the action.
	// 0 means 10⁻³.
	Tol float64
	// MaxIterations ends it after so many iterations on the given grid. 0
	// means 10,000.
	MaxIterations int
}

func (o BenamouOptions) resolve(fn string, cells int) (BenamouOptions, error) {
	switch {
	case o.Steps < 0 || o.Steps == 1:
		return o, fmt.Errorf("%s: Steps is %d, want 0 or at least 2", fn, o.Steps)
	case !(o.Tol >= 0) || math.IsInf(o.Tol, 1):
		return o, fmt.Errorf("%s: Tol is %v, want a finite number of at least 0", fn, o.Tol)
	case o.MaxIterations < 0:
		return o, fmt.Errorf("%s: MaxIterations is %d, want at least 0", fn, o.MaxIterations)
	}
	if o.Steps == 0 {
		o.Steps = min(max(cells/2, 16), 64)
	}
	if o.Tol == 0 {
		o.Tol = 1e-3
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 10000
	}
	return o, nil
}

// BenamouBrenier returns the path of least action between two densities on the
// same grid, of one or two axes:
//
//	minimise tau ∫∫ |m|²/ρ dx dt  over 0 ≤ t ≤ tau,
//	subject to ∂ρ/∂t + ∇·m = 0, no flux through the boundary, ρ = p and q at the ends.
//
// The least action is W₂²(p, q), whatever tau, and W₂²/tau is the least
// dissipation of a process of that duration; m = ρ ∇φ there.
//
// The problem that is solved is discrete: masses of cells at the times between
// steps, momenta on the walls between cells and within steps, conservation cell
// by cell, and for each wall the mass that is the mean of the two cells and two
// times around it. Its least action tends to W₂² with the square of the step in
// time and the width of the cells, for densities that both resolve: what
// moves should not move by much more than its own size in one step. Cells may
// be empty. For every flux that conserves mass and every potential φ with
//
//	∂φ/∂t + |∇φ|²/2 ≤ 0,
//
// averaged in the same way at each cell and time,
//
//	2 (∫ φ q − ∫ φ p) tau ≤ least discrete action ≤ tau ∫∫ |m|²/ρ,
//
// and the result has one of each, feasible to rounding; see [Dynamic.Gap].
//
// The method is the primal-dual iteration of Chambolle and Pock as Papadakis,
// Peyré and Oudet use it (SIAM J. Imaging Sci. 7, 2014), from coarse grids to
// fine ones, with a projection on the conservation of mass by cosine transforms.
// It needs about 25 numbers per cell and step.
//
// It returns an error if a grid is nil, if their axes differ, if tau isn't
// positive and finite, and for options below 0. If the context ends or
// MaxIterations is reached, it returns a [NotConvergedError] beside the best
// result so far, whose gap says how good it is.
func BenamouBrenier(ctx context.Context, p, q *measure.Grid, tau float64, opt BenamouOptions) (*Dynamic, error) {
	const fn = "transport.BenamouBrenier"
	for i, g := range [...]*measure.Grid{p, q} {
		if g.Dim() == 0 {
			return nil, fmt.Errorf("%s: %c is nil or has no cells", fn, 'p'+i)
		}
	}
	if !slices.Equal(p.Axes(), q.Axes()) {
		return nil, fmt.Errorf("%s: the axes of q are %v, those of p %v: want the same", fn, q.Axes(), p.Axes())
	}
	if !(tau > 0) || math.IsInf(tau, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "tau", Value: tau, Want: "positive and finite"}
	}
	axes := [2]measure.Axis{{Lo: 0, Hi: 1, N: 1}, p.Axes()[0]}
	if p.Dim() == 2 {
		axes = [2]measure.Axis(p.Axes())
	}
	opt, err := opt.resolve(fn, max(axes[0].N, axes[1].N))
	if err != nil {
		return nil, err
	}
	l, err := solveLevels(ctx, p, q, axes, opt)
	gap := (l.energy - l.bound) / l.energy
	if err == nil && gap > opt.Tol {
		err = ErrLimit
	}
	if err != nil {
		err = &NotConvergedError{fn, l.iterations, gap, opt.Tol, err}
	}
	d := &Dynamic{
		opt: opt, tau: tau, axes: p.Axes(), iterations: l.iterations,
		shape: l.g, unit: l.unit, p: l.p, q: l.q, flux: l.best, lambda: l.potential,
	}
	return d, err
}

// solveLevels solves a sequence of finer problems, each from the solution of
// the one before, until the context ends, and returns the finest.
func solveLevels(ctx context.Context, p, q *measure.Grid, axes [2]measure.Axis, opt BenamouOptions) (*bbLevel, error) {
	const coarseLimit = 1000 // iterations
	// A level is set up whether or not the context has ended: it has the result.
	still := context.WithoutCancel(ctx)
	unit := guessUnit(p, q)
	if slices.Equal(p.Masses(), q.Masses()) {
		l, err := newBBLevel(still, p.Masses(), q.Masses(), axes, opt.Steps, unit)
		l.best, l.energy = l.x, 0
		return l, err
	}
	var last *bbLevel
	sizes := bbSizes(opt.Steps, axes[0].N, axes[1].N)
	finest := len(sizes) - 1
	for _, size := range sizes[:finest] {
		if ctx.Err() != nil {
			break
		}
		coarse := axes
		coarse[0].N, coarse[1].N = size[1], size[2]
		l, err := newBBLevel(still, coarseMasses(p.Masses(), axes, coarse), coarseMasses(q.Masses(), axes, coarse), coarse, size[0], unit)
		if err != nil {
			return nil, err
		}
		if last != nil {
			if err := l.start(still, last); err != nil {
				return nil, err
			}
		}
		if l.run(ctx, opt.Tol, coarseLimit) != nil {
			break // what there is starts the finest
		}
		// Velocities in their own unit are of the order of 1.
		unit = max(math.Sqrt(l.energy*l.action()), 1e-6*unit)
		last = l
	}
	l, err := newBBLevel(still, p.Masses(), q.Masses(), axes, opt.Steps, unit)
	if err != nil {
		return nil, err
	}
	if last != nil {
		if err := l.start(still, last); err != nil {
			return nil, err
		}
	}
	return l, l.run(ctx, opt.Tol, opt.MaxIterations)
}

// guessUnit returns a velocity of about the right size: the distance of the
// means, or a twentieth of the diagonal.
func guessUnit(p, q *measure.Grid) float64 {
	var distance, diagonal float64
	mp, mq := p.Mean(nil), q.Mean(nil)
	for k, a := range p.Axes() {
		distance = math.Hypot(distance, mp[k]-mq[k])
		diagonal = math.Hypot(diagonal, a.Hi-a.Lo)
	}
	return max(distance, diagonal/20)
}
