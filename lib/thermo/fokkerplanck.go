package thermo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// FokkerPlanckOptions are the options of FokkerPlanck.
type FokkerPlanckOptions struct {
	Tau    float64 // duration; default 1
	Steps  int     // equal steps in time; default 1000
	Keep   int     // about how many states are kept, beside the first; default 200
	Static bool    // the force and the temperature don't depend on time: faster
}

// FokkerPlanckSolution is the law of a process on a grid, at the times that were kept.
type FokkerPlanckSolution struct {
	Options FokkerPlanckOptions // as used
	Axes    []measure.Axis
	Times   []float64
	Laws    []*measure.Grid // at Times

	force       flow.Field
	temperature func(float64) float64
	flux        [][2][]float64 // mass over the walls across each axis, per time, from one time to the next
}

// FokkerPlanck follows the law of dx = f dt + √(2T) dB,
//
//	∂p/∂t = −∇·(f p) + T ∇²p,
//
// on the grid of its start, in one or two dimensions, with walls that nothing crosses. In
// space it takes the fluxes of Scharfetter and Gummel, for which e^{−U/T} stays at rest
// where f = −∇U (up to the force at each wall standing for the difference of U), of order
// 2; in time implicit steps of order 1, in two dimensions of one axis after the other,
// by turns. Densities are never negative and their mass is 1 to rounding, for any step:
// what steps lose to rounding is given back by scaling every 64 of them. A force may jump,
// and T may be 0.
//
// It returns an error for a missing argument, a measure.ValueError for options that are
// negative, or T < 0 or not finite at a step, an UnsupportedError for fewer than two cells
// along an axis, flow.NonFiniteError for a force that isn't finite, and the context's
// error, wrapped, if that ends.
//
// D. Scharfetter and H. Gummel, IEEE Trans. Electron Devices 16, 64 (1969).
func FokkerPlanck(ctx context.Context, start *measure.Grid, force flow.Field, temperature func(t float64) float64, opt FokkerPlanckOptions) (*FokkerPlanckSolution, error) {
	const fn = "thermo.FokkerPlanck"
	if start == nil || start.Dim() == 0 || force == nil || temperature == nil {
		return nil, errors.New(fn + ": start, force or temperature is nil")
	}
	opt, err := opt.resolve(fn)
	if err != nil {
		return nil, err
	}
	s := &FokkerPlanckSolution{Options: opt, Axes: start.Axes(), force: force, temperature: temperature}
	for k, a := range s.Axes {
		if a.N < 2 {
			return nil, &UnsupportedError{fn, fmt.Sprintf("axis %d has %d cells, want at least 2", k, a.N)}
		}
	}
	m := newFokkerPlanckMarch(s.Axes, slices.Clone(start.Masses()))
	s.Times, s.Laws = []float64{0}, []*measure.Grid{start}
	dt := opt.Tau / float64(opt.Steps)
	each := (opt.Steps + opt.Keep - 1) / opt.Keep
	for k := range opt.Steps {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("%s: stopped at t = %v: %w", fn, float64(k)*dt, err)
		}
		t := opt.Tau * float64(k+1) / float64(opt.Steps)
		if k == 0 || !opt.Static {
			temp := temperature(t)
			if !(temp >= 0) || math.IsInf(temp, 1) {
				return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("T(%v)", t), Value: temp, Want: "≥ 0 and finite"}
			}
			m.temp = temp
		}
		if err := m.step(ctx, force, t, dt, k, k == 0 || !opt.Static); err != nil {
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
		if (k+1)%each == 0 || k+1 == opt.Steps {
			law, err := measure.NewGrid(m.mass, s.Axes...)
			if err != nil {
				return nil, fmt.Errorf("%s: at t = %v: %w", fn, t, err)
			}
			s.flux = append(s.flux, m.takeFlux(t-s.Times[len(s.Times)-1]))
			s.Times, s.Laws = append(s.Times, t), append(s.Laws, law)
		}
	}
	return s, nil
}

func (o FokkerPlanckOptions) resolve(fn string) (FokkerPlanckOptions, error) {
	if o.Tau == 0 {
		o.Tau = 1
	}
	if o.Steps == 0 {
		o.Steps = 1000
	}
	if o.Keep == 0 {
		o.Keep = 200
	}
	for name, v := range map[string]float64{"Tau": o.Tau, "Steps": float64(o.Steps), "Keep": float64(o.Keep)} {
		if !(v > 0) || math.IsInf(v, 1) {
			return o, &measure.ValueError{Func: fn, Arg: name, Value: v, Want: "positive and finite"}
		}
	}
	o.Keep = min(o.Keep, o.Steps)
	return o, nil
}

// fokkerPlanckMarch holds the masses on a grid, and the chains of cells along its axes.
type fokkerPlanckMarch struct {
	axes   []measure.Axis
	temp   float64
	mass   []float64
	before []float64 // on the line: the masses when the flux was last taken
	line   [2]fokkerPlanckLines
}

// fokkerPlanckLines are the chains along an axis: line l begins at cell first(l) and goes
// on by stride.
type fokkerPlanckLines struct {
	lines, cells, stride, block int
	chains                      []*chain // one for each line
	scratch                     []fokkerPlanckScratch
	flux                        []float64 // cells−1 for each line, in the plane
}

func (l *fokkerPlanckLines) first(line int) int {
	if l.stride > 1 {
		return line
	}
	return line * l.cells
}

// fokkerPlanckScratch is what a block of lines works with.
type fokkerPlanckScratch struct {
	walls, force *mat.Dense
	along, row   []float64
}

func newFokkerPlanckMarch(axes []measure.Axis, mass []float64) *fokkerPlanckMarch {
	m := &fokkerPlanckMarch{axes: axes, mass: mass, before: slices.Clone(mass)}
	d := len(axes)
	for k, a := range axes {
		l := &m.line[k]
		l.cells, l.lines, l.stride, l.block = a.N, len(mass)/a.N, 1, max(1, 4096/a.N)
		if k == 0 && d == 2 {
			l.stride = axes[1].N
		}
		if d == 2 {
			l.flux = make([]float64, l.lines*(l.cells-1))
		}
		for range l.lines {
			l.chains = append(l.chains, newChain(l.cells))
		}
		for lo := 0; lo < l.lines; lo += l.block {
			s := fokkerPlanckScratch{mat.NewDense(a.N-1, d, nil), mat.NewDense(a.N-1, d, nil), make([]float64, a.N-1), make([]float64, a.N)}
			for i := range a.N - 1 {
				s.walls.Set(i, k, a.Edge(i+1))
			}
			if d == 1 {
				s.along = s.force.RawMatrix().Data
			}
			l.scratch = append(l.scratch, s)
		}
	}
	return m
}

// step takes one step of every axis, the first of them by turns.
func (m *fokkerPlanckMarch) step(ctx context.Context, force flow.Field, t, dt float64, turn int, fresh bool) error {
	var at flow.Map
	if fresh {
		at = force.At(t)
	}
	for k := range m.axes {
		axis := (k + turn) % len(m.axes)
		if err := m.along(ctx, axis, at, t, dt, fresh); err != nil {
			return err
		}
	}
	if turn%64 == 63 { // a step may lose a few units in the last place
		var sum num.Sum
		for _, v := range m.mass {
			sum.Add(v)
		}
		floats.Scale(1/sum.Value(), m.mass)
	}
	return nil
}

func (m *fokkerPlanckMarch) along(ctx context.Context, axis int, force flow.Map, t, dt float64, fresh bool) error {
	l := &m.line[axis]
	if l.lines == 1 {
		return m.block(axis, 0, 1, force, t, dt, fresh)
	}
	failed, err := par.Map(ctx, l.lines, l.block, func(lo, hi int) error { return m.block(axis, lo, hi, force, t, dt, fresh) })
	for _, e := range failed {
		if e != nil {
			return e
		}
	}
	return err
}

// block takes the step of some lines.
func (m *fokkerPlanckMarch) block(axis, lo, hi int, force flow.Map, t, dt float64, fresh bool) error {
	l := &m.line[axis]
	s := &l.scratch[lo/l.block]
	for line := lo; line < hi; line++ {
		c := l.chains[line]
		if fresh {
			if len(m.axes) == 2 {
				across := m.axes[1-axis].Centre(line)
				for i := range l.cells - 1 {
					s.walls.Set(i, 1-axis, across)
				}
			}
			force.Apply(s.force, s.walls)
			if len(m.axes) == 2 {
				mat.Col(s.along, axis, s.force)
			}
			if !c.rates(s.along, m.axes[axis].Width(), m.temp, dt) {
				return &flow.NonFiniteError{T: t, Row: line}
			}
			c.factorise()
		}
		if l.lines == 1 {
			c.solve(m.mass)
			continue
		}
		row, first := s.row, l.first(line)
		for i := range row {
			row[i] = m.mass[first+i*l.stride]
		}
		c.solve(row)
		c.addFlux(l.flux[line*(l.cells-1):][:l.cells-1], row)
		for i, v := range row {
			m.mass[first+i*l.stride] = v
		}
	}
	return nil
}

// takeFlux returns the flux since it was last taken, per time.
func (m *fokkerPlanckMarch) takeFlux(span float64) (flux [2][]float64) {
	if len(m.axes) == 1 {
		flux[0] = lineFlux(m.before, m.mass, span)
		copy(m.before, m.mass)
		return flux
	}
	for k := range m.axes {
		flux[k] = make([]float64, len(m.line[k].flux))
		for i, v := range m.line[k].flux {
			flux[k][i] = v / span
		}
		clear(m.line[k].flux)
	}
	return flux
}

// lineFlux returns what crossed each wall on the line: what is missing on its left, or
// has come to its right, whichever side has less mass and so keeps its digits.
func lineFlux(before, after []float64, span float64) []float64 {
	n := len(after)
	flux := make([]float64, n-1)
	var a, b float64
	wall := 0
	for ; wall < n-1 && a+after[wall] < 0.5; wall++ {
		a, b = a+after[wall], b+before[wall]
		flux[wall] = (b - a) / span
	}
	a, b = 0, 0
	for i := n - 1; i > wall; i-- {
		a, b = a+after[i], b+before[i]
		flux[i-1] = (a - b) / span
	}
	return flux
}
