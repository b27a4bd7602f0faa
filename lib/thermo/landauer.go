package thermo

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Erasure is what it costs at least to bring one law to another in a finite time.
type Erasure struct {
	T, Tau float64

	W2     relation.Term // between the laws
	System relation.Term // ΔS of the system, in nats
	// Heat is the least heat, −T ΔS + W₂²/τ: Landauer's part, which no time saves, and what
	// haste costs.
	Heat, Landauer relation.Term
	// Process is the one with that heat: the geodesic at constant speed, driven by
	// f = ν + T ∇ln P.
	Process flow.Process
}

// LeastHeat returns the least heat that the bath takes in while a law is brought to
// another in the time tau at the temperature T, by any force:
//
//	Q ≥ −T ΔS + W₂²/τ,
//
// for Gaussians in any dimension and for densities on the line. For one bit, where two
// equal states become one of the same shape, −ΔS = ln 2.
//
// The force of the process is by the law's score where it has one, and by differences
// of its log density over 1e-6 of its bulk where not.
//
// It returns a measure.ValueError unless T ≥ 0 and tau > 0 are finite, and the errors of
// EntropyOf and transport.Geodesic.
//
// E. Aurell, K. Gawędzki, C. Mejía-Monasterio, R. Mohayaee and P. Muratore-Ginanneschi,
// J. Stat. Phys. 147, 487 (2012).
func LeastHeat(from, to measure.Measure, temperature, tau float64) (*Erasure, error) {
	const fn = "thermo.LeastHeat"
	if !(temperature >= 0) || math.IsInf(temperature, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "temperature", Value: temperature, Want: "≥ 0 and finite"}
	}
	if !(tau > 0) || math.IsInf(tau, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "tau", Value: tau, Want: "positive and finite"}
	}
	before, err := EntropyOf(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	after, err := EntropyOf(to)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	f, err := transport.Geodesic(from, to, tau)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	e := &Erasure{T: temperature, Tau: tau, W2: endsDistance(f), System: difference("ΔS", after, before)}
	e.Landauer = relation.Term{Symbol: "−TΔS", Value: -temperature * e.System.Value, Bound: temperature * e.System.Bound}
	haste := overTau("W₂²/τ", e.W2, tau)
	e.Heat = relation.Term{Symbol: "Q", Value: e.Landauer.Value + haste.Value, Bound: e.Landauer.Bound + haste.Bound}
	e.Process = flow.Process{
		Flow:        f,
		Temperature: func(float64) float64 { return temperature },
		Drift: flow.FieldFunc(func(t float64) flow.Map {
			v := f.Velocity.At(t)
			law, okL := measure.AsGaussian(f.Path.At(t))
			if a, ok := v.(flow.Affine); ok && okL {
				return flow.Linear(affineVelocity(a, law, -temperature)) // ν − T C⁻¹(x − μ)
			}
			score := scoreMap(f.Path.At(t))
			return flow.MapFunc(func(dst, x *mat.Dense) {
				n, d := x.Dims()
				s := mat.NewDense(n, d, nil)
				score.Apply(s, x)
				v.Apply(dst, x)
				s.Scale(temperature, s)
				dst.Add(dst, s)
			})
		}),
	}
	return e, nil
}

// scoreMap returns ∇ln P as a map.
func scoreMap(p measure.Measure) flow.Map {
	if s, ok := p.(measure.Scorer); ok {
		return flow.MapFunc(s.Score)
	}
	l := p.(measure.LineDensity)
	logp := measure.Scalar(l)
	h := 1e-6 * (l.LogQuantile(-4, true) - l.LogQuantile(-4, false))
	return flow.LineMap(func(x float64) float64 { return (logp(x+h) - logp(x-h)) / (2 * h) })
}
