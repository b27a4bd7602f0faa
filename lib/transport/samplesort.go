package transport

import (
	"math"
	"math/bits"
	"slices"
	"sync"
)

// item is something to sort: a finite key, and what goes with it. (A struct{} at
// the end would take space.)
type item[T any] struct {
	tag T
	key float64
}

// workspace is memory that sorting needs, and that is kept from one sample to the
// next: to get it anew would take as long as sorting.
type workspace struct {
	low, high [1 << digitBits]uint32
	keys      [2][]item[struct{}]
	pairs     [2][]item[float64]
	at, mass  []float64
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// grown returns s with length n. What it holds may be lost.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

const (
	digitBits  = 13 // most of a digit
	fewItems   = 24 // are sorted by insertion
	sortLevels = 4  // of groups within groups
)

// sortItems sorts s by key, stably. It needs tmp, of the same length.
//
// It maps keys linearly to integers of two digits, with more values than there
// are keys, and sorts by the lower digit and then by the upper. Few keys that are
// spread at all evenly have the same integer; those that do, and are not in
// order, are sorted as a group by themselves.
func sortItems[T any](w *workspace, s, tmp []item[T]) { sortGroup(w, s, tmp, sortLevels) }

func sortGroup[T any](w *workspace, s, tmp []item[T], levels int) {
	if len(s) <= fewItems {
		insertItems(s)
		return
	}
	least, most := s[0].key, s[0].key
	for i := range s {
		k := s[i].key // min and max are slower
		if k < least {
			least = k
		}
		if k > most {
			most = k
		}
	}
	sortWithin(w, s, tmp, least, most, levels)
}

// sortWithin is sortItems for keys between least and most.
func sortWithin[T any](w *workspace, s, tmp []item[T], least, most float64, levels int) {
	if least == most {
		return
	}
	g, ok := newDigits(len(s), least, most)
	if levels == 0 || !ok {
		slices.SortStableFunc(s, func(a, b item[T]) int {
			switch {
			case a.key < b.key:
				return -1
			case a.key > b.key:
				return 1
			}
			return 0
		})
		return
	}
	w.clear(g)
	// With copies of what doesn't change, this is much faster.
	low, high := &w.low, &w.high
	scale, mask, lower := g.scale, g.mask, g.lower&31
	for i := range s {
		q := uint32(int64((s[i].key - least) * scale))
		low[q&mask%(1<<digitBits)]++
		high[q>>lower%(1<<digitBits)]++
	}
	sortCounted(w, s, tmp, g, levels)
}

// sortCounted is sortWithin after keys were counted.
func sortCounted[T any](w *workspace, s, tmp []item[T], g digits, levels int) {
	for _, counts := range [...][]uint32{w.low[:g.mask+1], w.high[:g.top+1]} {
		var at uint32
		for d, n := range counts {
			counts[d] = at
			at += n
		}
	}
	tmp = tmp[:len(s)]
	low, high := &w.low, &w.high
	least, scale, mask, lower := g.least, g.scale, g.mask, g.lower&31
	for _, v := range s {
		d := uint32(int64((v.key-least)*scale)) & mask % (1 << digitBits)
		at := low[d]
		low[d] = at + 1
		tmp[at] = v
	}
	for _, v := range tmp {
		d := uint32(int64((v.key-least)*scale)) >> lower % (1 << digitBits)
		at := high[d]
		high[d] = at + 1
		s[at] = v
	}
	last := s[0].key
	for i := 1; i < len(s); i++ {
		v := s[i]
		if !(v.key < last) {
			last = v.key
			continue
		}
		j := i
		for ; j > 0 && s[j-1].key > v.key && i-j < fewItems; j-- {
			s[j] = s[j-1]
		}
		s[j] = v
		if i-j < fewItems {
			continue
		}
		// A group that may be large.
		q := g.number(v.key)
		lo, hi := j, i+1
		for lo > 0 && g.number(s[lo-1].key) == q {
			lo--
		}
		for hi < len(s) && g.number(s[hi].key) == q {
			hi++
		}
		sortGroup(w, s[lo:hi], tmp[lo:hi], levels-1)
		i, last = hi-1, s[hi-1].key
	}
}

// digits maps keys to integers of two digits, in the same order.
type digits struct {
	least, scale float64
	mask, top    uint32 // the largest digits
	lower        uint32 // bits of the lower one
}

// newDigits returns the map for n keys between least and most, if there is one.
func newDigits(n int, least, most float64) (g digits, ok bool) {
	// More bits than these cost more than sorting groups does.
	all := bits.Len(uint(n))
	all = min(max(min(all+3, 21), all+1), 2*digitBits)
	lower := all / 2
	g = digits{least, float64(uint(1)<<all-1) / (most - least), 1<<lower - 1, 1<<(all-lower) - 1, uint32(lower)}
	return g, g.scale > 0 && g.scale <= math.MaxFloat64
}

func (g digits) number(key float64) uint32 { return uint32(int64((key - g.least) * g.scale)) }

func (w *workspace) clear(g digits) {
	clear(w.low[:g.mask+1])
	clear(w.high[:g.top+1])
}

// insertItems sorts a few items, stably.
func insertItems[T any](s []item[T]) {
	for i := 1; i < len(s); i++ {
		v, j := s[i], i
		for ; j > 0 && s[j-1].key > v.key; j-- {
			s[j] = s[j-1]
		}
		s[j] = v
	}
}
