package flow

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// JacobianVector is an optional ability of a Map: products with its Jacobian,
// by hand or by forward differentiation.
type JacobianVector interface {
	Map
	// JVP stores J(xᵢ) eᵢ into the rows of dst, for the rows of x and of e.
	// dst is neither x nor e.
	JVP(dst, x, e *mat.Dense)
}

// JVP stores the product J(xᵢ) eᵢ of the Jacobian of m at each row of x with that
// row of e into the rows of dst, and an estimate of the error of each number into
// the rows of spread. The error is 0 but for rounding for a JacobianVector and an
// Affine map. Otherwise the products are central differences over h and 2h along
// e, extrapolated to h = 0, and the estimate is the distance of the two, which is
// far above the error where m is smooth at the scale of h, about 10⁻³ of the size
// of x.
//
// dst, spread, x and e must not overlap. It panics if shapes differ.
func JVP(dst, spread *mat.Dense, m Map, x, e *mat.Dense) {
	n, d := x.Dims()
	for k, a := range [...]*mat.Dense{dst, spread, e} {
		if r, c := a.Dims(); r != n || c != d {
			panic(fmt.Sprintf("flow.JVP: %s is %d×%d, x is %d×%d", [...]string{"dst", "spread", "e"}[k], r, c, n, d))
		}
	}
	switch m := m.(type) {
	case JacobianVector:
		m.JVP(dst, x, e)
		spread.Zero()
		return
	case Affine:
		a, _ := m.Affine()
		dst.Mul(e, a.T())
		spread.Zero()
		return
	}
	const step = 1. / 1024 // about the fifth root of the rounding error
	h := make([]float64, n)
	for i := range h {
		h[i] = differenceStep(step, x.RawRowView(i), e.RawRowView(i))
	}
	at, back := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	central := func(dst *mat.Dense, k float64) {
		for side, to := range [...]*mat.Dense{back, dst} {
			step := float64(2*side-1) * k
			for i, h := range h {
				from, dir, row := x.RawRowView(i), e.RawRowView(i), at.RawRowView(i)
				for j := range row {
					row[j] = from[j] + step*h*dir[j]
				}
			}
			m.Apply(to, at)
		}
		for i, h := range h {
			p, q := dst.RawRowView(i), back.RawRowView(i)
			for j := range p {
				p[j] = (p[j] - q[j]) / (2 * k * h)
			}
		}
	}
	central(dst, 1)
	central(spread, 2)
	for i := range n {
		p, q := dst.RawRowView(i), spread.RawRowView(i)
		for j := range p {
			gap := p[j] - q[j]
			p[j] += gap / 3
			q[j] = math.Abs(gap)
		}
	}
}

// differenceStep returns the h for which h e is the given part of the size of x,
// a power of two.
func differenceStep(part float64, x, e []float64) float64 {
	size, length := 1.0, 0.0
	for j := range x {
		size = max(size, math.Abs(x[j]))
		length = max(length, math.Abs(e[j]))
	}
	if length == 0 {
		return part
	}
	return math.Ldexp(1, math.Ilogb(part*size/length))
}

// Divergence stores ∇·m at the rows of x into dst, and an estimate of the error of
// each into spread: 0 but for rounding if m is a Divergencer, else the sum of those
// of the d products JVP with the unit vectors. It panics if lengths differ.
func Divergence(dst, spread []float64, m Map, x *mat.Dense) {
	n, d := x.Dims()
	if len(dst) != n || len(spread) != n {
		panic(fmt.Sprintf("flow.Divergence: dst and spread have lengths %d and %d, x has %d rows", len(dst), len(spread), n))
	}
	clear(spread)
	if div, ok := m.(Divergencer); ok {
		div.Divergence(dst, x)
		return
	}
	clear(dst)
	col, err, e := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	for j := range d {
		for i := range n {
			e.Set(i, j, 1)
			if j > 0 {
				e.Set(i, j-1, 0)
			}
		}
		JVP(col, err, m, x, e)
		for i := range n {
			dst[i] += col.At(i, j)
			spread[i] += err.At(i, j)
		}
	}
}
