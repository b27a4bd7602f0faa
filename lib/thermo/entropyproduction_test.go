package thermo

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

func produced(t testing.TB, p flow.Process, opt EntropyOptions) *Entropy {
	t.Helper()
	e, err := EntropyProduction(context.Background(), p, opt)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestReferenceEntropy(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropy.json", "S_tot_") {
		var in struct {
			Data     measuretest.LineSpec
			Schedule string
			T0       []float64
		}
		var want struct{ S_tot, S_1e2, S_1e3 float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		p := diffusion.Noising(in.Data.Mixture(t), schedules[in.Schedule])
		if len(in.T0) == 0 {
			e := produced(t, p, EntropyOptions{})
			reftest.Near(t, c.ID, e.Total.Value, want.S_tot, 0, c.AbsTol)
			if e.SecondLaw().Check(0) != relation.Holds {
				t.Errorf("%s: %v", c.ID, e.SecondLaw())
			}
			continue
		}
		for i, s := range []float64{want.S_1e2, want.S_1e3} {
			e := produced(t, p, EntropyOptions{From: in.T0[i]})
			reftest.Near(t, c.ID, e.Total.Value, s, 0, c.AbsTol)
			if math.Abs(e.Total.Value-s) > c.AbsTol+e.Total.Bound {
				t.Errorf("%s: bound %v", c.ID, e.Total.Bound)
			}
		}
		if e := produced(t, p, EntropyOptions{}); !math.IsInf(e.Total.Value, 1) {
			t.Errorf("%s: from the data on %v, want +Inf", c.ID, e.Total)
		}
	}
}

// What the system and the bath take is what their own rates say.
func TestEntropyOfSystemAndBath(t *testing.T) {
	data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	p := diffusion.Noising(data, diffusion.Cosine{})
	e := produced(t, p, EntropyOptions{From: .1, To: .8})
	var outer num.Quad
	bath, _, ok := outer.Integrate1(func(at float64) float64 {
		law := p.Path.At(at).(measure.LineDensity)
		f, v := flow.Scalar(p.Drift.At(at)), flow.Scalar(p.Velocity.At(at))
		mean, _, err := measure.Expect(law, func(x float64) float64 { return f(x) * v(x) })
		if err != nil {
			t.Fatal(err)
		}
		return mean / p.Temperature(at)
	}, []float64{.1, .45, .8})
	if !ok {
		t.Error("not converged")
	}
	reftest.Near(t, "ΔS_bath", e.Bath.Value, bath, 1e-7, 1e-9)
	reftest.Near(t, "sum", e.Bath.Value+e.System.Value, e.Total.Value, 1e-12, 0)

	// A Gaussian that relaxes: T S = F(0) − F(t) in its trap k x²/2.
	const k, temp = 2., .7
	trap := flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, []float64{-k}), []float64{0}) })
	ou := process(t, measure.Normal(1.2, .5), trap, func(float64) float64 { return temp }, .6)
	s := produced(t, ou, EntropyOptions{})
	reftest.Near(t, "S_tot of relaxation", s.Total.Value, 1.8957311291581773, 1e-9, 0)
	m, v := 1.2*math.Exp(-.6*k), temp/k+(.25-temp/k)*math.Exp(-2*k*.6)
	reftest.Near(t, "ΔS_sys", s.System.Value, .5*math.Log(v/.25), 1e-9, 0)
	// The heat is what the potential energy falls by.
	reftest.Near(t, "ΔS_bath", s.Bath.Value, k/2*(1.2*1.2+.25-m*m-v)/temp, 1e-9, 0)
}

func TestEntropyEdges(t *testing.T) {
	ctx := context.Background()
	trap := flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, []float64{-1}), []float64{0}) })
	cold := process(t, measure.Normal(1, 1), trap, func(float64) float64 { return 0 }, 1)
	if e := produced(t, cold, EntropyOptions{}); !math.IsInf(e.Total.Value, 1) || !math.IsInf(e.Bath.Value, 1) {
		t.Errorf("a frictional drift at T = 0 produces %v", e.Total)
	}
	still := process(t, measure.Normal(0, 1), flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, nil), []float64{0}) }), func(float64) float64 { return 0 }, 1)
	if e := produced(t, still, EntropyOptions{}); e.Total.Value != 0 {
		t.Errorf("rest at T = 0 produces %v", e.Total)
	}
	p := process(t, measure.Normal(1, 1), trap, func(float64) float64 { return 1 }, 1)
	var value *measure.ValueError
	for name, opt := range map[string]EntropyOptions{"From after To": {From: .5, To: .2}, "To after Tau": {To: 2}, "NaN": {From: math.NaN()}} {
		if _, err := EntropyProduction(ctx, p, opt); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	q := p
	q.Temperature = func(float64) float64 { return -1 }
	if _, err := EntropyProduction(ctx, q, EntropyOptions{}); !errors.As(err, &value) {
		t.Errorf("negative temperature: %v", err)
	}
	q.Temperature = nil
	if _, err := EntropyProduction(ctx, q, EntropyOptions{}); err == nil {
		t.Error("no temperature: no error")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := EntropyProduction(cancelled, p, EntropyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
