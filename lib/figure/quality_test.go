package figure

import (
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
)

func TestQuality(t *testing.T) {
	f := Quality(&bounds.QualityReport{
		Runs: []bounds.QualityRun{
			{Name: "Euler", Steps: 4, Evaluations: 4, Each: []float64{2, 4}},
			{Name: "Euler", Steps: 8, Evaluations: 8, Each: []float64{1, 2}},
			{Name: "Heun", Steps: 4, Evaluations: 8, Each: []float64{.5, .7}},
		},
		Floors:  []float64{.2, .3},
		Options: bounds.QualityOptions{Symbol: "$W_2$"},
	})
	if len(f.Series) != 5 {
		t.Fatalf("%d series, want a curve and points for each and the floor", len(f.Series))
	}
	curve, pts := f.Series[0].(Curve), f.Series[1].(Points)
	if curve.Name != "Euler" || curve.X[1] != 8 || curve.Y[0] != 3 || pts.Err[0] != 1 {
		t.Errorf("the first contender is %+v with %+v", curve, pts)
	}
	if r := f.Series[4].(Rule); r.At != .25 || r.Vertical {
		t.Errorf("the floor is %+v", r)
	}
	svg, err := f.SVG()
	if err != nil || !strings.Contains(string(svg), "</svg>") {
		t.Errorf("%d bytes, %v", len(svg), err)
	}
	defer func() {
		if recover() == nil {
			t.Error("nil: no panic")
		}
	}()
	Quality(nil)
}
