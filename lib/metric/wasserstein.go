package metric

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Wasserstein returns the exact distance W₁ or W₂ between two weighted samples, for
// p = 1 or 2, by transport.Exact, whose gap is the bound. It returns an error for the
// samples that Energy refuses, for another p, and for what transport.Exact returns.
func Wasserstein(ctx context.Context, p int, x mat.Matrix, xw []float64, y mat.Matrix, yw []float64) (relation.Term, error) {
	const fn = "metric.Wasserstein"
	a, b, err := newSamples(fn, x, xw, y, yw)
	if err != nil {
		return relation.Term{}, err
	}
	var cost transport.Cost
	switch p {
	case 1:
		cost = transport.Euclidean{X: x, Y: y}
	case 2:
		cost = transport.SquaredEuclidean{X: x, Y: y}
	default:
		return relation.Term{}, fmt.Errorf("%s: p is %d, want 1 or 2", fn, p)
	}
	plan, err := transport.Exact(ctx, a.weights, b.weights, cost, transport.ExactOptions{})
	if err != nil {
		return relation.Term{}, fmt.Errorf("%s: %w", fn, err)
	}
	power, gap := max(plan.Cost(), 0), max(plan.DualityGap(), 0)
	t := relation.Term{Symbol: fmt.Sprintf("W%d", p), Value: power, Bound: gap}
	if p == 2 {
		t.Value = math.Sqrt(power)
		t.Bound = t.Value - math.Sqrt(max(power-gap, 0))
	}
	return t, nil
}

// SlicedWasserstein returns the sliced distance SW_p between two weighted samples, with
// the standard error of so many random directions, by transport.SlicedWasserstein. It
// returns an error for the samples that Energy refuses and for what that returns.
func SlicedWasserstein(ctx context.Context, p float64, x mat.Matrix, xw []float64, y mat.Matrix, yw []float64, directions int, key rng.Key) (relation.Term, error) {
	const fn = "metric.SlicedWasserstein"
	a, b, err := newSamples(fn, x, xw, y, yw)
	if err != nil {
		return relation.Term{}, err
	}
	r, err := transport.SlicedWasserstein(ctx, p, x, a.weights, y, b.weights, directions, key, transport.SlicedOptions{})
	if err != nil {
		return relation.Term{}, fmt.Errorf("%s: %w", fn, err)
	}
	return r.Distance(), nil
}
