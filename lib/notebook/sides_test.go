package notebook

import (
	"context"
	"math"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/derive"
	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func TestSides(t *testing.T) {
	s := squared()
	s.Attained = derive.Case{When: "$u = 1$", Check: func(rng.Key) (float64, float64, float64) { return 1, 1, 0 }}
	r, err := s.Run(context.Background(), rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	f := Sides(r)
	if f.XScale != figure.Log || len(f.Series) != 4 { // u² spans decades
		t.Errorf("scale %v, %d series", f.XScale, len(f.Series))
	}
	checked := f.Series[2].(figure.Points)
	for i, side := range r.Sides {
		if checked.X[i] != side.Rhs || checked.Y[i] != side.Lhs {
			t.Fatalf("instance %d at (%v, %v), want (%v, %v)", i, checked.X[i], checked.Y[i], side.Rhs, side.Lhs)
		}
	}
	if _, err := f.SVG(); err != nil {
		t.Error(err)
	}
	// Numbers of any sign, and none at all, are drawn too.
	for _, sides := range [][]derive.Sides{{{Lhs: -1, Rhs: 2}, {Lhs: math.NaN(), Rhs: math.Inf(1)}}, {{Lhs: 3, Rhs: 3}}} {
		f := Sides(&derive.Result{Outcome: derive.Outcome{Sides: sides}})
		if f.XScale != figure.Linear {
			t.Errorf("%v on logarithmic axes", sides)
		}
		if _, err := f.SVG(); err != nil {
			t.Error(err)
		}
	}
}
