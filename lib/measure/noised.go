package measure

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// noised is the law of m x₀ + √var ε for x₀ from a mixture of Gaussians: the
// mixture of N(m μₖ, Sₖ), Sₖ = m²Cₖ + var I, with its conditional expectations.
type noised struct {
	Mixture
	velocity blend
	denoise  blend
}

var (
	_ CurvedNoised = (*noised)(nil)
	_ Moments      = (*noised)(nil)
	_ Line         = (*noised)(nil)
)

func newNoised(fn string, data *Mixture, c Coeffs) *noised {
	c.check(fn)
	if c.M == 0 && len(data.parts) > 1 {
		// All parts coincide, and x_t says nothing about x₀: the data may as
		// well have been one Gaussian with the same mean.
		one := newGaussian(data.Mean(nil), nil, slices.Repeat([]float64{1}, data.Dim()))
		return newNoised(fn, asMixture(one), c)
	}
	count, d := len(data.parts), data.Dim()
	n := &noised{Mixture: *newMixture(data.weights, make([]*Gaussian, count))}
	n.velocity, n.denoise = newBlend(&n.Mixture, data), newBlend(&n.Mixture, data)
	parts, means, vars := make([]Gaussian, count), make([]float64, count*d), make([]float64, count*d)
	for k, g := range data.parts {
		s := &parts[k]
		s.mean, s.vars, s.axes = means[k*d:][:d], vars[k*d:][:d], g.axes
		n.parts[k] = s
		for i, v := range g.vars {
			s.mean[i] = c.M * g.mean[i]
			s.vars[i] = c.M*c.M*v + c.Var
			if !(s.vars[i] > 0) {
				panic((&ValueError{fn, "the noised variance", s.vars[i], "positive (m and var can't both be 0)"}).Error())
			}
			// E[x₀|x, k] = μ + m C S⁻¹ (x − mμ) and E[ẋ|x, k] = ṁ μ + ½Ṡ S⁻¹ (x − mμ).
			n.denoise.offset[k*d+i] = g.mean[i]
			n.denoise.gain[k*d+i] = c.M * v / s.vars[i]
			n.velocity.offset[k*d+i] = c.DM * g.mean[i]
			n.velocity.gain[k*d+i] = (c.M*c.DM*v + 0.5*c.DVar) / s.vars[i]
		}
		s.normalise()
	}
	return n
}

// Velocity implements Noised.
func (n *noised) Velocity(dst, x *mat.Dense) {
	checkRows("measure.Noised.Velocity", dst, x, n.Dim())
	n.velocity.apply(dst, x)
}

// Denoise implements Noised.
func (n *noised) Denoise(dst, x *mat.Dense) {
	checkRows("measure.Noised.Denoise", dst, x, n.Dim())
	n.denoise.apply(dst, x)
}

// Velocity1 returns the velocity at x on the line, without allocation.
func (n *noised) Velocity1(x float64) float64 {
	most, sum, v := math.Inf(-1), 0.0, 0.0
	for k, g := range n.parts {
		z := x - g.mean[0]
		l, a := g.norm-0.5*z*z/g.vars[0], n.velocity.offset[k]+n.velocity.gain[k]*z
		w := n.weights[k]
		if l > most {
			f := math.Exp(most - l)
			sum, v, most = sum*f+w, v*f+w*a, l
		} else {
			w *= math.Exp(l - most)
			sum, v = sum+w, v+w*a
		}
	}
	return v / sum
}

// VelocityDivergence stores ∇·ν at the rows of x into dst.
func (n *noised) VelocityDivergence(dst []float64, x *mat.Dense) {
	checkLen("measure.Noised.VelocityDivergence", dst, checkRows("measure.Noised.VelocityDivergence", nil, x, n.Dim()))
	n.velocity.divergence(dst, x)
}

// VelocityJacobian implements CurvedNoised.
func (n *noised) VelocityJacobian(dst, x *mat.Dense) {
	checkSquare("measure.Noised.VelocityJacobian", dst, x, n.Dim())
	n.velocity.jacobian(dst, x)
}

// DenoiseJacobian implements CurvedNoised.
func (n *noised) DenoiseJacobian(dst, x *mat.Dense) {
	checkSquare("measure.Noised.DenoiseJacobian", dst, x, n.Dim())
	n.denoise.jacobian(dst, x)
}

// noisedGaussian adds to noised that its velocity is affine.
type noisedGaussian struct{ noised }

// VelocityAffine returns A and b of the velocity ν(x) = A x + b.
func (n *noisedGaussian) VelocityAffine() (a *mat.SymDense, b []float64) {
	g := *n.parts[0]
	g.vars = n.velocity.gain
	a = new(mat.SymDense)
	g.Cov(a)
	bv := mat.NewVecDense(g.Dim(), nil)
	bv.MulVec(a, mat.NewVecDense(g.Dim(), g.mean))
	b = bv.RawVector().Data
	floats.SubTo(b, n.velocity.offset, b)
	return a, b
}
