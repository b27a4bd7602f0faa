package diffusion

import (
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Noising returns the process that turns data into noise by the schedule: the
// law of x_t = m x₀ + σ ε, its probability flow, whose velocity is a gradient,
// and the drift and temperature of the Langevin dynamics with those marginals.
//
// The path's measures are measure.Noised. The velocity is finite on all of
// [0, Tau]; drift and temperature may diverge where m = 0.
func Noising(data measure.Noisable, s Schedule) flow.Process {
	noised := func(t float64) measure.Noised { return data.Noise(s.At(t)) }
	return flow.Process{
		Flow: flow.Flow{
			Path:     flow.PathFunc(func(t float64) measure.Measure { return noised(t) }),
			Velocity: flow.FieldFunc(func(t float64) flow.Map { return velocityOf(noised(t)) }),
			Tau:      s.Tau(),
			Gradient: true,
		},
		Drift: flow.FieldFunc(func(t float64) flow.Map {
			c := s.At(t).Drift()
			return flow.MapFunc(func(dst, x *mat.Dense) { dst.Scale(c, x) })
		}),
		Temperature: func(t float64) float64 { return s.At(t).T() },
	}
}

// velocityOf returns the law's velocity as a map with the abilities that the law
// gives it.
func velocityOf(n measure.Noised) flow.Map {
	closed, ok := n.(closedForm)
	if !ok {
		return velocity{n}
	}
	v := closedVelocity{velocity{n}, closed}
	if g, ok := n.(interface {
		VelocityAffine() (*mat.SymDense, []float64)
	}); ok {
		return affineVelocity{v, g.VelocityAffine}
	}
	return v
}

type velocity struct{ n measure.Noised }

func (v velocity) Apply(dst, x *mat.Dense) { v.n.Velocity(dst, x) }

type closedForm interface {
	Velocity1(x float64) float64
	VelocityDivergence(dst []float64, x *mat.Dense)
}

type closedVelocity struct {
	velocity
	form closedForm
}

func (v closedVelocity) Apply1(x float64) float64               { return v.form.Velocity1(x) }
func (v closedVelocity) Divergence(dst []float64, x *mat.Dense) { v.form.VelocityDivergence(dst, x) }

type affineVelocity struct {
	closedVelocity
	coefficients func() (*mat.SymDense, []float64)
}

func (v affineVelocity) Affine() (mat.Matrix, []float64) { return v.coefficients() }
