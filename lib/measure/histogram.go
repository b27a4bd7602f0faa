package measure

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Histogram is a density on an interval that is constant between edges, which
// need not be equally far apart: its quantile function is linear between the
// cells. See [Grid] for cells of equal width.
type Histogram struct {
	edges []float64 // increasing
	cells
}

var (
	_ LineDensity = (*Histogram)(nil)
	_ Moments     = (*Histogram)(nil)
	_ Knotted     = (*Histogram)(nil)
)

// NewHistogram returns the density whose cells, between one edge and the next,
// hold the given masses, which are scaled to sum to 1. Both are copied.
//
// It returns a DimError unless there is one edge more than masses, and a
// ValueError for edges that aren't finite and increasing, for a mass that is
// negative or isn't finite, and for masses whose sum is 0 or overflows.
func NewHistogram(edges, mass []float64) (*Histogram, error) {
	const fn = "measure.NewHistogram"
	if len(mass) == 0 || len(edges) != len(mass)+1 {
		return nil, &DimError{fn, "edges", len(edges), max(len(mass), 1) + 1}
	}
	for i, e := range edges {
		if !finite(e) || i > 0 && !(e > edges[i-1]) {
			return nil, &ValueError{fn, fmt.Sprintf("edge %d", i), e, "finite and above the edge before"}
		}
	}
	if last := len(mass); !finite(edges[last] - edges[0]) {
		return nil, &ValueError{fn, fmt.Sprintf("edge %d", last), edges[last], "so near to the first that the difference is finite"}
	}
	h := &Histogram{edges: slices.Clone(edges)}
	var err error
	h.cells, err = newCells(fn, mass, true)
	return h, err
}

// HistogramOf returns a histogram of n cells with edges at quantiles of p. The
// levels are Φ(z) for equally spaced z from −6.5 to 6.5, so that tails are
// resolved; the mass of 4·10⁻¹¹ beyond is in the outermost cells. Ends of a
// bounded support are edges.
//
// It returns an error if p is nil or not on the line, if n < 2, and if two
// quantiles are the same or one isn't finite: p has an atom, or no width.
func HistogramOf(p Line, n int) (*Histogram, error) {
	const (
		fn   = "measure.HistogramOf"
		tail = 6.5
	)
	switch {
	case p == nil || p.Dim() != 1:
		return nil, fmt.Errorf("%s: p is not a measure on the line", fn)
	case n < 2:
		return nil, &ValueError{fn, "n", float64(n), "at least 2"}
	}
	edges, mass := make([]float64, n+1), make([]float64, n)
	normal := Normal(0, 1)
	var before float64
	for j := range edges {
		z := tail * (2*float64(j)/float64(n) - 1)
		lower, upper := normal.LogCDF(z)
		if z < 0 {
			edges[j] = p.LogQuantile(lower, false)
		} else {
			edges[j] = p.LogQuantile(upper, true)
		}
		cdf := math.Exp(lower)
		switch {
		case j == 0:
			if end := p.LogQuantile(math.Inf(-1), false); finite(end) {
				edges[0] = end
			}
			before = 0
			continue
		case j == n:
			if end := p.LogQuantile(math.Inf(-1), true); finite(end) {
				edges[n] = end
			}
			mass[j-1] = mass[0]
			continue
		case z > 0: // a difference of small numbers
			_, last := normal.LogCDF(tail * (2*float64(j-1)/float64(n) - 1))
			mass[j-1] = math.Exp(last) - math.Exp(upper)
		default:
			mass[j-1] = cdf - before
		}
		before = cdf
	}
	for j := 1; j <= n; j++ {
		if !finite(edges[j-1]) || !(edges[j] > edges[j-1]) {
			return nil, fmt.Errorf("%s: neighbouring quantiles of p are %v and %v, want finite and increasing", fn, edges[j-1], edges[j])
		}
	}
	return NewHistogram(edges, mass)
}

// Dim returns 1, and 0 for a nil or zero Histogram.
func (h *Histogram) Dim() int {
	if h == nil || len(h.mass) == 0 {
		return 0
	}
	return 1
}

// Edges returns the edges of the cells. It is not a copy, and must not be
// changed.
func (h *Histogram) Edges() []float64 { return h.edges }

// Masses returns the masses of the cells, which sum to 1. It is not a copy, and
// must not be changed.
func (h *Histogram) Masses() []float64 { return h.mass }

// Sample fills the single column of dst with independent draws.
func (h *Histogram) Sample(dst *mat.Dense, key rng.Key) {
	n := checkRows("measure.Histogram.Sample", nil, dst, 1)
	cell, within := make([]float64, n), make([]float64, n)
	key.Named("cell").Uniform(cell)
	key.Named("position").Uniform(within)
	for i, u := range cell {
		k := pick(h.upto, u)
		dst.Set(i, 0, (1-within[i])*h.edges[k]+within[i]*h.edges[k+1])
	}
}

// at returns the cell in which x lies; an edge belongs to the cell above it, and
// the last to the last.
func (h *Histogram) at(x float64) (i int, ok bool) {
	last := len(h.mass)
	if !(x >= h.edges[0] && x <= h.edges[last]) {
		return 0, false
	}
	return min(sort.Search(last, func(i int) bool { return h.edges[i+1] > x }), last-1), true
}

// LogProb stores the log density at the single column of x into dst: −Inf
// outside the edges and in cells without mass.
func (h *Histogram) LogProb(dst []float64, x *mat.Dense) { LogProbLine(dst, x, h.LogProb1) }

// LogProb1 returns the log density at x.
func (h *Histogram) LogProb1(x float64) float64 {
	i, ok := h.at(x)
	switch {
	case math.IsNaN(x):
		return x
	case !ok:
		return math.Inf(-1)
	}
	return math.Log(h.mass[i]) - math.Log(h.edges[i+1]-h.edges[i])
}

// LogCDF returns ln P(X ≤ x) and ln P(X > x).
func (h *Histogram) LogCDF(x float64) (lower, upper float64) {
	switch {
	case math.IsNaN(x):
		return x, x
	case x <= h.edges[0]:
		return math.Inf(-1), 0
	case x >= h.edges[len(h.mass)]:
		return 0, math.Inf(-1)
	}
	i, _ := h.at(x)
	return h.logCDF(i, h.edges[i], h.edges[i+1], x)
}

// LogQuantile returns the quantile; see [Line]. Where there is no mass it is the
// least point that qualifies.
func (h *Histogram) LogQuantile(logp float64, upper bool) float64 {
	return h.logQuantile(logp, upper, func(i int) float64 { return h.edges[i] })
}

// Knots appends the edges.
func (h *Histogram) Knots(dst []float64) []float64 { return append(dst, h.edges...) }

// Mean stores the mean into dst, which is allocated if nil, and returns it.
func (h *Histogram) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, 1)
	}
	checkLen("measure.Histogram.Mean", dst, 1)
	var sum num.Sum
	for i, m := range h.mass {
		sum.Add(m * (h.edges[i] + (h.edges[i+1]-h.edges[i])/2))
	}
	dst[0] = sum.Value()
	return dst
}

// Cov stores the variance into dst, which must be empty or 1×1.
func (h *Histogram) Cov(dst *mat.SymDense) {
	if dst.IsEmpty() {
		dst.ReuseAsSym(1)
	} else if n := dst.SymmetricDim(); n != 1 {
		panic((&DimError{"measure.Histogram.Cov", "dst", n, 1}).Error())
	}
	mean := h.Mean(nil)[0]
	var sum num.Sum
	for i, m := range h.mass {
		a, b := h.edges[i]-mean, h.edges[i+1]-mean
		sum.Add(m * (a*a + a*b + b*b) / 3)
	}
	dst.SetSym(0, 0, sum.Value())
}
