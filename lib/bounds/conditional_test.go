package bounds

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
)

func TestConditionalCost(t *testing.T) {
	ctx := context.Background()
	for _, c := range reftest.Load(t, "testdata/relation.json", "cost_") {
		var in struct {
			Data     measuretest.LineSpec
			Schedule string
		}
		var want struct {
			Jensen float64 `json:"jensen_upper"`
		}
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		s := map[string]diffusion.Schedule{"cosine": diffusion.Cosine{}, "condot": diffusion.CondOT{}}[in.Schedule]
		got, err := ConditionalCost(ctx, s, in.Data.Mixture(t))
		if err != nil {
			t.Error(err)
		}
		reftest.Near(t, c.ID, got.Value, want.Jensen, 0, c.AbsTol)
	}
	for _, c := range reftest.Load(t, "testdata/relation.json", "cond_kinetic") {
		var in struct {
			N   int `json:"n_d"`
			Tau float64
		}
		var want struct{ CondOT, Cosine float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		id := mat.NewSymDense(in.N, nil)
		for i := range in.N {
			id.SetSym(i, i, 1)
		}
		data, err := measure.NewGaussian(make([]float64, in.N), id)
		if err != nil {
			t.Fatal(err)
		}
		a, err1 := ConditionalCost(ctx, diffusion.CondOT{Duration: in.Tau}, data)
		b, err2 := ConditionalCost(ctx, diffusion.Cosine{Duration: in.Tau}, data)
		if err1 != nil || err2 != nil {
			t.Error(err1, err2)
		}
		reftest.Near(t, c.ID+" condot", a.Value, want.CondOT, 0, c.AbsTol)
		reftest.Near(t, c.ID+" cosine", b.Value, want.Cosine, 0, c.AbsTol)
	}
	if vp, err := ConditionalCost(ctx, diffusion.VPLinear{}, dataA); err != nil || !math.IsInf(vp.Value, 1) {
		t.Errorf("VP linear: %v, %v", vp, err)
	}
	if _, err := ConditionalCost(ctx, nil, dataA); err == nil {
		t.Error("no schedule: no error")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := ConditionalCost(cancelled, diffusion.CondOT{}, dataA); err == nil {
		t.Error("cancelled: no error")
	}
}
