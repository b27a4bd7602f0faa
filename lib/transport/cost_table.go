package transport

import (
	"fmt"
	"math"
)

// A table gives the prices between sources and sinks that have mass, by rows.
type table struct {
	n, m           int
	sources, sinks []int32
	rows           rows
	finite         bool      // an infinite price is an overflow
	data           []float64 // rows lo … hi−1, ld apart
	ld, lo, hi     int
	ready          int // rows below this one have been looked through
}

// strip is the number of rows that are computed together.
const strip = 16

func newTable(fn string, cost Cost, n, m int, sources, sinks []int32, limit int) (*table, error) {
	r, err := newRows(fn, cost, n, m, sources, sinks)
	if err != nil {
		return nil, err
	}
	t := &table{n: len(sources), m: len(sinks), sources: sources, sinks: sinks, rows: r, ld: len(sinks)}
	_, t.finite = r.(*pointRows)
	if d, ok := r.(denseRows); ok && t.n == n && t.m == m {
		t.rows, t.data, t.ld, t.hi = nil, d.data, d.stride, n
	} else if t.n <= limit/t.m {
		t.data = make([]float64, t.n*t.m)
	} else {
		t.data = make([]float64, min(t.n, strip)*t.m)
	}
	return t, nil
}

// row returns the prices from source i. They are overwritten by a later call
// if not all fit into the table.
func (t *table) row(i int) []float64 {
	if i < t.lo || i >= t.hi {
		if len(t.data) < t.n*t.m || i != t.hi {
			t.lo, t.hi = i, i
		}
		t.data = t.data[:cap(t.data)]
		k := min(t.n-t.hi, strip)
		t.rows.fill(t.data[(t.hi-t.lo)*t.ld:], t.ld, t.hi, t.hi+k)
		t.hi += k
	}
	return t.data[(i-t.lo)*t.ld:][:t.m]
}

// checked returns row i after it has looked for what is no price.
func (t *table) checked(i int) ([]float64, error) {
	row := t.row(i)
	if i < t.ready {
		return row, nil
	}
	for j, v := range row {
		if !(math.Abs(v) <= largestCost) && (t.finite || !math.IsInf(v, 1)) {
			want := "a finite number or +Inf"
			if t.finite {
				want = "distances that don't overflow"
			} else if !math.IsNaN(v) && !math.IsInf(v, 0) {
				want = "at most 2¹⁰⁰⁰ in magnitude, or +Inf to forbid the pair"
			}
			return nil, fmt.Errorf("cost[%d][%d] is %v, want %s", t.sources[i], t.sinks[j], v, want)
		}
	}
	t.ready = i + 1
	return row, nil
}
