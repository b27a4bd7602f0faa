package transport

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// bbVacuum is the mass, in units of the mean mass of a cell, below which the
// velocity comes from the potential more than from the momentum.
const bbVacuum = 1e-2

// Flow returns the path as a flow. Masses of cells interpolate linearly in time.
// The velocity is m/ρ at the walls of cells, and where there is next to no mass
// the gradient of the potential, which it equals at the optimum; in between
// it interpolates linearly in space and time. It is 0 at the boundary and
// beyond.
func (d *Dynamic) Flow() flow.Flow {
	return flow.Flow{
		Tau: d.tau, Gradient: true,
		Path:     flow.PathFunc(func(t float64) measure.Measure { return d.density(t) }),
		Velocity: flow.FieldFunc(func(t float64) flow.Map { return d.velocity(t) }),
	}
}

// clock returns t in steps. It panics unless t lies in [0, tau].
func (d *Dynamic) clock(t float64) float64 {
	if !(t >= 0 && t <= d.tau) {
		panic((&measure.ValueError{Func: "transport.Dynamic.Flow", Arg: "t", Value: t, Want: fmt.Sprintf("in [0, %v]", d.tau)}).Error())
	}
	return t / d.tau * float64(d.shape.k)
}

func (d *Dynamic) density(t float64) *measure.Grid {
	s := d.clock(t)
	k := min(int(s), d.shape.k-1)
	return d.between(k, s-float64(k))
}

// velocity holds the components on the walls, and extends the line through the
// middles of the first two steps, and the last two, to the ends.
func (d *Dynamic) velocity(t float64) *bbVelocity {
	g := d.shape
	s := d.clock(t) - 0.5
	k := min(max(int(s), 0), g.k-2)
	s -= float64(k)
	v := &bbVelocity{axes: d.axes, n0: g.n0, n1: g.n1}
	for _, a := range g.dims {
		v.v[a] = make([]float64, g.n)
		for i, part := range [2]float64{1 - s, s} {
			d.addVelocity(v.v[a], a, k+i, part)
		}
	}
	return v
}

// addVelocity adds part times the component a in step k.
func (d *Dynamic) addVelocity(dst []float64, a, k int, part float64) {
	g := d.shape
	m, next := d.flux.m[k*g.n:(k+1)*g.n], d.flux.m[(k+1)*g.n:(k+2)*g.n]
	w, l := d.flux.w[a][k*g.n:(k+1)*g.n], d.lambda[k*g.n:(k+1)*g.n]
	scale := part * d.unit / d.tau
	g.walls(a, func(from, to, stride int) {
		for c := from; c < to; c++ {
			theta := 0.25 * (m[c] + m[c+stride] + next[c] + next[c+stride])
			b := g.beta[a] * (l[c+stride] - l[c])
			dst[c] += scale * (w[c] + bbVacuum*b) / (theta + bbVacuum)
		}
	})
}

// bbVelocity is a velocity by its components on the walls of cells.
type bbVelocity struct {
	axes   []measure.Axis
	n0, n1 int
	v      [2][]float64
}

func (v *bbVelocity) Apply(dst, x *mat.Dense) {
	n, dim := x.Dims()
	if dim != len(v.axes) {
		panic((&measure.DimError{Func: "transport.Dynamic.Flow", Arg: "x", Got: dim, Want: len(v.axes)}).Error())
	}
	at := [2]float64{0.5, 0.5} // in cells
	for i := range n {
		row := x.RawRowView(i)
		for k, a := range v.axes {
			at[2-dim+k] = min(max((row[k]-a.Lo)/a.Width(), 0), float64(a.N)) // NaN stays
		}
		for k := range dim {
			dst.Set(i, k, v.component(2-dim+k, at))
		}
	}
}

// component interpolates component d at a place in cells.
func (v *bbVelocity) component(d int, at [2]float64) float64 {
	if math.IsNaN(at[0] + at[1]) {
		return math.NaN()
	}
	if v.v[d] == nil {
		return 0
	}
	n := [2]int{v.n0, v.n1}
	along, across := at[d], at[1-d]-0.5
	i := min(int(along), n[d]-1) // between the walls before and after cell i
	j := min(max(int(across), 0), max(n[1-d]-2, 0))
	next := min(j+1, n[1-d]-1)
	s, u := along-float64(i), min(max(across-float64(j), 0), 1)
	wall := func(i, j int) float64 {
		switch {
		case i < 0 || i >= n[d]-1:
			return 0
		case d == 0:
			return v.v[0][i*v.n1+j]
		default:
			return v.v[1][j*v.n1+i]
		}
	}
	line := func(j int) float64 { return (1-s)*wall(i-1, j) + s*wall(i, j) }
	return (1-u)*line(j) + u*line(next)
}
