package figure

import (
	"fmt"
	"math"
)

// An axis maps numbers to places between start and end, in points.
type axis struct {
	lo, hi     float64
	log        bool
	start, end float64
}

func (a *axis) at(v float64) float64 {
	return a.start + a.share(v)*(a.end-a.start)
}

// value is what stands at a place.
func (a *axis) value(at float64) float64 {
	share := (at - a.start) / (a.end - a.start)
	if a.log {
		lo, hi := math.Log10(a.lo), math.Log10(a.hi)
		return math.Pow(10, lo+share*(hi-lo))
	}
	return a.lo + share*(a.hi-a.lo)
}

// share is 0 at the lower end and 1 at the upper. It is kept within reach of
// floating point and of the clipping, which needs no more than "far away".
func (a *axis) share(v float64) float64 {
	lo, hi := a.lo, a.hi
	if a.log {
		lo, hi, v = math.Log10(lo), math.Log10(hi), math.Log10(v)
	}
	s := v/(hi-lo) - lo/(hi-lo)
	return math.Max(-1e4, math.Min(1e4, s))
}

// shows reports whether the axis has a place for v.
func (a *axis) shows(v float64) bool { return finite(v) && (!a.log || v > 0) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// An extent gathers what an axis must hold.
type extent struct {
	lo, hi float64
	log    bool
	zero   bool // bars stand on the axis
	tight  bool // curves may touch the ends
	free   bool // zero is a number like others
	notNum int  // values that aren't finite
	notPos int  // values that aren't positive, on a logarithmic axis
	any    bool
}

func newExtent(s Scale) extent {
	return extent{lo: math.Inf(1), hi: math.Inf(-1), log: s == Log}
}

// add takes values in and counts those that can't be drawn.
func (e *extent) add(values ...float64) {
	for _, v := range values {
		switch {
		case !finite(v):
			e.notNum++
		case e.log && v <= 0:
			e.notPos++
		default:
			e.reach(v)
		}
	}
}

// reach takes v in if it can be drawn, and says nothing if not.
func (e *extent) reach(v float64) {
	if finite(v) && (!e.log || v > 0) {
		e.lo, e.hi, e.any = math.Min(e.lo, v), math.Max(e.hi, v), true
	}
}

// axis returns the axis that the values ask for, or the given range.
func (e *extent) axis(r [2]float64) (axis, error) {
	a := axis{lo: e.lo, hi: e.hi, log: e.log}
	switch {
	case r[0] < r[1]:
		a.lo, a.hi = r[0], r[1]
	case !e.any && e.log:
		a.lo, a.hi = 1, 10
	case !e.any:
		a.lo, a.hi = 0, 1
	case e.log:
		e.padLog(&a)
	default:
		e.padLinear(&a)
	}
	if !e.log && math.IsInf(a.hi-a.lo, 0) {
		return a, fmt.Errorf("figure: values from %g to %g don't fit on a linear axis", a.lo, a.hi)
	}
	return a, nil
}

func (e *extent) padLinear(a *axis) {
	if e.zero {
		a.lo, a.hi = math.Min(a.lo, 0), math.Max(a.hi, 0)
	}
	// Leave a range that floating point can divide into ticks.
	if least := 1e-9 * math.Max(math.Abs(a.lo), math.Abs(a.hi)); a.hi-a.lo <= math.Max(least, 1e-300) {
		pad := 0.1 * math.Max(math.Abs(a.lo), math.Abs(a.hi))
		if pad < 1e-300 {
			pad = 1
		}
		a.lo, a.hi = a.lo-pad, a.hi+pad
		return
	}
	if e.tight {
		return
	}
	pad := 0.06 * (a.hi - a.lo)
	lo, hi := a.lo-pad, a.hi+pad
	// Values from about zero upwards stand on zero, as densities should.
	if e.free {
		a.lo, a.hi = lo, hi
		return
	}
	if a.lo >= 0 && a.lo < 0.3*a.hi {
		lo = 0
	}
	if a.hi <= 0 && a.hi > 0.3*a.lo {
		hi = 0
	}
	a.lo, a.hi = lo, hi
}

func (e *extent) padLog(a *axis) {
	lo, hi := math.Log10(a.lo), math.Log10(a.hi)
	switch {
	case hi-lo < 1e-9:
		lo, hi = lo-0.5, hi+0.5
	case !e.tight:
		lo, hi = lo-0.05*(hi-lo), hi+0.05*(hi-lo)
	}
	if e.zero { // the shortest bar must be seen
		lo -= 0.1 + 0.1*(hi-lo)
	}
	a.lo, a.hi = math.Max(math.Pow(10, lo), math.SmallestNonzeroFloat64), math.Min(math.Pow(10, hi), math.MaxFloat64)
}

// ticks returns at most n labelled marks.
func (a *axis) ticks(n int) []tick {
	if a.log {
		return logTicks(a.lo, a.hi, n)
	}
	return linearTicks(a.lo, a.hi, n)
}
