package figure

import (
	"fmt"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// PlanMatrix draws the matrix P[i,j] of a plan as a heat map, sources from left
// to right and sinks upwards. Of a large one it shows sums over blocks, and says
// so. It panics if plan is nil.
func PlanMatrix(plan *transport.Plan) *Figure {
	if plan == nil {
		panic("figure: PlanMatrix: nil *transport.Plan")
	}
	const most = 128 // rows or columns
	n, m := plan.Dims()
	x, y := blocks(n, most), blocks(m, most)
	cells := Cells{X: x.edges(-0.5, 1), Y: y.edges(-0.5, 1), Values: make([]float64, x.parts*y.parts)}
	for ij, mass := range plan.All() {
		cells.Values[ij.I/x.size*y.parts+ij.J/y.size] += mass
	}
	f := &Figure{
		Title: "Plan $P_{ij}$", XLabel: "source $i$", YLabel: "sink $j$", ColorLabel: "mass",
		Series: []Series{cells}, Height: 11,
	}
	f.fromZero(cells)
	if x.size > 1 || y.size > 1 {
		f.Caption = fmt.Sprintf("Shown are sums over blocks of %d sources and %d sinks.", x.size, y.size)
	}
	return f
}

// Density draws a density on a grid: in two dimensions as a heat map, on the
// line as steps over a shaded area. Of a large grid it shows means over blocks of
// cells, and says so. It panics if grid is nil or the zero value.
func Density(grid *measure.Grid) *Figure {
	axes := []measure.Axis(nil)
	if grid.Dim() > 0 {
		axes = grid.Axes()
	}
	switch mass := grid.Masses; len(axes) {
	case 1:
		a := axes[0]
		var x, y []float64
		for i, m := range mass() {
			x, y = append(x, a.Edge(i), a.Edge(i+1)), append(y, m/a.Width(), m/a.Width())
		}
		return Densities(x, nil, y)
	case 2:
		return heat(axes, mass())
	}
	panic("figure: Density: a nil or zero *measure.Grid")
}

func heat(axes []measure.Axis, mass []float64) *Figure {
	const most = 256 // cells along an axis
	x, y := blocks(axes[0].N, most), blocks(axes[1].N, most)
	cells := Cells{
		X: x.edges(axes[0].Lo, axes[0].Width()), Y: y.edges(axes[1].Lo, axes[1].Width()),
		Values: make([]float64, x.parts*y.parts),
	}
	cells.X[x.parts], cells.Y[y.parts] = axes[0].Hi, axes[1].Hi
	for c, m := range mass {
		cells.Values[c/axes[1].N/x.size*y.parts+c%axes[1].N/y.size] += m
	}
	for k := range cells.Values {
		i, j := k/y.parts, k%y.parts
		cells.Values[k] /= (cells.X[i+1] - cells.X[i]) * (cells.Y[j+1] - cells.Y[j])
	}
	f := &Figure{XLabel: "$x_1$", YLabel: "$x_2$", ColorLabel: "density", Series: []Series{cells}, Height: 11}
	f.fromZero(cells)
	if x.size > 1 || y.size > 1 {
		f.Caption = fmt.Sprintf("Shown are means over blocks of %d by %d cells.", x.size, y.size)
	}
	return f
}

// fromZero lets the colours begin at 0.
func (f *Figure) fromZero(c Cells) {
	if _, hi, n := span2(c.Values); n > 0 && hi > 0 {
		f.ColorRange = [2]float64{0, hi}
	}
}

// A blocking cuts n places into parts of a size; the last may be smaller.
type blocking struct{ n, size, parts int }

func blocks(n, most int) blocking {
	size := (n + most - 1) / most
	return blocking{n, size, (n + size - 1) / size}
}

// edges returns where the parts end if places have a width and start at lo.
func (b blocking) edges(lo, width float64) []float64 {
	e := make([]float64, b.parts+1)
	for k := range e {
		e[k] = lo + float64(width*float64(min(k*b.size, b.n)))
	}
	return e
}
