package transport

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// A Cost gives the price C(i, j) ≥ −∞ of moving a unit of mass from source i
// to sink j. +Inf forbids the pair. Every [mat.Matrix] is a Cost.
//
// A cost that also has the method
//
//	Row(dst []float64, i int)
//
// which stores C(i, j) into dst[j], is asked by rows where many prices are
// needed; one that has Dims() (n, m int) is checked against the masses.
type Cost interface {
	At(i, j int) float64
}

// MatrixCost is a table of prices: sources are rows, sinks are columns.
type MatrixCost struct{ mat.Matrix }

// CostFunc is a cost that is computed when it is needed. It must always return
// the same.
type CostFunc func(i, j int) float64

// At returns f(i, j).
func (f CostFunc) At(i, j int) float64 { return f(i, j) }

// SquaredEuclidean is the cost |xᵢ − yⱼ|², without a factor ½, of moving
// between points, the rows of X and Y.
type SquaredEuclidean struct{ X, Y mat.Matrix }

// Euclidean is the cost |xᵢ − yⱼ| of moving between points, the rows of X and Y.
type Euclidean struct{ X, Y mat.Matrix }

// At returns |xᵢ − yⱼ|².
func (c SquaredEuclidean) At(i, j int) float64 { return squaredDistance(c.X, c.Y, i, j) }

// Dims returns the numbers of points.
func (c SquaredEuclidean) Dims() (n, m int) { return pointDims(c.X, c.Y) }

// At returns |xᵢ − yⱼ|.
func (c Euclidean) At(i, j int) float64 { return math.Sqrt(squaredDistance(c.X, c.Y, i, j)) }

// Dims returns the numbers of points.
func (c Euclidean) Dims() (n, m int) { return pointDims(c.X, c.Y) }

func pointDims(x, y mat.Matrix) (n, m int) {
	n, _ = x.Dims()
	m, _ = y.Dims()
	return n, m
}

// squaredDistance has the bits of kernel.SqDist.
func squaredDistance(x, y mat.Matrix, i, j int) float64 {
	_, d := x.Dims()
	total, sum := 0.0, 0.0
	for k := range d {
		if k > 0 && k%maxKernelDim == 0 {
			total, sum = total+sum, 0
		}
		t := x.At(i, k) - y.At(j, k)
		sum = math.FMA(t, t, sum)
	}
	return total + sum
}

const maxKernelDim = 64

// largestCost bounds what prices may be, so that sums along a path of them
// don't overflow.
const largestCost = 0x1p1000

// rows computes prices by rows: those of sources lo … hi−1 into dst, ld apart.
type rows interface {
	fill(dst []float64, ld, lo, hi int)
}

// newRows returns the prices between the given sources and sinks.
func newRows(fn string, cost Cost, n, m int, sources, sinks []int32) (rows, error) {
	if cost == nil {
		return nil, fmt.Errorf("%s: cost is nil", fn)
	}
	switch c := cost.(type) {
	case MatrixCost:
		if c.Matrix == nil {
			return nil, fmt.Errorf("%s: cost is a MatrixCost of a nil matrix", fn)
		}
		cost = c.Matrix
	case CostFunc:
		if c == nil {
			return nil, fmt.Errorf("%s: cost is a nil CostFunc", fn)
		}
	case SquaredEuclidean:
		return newPointRows(fn, "SquaredEuclidean", c.X, c.Y, n, m, sources, sinks, false)
	case Euclidean:
		return newPointRows(fn, "Euclidean", c.X, c.Y, n, m, sources, sinks, true)
	}
	if c, ok := cost.(interface{ Dims() (n, m int) }); ok {
		if r, k := c.Dims(); r != n || k != m {
			return nil, fmt.Errorf("%s: cost is %d × %d, want %d × %d as there are sources and sinks", fn, r, k, n, m)
		}
	}
	switch c := cost.(type) {
	case *mat.Dense:
		return denseRows{c.RawMatrix().Data, c.RawMatrix().Stride, sources, sinks, m}, nil
	case interface{ Row(dst []float64, i int) }:
		return &askedRows{c.Row, sources, sinks, make([]float64, m)}, nil
	}
	return anyRows{cost, sources, sinks}, nil
}

// anyRows asks for each price.
type anyRows struct {
	cost           Cost
	sources, sinks []int32
}

func (r anyRows) fill(dst []float64, ld, lo, hi int) {
	for k, i := range r.sources[lo:hi] {
		row := dst[k*ld:][:len(r.sinks)]
		for l, j := range r.sinks {
			row[l] = r.cost.At(int(i), int(j))
		}
	}
}

// askedRows asks for rows.
type askedRows struct {
	row            func(dst []float64, i int)
	sources, sinks []int32
	whole          []float64
}

func (r *askedRows) fill(dst []float64, ld, lo, hi int) {
	for k, i := range r.sources[lo:hi] {
		r.row(r.whole, int(i))
		gather(dst[k*ld:], r.whole, r.sinks)
	}
}

// denseRows copies rows.
type denseRows struct {
	data           []float64
	stride         int
	sources, sinks []int32
	m              int
}

func (r denseRows) fill(dst []float64, ld, lo, hi int) {
	for k, i := range r.sources[lo:hi] {
		gather(dst[k*ld:], r.data[int(i)*r.stride:][:r.m], r.sinks)
	}
}

func gather(dst, src []float64, at []int32) {
	if len(at) == len(src) {
		copy(dst, src)
		return
	}
	for l, j := range at {
		dst[l] = src[j]
	}
}

// pointRows computes distances.
type pointRows struct {
	x, y []kernel.Points[float64] // by at most 64 coordinates
	root bool
	part []float64
}

func newPointRows(fn, name string, x, y mat.Matrix, n, m int, sources, sinks []int32, root bool) (rows, error) {
	if x == nil || y == nil {
		return nil, fmt.Errorf("%s: %s has nil points", fn, name)
	}
	r, d := x.Dims()
	k, e := y.Dims()
	if r != n || k != m {
		return nil, fmt.Errorf("%s: %s has %d and %d points, want %d and %d as there are sources and sinks", fn, name, r, k, n, m)
	}
	if d == 0 {
		return nil, fmt.Errorf("%s: the points of %s have no coordinates", fn, name)
	}
	if d != e {
		return nil, fmt.Errorf("%s: the points of %s have dimensions %d and %d", fn, name, d, e)
	}
	p := &pointRows{root: root}
	var err error
	if p.x, err = pack(fn, name+"'s X", x, sources); err != nil {
		return nil, err
	}
	p.y, err = pack(fn, name+"'s Y", y, sinks)
	return p, err
}

// pack takes rows of x.
func pack(fn, name string, x mat.Matrix, at []int32) ([]kernel.Points[float64], error) {
	_, d := x.Dims()
	var parts []kernel.Points[float64]
	for k0 := 0; k0 < d; k0 += maxKernelDim {
		p := kernel.Points[float64]{N: len(at), D: min(maxKernelDim, d-k0), Stride: len(at)}
		p.Coord = make([]float64, p.N*p.D)
		for l, i := range at {
			for k := range p.D {
				v := x.At(int(i), k0+k)
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return nil, fmt.Errorf("%s: %s[%d][%d] is %v, want a finite number", fn, name, i, k0+k, v)
				}
				p.Coord[k*p.Stride+l] = v
			}
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func (r *pointRows) fill(dst []float64, ld, lo, hi int) {
	m := r.y[0].N
	kernel.SqDist(dst, ld, r.x[0].Slice(lo, hi), r.y[0])
	for k := 1; k < len(r.x); k++ {
		if need := (hi - lo) * m; len(r.part) < need {
			r.part = make([]float64, need)
		}
		kernel.SqDist(r.part, m, r.x[k].Slice(lo, hi), r.y[k])
		for i := range hi - lo {
			row := dst[i*ld:][:m]
			for j, v := range r.part[i*m:][:m] {
				row[j] += v
			}
		}
	}
	if r.root {
		for i := range hi - lo {
			row := dst[i*ld:][:m]
			for j, v := range row {
				row[j] = math.Sqrt(v)
			}
		}
	}
}
