package learn

import "math"

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

// Step moves the parameters against the gradient, at Rate times scale, and returns the
// gradient's norm before it was clipped. It does nothing if that isn't finite.
func (a *Adam[T]) Step(params, grad []T, scale float64) (norm float64) {
	for _, g := range grad {
		norm += float64(g) * float64(g)
	}
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
	rate, b1, b2, eps := or(a.Rate, 1e-3)*scale, or(a.Beta1, 0.9), or(a.Beta2, 0.999), or(a.Epsilon, 1e-8)
	shrink := 1.0
	if a.Clip > 0 && norm > a.Clip {
		shrink = a.Clip / norm
	}
	a.steps++
	c1, c2 := 1-math.Pow(b1, float64(a.steps)), 1-math.Pow(b2, float64(a.steps))
	for i, g := range grad {
		g := float64(g) * shrink
		m := b1*float64(a.m[i]) + (1-b1)*g
		v := b2*float64(a.v[i]) + (1-b2)*g*g
		a.m[i], a.v[i] = T(m), T(v)
		p := float64(params[i])
		params[i] = T(p - rate*(m/c1/(math.Sqrt(v/c2)+eps)+a.Decay*p))
	}
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
	decay = math.Min(decay, float64(1+a.steps)/float64(10+a.steps))
	for i, p := range params {
		a.Params[i] = T(decay*float64(a.Params[i]) + (1-decay)*float64(p))
	}
}
