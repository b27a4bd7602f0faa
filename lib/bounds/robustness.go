package bounds

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// Mismatch is a way in which a Gaussian start is wrong.
type Mismatch uint8

const (
	Shift Mismatch = iota // of the mean, along the first axis, in standard deviations
	Scale                 // of the standard deviations, s → (1 + size) s
)

// Robustness is how the error of generated data depends on that of the start.
type Robustness struct {
	Mismatch Mismatch
	Sizes    []float64
	Reports  []*Report // at each size

	// The relation says Start − Reach ≤ W₁(q, p) ≤ Start + Reach, with Reach = √(τ D₀ c₂) or,
	// for a velocity that isn't a gradient, √(τ D₀ w_D); +Inf where D₀ is.
	Reach []relation.Term
}

// Relations returns W₁(q, p) ≤ W₁(start) + Reach at each size.
func (r *Robustness) Relations() []relation.Inequality {
	var qs []relation.Inequality
	for i, rep := range r.Reports {
		noise := rep.W1Noise()
		qs = append(qs, relation.Inequality{
			Name: fmt.Sprintf("error at %.3g", r.Sizes[i]), Ref: "(79)", Lo: rep.W1Data(),
			Hi: relation.Term{Symbol: "W₁(start) + √(τD₀c)", Value: noise.Value + r.Reach[i].Value, Bound: noise.Bound + r.Reach[i].Bound},
		})
	}
	return qs
}

// RobustnessOf computes the relation for Gaussian starts that differ from the end of a
// flow in one way, by each of the sizes: the Gaussian has the end's mean and covariance
// but for the mismatch.
//
// It returns a measure.ValueError for a size that isn't finite, or not above −1 for Scale,
// a thermo.UnsupportedError if the end has no moments, and the errors of SpeedAccuracy.
func RobustnessOf(ctx context.Context, f flow.Flow, m Mismatch, sizes []float64, opt Options) (*Robustness, error) {
	const fn = "bounds.RobustnessOf"
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	end, ok := f.Path.At(f.Tau).(measure.Moments)
	if !ok {
		return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("an end of type %T: want moments", f.Path.At(f.Tau))}
	}
	out := &Robustness{Mismatch: m, Sizes: sizes}
	for i, size := range sizes {
		if math.IsNaN(size) || math.IsInf(size, 0) || m == Scale && size <= -1 {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("sizes[%d]", i), Value: size, Want: "finite, and above −1 for Scale"}
		}
		mean := end.Mean(nil)
		var cov mat.SymDense
		end.Cov(&cov)
		if m == Shift {
			mean[0] += size * math.Sqrt(cov.At(0, 0))
		} else {
			cov.ScaleSym((1+size)*(1+size), &cov)
		}
		start, err := measure.NewGaussian(mean, &cov)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
		r, err := SpeedAccuracy(ctx, f, start, opt)
		if err != nil {
			return nil, fmt.Errorf("%s: size %v: %w", fn, size, err)
		}
		cost := r.C2
		if !r.Conservative() {
			cost = r.WD
		}
		reach := relation.Term{Symbol: "√(τD₀c)", Value: math.Inf(1)}
		if !math.IsInf(r.D0.Value, 1) {
			reach = root(relation.Term{Value: r.Tau * r.D0.Value * cost.Value, Bound: r.Tau * (r.D0.Value*cost.Bound + r.D0.Bound*(cost.Value+cost.Bound))})
			reach.Symbol = "√(τD₀c)"
		}
		out.Reports, out.Reach = append(out.Reports, r), append(out.Reach, reach)
	}
	return out, nil
}
