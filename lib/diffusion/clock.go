package diffusion

import (
	"fmt"
	"math"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// A Clock is another time θ ∈ [0, Tau] for a schedule: something that grows along
// the path, such as its length, the entropy produced or the log-SNR, grows
// equally fast by the clock.
type Clock interface {
	Tau() float64

	// Time returns the schedule's time at θ and its rate dt/dθ ≥ 0. It panics
	// unless 0 ≤ θ ≤ Tau.
	Time(theta float64) (t, rate float64)
}

// ClockOptions are the options of the clocks.
type ClockOptions struct {
	Duration float64 // the clock's Tau; default: as long as the stretch of time that it covers
}

// resolve returns the duration of a clock that covers [from, to].
func (o ClockOptions) resolve(fn string, from, to float64) (float64, error) {
	tau := orDefault(o.Duration, to-from)
	if !(tau > 0) || math.IsInf(tau, 1) {
		return 0, &measure.ValueError{Func: fn, Arg: "Duration", Value: o.Duration, Want: "positive and finite"}
	}
	return tau, nil
}

// Retime returns the schedule run by the clock: its marginals in the same order,
// at other times. The velocity, the drift and the temperature are those of s
// times dt/dθ; what depends on the path alone, as its W₂ length and the entropy
// production, is unchanged.
//
// Where one of dt/dθ and a derivative of s is 0 and the other infinite, as at the
// end of Cosine by a clock of W₂ length, the derivative is that at 1e-5 Tau from
// there.
//
// Retime returns an error if the clock leaves [0, Tau] of s.
func Retime(s Schedule, c Clock) (Schedule, error) {
	const fn = "diffusion.Retime"
	tau := s.Tau()
	for _, theta := range []float64{0, c.Tau()} {
		if t, _ := c.Time(theta); !(t >= 0 && t <= tau) {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("the clock's time at θ = %v", theta), Value: t, Want: fmt.Sprintf("in [0, %v]", tau)}
		}
	}
	return retimed{s, c}, nil
}

type retimed struct {
	schedule Schedule
	clock    Clock
}

func (r retimed) Tau() float64 { return r.clock.Tau() }

func (r retimed) At(theta float64) measure.Coeffs {
	c := r.at(theta)
	if math.IsNaN(c.DM) || math.IsNaN(c.DVar) {
		h := 1e-5 * r.Tau()
		if theta > h {
			h = -h
		}
		inside := r.at(theta + h)
		if math.IsNaN(c.DM) {
			c.DM = inside.DM
		}
		if math.IsNaN(c.DVar) {
			c.DVar = inside.DVar
		}
	}
	return c
}

func (r retimed) at(theta float64) measure.Coeffs {
	t, rate := r.clock.Time(theta)
	c := r.schedule.At(t)
	c.DM *= rate
	c.DVar *= rate
	return c
}

// NewClock returns the clock by which a quantity grows at a constant rate, from
// its cumulative values at some times, such as a path's length so far. Between
// the values, time is a monotone cubic of the quantity: the rate is continuous.
//
// It returns an error unless there are as many values as times, at least two,
// all finite and increasing. A quantity that stands still somewhere is no clock.
func NewClock(times, cumulative []float64, opt ClockOptions) (Clock, error) {
	const fn = "diffusion.NewClock"
	if len(times) < 2 || len(cumulative) != len(times) {
		return nil, fmt.Errorf("%s: %d times and %d cumulative values, want as many of each, and at least 2", fn, len(times), len(cumulative))
	}
	if err := increasing(fn, "times", times); err != nil {
		return nil, err
	}
	if err := increasing(fn, "cumulative", cumulative); err != nil {
		return nil, err
	}
	last := len(times) - 1
	tau, err := opt.resolve(fn, times[0], times[last])
	if err != nil {
		return nil, err
	}
	rise := make([]float64, last)
	for i := range rise {
		rise[i] = times[i+1] - times[i]
	}
	curve := newMonotone(slices.Clone(cumulative), rise)
	for _, end := range [2]int{0, last} { // a clock doesn't stop
		i := min(end, last-1)
		curve.slope[end] = max(curve.slope[end], 0.25*rise[i]/(cumulative[i+1]-cumulative[i]))
	}
	return &tableClock{slices.Clone(times), curve, tau}, nil
}

func increasing(fn, arg string, v []float64) error {
	for i, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) || i > 0 && x <= v[i-1] {
			return &measure.ValueError{Func: fn, Arg: fmt.Sprintf("%s[%d]", arg, i), Value: x, Want: "finite and above the one before"}
		}
	}
	return nil
}

type tableClock struct {
	times []float64
	curve monotone // of the time against the quantity
	tau   float64
}

func (c *tableClock) Tau() float64 { return c.tau }

func (c *tableClock) Time(theta float64) (t, rate float64) {
	mustBeTime("diffusion.Clock", theta, c.tau)
	q := c.curve.x
	whole := q[len(q)-1] - q[0]
	at := q[0] + whole*(theta/c.tau)
	if theta == c.tau {
		at = q[len(q)-1]
	}
	i, risen, left, slope := c.curve.at(at)
	if risen < left {
		t = c.times[i] + risen
	} else {
		t = c.times[i+1] - left
	}
	return t, slope * whole / c.tau
}

// NewFuncClock returns the clock by which the quantity with the given rate
// dC/dt > 0 on [from, to] grows at a constant rate. Integrals are by quadrature,
// to 1e-10 of the whole, and inverted by Newton's method; the rate may be
// infinite at the ends if its integral isn't.
//
// It returns an error if the interval is empty, the rate is somewhere found not
// to be positive, or its integral doesn't converge.
func NewFuncClock(rate func(t float64) float64, from, to float64, opt ClockOptions) (Clock, error) {
	const fn, pieces = "diffusion.NewFuncClock", 64
	if rate == nil {
		return nil, fmt.Errorf("%s: rate is nil", fn)
	}
	if !(to > from) || math.IsInf(to-from, 0) {
		return nil, &measure.ValueError{Func: fn, Arg: "to", Value: to, Want: fmt.Sprintf("finite and above from = %v", from)}
	}
	tau, err := opt.resolve(fn, from, to)
	if err != nil {
		return nil, err
	}
	c := &funcClock{rate: rate, tau: tau, times: []float64{from}, sums: []float64{0}}
	var bad error
	q := num.Quad{Rel: 1e-12}
	for i := 1; i <= pieces; i++ {
		// Close together at both ends, where rates may diverge.
		x := math.Sin(math.Pi / 2 * float64(i) / pieces)
		t := from + (to-from)*x*x
		if i == pieces {
			t = to
		}
		v, e, ok := q.Integrate1(func(t float64) float64 {
			r := rate(t)
			if !(r > 0) && bad == nil {
				bad = &measure.ValueError{Func: fn, Arg: fmt.Sprintf("the rate at t = %v", t), Value: r, Want: "positive"}
			}
			return r
		}, []float64{c.times[i-1], t})
		if bad != nil {
			return nil, bad
		}
		if (!ok && !(e <= 1e-10*v)) || math.IsInf(v, 1) {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("the integral of the rate over [%v, %v]", c.times[i-1], t), Value: v, Want: "convergent"}
		}
		c.times, c.sums = append(c.times, t), append(c.sums, c.sums[i-1]+v)
	}
	return c, nil
}

type funcClock struct {
	rate        func(float64) float64
	tau         float64
	times, sums []float64
}

func (c *funcClock) Tau() float64 { return c.tau }

func (c *funcClock) Time(theta float64) (t, rate float64) {
	mustBeTime("diffusion.Clock", theta, c.tau)
	n := len(c.times) - 1
	whole := c.sums[n]
	want := whole * (theta / c.tau)
	i, _ := slices.BinarySearch(c.sums, want)
	i = min(max(i-1, 0), n-1)
	a, b := c.times[i], c.times[i+1]
	switch {
	case theta == 0:
		t = a
	case theta == c.tau || want >= c.sums[i+1]:
		t = b
	default:
		var q num.Quad
		t = num.Newton(func(t float64) (float64, float64) {
			v, _, _ := q.Integrate1(c.rate, []float64{a, t})
			return c.sums[i] + v - want, c.rate(t)
		}, a+(b-a)*(want-c.sums[i])/(c.sums[i+1]-c.sums[i]), a, b, 0)
	}
	return t, whole / c.tau / c.rate(t)
}

// UniformLogSNR returns the clock by which the schedule's log-SNR falls at a
// constant rate from time from to time to.
//
// It returns a *measure.ValueError unless both are in [0, Tau], from < to, and
// the log-SNR is finite at both and falls.
func UniformLogSNR(s Schedule, from, to float64, opt ClockOptions) (Clock, error) {
	const fn = "diffusion.UniformLogSNR"
	most, err := finiteLogSNR(fn, "from", s, from)
	if err != nil {
		return nil, err
	}
	least, err := finiteLogSNR(fn, "to", s, to)
	if err != nil {
		return nil, err
	}
	if !(from < to && least < most) {
		return nil, &measure.ValueError{Func: fn, Arg: "to", Value: to, Want: fmt.Sprintf("a time after %v with less signal", from)}
	}
	tau, err := opt.resolve(fn, from, to)
	if err != nil {
		return nil, err
	}
	return logSNRClock{s, from, to, most, least, tau}, nil
}

type logSNRClock struct {
	s           Schedule
	from, to    float64
	most, least float64
	tau         float64
}

func (c logSNRClock) Tau() float64 { return c.tau }

func (c logSNRClock) Time(theta float64) (t, rate float64) {
	mustBeTime("diffusion.Clock", theta, c.tau)
	switch theta {
	case 0:
		t = c.from
	case c.tau:
		t = c.to
	default:
		var err error
		t, err = TimeOfLogSNR(c.s, c.most-(c.most-c.least)*(theta/c.tau))
		if err != nil {
			panic(err) // both ends were inside
		}
		t = min(max(t, c.from), c.to)
	}
	return t, (c.least - c.most) / c.tau / c.s.At(t).DLogSNR()
}
