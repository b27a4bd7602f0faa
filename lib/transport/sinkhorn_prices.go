package transport

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// entPrices are the prices between sources and sinks that have mass, for
// iterations that go through all of them again and again, from several
// goroutines at once: a table if it isn't too large, or points, or what has to
// be asked for.
type entPrices struct {
	n, m int
	data []float64 // the table, ld apart
	ld   int
	x, y []kernel.Points[float64]
	root bool
	mu   sync.Mutex // of asked
	ask  rows

	low, high float64 // of what isn't forbidden
	mean      float64 // of price − low
	forbidden bool    // some pairs are
}

// newEntPrices looks through all prices. The mean is that under the weights.
func newEntPrices(ctx context.Context, fn string, cost Cost, n, m int, sources, sinks []int32, a, b []float64, limit int) (*entPrices, error) {
	t, err := newTable(fn, cost, n, m, sources, sinks, limit)
	if err != nil {
		return nil, err
	}
	c := &entPrices{n: t.n, m: t.m, low: math.Inf(1), high: math.Inf(-1)}
	switch r := t.rows.(type) {
	case nil:
		c.data, c.ld = t.data, t.ld
	case *pointRows:
		c.x, c.y, c.root = r.x, r.y, r.root
	default:
		c.ask = r
	}
	var room []float64 // for a table that isn't there yet
	if c.data == nil && len(t.data) == t.n*t.m {
		room = t.data
	}
	found := make([]entRow, c.n)
	err = par.For(ctx, c.n, entStrip, func(lo, hi int) {
		var prices []float64
		var ld int
		if room != nil {
			prices, ld = c.strip(room[lo*c.m:hi*c.m], lo, hi)
		} else {
			buffer := entBuffer(c.data == nil, entStrip*c.m)
			defer entBuffers.Put(buffer)
			prices, ld = c.strip(*buffer, lo, hi)
		}
		for i := lo; i < hi; i++ {
			found[i] = entLook(prices[(i-lo)*ld:][:c.m], b)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if room != nil {
		c.data, c.ld, t.hi = room, c.m, c.n
	}
	var sum, mass float64
	for i, r := range found {
		if r.odd {
			if _, err := t.checked(i); err != nil {
				return nil, fmt.Errorf("%s: %w", fn, err)
			}
			c.forbidden = true
		}
		c.low, c.high = min(c.low, r.low), max(c.high, r.high)
		sum += a[i] * r.sum
		mass += a[i] * r.mass
	}
	if mass > 0 {
		c.mean = max(sum/mass-c.low, 0)
	}
	return c, nil
}

// entRow is what is seen of a row of prices: the range of those that aren't
// forbidden, and their sum and their number by weights.
type entRow struct {
	low, high, sum, mass float64
	odd                  bool // forbidden pairs, or what is no price
}

func entLook(row, weights []float64) entRow {
	r := entRow{low: math.Inf(1), high: math.Inf(-1)}
	for j, v := range row {
		if !(math.Abs(v) <= largestCost) {
			r.odd = true
			continue
		}
		r.low, r.high = min(r.low, v), max(r.high, v)
		r.sum += weights[j] * v
		r.mass += weights[j]
	}
	return r
}

// size is what prices are compared with: their largest magnitude.
func (c *entPrices) size() float64 { return max(math.Abs(c.low), math.Abs(c.high)) }

// strip returns the prices of sources lo … hi−1, ld apart, in the buffer if they
// aren't there already. They must not be changed.
func (c *entPrices) strip(buffer []float64, lo, hi int) (prices []float64, ld int) {
	switch {
	case c.data != nil:
		return c.data[lo*c.ld : (hi-1)*c.ld+c.m], c.ld
	case c.x != nil:
		r := pointRows{x: c.x, y: c.y, root: c.root}
		r.fill(buffer, c.m, lo, hi)
	default:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ask.fill(buffer, c.m, lo, hi)
	}
	return buffer, c.m
}

// entStrip is the number of rows that are looked at together, and between two
// looks at the context.
const entStrip = 4

// entBlocks bounds the number of blocks that rows are cut into: every one has
// its own sums of columns.
const entBlocks = 32

func (c *entPrices) block() int {
	return (max(1, (c.n+entBlocks-1)/entBlocks) + entStrip - 1) / entStrip * entStrip
}

// softmin sets
//
//	dst[i] = −ε ln Σⱼ exp((h[j] − C(i,j))/ε)
//
// for all sources. If the context ends it returns its error, and dst is
// partly set.
func (c *entPrices) softmin(ctx context.Context, dst, h []float64, eps float64) error {
	direct := c.data == nil && len(c.x) == 1
	err := par.For(ctx, c.n, entStrip, func(lo, hi int) {
		out := dst[lo:hi]
		if direct {
			kind := kernel.SqEuclidean
			if c.root {
				kind = kernel.Euclidean
			}
			kernel.LogSumExpDist(out, h, c.x[0].Slice(lo, hi), c.y[0], kind, eps)
		} else {
			buffer := entBuffer(c.data == nil, entStrip*c.m)
			prices, ld := c.strip(*buffer, lo, hi)
			kernel.LogSumExp(out, h, prices, ld, eps)
			entBuffers.Put(buffer)
		}
		for i := range out {
			out[i] *= -eps
		}
	})
	return err
}

var entBuffers = sync.Pool{New: func() any { return new([]float64) }}

// entBuffer returns a buffer of the given length, if it is needed.
func entBuffer(needed bool, n int) *[]float64 {
	b := entBuffers.Get().(*[]float64)
	if needed && cap(*b) < n {
		*b = make([]float64, n)
	}
	if needed {
		*b = (*b)[:n]
	}
	return b
}

// entTranspose returns the cost of the way back.
func entTranspose(c Cost) Cost {
	switch c := c.(type) {
	case SquaredEuclidean:
		return SquaredEuclidean{c.Y, c.X}
	case Euclidean:
		return Euclidean{c.Y, c.X}
	}
	return CostFunc(func(i, j int) float64 { return c.At(j, i) })
}
