package thermo

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func TestDissipationSampled(t *testing.T) {
	ctx := context.Background()
	plane, err := measure.NewGaussian([]float64{1, 0}, mat.NewSymDense(2, []float64{2, .6, .6, .5}))
	if err != nil {
		t.Fatal(err)
	}
	turning, temp := rotating(1.1, 3, .5, 5)
	for name, f := range map[string]flow.Flow{
		"line":     diffusion.Noising(measure.Bimodal(.9, .4), diffusion.CondOT{}).Flow,
		"plane":    diffusion.Noising(plane, diffusion.Cosine{}).Flow,
		"rotating": process(t, plane, turning, temp, 5).Flow,
	} {
		exact := account(t, f)
		got, err := DissipationSampled(ctx, f, 4000, rng.New(1), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range [][2]relation.Term{{got.WD, exact.WD}, {got.C2, exact.C2}, {got.Length, exact.Length}} {
			if name == "rotating" && pair[0].Symbol != "w_D" {
				if !math.IsNaN(pair[0].Value) {
					t.Errorf("%s: %s = %v, which isn't known", name, pair[0].Symbol, pair[0])
				}
				continue
			}
			if off := math.Abs(pair[0].Value - pair[1].Value); !(off <= 4*pair[0].StdErr+pair[0].Bound) || !(pair[0].StdErr < .05*pair[1].Value) {
				t.Errorf("%s: %s = %v, exactly %v", name, pair[0].Symbol, pair[0], pair[1])
			}
		}
	}
	var value *measure.ValueError
	f := diffusion.Noising(plane, diffusion.Cosine{}).Flow
	if _, err := DissipationSampled(ctx, f, 1, rng.New(1), Options{}); !errors.As(err, &value) {
		t.Errorf("one sample: %v", err)
	}
	f.Velocity = flow.FieldFunc(func(float64) flow.Map {
		return flow.MapFunc(func(dst, _ *mat.Dense) { dst.Set(0, 0, math.NaN()) })
	})
	if _, err := DissipationSampled(ctx, f, 10, rng.New(1), Options{}); err == nil {
		t.Error("NaN: no error")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := DissipationSampled(cancelled, diffusion.Noising(plane, diffusion.Cosine{}).Flow, 10, rng.New(1), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
