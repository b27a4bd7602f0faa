package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// ConditionalCost returns the mean kinetic energy of the straight conditional
// paths x_t = m x₀ + σ ε of a schedule in d dimensions,
//
//	∫₀^τ (ṁ² E|x₀|² + d σ̇²) dt,
//
// which bounds c₂ from above for any data, since the flow's velocity is the
// conditional mean of ẋ_t: the gap is ∫ E Var[ẋ_t | x_t] dt. In few dimensions
// it may rank schedules the other way round than c₂ does. It is +Inf where σ̇²
// isn't integrable, as at the data end of VPLinear.
//
// It returns an error if an argument is nil or the context is cancelled.
func ConditionalCost(ctx context.Context, s diffusion.Schedule, data measure.Moments) (relation.Term, error) {
	const fn = "bounds.ConditionalCost"
	cost := relation.Term{Symbol: "∫E|ẋ|²dt"}
	if s == nil || data == nil || data.Dim() == 0 {
		return cost, errors.New(fn + ": the schedule or the data is nil")
	}
	var cov mat.SymDense
	data.Cov(&cov)
	second := mat.Trace(&cov)
	for _, m := range data.Mean(nil) {
		second += m * m
	}
	d, tau := float64(data.Dim()), s.Tau()
	if c := s.At(0); c.Var == 0 && c.DVar > 0 { // σ̇² ~ 1/t
		cost.Value = math.Inf(1)
		return cost, nil
	}
	q := num.Quad{Rel: 1e-12}
	v, e, ok := q.Integrate1(func(t float64) float64 {
		if ctx.Err() != nil {
			return math.NaN()
		}
		c := s.At(t)
		ds := c.DSigma()
		return c.DM*c.DM*second + d*ds*ds
	}, []float64{0, tau})
	if err := ctx.Err(); err != nil {
		return cost, fmt.Errorf("%s: %w", fn, err)
	}
	cost.Value, cost.Bound = v, e
	if !ok {
		return cost, &transport.NotConvergedError{Func: fn, Residual: e}
	}
	return cost, nil
}
