package num

import (
	"math"
	"slices"
)

// Root returns a zero of the continuous function f in [a, b], where f(a) and
// f(b) have opposite signs or one of them is zero. It uses Brent's method and
// stops when the bracket is as narrow as rounding allows.
//
// Root returns NaN if f(a) and f(b) have the same sign or f returns NaN.
func Root(f func(float64) float64, a, b float64) float64 {
	fa, fb := f(a), f(b)
	return root(f, a, b, fa, fb)
}

func root(f func(float64) float64, a, b, fa, fb float64) float64 {
	switch {
	case fa == 0:
		return a
	case fb == 0:
		return b
	case !(fa < 0 != (fb < 0)) || math.IsNaN(fa) || math.IsNaN(fb):
		return math.NaN()
	}
	c, fc := a, fa
	d := b - a
	e := d
	for range 200 {
		if (fb < 0) == (fc < 0) {
			c, fc = a, fa
			d = b - a
			e = d
		}
		if math.Abs(fc) < math.Abs(fb) {
			a, b, c = b, c, b
			fa, fb, fc = fb, fc, fb
		}
		tol := 2 * 0x1p-53 * math.Abs(b)
		m := 0.5 * (c - b)
		if math.Abs(m) <= tol || fb == 0 || math.IsNaN(fb) {
			break
		}
		if math.Abs(e) < tol || math.Abs(fa) <= math.Abs(fb) {
			d, e = m, m
		} else {
			var p, q float64
			s := fb / fa
			if a == c { // secant
				p, q = 2*m*s, 1-s
			} else { // inverse quadratic interpolation
				u, r := fa/fc, fb/fc
				p = s * (2*m*u*(u-r) - (b-a)*(r-1))
				q = (u - 1) * (r - 1) * (s - 1)
			}
			if p > 0 {
				q = -q
			} else {
				p = -p
			}
			if 2*p < min(3*m*q-math.Abs(tol*q), math.Abs(e*q)) {
				e, d = d, p/q
			} else {
				d, e = m, m
			}
		}
		a, fa = b, fb
		if math.Abs(d) > tol {
			b += d
		} else {
			b += math.Copysign(tol, m)
		}
		fb = f(b)
	}
	if math.IsNaN(fb) {
		return math.NaN()
	}
	return b
}

// Newton returns the zero of an increasing function in [lo, hi], starting from
// x; fdf returns the function and its derivative. A step that leaves the
// bracket, or a derivative of no use, becomes a bisection, so a bracket with
// finite ends always converges; an infinite end is narrowed by the first
// points on its side. It stops when a step is below xtol or below rounding, or
// no longer shrinks for the rounding of f.
//
// Newton returns NaN if fdf does.
func Newton(fdf func(x float64) (f, df float64), x, lo, hi, xtol float64) float64 {
	last := math.Inf(1) // size of the last step
	for range 200 {
		f, df := fdf(x)
		switch {
		case math.IsNaN(f):
			return math.NaN()
		case f == 0:
			return x
		case f < 0:
			lo = x
		default:
			hi = x
		}
		next := x - f/df
		if !(next > lo && next < hi) {
			if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
				// No bracket yet: walk outwards in doubling steps.
				step := 1 + math.Abs(x)
				if f > 0 {
					step = -step
				}
				if next = x + step; math.IsInf(next, 0) {
					return next
				}
			} else if next = lo + 0.5*(hi-lo); next == lo || next == hi {
				return next
			}
		}
		step := math.Abs(next - x)
		if step <= max(xtol, 0x1p-53*math.Abs(next)) || step > 0.75*last && step < 1e-10*math.Abs(next) {
			return next
		}
		x, last = next, step
	}
	return x
}

// SignChanges appends to dst the zeros at which f changes sign, found by
// looking at n+1 equally spaced points of each interval between neighbouring
// knots, in increasing order. Pairs of zeros closer than the spacing may be
// missed. Values within tol of zero count as no sign.
func SignChanges(dst []float64, f func(float64) float64, knots []float64, n int, tol float64) []float64 {
	var x0, f0 float64
	have := false
	for i := 0; i+1 < len(knots); i++ {
		a, b := knots[i], knots[i+1]
		for j := range n + 1 {
			if j == 0 && i > 0 {
				continue // the last point of the interval before
			}
			x := a + (b-a)*(float64(j)/float64(n))
			fx := f(x)
			if math.Abs(fx) <= tol || math.IsNaN(fx) {
				continue
			}
			if have && (fx < 0) != (f0 < 0) {
				dst = append(dst, root(f, x0, x, f0, fx))
			}
			x0, f0, have = x, fx, true
		}
	}
	return dst
}

// Knots returns the sorted distinct finite values of the given ones that lie
// strictly between lo and hi, with lo and hi themselves at the ends. It
// overwrites and may return its argument's storage.
func Knots(xs []float64, lo, hi float64) []float64 {
	out := slices.DeleteFunc(xs, func(x float64) bool { return !(x > lo && x < hi) })
	out = append(out, lo, hi)
	slices.Sort(out)
	return slices.Compact(out)
}
