package measure

import (
	"math"
	"sort"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
)

// cells are masses of cells in order, each spread evenly over its cell.
type cells struct {
	mass []float64 // sum 1
	upto []float64 // Σ mass[:i+1]
	from []float64 // on the line: Σ mass[i:]
}

func newCells(fn string, mass []float64, line bool) (c cells, err error) {
	c.mass = make([]float64, len(mass))
	if err := normalise(fn, "mass", c.mass, mass); err != nil {
		return c, err
	}
	c.upto = cumulate(c.mass)
	if line {
		c.from = make([]float64, len(mass))
		var sum num.Sum
		for i := len(mass) - 1; i >= 0; i-- {
			sum.Add(c.mass[i])
			c.from[i] = sum.Value()
		}
	}
	return c, nil
}

// below and above return the mass of the cells on either side of cell i.
func (c cells) below(i int) float64 {
	if i == 0 {
		return 0
	}
	return c.upto[i-1]
}

func (c cells) above(i int) float64 {
	if i == len(c.from)-1 {
		return 0
	}
	return c.from[i+1]
}

// logCDF returns ln P(X ≤ x) and ln P(X > x) for x in cell i, which is [lo, hi].
func (c cells) logCDF(i int, lo, hi, x float64) (lower, upper float64) {
	m := c.mass[i] / (hi - lo)
	return logTails(c.below(i)+m*(x-lo), c.above(i)+m*(hi-x))
}

// logQuantile is LogQuantile of a Line whose cell i is [edge(i), edge(i+1)].
// Where there is no mass it is the least point that qualifies.
func (c cells) logQuantile(logp float64, upper bool, edge func(i int) float64) float64 {
	if !(logp <= 0) {
		return math.NaN()
	}
	p := math.Exp(logp)
	// The least cell that reaches p, but not one without mass at the start.
	i := sort.Search(len(c.mass)-1, func(i int) bool {
		if upper {
			return c.above(i) <= p && c.upto[i] > 0
		}
		return c.upto[i] >= p && c.upto[i] > 0
	})
	for c.mass[i] == 0 { // the last mass was short of p, for rounding
		i--
	}
	lo, hi, m := edge(i), edge(i+1), c.mass[i]
	if upper {
		return max(lo, hi-min((p-c.above(i))/m, 1)*(hi-lo))
	}
	return min(lo+max((p-c.below(i))/m, 0)*(hi-lo), hi)
}
