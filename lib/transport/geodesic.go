package transport

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Geodesic returns the constant-speed W₂ geodesic from p to q as a flow of
// duration tau: each point moves in a straight line at constant velocity to
// where the optimal map 𝒯 sends it,
//
//	x_t = (1 − s) x + s 𝒯(x),  s = t/tau,  E|v|² = W₂²/tau² at every time.
//
// The ends are both Gaussian, in any dimension, or both measures on the line
// with densities. It returns an error for other ends, for ends of different
// dimensions, and unless tau is positive and finite. See [PlanGeodesic] for
// discrete measures, and [MixturePlan.Geodesic] for mixtures.
func Geodesic(p, q measure.Measure, tau float64) (flow.Flow, error) {
	const fn = "transport.Geodesic"
	if p == nil || q == nil {
		return flow.Flow{}, errors.New(fn + ": an end is nil")
	}
	if !(tau > 0) || math.IsInf(tau, 1) {
		return flow.Flow{}, &measure.ValueError{Func: fn, Arg: "tau", Value: tau, Want: "positive and finite"}
	}
	if p.Dim() != q.Dim() {
		return flow.Flow{}, &measure.DimError{Func: fn, Arg: "q", Got: q.Dim(), Want: p.Dim()}
	}
	for _, end := range []measure.Measure{p, q} {
		if _, ok := measure.AsDiscrete(end); ok {
			return flow.Flow{}, fmt.Errorf("%s: an end, a %T, is discrete: see PlanGeodesic", fn, end)
		}
	}
	f := flow.Flow{Tau: tau, Gradient: true}
	gp, okP := measure.AsGaussian(p)
	gq, okQ := measure.AsGaussian(q)
	if okP && okQ {
		g := newGaussianGeodesic(gp, gq, tau)
		f.Path, f.Velocity = flow.PathFunc(g.law), flow.FieldFunc(g.velocity)
		return f, nil
	}
	lp, okP := p.(measure.LineDensity)
	lq, okQ := q.(measure.LineDensity)
	if !okP || !okQ || p.Dim() != 1 {
		return flow.Flow{}, fmt.Errorf("%s: no geodesic from %T to %T in %d dimensions: the ends must be Gaussian, or have quantiles and densities on the line", fn, p, q, p.Dim())
	}
	g := newLineGeodesic(lp, lq, tau)
	f.Path, f.Velocity = flow.PathFunc(g.law), flow.FieldFunc(g.velocity)
	return f, nil
}

// clock returns s = t/tau, and panics unless it lies in [0, 1].
func clock(t, tau float64) float64 {
	if !(t >= 0 && t <= tau) {
		panic((&measure.ValueError{Func: "transport.Geodesic", Arg: "t", Value: t, Want: fmt.Sprintf("in [0, %v]", tau)}).Error())
	}
	return t / tau
}

// gaussianGeodesic moves along the optimal map A, which it keeps in A's
// eigenbasis: S_t = A_t C A_t with A_t = (1−s) I + s A, and the velocity's
// matrix (A − I) A_t⁻¹ / tau is symmetric because its factors commute.
type gaussianGeodesic struct {
	p, q     *measure.Gaussian
	from, to []float64 // means
	a, cov   *mat.SymDense
	tau      float64
}

func newGaussianGeodesic(p, q *measure.Gaussian, tau float64) *gaussianGeodesic {
	g := &gaussianGeodesic{p: p, q: q, from: p.Mean(nil), to: q.Mean(nil), a: gaussianMap(p, q), cov: new(mat.SymDense), tau: tau}
	p.Cov(g.cov)
	return g
}

func (g *gaussianGeodesic) mean(s float64) []float64 {
	m := make([]float64, len(g.from))
	for i := range m {
		m[i] = (1-s)*g.from[i] + s*g.to[i]
	}
	return m
}

func (g *gaussianGeodesic) law(t float64) measure.Measure {
	s := clock(t, g.tau)
	switch s {
	case 0:
		return g.p
	case 1:
		return g.q
	}
	at := spectral(g.a, func(l float64) float64 { return (1 - s) + s*l })
	law, err := measure.NewGaussian(g.mean(s), sandwich(at, g.cov))
	if err != nil {
		panic(fmt.Sprintf("transport.Geodesic: at t = %v: %v", t, err))
	}
	return law
}

func (g *gaussianGeodesic) velocity(t float64) flow.Map {
	s := clock(t, g.tau)
	m := spectral(g.a, func(l float64) float64 { return (l - 1) / ((1 - s) + s*l) / g.tau })
	var mm mat.VecDense
	mm.MulVec(m, mat.NewVecDense(len(g.from), g.mean(s)))
	b := make([]float64, len(g.from))
	for i := range b {
		b[i] = (g.to[i]-g.from[i])/g.tau - mm.AtVec(i)
	}
	return flow.Linear(m, b)
}
