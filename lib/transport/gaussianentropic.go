package transport

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// A GaussianPlan is the coupling π of two Gaussians N(μ₁, C₁) and N(μ₂, C₂)
// with the least
//
//	E|x − y|² + ε KL(π | α⊗β),
//
// a Gaussian itself, in closed form (Janati, Muzellec, Peyré and Cuturi 2020).
// It is the law of both ends of the Schrödinger bridge between them; see
// [GaussianBridge].
type GaussianPlan struct {
	p, q         *measure.Gaussian
	eps          float64
	rootP, rootQ mat.SymDense // C₁^½, C₂^½
	s            []float64    // singular values of C₂^½ C₁^½ = U diag(s) Vᵀ
	u, v         mat.Dense
}

// EntropicGaussian returns the plan between two Gaussians. With eps = 0 it is
// the optimal plan without entropy. It returns an error if an end is nil, if
// the dimensions differ, and unless eps is finite and not negative.
func EntropicGaussian(p, q *measure.Gaussian, eps float64) (*GaussianPlan, error) {
	return newGaussianPlan("transport.EntropicGaussian", p, q, "eps", eps)
}

func newGaussianPlan(fn string, p, q *measure.Gaussian, arg string, eps float64) (*GaussianPlan, error) {
	if p.Dim() == 0 || q.Dim() == 0 {
		return nil, fmt.Errorf("%s: an end is nil or empty", fn)
	}
	if p.Dim() != q.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "q", Got: q.Dim(), Want: p.Dim()}
	}
	if !(eps >= 0) || math.IsInf(eps, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: arg, Value: eps, Want: "a finite number ≥ 0"}
	}
	g := &GaussianPlan{p: p, q: q, eps: eps}
	p.Spectral(&g.rootP, math.Sqrt)
	q.Spectral(&g.rootQ, math.Sqrt)
	var m mat.Dense
	m.Mul(&g.rootQ, &g.rootP)
	var svd mat.SVD
	if !svd.Factorize(&m, mat.SVDFull) {
		return nil, fmt.Errorf("%s: the singular values of a finite matrix did not converge", fn)
	}
	g.s = svd.Values(nil)
	svd.UTo(&g.u)
	svd.VTo(&g.v)
	return g, nil
}

// sum returns d + σ² with d = √(4s² + σ⁴) and σ² = ε/2, of which everything
// else is made.
func (g *GaussianPlan) sum(s float64) float64 { return math.Hypot(2*s, g.eps/2) + g.eps/2 }

// Marginals returns the Gaussians that are coupled.
func (g *GaussianPlan) Marginals() (p, q *measure.Gaussian) { return g.p, g.q }

// Eps returns ε.
func (g *GaussianPlan) Eps() float64 { return g.eps }

// Correlations returns the canonical correlations ρ between x and y, in
// decreasing order of the singular values s of C₂^½ C₁^½:
//
//	ρ = 2s / (√(4s² + ε²/4) + ε/2).
func (g *GaussianPlan) Correlations() []float64 {
	rho := make([]float64, len(g.s))
	for k, s := range g.s {
		rho[k] = 2 * s / g.sum(s)
	}
	return rho
}

// KL returns the mutual information KL(π | α⊗β) = −½ Σ ln(1 − ρ²), which is +Inf
// at ε = 0.
func (g *GaussianPlan) KL() float64 {
	var kl float64
	for _, s := range g.s {
		// 1 − ρ² = ε/(d + σ²)
		kl += 0.5 * math.Log(g.sum(s)/g.eps)
	}
	return kl
}

// Value returns the least E|x − y|² + ε KL(π | α⊗β).
func (g *GaussianPlan) Value() float64 {
	w := Bures(g.p, g.q)
	value := w * w
	if g.eps == 0 {
		return value
	}
	for _, s := range g.s {
		value += g.excess(s)
	}
	return value
}

// excess returns 2s − d + σ² + σ² ln((d + σ²)/(2σ²)), what entropy adds to W₂²,
// without cancellation at either end.
func (g *GaussianPlan) excess(s float64) float64 {
	v := g.eps / 2
	d := math.Hypot(2*s, v)
	rise := 2 * s / (d + v) * 2 * s // d − σ²
	log := v * math.Log1p(rise/v/2)
	if 2*s > v {
		return v - v/(d+2*s)*v + log
	}
	return 2*s - rise + log
}

// Cost returns ⟨π, C⟩ = E|x − y|².
func (g *GaussianPlan) Cost() float64 {
	w := Bures(g.p, g.q)
	cost := w * w
	for _, s := range g.s {
		cost += 2 * s * (g.eps / (g.sum(s) + 2*s)) // 2s(1 − ρ)
	}
	return cost
}

// CrossCov returns K = E (x − μ₁)(y − μ₂)ᵀ.
func (g *GaussianPlan) CrossCov() *mat.Dense {
	// K = C₁^½ V diag(ρ) Uᵀ C₂^½ needs no inverse.
	k := mat.DenseCopyOf(&g.v)
	scaleColumns(k, g.Correlations())
	k.Mul(k, g.u.T())
	k.Mul(&g.rootP, k)
	k.Mul(k, &g.rootQ)
	return k
}

// Joint returns π, the law of (x, y) in twice as many dimensions. It returns an
// error if π is singular to rounding, as it is at ε = 0.
func (g *GaussianPlan) Joint() (*measure.Gaussian, error) {
	d := g.p.Dim()
	cov := mat.NewSymDense(2*d, nil)
	k := g.CrossCov()
	var cp, cq mat.SymDense
	g.p.Cov(&cp)
	g.q.Cov(&cq)
	for i := range d {
		for j := range d {
			cov.SetSym(i, j, cp.At(i, j))
			cov.SetSym(d+i, d+j, cq.At(i, j))
			cov.SetSym(i, d+j, k.At(i, j))
		}
	}
	return measure.NewGaussian(append(g.p.Mean(nil), g.q.Mean(nil)...), cov)
}

// Map returns A and b of E[y | x] = A x + b, the barycentric map. At ε = 0 it
// is the optimal map.
func (g *GaussianPlan) Map() (a *mat.SymDense, b []float64) {
	// A = Kᵀ C₁⁻¹ = C₂^½ U diag(ρ/s) Uᵀ C₂^½
	a = g.conjugate(&g.rootQ, &g.u, func(s float64) float64 { return 2 / g.sum(s) })
	var am mat.VecDense
	am.MulVec(a, mat.NewVecDense(g.p.Dim(), g.p.Mean(nil)))
	b = g.q.Mean(nil)
	for i := range b {
		b[i] -= am.AtVec(i)
	}
	return a, b
}

// conjugate returns r w diag(f(s)) wᵀ r.
func (g *GaussianPlan) conjugate(r *mat.SymDense, w *mat.Dense, f func(s float64) float64) *mat.SymDense {
	d := make([]float64, len(g.s))
	for k, s := range g.s {
		d[k] = math.Sqrt(f(s))
	}
	m := mat.DenseCopyOf(w)
	scaleColumns(m, d)
	m.Mul(r, m)
	out := new(mat.SymDense)
	out.SymOuterK(1, m)
	return out
}

// Potentials returns the dual solution: quadratic functions with
//
//	dπ/d(α⊗β) = exp((f(x) + g(y) − |x − y|²)/ε)
//
// and the same mean, half of [GaussianPlan.Value], under either marginal. At
// ε = 0 they are the Kantorovich potentials, f(x) + g(y) ≤ |x − y|².
func (g *GaussianPlan) Potentials() (f, h Quadratic) {
	mp, mq := g.p.Mean(nil), g.q.Mean(nil)
	shape := func(p *measure.Gaussian, from, to []float64, root *mat.SymDense, w *mat.Dense) Quadratic {
		q := Quadratic{Centre: from, Slope: make([]float64, len(from))}
		q.Matrix = g.conjugate(root, w, func(s float64) float64 { return 2 / g.sum(s) })
		q.Matrix.ScaleSym(-1, q.Matrix)
		for i := range from {
			q.Matrix.SetSym(i, i, 1+q.Matrix.At(i, i))
			q.Slope[i] = 2 * (from[i] - to[i])
		}
		var cov mat.SymDense
		var qc mat.Dense
		p.Cov(&cov)
		qc.Mul(q.Matrix, &cov)
		q.Constant = g.Value()/2 - mat.Trace(&qc)
		return q
	}
	return shape(g.p, mp, mq, &g.rootQ, &g.u), shape(g.q, mq, mp, &g.rootP, &g.v)
}

// Quadratic is the function (x − c)ᵀ M (x − c) + b·(x − c) + a.
type Quadratic struct {
	Centre   []float64     // c
	Matrix   *mat.SymDense // M
	Slope    []float64     // b
	Constant float64       // a
}

// At returns the function's value. It panics if x doesn't have the dimension of
// the centre.
func (q Quadratic) At(x []float64) float64 {
	if len(x) != len(q.Centre) {
		panic((&measure.DimError{Func: "transport.Quadratic.At", Arg: "x", Got: len(x), Want: len(q.Centre)}).Error())
	}
	z := make([]float64, len(x))
	v := q.Constant
	for i := range z {
		z[i] = x[i] - q.Centre[i]
		v += q.Slope[i] * z[i]
	}
	w := mat.NewVecDense(len(z), z)
	return v + mat.Inner(w, q.Matrix, w)
}

// SinkhornDivergenceGaussian returns OT_ε(p, q) − ½ OT_ε(p, p) − ½ OT_ε(q, q)
// with the values OT_ε of [EntropicGaussian]: W₂² at ε = 0, |μ₁ − μ₂|² as ε → ∞,
// zero only if the laws are equal. It is the difference of numbers of the size
// of the covariances, to whose rounding it is exact. The errors are those of
// EntropicGaussian.
func SinkhornDivergenceGaussian(p, q *measure.Gaussian, eps float64) (float64, error) {
	const fn = "transport.SinkhornDivergenceGaussian"
	g, err := newGaussianPlan(fn, p, q, "eps", eps)
	if err != nil {
		return 0, err
	}
	w := Bures(p, q)
	value := w * w
	if eps == 0 {
		return value, nil
	}
	// That an end's W₂ to itself is 0 is not left to rounding.
	for _, s := range g.s {
		value += g.excess(s)
	}
	for _, end := range []*measure.Gaussian{p, q} {
		var cov mat.SymDense
		var eig mat.EigenSym
		end.Cov(&cov)
		if !eig.Factorize(&cov, false) {
			return 0, fmt.Errorf("%s: the eigenvalues of a finite matrix did not converge", fn)
		}
		for _, v := range eig.Values(nil) {
			value -= g.excess(v) / 2
		}
	}
	return max(value, 0), nil
}

// scaleColumns multiplies column k of m by f[k].
func scaleColumns(m *mat.Dense, f []float64) {
	r, _ := m.Dims()
	for i := range r {
		row := m.RawRowView(i)
		for k := range row {
			row[k] *= f[k]
		}
	}
}
