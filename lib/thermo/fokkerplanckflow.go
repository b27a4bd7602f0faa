package thermo

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Process returns the solution as a process. Masses of cells are linear in time from one
// kept state to the next, and the velocity is the flux over the walls by the density
// there, the mean of both sides: it carries the path exactly, cell by cell. Between walls
// and beside a line of cells it is linear, and it is 0 at the boundary and beyond. On the
// line it is a gradient; in the plane it isn't known to be one.
func (s *FokkerPlanckSolution) Process() flow.Process {
	return flow.Process{
		Flow: flow.Flow{
			Path:     flow.PathFunc(func(t float64) measure.Measure { return s.at(t) }),
			Velocity: flow.FieldFunc(s.velocity),
			Tau:      s.Options.Tau,
			Gradient: len(s.Axes) == 1,
		},
		Drift: s.force, Temperature: s.temperature,
	}
}

// interval returns k and u with t = (1 − u) Times[k] + u Times[k+1]. It panics unless t is
// in [0, Tau].
func (s *FokkerPlanckSolution) interval(t float64) (k int, u float64) {
	if !(t >= 0 && t <= s.Options.Tau) {
		panic((&measure.ValueError{Func: "thermo.FokkerPlanckSolution", Arg: "t", Value: t, Want: fmt.Sprintf("in [0, %v]", s.Options.Tau)}).Error())
	}
	for k+2 < len(s.Times) && s.Times[k+1] <= t {
		k++
	}
	return k, (t - s.Times[k]) / (s.Times[k+1] - s.Times[k])
}

func (s *FokkerPlanckSolution) masses(t float64) (mass []float64, k int) {
	k, u := s.interval(t)
	a, b := s.Laws[k].Masses(), s.Laws[k+1].Masses()
	mass = make([]float64, len(a))
	for i := range mass {
		mass[i] = (1-u)*a[i] + u*b[i]
	}
	return mass, k
}

func (s *FokkerPlanckSolution) at(t float64) *measure.Grid {
	mass, _ := s.masses(t)
	return mustMeasure(measure.NewGrid(mass, s.Axes...))
}

// velocity returns the velocities on the walls at time t as a map.
func (s *FokkerPlanckSolution) velocity(t float64) flow.Map {
	mass, k := s.masses(t)
	v := &wallVelocity{axes: s.Axes}
	for axis, a := range s.Axes {
		lines, stride := len(mass)/a.N, 1
		if axis == 0 && len(s.Axes) == 2 {
			stride = s.Axes[1].N
		}
		v.v[axis] = make([]float64, len(s.flux[k][axis]))
		for line := range lines {
			first := line * a.N
			if stride > 1 {
				first = line
			}
			for i := range a.N - 1 {
				w := line*(a.N-1) + i
				if m := 0.5 * (mass[first+i*stride] + mass[first+(i+1)*stride]); m > 0 {
					v.v[axis][w] = s.flux[k][axis][w] * a.Width() / m
				}
			}
		}
	}
	if len(s.Axes) == 1 {
		return flow.LineMap(func(x float64) float64 { return v.component(0, [2]float64{x}) })
	}
	return v
}

// wallVelocity is a velocity by its components on the walls.
type wallVelocity struct {
	axes []measure.Axis
	v    [2][]float64 // N−1 for each line along the axis
}

func (w *wallVelocity) Apply(dst, x *mat.Dense) {
	n, d := x.Dims()
	if d != len(w.axes) {
		panic((&measure.DimError{Func: "thermo.FokkerPlanckSolution", Arg: "x", Got: d, Want: len(w.axes)}).Error())
	}
	var at [2]float64
	for i := range n {
		copy(at[:], x.RawRowView(i))
		for k := range d {
			dst.Set(i, k, w.component(k, at))
		}
	}
}

// component interpolates the component along an axis.
func (w *wallVelocity) component(axis int, x [2]float64) float64 {
	a := w.axes[axis]
	along := (x[axis] - a.Lo) / a.Width()
	if math.IsNaN(along) {
		return along
	}
	if along <= 0 || along >= float64(a.N) {
		return 0
	}
	cell := min(int(along), a.N-1)
	u := along - float64(cell)
	line := func(l int) float64 {
		wall := func(i int) float64 {
			if i < 0 || i >= a.N-1 {
				return 0
			}
			return w.v[axis][l*(a.N-1)+i]
		}
		return (1-u)*wall(cell-1) + u*wall(cell)
	}
	if len(w.axes) == 1 {
		return line(0)
	}
	b := w.axes[1-axis]
	across := math.Min(math.Max((x[1-axis]-b.Lo)/b.Width()-0.5, 0), float64(b.N-1))
	if math.IsNaN(across) {
		return across
	}
	l := min(int(across), b.N-2)
	s := across - float64(l)
	return (1-s)*line(l) + s*line(l+1)
}
