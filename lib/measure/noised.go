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
	_ Noised  = (*noised)(nil)
	_ Moments = (*noised)(nil)
	_ Line    = (*noised)(nil)
)

func newNoised(fn string, data *Mixture, c Coeffs) *noised {
	c.check(fn)
	if c.M == 0 && len(data.parts) > 1 {
		// All parts coincide, and x_t says nothing about x₀: the data may as
		// well have been one Gaussian with the same mean.
		one := newGaussian(data.Mean(nil), nil, slices.Repeat([]float64{1}, data.Dim()))
		return newNoised(fn, asMixture(one), c)
	}
	n := &noised{Mixture: Mixture{weights: data.weights, parts: make([]*Gaussian, len(data.parts))}}
	n.velocity, n.denoise = newBlend(&n.Mixture, data), newBlend(&n.Mixture, data)
	for k, g := range data.parts {
		s := g.noised(c.M, c.Var)
		for _, v := range s.vars {
			if !(v > 0) {
				panic((&ValueError{fn, "the noised variance", v, "positive (m and var can't both be 0)"}).Error())
			}
		}
		n.parts[k] = s
		// E[x₀|x, k] = μ + m C S⁻¹ (x − mμ) and E[ẋ|x, k] = ṁ μ + ½Ṡ S⁻¹ (x − mμ).
		for i, v := range g.vars {
			n.denoise.offset[k][i] = g.mean[i]
			n.denoise.gain[k][i] = c.M * v / s.vars[i]
			n.velocity.offset[k][i] = c.DM * g.mean[i]
			n.velocity.gain[k][i] = (c.M*c.DM*v + 0.5*c.DVar) / s.vars[i]
		}
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
		l, a := g.norm-0.5*z*z/g.vars[0], n.velocity.offset[k][0]+n.velocity.gain[k][0]*z
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

// noisedGaussian adds to noised that its velocity is affine.
type noisedGaussian struct{ noised }

// VelocityAffine returns A and b of the velocity ν(x) = A x + b.
func (n *noisedGaussian) VelocityAffine() (a *mat.SymDense, b []float64) {
	g := *n.parts[0]
	g.vars = n.velocity.gain[0]
	a = new(mat.SymDense)
	g.Cov(a)
	bv := mat.NewVecDense(g.Dim(), nil)
	bv.MulVec(a, mat.NewVecDense(g.Dim(), g.mean))
	b = bv.RawVector().Data
	floats.SubTo(b, n.velocity.offset[0], b)
	return a, b
}
