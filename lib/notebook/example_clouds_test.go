package notebook_test

import (
	"github.com/janpfeifer/must"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/notebook"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

func source() *measure.Discrete {
	return must.M1(measure.NewDiscrete(mat.NewDense(3, 2, []float64{0, 0, 0, 1, 1, 0}), nil))
}

func target() *measure.Discrete {
	return must.M1(measure.NewDiscrete(mat.NewDense(2, 2, []float64{3, 1, 4, 0}), nil))
}

// Five lines draw the plan and the potentials of two clouds, and tell how good the
// plan is. They are a cell of the notebook 02-optimal-transport;
// outside of one the figures say in words what they show.
func Example_twoClouds() {
	p, q := source(), target()
	x, y := p.Points(), q.Points()
	cost := transport.SquaredEuclidean{X: x, Y: y}
	plan := must.M1(transport.Exact(notebook.Context(), p.Weights(), q.Weights(), cost, transport.ExactOptions{}))
	notebook.Show(figure.Plan(plan, x, y), figure.Potentials(plan, x, y), plan)
	// Output:
	// Plan of cost ⟨P, C⟩ = 10.33. Horizontal axis x₁. Vertical axis x₂. Lines: 4 lines, the longest of length 4. Points sources x_i: 3 values, horizontally from 0 to 1, vertically from 0 to 1. Points sinks y_j: 2 values, horizontally from 3 to 4, vertically from 0 to 1.
	// Potentials f of the sources, g of the sinks. Horizontal axis x₁. Vertical axis x₂. Colour f, g, blue below and red above 0, from −8.167 to 8.167. Points f(x_i): 3 values, horizontally from 0 to 1, vertically from 0 to 1; as colour: smallest 0.8333, largest 7.833. Points g(y_j): 2 values, horizontally from 3 to 4, vertically from 0 to 1; as colour: smallest 2.167, largest 8.167.
	// plan
	// -----------------------------  --------------------------
	// sources, sinks                 3, 2
	// pairs that mass moves between  4
	// cost ⟨P, C⟩                    10.3333
	// duality gap                    < 1e−10
	// potential f                    0.833333 to 7.83333
	// potential g                    2.16667 to 8.16667
	// pivots                         1
	// method                         network simplex
	// because                        transport.Exact was called
}
