package thermo

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func TestEnsemble(t *testing.T) {
	ctx := context.Background()
	trap := Trap{K: 2, T: .7}
	const n, dt, steps = 50000, .05, 12
	x := make([]float64, n)
	rng.New(1).Normal(x)
	for i := range x {
		x[i] = 1.2 + .5*x[i]
	}
	run := func(procs, n int) *Ensemble {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		e, err := trap.Ensemble(ctx, x[:n], dt, steps, rng.New(2))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	e := run(1, n)
	if !reflect.DeepEqual(e, run(8, n)) || !reflect.DeepEqual(e.X[:3000], run(2, 3000).X) {
		t.Error("trajectories depend on GOMAXPROCS or on how many there are")
	}
	// The law of the Ornstein-Uhlenbeck process at 0.6, and the energy that is gone.
	mean, v := 1.2*math.Exp(-1.2), .35+(.25-.35)*math.Exp(-2.4)
	reftest.Near(t, "mean", stat.Mean(e.X, nil), mean, 0, 5*math.Sqrt(v/n))
	reftest.Near(t, "variance", stat.Variance(e.X, nil), v, 0, 5*v*math.Sqrt(2./n))
	reftest.Near(t, "heat", e.Heat.Value, 1.44+.25-mean*mean-v, 0, 5*e.Heat.StdErr)
	if c := stat.Correlation(e.X[1:], e.X[:n-1], nil); math.Abs(c) > 5/math.Sqrt(n) {
		t.Errorf("neighbours correlate by %v", c)
	}
	var value *measure.ValueError
	for name, c := range map[string]func() error{
		"K":     func() error { _, err := (Trap{0, 1}).Ensemble(ctx, x, dt, 1, rng.New(1)); return err },
		"T":     func() error { _, err := (Trap{1, -1}).Ensemble(ctx, x, dt, 1, rng.New(1)); return err },
		"dt":    func() error { _, err := trap.Ensemble(ctx, x, math.NaN(), 1, rng.New(1)); return err },
		"steps": func() error { _, err := trap.Ensemble(ctx, x, dt, 0, rng.New(1)); return err },
		"x":     func() error { _, err := trap.Ensemble(ctx, []float64{1, math.NaN()}, dt, 1, rng.New(1)); return err },
	} {
		if err := c(); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := trap.Ensemble(cancelled, x, dt, 1, rng.New(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// One particle's step.
func BenchmarkEnsemble(b *testing.B) {
	const n, steps = 8192, 100
	x := make([]float64, n)
	for b.Loop() {
		if _, err := (Trap{1, 1}).Ensemble(context.Background(), x, .01, steps, rng.New(1)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(n*steps), "ns/particle-step")
}
