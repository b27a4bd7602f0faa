package kernel

import "math"

// block64 is the number of entries that are summed before the sum goes to a
// compensated one. However long a row is, rounding errs by a few ulp of its
// largest term.
const block64 = 8 * lanes64

func maxDiff64Go(most, a, c []float64) {
	for j, v := range a {
		if v -= c[j]; v > most[0] {
			most[0] = v
		}
	}
}

func sumExp64Go(sums, a, c []float64, scale, shift float64) {
	for len(a) > 0 {
		n := min(len(a), block64)
		var sum, pair [lanes64]float64
		for j, v := range a[:n] {
			l := j % lanes64
			e := exp64Normal((v - c[j] - shift) * scale)
			switch {
			case j/lanes64%2 == 1:
				sum[l] += pair[l] + e
			case whole64(j)+lanes64 == n:
				sum[l] += e
			default:
				pair[l] = e
			}
		}
		for l, s := range sum {
			// Knuth's exact sum.
			total := sums[l] + s
			back := total - sums[l]
			sums[lanes64+l] += (sums[l] - (total - back)) + (s - back)
			sums[l] = total
		}
		a, c = a[n:], c[n:]
	}
}

// A row64 is the log-sum-exp of numbers that arrive piece by piece. What it
// has seen is the sum of exp((v−shift)·scale), lane by lane, with the errors of
// these sums after them.
//
// Shift is near the largest v so far: a piece whose maximum exceeds it by no
// more than 1/scale leaves it in place. So the sum is only ever multiplied by
// factors below 1/e, and the errors of doing so don't add up.
type row64 struct {
	scale, shift float64
	sums         [2 * lanes64]float64
}

func newRow64(scale float64) row64 { return row64{scale: scale, shift: -inf64} }

var noCost64 [chunk]float64

// add takes the differences of a and c, whole groups.
func (r *row64) add(a, c []float64) {
	largest := [1]float64{-inf64}
	maxDiff64(largest[:], a, c)
	most := largest[0]
	if most == -inf64 || most == inf64 || r.shift == inf64 {
		r.addInfinite(most, a, c)
		return
	}
	if over := (most - r.shift) * r.scale; over > 1 {
		if r.shift != -inf64 {
			f := exp64Normal(-over)
			for l := range r.sums {
				r.sums[l] *= f
			}
		}
		r.shift = most
	}
	sumExp64(r.sums[:], a, c, r.scale, r.shift)
}

// addInfinite takes a piece of which the maximum is infinite, or any once +Inf
// was seen: it contributes nothing but that, or NaN.
func (r *row64) addInfinite(most float64, a, c []float64) {
	if most > r.shift {
		r.shift = most
	}
	for j, v := range a {
		if v -= c[j]; v != v {
			r.sums[0] = v
		}
	}
}

// addAny is add for any number of entries.
func (r *row64) addAny(a, c []float64) {
	for len(a) >= lanes64 {
		n := min(whole64(len(a)), chunk)
		r.add(a[:n], c[:n])
		a, c = a[n:], c[n:]
	}
	if len(a) > 0 {
		var ta, tc [lanes64]float64
		for l := copy(ta[:], a); l < lanes64; l++ {
			ta[l] = -inf64
		}
		copy(tc[:], c)
		r.add(ta[:], tc[:])
	}
}

// result returns the logarithm of what was summed.
func (r *row64) result(eps float64) float64 {
	var sum, rest [4]double
	for l := range sum {
		for i := l; i < lanes64; i += len(sum) {
			sum[l] += double(r.sums[i])
			rest[l] += double(r.sums[lanes64+i])
		}
	}
	total := (sum[0] + sum[1]) + (sum[2] + sum[3])
	total += (rest[0] + rest[1]) + (rest[2] + rest[3])
	if total == 0 || r.shift == inf64 && total == total {
		return r.shift
	}
	return float64(double(r.shift)/double(eps) + math.Log(total))
}

func logSumExps64(dst, a, c []float64, ldc int, eps float64) {
	scale := 1 / eps
	for i := range dst {
		r := newRow64(scale)
		if c != nil {
			r.addAny(a, c[i*ldc:][:len(a)])
		} else {
			for a := a; len(a) > 0; {
				n := min(len(a), chunk)
				r.addAny(a[:n], noCost64[:n])
				a = a[n:]
			}
		}
		dst[i] = r.result(eps)
	}
}
