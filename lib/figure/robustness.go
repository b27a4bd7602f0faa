package figure

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
)

// Robustness draws the error of generated data against the size of the start's mismatch,
// a curve for each protocol, in the envelope that the relation leaves it: between
// W₁(start) − √(τ D₀ c) and W₁(start) + √(τ D₀ c), for the first protocol, and the error of
// the start itself. Where the envelope is infinite it isn't drawn. It panics if names and
// results differ in number or a result is nil.
func Robustness(names []string, results ...*bounds.Robustness) *Figure {
	if len(names) != len(results) {
		panic("figure: Robustness: names and results differ in number")
	}
	f := &Figure{XLabel: "size of the mismatch", YLabel: "$W_1$"}
	var turn cycle
	for k, r := range results {
		if r == nil {
			panic("figure: Robustness: a result is nil")
		}
		var data, noise, lo, hi []float64
		for i, rep := range r.Reports {
			w := rep.W1Noise().Value
			data, noise = append(data, rep.W1Data().Value), append(noise, w)
			lo, hi = append(lo, math.Max(0, w-r.Reach[i].Value)), append(hi, w+r.Reach[i].Value)
		}
		c, d := turn.next(Auto, AutoDash)
		if k == 0 {
			f.Series = append(f.Series, Band{Name: "what the relation allows, " + names[k], X: r.Sizes, Lo: lo, Hi: hi, Color: c},
				Curve{Name: "error of the start", X: r.Sizes, Y: noise, Color: Grey, Dash: Dashed, Width: 1.2})
		}
		f.Series = append(f.Series, Curve{Name: names[k], X: r.Sizes, Y: data, Color: c, Dash: d})
	}
	return f
}
