package diffusion

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func retime(t *testing.T, s Schedule, c Clock, err error) Schedule {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Retime(s, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// By a clock of log-SNR, every variance-preserving schedule is LogSNRUniform.
func TestUniformLogSNR(t *testing.T) {
	want := LogSNRUniform{Max: 8, Min: -6, Duration: 3}
	for _, s := range []Schedule{Cosine{}, VPLinear{}, NicholDhariwal{}, LinearVP{}, VPGeodesic{}, plain{Cosine{}}} {
		from, err1 := TimeOfLogSNR(s, 8)
		to, err2 := TimeOfLogSNR(s, -6)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		c, err := UniformLogSNR(s, from, to, ClockOptions{Duration: 3})
		r := retime(t, s, c, err)
		if r.Tau() != 3 {
			t.Errorf("Tau is %v", r.Tau())
		}
		for _, theta := range []float64{0, .01, 1, 2.2, 2.999, 3} {
			a, b := r.At(theta), want.At(theta)
			reftest.Near(t, "m", a.M, b.M, 1e-12, 0)
			reftest.Near(t, "ṁ", a.DM, b.DM, 1e-12, 0)
			reftest.Near(t, "σ²", a.Var, b.Var, 1e-12, 0)
			reftest.Near(t, "dσ²/dt", a.DVar, b.DVar, 1e-12, 0)
			reftest.Near(t, "λ̇", a.DLogSNR(), -14./3, 1e-12, 0)
		}
		if err := CheckSchedule(r); err != nil {
			t.Error(err)
		}
	}
}

// w2Rate is the W₂ speed of N(0, s²) under a schedule.
func w2Rate(s Schedule, sd float64) func(float64) float64 {
	return func(t float64) float64 {
		c := s.At(t)
		return math.Abs(c.M*c.DM*sd*sd+c.DVar/2) / math.Sqrt(c.M*c.M*sd*sd+c.Var)
	}
}

// A clock of W₂ length makes the speed constant, from the rate or from a table
// of the length; the cosine schedule then is the geodesic in its family.
func TestClocksOfLength(t *testing.T) {
	const sd = .5
	rate := w2Rate(Cosine{}, sd)
	c, err := NewFuncClock(rate, 0, 1, ClockOptions{Duration: 2})
	r := retime(t, Cosine{}, c, err)
	want := VPGeodesic{SD: sd, Duration: 2}
	for _, theta := range []float64{1e-6, .1, 1, 1.7, 1.99} {
		a, b := r.At(theta), want.At(theta)
		reftest.Near(t, "m", a.M, b.M, 1e-9, 0)
		reftest.Near(t, "σ²", a.Var, b.Var, 1e-9, 0)
		reftest.Near(t, "ṁ", a.DM, b.DM, 1e-8, 0)
		reftest.Near(t, "dσ²/dt", a.DVar, b.DVar, 1e-8, 0)
	}
	end := r.At(2) // there dt/dθ is infinite
	if c := want.At(2); end.M != 0 || end.Var != 1 || !math.IsInf(end.DM, -1) {
		t.Errorf("the end is %+v, want %+v", end, c)
	}
	reftest.Near(t, "dσ²/dt at the end", end.DVar, want.At(2).DVar, 1e-4, 0)
	// A clock that stops there makes ṁ finite again.
	slow, err := Retime(VPGeodesic{SD: sd}, stopping{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "ṁ at the end", slow.At(1).DM, -math.Sqrt(4./3), 1e-4, 0)
	// From a table of the standard deviation so far, which is the length.
	var times, length []float64
	for i := range 201 {
		tt := float64(i) / 200
		k := Cosine{}.At(tt)
		times, length = append(times, tt), append(length, math.Sqrt(k.M*k.M*sd*sd+k.Var))
	}
	c, err = NewClock(times, length, ClockOptions{})
	r = retime(t, Cosine{}, c, err)
	if r.Tau() != 1 {
		t.Errorf("Tau is %v", r.Tau())
	}
	for _, theta := range []float64{0, .2, .5, .9} {
		reftest.Near(t, "time", mustTime(c, theta), arccos(theta, sd), 1e-4, 1e-4)
	}
	for _, theta := range []float64{.1, .5, .9} {
		reftest.Near(t, "speed", w2Rate(r, sd)(theta), .5, .001, 0)
	}
	for _, theta := range []float64{0, .5} { // the rate is the derivative of the time
		_, rate := c.Time(theta + 1e-3)
		got := fd.Derivative(func(x float64) float64 { return mustTime(c, x) }, theta+1e-3, &fd.Settings{Formula: fd.Central, Step: 1e-7})
		reftest.Near(t, "dt/dθ", rate, got, 1e-6, 0)
	}
	if a, b := mustTime(c, 0), mustTime(c, 1); a != 0 || b != 1 {
		t.Errorf("the clock runs from %v to %v", a, b)
	}
}

// stopping is the clock t = 1 − (1 − θ)².
type stopping struct{}

func (stopping) Tau() float64 { return 1 }
func (stopping) Time(theta float64) (t, rate float64) {
	return 1 - (1-theta)*(1-theta), 2 * (1 - theta)
}

func mustTime(c Clock, theta float64) float64 { t, _ := c.Time(theta); return t }

// arccos is the time at which Cosine has moved N(0, sd²) the share θ of its way.
func arccos(theta, sd float64) float64 {
	q := sd + (1-sd)*theta
	return 2 / math.Pi * math.Acos(math.Sqrt((1-q*q)/(1-sd*sd)))
}

// A re-timed schedule has the marginals of the other time; drift and
// temperature are those of it times the rate.
func TestRetimeScales(t *testing.T) {
	c, err := NewClock([]float64{.1, .5, .8}, []float64{3, 4, 9}, ClockOptions{Duration: 5})
	s := VPLinear{}
	r := retime(t, s, c, err)
	for _, theta := range []float64{0, .3, 1, 2.5, 4.9, 5} {
		tt, rate := c.Time(theta)
		a, b := r.At(theta), s.At(tt)
		if a.M != b.M || a.Var != b.Var || rate <= 0 {
			t.Errorf("other marginals at θ = %v, or a rate of %v", theta, rate)
		}
		reftest.Near(t, "T", a.T(), rate*b.T(), 1e-14, 0)
		reftest.Near(t, "f", a.Drift(), rate*b.Drift(), 1e-14, 0)
	}
	// At sharp turns, where a parabola would stop, an end keeps a quarter of the
	// rate beside it; where the quantity counts from makes no difference.
	for _, from := range []float64{0, 10} {
		turn := func(at, theta float64) float64 {
			c, err := NewClock([]float64{.1, .4, .8}, []float64{from, from + at, from + 6}, ClockOptions{})
			if err != nil {
				t.Fatal(err)
			}
			_, rate := c.Time(theta * c.Tau())
			return rate
		}
		reftest.Near(t, "rate at the start", turn(5, 0), .25*.3/5*6/.7, 1e-12, 0)
		reftest.Near(t, "rate at the end", turn(1, 1), .25*.4/5*6/.7, 1e-12, 0)
		reftest.Near(t, "rate in between", turn(5, 5./6), 3*.3/5*6/.7, 1e-12, 0)
	}
	near(t, "at the values", []float64{mustTime(c, 0), mustTime(c, 5./6), mustTime(c, 5)}, []float64{.1, .5, .8}, 1e-14, 0)
	for _, theta := range []float64{-1e-9, 5.1, math.NaN()} {
		mustPanic(t, "θ", func() { c.Time(theta) })
		mustPanic(t, "θ", func() { r.At(theta) })
	}
	// A singular rate with a finite integral: C = 2√t, so t = θ².
	c, err = NewFuncClock(func(t float64) float64 { return 1 / math.Sqrt(t) }, 0, 1, ClockOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, theta := range []float64{0, .001, .3, 1} {
		tt, rate := c.Time(theta)
		reftest.Near(t, "t", tt, theta*theta, 1e-8, 1e-12)
		reftest.Near(t, "dt/dθ", rate, 2*theta, 1e-8, 0)
	}
}

func TestBadClocks(t *testing.T) {
	nan := math.NaN()
	var ve *measure.ValueError
	one := func(float64) float64 { return 1 }
	for name, f := range map[string]func() (Clock, error){
		"stands still":   func() (Clock, error) { return NewClock([]float64{0, 1, 2}, []float64{0, 1, 1}, ClockOptions{}) },
		"runs backwards": func() (Clock, error) { return NewClock([]float64{0, 1, 2}, []float64{0, 1, .5}, ClockOptions{}) },
		"NaN":            func() (Clock, error) { return NewClock([]float64{0, 1}, []float64{nan, 1}, ClockOptions{}) },
		"times":          func() (Clock, error) { return NewClock([]float64{0, 0}, []float64{0, 1}, ClockOptions{}) },
		"infinite":       func() (Clock, error) { return NewClock([]float64{0, 1}, []float64{0, math.Inf(1)}, ClockOptions{}) },
		"duration":       func() (Clock, error) { return NewClock([]float64{0, 1}, []float64{0, 1}, ClockOptions{Duration: -1}) },
		"duration NaN":   func() (Clock, error) { return NewFuncClock(one, 0, 1, ClockOptions{Duration: nan}) },
		"empty":          func() (Clock, error) { return NewFuncClock(one, 1, 1, ClockOptions{}) },
		"negative rate": func() (Clock, error) {
			return NewFuncClock(func(t float64) float64 { return .5 - t }, 0, 1, ClockOptions{})
		},
		"NaN rate": func() (Clock, error) {
			return NewFuncClock(func(t float64) float64 { return nan }, 0, 1, ClockOptions{})
		},
		"diverges": func() (Clock, error) {
			return NewFuncClock(func(t float64) float64 { return 1 / t }, 0, 1, ClockOptions{})
		},
		"noise": func() (Clock, error) {
			return NewFuncClock(func(t float64) float64 { return 2 + math.Sin(1e12*t) }, 0, 1, ClockOptions{})
		},
		"λ infinite":      func() (Clock, error) { return UniformLogSNR(Cosine{}, 0, .5, ClockOptions{}) },
		"λ −infinite":     func() (Clock, error) { return UniformLogSNR(Cosine{}, .5, 1, ClockOptions{}) },
		"λ backwards":     func() (Clock, error) { return UniformLogSNR(Cosine{}, .5, .1, ClockOptions{}) },
		"λ outside":       func() (Clock, error) { return UniformLogSNR(Cosine{}, .5, 1.1, ClockOptions{}) },
		"λ for −1 second": func() (Clock, error) { return UniformLogSNR(Cosine{}, .5, .6, ClockOptions{Duration: -1}) },
	} {
		if _, err := f(); !errors.As(err, &ve) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewClock([]float64{0, 1}, []float64{1}, ClockOptions{}); err == nil {
		t.Error("a missing value")
	}
	if _, err := NewFuncClock(nil, 0, 1, ClockOptions{}); err == nil {
		t.Error("a nil rate")
	}
	c, err := NewClock(flow.Times(0, 2, 3), flow.Times(0, 2, 3), ClockOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Retime(CondOT{}, c); !errors.As(err, &ve) {
		t.Errorf("a clock beyond the schedule: %v", err)
	}
}
