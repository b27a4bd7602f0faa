package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func bridgeSamples(tb testing.TB, law measure.Measure, n int, key rng.Key) *measure.Discrete {
	tb.Helper()
	x := mat.NewDense(n, law.Dim(), nil)
	law.Sample(x, key)
	p, err := measure.NewDiscrete(x, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// The bridge between samples joins them, is certified, and its drift is near that
// between the Gaussians they are from.
func TestSchrodingerBridge(t *testing.T) {
	const temperature, tau = .3, 2.
	from, to := measure.Normal(-1, .5), measure.Normal(1, 1)
	p, q := bridgeSamples(t, from, 1500, rng.New(1)), bridgeSamples(t, to, 1200, rng.New(2))
	b, err := SchrodingerBridge(t.Context(), p, q, temperature, tau, SinkhornOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if start, end := b.MarginalErrors(); start+end > 1.1e-9 {
		t.Errorf("the ends are off by %g and %g", start, end)
	}
	if gap, err := b.DualityGap(t.Context()); err != nil || !(gap >= 0 && gap < 1e-7) {
		t.Errorf("gap %g, %v", gap, err)
	}
	drift := flow.Scalar(b.Process().Drift.At(tau / 2))
	// Between N(m₀, s₀²) and N(m₁, s₁²), with c the covariance of the ends and
	// v the variance half-way, E[x₁|x] = m₁ + (c + s₁²)/2/v (x − m), x half-way.
	eps := 2 * temperature * tau
	c := (math.Sqrt(eps*eps+4*.25) - eps) / 2
	v := (.25+1)/4 + c/2 + eps/4
	for _, x := range []float64{-1, 0, 1} {
		want := (1 + (c+1)/2/v*x - x) / (tau / 2)
		if got := drift(x); math.Abs(got-want) > .1 {
			t.Errorf("drift at %v is %v, want %v", x, got, want)
		}
	}
}

func TestSchrodingerBridgeErrors(t *testing.T) {
	p, q := bridgeSamples(t, measure.Normal(0, 1), 30, rng.New(1)), bridgeSamples(t, measure.Normal(1, 1), 20, rng.New(2))
	nan := math.NaN()
	for name, f := range map[string]func() (*Bridge, error){
		"nil end": func() (*Bridge, error) { return SchrodingerBridge(t.Context(), nil, q, 1, 1, SinkhornOptions{}) },
		"Eps":     func() (*Bridge, error) { return SchrodingerBridge(t.Context(), p, q, 1, 1, SinkhornOptions{Eps: 1}) },
		"cold":    func() (*Bridge, error) { return SchrodingerBridge(t.Context(), p, q, 0, 1, SinkhornOptions{}) },
		"NaN":     func() (*Bridge, error) { return SchrodingerBridge(t.Context(), p, q, 1, nan, SinkhornOptions{}) },
		"endless": func() (*Bridge, error) {
			return SchrodingerBridge(t.Context(), p, q, 1, math.Inf(1), SinkhornOptions{})
		},
	} {
		if b, err := f(); b != nil || err == nil {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
	b, err := SchrodingerBridge(t.Context(), p, q, .01, 1, SinkhornOptions{MaxIter: 1})
	if b == nil || !errors.Is(err, ErrLimit) {
		t.Errorf("one pass: %v, %v", b, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := SchrodingerBridge(ctx, p, q, 1, 1, SinkhornOptions{}); b != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", b, err)
	}
}

// From samples to the drift of the Schrödinger bridge between them.
func ExampleSchrodingerBridge() {
	x, y := mat.NewDense(1000, 1, nil), mat.NewDense(1000, 1, nil)
	measure.Normal(0, 1).Sample(x, rng.New(1))
	measure.Bimodal(2, .5).Sample(y, rng.New(2))
	p, err := measure.NewDiscrete(x, nil)
	if err != nil {
		panic(err)
	}
	q, err := measure.NewDiscrete(y, nil)
	if err != nil {
		panic(err)
	}
	const temperature, tau = .25, 1
	bridge, err := SchrodingerBridge(context.Background(), p, q, temperature, tau, SinkhornOptions{})
	if err != nil {
		panic(err)
	}
	drift := flow.Scalar(bridge.Process().Drift.At(tau / 2.))
	fmt.Printf("to the left %v, to the right %v\n", drift(-1) < 0, drift(1) > 0)
	// Output: to the left true, to the right true
}
