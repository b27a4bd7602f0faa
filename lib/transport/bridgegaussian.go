package transport

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// GaussianBridge returns the Schrödinger bridge from p to q: of all processes
// with these ends, the one nearest in relative entropy to Brownian motion
// dx = √(2T) dB. It is in closed form (Bunne, Hsieh, Cuturi and Krause 2023). With
// u = t/tau, the law at t is Gaussian, with the mean (1−u) μ₁ + u μ₂ and the
// covariance
//
//	(1−u)² C₁ + u² C₂ + u(1−u)(K + Kᵀ + 2T tau I),
//
// where K is the covariance of the ends in the plan of [EntropicGaussian] with
//
//	ε = 4 T tau,
//
// which is 2T tau for the cost ½|x − y|². The drift f is affine and a gradient,
// dx = f dt + √(2T) dB; the flow's velocity is f − T ∇ ln p. At T = 0 the bridge
// is the W₂ geodesic.
//
// GaussianBridge returns an error if an end is nil, if the dimensions differ,
// unless the temperature is finite and not negative and tau positive and
// finite, and if a covariance on the way is singular to rounding.
func GaussianBridge(p, q *measure.Gaussian, temperature, tau float64) (flow.Process, error) {
	const fn = "transport.GaussianBridge"
	if !(tau > 0) || math.IsInf(tau, 1) {
		return flow.Process{}, &measure.ValueError{Func: fn, Arg: "tau", Value: tau, Want: "positive and finite"}
	}
	if !(temperature >= 0) {
		return flow.Process{}, &measure.ValueError{Func: fn, Arg: "temperature", Value: temperature, Want: "a finite number ≥ 0"}
	}
	plan, err := newGaussianPlan(fn, p, q, "4·temperature·tau", 4*temperature*tau)
	if err != nil {
		return flow.Process{}, err
	}
	b := &gaussianBridge{
		from: p, to: q, mean: p.Mean(nil), shift: q.Mean(nil),
		k: plan.CrossCov(), heat: 2 * temperature * tau, tau: tau,
	}
	for i := range b.mean {
		b.shift[i] -= b.mean[i]
	}
	p.Cov(&b.c1)
	q.Cov(&b.c2)
	if _, err := b.law(0.5); err != nil {
		return flow.Process{}, fmt.Errorf("%s: half-way: %w", fn, err)
	}
	return flow.Process{
		Flow: flow.Flow{
			Path: flow.PathFunc(func(t float64) measure.Measure {
				law, err := b.law(bridgeClock(fn, t, tau))
				if err != nil {
					panic(fmt.Sprintf("%s: at t = %v: %v", fn, t, err))
				}
				return law
			}),
			Velocity: flow.FieldFunc(func(t float64) flow.Map {
				u := bridgeClock(fn, t, tau)
				return b.field(u, 0.5*b.heat*(1-2*u))
			}),
			Tau:      tau,
			Gradient: true,
		},
		Drift: flow.FieldFunc(func(t float64) flow.Map {
			u := bridgeClock(fn, t, tau)
			return b.field(u, -b.heat*u)
		}),
		Temperature: func(float64) float64 { return temperature },
	}, nil
}

// bridgeClock returns t/tau, and panics unless it lies in [0, 1].
func bridgeClock(fn string, t, tau float64) float64 {
	if !(t >= 0 && t <= tau) {
		panic((&measure.ValueError{Func: fn, Arg: "t", Value: t, Want: fmt.Sprintf("in [0, %v]", tau)}).Error())
	}
	return t / tau
}

type gaussianBridge struct {
	from, to    *measure.Gaussian
	mean, shift []float64 // μ₁ and μ₂ − μ₁
	c1, c2      mat.SymDense
	k           *mat.Dense
	heat        float64 // 2T tau
	tau         float64
}

// symmetric returns a C₁ + b C₂ + c (K + Kᵀ)/2 + e I.
func (g *gaussianBridge) symmetric(a, b, c, e float64) *mat.SymDense {
	d := len(g.mean)
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			v := a*g.c1.At(i, j) + b*g.c2.At(i, j) + 0.5*c*(g.k.At(i, j)+g.k.At(j, i))
			if i == j {
				v += e
			}
			s.SetSym(i, j, v)
		}
	}
	return s
}

func (g *gaussianBridge) cov(u float64) *mat.SymDense {
	w := u * (1 - u)
	return g.symmetric((1-u)*(1-u), u*u, 2*w, w*g.heat)
}

func (g *gaussianBridge) at(u float64) []float64 {
	m := make([]float64, len(g.mean))
	for i := range m {
		m[i] = g.mean[i] + u*g.shift[i]
	}
	return m
}

func (g *gaussianBridge) law(u float64) (*measure.Gaussian, error) {
	switch u {
	case 0:
		return g.from, nil
	case 1:
		return g.to, nil
	}
	return measure.NewGaussian(g.at(u), g.cov(u))
}

// field returns the velocity plus a multiple of the score: the matrix
//
//	[(1−u) Kᵀ − u K + u C₂ − (1−u) C₁ + e I] S⁻¹ / tau
//
// about the mean, with the law's covariance S. It has no singularity at u = 1,
// where E[y | x] − x and tau − t vanish together. The product is symmetric.
func (g *gaussianBridge) field(u, e float64) flow.Map {
	d := len(g.mean)
	n := mat.DenseCopyOf(g.symmetric(u-1, u, 0, e))
	for i := range d {
		for j := range d {
			n.Set(i, j, n.At(i, j)+(1-u)*g.k.At(j, i)-u*g.k.At(i, j))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(g.cov(u)) {
		panic(fmt.Sprintf("transport.GaussianBridge: the covariance at u = %v is singular", u))
	}
	var m mat.Dense
	if err := chol.SolveTo(&m, n.T()); err != nil {
		panic(fmt.Sprintf("transport.GaussianBridge: at u = %v: %v", u, err))
	}
	a := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			a.SetSym(i, j, 0.5*(m.At(i, j)+m.At(j, i))/g.tau)
		}
	}
	var am mat.VecDense
	am.MulVec(a, mat.NewVecDense(d, g.at(u)))
	b := make([]float64, d)
	for i := range b {
		b[i] = g.shift[i]/g.tau - am.AtVec(i)
	}
	return flow.Linear(a, b)
}
