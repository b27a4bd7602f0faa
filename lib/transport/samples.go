package transport

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// atoms is a weighted sample in increasing order, without what weighs nothing.
type atoms struct {
	at    []float64
	mass  []float64 // nil for 1 each
	order []int     // which points of the sample they were, if asked for
	total float64   // mass
}

func (a *atoms) weight(i int) float64 {
	if a.mass == nil {
		return 1
	}
	return a.mass[i]
}

// twoSamples sorts two samples, and checks that they have the same mass unless
// the weights of one are nil. The masses of x, times ua, and those of y, times
// ub, have the same total. With order, the samples' points can be told.
func twoSamples(fn string, x, xw, y, yw []float64, order bool) (a, b atoms, ua, ub float64, err error) {
	var errs [2]error
	load := func(k int) {
		if k == 0 {
			a, errs[0] = newAtoms(fn, "x", x, xw, order)
		} else {
			b, errs[1] = newAtoms(fn, "y", y, yw, order)
		}
	}
	if len(x)+len(y) < 1<<14 {
		load(0)
		load(1)
	} else {
		_ = par.For(context.Background(), 2, 1, func(k, _ int) { load(k) }) // never cancelled
	}
	for _, err := range errs {
		if err != nil {
			return a, b, 0, 0, err
		}
	}
	if xw != nil && yw != nil && math.Abs(a.total-b.total) > balance*max(a.total, b.total) {
		return a, b, 0, 0, &UnbalancedError{fn, a.total, b.total}
	}
	// Units of mass in which as many weights as possible are exact.
	switch ua, ub = 1, 1; {
	case a.total == b.total:
	case xw == nil && yw == nil:
		ua, ub = b.total, a.total
	case yw == nil:
		ua = b.total / a.total
	default:
		ub = a.total / b.total
	}
	if math.IsInf(ua, 1) || math.IsInf(ub, 1) { // masses next to the smallest number
		ua, ub = 1/a.total, 1/b.total
	}
	return a, b, ua, ub, nil
}

func newAtoms(fn, name string, x, w []float64, order bool) (a atoms, err error) {
	n := len(x)
	if n == 0 {
		return a, fmt.Errorf("%s: %s is empty", fn, name)
	}
	if w != nil && len(w) != n {
		return a, fmt.Errorf("%s: %s has %d points and %d weights", fn, name, n, len(w))
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return a, fmt.Errorf("%s: %s[%d] is %v, want a finite number", fn, name, i, v)
		}
	}
	a.total = float64(n)
	if w != nil {
		var total num.Sum
		for i, v := range w {
			if !(v >= 0) || math.IsInf(v, 1) {
				return a, fmt.Errorf("%s: weight %s[%d] is %v, want a finite number ≥ 0", fn, name, i, v)
			}
			total.Add(v)
		}
		a.total = total.Value()
		if !(a.total > 0) || math.IsInf(a.total, 1) {
			return a, fmt.Errorf("%s: the weights of %s sum to %v, want a positive finite mass", fn, name, a.total)
		}
	}
	switch {
	case order:
		a.sortOrder(x, w)
	case w == nil:
		a.sortPoints(x)
	default:
		a.sortWeighted(x, w)
	}
	return a, nil
}

func (a *atoms) sortPoints(x []float64) {
	keys := make([]item[struct{}], len(x))
	for i, v := range x {
		keys[i].key = sortKey(v)
	}
	a.at = make([]float64, len(x))
	for i, v := range radixSort(keys, make([]item[struct{}], len(x))) {
		a.at[i] = sortValue(v.key)
	}
}

// sortWeighted joins points that coincide, so that their weights are added
// before they are compared with others.
func (a *atoms) sortWeighted(x, w []float64) {
	keys := make([]item[float64], 0, len(x))
	for i, v := range x {
		if w[i] > 0 {
			keys = append(keys, item[float64]{w[i], sortKey(v)})
		}
	}
	keys = radixSort(keys, make([]item[float64], len(keys)))
	a.at, a.mass = make([]float64, 0, len(keys)), make([]float64, 0, len(keys))
	for i := 0; i < len(keys); {
		key, mass := keys[i].key, keys[i].tag
		if i++; i < len(keys) && keys[i].key == key {
			var sum num.Sum
			sum.Add(mass)
			for ; i < len(keys) && keys[i].key == key; i++ {
				sum.Add(keys[i].tag)
			}
			mass = sum.Value()
		}
		a.at, a.mass = append(a.at, sortValue(key)), append(a.mass, mass)
	}
}

func (a *atoms) sortOrder(x, w []float64) {
	keys := make([]item[int], 0, len(x))
	for i, v := range x {
		if w == nil || w[i] > 0 {
			keys = append(keys, item[int]{i, sortKey(v)})
		}
	}
	keys = radixSort(keys, make([]item[int], len(keys)))
	for _, v := range keys {
		a.at, a.order = append(a.at, sortValue(v.key)), append(a.order, v.tag)
		if w != nil {
			a.mass = append(a.mass, w[v.tag])
		}
	}
}

// accurate is a running sum to twice the working precision, of which hi is the
// value. It takes no branches, so it is fast where num.Sum would guess wrong.
type accurate struct{ hi, lo float64 }

func (s *accurate) add(x float64) {
	t := s.hi + x
	z := t - s.hi
	s.lo += (s.hi - (t - z)) + (x - z)
	s.hi = t + s.lo
	s.lo -= s.hi - t
}

// monotone visits the pieces of the plan that keeps order: which atoms of a and
// b, counted in increasing order, and how much mass.
//
// What is left of an atom when the masses up to two atoms agree but for rounding
// is no piece: one of mass 10⁻¹⁷ at distance 1 would be 3·10⁻⁹ in W₂. It counts
// as rounding if it is beside both atoms that follow, and is carried on, so that
// atoms that weigh as little are not lost.
func monotone(a, b *atoms, ua, ub float64, visit func(i, j int, mass float64)) {
	const rounding = 4 * 0x1p-52
	var s accurate // mass of a up to and including i, less that of b up to j
	for i, j := -1, -1; ; {
		moreA, moreB := i+1 < len(a.at), j+1 < len(b.at)
		var wa, wb float64
		if moreA {
			wa = a.weight(i+1) * ua
		}
		if moreB {
			wb = b.weight(j+1) * ub
		}
		switch {
		case moreA && moreB && math.Abs(s.hi) <= rounding*min(wa, wb):
			i, j = i+1, j+1
			visit(i, j, min(wa, wb))
			s.add(wa)
			s.add(-wb)
		case moreB && moreA && s.hi > 0:
			j++
			visit(i, j, min(s.hi, wb))
			s.add(-wb)
		case moreB && moreA:
			i++
			visit(i, j, min(-s.hi, wa))
			s.add(wa)
		case moreB: // the last of a takes the rest
			j++
			visit(i, j, wb)
		case moreA:
			i++
			visit(i, j, wa)
		default:
			return
		}
	}
}
