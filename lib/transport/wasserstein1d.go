package transport

import (
	"fmt"
	"math"
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
// rounding, in O(n) beyond sorting. Nil weights mean equal ones; weights are
// relative to their sum, which must be the same for both samples unless one is
// nil. p = +Inf gives the largest displacement of more than 10⁻¹⁵ of the mass,
// less being rounding.
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
	a, b, ua, ub, err := twoSamples(fn, x, xw, y, yw, false)
	if err != nil {
		return 0, err
	}
	defer a.free()
	defer b.free()
	cost, total, scale := costOf(&a, &b, ua, ub, p)
	switch {
	case math.IsInf(scale, 1):
		return 0, fmt.Errorf("%s: the largest displacement overflows", fn)
	case math.IsInf(p, 1):
		return scale, nil
	}
	return scale * root(cost/total, p), nil
}

// costOf returns the sum of mass·(distance/scale)^p over the monotone plan, with
// its total mass, at a scale that keeps powers from overflow and underflow. With
// p = +Inf the scale is the largest distance.
func costOf(a, b *atoms, ua, ub, p float64) (cost, total, scale float64) {
	total = a.total * ua
	// No distance is larger than this.
	scale = max(a.at[len(a.at)-1]-b.at[0], b.at[len(b.at)-1]-a.at[0])
	if !math.IsInf(p, 1) && !math.IsInf(scale, 1) {
		if scale == 0 {
			return 0, total, 0
		}
		scale = powerOfTwo(scale)
		cost = sumOf(a, b, ua, ub, p, scale)
		if p == 1 || cost > 1e-200*total {
			return cost, total, scale
		}
	}
	// Distances are much smaller, or overflow unless they are.
	scale = 0
	visit(a, b, ua, ub, func(pieces []piece) {
		for _, v := range pieces {
			if v.mass > 1e-15*total || !math.IsInf(p, 1) {
				scale = max(scale, math.Abs(a.at[v.i]-b.at[v.j]))
			}
		}
	})
	if math.IsInf(p, 1) || scale == 0 || math.IsInf(scale, 1) {
		return 0, total, scale
	}
	scale = powerOfTwo(scale)
	return sumOf(a, b, ua, ub, p, scale), total, scale
}

// powerOfTwo returns the least power of two above x > 0 that has an inverse, or
// the greatest there is: dividing by it is exact.
func powerOfTwo(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, min(max(e, -1023), 1023))
}

// visit calls f with the pieces of the monotone plan, some at a time.
func visit(a, b *atoms, ua, ub float64, f func([]piece)) {
	var buffer [256]piece
	m := monotone{a: a, b: b, ua: ua, ub: ub}
	for n := m.fill(buffer[:]); n > 0; n = m.fill(buffer[:]) {
		f(buffer[:n])
	}
}

func sumOf(a, b *atoms, ua, ub, p, scale float64) float64 {
	var total accurate
	inv := 1 / scale
	visit(a, b, ua, ub, func(pieces []piece) {
		sum := total
		switch p {
		case 1:
			for _, v := range pieces {
				sum.add(v.mass * (math.Abs(a.at[v.i]-b.at[v.j]) * inv))
			}
		case 2:
			for _, v := range pieces {
				d := (a.at[v.i] - b.at[v.j]) * inv
				sum.add(v.mass * d * d)
			}
		default:
			for _, v := range pieces {
				sum.add(v.mass * math.Pow(math.Abs(a.at[v.i]-b.at[v.j])*inv, p))
			}
		}
		total = sum
	})
	return total.value()
}

func root(x, p float64) float64 {
	switch p {
	case 1:
		return x
	case 2:
		return math.Sqrt(x)
	}
	return math.Pow(x, 1/p)
}
