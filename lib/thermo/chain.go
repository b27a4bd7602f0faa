package thermo

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// chain takes implicit steps of the Fokker-Planck equation on a row of cells. With
// α and β the mass that crosses a wall to the right and to the left in a step, per mass
// in the cells beside it, it solves
//
//	(1 + αᵢ + βᵢ₋₁) pᵢ − βᵢ pᵢ₊₁ − αᵢ₋₁ pᵢ₋₁ = pᵢ(before).
//
// Rows are eliminated from both ends towards the middle at once: that is half as many
// steps that wait for each other. The middle is cell n/2, so that it is the left side
// that may have a row more. What is left of a diagonal is kept without its α or β,
// so that nothing is ever subtracted: masses are positive for any step, and sum to what
// they were to rounding.
type chain struct {
	alpha, beta []float64 // at the walls, one fewer than cells
	inverse     []float64 // of the eliminated diagonals
	right, left []float64 // α times the inverse on its left, β times that on its right
	z           []float64
}

func newChain(cells int) *chain {
	s := make([]float64, 6*cells)
	cut := func(i, n int) []float64 { return s[i*cells:][:n:n] }
	return &chain{
		alpha: cut(0, cells-1), beta: cut(1, cells-1), inverse: cut(2, cells),
		right: cut(3, cells-1), left: cut(4, cells-1), z: cut(5, cells-1),
	}
}

// rates fills α and β for a step dt, with the force at the walls, cells of width h and a
// temperature, by the fluxes of Scharfetter and Gummel,
//
//	J = (T/h) [B(−z) pᵢ − B(z) pᵢ₊₁],  z = f h/T,  B(z) = z/(e^z − 1),
//
// for which e^{−U/T} is at rest. At T = 0 they are the upwind fluxes. It returns false if
// the force isn't finite somewhere.
func (c *chain) rates(force []float64, h, temp, dt float64) bool {
	off := 0.0 // NaN if a force isn't finite
	if temp == 0 {
		for i, f := range force {
			off += f - f
			c.alpha[i], c.beta[i] = dt/h*math.Max(f, 0), dt/h*math.Max(-f, 0)
		}
		return off == 0
	}
	scale := h / temp
	n := len(force)
	z, e, alpha, beta := c.z[:n], c.inverse[:n], c.alpha[:n], c.beta[:n]
	for i, f := range force {
		z[i] = math.Abs(f) * scale
		off += f - f
	}
	kernel.Exp(e, z)
	k, g := dt*temp/(h*h), dt/h
	for i, f := range force {
		z := z[i]
		b := z / (e[i] - 1)
		if z < 0.02 {
			b = 1 - z*(0.5-z*(1./12-z*z*(1./720)))
		}
		b *= k
		f *= g
		alpha[i], beta[i] = b+0.5*(math.Abs(f)+f), b+0.5*(math.Abs(f)-f) // k (B + z), by the sign of f
	}
	return off == 0
}

// factorise eliminates, from the ends to the middle.
func (c *chain) factorise() {
	n := len(c.inverse)
	m := n / 2
	r, l := 1.0, 1.0 // 1 and what the ends leave of the diagonals
	walls := n - 1
	alpha, beta, right, left, inverse := c.alpha[:walls], c.beta[:walls], c.right[:walls], c.left[:walls], c.inverse[:n]
	i, j := 0, walls-1 // cell i and the wall on its right, cell j + 1 and the wall on its left
	for ; i < m && j >= m && i < walls; i, j = i+1, j-1 {
		ai, bi, aj, bj := alpha[i], beta[i], alpha[j], beta[j]
		di, dj := r+ai, l+bj
		r, l = 1+bi*r/di, 1+aj*l/dj // not by the inverses, which nothing has to wait for
		si, sj := 1/di, 1/dj
		inverse[i], inverse[j+1] = si, sj
		right[i], left[j] = ai*si, bj*sj
		left[i], right[j] = bi*si, aj*sj // for the way back
	}
	for ; i < m; i++ {
		s := 1 / (r + alpha[i])
		inverse[i], right[i], left[i] = s, alpha[i]*s, beta[i]*s
		r = 1 + beta[i]*(r*s)
	}
	inverse[m] = 1 / (r + l - 1)
}

// solve replaces masses by those after a step.
func (c *chain) solve(p []float64) {
	n := len(p)
	m, walls := n/2, n-1
	right, left, inverse := c.right[:walls], c.left[:walls], c.inverse[:n]
	a, b := p[0], p[n-1]
	i, j := 0, walls-1
	for ; i < m-1 && j > m && i < walls; i, j = i+1, j-1 {
		a = p[i+1] + right[i]*a
		b = p[j] + left[j]*b
		p[i+1], p[j] = a, b
	}
	for ; i < m-1; i++ {
		a = p[i+1] + right[i]*a
		p[i+1] = a
	}
	middle := p[m]
	if m > 0 {
		middle += right[m-1] * a
	}
	if m < walls {
		middle += left[m] * b
	}
	p[m] = middle * inverse[m]
	a, b = p[m], p[m]
	i, j = m-1, m+1
	for ; i >= 0 && j < n; i, j = i-1, j+1 {
		a = p[i]*inverse[i] + left[i]*a
		b = p[j]*inverse[j] + right[j-1]*b
		p[i], p[j] = a, b
	}
	for ; i >= 0; i-- {
		a = p[i]*inverse[i] + left[i]*a
		p[i] = a
	}
}

// addFlux adds what crossed the walls in the step that led to p.
func (c *chain) addFlux(flux, p []float64) {
	for i := range flux {
		flux[i] += c.alpha[i]*p[i] - c.beta[i]*p[i+1]
	}
}
