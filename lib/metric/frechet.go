package metric

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Frechet returns the Fréchet distance between two samples taken as Gaussians: the
// W₂ of the Gaussians with their means and covariances. The squared distance is what is
// called FID where the points are features of a network. Covariances are those of the
// measures on the points, with no n − 1. FrechetMoments has the formula.
//
// It returns an error for the samples that Energy refuses, and if a moment overflows.
func Frechet(x mat.Matrix, xw []float64, y mat.Matrix, yw []float64) (float64, error) {
	const fn = "metric.Frechet"
	a, b, err := newSamples(fn, x, xw, y, yw)
	if err != nil {
		return 0, err
	}
	m1, c1 := a.moments()
	m2, c2 := b.moments()
	return frechet(fn, m1, c1, m2, c2)
}

// FrechetMoments returns the Fréchet distance between Gaussians of given moments,
//
//	( |m₁ − m₂|² + tr[C₁ + C₂ − 2 (C₁^½ C₂ C₁^½)^½] )^{1/2}.
//
// The covariances may be singular: rounding below 0 counts as 0. It returns an error
// if dimensions differ or are 0, if a number isn't finite, if a covariance has an
// eigenvalue below 0 by more than rounding, and if the distance overflows.
func FrechetMoments(m1 []float64, c1 mat.Symmetric, m2 []float64, c2 mat.Symmetric) (float64, error) {
	return frechet("metric.FrechetMoments", m1, c1, m2, c2)
}

func frechet(fn string, m1 []float64, c1 mat.Symmetric, m2 []float64, c2 mat.Symmetric) (float64, error) {
	if c1 == nil || c2 == nil {
		return 0, fmt.Errorf("%s: a covariance is nil", fn)
	}
	d := len(m1)
	if d == 0 || len(m2) != d || c1.SymmetricDim() != d || c2.SymmetricDim() != d {
		return 0, fmt.Errorf("%s: means of dimensions %d and %d, covariances of %d and %d, want the same, at least 1",
			fn, d, len(m2), c1.SymmetricDim(), c2.SymmetricDim())
	}
	r1, err := root(fn, "the first", c1)
	if err != nil {
		return 0, err
	}
	r2, err := root(fn, "the second", c2)
	if err != nil {
		return 0, err
	}
	// The trace is ‖C₁^½ − C₂^½ U‖² with the best rotation U, in which nothing
	// cancels.
	var m, u, v mat.Dense
	m.Mul(r2, r1)
	var svd mat.SVD
	if !svd.Factorize(&m, mat.SVDFull) {
		return 0, fmt.Errorf("%s: the singular values did not converge", fn)
	}
	svd.UTo(&u)
	svd.VTo(&v)
	m.Mul(&u, v.T())
	m.Mul(r2, &m)
	m.Sub(r1, &m)
	w := mat.Norm(&m, 2)
	for i := range m1 {
		w = math.Hypot(w, m1[i]-m2[i])
	}
	if math.IsNaN(w) || math.IsInf(w, 0) {
		return 0, fmt.Errorf("%s: the distance is %v, want finite moments", fn, w)
	}
	return w, nil
}

// root returns the root of a covariance.
func root(fn, which string, c mat.Symmetric) (*mat.SymDense, error) {
	d := c.SymmetricDim()
	for i := range d {
		for j := range d {
			if v := c.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s: entry (%d, %d) of %s covariance is %v, want a finite number", fn, i, j, which, v)
			}
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(c, true) {
		return nil, errors.New(fn + ": the eigenvalues of " + which + " covariance did not converge")
	}
	values := eig.Values(nil)
	var vectors mat.Dense
	eig.VectorsTo(&vectors)
	out := mat.NewSymDense(d, nil)
	for k, v := range values {
		if v < -1e-10*values[d-1] || values[d-1] < 0 {
			return nil, fmt.Errorf("%s: %s covariance has the eigenvalue %v, want none below 0", fn, which, v)
		}
		out.SymRankOne(out, math.Sqrt(max(v, 0)), vectors.ColView(k))
	}
	return out, nil
}

// moments returns the mean and covariance.
func (s *sample) moments() ([]float64, *mat.SymDense) {
	mean, cov := make([]float64, s.dim), mat.NewSymDense(s.dim, nil)
	for i, w := range s.weights {
		for k, v := range s.rows[i*s.dim:][:s.dim] {
			mean[k] += w * v
		}
	}
	centred := mat.NewDense(s.n, s.dim, nil)
	for i, w := range s.weights {
		for k, v := range s.rows[i*s.dim:][:s.dim] {
			centred.Set(i, k, math.Sqrt(w)*(v-mean[k]))
		}
	}
	cov.SymOuterK(1, centred.T())
	return mean, cov
}

// newSamples checks two samples and that they fit.
func newSamples(fn string, x mat.Matrix, xw []float64, y mat.Matrix, yw []float64) (a, b *sample, err error) {
	if a, err = newSample(fn, "x", x, xw); err != nil {
		return nil, nil, err
	}
	if b, err = newSample(fn, "y", y, yw); err != nil {
		return nil, nil, err
	}
	if a.dim != b.dim {
		return nil, nil, fmt.Errorf("%s: x has dimension %d and y has %d", fn, a.dim, b.dim)
	}
	return a, b, nil
}
