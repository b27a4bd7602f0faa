package bounds

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// Euler's steps make η seem to depend on the schedule: values of an independent
// implementation, for the mean shift whose exact η is 0.0047448.
func TestApparentEta(t *testing.T) {
	data := measure.Bimodal(.9, math.Sqrt(.19))
	for _, c := range []struct {
		s     diffusion.Schedule
		steps int
		want  float64
	}{
		{diffusion.Cosine{}, 100, .00480}, {diffusion.CondOT{}, 100, .00566}, {diffusion.Cosine{}, 10, .00518}, {diffusion.CondOT{}, 10, .01681},
	} {
		e, err := StepErrorsOf(context.Background(), diffusion.Noising(data, c.s).Flow, measure.Normal(1, 1), flow.Times(1, 0, c.steps), flow.Euler{})
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "η_h", e.Apparent.Value, c.want, 0, .6e-5)
		reftest.Near(t, "W₁(q, p)", e.Mismatch.Value, .909706418680658, 0, 1e-6)
		reftest.Near(t, "W₁ of the start", e.Start.Value, 1, 0, 1e-6)
	}
	// The steps' own error falls with their order, and what is left is the mismatch's.
	at := func(steps int, s flow.Stepper) *StepErrors {
		e, err := StepErrorsOf(context.Background(), diffusion.Noising(data, diffusion.CondOT{}).Flow, measure.Normal(1, 1), flow.Times(1, 0, steps), s)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	reftest.Near(t, "order of Euler", math.Log2(at(40, flow.Euler{}).Steps.Value/at(80, flow.Euler{}).Steps.Value), 1, 0, .15)
	reftest.Near(t, "order of Heun", math.Log2(at(40, flow.Heun{}).Steps.Value/at(80, flow.Heun{}).Steps.Value), 2, 0, .3)
	fine := at(100, flow.RK4{})
	reftest.Near(t, "W₁ by fine steps", fine.Total.Value, fine.Mismatch.Value, 1e-4, 0)
	for _, e := range []*StepErrors{at(10, flow.Euler{}), fine} {
		if e.Total.Value > e.Mismatch.Value+e.Steps.Value+1e-9 {
			t.Errorf("the triangle inequality fails: %v > %v + %v", e.Total, e.Mismatch, e.Steps)
		}
	}
	var value *measure.ValueError
	f := diffusion.Noising(data, diffusion.Cosine{}).Flow
	for name, times := range map[string][]float64{"rising": {0, 1}, "not to 0": {1, .5}, "none": nil} {
		if _, err := StepErrorsOf(context.Background(), f, measure.Normal(0, 1), times, flow.Euler{}); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var unsupported *thermo.UnsupportedError
	if _, err := StepErrorsOf(context.Background(), f, measure.Moons{}, flow.Times(1, 0, 2), flow.Euler{}); !errors.As(err, &unsupported) {
		t.Errorf("moons: %v", err)
	}
}

func TestRobustness(t *testing.T) {
	ctx := context.Background()
	data := measure.Normal(0, .5)
	f := diffusion.Noising(data, diffusion.CondOT{}).Flow
	r, err := RobustnessOf(ctx, f, Shift, []float64{-1, 0, .1, .5}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, size := range r.Sizes {
		// Exact flows shrink a shift by s₀.
		reftest.Near(t, "error", r.Reports[i].W1Data().Value, .5*math.Abs(size), 1e-9, 1e-12)
		reftest.Near(t, "reach", r.Reach[i].Value, math.Sqrt(math.Expm1(size*size)*r.Reports[i].C2.Value), 1e-9, 1e-12)
		if r.Reach[i].Value < math.Abs(r.Reports[i].W1Data().Value-r.Reports[i].W1Noise().Value)-1e-12 {
			t.Errorf("size %v: the error is outside of its envelope", size)
		}
	}
	wide, err := RobustnessOf(ctx, f, Scale, []float64{.2, .5}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "error of a scale", wide.Reports[0].W1Data().Value, .5*.2*math.Sqrt(2/math.Pi), 1e-9, 0)
	if !math.IsInf(wide.Reach[1].Value, 1) || math.IsInf(wide.Reach[0].Value, 1) {
		t.Errorf("reach %v: D₀ is infinite from 1.41 on", wide.Reach)
	}
	for _, q := range append(r.Relations(), wide.Relations()...) {
		if q.Check(0) != relation.Holds {
			t.Errorf("%v: %v", q, q.Check(0))
		}
	}
	var value *measure.ValueError
	for _, sizes := range [][]float64{{math.NaN()}, {-1}} {
		if _, err := RobustnessOf(ctx, f, Scale, sizes, Options{}); !errors.As(err, &value) {
			t.Errorf("%v: %v", sizes, err)
		}
	}
}
