package thermo

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func TestSensoryAdaptation(t *testing.T) {
	ctx := context.Background()
	s := SensoryAdaptation{Fast: 5, Slow: 1, Gain: 2, T: .1, Stimulus: func(t float64) float64 { return 1 }}
	p, err := s.Process(ctx, 0, 20)
	if err != nil {
		t.Fatal(err)
	}
	mean := func(at float64) float64 { return p.Path.At(at).(measure.Moments).Mean(nil)[0] }
	if peak := mean(.4); !(peak > 1) {
		t.Errorf("the answer to a step is %v", peak)
	}
	reftest.Near(t, "adapted activity", mean(20), 0, 0, 1e-3)
	reftest.Near(t, "accuracy", s.Accuracy(p, 1, 20), 1, 0, 1e-3)
	// A leak leaves a = Gain s − m with Slow a = Leak m.
	s.Leak = .25
	q, err := s.Process(ctx, 0, 30)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "accuracy with a leak", s.Accuracy(q, 1, 30), 1-.25/1.25, 0, 1e-6)
	// Holding costs: the steady state turns. ν = M x, σ = tr(M Σ Mᵀ)/T.
	split, err := SplitAt(q, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !(split.Housekeeping.Value > .1) || split.Excess.Value > 2*s.Gain*s.Gain*s.Fast*s.Fast {
		t.Errorf("%+v", split)
	}
	held := s
	held.Stimulus = func(float64) float64 { return 0 }
	still, err := held.Process(ctx, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	at, err := SplitAt(still, .5)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "excess at rest", at.Excess.Value, 0, 0, 1e-12)
	reftest.Near(t, "housekeeping at rest", at.Housekeeping.Value, at.Total.Value, 1e-9, 0)
	runaway := SensoryAdaptation{Fast: 1, Slow: -3, Gain: 1, T: 1, Stimulus: held.Stimulus}
	var none *SteadyStateError
	if _, err := runaway.Process(ctx, 0, 1); !errors.As(err, &none) {
		t.Errorf("a memory with the wrong sign: %v", err)
	}
	if _, err := (SensoryAdaptation{Fast: 1, Slow: 1, T: 1}).Process(ctx, 0, 1); err == nil {
		t.Error("no stimulus: no error")
	}
}

func TestHopfield(t *testing.T) {
	ctx := context.Background()
	patterns := mat.NewDense(3, 4, nil)
	eps := make([]float64, 12)
	rng.New(1).Normal(eps)
	for i, v := range eps {
		patterns.Set(i/4, i%4, 2*v)
	}
	h := Hopfield{Patterns: patterns, B: .3, T: .3}
	// The force is minus the energy's gradient.
	x := []float64{.3, -1, .7, .2}
	energy := func(x []float64) float64 {
		e := make([]float64, 1)
		h.Energy(e, mat.NewDense(1, 4, append([]float64(nil), x...)))
		return e[0]
	}
	f := mat.NewDense(1, 4, append([]float64(nil), x...))
	h.Force().At(0).Apply(f, f)
	for j, g := range fd.Gradient(nil, energy, x, &fd.Settings{Formula: fd.Central}) {
		reftest.Near(t, "force", f.At(0, j), -g, 1e-6, 1e-7)
	}
	// At T = B the equilibrium is a mixture, whose score is the force over T.
	var weights []float64
	var parts []*measure.Gaussian
	for k := range 3 {
		row := patterns.RawRowView(k)
		square := 0.0
		for _, v := range row {
			square += v * v
		}
		weights = append(weights, math.Exp(square/(2*h.T)-20))
		g, err := measure.NewGaussian(row, mat.NewDiagDense(4, []float64{h.T, h.T, h.T, h.T}))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, g)
	}
	law, err := measure.NewMixture(weights, parts)
	if err != nil {
		t.Fatal(err)
	}
	score := mat.NewDense(1, 4, append([]float64(nil), x...))
	law.Score(score, score)
	for j := range 4 {
		reftest.Near(t, "T score", h.T*score.At(0, j), f.At(0, j), 1e-9, 1e-9)
	}
	// Slightly spoilt patterns come back, and the energy falls; too much heat forgets them.
	cool := Hopfield{Patterns: patterns, B: .3, T: .01}
	r, err := cool.Retrieve(ctx, .5, 4, 600, 400, rng.New(2))
	if err != nil {
		t.Fatal(err)
	}
	if !(r.Accuracy.Value > .97) || !(r.Heat.Value > 5*r.Heat.StdErr) {
		t.Errorf("accuracy %v, heat %v", r.Accuracy, r.Heat)
	}
	hot := Hopfield{Patterns: patterns, B: .3, T: 30}
	forgot, err := hot.Retrieve(ctx, .5, 20, 600, 2000, rng.New(2))
	if err != nil {
		t.Fatal(err)
	}
	if !(forgot.Accuracy.Value < .7) {
		t.Errorf("accuracy at T = 30: %v", forgot.Accuracy)
	}
	if v := stat.Variance(mat.Col(nil, 0, forgot.End), nil); !(v > 20) {
		t.Errorf("variance at T = 30: %v", v)
	}
	var value *measure.ValueError
	for name, h := range map[string]Hopfield{"B": {patterns, 0, 1}, "T": {patterns, 1, -1}, "NaN": {mat.NewDense(1, 1, []float64{math.NaN()}), 1, 1}} {
		if _, err := h.Retrieve(ctx, .1, 1, 10, 10, rng.New(1)); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Hopfield{B: 1, T: 1}).Retrieve(ctx, .1, 1, 10, 10, rng.New(1)); err == nil {
		t.Error("no patterns: no error")
	}
}
