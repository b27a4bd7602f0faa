package transport

import (
	"context"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// bbLevel is the problem on one of a sequence of grids, and the best that is
// known of its solution. Energies are in units of V² dt/n.
type bbLevel struct {
	*bbSolver
	axes [2]measure.Axis
	p, q []float64 // masses of the cells, of mean 1
	unit float64   // of velocity, V: lengths per whole duration

	even       *bbPoisson // for momenta alone
	ref        *bbFlux    // mass everywhere
	best       *bbFlux    // conserves mass, has the energy
	energy     float64
	potential  []float64 // feasible for the dual, has the value
	bound      float64
	iterations int
	work       *bbFlux
	room       []float64
}

// action is what one unit of energy is in W₂².
func (l *bbLevel) action() float64 {
	return 2 * l.unit * l.unit / float64(l.g.k*l.g.n)
}

func newBBLevel(ctx context.Context, p, q []float64, axes [2]measure.Axis, k int, unit float64) (*bbLevel, error) {
	g := newBBShape(k, axes[0].N, axes[1].N)
	l := &bbLevel{axes: axes, unit: unit, p: scaled(p, float64(g.n)), q: scaled(q, float64(g.n))}
	for _, d := range g.dims {
		g.beta[d] = unit / float64(k) / axes[d].Width()
	}
	l.bbSolver = newBBSolver(g, bbStep/math.Sqrt(participation(l.p)*participation(l.q)))
	l.even = newBBPoisson(g, 0, [2]float64{g.beta[0] * g.beta[0], g.beta[1] * g.beta[1]})
	var err error
	if l.ref, err = g.reference(ctx, l.even, l.p, l.q); err != nil {
		return nil, err
	}
	l.best, l.work = newBBFlux(g), newBBFlux(g)
	l.best.copy(l.ref)
	if l.energy, err = g.energy(ctx, l.best); err != nil {
		return nil, err
	}
	l.potential, l.room = make([]float64, g.k*g.n), make([]float64, g.k*g.n)
	for i := range g.k + 1 {
		u := float64(i) / float64(g.k)
		for c := range l.p {
			l.x.m[i*g.n+c] = (1-u)*l.p[c] + u*l.q[c]
		}
	}
	return l, nil
}

// bbStep sets the dual step in units of the inverse of a typical mass.
const bbStep = 4

// participation returns Σ m²/Σ m, a typical mass where there is any.
func participation(m []float64) float64 {
	var one, two float64
	for _, v := range m {
		one += v
		two += v * v
	}
	return two / one
}

func scaled(x []float64, by float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = by * v
	}
	return y
}

// run iterates until the gap is at most tol of the energy, or the limit.
func (l *bbLevel) run(ctx context.Context, tol float64, limit int) error {
	const every = 32
	for l.iterations < limit && !(l.energy-l.bound <= tol*l.energy) {
		if err := l.step(ctx); err != nil {
			return err
		}
		if l.iterations++; l.iterations%every == 0 || l.iterations == limit {
			if err := l.check(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// check makes feasible points of the iterates, and keeps those that are better
// than the best.
func (l *bbLevel) check(ctx context.Context) error {
	l.work.copy(l.x)
	copy(l.room, l.lambda)
	room := l.spare()
	bound, err := l.g.dual(ctx, l.room, room, l.p, l.q)
	if err != nil {
		return err
	}
	if bound > l.bound {
		l.bound = bound
		l.potential, l.room = l.room, l.potential
	}
	energy, err := l.g.mend(ctx, l.even, l.work, l.ref, l.bar, l.room)
	if err != nil {
		return err
	}
	if energy < l.energy {
		l.energy = energy
		l.best, l.work = l.work, l.best
	}
	return nil
}

// spare returns room for a slab's worth of each slab, in what the next step
// writes before it reads.
func (l *bbLevel) spare() []float64 { return l.bar.w[l.g.dims[0]] }
