package bounds

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

func TestCarry(t *testing.T) {
	start, err := measure.NewUniform(-1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"condot", "ot"} {
		f := testFlow(t, dataA, s, measure.Normal(0, 1), 1)
		path, err := Carry(f, start)
		if err != nil {
			t.Fatal(err)
		}
		r := report(t, f, start)
		for _, at := range []int{0, 32, 64} {
			law := path.At(r.Times[at]).(measure.LineDensity)
			// Its distance from the truth is what the report says.
			w, _, err := transport.WassersteinLine(1, f.Path.At(r.Times[at]).(measure.Line), law)
			if err != nil {
				t.Error(err)
			}
			reftest.Near(t, s+" W₁", w, r.W1[at].Value, 1e-10, 0)
			// Mass, density and quantiles agree.
			one, _, err := measure.Expect(law, func(float64) float64 { return 1 })
			if err != nil {
				t.Error(err)
			}
			reftest.Near(t, s+" mass", one, 1, 1e-10, 0)
			x := law.LogQuantile(math.Log(.3), false)
			lower, _ := law.LogCDF(x)
			reftest.Near(t, s+" quantile", math.Exp(lower), .3, 1e-12, 0)
		}
		// Draws follow the field from the start to the data.
		end := path.At(0).(measure.LineDensity)
		x, y := mat.NewDense(50, 1, nil), mat.NewDense(50, 1, nil)
		end.Sample(x, rng.New(1))
		start.Sample(y, rng.New(1))
		if err := flow.Transport(context.Background(), y, f.Velocity, flow.Times(1, 0, 400), flow.RK4{}); err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(x, y, 1e-6) {
			t.Errorf("%s: draws don't follow the field", s)
		}
	}
	if _, err := Carry(flow.Flow{}, start); err == nil {
		t.Error("no flow: no error")
	}
	if _, err := Carry(testFlow(t, dataA, "condot", nil, 1), nil); err == nil {
		t.Error("no start: no error")
	}
}

// Step 8 of the proof: the rate in the form with the velocity's derivative,
// ∫ |F − F̃| ν' dx, against the form by parts that the report uses.
func TestRateInBothForms(t *testing.T) {
	data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	start := measure.Normal(0, .8)
	f := diffusion.Noising(data, diffusion.CondOT{}).Flow
	path, err := Carry(f, start)
	if err != nil {
		t.Fatal(err)
	}
	r := report(t, f, start)
	for _, i := range []int{4, 16, 40, 60} {
		tt := r.Times[i]
		law, est := f.Path.At(tt).(measure.LineDensity), path.At(tt).(measure.LineDensity)
		logp, div := measure.Scalar(law), make([]float64, 1)
		slope := f.Velocity.At(tt).(flow.Divergencer)
		// As a mean over P_t, with the crossing at the medians as a knot.
		got, _, err := measure.Expect(law, func(x float64) float64 {
			slope.Divergence(div, mat.NewDense(1, 1, []float64{x}))
			return math.Abs(transport.CDFGap(law, est, x)) / math.Exp(logp(x)) * div[0]
		}, law.LogQuantile(-math.Ln2, false))
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "dW₁/dt", r.LossRate[i], got, 1e-8, 1e-9)
	}
}
