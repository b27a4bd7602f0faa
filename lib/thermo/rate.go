package thermo

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// tail is the log probability beyond which a tail is left out of an integral.
const tail = -48

// UnsupportedError reports a problem for which there is no method here.
type UnsupportedError struct {
	Func string
	What string // what it was asked of
}

func (e *UnsupportedError) Error() string { return fmt.Sprintf("%s: %s", e.Func, e.What) }

func newQuad() *num.Quad { return &num.Quad{Rel: 1e-11} }

// rates are the two kinetic energies at one time and a bound on their error.
type rates struct {
	total float64 // E|ν|²
	v2sq  float64 // v₂²: that of the part of ν that is a gradient
	bound float64
}

// ratesAt measures the velocity v of a flow of duration tau at a time when its
// law is p.
func ratesAt(fn string, q *num.Quad, p measure.Measure, v flow.Map, tau float64, gradient bool) (rates, error) {
	if p == nil || p.Dim() == 0 {
		return rates{}, fmt.Errorf("%s: the flow's law is nil", fn)
	}
	if v == nil {
		return rates{}, fmt.Errorf("%s: the flow's velocity is nil", fn)
	}
	if a, ok := v.(flow.Affine); ok {
		if m, ok := p.(measure.Moments); ok {
			return affineRates(fn, m, a, gradient)
		}
	}
	if p.Dim() == 1 {
		if l, ok := p.(measure.LineDensity); ok {
			return lineRates(q, l, v, tau)
		}
	}
	return rates{}, &UnsupportedError{fn, fmt.Sprintf("no closed form for a %T in %d dimensions with a %T velocity: want an affine velocity, or one dimension with quantiles and a density", p, p.Dim(), v)}
}

// lineRates integrates p ν² over the line, where every field is a gradient. A
// velocity that is a small difference, as near the noise end of a schedule, has
// the rounding errors of its terms: about that of crossing the support once
// within tau. Far from 0 the points' own rounding counts beside the width of the
// law, about a twentieth of the support.
func lineRates(q *num.Quad, p measure.LineDensity, v flow.Map, tau float64) (rates, error) {
	view := flow.OnLine(p, v)
	logp := measure.Scalar(view.Law)
	lo, hi := view.Law.LogQuantile(tail, false), view.Law.LogQuantile(tail, true)
	knots := num.Knots(measure.KnotsOf(view.Law, nil), lo, hi)
	noise := 0x1p-51 * (hi - lo) / tau
	far := 0x1p-51 * 20 * max(0, max(math.Abs(lo), math.Abs(hi))/(hi-lo)-1)
	q.Noisy = true
	e, bound, _ := q.Integrate(2, func(a float64, y []float64) {
		density := math.Exp(logp(a))
		u, _ := view.Velocity(a)
		y[0] = density * u * u
		y[1] = density * (noise*(2*math.Abs(u)+noise) + far*u*u)
	}, knots)
	if math.IsNaN(e[0]) {
		return rates{}, fmt.Errorf("thermo: E|ν|² is NaN: the law or the velocity isn't finite on the line")
	}
	return rates{e[0], e[0], bound[0]}, nil
}

// affineRates uses the law's moments: for ν = A x + b,
// E|ν|² = |A μ + b|² + tr(A C Aᵀ).
func affineRates(fn string, p measure.Moments, v flow.Affine, gradient bool) (rates, error) {
	a, b := v.Affine()
	if r, c := a.Dims(); r != p.Dim() || c != p.Dim() || len(b) != p.Dim() {
		return rates{}, &measure.DimError{Func: fn, Arg: "the velocity", Got: len(b), Want: p.Dim()}
	}
	var cov mat.SymDense
	p.Cov(&cov)
	var drift mat.VecDense
	drift.MulVec(a, mat.NewVecDense(len(b), p.Mean(nil)))
	var r rates
	for i, bi := range b {
		m := drift.AtVec(i) + bi
		r.total += m * m
	}
	r.v2sq = r.total
	var ac, aca mat.Dense
	ac.Mul(a, &cov)
	aca.Mul(&ac, a.T())
	spread := mat.Trace(&aca)
	r.total += spread
	if gradient || p.Dim() == 1 {
		r.v2sq += spread
		r.bound = 0x1p-48 * r.total
		return r, nil
	}
	g, ok := measure.AsGaussian(p)
	if !ok {
		return r, &UnsupportedError{fn, fmt.Sprintf("the gradient part of an affine velocity has no closed form over a %T", p)}
	}
	r.v2sq += gradientEnergy(g, &ac)
	r.bound = 0x1p-44 * r.total
	return r, nil
}

// gradientEnergy returns tr(X C X) of the symmetric X with C X + X C = dC/dt
// = A C + (A C)ᵀ, the gradient part of the velocity A (x − μ) of a Gaussian.
func gradientEnergy(g *measure.Gaussian, ac *mat.Dense) float64 {
	var cov mat.SymDense
	g.Cov(&cov)
	d := g.Dim()
	var eig mat.EigenSym
	if !eig.Factorize(&cov, true) {
		panic("thermo: the eigenvalues of a finite symmetric matrix did not converge")
	}
	vals := eig.Values(nil)
	var u, rate mat.Dense
	eig.VectorsTo(&u)
	rate.Add(ac, ac.T())
	rate.Mul(u.T(), &rate)
	rate.Mul(&rate, &u)
	// In C's eigenbasis X_ij = (dC/dt)_ij/(λ_i + λ_j) and tr(X C X) = Σ λ_j X_ij².
	var e float64
	for i := range d {
		for j := range d {
			x := rate.At(i, j) / (vals[i] + vals[j])
			e += vals[j] * x * x
		}
	}
	return e
}
