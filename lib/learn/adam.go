package learn

import (
	"context"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// Adam is the optimiser of Kingma and Ba, ICLR 2015, with the decoupled decay of weights
// of Loshchilov and Hutter, ICLR 2019.
type Adam[T Float] struct {
	Rate         float64 // of learning; default 1e-3
	Beta1, Beta2 float64 // of the moments' averages; defaults 0.9, 0.999
	Epsilon      float64 // default 1e-8
	Decay        float64 // of the weights, per step and rate; default 0
	Clip         float64 // the largest norm of a gradient, which is scaled down to it; 0 means none

	steps int
	m, v  []T
}

// share is how many parameters a processor takes at once.
const share = 8192

// Step moves the parameters against the gradient, at Rate times scale, and returns the
// gradient's norm before it was clipped. It does nothing if that isn't finite.
func (a *Adam[T]) Step(params, grad []T, scale float64) (norm float64) {
	ctx := context.Background()
	norm, _ = par.Sum(ctx, len(grad), share, func(lo, hi int) (sum float64) {
		for _, g := range grad[lo:hi] {
			sum += float64(g) * float64(g)
		}
		return sum
	})
	norm = math.Sqrt(norm)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return norm
	}
	if a.m == nil {
		a.m, a.v = make([]T, len(params)), make([]T, len(params))
	}
	or := func(v, otherwise float64) float64 {
		if v == 0 {
			return otherwise
		}
		return v
	}
	rate, b1, b2 := or(a.Rate, 1e-3)*scale, or(a.Beta1, 0.9), or(a.Beta2, 0.999)
	shrink := 1.0
	if a.Clip > 0 && norm > a.Clip {
		shrink = a.Clip / norm
	}
	a.steps++
	c1, c2 := 1-math.Pow(b1, float64(a.steps)), 1-math.Pow(b2, float64(a.steps))
	// (m/c₁)/(√(v/c₂) + ε) = (√c₂/c₁) m/(√v + √c₂ ε)
	step, eps := T(rate*math.Sqrt(c2)/c1), T(or(a.Epsilon, 1e-8)*math.Sqrt(c2))
	keep, shrunk := T(1-rate*a.Decay), T(shrink)
	m1, m2, v1, v2 := T(b1), T(1-b1), T(b2), T(1-b2)
	_ = par.For(ctx, len(params), share, func(lo, hi int) {
		p, m, v := params[lo:hi], a.m[lo:hi], a.v[lo:hi]
		for i, g := range grad[lo:hi] {
			g *= shrunk
			mi, vi := m1*m[i]+m2*g, v1*v[i]+v2*g*g
			m[i], v[i] = mi, vi
			p[i] = keep*p[i] - step*mi/(T(math.Sqrt(float64(vi)))+eps)
		}
	})
	return norm
}

// Average is an exponential moving average of parameters.
type Average[T Float] struct {
	Decay  float64 // per step; default 0.999, less at the beginning: (1 + n)/(10 + n)
	Params []T

	steps int
}

// Add takes parameters into the average.
func (a *Average[T]) Add(params []T) {
	if a.Params == nil {
		a.Params = append([]T(nil), params...)
		return
	}
	a.steps++
	decay := a.Decay
	if decay == 0 {
		decay = 0.999
	}
	part := T(1 - math.Min(decay, float64(1+a.steps)/float64(10+a.steps)))
	_ = par.For(context.Background(), len(params), share, func(lo, hi int) {
		to := a.Params[lo:hi]
		for i, p := range params[lo:hi] {
			to[i] += part * (p - to[i])
		}
	})
}

// Net returns a network of the same shape with the averaged parameters, a copy. It panics
// if nothing was averaged or the shape is another.
func (a *Average[T]) Net(n *Net[T]) *Net[T] {
	if len(a.Params) != len(n.params) {
		panic("learn.Average.Net: the average is of another network, or of none")
	}
	out := *n
	out.params = append([]T(nil), a.Params...)
	return &out
}
