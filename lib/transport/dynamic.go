package transport

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// A Dynamic is a path between two densities on a grid that conserves mass, and
// a potential that bounds how far its action is from the least: what
// [BenamouBrenier] returns. Steps are counted from 0 to Steps() − 1; step k goes
// from time k·Tau/Steps to (k+1)·Tau/Steps.
type Dynamic struct {
	opt        BenamouOptions
	tau        float64
	axes       []measure.Axis
	iterations int

	shape  *bbShape
	unit   float64   // of velocity: lengths per whole duration
	p, q   []float64 // masses in units of the mean
	flux   *bbFlux
	lambda []float64
}

// Tau returns the duration.
func (d *Dynamic) Tau() float64 { return d.tau }

// Steps returns the number of time steps.
func (d *Dynamic) Steps() int { return d.shape.k }

// Iterations returns how many iterations the finest grid took.
func (d *Dynamic) Iterations() int { return d.iterations }

// Options returns the options with their defaults resolved.
func (d *Dynamic) Options() BenamouOptions { return d.opt }

// Action returns tau ∫∫ |m|²/ρ dx dt of the path, an upper bound of the least
// discrete action, which estimates W₂². It doesn't depend on tau; divided by
// tau it is the dissipation.
func (d *Dynamic) Action() float64 {
	e, err := d.shape.energy(context.Background(), d.flux)
	if err != nil {
		panic(err.Error()) // no context to end
	}
	return e * d.scale()
}

// Bound returns 2 tau (∫ φ q − ∫ φ p) of the potential, after it is lowered at
// each step by what makes it feasible: a lower bound of the least discrete
// action. See [BenamouBrenier].
func (d *Dynamic) Bound() float64 {
	lambda, room := append([]float64(nil), d.lambda...), make([]float64, len(d.lambda))
	v, err := d.shape.dual(context.Background(), lambda, room, d.p, d.q)
	if err != nil {
		panic(err.Error()) // no context to end
	}
	return v * d.scale()
}

// Gap returns Action − Bound. The least discrete action lies between the two.
func (d *Dynamic) Gap() float64 { return d.Action() - d.Bound() }

// scale is what a unit of energy is in W₂².
func (d *Dynamic) scale() float64 {
	return 2 * d.unit * d.unit / float64(d.shape.k*d.shape.n)
}

// Residual returns the largest mass that is missing or too much in a cell after
// a step, or short of 0, or off the ends, as a part of the whole: rounding.
func (d *Dynamic) Residual() float64 {
	g, m := d.shape, d.flux.m
	worst := 0.0
	r := make([]float64, g.n)
	for k := range g.k {
		for c := range r {
			r[c] = m[(k+1)*g.n+c] - m[k*g.n+c]
		}
		g.outflow(r, d.flux, k)
		for _, v := range r {
			worst = max(worst, math.Abs(v))
		}
	}
	for _, v := range m {
		worst = max(worst, -v)
	}
	for c := range r {
		worst = max(worst, math.Abs(m[c]-d.p[c]), math.Abs(m[g.k*g.n+c]-d.q[c]))
	}
	return worst / float64(g.n)
}

// Kinetic returns ∫ |m|²/ρ dx = E|v|² of each step. On the optimal path it is
// the same for all, W₂²/tau².
func (d *Dynamic) Kinetic() []float64 {
	g := d.shape
	out := make([]float64, g.k)
	scale := 2 * d.unit * d.unit / (float64(g.n) * d.tau * d.tau)
	for k := range out {
		out[k] = scale * g.stepEnergy(d.flux, k)
	}
	return out
}

// Density returns the density at the start of step k, or at the end for
// k = Steps(). It panics unless 0 ≤ k ≤ Steps().
func (d *Dynamic) Density(k int) *measure.Grid {
	if k < 0 || k > d.shape.k {
		panic(fmt.Sprintf("transport.Dynamic.Density: k is %d, want 0 ≤ k ≤ %d", k, d.shape.k))
	}
	return d.between(k, 0)
}

// between returns the density at the part s of step k.
func (d *Dynamic) between(k int, s float64) *measure.Grid {
	g := d.shape
	mass := append([]float64(nil), d.flux.m[k*g.n:(k+1)*g.n]...)
	if s > 0 {
		for c, v := range d.flux.m[(k+1)*g.n : (k+2)*g.n] {
			mass[c] += s * (v - mass[c])
		}
	}
	grid, err := measure.NewGrid(mass, d.axes...)
	if err != nil {
		panic(err.Error()) // masses are ≥ 0, and sum to 1
	}
	return grid
}

// Potential returns φ of step k in the cells, in the order of the masses of a
// [measure.Grid]; its gradient is the velocity. It panics unless
// 0 ≤ k < Steps().
func (d *Dynamic) Potential(k int) []float64 {
	g := d.shape
	if k < 0 || k >= g.k {
		panic(fmt.Sprintf("transport.Dynamic.Potential: k is %d, want 0 ≤ k < %d", k, g.k))
	}
	return scaled(d.lambda[k*g.n:(k+1)*g.n], d.unit*d.unit/(float64(g.k)*d.tau))
}
