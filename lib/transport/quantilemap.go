package transport

import (
	"errors"
	"fmt"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// QuantileMap returns the increasing map 𝒯 = Q_q ∘ F_p that carries p to q on the
// line. It is optimal for every cost that is a convex function of x − y. Where q
// is discrete or its density vanishes, the map jumps.
//
// It returns an error if a measure is nil or isn't one-dimensional, and if p is
// discrete: atoms may have to be split, which a plan can do (see
// [MonotonePlan]) and a map can't.
func QuantileMap(p, q measure.Line) (flow.Map, error) {
	const fn = "transport.QuantileMap"
	for name, m := range map[string]measure.Line{"p": p, "q": q} {
		if m == nil {
			return nil, errors.New(fn + ": " + name + " is nil")
		}
		if d := m.Dim(); d != 1 {
			return nil, &measure.DimError{Func: fn, Arg: name, Got: d, Want: 1}
		}
	}
	if _, ok := measure.AsDiscrete(p); ok {
		return nil, fmt.Errorf("%s: p is discrete, and a map can't split atoms", fn)
	}
	return flow.LineMap(func(x float64) float64 { return measure.Transfer(p, q, x) }), nil
}

// Match is an entry of a plan between samples: the mass that goes from x[I] to
// y[J].
type Match struct {
	I, J int
	Mass float64
}

// MonotonePlan returns the plan between two weighted samples on the line that
// keeps order. It is optimal for every cost that is a convex function of x − y,
// and so for every W_p. Matches are in increasing order, at most
// len(x) + len(y) − 1 of them, each of positive mass. Masses add up to the
// weights of x; or, if those are nil, to those of y; or to 1 if both are nil.
// Differences of the weights that are no more than rounding make no match.
//
// It returns the errors of [Wasserstein1D].
func MonotonePlan(x, xw, y, yw []float64) ([]Match, error) {
	a, b, ua, ub, err := twoSamples("transport.MonotonePlan", x, xw, y, yw, true)
	if err != nil {
		return nil, err
	}
	unit := 1 / ua
	switch {
	case xw == nil && yw == nil:
		unit = 1 / (ua * a.total)
	case xw == nil:
		unit = 1 / ub
	}
	plan := make([]Match, 0, len(a.at)+len(b.at)-1)
	visit(&a, &b, ua, ub, func(pieces []piece) {
		for _, v := range pieces {
			plan = append(plan, Match{a.order[v.i], b.order[v.j], v.mass * unit})
		}
	})
	return plan, nil
}
