package transport

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Bures returns the distance W₂ between two Gaussians (not its square):
//
//	W₂² = |μ₁ − μ₂|² + tr[C₁ + C₂ − 2 (C₁^½ C₂ C₁^½)^½].
//
// It evaluates the trace as ‖C₁^½ − C₂^½ U‖², with the rotation U that makes it
// least: that neither cancels when the covariances are close nor needs the
// inverse of a nearly singular one. It panics if the dimensions differ.
func Bures(p, q *measure.Gaussian) float64 {
	checkGaussians("transport.Bures", p, q)
	var r1, r2 mat.SymDense
	p.Spectral(&r1, math.Sqrt)
	q.Spectral(&r2, math.Sqrt)
	var m, u, v mat.Dense
	m.Mul(&r2, &r1)
	var svd mat.SVD
	if !svd.Factorize(&m, mat.SVDFull) {
		panic("transport: the singular values of a finite matrix did not converge")
	}
	svd.UTo(&u)
	svd.VTo(&v)
	m.Mul(&u, v.T())
	m.Mul(&r2, &m)
	m.Sub(&r1, &m)
	w := mat.Norm(&m, 2)
	mp, mq := p.Mean(nil), q.Mean(nil)
	for i := range mp {
		w = math.Hypot(w, mp[i]-mq[i])
	}
	return w
}

// GaussianMap returns the optimal map x ↦ A x + b from p to q,
//
//	A = C₁^−½ (C₁^½ C₂ C₁^½)^½ C₁^−½,  b = μ₂ − A μ₁.
//
// It panics if the dimensions differ.
func GaussianMap(p, q *measure.Gaussian) (a *mat.SymDense, b []float64) {
	checkGaussians("transport.GaussianMap", p, q)
	a = gaussianMap(p, q)
	var am mat.VecDense
	am.MulVec(a, mat.NewVecDense(p.Dim(), p.Mean(nil)))
	b = q.Mean(nil)
	for i := range b {
		b[i] -= am.AtVec(i)
	}
	return a, b
}

func gaussianMap(p, q *measure.Gaussian) *mat.SymDense {
	var root, inv, cov mat.SymDense
	p.Spectral(&root, math.Sqrt)
	p.Spectral(&inv, func(v float64) float64 { return 1 / math.Sqrt(v) })
	q.Cov(&cov)
	inner := sandwich(&root, &cov)
	return sandwich(&inv, spectral(inner, func(v float64) float64 { return math.Sqrt(max(v, 0)) }))
}

// sandwich returns the symmetric product r s r.
func sandwich(r, s *mat.SymDense) *mat.SymDense {
	var rs, m mat.Dense
	rs.Mul(r, s)
	m.Mul(&rs, r)
	d := r.SymmetricDim()
	out := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			out.SetSym(i, j, 0.5*(m.At(i, j)+m.At(j, i)))
		}
	}
	return out
}

// spectral returns f of a symmetric matrix.
func spectral(s *mat.SymDense, f func(float64) float64) *mat.SymDense {
	var eig mat.EigenSym
	if !eig.Factorize(s, true) {
		panic("transport: the eigenvalues of a finite symmetric matrix did not converge")
	}
	var v mat.Dense
	eig.VectorsTo(&v)
	out := mat.NewSymDense(s.SymmetricDim(), nil)
	for k, l := range eig.Values(nil) {
		out.SymRankOne(out, f(l), v.ColView(k))
	}
	return out
}

func checkGaussians(fn string, p, q *measure.Gaussian) {
	if p.Dim() != q.Dim() {
		panic((&measure.DimError{Func: fn, Arg: "q", Got: q.Dim(), Want: p.Dim()}).Error())
	}
}
