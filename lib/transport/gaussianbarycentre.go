package transport

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// BarycentreOptions are the options of the iterations for barycentres. The zero
// value is ready to use.
type BarycentreOptions struct {
	// Tolerance is the residual to reach, which the result defines; 0 means 10⁻¹⁰.
	Tolerance float64
	// MaxIterations ends the iteration; 0 means 10,000.
	MaxIterations int
}

func (o *BarycentreOptions) resolve(fn string) error {
	if !(o.Tolerance >= 0) || math.IsInf(o.Tolerance, 1) {
		return &measure.ValueError{Func: fn, Arg: "Tolerance", Value: o.Tolerance, Want: "a finite number ≥ 0"}
	}
	if o.MaxIterations < 0 {
		return &measure.ValueError{Func: fn, Arg: "MaxIterations", Value: float64(o.MaxIterations), Want: "at least 0"}
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-10
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 10000
	}
	return nil
}

// stop returns the error of an iteration that did not converge, or nil if it
// should go on.
func (o *BarycentreOptions) stop(ctx context.Context, fn string, iterations int, residual float64) error {
	cause := ctx.Err()
	if cause == nil && iterations >= o.MaxIterations {
		cause = ErrLimit
	}
	if cause == nil {
		return nil
	}
	return &NotConvergedError{fn, iterations, residual, o.Tolerance, cause}
}

// shares returns weights scaled to sum to 1.
func shares(fn string, weights []float64, n int) ([]float64, error) {
	if weights == nil {
		weights = slices.Repeat([]float64{1}, n)
	}
	if len(weights) != n {
		return nil, &measure.DimError{Func: fn, Arg: "weights", Got: len(weights), Want: n}
	}
	total, err := checkMasses(fn, "weights", weights)
	if err != nil {
		return nil, err
	}
	w := make([]float64, n)
	for i, v := range weights {
		w[i] = v / total
	}
	return w, nil
}

// A BuresBarycentre is N(m, S) with the least Σ wₖ W₂²(N(m, S), N(mₖ, Sₖ)). Its
// covariance may be singular.
type BuresBarycentre struct {
	Weights    []float64 // w, which sum to 1
	Mean       []float64 // m = Σ wₖ mₖ
	Cov        *mat.SymDense
	Iterations int
	// Residual is the norm of M − Σ wₖ 𝒯ₖ M, with S = M Mᵀ and the optimal maps
	// 𝒯ₖ from S to Sₖ, relative to that of M: 0 at the barycentre.
	Residual float64
	Options  BarycentreOptions

	value, below float64
}

// Value returns Σ wₖ W₂²(N(m, S), N(mₖ, Sₖ)).
func (b *BuresBarycentre) Value() float64 { return b.value }

// DualityGap returns by how much Value may exceed the least one at most. It is
// +Inf, and nothing is proved, if a covariance or S is singular to rounding.
//
// It is the gap to Σ wₖ [|mₖ − m|² + tr Sₖ(I − Aₖ⁻¹)], which is no more than the
// value of any Gaussian if the Aₖ are positive definite and Σ wₖ Aₖ = I.
func (b *BuresBarycentre) DualityGap() float64 { return b.value - b.below }

// Gaussian returns the barycentre as a measure. It returns an error if S is
// singular to rounding.
func (b *BuresBarycentre) Gaussian() (*measure.Gaussian, error) {
	return measure.NewGaussian(b.Mean, b.Cov)
}

// GaussianBarycentre returns the W₂ barycentre of Gaussians, which is Gaussian;
// see [CovarianceBarycentre].
func GaussianBarycentre(ctx context.Context, parts []*measure.Gaussian, weights []float64, opt BarycentreOptions) (*BuresBarycentre, error) {
	means, covs := make([][]float64, len(parts)), make([]mat.Symmetric, len(parts))
	for k, g := range parts {
		if g.Dim() == 0 {
			return nil, fmt.Errorf("transport.GaussianBarycentre: part %d is nil or empty", k)
		}
		var c mat.SymDense
		g.Cov(&c)
		means[k], covs[k] = g.Mean(nil), &c
	}
	return buresBarycentre(ctx, "transport.GaussianBarycentre", means, covs, weights, opt)
}

// CovarianceBarycentre returns the barycentre of centred Gaussians with the
// given covariances, which may be singular; nil weights are equal. It repeats
//
//	S ← (Σ wₖ 𝒯ₖ) S (Σ wₖ 𝒯ₖ)
//
// with the optimal maps 𝒯ₖ from S to Sₖ (Álvarez-Esteban, del Barrio,
// Cuesta-Albertos and Matrán 2016), in a form without inverses: with S = M Mᵀ,
// M ← Σ wₖ Sₖ^½ Uₖ with the rotations Uₖ that bring the terms nearest to M. The
// rate is linear where a covariance of positive weight has an inverse, and may be
// slow elsewhere.
//
// It returns an error if there are no covariances, if their dimensions differ,
// an entry isn't finite or an eigenvalue is negative beyond rounding, and for
// weights that are negative, not finite or all 0. If the context ends or the
// limit of iterations is reached it returns a [NotConvergedError] with the best
// result so far.
func CovarianceBarycentre(ctx context.Context, covs []mat.Symmetric, weights []float64, opt BarycentreOptions) (*BuresBarycentre, error) {
	means := make([][]float64, len(covs))
	for k, c := range covs {
		if c == nil {
			return nil, fmt.Errorf("transport.CovarianceBarycentre: covs[%d] is nil", k)
		}
		means[k] = make([]float64, c.SymmetricDim())
	}
	return buresBarycentre(ctx, "transport.CovarianceBarycentre", means, covs, weights, opt)
}

func buresBarycentre(ctx context.Context, fn string, means [][]float64, covs []mat.Symmetric, weights []float64, opt BarycentreOptions) (*BuresBarycentre, error) {
	if err := opt.resolve(fn); err != nil {
		return nil, err
	}
	if len(covs) == 0 {
		return nil, fmt.Errorf("%s: there are no parts", fn)
	}
	w, err := shares(fn, weights, len(covs))
	if err != nil {
		return nil, err
	}
	d := len(means[0])
	b := &BuresBarycentre{Weights: w, Mean: make([]float64, d), Options: opt}
	it := &buresIteration{w: w, roots: make([]*mat.SymDense, len(covs))}
	m := mat.NewDense(d, d, nil)
	for k, c := range covs {
		if n := c.SymmetricDim(); n != d || n == 0 {
			return nil, &measure.DimError{Func: fn, Arg: fmt.Sprintf("part %d", k), Got: n, Want: max(d, 1)}
		}
		if it.roots[k], err = semidefiniteRoot(fn, c); err != nil {
			return nil, err
		}
		for i, v := range means[k] {
			b.Mean[i] += w[k] * v
		}
		var part mat.Dense
		part.Scale(w[k], it.roots[k])
		m.Add(m, &part)
	}
	// The root mean of roots is the barycentre if the covariances commute.
	for {
		next := it.next(m)
		m.Sub(m, next)
		b.Residual = mat.Norm(m, 2)
		if size := mat.Norm(next, 2); size > 0 {
			b.Residual /= size
		}
		m = next
		b.Iterations++
		if b.Residual <= opt.Tolerance {
			break
		}
		if err = opt.stop(ctx, fn, b.Iterations, b.Residual); err != nil {
			break
		}
	}
	b.Cov = new(mat.SymDense)
	b.Cov.SymOuterK(1, m)
	b.value = it.value(m)
	b.below = it.below(b.Cov)
	for k, mean := range means {
		for i, v := range mean {
			off := w[k] * (v - b.Mean[i]) * (v - b.Mean[i])
			b.value += off
			b.below += off
		}
	}
	return b, err
}

// buresIteration holds the parts as roots of their covariances.
type buresIteration struct {
	w     []float64
	roots []*mat.SymDense
}

// turned returns Sₖ^½ U = 𝒯ₖ M with the rotation U that brings it nearest to m.
func (it *buresIteration) turned(k int, m *mat.Dense) *mat.Dense {
	var rm, u, v mat.Dense
	rm.Mul(it.roots[k], m)
	var svd mat.SVD
	if !svd.Factorize(&rm, mat.SVDFull) {
		panic("transport: the singular values of a finite matrix did not converge")
	}
	svd.UTo(&u)
	svd.VTo(&v)
	rm.Mul(&u, v.T())
	rm.Mul(it.roots[k], &rm)
	return &rm
}

func (it *buresIteration) next(m *mat.Dense) *mat.Dense {
	d, _ := m.Dims()
	sum := mat.NewDense(d, d, nil)
	for k, w := range it.w {
		if w == 0 {
			continue
		}
		t := it.turned(k, m)
		t.Scale(w, t)
		sum.Add(sum, t)
	}
	return sum
}

func (it *buresIteration) value(m *mat.Dense) float64 {
	var v float64
	for k, w := range it.w {
		if w == 0 {
			continue
		}
		t := it.turned(k, m)
		t.Sub(m, t)
		off := mat.Norm(t, 2)
		v += w * off * off
	}
	return v
}

// below returns Σ wₖ tr Sₖ(I − Aₖ⁻¹) with Aₖ = B^−½ 𝒯ₖ B^−½, B = Σ wₖ 𝒯ₖ, or −Inf.
func (it *buresIteration) below(s *mat.SymDense) float64 {
	d := s.SymmetricDim()
	root, ok1 := definiteSpectral(s, math.Sqrt)
	inv, ok2 := definiteSpectral(s, func(v float64) float64 { return 1 / math.Sqrt(v) })
	if !ok1 || !ok2 {
		return math.Inf(-1)
	}
	maps := make([]*mat.SymDense, len(it.w))
	b := mat.NewSymDense(d, nil)
	for k, w := range it.w {
		if w == 0 {
			continue
		}
		var c mat.SymDense
		c.SymOuterK(1, it.roots[k])
		inner, ok := definiteSpectral(sandwich(root, &c), math.Sqrt)
		if !ok {
			return math.Inf(-1)
		}
		maps[k] = sandwich(inv, inner)
		var part mat.SymDense
		part.ScaleSym(w, maps[k])
		b.AddSym(b, &part)
	}
	level, ok := definiteSpectral(b, func(v float64) float64 { return 1 / math.Sqrt(v) })
	if !ok {
		return math.Inf(-1)
	}
	var sum float64
	for k, w := range it.w {
		if w == 0 {
			continue
		}
		back, ok := definiteSpectral(sandwich(level, maps[k]), func(v float64) float64 { return 1 / v })
		if !ok {
			return math.Inf(-1)
		}
		var t mat.Dense
		t.Mul(back, it.roots[k])
		for i := range d {
			for j := range d {
				r := it.roots[k].At(i, j)
				sum += w * r * (r - t.At(i, j))
			}
		}
	}
	return sum
}

// definiteSpectral is spectral where the matrix is positive definite to rounding.
func definiteSpectral(s *mat.SymDense, f func(float64) float64) (*mat.SymDense, bool) {
	var eig mat.EigenSym
	if !eig.Factorize(s, false) {
		return nil, false
	}
	v := eig.Values(nil)
	if !(slices.Min(v) > float64(len(v))*0x1p-50*slices.Max(v)) {
		return nil, false
	}
	return spectral(s, f), true
}

// semidefiniteRoot returns the root of a covariance that may be singular.
func semidefiniteRoot(fn string, c mat.Symmetric) (*mat.SymDense, error) {
	d := c.SymmetricDim()
	for i := range d {
		for j := i; j < d; j++ {
			if v := c.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, &measure.ValueError{Func: fn, Arg: "an entry of a covariance", Value: v, Want: "a finite number"}
			}
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(c, true) {
		return nil, &measure.NotPositiveDefiniteError{Func: fn, Eigenvalue: math.NaN()}
	}
	values := eig.Values(nil)
	if least := slices.Min(values); least < -float64(d)*0x1p-50*slices.Max(values) || least < 0 && slices.Max(values) <= 0 {
		return nil, &measure.NotPositiveDefiniteError{Func: fn, Eigenvalue: least}
	}
	var v mat.Dense
	eig.VectorsTo(&v)
	root := mat.NewSymDense(d, nil)
	for k, l := range values {
		root.SymRankOne(root, math.Sqrt(max(l, 0)), v.ColView(k))
	}
	return root, nil
}
