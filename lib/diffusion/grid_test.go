package diffusion

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func TestReferenceGrids(t *testing.T) {
	for id, make := range map[string]func(n int, lo, hi, rho float64) []float64{
		"grid/karras":      KarrasSigmas,
		"grid/exponential": func(n int, lo, hi, _ float64) []float64 { return ExponentialSigmas(n, lo, hi) },
	} {
		c := reftest.Load(t, "testdata/schedules.json", id)[0]
		var in struct {
			N        int
			SigmaMin float64 `json:"sigma_min"`
			SigmaMax float64 `json:"sigma_max"`
			Rho      float64
		}
		var want struct{ Sigma []float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		near(t, id, make(in.N, in.SigmaMin, in.SigmaMax, in.Rho), want.Sigma, c.RTol, c.ATol)
	}
	for _, c := range reftest.Load(t, "testdata/schedules.json", "ddpm/timestep-spacing") {
		var in struct{ N, Steps int }
		raw := map[string]int{}
		reftest.Decode(t, c.Input, &raw) // N and n differ by case only
		in.N, in.Steps = raw["N"], raw["n"]
		var want map[string]json.RawMessage
		reftest.Decode(t, c.Want, &want)
		for name, steps := range map[string]func(total, n int) []int{"leading": LeadingTimesteps, "trailing": TrailingTimesteps, "linspace": LinspaceTimesteps} {
			var list []int
			reftest.Decode(t, want[name], &list)
			got := steps(in.N, in.Steps)
			if len(got) != len(list) {
				t.Fatalf("%s: %v", name, got)
			}
			for i := range got {
				if got[i] != list[i] {
					t.Errorf("%s: %v, want %v", name, got, list)
				}
			}
		}
	}
}

func TestSigmaTimes(t *testing.T) {
	sigmas := KarrasSigmas(9, .01, 30, 7)
	for _, s := range []Schedule{EDM{}, VPLinear{}, Cosine{}, CondOT{Duration: 2}, SubVP{}, VE{}, plain{LinearVP{}}} {
		times, err := SigmaTimes(s, sigmas)
		if err != nil {
			t.Fatalf("%T: %v", s, err)
		}
		if err := CheckGrid(s, times); err != nil {
			t.Errorf("%T: %v", s, err)
		}
		for i, tt := range times {
			reftest.Near(t, "σ/m", noiseLevel(s.At(tt)), sigmas[i], 1e-12, 0)
		}
	}
	var ve *measure.ValueError
	for _, bad := range []float64{-1, math.NaN(), 81} {
		if _, err := SigmaTimes(EDM{}, []float64{bad, 0}); !errors.As(err, &ve) {
			t.Errorf("σ = %v: %v", bad, err)
		}
	}
	if _, err := SigmaTimes(VESong{}, []float64{1, 0}); !errors.As(err, &ve) {
		t.Errorf("a level below the schedule's least: %v", err)
	}
}

func TestLogSNRTimes(t *testing.T) {
	for _, s := range []Schedule{Cosine{}, plain{SubVP{}}, VE{}} {
		times, err := LogSNRTimes(s, .99, .01, 12)
		if err != nil {
			t.Fatal(err)
		}
		if len(times) != 13 || times[0] != .99 || times[12] != .01 {
			t.Errorf("%v", times)
		}
		a, b := s.At(.99).LogSNR(), s.At(.01).LogSNR()
		for i, tt := range times {
			reftest.Near(t, "λ", s.At(tt).LogSNR(), a+(b-a)*float64(i)/12, 1e-13, 1e-13)
		}
	}
	// The reference grid of the 12-step cosine sampler.
	times, _ := LogSNRTimes(Cosine{}, .99, .01, 12)
	reftest.Near(t, "third", times[3], .9206221908652898, 1e-12, 0)
	var ve *measure.ValueError
	for _, ends := range [][2]float64{{1, .1}, {.5, 0}, {1.1, .1}, {math.NaN(), .1}, {.9, -1}} {
		if _, err := LogSNRTimes(Cosine{}, ends[0], ends[1], 3); !errors.As(err, &ve) {
			t.Errorf("%v: %v", ends, err)
		}
	}
}

func TestShiftAndQuadraticTimes(t *testing.T) {
	near(t, "shifted", ShiftTimes([]float64{1, .5, .25, 0}, 3, 1), []float64{1, .75, .5, 0}, 1e-15, 0)
	s := CondOT{Duration: 4}
	for i, tt := range ShiftTimes([]float64{3.9, 2, .01}, 3, 4) { // a shift of the log-SNR
		from := []float64{3.9, 2, .01}[i]
		reftest.Near(t, "λ", s.At(tt).LogSNR(), s.At(from).LogSNR()-2*math.Log(3), 1e-12, 1e-13)
	}
	near(t, "undone", ShiftTimes(ShiftTimes([]float64{.9, .3, 1e-9}, 5, 1), .2, 1), []float64{.9, .3, 1e-9}, 1e-14, 0)
	near(t, "quadratic", QuadraticTimes(4, 0, 4), []float64{4, 2.25, 1, .25, 0}, 1e-15, 0)
	near(t, "timesteps", TimestepTimes([]int{999, 9, 0}), []float64{1000, 10, 1, 0}, 0, 0)
	for name, steps := range map[string][]int{"leading": LeadingTimesteps(10, 1), "linspace": LinspaceTimesteps(10, 1)} {
		if len(steps) != 1 || steps[0] != 0 {
			t.Errorf("%s: a single step is %v", name, steps)
		}
	}
	if s := TrailingTimesteps(10, 1); len(s) != 1 || s[0] != 9 {
		t.Errorf("trailing: a single step is %v", s)
	}
	near(t, "single", KarrasSigmas(1, .1, 2, 7), []float64{2, 0}, 0, 0)
	if k := KarrasSigmas(3, .002, 80, 7); k[0] != 80 || k[2] != .002 {
		t.Errorf("the ends are rounded: %v", k)
	}
}

func TestBadGrids(t *testing.T) {
	var ge *GridError
	for _, bad := range [][]float64{{.5, .5}, {.1, .2}, {1.1, 0}, {1, math.NaN()}, {1, -.1}} {
		if err := CheckGrid(CondOT{}, bad); !errors.As(err, &ge) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if CheckGrid(CondOT{}, []float64{1}) == nil || CheckGrid(CondOT{}, flow.Times(1, 0, 4)) != nil {
		t.Error("a single time is no grid, equal steps are one")
	}
	nan := math.NaN()
	for name, f := range map[string]func(){
		"karras n":      func() { KarrasSigmas(0, 1, 2, 7) },
		"karras ρ":      func() { KarrasSigmas(3, 1, 2, 0) },
		"karras σ":      func() { KarrasSigmas(3, 2, 1, 7) },
		"exponential σ": func() { ExponentialSigmas(3, 0, 1) },
		"exponential":   func() { ExponentialSigmas(3, 1, nan) },
		"shift":         func() { ShiftTimes([]float64{.5}, -1, 1) },
		"shifted":       func() { ShiftTimes([]float64{1.5}, 2, 1) },
		"shift τ":       func() { ShiftTimes([]float64{.5}, 2, nan) },
		"quadratic n":   func() { QuadraticTimes(1, 0, 0) },
		"quadratic":     func() { QuadraticTimes(1, -1, 3) },
		"quadratic NaN": func() { QuadraticTimes(nan, 1, 3) },
		"log-SNR n":     func() { _, _ = LogSNRTimes(VE{}, .9, .1, 0) },
		"leading":       func() { LeadingTimesteps(10, 11) },
		"trailing":      func() { TrailingTimesteps(10, 0) },
		"linspace":      func() { LinspaceTimesteps(0, 1) },
		"step":          func() { TimestepTimes([]int{-1}) },
	} {
		mustPanic(t, name, f)
	}
}
