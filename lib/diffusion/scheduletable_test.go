package diffusion

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// tabulated returns the table of a schedule at the given times.
func tabulated(t *testing.T, s Schedule, times []float64) *Table {
	t.Helper()
	var m, sigma []float64
	for _, tt := range times {
		c := s.At(tt)
		m, sigma = append(m, c.M), append(sigma, c.Sigma())
	}
	tab, err := NewTable(times, m, sigma)
	if err != nil {
		t.Fatalf("%T: %v", s, err)
	}
	return tab
}

// A table passes through its values, has the derivatives that it says, and
// approaches the schedule that it was made of, at both ends too.
func TestTableAgainstSchedules(t *testing.T) {
	for _, s := range every {
		tau := s.Tau()
		var worst [2]float64
		for pass, n := range []int{50, 200} {
			times := make([]float64, n+1) // closer together at both ends
			for i := range times {
				x := math.Sin(math.Pi / 2 * float64(i) / float64(n))
				times[i] = tau * x * x
			}
			times[n] = tau
			tab := tabulated(t, s, times)
			if tab.Tau() != tau {
				t.Errorf("%T: Tau is %v", s, tab.Tau())
			}
			for _, tt := range times {
				a, b := s.At(tt), tab.At(tt)
				reftest.Near(t, "m at a knot", b.M, a.M, 1e-12, 0)
				reftest.Near(t, "σ at a knot", b.Sigma(), a.Sigma(), 1e-12, 0)
			}
			for i := 1; i < 1000; i++ {
				x := math.Sin(math.Pi / 2000 * float64(i))
				a, b := s.At(tau*x*x), tab.At(tau*x*x)
				scale := math.Hypot(a.M, a.Sigma())
				worst[pass] = max(worst[pass], math.Abs(b.M-a.M)/scale, math.Abs(b.Sigma()-a.Sigma())/scale)
				if i > 50 && i < 950 && pass == 1 {
					reftest.Near(t, "T", b.T(), a.T(), .05, 0)
				}
			}
			if err := CheckSchedule(tab); err != nil {
				t.Errorf("%T: %v", s, err)
			}
		}
		if worst[1] > 1e-4 || worst[1] > worst[0]/4+1e-12 {
			t.Errorf("%T: off by %.2g with 50 intervals, %.2g with 200", s, worst[0], worst[1])
		}
	}
	// Preserved exactly between the times: the variance, and a constant m.
	vp, ve := tabulated(t, VPLinear{}, flow.Times(0, 1, 9)), tabulated(t, EDM{}, []float64{0, .1, 3, 80})
	for _, u := range []float64{.001, .3, .77, .999} {
		a, b := vp.At(u), ve.At(80*u)
		reftest.Near(t, "m² + σ²", a.M*a.M+a.Var, 1, 1e-15, 0)
		reftest.Near(t, "its slope", 2*a.M*a.DM+a.DVar, 0, 0, 1e-13)
		if b.M != 1 || b.DM != 0 {
			t.Errorf("m of a variance-exploding table is %v", b.M)
		}
	}
	// Exactly: one interval is straight in the share of noise, three points of a
	// parabola are that parabola, and a log-SNR that falls straight does so.
	two, three, song := tabulated(t, LinearVP{}, []float64{0, 1}), tabulated(t, LinearVP{}, []float64{0, .4, 1}), tabulated(t, VESong{}, flow.Times(0, 1, 5))
	for _, u := range []float64{0, .001, .3, .77, .999, 1} {
		reftest.Near(t, "σ² of two", two.At(u).Var, u, 1e-15, 0)
		reftest.Near(t, "σ² of three", three.At(u).Var, LinearVP{}.At(u).Var, 1e-14, 0)
		reftest.Near(t, "m of three", three.At(u).M, LinearVP{}.At(u).M, 1e-12, 0)
		reftest.Near(t, "σ²", song.At(u).Var, VESong{}.At(u).Var, 1e-13, 0)
		reftest.Near(t, "dσ²/dt", song.At(u).DVar, VESong{}.At(u).DVar, 1e-12, 0)
	}
	reftest.Near(t, "ṁ at the cosine's end", tabulated(t, Cosine{}, flow.Times(0, 1, 20)).At(1).DM, -math.Pi/2, .01, 0)
	reftest.Near(t, "σ² of two", tabulated(t, LinearVP{Duration: 4}, []float64{0, 4}).At(1).Var, .25, 1e-15, 0)
	half, err := NewTable([]float64{0, 1, 2}, []float64{.5, .5, .5}, []float64{0, .5, 1})
	if err != nil {
		t.Fatal(err)
	}
	c := half.At(1.5)
	reftest.Near(t, "σ between", c.Sigma(), .75, .05, 0)
	reftest.Near(t, "its slope", c.DSigma(), .5, .15, 0)
	// m ends at 0 with a finite slope, as CondOT's does, from values that may not
	// be read otherwise.
	end := tabulated(t, CondOT{}, flow.Times(0, 1, 100)).At(1)
	if end.M != 0 {
		t.Errorf("m at the end is %v", end.M)
	}
	reftest.Near(t, "ṁ at the end", end.DM, -1, .05, 0)
	if c := tabulated(t, VPGeodesic{}, flow.Times(0, 1, 100)).At(1); c.M != 0 || !math.IsInf(c.DM, -1) || math.Abs(c.DVar-4./3) > .01 {
		t.Errorf("the geodesic's end: %+v", c)
	}
}

func TestTableDerivatives(t *testing.T) {
	key := rng.New(11).Rand()
	for range 50 {
		// Random noise levels: nothing smooth to be kind to it.
		times, m, sigma := []float64{0}, []float64{.5 + key.Float64()}, []float64{.1}
		ratio := .1 / m[0]
		for i := range 6 {
			times = append(times, times[i]+.1+key.Float64())
			ratio *= math.Exp(3 * key.Float64() * float64(i%2)) // every other stretch stands still
			m = append(m, .2+key.Float64())
			sigma = append(sigma, ratio*m[i+1])
		}
		tab, err := NewTable(times, m, sigma)
		if err != nil {
			t.Fatal(err)
		}
		before := math.Inf(1)
		for i := range 500 {
			tt := tab.Tau() * (float64(i) + .5) / 500
			c := tab.At(tt)
			if c.T() < 0 || c.LogSNR() > before+1e-12 {
				t.Fatalf("T is %v, the log-SNR %v after %v", c.T(), c.LogSNR(), before)
			}
			before = c.LogSNR()
			h := &fd.Settings{Formula: fd.Central, Step: 1e-6}
			reftest.Near(t, "ṁ", c.DM, fd.Derivative(func(t float64) float64 { return tab.At(t).M }, tt, h), 1e-5, 1e-4)
			reftest.Near(t, "dσ²/dt", c.DVar, fd.Derivative(func(t float64) float64 { return tab.At(t).Var }, tt, h), 1e-5, 1e-4*max(1, c.Var))
		}
	}
}

func TestTableErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	var ve *measure.ValueError
	for name, v := range map[string][3][]float64{
		"not from 0":       {{.1, 1}, {1, .5}, {0, 1}},
		"times stand":      {{0, 1, 1}, {1, .5, .4}, {0, 1, 2}},
		"NaN time":         {{0, nan}, {1, .5}, {0, 1}},
		"infinite time":    {{0, inf}, {1, .5}, {0, 1}},
		"NaN m":            {{0, 1}, {1, nan}, {0, 1}},
		"negative m":       {{0, 1}, {1, -1}, {0, 1}},
		"m is 0 too early": {{0, 1, 2}, {1, 0, 0}, {0, 1, 1}},
		"NaN σ":            {{0, 1}, {1, .5}, {nan, 1}},
		"negative σ":       {{0, 1}, {1, .5}, {-1, 1}},
		"infinite σ":       {{0, 1}, {1, .5}, {0, inf}},
		"σ is 0 too late":  {{0, 1, 2}, {1, 1, 1}, {0, 0, 1}},
	} {
		if _, err := NewTable(v[0], v[1], v[2]); !errors.As(err, &ve) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewTable([]float64{0}, []float64{1}, []float64{1}); err == nil {
		t.Error("a table of one time")
	}
	if _, err := NewTable([]float64{0, 1}, []float64{1}, []float64{1, 2}); err == nil {
		t.Error("a table with a missing m")
	}
	var neg *NegativeTemperatureError
	if _, err := NewTable([]float64{0, 1, 2}, []float64{1, .5, .5}, []float64{0, 1, .9}); !errors.As(err, &neg) || neg.Time != 1.5 || math.Abs(neg.T-.9*math.Log(.9)) > 1e-12 {
		t.Errorf("noise that falls: %v", err)
	}
	if _, err := NewTable([]float64{0, 1, 2}, []float64{1, .5, .5}, []float64{0, 1, 1 - 1e-9}); !errors.As(err, &neg) {
		t.Errorf("noise that falls a little: %v", err)
	}
	tab := tabulated(t, VPLinear{}, []float64{0, 1})
	for _, tt := range []float64{-1, 1.1, nan} {
		mustPanic(t, "time", func() { tab.At(tt) })
	}
}

func TestFunc(t *testing.T) {
	s, err := NewSignalNoise(1,
		func(t float64) float64 { return 1 - t }, func(t float64) float64 { return -1 },
		func(t float64) float64 { return t }, func(t float64) float64 { return 1 })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.At(.3), (CondOT{}).At(.3); got != want || s.Tau() != 1 {
		t.Errorf("%+v, want %+v", got, want)
	}
	mustPanic(t, "time", func() { s.At(1.1) })
	for _, s := range every {
		if _, err := NewFunc(s.Tau(), s.At); err != nil {
			t.Errorf("%T: %v", s, err)
		}
	}
	one := func(float64) float64 { return 1 }
	zero := func(float64) float64 { return 0 }
	down := func(t float64) float64 { return 2 - t }
	var ve *measure.ValueError
	var neg *NegativeTemperatureError
	if _, err := NewSignalNoise(1, one, zero, down, func(float64) float64 { return -1 }); !errors.As(err, &neg) {
		t.Errorf("noise that falls: %v", err)
	}
	for name, f := range map[string]func() (*Func, error){
		"no duration": func() (*Func, error) { return NewFunc(math.NaN(), CondOT{}.At) },
		"wrong ṁ":     func() (*Func, error) { return NewSignalNoise(1, down, func(float64) float64 { return -3 }, one, zero) },
		"ṁ off by 1%": func() (*Func, error) {
			return NewSignalNoise(1, down, func(float64) float64 { return -1.01 }, one, zero)
		},
		"wrong σ̇": func() (*Func, error) {
			return NewSignalNoise(1, one, zero, func(t float64) float64 { return 1 + t }, zero)
		},
		"NaN": func() (*Func, error) {
			return NewSignalNoise(1, func(t float64) float64 { return math.Sqrt(.5 - t) }, zero, one, zero)
		},
		"negative m": func() (*Func, error) {
			return NewSignalNoise(1, func(t float64) float64 { return .5 - t }, func(float64) float64 { return -1 }, one, zero)
		},
		"nothing at all": func() (*Func, error) { return NewSignalNoise(1, zero, zero, zero, zero) },
		"infinite inside": func() (*Func, error) {
			return NewSignalNoise(1, one, zero, one, func(float64) float64 { return math.Inf(1) })
		},
		"infinite ṁ": func() (*Func, error) {
			return NewSignalNoise(1, one, func(float64) float64 { return math.Inf(-1) }, one, zero)
		},
		"infinite σ": func() (*Func, error) {
			return NewSignalNoise(1, one, zero, func(float64) float64 { return math.Inf(1) }, zero)
		},
		"NaN derivative": func() (*Func, error) {
			return NewSignalNoise(1, one, math.Sqrt, func(t float64) float64 { return math.Sqrt(t - 2) }, zero)
		},
	} {
		if _, err := f(); !errors.As(err, &ve) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []float64{math.NaN(), -1, math.Inf(1)} {
		if _, err := NewFunc(1, func(float64) measure.Coeffs { return measure.Coeffs{M: 1, Var: bad} }); !errors.As(err, &ve) {
			t.Errorf("σ² = %v: %v", bad, err)
		}
	}
	if _, err := NewFunc(1, nil); err == nil {
		t.Error("a nil function")
	}
	if _, err := NewSignalNoise(1, one, zero, one, nil); err == nil {
		t.Error("a nil derivative")
	}
}
