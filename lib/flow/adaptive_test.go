package flow

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// transportAdaptive returns the last state.
func transportAdaptive(t testing.TB, x *mat.Dense, v Field, times []float64, opt AdaptiveOptions) State {
	t.Helper()
	var last State
	for s, err := range SolveAdaptive(context.Background(), x, v, times, opt) {
		if err != nil {
			t.Fatal(err)
		}
		last = s
	}
	return last
}

func TestAdaptiveMeetsItsTolerance(t *testing.T) {
	exact := []float64{math.Exp(.5) * math.Cos(20), math.Exp(.5) * math.Sin(20)}
	x := mat.NewDense(1, 2, []float64{1, 0})
	before := 0.0
	for _, tol := range []float64{1e-4, 1e-6, 1e-8, 1e-10} {
		for _, times := range [][]float64{{0, 1}, Times(0, 1, 7)} {
			s := transportAdaptive(t, x, spiral(.5, 20), times, AdaptiveOptions{RTol: tol, ATol: tol})
			e := math.Hypot(s.X.At(0, 0)-exact[0], s.X.At(0, 1)-exact[1])
			if e > 30*tol {
				t.Errorf("error %v at tolerance %v", e, tol)
			}
			if len(times) > 2 {
				continue
			}
			// Order 5: a hundredth of the tolerance takes 100^(1/5) = 2.5 times
			// the work.
			if ratio := s.Evaluations / before; before > 0 && (ratio < 1.5 || ratio > 4) {
				t.Errorf("%v evaluations at tolerance %v, %v before", s.Evaluations, tol, before)
			}
			before = s.Evaluations
		}
	}
}

// The order is fitted on steps of one size: those of the grid, which a wide
// tolerance lets pass.
func TestAdaptiveOrder(t *testing.T) {
	v := spiral(.5, 2)
	errorOf := func(n int) float64 {
		x := []float64{1, 0}
		s := newDormand(x, 2, 0, AdaptiveOptions{RTol: 1e-300, ATol: 1e9})
		times := Times(0, 1, n)
		for i := range n {
			s.begin(v, times[i], times[i+1])
			s.begun, s.wanted[0] = true, 1
			if err := s.advance(context.Background(), v, times[i], times[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		if s.evaluations != 7*n {
			t.Errorf("%d evaluations in %d steps", s.evaluations, n)
		}
		return math.Hypot(x[0]-math.Exp(.5)*math.Cos(2), x[1]-math.Exp(.5)*math.Sin(2))
	}
	reftest.Near(t, "measured order", math.Log2(errorOf(16)/errorOf(64))/2, 5, 0, .1)
}

// A particle's result has the same bits whoever is with it.
func TestAdaptiveParticlesDontSeeEachOther(t *testing.T) {
	const n = 1300
	// Stiff at the origin's neighbourhood, easy outside.
	v := FieldFunc(func(t float64) Map {
		return LineMap(func(x float64) float64 { return math.Cos(3*t) - 40*x/(1+x*x*100) })
	})
	x := mat.NewDense(n, 1, nil)
	for i := range n {
		x.Set(i, 0, 6*math.Sin(float64(i*i)))
	}
	all := mat.DenseCopyOf(transportAdaptive(t, x, v, []float64{1, .4, 0}, AdaptiveOptions{}).X)
	for _, procs := range []int{1, 8} {
		before := runtime.GOMAXPROCS(procs)
		if !mat.Equal(transportAdaptive(t, x, v, []float64{1, .4, 0}, AdaptiveOptions{}).X, all) {
			t.Errorf("other bits with GOMAXPROCS = %d", procs)
		}
		runtime.GOMAXPROCS(before)
	}
	for _, i := range []int{0, 1, 77, 1299} {
		alone := transportAdaptive(t, x.Slice(i, i+1, 0, 1).(*mat.Dense), v, []float64{1, .4, 0}, AdaptiveOptions{})
		if alone.X.At(0, 0) != all.At(i, 0) {
			t.Errorf("particle %d is at %v alone and at %v in company", i, alone.X.At(0, 0), all.At(i, 0))
		}
	}
}

// Evaluations are counted as the field sees them, and At is shared.
func TestAdaptiveCounts(t *testing.T) {
	var rows, ats atomic.Int64
	v := FieldFunc(func(t float64) Map {
		ats.Add(1)
		return MapFunc(func(dst, x *mat.Dense) {
			n, _ := x.Dims()
			rows.Add(int64(n))
			for i := range n {
				dst.Set(i, 0, -x.At(i, 0)*(1+t))
			}
		})
	})
	const n = 200
	x := mat.NewDense(n, 1, nil)
	for i := range n {
		x.Set(i, 0, 1+float64(i%3))
	}
	s := transportAdaptive(t, x, v, []float64{0, 2}, AdaptiveOptions{})
	reftest.Near(t, "evaluations", s.Evaluations, float64(rows.Load())/n, 1e-12, 0)
	if a, r := ats.Load(), rows.Load(); a > r/20 {
		t.Errorf("%d calls of At for %d rows", a, r)
	}
	reftest.Near(t, "x(2)", s.X.At(0, 0), math.Exp(-4), 1e-5, 0)
	var euler State
	for st := range Solve(context.Background(), x, v, Times(0, 1, 10), RK4{}) {
		euler = st
	}
	reftest.Near(t, "evaluations of RK4", euler.Evaluations, 40, 0, 0)
}

func TestAdaptiveErrors(t *testing.T) {
	x := mat.NewDense(100, 1, nil)
	x.Set(70, 0, 1)
	// dx/dt = x² from 1 reaches infinity at t = 1.
	blowUp := FieldFunc(func(float64) Map { return LineMap(func(x float64) float64 { return x * x }) })
	var err error
	for _, err = range SolveAdaptive(context.Background(), x, blowUp, []float64{0, 2}, AdaptiveOptions{}) {
	}
	var small *StepSizeError
	if !errors.As(err, &small) || small.Row != 70 || math.Abs(small.T-1) > 1e-3 {
		t.Errorf("error %v, want a StepSizeError of particle 70 at t = 1", err)
	}
	for _, opt := range []AdaptiveOptions{{RTol: -1}, {ATol: math.NaN()}, {ATol: math.Inf(1)}} {
		for _, err = range SolveAdaptive(context.Background(), x, blowUp, []float64{0, .5}, opt) {
		}
		var value *measure.ValueError
		if !errors.As(err, &value) {
			t.Errorf("%+v: error %v, want a ValueError", opt, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := FieldFunc(func(t float64) Map {
		if t > .3 {
			cancel()
		}
		return LineMap(func(x float64) float64 { return math.Sin(300 * x * t) })
	})
	for _, err = range SolveAdaptive(ctx, x, stop, []float64{0, 10}, AdaptiveOptions{}) {
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want one that wraps context.Canceled", err)
	}
}
