package measure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Axis cuts the interval [Lo, Hi] into N cells of equal width.
type Axis struct {
	Lo, Hi float64
	N      int
}

// Width returns the width of a cell.
func (a Axis) Width() float64 { return (a.Hi - a.Lo) / float64(a.N) }

// Edge returns the lower end of cell i; Edge(N) is Hi.
func (a Axis) Edge(i int) float64 {
	if i == a.N {
		return a.Hi
	}
	return a.Lo + (a.Hi-a.Lo)*(float64(i)/float64(a.N))
}

// Centre returns the middle of cell i.
func (a Axis) Centre(i int) float64 {
	return a.Lo + (a.Hi-a.Lo)*((float64(i)+0.5)/float64(a.N))
}

// Cell returns the cell in which x lies. An edge belongs to the cell above it,
// and Hi to the last. ok is false outside [Lo, Hi].
func (a Axis) Cell(x float64) (i int, ok bool) {
	if !(x >= a.Lo && x <= a.Hi) {
		return 0, false
	}
	i = min(int((x-a.Lo)/(a.Hi-a.Lo)*float64(a.N)), a.N-1)
	// The division rounds; edges decide.
	switch {
	case x < a.Edge(i):
		i--
	case i+1 < a.N && x >= a.Edge(i+1):
		i++
	}
	return i, true
}

func (a Axis) check(fn string, k int) error {
	name := fmt.Sprintf("axis %d: ", k)
	switch {
	case a.N < 1:
		return &ValueError{fn, name + "N", float64(a.N), "at least 1"}
	case !finite(a.Lo):
		return &ValueError{fn, name + "Lo", a.Lo, "a finite number"}
	case !(a.Hi > a.Lo) || !finite((a.Hi-a.Lo)*(a.Hi-a.Lo)):
		return &ValueError{fn, name + "Hi", a.Hi, "a finite number above Lo"}
	case !(a.Edge(1) > a.Lo && a.Edge(a.N-1) < a.Hi):
		return &ValueError{fn, name + "N", float64(a.N), "so few that neighbouring edges differ"}
	}
	return nil
}

// Grid is a density on an interval or a rectangle that is constant in each cell
// of a regular grid.
type Grid struct {
	axes  []Axis
	cells // the last axis fastest
}

var (
	_ LogDensity  = (*Grid)(nil)
	_ Moments     = (*Grid)(nil)
	_ LineDensity = (*Grid)(nil)
	_ Knotted     = (*Grid)(nil)
)

// NewGrid returns the density whose cells hold the given masses, which are
// scaled to sum to 1. There are one or two axes; in two dimensions the mass of
// cell i of the first axis and j of the second is mass[i*axes[1].N+j]. Mass is
// copied.
//
// It returns a DimError for another number of axes or of masses, and a
// ValueError for an axis without cells or with ends that aren't finite and
// increasing, and for a mass that is negative or isn't finite, or masses whose
// sum is 0 or overflows.
func NewGrid(mass []float64, axes ...Axis) (*Grid, error) {
	const fn = "measure.NewGrid"
	n, err := countCells(fn, axes)
	if err != nil {
		return nil, err
	}
	if len(mass) != n {
		return nil, &DimError{fn, "mass", len(mass), n}
	}
	g := &Grid{axes: append([]Axis(nil), axes...)}
	if g.cells, err = newCells(fn, mass, len(axes) == 1); err != nil {
		return nil, err
	}
	return g, nil
}

func countCells(fn string, axes []Axis) (int, error) {
	if len(axes) < 1 || len(axes) > 2 {
		return 0, &DimError{fn, "axes", len(axes), 2}
	}
	cells := 1
	for k, a := range axes {
		if err := a.check(fn, k); err != nil {
			return 0, err
		}
		if a.N > math.MaxInt/cells {
			return 0, &ValueError{fn, fmt.Sprintf("axis %d: N", k), float64(a.N), "a number of cells that can be counted"}
		}
		cells *= a.N
	}
	return cells, nil
}

// Dim returns the number of axes, and 0 for a nil or zero Grid.
func (g *Grid) Dim() int {
	if g == nil {
		return 0
	}
	return len(g.axes)
}

// Axes returns a copy of the axes.
func (g *Grid) Axes() []Axis { return append([]Axis(nil), g.axes...) }

// Masses returns the masses of the cells, in the order of [NewGrid]. They sum to
// 1. It is not a copy, and must not be changed.
func (g *Grid) Masses() []float64 { return g.mass }

// Marginal returns the law of coordinate k. It panics unless 0 ≤ k < Dim.
func (g *Grid) Marginal(k int) *Grid {
	if k < 0 || k >= len(g.axes) {
		panic(fmt.Sprintf("measure.Grid.Marginal: k is %d, want 0 ≤ k < %d", k, len(g.axes)))
	}
	if len(g.axes) == 1 {
		return g
	}
	sums := make([]num.Sum, g.axes[k].N)
	for c, m := range g.mass {
		sums[g.index(c)[k]].Add(m)
	}
	mass := make([]float64, len(sums))
	for i := range sums {
		mass[i] = sums[i].Value()
	}
	marginal, err := NewGrid(mass, g.axes[k])
	if err != nil {
		panic(err.Error()) // sums of what was checked
	}
	return marginal
}

// index returns the place of cell c along the axes.
func (g *Grid) index(c int) [2]int {
	if len(g.axes) == 1 {
		return [2]int{c}
	}
	n := g.axes[1].N
	return [2]int{c / n, c % n}
}

// Sample fills the rows of dst with independent draws.
func (g *Grid) Sample(dst *mat.Dense, key rng.Key) {
	d := len(g.axes)
	n := checkRows("measure.Grid.Sample", nil, dst, d)
	cell, within := make([]float64, n), make([]float64, n*d)
	key.Named("cell").Uniform(cell)
	key.Named("position").Uniform(within)
	for i, u := range cell {
		at := g.index(pick(g.upto, u))
		for k, a := range g.axes {
			u := within[i*d+k]
			dst.Set(i, k, (1-u)*a.Edge(at[k])+u*a.Edge(at[k]+1))
		}
	}
}

// LogProb stores the log density at the rows of x into dst: −Inf outside the
// grid and in cells without mass. An edge belongs to the cell above it.
func (g *Grid) LogProb(dst []float64, x *mat.Dense) {
	n := checkRows("measure.Grid.LogProb", nil, x, len(g.axes))
	checkLen("measure.Grid.LogProb", dst, n)
	for i := range n {
		dst[i] = g.logProb(x.RawRowView(i))
	}
}

// LogProb1 returns the log density at x of a grid on the line.
func (g *Grid) LogProb1(x float64) float64 {
	g.checkLine("measure.Grid.LogProb1")
	at := [1]float64{x}
	return g.logProb(at[:])
}

func (g *Grid) logProb(x []float64) float64 {
	c, logVolume := 0, 0.0
	for k, a := range g.axes {
		i, ok := a.Cell(x[k])
		switch {
		case math.IsNaN(x[k]):
			return math.NaN()
		case !ok:
			return math.Inf(-1)
		}
		c = c*a.N + i
		logVolume += math.Log(a.Width())
	}
	return math.Log(g.mass[c]) - logVolume
}

// Mean stores the mean into dst, which is allocated if nil, and returns it.
func (g *Grid) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, len(g.axes))
	}
	checkLen("measure.Grid.Mean", dst, len(g.axes))
	for k, a := range g.axes {
		var sum num.Sum
		for c, m := range g.mass {
			sum.Add(m * a.Centre(g.index(c)[k]))
		}
		dst[k] = sum.Value()
	}
	return dst
}

// Cov stores the covariance of the density into dst, which must be empty or d×d:
// that of the cells' centres and, on the diagonal, width²/12.
func (g *Grid) Cov(dst *mat.SymDense) {
	d := len(g.axes)
	if dst.IsEmpty() {
		dst.ReuseAsSym(d)
	} else if n := dst.SymmetricDim(); n != d {
		panic((&DimError{"measure.Grid.Cov", "dst", n, d}).Error())
	}
	mean := g.Mean(nil)
	for j := range d {
		for k := j; k < d; k++ {
			var sum num.Sum
			for c, m := range g.mass {
				at := g.index(c)
				sum.Add(m * (g.axes[j].Centre(at[j]) - mean[j]) * (g.axes[k].Centre(at[k]) - mean[k]))
			}
			if j == k {
				sum.Add(g.axes[j].Width() * g.axes[j].Width() / 12)
			}
			dst.SetSym(j, k, sum.Value())
		}
	}
}

// LogCDF returns ln P(X ≤ x) and ln P(X > x) on the line. It panics in two
// dimensions.
func (g *Grid) LogCDF(x float64) (lower, upper float64) {
	g.checkLine("measure.Grid.LogCDF")
	a := g.axes[0]
	switch {
	case math.IsNaN(x):
		return x, x
	case x <= a.Lo:
		return math.Inf(-1), 0
	case x >= a.Hi:
		return 0, math.Inf(-1)
	}
	i, _ := a.Cell(x)
	return g.logCDF(i, a.Edge(i), a.Edge(i+1), x)
}

// LogQuantile returns the quantile on the line; see Line. Where there is no mass
// it is the least point that qualifies. It panics in two dimensions.
func (g *Grid) LogQuantile(logp float64, upper bool) float64 {
	g.checkLine("measure.Grid.LogQuantile")
	return g.logQuantile(logp, upper, g.axes[0].Edge)
}

// Knots appends the edges of the cells. It panics in two dimensions.
func (g *Grid) Knots(dst []float64) []float64 {
	g.checkLine("measure.Grid.Knots")
	for i := range g.axes[0].N + 1 {
		dst = append(dst, g.axes[0].Edge(i))
	}
	return dst
}

func (g *Grid) checkLine(fn string) {
	if g.Dim() != 1 {
		panic((&DimError{fn, "the measure", g.Dim(), 1}).Error())
	}
}
