package figure

import (
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// InTime draws the density of a path on the line as a heat map over time, from
// `from` to `to`, and place. Colours end at the density that only a hundredth of
// the picture exceeds, so that narrow peaks don't pale the rest. It panics if a
// law of the path has no density on the line.
func InTime(p flow.Path, from, to float64, x [2]float64) *Figure {
	const n, m = 96, 128
	c := Cells{X: flow.Times(from, to, n), Y: flow.Times(x[0], x[1], m), Values: make([]float64, n*m)}
	for i := range n {
		t := (c.X[i] + c.X[i+1]) / 2
		law, ok := p.At(t).(measure.LineDensity)
		if !ok {
			panic(fmt.Sprintf("figure: InTime: the law at time %v is a %T, without a density on the line", t, p.At(t)))
		}
		logp := measure.Scalar(law)
		for j := range m {
			c.Values[i*m+j] = math.Exp(logp((c.Y[j] + c.Y[j+1]) / 2))
		}
	}
	f := &Figure{XLabel: "$t$", YLabel: "$x$", ColorLabel: "density", Series: []Series{c}}
	if v := sortedFinite(c.Values); len(v) > 0 && v[len(v)*99/100] > 0 {
		f.ColorRange = [2]float64{0, v[len(v)*99/100]}
	}
	return f
}

// Surface tabulates a function over a rectangle, for heat maps: so many cells
// along each side, with its values in their middles.
func Surface(x, y [2]float64, n int, f func(x, y float64) float64) Cells {
	c := Cells{X: flow.Times(x[0], x[1], n), Y: flow.Times(y[0], y[1], n), Values: make([]float64, n*n)}
	for k := range c.Values {
		i, j := k/n, k%n
		c.Values[k] = f((c.X[i]+c.X[i+1])/2, (c.Y[j]+c.Y[j+1])/2)
	}
	return c
}

// Nodes tabulates a function on a grid over a rectangle, for contours: n by n
// nodes, its borders among them.
func Nodes(x, y [2]float64, n int, f func(x, y float64) float64) Contours {
	c := Contours{X: flow.Times(x[0], x[1], n-1), Y: flow.Times(y[0], y[1], n-1), Values: make([]float64, n*n)}
	for k := range c.Values {
		c.Values[k] = f(c.X[k/n], c.Y[k%n])
	}
	return c
}
