package notebook

import (
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// A plan is a transport plan with its certificate, as package transport makes
// it.
type plan interface {
	Dims() (n, m int)
	Len() int
	Cost() float64
	DualityGap() float64
	Potentials() (f, g []float64)
}

// renderPlan makes a table of what a plan does, what proves it, and how it was
// found where it says so.
func renderPlan(p plan) (bundle, error) {
	if isNil(p) {
		return bundle{}, fmt.Errorf("nil %T can't be shown", p)
	}
	n, m := p.Dims()
	f, g := p.Potentials()
	cost, gap := p.Cost(), p.DualityGap()
	t := Table{Header: []string{"plan", ""}, Rows: [][]any{
		{"sources, sinks", fmt.Sprintf("%d, %d", n, m)},
		{"pairs that mass moves between", p.Len()},
		{"cost ⟨P, C⟩", cost},
		{"duality gap", digits(difference(gap, relation.Term{Value: cost}, relation.Term{Value: cost - gap}, 4))},
		{"potential f", between(f)},
		{"potential g", between(g)},
	}}
	if p, ok := p.(interface {
		Eps() float64
		Iterations() int
		MarginalError() float64
	}); ok && p.Eps() > 0 {
		t.Rows = append(t.Rows,
			[]any{"temperature ε", p.Eps()},
			[]any{"iterations", p.Iterations()},
			[]any{"error of the marginals", digits(number(p.MarginalError(), 2))})
	}
	if p, ok := p.(interface {
		Pivots() int
		Method() transport.Method
		Reason() string
	}); ok && p.Method() != "" {
		t.Rows = append(t.Rows,
			[]any{"pivots", p.Pivots()},
			[]any{"method", string(p.Method())},
			[]any{"because", p.Reason()})
	}
	return t.render()
}

// between writes the range of what is finite.
func between(v []float64) phrase {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		if finite(x) {
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	if lo > hi {
		return "no finite values"
	}
	return phrase(number(lo, 6) + " to " + number(hi, 6))
}
