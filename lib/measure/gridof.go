package measure

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// GridOf returns the masses that m puts into the cells of a grid, scaled to sum
// to 1, and what they summed to before: the mass of m inside the grid. Atoms are
// counted; on the line, masses are differences of the distribution function;
// densities in two dimensions are integrated over each cell by a rule of 4×4
// points, exact for polynomials of degree 7 in each coordinate.
//
// It returns the errors of [NewGrid] for its axes, a DimError if the dimensions
// of m and the grid differ, and an error if m is nil or neither has a density
// nor is on the line, or has no mass inside the grid.
func GridOf(m Measure, axes ...Axis) (g *Grid, inside float64, err error) {
	const fn = "measure.GridOf"
	cells, err := countCells(fn, axes)
	if err != nil {
		return nil, 0, err
	}
	if m == nil {
		return nil, 0, errors.New(fn + ": the measure is nil")
	}
	if d := m.Dim(); d != len(axes) {
		return nil, 0, &DimError{fn, "the measure", d, len(axes)}
	}
	mass := make([]float64, cells)
	if d, ok := AsDiscrete(m); ok {
		for i, w := range d.weights {
			if c, ok := cellOf(axes, d.points.RawRowView(i)); ok {
				mass[c] += w
			}
		}
	} else if l, ok := m.(Line); ok && len(axes) == 1 {
		lineMasses(mass, l, axes[0])
	} else if l, ok := m.(LogDensity); ok && len(axes) == 2 {
		planeMasses(mass, l, axes)
	} else {
		return nil, 0, fmt.Errorf("%s: %T has neither atoms, nor quantiles on the line, nor a density in the plane", fn, m)
	}
	total := cumulate(mass)[cells-1]
	if !(total > 0) || math.IsInf(total, 1) {
		return nil, 0, &ValueError{fn, "the mass inside the grid", total, "positive and finite"}
	}
	g, err = NewGrid(mass, axes...)
	return g, total, err
}

func cellOf(axes []Axis, x []float64) (c int, ok bool) {
	for k, a := range axes {
		i, ok := a.Cell(x[k])
		if !ok {
			return 0, false
		}
		c = c*a.N + i
	}
	return c, true
}

// lineMasses takes differences in the smaller tail, so that cells far out keep
// their digits.
func lineMasses(mass []float64, l Line, a Axis) {
	lo, up := l.LogCDF(a.Lo)
	for i := range mass {
		nextLo, nextUp := l.LogCDF(a.Edge(i + 1))
		if nextLo < up {
			mass[i] = math.Exp(nextLo) - math.Exp(lo)
		} else {
			mass[i] = math.Exp(up) - math.Exp(nextUp)
		}
		mass[i] = max(mass[i], 0) // not below, for rounding
		lo, up = nextLo, nextUp
	}
}

// The Gauss-Legendre rule of 4 points on [−1, 1], ±√(3/7 ∓ 2/7 √(6/5)).
var (
	legendreX = [4]float64{-0.86113631159405257522, -0.33998104358485626480, 0.33998104358485626480, 0.86113631159405257522}
	legendreW = [4]float64{0.34785484513745385737, 0.65214515486254614263, 0.65214515486254614263, 0.34785484513745385737}
)

// planeMasses integrates the density, a row of cells at a time.
func planeMasses(mass []float64, l LogDensity, axes []Axis) {
	const points = len(legendreX)
	a, b := axes[0], axes[1]
	x := mat.NewDense(b.N*points*points, 2, nil)
	logp := make([]float64, b.N*points*points)
	scale := 0.25 * a.Width() * b.Width()
	for i := range a.N {
		r := 0
		for j := range b.N {
			for _, u := range legendreX {
				for _, v := range legendreX {
					x.Set(r, 0, a.Centre(i)+0.5*a.Width()*u)
					x.Set(r, 1, b.Centre(j)+0.5*b.Width()*v)
					r++
				}
			}
		}
		l.LogProb(logp, x)
		r = 0
		for j := range b.N {
			var sum float64
			for _, u := range legendreW {
				for _, v := range legendreW {
					sum += u * v * math.Exp(logp[r])
					r++
				}
			}
			mass[i*b.N+j] = scale * sum
		}
	}
}
