package diffusion

import (
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Reverse returns p run backwards, on the clock t′ = Tau − t, with a noise level
// λ ≥ 0:
//
//	dx = [−f + (1 + λ²) T ∇ln p] dt′ + λ √(2T) dB.
//
// Every λ has the marginals of p: 0 is the probability flow without noise, 1 the
// reverse in law of p's own paths. In the regular form the drift is
// λ² f − (1 + λ²) ν, so that it needs no score, and the flow needs not even f.
//
// It panics if level is negative or not finite. Drift and temperature diverge
// where those of p do, unless level is 0.
func Reverse(p flow.Process, level float64) flow.Process {
	mustBe("diffusion.Reverse", "level", level, level >= 0 && isFinite(level), "finite and ≥ 0")
	sq := level * level
	back := func(clock float64) float64 { return p.Tau - clock }
	r := flow.Process{
		Flow: flow.Flow{
			Velocity: flow.FieldFunc(func(t float64) flow.Map { return newBlended(0, -1, p.Velocity.At(back(t))) }),
			Tau:      p.Tau,
			Gradient: p.Gradient,
		},
		Temperature: func(float64) float64 { return 0 },
	}
	if p.Path != nil {
		r.Path = flow.PathFunc(func(t float64) measure.Measure { return p.Path.At(back(t)) })
	}
	if r.Drift = r.Velocity; level > 0 {
		r.Temperature = func(t float64) float64 { return sq * p.Temperature(back(t)) }
		r.Drift = flow.FieldFunc(func(t float64) flow.Map {
			f, v := p.Drift.At(back(t)), p.Velocity.At(back(t))
			return flow.MapFunc(func(dst, x *mat.Dense) {
				y := borrow(dst.Dims())
				v.Apply(&y.Dense, x)
				f.Apply(dst, x)
				combine(dst, sq, dst, -1-sq, &y.Dense)
				scratches.Put(y)
			})
		})
	}
	return r
}
