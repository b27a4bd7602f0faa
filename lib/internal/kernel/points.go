package kernel

import "fmt"

// Points are n points of R^d, stored coordinate by coordinate: coordinate k of
// point j stands at Coord[k*Stride+j].
type Points[T Float] struct {
	N, D, Stride int
	Coord        []T
}

// NewPoints returns the points whose coordinates stand one point after
// another: coordinate k of point j at rows[j*d+k]. It panics if the length of
// rows is not a multiple of d, or d < 1.
func NewPoints[T Float](rows []T, d int) Points[T] {
	if d < 1 || len(rows)%d != 0 {
		panic(fmt.Sprintf("kernel: NewPoints: %d numbers are no points of dimension %d", len(rows), d))
	}
	n := len(rows) / d
	p := Points[T]{N: n, D: d, Stride: n, Coord: make([]T, len(rows))}
	for j := range n {
		for k := range d {
			p.Coord[k*n+j] = rows[j*d+k]
		}
	}
	return p
}

// Slice returns points i to j−1, which share their coordinates with p.
func (p Points[T]) Slice(i, j int) Points[T] {
	if i < 0 || j < i || j > p.N {
		panic(fmt.Sprintf("kernel: Points.Slice: [%d:%d] of %d points", i, j, p.N))
	}
	s := Points[T]{N: j - i, D: p.D, Stride: p.Stride}
	if j > i {
		s.Coord = p.Coord[i : (p.D-1)*p.Stride+j]
	}
	return s
}

// check panics unless p is whole and has the dimension d.
func (p Points[T]) check(function, name string, d int) {
	if p.D != d {
		panic(fmt.Sprintf("kernel: %s: %s has dimension %d, not %d", function, name, p.D, d))
	}
	if p.N < 0 || p.D < 1 || p.Stride < p.N || p.N > 0 && len(p.Coord) < (p.D-1)*p.Stride+p.N {
		panic(fmt.Sprintf("kernel: %s: %s: %d numbers are no %d points of dimension %d at a stride of %d",
			function, name, len(p.Coord), p.N, p.D, p.Stride))
	}
}
