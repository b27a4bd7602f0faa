package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// CarryGaussian returns the path P̃_t of an estimated start that a Gaussian process
// with an affine velocity carries back from its noise end, in any dimension, by the
// probability flow (level 0), the reverse stochastic equation (level 1) or anything
// between,
//
//	dx = (−ν + λ T ∇ln P) dt′ + √(2λT) dB,  t′ = τ − t,
//
// which all keep the process' own law. Noise makes the error of a start be forgotten:
// the divergence χ²(P̃‖P) falls at the rate 2λT E|∇(P̃/P)|², and a shift δ of the mean
// on the line becomes δ s₀/s_τ by the flow and δ m_τ (s₀/s_τ)² by the equation with
// level 1, for data of standard deviation s₀ under a variance-preserving schedule.
//
// It returns an error if the process is incomplete or start is nil, a
// measure.ValueError for a level outside of [0, 1] or a T that isn't finite where the
// level isn't 0 (start earlier than where m = 0), a measure.DimError if the dimensions
// differ, a thermo.UnsupportedError for other laws or velocities, and the context's
// error, wrapped, if that ends.
func CarryGaussian(ctx context.Context, p flow.Process, start *measure.Gaussian, level float64) (flow.Path, error) {
	const fn = "bounds.CarryGaussian"
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if start == nil || level != 0 && p.Temperature == nil {
		return nil, errors.New(fn + ": there is no start, or no temperature")
	}
	if !(level >= 0 && level <= 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "level", Value: level, Want: "in [0, 1]"}
	}
	truth, ok := measure.AsGaussian(p.Path.At(p.Tau))
	if !ok {
		return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("the noise is a %T: want a Gaussian process", p.Path.At(p.Tau))}
	}
	if d := truth.Dim(); start.Dim() != d {
		return nil, &measure.DimError{Func: fn, Arg: "start", Got: start.Dim(), Want: d}
	}
	if _, ok := p.Velocity.At(p.Tau).(flow.Affine); !ok {
		return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("a velocity of type %T: want a flow.Affine map", p.Velocity.At(p.Tau))}
	}
	heat := func(t float64) float64 {
		if level == 0 {
			return 0
		}
		return level * p.Temperature(t)
	}
	if v := heat(p.Tau); math.IsInf(v, 0) || math.IsNaN(v) {
		return nil, &measure.ValueError{Func: fn, Arg: "T(Tau)", Value: v, Want: "finite, unless level is 0"}
	}
	back := flow.FieldFunc(func(elapsed float64) flow.Map {
		t := p.Tau - elapsed
		v, okV := p.Velocity.At(t).(flow.Affine)
		law, okL := measure.AsGaussian(p.Path.At(t))
		if !okV || !okL {
			return nil // which the propagator refuses
		}
		return reverseMap(v, law, heat(t))
	})
	prop, err := flow.NewPropagator(ctx, back, func(elapsed float64) float64 { return heat(p.Tau - elapsed) }, 0, p.Tau)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return flow.PathFunc(func(t float64) measure.Measure {
		phi, r, noise := prop.At(p.Tau - t)
		return through(start, phi, r, noise)
	}), nil
}

// reverseMap returns −ν + heat ∇ln P.
func reverseMap(v flow.Affine, law *measure.Gaussian, heat float64) flow.Affine {
	a, b := v.Affine()
	d := len(b)
	var pull mat.SymDense
	law.Spectral(&pull, func(v float64) float64 { return heat / v })
	var m mat.Dense
	m.Add(a, &pull)
	m.Scale(-1, &m)
	var back mat.VecDense
	back.MulVec(&pull, mat.NewVecDense(d, law.Mean(nil)))
	c := back.RawVector().Data
	floats.Sub(c, b)
	return flow.Linear(&m, c)
}

// through returns the law of Φ x + r + N(0, noise).
func through(g *measure.Gaussian, phi *mat.Dense, r []float64, noise *mat.SymDense) *measure.Gaussian {
	d := g.Dim()
	mean := mat.NewVecDense(d, nil)
	mean.MulVec(phi, mat.NewVecDense(d, g.Mean(nil)))
	mean.AddVec(mean, mat.NewVecDense(d, r))
	var c mat.SymDense
	g.Cov(&c)
	var moved mat.Dense
	moved.Product(phi, &c, phi.T())
	for i := range d {
		for j := i; j < d; j++ {
			v := 0.5 * (moved.At(i, j) + moved.At(j, i))
			if noise != nil {
				v += noise.At(i, j)
			}
			c.SetSym(i, j, v)
		}
	}
	to, err := measure.NewGaussian(mean.RawVector().Data, &c)
	if err != nil {
		panic("bounds.CarryGaussian: " + err.Error())
	}
	return to
}
