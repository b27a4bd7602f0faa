package notebook

import (
	"fmt"
	"math"
	"reflect"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
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
	if p, ok := p.(interface{ Pivots() int }); ok {
		t.Rows = append(t.Rows, []any{"pivots", p.Pivots()})
	}
	v := reflect.ValueOf(p)
	for _, row := range []struct {
		name   string
		method reflect.Value
	}{{"method", v.MethodByName("Method")}, {"because", v.MethodByName("Reason")}} {
		if s := said(row.method); s != "" {
			t.Rows = append(t.Rows, []any{row.name, s})
		}
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

// said calls a method that takes nothing and returns one value, if there is
// such a method, and writes what it returns.
func said(method reflect.Value) string {
	if !method.IsValid() || method.Type().NumIn() != 0 || method.Type().NumOut() != 1 {
		return ""
	}
	return fmt.Sprint(method.Call(nil)[0])
}
