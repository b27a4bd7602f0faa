package transport

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Between two measures with as many equal atoms it is a point of the geodesic,
// and the lower bound is attained.
func TestFreeSupportOfTwo(t *testing.T) {
	p, q := cloudLaw(t, pointCloud(1, 15, 3), nil), cloudLaw(t, pointCloud(2, 15, 3), nil)
	b, err := FreeSupportBarycentre(t.Context(), []*measure.Discrete{p, q}, []float64{3, 1}, p, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	plan := exactBetween(t, p, q)
	reftest.Near(t, "value", b.Value(), .1875*plan.Cost(), 1e-12, 0)
	bound, err := b.LowerBound(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "bound", bound, b.Value(), 1e-12, 0)
	reftest.Near(t, "distance", exactBetween(t, b.Law, p).Cost(), plan.Cost()/16, 1e-12, 0)
}

// On the line the barycentre has the mean of the quantiles.
func TestFreeSupportOnLine(t *testing.T) {
	laws := []*measure.Discrete{
		cloudLaw(t, mat.NewDense(4, 1, []float64{3, 0, 7, 5}), nil),
		cloudLaw(t, mat.NewDense(2, 1, []float64{10, 12}), nil),
		cloudLaw(t, mat.NewDense(3, 1, []float64{-4, 1, 2}), []float64{2, 1, 1}),
		cloudLaw(t, mat.NewDense(1, 1, []float64{1e6}), nil), // weighs nothing
	}
	b, err := FreeSupportBarycentre(t.Context(), laws, []float64{1, 1, 2, 0}, cloudLaw(t, pointCloud(3, 4, 1), nil), BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := cloudLaw(t, mat.NewDense(4, 1, []float64{(0 + 10 - 8) / 4., (3 + 10 - 8) / 4., (5 + 12 + 2) / 4., (7 + 12 + 4) / 4.}), nil)
	reftest.Near(t, "distance", exactBetween(t, b.Law, want).Cost(), 0, 0, 1e-20)
	if b.Plans[3] != nil {
		t.Error("a plan to what weighs nothing")
	}
}

func TestFreeSupportStops(t *testing.T) {
	laws := []*measure.Discrete{cloudLaw(t, pointCloud(1, 20, 2), nil), cloudLaw(t, pointCloud(2, 13, 2), masses(3, 13)), cloudLaw(t, pointCloud(4, 17, 2), nil)}
	start := cloudLaw(t, pointCloud(9, 11, 2), append(masses(5, 10), 0))
	last := math.Inf(1)
	for n := 1; ; n++ {
		b, err := FreeSupportBarycentre(t.Context(), laws, nil, start, BarycentreOptions{MaxIterations: n})
		// Every step lowers the value.
		if !(b.Value() < last) {
			t.Errorf("step %d: %v after %v", n, b.Value(), last)
		}
		last = b.Value()
		bound, boundErr := b.LowerBound(t.Context())
		if boundErr != nil || !(bound <= b.Value()) {
			t.Errorf("bound %v of %v, %v", bound, b.Value(), boundErr)
		}
		if err == nil {
			if n < 3 || b.Residual > 1e-10 {
				t.Errorf("converged in %d steps to %g", n, b.Residual)
			}
			break
		}
		var stopped *NotConvergedError
		if !errors.As(err, &stopped) || stopped.Residual != b.Residual || !(b.Residual > 1e-10) {
			t.Fatalf("%d iterations: %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FreeSupportBarycentre(ctx, laws, nil, start, BarycentreOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFreeSupportRefuses(t *testing.T) {
	p, q := cloudLaw(t, pointCloud(1, 3, 2), nil), cloudLaw(t, pointCloud(1, 3, 1), nil)
	for name, c := range map[string]struct {
		laws    []*measure.Discrete
		weights []float64
		start   *measure.Discrete
	}{
		"nothing":    {nil, nil, p},
		"no start":   {[]*measure.Discrete{p}, nil, nil},
		"nil":        {[]*measure.Discrete{nil}, nil, p},
		"dimensions": {[]*measure.Discrete{p, q}, nil, p},
		"weights":    {[]*measure.Discrete{p}, []float64{-1}, p},
	} {
		if b, err := FreeSupportBarycentre(t.Context(), c.laws, c.weights, c.start, BarycentreOptions{}); err == nil || b != nil {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
}
