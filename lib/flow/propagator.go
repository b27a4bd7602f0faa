package flow

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Propagator solves dx = (A x + b) dt + √(2T) dB, whose coefficients depend on time:
// a point x at From is at time t distributed as Φ x + r + N(0, Σ), with
//
//	dΦ/dt = A Φ,  dr/dt = A r + b,  dΣ/dt = A Σ + Σ Aᵀ + 2T I
//
// from Φ = I, r = 0 and Σ = 0.
type Propagator struct {
	From, To float64

	d        int
	equation func(dst []float64, t float64, y []float64) error
	times    []float64 // of the steps taken
	states   [][]float64
}

// The steps of a Propagator.
const (
	propagatorTol = 1e-13 // error of a step, relative to the largest entry
	propagatorMax = 200000
)

// NewPropagator follows the equation of a field of Affine maps from one time to
// another, which may be the earlier one if there is no noise: a nil temperature. It
// takes steps of the method of Dormand and Prince with an error of about 1e-13 each;
// coefficients that jump cost some more.
//
// It returns an error if the times or coefficients aren't finite (NonFiniteError), a
// map isn't Affine or changes its dimension, T < 0 (measure.ValueError), or the steps
// become too many; and the context's error, wrapped, if that ends.
func NewPropagator(ctx context.Context, v Field, temperature func(t float64) float64, from, to float64) (*Propagator, error) {
	const fn = "flow.NewPropagator"
	if v == nil {
		return nil, fmt.Errorf("%s: there is no field", fn)
	}
	for _, t := range [...]float64{from, to} {
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return nil, &measure.ValueError{Func: fn, Arg: "a time", Value: t, Want: "finite"}
		}
	}
	if temperature != nil && to < from {
		return nil, &measure.ValueError{Func: fn, Arg: "to", Value: to, Want: "not before from, with noise"}
	}
	first, ok := v.At(from).(Affine)
	if !ok {
		return nil, fmt.Errorf("%s: the field at t = %v is a %T, want an Affine map", fn, from, v.At(from))
	}
	_, b := first.Affine()
	p := &Propagator{From: from, To: to, d: len(b), equation: linearEquation(fn, v, temperature, len(b))}
	y := make([]float64, p.size(temperature != nil))
	for i := range p.d {
		y[i*p.d+i] = 1
	}
	return p, p.follow(ctx, fn, y)
}

func (p *Propagator) size(noise bool) int {
	if noise {
		return p.d * (2*p.d + 1)
	}
	return p.d * (p.d + 1)
}

// linearEquation returns the derivative of Φ, r and, with noise, Σ, as one vector.
func linearEquation(fn string, v Field, temperature func(float64) float64, d int) func(dst []float64, t float64, y []float64) error {
	return func(dst []float64, t float64, y []float64) error {
		m, ok := v.At(t).(Affine)
		if !ok {
			return fmt.Errorf("%s: the field at t = %v is a %T, want an Affine map", fn, t, v.At(t))
		}
		a, b := m.Affine()
		if r, c := a.Dims(); r != d || c != d || len(b) != d {
			return &measure.DimError{Func: fn, Arg: "the field", Got: len(b), Want: d}
		}
		of := func(y []float64, cols int) *mat.Dense { return mat.NewDense(d, cols, y[:d*cols:d*cols]) }
		of(dst, d).Mul(a, of(y, d))
		of(dst[d*d:], 1).Mul(a, of(y[d*d:], 1))
		for i, v := range b {
			dst[d*d+i] += v
		}
		if temperature == nil {
			return nil
		}
		temp := temperature(t)
		if temp < 0 {
			return &measure.ValueError{Func: fn, Arg: fmt.Sprintf("T(%v)", t), Value: temp, Want: "≥ 0"}
		}
		cov := of(dst[d*(d+1):], d)
		cov.Mul(a, of(y[d*(d+1):], d))
		for i := range d {
			for j := range i {
				s := cov.At(i, j) + cov.At(j, i)
				cov.Set(i, j, s)
				cov.Set(j, i, s)
			}
			cov.Set(i, i, 2*cov.At(i, i)+2*temp)
		}
		return nil
	}
}

// follow takes the steps, and remembers where they begin.
func (p *Propagator) follow(ctx context.Context, fn string, y []float64) error {
	p.times, p.states = []float64{p.From}, [][]float64{slices.Clone(y)}
	span := p.To - p.From
	if span == 0 {
		return nil
	}
	least := 1e-14 * math.Abs(span) // across a jump an error as small as this is no error
	k := newStages(len(y))
	for t, h := p.From, span/64; t != p.To; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: stopped at t = %v: %w", fn, t, err)
		}
		if len(p.times) > propagatorMax {
			return &StepSizeError{T: t}
		}
		next := t + h
		if math.Abs(h) >= math.Abs(p.To-t) {
			next = p.To
		}
		to, ratio, err := k.step(p.equation, t, next, p.states[len(p.states)-1])
		if err != nil {
			return err
		}
		if math.IsNaN(ratio) || math.IsInf(ratio, 1) {
			return &NonFiniteError{T: t}
		}
		factor := min(5, max(0.2, 0.9*math.Pow(ratio, -0.2)))
		if ratio <= 1 || math.Abs(h) <= least {
			p.times, p.states = append(p.times, next), append(p.states, slices.Clone(to))
			t = next
		}
		h = math.Copysign(max(least, math.Abs(h)*factor), span)
	}
	return nil
}

// At returns Φ, r and Σ at time t; Σ is nil without noise. It panics unless t lies
// between From and To.
func (p *Propagator) At(t float64) (phi *mat.Dense, r []float64, cov *mat.SymDense) {
	if !(t >= min(p.From, p.To) && t <= max(p.From, p.To)) {
		panic((&measure.ValueError{Func: "flow.Propagator.At", Arg: "t", Value: t, Want: fmt.Sprintf("between %v and %v", p.From, p.To)}).Error())
	}
	// The last step that begins before t.
	i, _ := slices.BinarySearchFunc(p.times, t, func(at, t float64) int {
		if p.To < p.From {
			at, t = t, at
		}
		if at <= t {
			return -1
		}
		return 1
	})
	i = max(i-1, 0)
	y := p.states[i]
	if t != p.times[i] {
		var err error
		if y, _, err = newStages(len(y)).step(p.equation, p.times[i], t, y); err != nil {
			panic(err.Error())
		}
	}
	d := p.d
	phi = mat.NewDense(d, d, slices.Clone(y[:d*d]))
	r = slices.Clone(y[d*d : d*(d+1)])
	if len(y) > d*(d+1) {
		cov = mat.NewSymDense(d, slices.Clone(y[d*(d+1):]))
	}
	return phi, r, cov
}

// stages are the values that a step of Dormand and Prince goes through.
type stages struct {
	k         [7][]float64
	at, moved []float64
}

func newStages(n int) *stages {
	s := &stages{at: make([]float64, n), moved: make([]float64, n)}
	for i := range s.k {
		s.k[i] = make([]float64, n)
	}
	return s
}

// step returns y at next, and the largest error over what is allowed.
func (s *stages) step(f func(dst []float64, t float64, y []float64) error, t, next float64, y []float64) (to []float64, ratio float64, err error) {
	h := next - t
	for i := range s.k {
		copy(s.at, y)
		for j, a := range dormandA[i] {
			for n, v := range s.k[j] {
				s.at[n] += h * a * v
			}
		}
		at := t + dormandC[i]*h
		if dormandC[i] == 1 {
			at = next
			copy(s.moved, s.at)
		}
		if err := f(s.k[i], at, s.at); err != nil {
			return nil, 0, err
		}
	}
	largest := 1.0
	for _, v := range s.moved {
		largest = math.Max(largest, math.Abs(v))
	}
	for n := range y {
		e := 0.0
		for i, w := range dormandE {
			e += w * s.k[i][n]
		}
		if v := math.Abs(h*e) / (propagatorTol * largest); !(v <= ratio) {
			ratio = v
		}
	}
	if math.IsInf(largest, 1) {
		ratio = largest
	}
	return s.moved, ratio, nil
}
