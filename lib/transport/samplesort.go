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
func sortItems[T any](w *workspace, s, tmp []item[T]) { sortLevel(w, s, tmp, sortLevels) }

func sortLevel[T any](w *workspace, s, tmp []item[T], levels int) {
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
	if least == most {
		return
	}
	// More bits than these cost more than sorting groups does.
	n := bits.Len(uint(len(s)))
	n = min(n+3, max(21, n+1), 2*digitBits)
	lower, upper := n/2, n-n/2
	scale := float64(uint(1)<<n-1) / (most - least)
	if levels == 0 || scale == 0 || math.IsInf(scale, 1) {
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
	countItems(w, s, least, scale, lower, upper)
	tmp = tmp[:len(s)]
	for i := range s {
		d := number(s[i].key, least, scale) & (1<<lower - 1) % (1 << digitBits)
		at := w.low[d]
		w.low[d]++
		tmp[at] = s[i]
	}
	for i := range tmp {
		d := number(tmp[i].key, least, scale) >> (lower & 31) % (1 << digitBits)
		at := w.high[d]
		w.high[d]++
		s[at] = tmp[i]
	}
	for i := 1; i < len(s); i++ {
		if !(s[i].key < s[i-1].key) {
			continue
		}
		q := number(s[i].key, least, scale)
		lo, hi := i-1, i+1
		for lo > 0 && number(s[lo-1].key, least, scale) == q {
			lo--
		}
		for hi < len(s) && number(s[hi].key, least, scale) == q {
			hi++
		}
		sortLevel(w, s[lo:hi], tmp[lo:hi], levels-1)
		i = hi
	}
}

// number maps keys to integers, in the same order.
func number(key, least, scale float64) uint32 { return uint32(int64((key - least) * scale)) }

// countItems stores where the first item of each digit goes.
func countItems[T any](w *workspace, s []item[T], least, scale float64, lower, upper int) {
	clear(w.low[:1<<lower])
	clear(w.high[:1<<upper])
	for i := range s {
		q := number(s[i].key, least, scale)
		w.low[q&(1<<lower-1)%(1<<digitBits)]++
		w.high[q>>(lower&31)%(1<<digitBits)]++
	}
	for _, counts := range [...][]uint32{w.low[:1<<lower], w.high[:1<<upper]} {
		var at uint32
		for d, n := range counts {
			counts[d] = at
			at += n
		}
	}
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
