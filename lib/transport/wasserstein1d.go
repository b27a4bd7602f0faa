package transport

import (
	"fmt"
	"math"
	"sort"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
)

// Balance is the relative difference of total masses up to which two weighted
// samples count as balanced; each is then scaled to total 1.
const balance = 1e-9

// UnbalancedError reports two measures whose total masses differ by more than
// rounding.
type UnbalancedError struct {
	Func string
	A, B float64 // the masses
}

func (e *UnbalancedError) Error() string {
	return fmt.Sprintf("%s: the masses differ: %v and %v", e.Func, e.A, e.B)
}

// Wasserstein1D returns the distance
//
//	W_p = (∫₀¹ |F_x⁻¹(u) − F_y⁻¹(u)|^p du)^{1/p},  p ≥ 1,
//
// between two weighted samples on the line (not its p-th power), exact but for
// rounding, in O(n log n). Nil weights mean equal ones; weights are relative
// to their sum, which must be the same for both samples unless one is nil.
// p = +Inf gives the largest displacement.
//
// It returns an error if p < 1, if a sample is empty, if lengths differ, if a
// value isn't finite, if a weight is negative or none is positive, if a
// difference of values or the sum of the weights overflows, and an
// UnbalancedError if the masses differ.
func Wasserstein1D(p float64, x, xw, y, yw []float64) (float64, error) {
	const fn = "transport.Wasserstein1D"
	if !(p >= 1) {
		return 0, fmt.Errorf("%s: p is %v, want at least 1", fn, p)
	}
	a, ma, err := newAtoms(fn, "x", x, xw)
	if err != nil {
		return 0, err
	}
	b, mb, err := newAtoms(fn, "y", y, yw)
	if err != nil {
		return 0, err
	}
	if xw != nil && yw != nil && math.Abs(ma-mb) > balance*max(ma, mb) {
		return 0, &UnbalancedError{fn, ma, mb}
	}
	// Distances are taken relative to the largest, so that powers neither
	// overflow nor underflow.
	var scale float64
	monotone(a, b, func(d, _ float64) { scale = max(scale, d) })
	if math.IsInf(scale, 1) {
		return 0, fmt.Errorf("%s: the largest displacement overflows", fn)
	}
	if scale == 0 || math.IsInf(p, 1) {
		return scale, nil
	}
	var sum num.Sum
	monotone(a, b, func(d, mass float64) {
		switch p {
		case 1:
			sum.Add(mass * (d / scale))
		case 2:
			sum.Add(mass * (d / scale) * (d / scale))
		default:
			sum.Add(mass * math.Pow(d/scale, p))
		}
	})
	if p == 1 {
		return scale * sum.Value(), nil
	}
	return scale * math.Pow(sum.Value(), 1/p), nil
}

// atoms is a sample in increasing order with the cumulative share of mass up to
// and including each atom.
type atoms struct{ at, upto []float64 }

func newAtoms(fn, name string, x, w []float64) (a atoms, mass float64, err error) {
	n := len(x)
	if n == 0 {
		return a, 0, fmt.Errorf("%s: %s is empty", fn, name)
	}
	if w != nil && len(w) != n {
		return a, 0, fmt.Errorf("%s: %s has %d points and %d weights", fn, name, n, len(w))
	}
	order := make([]int, n)
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return a, 0, fmt.Errorf("%s: %s[%d] is %v, want a finite number", fn, name, i, v)
		}
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return x[order[i]] < x[order[j]] })
	var total num.Sum
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 1) {
			return a, 0, fmt.Errorf("%s: weight %s[%d] is %v, want a finite number ≥ 0", fn, name, i, v)
		}
		total.Add(v)
	}
	mass = total.Value()
	if w == nil {
		mass = float64(n)
	}
	if !(mass > 0) || math.IsInf(mass, 1) {
		return a, 0, fmt.Errorf("%s: the weights of %s sum to %v, want a positive finite mass", fn, name, mass)
	}
	var cum num.Sum
	for _, i := range order {
		m := 1.0
		if w != nil {
			m = w[i]
		}
		if m == 0 {
			continue
		}
		cum.Add(m)
		a.at = append(a.at, x[i])
		a.upto = append(a.upto, cum.Value()/mass)
	}
	a.upto[len(a.upto)-1] = 1
	return a, mass, nil
}

// monotone visits the pieces of the monotone plan: distance and mass.
func monotone(a, b atoms, visit func(d, mass float64)) {
	var done float64
	for i, j := 0, 0; i < len(a.at) && j < len(b.at); {
		next := min(a.upto[i], b.upto[j])
		if next > done {
			visit(math.Abs(a.at[i]-b.at[j]), next-done)
			done = next
		}
		// Both move on when both are used up.
		ai, bj := a.upto[i] <= next, b.upto[j] <= next
		if ai {
			i++
		}
		if bj {
			j++
		}
	}
}
