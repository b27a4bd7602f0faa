package transport

import (
	"fmt"
	"math"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// WassersteinCircle returns the distance W_p, 1 ≤ p ≤ 20 (not its p-th power),
// between two weighted samples on a circle of the given circumference, where points a distance d apart along the line are min(d, period − d) apart.
// Points may lie anywhere, and are taken modulo the period. It is exact but for
// rounding. Weights are as for [Wasserstein1D].
//
// An optimal plan keeps order around the circle: it matches the share u of the
// mass of x with the share u + s of that of y, for one shift s. The cost is convex
// in s and linear between the shifts at which ends of atoms meet (Delon, Salomon
// and Sobolevski, SIAM J. Appl. Math. 70, 2239, 2010), so at the best one the
// circle can be cut between atoms.
//
// It returns an error unless the period is positive and finite, and those of
// Wasserstein1D.
func WassersteinCircle(p, period float64, x, xw, y, yw []float64) (float64, error) {
	const fn = "transport.WassersteinCircle"
	const most = 20 // d^p of a d next to rounding doesn't underflow
	if !(p >= 1 && p <= most) {
		return 0, fmt.Errorf("%s: p is %v, want 1 ≤ p ≤ %d", fn, p, most)
	}
	if !(period > 0) || math.IsInf(2*period, 1) {
		return 0, &measure.ValueError{Func: fn, Arg: "period", Value: period, Want: "positive, and finite if doubled"}
	}
	a, b, ua, ub, err := twoSamples(fn, around(x, period), xw, around(y, period), yw, false)
	if err != nil {
		return 0, err
	}
	c := newCircle(&a, &b, p, period)
	i, j := c.cut(c.shift())
	cost, total, scale := costOf(a.turn(i, period), b.turn(j, period), ua, ub, p)
	return scale * root(cost/total, p), nil
}

// around returns the points modulo the period. What isn't finite becomes NaN.
func around(x []float64, period float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		if out[i] = math.Mod(v, period); out[i] < 0 {
			out[i] += period
		}
		if out[i] >= period {
			out[i] = 0
		}
	}
	return out
}

// turn returns the atoms from k on, k of any sign, and those before a period
// later: once around the circle.
func (a *atoms) turn(k int, period float64) *atoms {
	n := len(a.at)
	r := &atoms{at: make([]float64, n), total: a.total}
	if a.mass != nil {
		r.mass = make([]float64, n)
	}
	for i := range n {
		j, laps := wrap(k+i, n)
		r.at[i] = a.at[j] + laps*period
		if a.mass != nil {
			r.mass[i] = a.mass[j]
		}
	}
	return r
}

// wrap returns k modulo n and how many times n was taken off.
func wrap(k, n int) (j int, laps float64) {
	j = k % n
	if j < 0 {
		j += n
	}
	return j, float64((k - j) / n)
}

// circle is the problem of how far to shift. Points are in units of the period, and
// upto holds the share of mass up to and including each atom.
type circle struct {
	p            float64
	x, y         []float64
	uptoX, uptoY []float64
}

func newCircle(a, b *atoms, p, period float64) *circle {
	share := func(at *atoms) (x, upto []float64) {
		x, upto = make([]float64, len(at.at)), make([]float64, len(at.at))
		var sum accurate
		for i, v := range at.at {
			x[i] = v / period
			sum.add(at.weight(i))
			upto[i] = sum.value() / at.total
		}
		upto[len(upto)-1] = 1
		return x, upto
	}
	c := &circle{p: p}
	c.x, c.uptoX = share(a)
	c.y, c.uptoY = share(b)
	return c
}

// point returns atom j of y, counted around and around the circle.
func (c *circle) point(j int) float64 {
	k, laps := wrap(j, len(c.y))
	return c.y[k] + laps
}

// end returns the share up to which atom j of y is matched.
func (c *circle) end(j int, shift float64) float64 {
	k, laps := wrap(j, len(c.y))
	return c.uptoY[k] + laps - shift
}

// first returns the first atom of y that ends beyond share 0.
func (c *circle) first(shift float64) int {
	laps := math.Floor(shift)
	j, _ := slices.BinarySearch(c.uptoY, shift-laps)
	for j += int(laps) * len(c.y); c.end(j, shift) <= 0; {
		j++
	}
	return j
}

func (c *circle) dist(i, j int) float64 {
	d := math.Abs(c.x[i] - c.point(j))
	switch c.p {
	case 1:
		return d
	case 2:
		return d * d
	}
	return math.Pow(d, c.p)
}

// cost returns the cost at a shift, and its slopes to the left and right. As the
// shift grows, each end of an atom of y moves down along the atoms of x, and what
// it passes goes to the next y.
func (c *circle) cost(shift float64) (cost, left, right float64) {
	n, m := len(c.x), len(c.y)
	var sum, l, r accurate
	j, done, ends := c.first(shift), 0.0, 0
	for i := 0; i < n; {
		x, y := c.uptoX[i], c.end(j, shift)
		next := min(x, y)
		sum.add((next - done) * c.dist(i, j))
		done = next
		if y > x {
			i++
			continue
		}
		if ends < m { // not the first again, for rounding
			ends++
			r.add(c.dist(i, j+1) - c.dist(i, j))
			switch {
			case y < x:
				l.add(c.dist(i, j+1) - c.dist(i, j))
			case i+1 < n:
				l.add(c.dist(i+1, j+1) - c.dist(i+1, j))
			default: // the x that follows is the first, a lap on
				l.add(c.dist(0, j+1-m) - c.dist(0, j-m))
			}
		}
		j++
		if y == x {
			i++
		}
	}
	for ; ends < m; ends++ { // an end at 1, rounded up
		d := c.dist(0, j+1-m) - c.dist(0, j-m)
		l.add(d)
		r.add(d)
		j++
	}
	return sum.value(), l.value(), r.value()
}

// shift returns the shift of least cost, but for rounding. It goes by turns to
// where the tangents at the ends of an interval cross, which is at once the
// place if only one kink is left, and to its middle.
func (c *circle) shift() float64 {
	type end struct{ at, cost, slope float64 }
	// Nothing moves by more than half the circle, so the shift is within ±1.
	lo, hi := end{at: -2}, end{at: 2}
	lo.cost, _, lo.slope = c.cost(lo.at)
	hi.cost, hi.slope, _ = c.cost(hi.at)
	for cross := true; ; cross = !cross {
		mid := 0.5 * (lo.at + hi.at)
		if cross {
			mid = lo.at + (hi.cost-lo.cost-hi.slope*(hi.at-lo.at))/(lo.slope-hi.slope)
		}
		if !(mid > lo.at && mid < hi.at) || hi.at-lo.at < 0x1p-53 {
			if cross {
				continue
			}
			return mid
		}
		cost, left, right := c.cost(mid)
		switch {
		case right < 0:
			lo = end{mid, cost, right}
		case left > 0:
			hi = end{mid, cost, left}
		default:
			return mid
		}
	}
}

// cut returns the atoms before which the circle can be cut: those after the two
// ends that lie closest to each other.
func (c *circle) cut(shift float64) (i, j int) {
	closest, before, at := math.Inf(1), 0.0, 0
	next := c.first(shift)
	for range c.y {
		y := c.end(next, shift)
		next++
		for at < len(c.x) && c.uptoX[at] < y {
			before = c.uptoX[at]
			at++
		}
		if d := y - before; d < closest {
			closest, i, j = d, at, next
		}
		if at < len(c.x) && c.uptoX[at]-y < closest {
			closest, i, j = c.uptoX[at]-y, at+1, next
		}
	}
	if i == len(c.x) { // a lap on, for both
		return 0, j - len(c.y)
	}
	return i, j
}
