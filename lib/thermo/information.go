package thermo

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// EntropyOf returns the differential entropy −∫ p ln p of a law, in nats: in closed form
// for Gaussians in any dimension, by quadrature for densities on the line. It is −Inf
// for atoms. It returns an error for nil and an UnsupportedError for other laws.
func EntropyOf(p measure.Measure) (relation.Term, error) {
	const fn = "thermo.EntropyOf"
	if p == nil || p.Dim() == 0 {
		return relation.Term{}, errors.New(fn + ": the law is nil")
	}
	s := entropyOf(p)
	s.Symbol = "S"
	if math.IsNaN(s.Value) {
		return s, &UnsupportedError{fn, fmt.Sprintf("no entropy of a %T in %d dimensions: want a Gaussian, or a density on the line", p, p.Dim())}
	}
	return s, nil
}

// KL returns the relative entropy KL(p‖q) = ∫ p ln(p/q), in nats: in closed form for two
// Gaussians in any dimension, by quadrature for densities on the line. It is +Inf where
// p has mass and q none. It returns an error for nil, a measure.DimError if the
// dimensions differ, and an UnsupportedError for other laws.
func KL(p, q measure.Measure) (relation.Term, error) {
	const fn = "thermo.KL"
	kl := relation.Term{Symbol: "KL"}
	gp, gq, lp, lq, err := pairOf(fn, p, q)
	if err != nil {
		return kl, err
	}
	if gp != nil {
		// E_p[ln p − ln q]: the densities at p's mean, and a quadratic form.
		d := gp.Dim()
		var cov, inverse mat.SymDense
		gp.Cov(&cov)
		gq.Spectral(&inverse, func(v float64) float64 { return 1 / v })
		at := mat.NewDense(1, d, gp.Mean(nil))
		a, b := make([]float64, 1), make([]float64, 1)
		gp.LogProb(a, at)
		gq.LogProb(b, at)
		var m mat.Dense
		m.Mul(&inverse, &cov)
		kl.Value = max(0, a[0]-b[0]+0.5*(mat.Trace(&m)-float64(d)))
		kl.Bound = 1e-14 * (math.Abs(a[0]) + math.Abs(b[0]) + mat.Trace(&m) + float64(d))
		return kl, nil
	}
	logP, logQ := measure.Scalar(lp), measure.Scalar(lq)
	infinite := false
	v, bound, err := measure.Expect(lp, func(x float64) float64 {
		r := logP(x) - logQ(x)
		infinite = infinite || math.IsInf(r, 1)
		return r
	}, measure.KnotsOf(lq, nil)...)
	if infinite {
		kl.Value = math.Inf(1)
		return kl, nil
	}
	kl.Value, kl.Bound = max(0, v), bound
	return kl, err
}

// Fisher returns the Fisher information E|∇ln p|² of a law: in closed form for
// Gaussians, by quadrature on the line for a measure.Scorer, whose density mustn't jump.
// Under heat, dS/dt = T E|∇ln p|² (de Bruijn) and v₂ = T √E|∇ln p|². Errors are those of
// EntropyOf.
func Fisher(p measure.Measure) (relation.Term, error) {
	const fn = "thermo.Fisher"
	f := relation.Term{Symbol: "I"}
	if p == nil || p.Dim() == 0 {
		return f, errors.New(fn + ": the law is nil")
	}
	if g, ok := measure.AsGaussian(p); ok {
		var inverse mat.SymDense
		g.Spectral(&inverse, func(v float64) float64 { return 1 / v })
		f.Value = mat.Trace(&inverse)
		f.Bound = 1e-14 * f.Value
		return f, nil
	}
	l, okL := p.(measure.LineDensity)
	s, okS := p.(measure.Scorer)
	if !okL || !okS || p.Dim() != 1 {
		return f, &UnsupportedError{fn, fmt.Sprintf("no Fisher information of a %T in %d dimensions: want a Gaussian, or a score on the line", p, p.Dim())}
	}
	score := scoreOf(s)
	var err error
	f.Value, f.Bound, err = measure.Expect(l, func(x float64) float64 { v := score(x); return v * v })
	return f, err
}

// RelativeFisher returns E_p|∇ln(p/q)|², at which T KL(p‖q) falls in units of T² where q
// is the steady state: dKL/dt = −T E_p|∇ln(p/q)|². It takes what Fisher takes.
func RelativeFisher(p, q measure.Measure) (relation.Term, error) {
	const fn = "thermo.RelativeFisher"
	f := relation.Term{Symbol: "I"}
	gp, gq, lp, lq, err := pairOf(fn, p, q)
	if err != nil {
		return f, err
	}
	if gp != nil {
		// ∇ln(p/q) = (C_q⁻¹ − C_p⁻¹) x + C_p⁻¹ μ_p − C_q⁻¹ μ_q.
		d := gp.Dim()
		var ip, iq, cov mat.SymDense
		gp.Spectral(&ip, func(v float64) float64 { return 1 / v })
		gq.Spectral(&iq, func(v float64) float64 { return 1 / v })
		gp.Cov(&cov)
		var m, mc, mcm mat.Dense
		m.Sub(&iq, &ip)
		mc.Mul(&m, &cov)
		mcm.Mul(&mc, m.T())
		delta := mat.NewVecDense(d, nil)
		delta.SubVec(mat.NewVecDense(d, gp.Mean(nil)), mat.NewVecDense(d, gq.Mean(nil)))
		delta.MulVec(&iq, delta)
		f.Value = mat.Trace(&mcm) + mat.Dot(delta, delta)
		f.Bound = 1e-13 * f.Value
		return f, nil
	}
	sp, okP := lp.(measure.Scorer)
	sq, okQ := lq.(measure.Scorer)
	if !okP || !okQ {
		return f, &UnsupportedError{fn, fmt.Sprintf("a %T and a %T: want scores", p, q)}
	}
	a, b := scoreOf(sp), scoreOf(sq)
	f.Value, f.Bound, err = measure.Expect(lp, func(x float64) float64 { v := a(x) - b(x); return v * v }, measure.KnotsOf(lq, nil)...)
	return f, err
}

// scoreOf returns the score of a law on the line as a function of one number.
func scoreOf(s measure.Scorer) func(x float64) float64 {
	at := mat.NewDense(1, 1, nil)
	return func(x float64) float64 {
		at.Set(0, 0, x)
		s.Score(at, at)
		return at.At(0, 0)
	}
}

// pairOf returns two laws as Gaussians, or as densities on the line.
func pairOf(fn string, p, q measure.Measure) (gp, gq *measure.Gaussian, lp, lq measure.LineDensity, err error) {
	if p == nil || q == nil || p.Dim() == 0 || q.Dim() == 0 {
		return nil, nil, nil, nil, errors.New(fn + ": a law is nil")
	}
	if p.Dim() != q.Dim() {
		return nil, nil, nil, nil, &measure.DimError{Func: fn, Arg: "q", Got: q.Dim(), Want: p.Dim()}
	}
	gp, okP := measure.AsGaussian(p)
	gq, okQ := measure.AsGaussian(q)
	if okP && okQ {
		return gp, gq, nil, nil, nil
	}
	lp, okP = p.(measure.LineDensity)
	lq, okQ = q.(measure.LineDensity)
	if !okP || !okQ || p.Dim() != 1 {
		return nil, nil, nil, nil, &UnsupportedError{fn, fmt.Sprintf("a %T and a %T in %d dimensions: want Gaussians, or densities on the line", p, q, p.Dim())}
	}
	return nil, nil, lp, lq, nil
}
