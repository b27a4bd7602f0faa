package transport

import (
	"math"
	"math/bits"
	"slices"
)

// item is something to sort: a key, and what goes with it. (A struct{} at the
// end would take space.)
type item[T any] struct {
	tag T
	key uint64
}

// sortKey returns an integer that orders as x does. The two zeros are equal.
func sortKey(x float64) uint64 {
	b := math.Float64bits(x + 0)
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

// sortValue is the inverse of sortKey.
func sortValue(key uint64) float64 {
	if key>>63 == 1 {
		return math.Float64frombits(key &^ (1 << 63))
	}
	return math.Float64frombits(^key)
}

// radixSort sorts s by key, stably, and returns the result, which is s or tmp;
// both are overwritten and must have the same length.
//
// It sorts by the leading 32 bits in which keys differ, a byte at a time from
// the last to the first. Few keys agree in all of them, and what does is sorted
// by itself.
func radixSort[T any](s, tmp []item[T]) []item[T] {
	if len(s) < 1<<9 {
		sortFew(s)
		return s
	}
	least, most := s[0].key, s[0].key
	for i := range s {
		least, most = min(least, s[i].key), max(most, s[i].key)
	}
	spread := bits.Len64(most - least)
	shift := max(spread-32, 0)
	var next [4][256]int // counts, then where the next of each byte goes
	for i := range s {
		k := uint32((s[i].key - least) >> shift)
		next[0][uint8(k)]++
		next[1][uint8(k>>8)]++
		next[2][uint8(k>>16)]++
		next[3][uint8(k>>24)]++
	}
	from, to := s, tmp
	for p := range (spread - shift + 7) / 8 {
		next, at := &next[p], 0
		for d, n := range next {
			next[d] = at
			at += n
		}
		by := shift + 8*p
		for i := range from {
			d := uint8((from[i].key - least) >> by)
			to[next[d]] = from[i]
			next[d]++
		}
		from, to = to, from
	}
	if shift == 0 {
		return from
	}
	for i := 0; i < len(from); {
		k, j := (from[i].key-least)>>shift, i+1
		for j < len(from) && (from[j].key-least)>>shift == k {
			j++
		}
		if j > i+1 {
			copy(from[i:j], radixSort(from[i:j], to[i:j]))
		}
		i = j
	}
	return from
}

// sortFew is radixSort for few items.
func sortFew[T any](s []item[T]) {
	if len(s) > 12 {
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
	for i := 1; i < len(s); i++ {
		v, j := s[i], i
		for ; j > 0 && s[j-1].key > v.key; j-- {
			s[j] = s[j-1]
		}
		s[j] = v
	}
}
