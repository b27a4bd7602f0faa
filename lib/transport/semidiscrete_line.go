package transport

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// LineCells is the optimal transport of a density on the line to weighted points,
// for every cost that is a convex function of x − y: in increasing order, each
// point takes the interval that has its weight.
type LineCells struct {
	Points  []float64 // in increasing order, those that coincide joined
	Weights []float64 // positive, sum 1
	Edges   []float64 // point k takes [Edges[k], Edges[k+1]]; the ends may be infinite
	Source  measure.Line
}

// SemiDiscreteLine returns the optimal plan from a density on the line to points
// with weights, in closed form: the edges are quantiles of the source. Nil weights
// are equal; weights are scaled to sum to 1.
//
// It returns an error if the source is nil, isn't on the line or is discrete, if
// there are no points, if lengths differ, if a point isn't finite, if a weight is
// negative or not finite, or if their sum is 0 or overflows.
func SemiDiscreteLine(source measure.Line, points, weights []float64) (*LineCells, error) {
	const fn = "transport.SemiDiscreteLine"
	if source == nil {
		return nil, errors.New(fn + ": source is nil")
	}
	if d := source.Dim(); d != 1 {
		return nil, &measure.DimError{Func: fn, Arg: "source", Got: d, Want: 1}
	}
	if _, ok := measure.AsDiscrete(source); ok {
		return nil, fmt.Errorf("%s: source is discrete, and atoms have no cells", fn)
	}
	if weights == nil { // so that points that coincide are joined
		weights = slices.Repeat([]float64{1}, len(points))
	}
	a, err := newAtoms(fn, "points", points, weights, false)
	if err != nil {
		return nil, err
	}
	defer a.free()
	n := len(a.at)
	c := &LineCells{slices.Clone(a.at), slices.Clone(a.mass), make([]float64, n+1), source}
	for k := range c.Weights {
		c.Weights[k] /= a.total
	}
	c.Edges[0], c.Edges[n] = source.LogQuantile(math.Inf(-1), false), source.LogQuantile(math.Inf(-1), true)
	// From both ends, so that small weights at either keep their digits.
	var below, above num.Sum
	for k, w := range c.Weights[:n-1] {
		if below.Add(w); below.Value() > 0.5 {
			break
		}
		c.Edges[k+1] = source.LogQuantile(math.Log(below.Value()), false)
	}
	for k := n - 1; k > 0; k-- {
		if above.Add(c.Weights[k]); above.Value() >= 0.5 {
			break
		}
		c.Edges[k] = source.LogQuantile(math.Log(above.Value()), true)
	}
	return c, nil
}

// W2Squared returns the squared distance, with a bound on the error of its
// quadrature; see [WassersteinLine].
func (c *LineCells) W2Squared() (w, bound float64, err error) {
	target, err := measure.NewDiscrete(mat.NewDense(len(c.Points), 1, slices.Clone(c.Points)), c.Weights)
	if err != nil {
		return 0, 0, err
	}
	d, b, err := WassersteinLine(2, c.Source, target)
	return d * d, (2*d + b) * b, err
}
