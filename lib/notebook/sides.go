package notebook

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/derive"
	"github.com/wasserwerk-go/wasserwerk/lib/figure"
)

// Sides draws both sides of a step on all of its instances, with those of its
// control and of the case in which it is attained. Equality is a line: an inequality
// holds where points lie on it or below. Axes are logarithmic where all numbers are
// positive and span more than two decades. It panics if r is nil.
func Sides(r *derive.Result) *figure.Figure {
	if r == nil {
		panic("notebook: Sides: nil *derive.Result")
	}
	f := &figure.Figure{Title: "Both sides of (" + r.Step.Tag + ")", XLabel: "right side", YLabel: "left side", Height: 9}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, part := range []struct {
		name  string
		o     *derive.Outcome
		color figure.Color
		mark  figure.Mark
	}{
		{"control", &r.Control, figure.Vermilion, figure.Square},
		{"checked", &r.Outcome, figure.Blue, figure.Disc},
		{"attained", &r.Attained, figure.Green, figure.Disc},
	} {
		if len(part.o.Sides) == 0 {
			continue
		}
		p := figure.Points{Name: part.name, Color: part.color, Mark: part.mark, Radius: 2.4}
		for _, s := range part.o.Sides {
			p.X, p.Y = append(p.X, s.Rhs), append(p.Y, s.Lhs)
			for _, v := range []float64{s.Lhs, s.Rhs} {
				if !math.IsNaN(v) && !math.IsInf(v, 0) {
					lo, hi = math.Min(lo, v), math.Max(hi, v)
				}
			}
		}
		f.Series = append(f.Series, p)
	}
	if lo > 0 && hi > 100*lo {
		f.XScale, f.YScale = figure.Log, figure.Log
	}
	if lo < hi {
		line := figure.Curve{Name: "equality", X: []float64{lo, hi}, Y: []float64{lo, hi}, Color: figure.Grey, Dash: figure.Dashed, Width: 1.2}
		f.Series = append([]figure.Series{line}, f.Series...)
	}
	return f
}
