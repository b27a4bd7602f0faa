package transport

import (
	"errors"
	"math"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

func TestReferenceCircle(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/circle.json", "circle_") {
		var in struct {
			U, V, A, B []float64
			Period     float64
		}
		var want struct {
			W1 float64 `json:"w1_pow_p"`
			W2 float64 `json:"w2_pow_p"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		for p, want := range map[float64]float64{1: want.W1, 2: want.W2} {
			got, err := WassersteinCircle(p, in.Period, in.U, in.A, in.V, in.B)
			if err != nil {
				t.Error(err)
			}
			reftest.Near(t, c.ID, math.Pow(got, p), want, c.RTol, c.ATol)
		}
	}
}

func permutations(n int, visit func(p []int)) {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var rec func(k int)
	rec = func(k int) {
		if k == n {
			visit(p)
			return
		}
		for i := k; i < n; i++ {
			p[k], p[i] = p[i], p[k]
			rec(k + 1)
			p[k], p[i] = p[i], p[k]
		}
	}
	rec(0)
}

// bruteCircle tries all assignments.
func bruteCircle(p, period float64, x, y []float64) float64 {
	least := math.Inf(1)
	permutations(len(x), func(to []int) {
		var sum float64
		for i, j := range to {
			d := math.Mod(math.Abs(x[i]-y[j]), period)
			sum += math.Pow(min(d, period-d), p)
		}
		least = min(least, sum/float64(len(x)))
	})
	return math.Pow(least, 1/p)
}

// Weights that are small integers are points so many times over, for which all
// assignments can be tried.
func TestCircleAgainstAllAssignments(t *testing.T) {
	points := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-1, 9), rapid.Map(rapid.IntRange(-1, 9), func(i int) float64 { return float64(i) })), 1, 4)
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SampledFrom([]float64{1, 1.5, 2, 3, 7}).Draw(rt, "p")
		period := rapid.SampledFrom([]float64{1, 2, 4.4, 10}).Draw(rt, "period")
		x, y := points.Draw(rt, "x"), points.Draw(rt, "y")
		spread := func(x []float64) (w, all []float64) {
			w = make([]float64, len(x))
			for k := range 6 {
				i := k % len(x)
				if k >= len(x) {
					i = rapid.IntRange(0, len(x)-1).Draw(rt, "atom")
				}
				w[i] += .1
				all = append(all, x[i])
			}
			return w, all
		}
		xw, xs := spread(x)
		yw, ys := spread(y)
		want := bruteCircle(p, period, xs, ys)
		got, err := WassersteinCircle(p, period, x, xw, y, yw)
		if err != nil {
			rt.Fatal(err)
		}
		// Points are taken modulo the period, which rounds.
		if math.Abs(got-want) > 1e-13*period {
			rt.Fatalf("%v, want %v", got, want)
		}
		all, err := WassersteinCircle(p, period, xs, nil, ys, nil)
		if err != nil || math.Abs(all-want) > 1e-13*period {
			rt.Fatalf("without weights %v, want %v, %v", all, want, err)
		}
	})
}

// median computes W₁ on the circle of length 1 another way: ∫ |F − G − s| dx is
// least where s is a median of F − G.
func median(x, xw, y, yw []float64) float64 {
	type jump struct{ at, mass float64 }
	var jumps []jump
	for i, v := range x {
		jumps = append(jumps, jump{v, xw[i]})
	}
	for i, v := range y {
		jumps = append(jumps, jump{v, -yw[i]})
	}
	sort.Slice(jumps, func(i, j int) bool { return jumps[i].at < jumps[j].at })
	type level struct{ gap, length float64 }
	var levels []level
	var gap float64
	for i, j := range jumps {
		gap += j.mass
		next := jumps[0].at + 1
		if i+1 < len(jumps) {
			next = jumps[i+1].at
		}
		levels = append(levels, level{gap, next - j.at})
	}
	slices.SortFunc(levels, func(a, b level) int {
		if a.gap < b.gap {
			return -1
		}
		return 1
	})
	var below float64
	var s float64
	for _, l := range levels {
		if below += l.length; below >= .5 {
			s = l.gap
			break
		}
	}
	var w float64
	for _, l := range levels {
		w += math.Abs(l.gap-s) * l.length
	}
	return w
}

func TestCircleLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, m := rapid.IntRange(1, 60).Draw(rt, "n"), rapid.IntRange(1, 60).Draw(rt, "m")
		draw := func(n int, name string) (x, w []float64) {
			x = rapid.SliceOfN(rapid.Float64Range(0, .999), n, n).Draw(rt, name)
			w = rapid.SliceOfN(rapid.Float64Range(.01, 1), n, n).Draw(rt, name+" weights")
			var sum float64
			for _, v := range w {
				sum += v
			}
			for i := range w {
				w[i] /= sum
			}
			return x, w
		}
		x, xw := draw(n, "x")
		y, yw := draw(m, "y")
		w := func(p float64, x, xw, y, yw []float64) float64 {
			d, err := WassersteinCircle(p, 1, x, xw, y, yw)
			if err != nil {
				rt.Fatal(err)
			}
			return d
		}
		if a, b := w(1, x, xw, y, yw), median(x, xw, y, yw); math.Abs(a-b) > 1e-14 {
			rt.Fatalf("W₁ = %v, by the median %v", a, b)
		}
		p := rapid.SampledFrom([]float64{1, 1.3, 2, 4}).Draw(rt, "p")
		d := w(p, x, xw, y, yw)
		if e := w(p, y, yw, x, xw); math.Abs(d-e) > 1e-12 {
			rt.Fatalf("not symmetric: %v, %v", d, e)
		}
		if w(p, x, xw, x, xw) != 0 {
			rt.Fatal("distance to itself")
		}
		line, err := Wasserstein1D(p, x, xw, y, yw)
		if err != nil || d > line*(1+1e-12)+1e-15 || d > .5 {
			rt.Fatalf("%v on the circle, %v on the line, %v", d, line, err)
		}
		// Turning both does nothing; turning one by s moves it by at most s.
		turn := func(x []float64, s float64) []float64 {
			y := make([]float64, len(x))
			for i := range x {
				y[i] = x[i] + s
			}
			return y
		}
		if e := w(p, turn(x, 3.3), xw, turn(y, 3.3), yw); math.Abs(d-e) > 1e-12 {
			rt.Fatalf("turned: %v, %v", d, e)
		}
		if e := w(p, x, xw, turn(x, .2), xw); e > .2+1e-12 {
			rt.Fatalf("moved by 0.2: %v", e)
		}
	})
}

// Powers neither overflow nor underflow, and points that coincide cost nothing.
func TestCircleScales(t *testing.T) {
	for _, scale := range []float64{1e-200, 1, 1e200} {
		w, err := WassersteinCircle(3, scale, []float64{.9 * scale, .1 * scale}, nil, []float64{0}, nil)
		if err != nil {
			t.Error(err)
		}
		reftest.Near(t, "W₃", w, .1*scale, 1e-14, 0)
	}
	third := 1. / 3
	w, err := WassersteinCircle(2, 1, []float64{.1, .4, .7}, []float64{.1, .2, .7}, []float64{.7, .1, .4, .7}, []float64{.35, .1, .2, .35})
	if w != 0 || err != nil {
		t.Errorf("the same, split: %v, %v", w, err)
	}
	w, err = WassersteinCircle(2, 1, []float64{0, third, 2 * third}, nil, []float64{1 + third, -third, 5}, nil)
	if w > 1e-15 || err != nil {
		t.Errorf("the same, laps on: %v, %v", w, err)
	}
}

func TestCircleErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	one := []float64{.5}
	for _, tc := range []struct {
		p, period    float64
		x, xw, y, yw []float64
	}{
		{.9, 1, one, nil, one, nil},
		{nan, 1, one, nil, one, nil},
		{inf, 1, one, nil, one, nil},
		{21, 1, one, nil, one, nil},
		{1, 0, one, nil, one, nil},
		{1, -1, one, nil, one, nil},
		{1, nan, one, nil, one, nil},
		{1, inf, one, nil, one, nil},
		{1, 1, nil, nil, one, nil},
		{1, 1, one, nil, []float64{nan}, nil},
		{1, 1, []float64{inf}, nil, one, nil},
		{1, 1, one, []float64{-1}, one, nil},
		{1, 1, one, []float64{0}, one, nil},
		{1, 1, one, []float64{1, 1}, one, nil},
	} {
		if w, err := WassersteinCircle(tc.p, tc.period, tc.x, tc.xw, tc.y, tc.yw); err == nil {
			t.Errorf("%+v: %v, no error", tc, w)
		}
	}
	var un *UnbalancedError
	if _, err := WassersteinCircle(1, 1, one, []float64{1}, one, []float64{2}); !errors.As(err, &un) {
		t.Errorf("unbalanced: %v", err)
	}
}

// Where ends of atoms meet, the cost has a slope to either side, which is that of
// the next piece.
func TestCircleSlopes(t *testing.T) {
	a := &atoms{at: []float64{.05, .2, .45, .8}, total: 4}
	b := &atoms{at: []float64{.1, .3, .6, .95}, total: 4}
	halves := &atoms{at: []float64{.1, .7}, mass: []float64{3, 1}, total: 4}
	for _, p := range []float64{1, 2, 3} {
		for name, c := range map[string]*circle{
			"equal":  newCircle(a, b, p, 1),
			"halves": newCircle(a, halves, p, 1),
		} {
			for k := -12; k <= 12; k++ {
				const h = 1. / 64
				at := float64(k) / 8 // every other one is a kink
				before, _, _ := c.cost(at - h)
				cost, left, right := c.cost(at)
				after, _, _ := c.cost(at + h)
				reftest.Near(t, name+": left slope", left, (cost-before)/h, 1e-12, 1e-13)
				reftest.Near(t, name+": right slope", right, (after-cost)/h, 1e-12, 1e-13)
			}
		}
	}
}
