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
	space *workspace
}

// free lets others use the memory of the atoms, which must not be used again.
func (a *atoms) free() {
	if a.space != nil {
		workspaces.Put(a.space)
		*a = atoms{}
	}
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
	ua, ub, err = unitsOf(fn, &a, &b, xw == nil, yw == nil)
	return a, b, ua, ub, err
}

// unitsOf returns units of mass in which both samples have the same, and as many
// weights as possible are exact. Equal weights may have any mass.
func unitsOf(fn string, a, b *atoms, equalA, equalB bool) (ua, ub float64, err error) {
	if !equalA && !equalB && math.Abs(a.total-b.total) > balance*max(a.total, b.total) {
		return 0, 0, &UnbalancedError{fn, a.total, b.total}
	}
	switch ua, ub = 1, 1; {
	case a.total == b.total:
	case equalA && equalB:
		ua, ub = b.total, a.total
	case equalB:
		ua = b.total / a.total
	default:
		ub = a.total / b.total
	}
	if math.IsInf(ua, 1) || math.IsInf(ub, 1) { // masses next to the smallest number
		ua, ub = 1/a.total, 1/b.total
	}
	return ua, ub, nil
}

func newAtoms(fn, name string, x, w []float64, order bool) (a atoms, err error) {
	n := len(x)
	if n == 0 {
		return a, fmt.Errorf("%s: %s is empty", fn, name)
	}
	if w != nil && len(w) != n {
		return a, fmt.Errorf("%s: %s has %d points and %d weights", fn, name, n, len(w))
	}
	least, most := x[0], x[0]
	for i, v := range x {
		if v < least {
			least = v
		}
		if v > most {
			most = v
		}
		if !(math.Abs(v) <= math.MaxFloat64) {
			return a, fmt.Errorf("%s: %s[%d] is %v, want a finite number", fn, name, i, v)
		}
	}
	a.total = float64(n)
	if w != nil {
		var total accurate
		for i, v := range w {
			if !(v >= 0 && v <= math.MaxFloat64) {
				return a, fmt.Errorf("%s: weight %s[%d] is %v, want a finite number ≥ 0", fn, name, i, v)
			}
			total.add(v)
		}
		a.total = total.value()
		if !(a.total > 0 && a.total <= math.MaxFloat64) {
			return a, fmt.Errorf("%s: the weights of %s sum to %v, want a positive finite mass", fn, name, total.hi)
		}
	}
	a.space = workspaces.Get().(*workspace)
	switch {
	case order:
		a.sortOrder(x, w)
	case w == nil:
		a.sortPoints(x, least, most)
	default:
		a.sortWeighted(x, w, least, most)
	}
	return a, nil
}

func (a *atoms) sortPoints(x []float64, least, most float64) {
	s := a.space
	for k := range s.keys {
		s.keys[k] = grown(s.keys[k], len(x))
	}
	keys := s.keys[0]
	for i, v := range x {
		keys[i].key = v
	}
	sortWithin(s, keys, s.keys[1], least, most, sortLevels)
	s.at = grown(s.at, len(x))
	a.at = s.at
	for i := range keys {
		a.at[i] = keys[i].key
	}
}

// sortWeighted joins points that coincide, so that their weights are added
// before they are compared with others.
func (a *atoms) sortWeighted(x, w []float64, least, most float64) {
	s := a.space
	for k := range s.pairs {
		s.pairs[k] = grown(s.pairs[k], len(x))
	}
	pairs, n := s.pairs[0], 0
	for i, v := range x {
		if w[i] > 0 {
			pairs[n] = item[float64]{w[i], v}
			n++
		}
	}
	pairs = pairs[:n]
	sortWithin(s, pairs, s.pairs[1], least, most, sortLevels)
	s.at, s.mass = grown(s.at, n), grown(s.mass, n)
	k := 0
	for i := 0; i < n; k++ {
		key, mass := pairs[i].key, pairs[i].tag
		if i++; i < n && pairs[i].key == key {
			var sum num.Sum
			sum.Add(mass)
			for ; i < n && pairs[i].key == key; i++ {
				sum.Add(pairs[i].tag)
			}
			mass = sum.Value()
		}
		s.at[k], s.mass[k] = key, mass
	}
	a.at, a.mass = s.at[:k], s.mass[:k]
}

func (a *atoms) sortOrder(x, w []float64) {
	keys := make([]item[int], 0, len(x))
	for i, v := range x {
		if w == nil || w[i] > 0 {
			keys = append(keys, item[int]{i, v})
		}
	}
	sortItems(a.space, keys, make([]item[int], len(keys)))
	for _, v := range keys {
		a.at, a.order = append(a.at, v.key), append(a.order, v.tag)
		if w != nil {
			a.mass = append(a.mass, w[v.tag])
		}
	}
}

// accurate is a running sum of hi and the errors that were made, lo. It takes no
// branches, so it is fast where num.Sum would guess wrong.
type accurate struct{ hi, lo float64 }

func (s *accurate) add(x float64) {
	t := s.hi + x
	z := t - s.hi
	s.lo += (s.hi - (t - z)) + (x - z)
	s.hi = t
}

func (s *accurate) value() float64 { return s.hi + s.lo }

// A piece of a plan between atoms i of one sample and j of another.
type piece struct {
	i, j int
	mass float64
}

// monotone is the plan between two samples that keeps order, a number of pieces at
// a time, by which atoms are counted in increasing order.
//
// What is left of an atom when the masses up to two atoms agree but for rounding
// is no piece: one of mass 10⁻¹⁷ at distance 1 would be 3·10⁻⁹ in W₂. It counts
// as rounding if it is beside both atoms that follow, and is carried on, so that
// atoms that weigh as little are not lost.
type monotone struct {
	a, b   *atoms
	ua, ub float64  // units of mass
	i, j   int      // the atoms that are next
	ahead  accurate // mass of a before i, less that of b before j
}

// fill stores the pieces that follow, and returns how many; 0 is the end.
func (m *monotone) fill(dst []piece) int {
	const rounding = 4 * 0x1p-52
	a, b, ua, ub, ahead := m.a, m.b, m.ua, m.ub, m.ahead
	i, j, n := m.i, m.j, 0
	for ; n < len(dst) && i < len(a.at) && j < len(b.at); n++ {
		wa, wb := ua, ub
		if a.mass != nil {
			wa *= a.mass[i]
		}
		if b.mass != nil {
			wb *= b.mass[j]
		}
		switch s := ahead.value(); {
		case math.Abs(s) <= rounding*min(wa, wb):
			dst[n] = piece{i, j, min(wa, wb)}
			ahead.add(wa)
			ahead.add(-wb)
			i, j = i+1, j+1
		case s > 0:
			dst[n] = piece{i - 1, j, min(s, wb)}
			ahead.add(-wb)
			j++
		default:
			dst[n] = piece{i, j - 1, min(-s, wa)}
			ahead.add(wa)
			i++
		}
	}
	// The last of one takes what is left of the other.
	if i == len(a.at) {
		for ; n < len(dst) && j < len(b.at); n++ {
			dst[n] = piece{i - 1, j, b.weight(j) * ub}
			j++
		}
	}
	if j == len(b.at) {
		for ; n < len(dst) && i < len(a.at); n++ {
			dst[n] = piece{i, j - 1, a.weight(i) * ua}
			i++
		}
	}
	m.i, m.j, m.ahead = i, j, ahead
	return n
}
