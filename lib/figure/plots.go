package figure

import "fmt"

// Densities draws functions over one grid as curves on shaded areas, in the
// order given. It panics if there are more names than functions; functions
// without a name aren't in the legend.
func Densities(x []float64, names []string, ys ...[]float64) *Figure {
	if len(names) > len(ys) {
		panic(fmt.Sprintf("figure: Densities: %d names for %d functions", len(names), len(ys)))
	}
	f := &Figure{XLabel: "$x$", YLabel: "density"}
	zero := make([]float64, len(x))
	var (
		turn   cycle
		curves []Series
	)
	for i, y := range ys {
		name := ""
		if i < len(names) {
			name = names[i]
		}
		c, d := turn.next(Auto, AutoDash)
		if len(ys) <= 3 { // more areas over each other say nothing
			f.Series = append(f.Series, Band{X: x, Lo: zero, Hi: y, Color: c})
		}
		curves = append(curves, Curve{Name: name, X: x, Y: y, Color: c, Dash: d})
	}
	f.Series = append(f.Series, curves...)
	return f
}

// Lines draws functions over one grid as curves, in the order given. It panics
// if there are more names than functions.
func Lines(x []float64, names []string, ys ...[]float64) *Figure {
	if len(names) > len(ys) {
		panic(fmt.Sprintf("figure: Lines: %d names for %d functions", len(names), len(ys)))
	}
	f := &Figure{}
	for i, y := range ys {
		c := Curve{X: x, Y: y}
		if i < len(names) {
			c.Name = names[i]
		}
		f.Series = append(f.Series, c)
	}
	return f
}

// Trajectories draws many paths over one grid of times as thin lines of one
// colour: paths[i][k] is where the i-th is at t[k].
func Trajectories(t []float64, paths ...[]float64) *Figure {
	f := &Figure{XLabel: "$t$", YLabel: "$x_t$"}
	for _, p := range paths {
		f.Series = append(f.Series, Curve{X: t, Y: p, Color: Blue, Dash: Solid, Width: 0.8})
	}
	return f
}
