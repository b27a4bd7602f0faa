package figure

import (
	"context"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func TestRobustness(t *testing.T) {
	var results []*bounds.Robustness
	for _, s := range []diffusion.Schedule{diffusion.Cosine{}, diffusion.CondOT{}} {
		r, err := bounds.RobustnessOf(context.Background(), diffusion.Noising(measure.Bimodal(1, .4), s).Flow, bounds.Scale, []float64{-.3, 0, .2, .6}, bounds.Options{Tol: 1e-6})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	f := Robustness([]string{"cosine", "CondOT"}, results...)
	band := f.Series[0].(Band)
	curve := f.Series[2].(Curve)
	for i := range 3 {
		if y := curve.Y[i]; y < band.Lo[i]-1e-9 || y > band.Hi[i]+1e-9 {
			t.Errorf("an error of %v isn't between %v and %v", y, band.Lo[i], band.Hi[i])
		}
	}
	if svg, err := f.SVG(); err != nil || len(svg) < 1000 {
		t.Errorf("%d bytes, %v", len(svg), err)
	}
	if err := f.WriteFile(t.TempDir() + "/r.svg"); err != nil {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no names: no panic")
		}
	}()
	Robustness(nil, results...)
}
