package transport

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// PlanGeodesic returns the path on which the mass P[i,j] of a plan between the
// rows of x and y moves from xᵢ to yⱼ in a straight line at constant velocity,
// as a flow of duration tau:
//
//	p_t = Σ P[i,j] δ((1 − s) xᵢ + s yⱼ),  s = t/tau,
//
// scaled to mass 1. It is the W₂ geodesic, of constant speed W₂/tau, if the plan
// is optimal for |x − y|², such as [Exact] finds with [SquaredEuclidean]{x, y};
// another plan gives a path that is longer. Its measures are *measure.Discrete,
// whose atoms are the pairs in the order of [Plan.All].
//
// The velocity is that of the atom nearest to a point, and the mean of those
// that are equally near: at both ends an atom may be about to split or have just
// been joined. Nothing but the atoms is carried, and particles that follow the
// velocity stay with the atom that they start from as long as it is the nearest.
//
// PlanGeodesic returns an error if the plan is nil or moves nothing, if x or y
// doesn't have a row for each source or sink, if their dimensions differ or a
// coordinate isn't finite, and unless tau is positive and finite.
func PlanGeodesic(plan *Plan, x, y mat.Matrix, tau float64) (flow.Flow, error) {
	const fn = "transport.PlanGeodesic"
	if plan == nil || x == nil || y == nil {
		return flow.Flow{}, fmt.Errorf("%s: the plan or its points are nil", fn)
	}
	if !(tau > 0) || math.IsInf(tau, 1) {
		return flow.Flow{}, &measure.ValueError{Func: fn, Arg: "tau", Value: tau, Want: "positive and finite"}
	}
	n, m := plan.Dims()
	rx, d := x.Dims()
	ry, dy := y.Dims()
	switch {
	case rx != n:
		return flow.Flow{}, &measure.DimError{Func: fn, Arg: "the number of rows of x", Got: rx, Want: n}
	case ry != m:
		return flow.Flow{}, &measure.DimError{Func: fn, Arg: "the number of rows of y", Got: ry, Want: m}
	case dy != d:
		return flow.Flow{}, &measure.DimError{Func: fn, Arg: "y", Got: dy, Want: d}
	}
	g := &planGeodesic{tau: tau}
	var from, to []float64
	for ij, mass := range plan.All() {
		g.mass = append(g.mass, mass)
		from = append(from, mat.Row(nil, ij.I, x)...)
		to = append(to, mat.Row(nil, ij.J, y)...)
	}
	if len(g.mass) == 0 {
		return flow.Flow{}, fmt.Errorf("%s: the plan moves nothing", fn)
	}
	g.from, g.to = mat.NewDense(len(g.mass), d, from), mat.NewDense(len(g.mass), d, to)
	// What can be wrong with a law between the ends is wrong with an end.
	for _, end := range []*mat.Dense{g.from, g.to} {
		if _, err := measure.NewDiscrete(end, g.mass); err != nil {
			return flow.Flow{}, fmt.Errorf("%s: %w", fn, err)
		}
	}
	g.speed = mat.NewDense(len(g.mass), d, nil)
	for i := range g.mass {
		row := g.speed.RawRowView(i)
		floats.SubTo(row, g.to.RawRowView(i), g.from.RawRowView(i))
		floats.Scale(1/tau, row)
	}
	return flow.Flow{
		Path:     flow.PathFunc(func(t float64) measure.Measure { return g.law(t) }),
		Velocity: flow.FieldFunc(g.velocity),
		Tau:      tau,
		Gradient: true,
	}, nil
}

type planGeodesic struct {
	from, to, speed *mat.Dense // rows are atoms
	mass            []float64
	tau             float64
}

// at returns the atoms at t.
func (g *planGeodesic) at(t float64) *mat.Dense {
	s := clock(t, g.tau)
	x := new(mat.Dense)
	x.Apply(func(i, k int, v float64) float64 { return (1-s)*v + s*g.to.At(i, k) }, g.from)
	return x
}

func (g *planGeodesic) law(t float64) *measure.Discrete {
	law, err := measure.NewDiscrete(g.at(t), g.mass)
	if err != nil {
		panic(fmt.Sprintf("transport.PlanGeodesic: at t = %v: %v", t, err))
	}
	return law
}

func (g *planGeodesic) velocity(t float64) flow.Map {
	x := g.at(t)
	_, d := x.Dims()
	return &nearestField{g, d, kernel.NewPoints(x.RawMatrix().Data, d)}
}

// nearestField is the velocity of the nearest atom.
type nearestField struct {
	g  *planGeodesic
	d  int
	at kernel.Points[float64]
}

// Apply implements flow.Map.
func (f *nearestField) Apply(dst, x *mat.Dense) {
	n, d := x.Dims()
	if d != f.d {
		panic((&measure.DimError{Func: "transport.PlanGeodesic", Arg: "x", Got: d, Want: f.d}).Error())
	}
	near := make([]float64, len(f.g.mass))
	for i := range n {
		f.nearest(near, x.RawRowView(i))
		row := dst.RawRowView(i)
		clear(row)
		for k, r := range near {
			if r > 0 {
				floats.AddScaled(row, r, f.g.speed.RawRowView(k))
			}
		}
	}
}

// nearest stores the shares of mass among the atoms that are nearest to x.
func (f *nearestField) nearest(near, x []float64) {
	sqDistances(near, x, f.at)
	least := floats.Min(near)
	if math.IsInf(least, 1) || math.IsNaN(least) {
		copy(near, f.g.mass) // no atom is seen to be nearer than another
	} else {
		for k, sq := range near {
			near[k] = 0
			if sq == least {
				near[k] = f.g.mass[k]
			}
		}
	}
	floats.Scale(1/floats.Sum(near), near)
}

// sqDistances stores the squared distances from x to points into dst.
func sqDistances(dst, x []float64, points kernel.Points[float64]) {
	for lo := 0; lo < points.D; lo += maxKernelDim {
		hi := min(lo+maxKernelDim, points.D)
		part := points
		part.D, part.Coord = hi-lo, points.Coord[lo*points.Stride:hi*points.Stride]
		to := dst
		if lo > 0 {
			to = make([]float64, len(dst))
		}
		kernel.SqDist(to, len(to), kernel.NewPoints(x[lo:hi], hi-lo), part)
		if lo > 0 {
			floats.Add(dst, to)
		}
	}
}
