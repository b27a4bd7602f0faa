package bounds

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func audited(t testing.TB, data measure.Measure, s diffusion.Schedule, opt AuditOptions) *AuditReport {
	t.Helper()
	a, err := Audit(context.Background(), data, s, diffusion.Heun{}, 12, rng.New(1), opt)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAuditOfALaw(t *testing.T) {
	data := measure.Normal(.3, .4)
	s := diffusion.Cosine{Duration: 2}
	a := audited(t, data, s, AuditOptions{Start: measure.Normal(.4, 1)})
	exact, err := SpeedAccuracy(context.Background(), diffusion.Noising(data, s).Flow, measure.Normal(.4, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Raw || a.Family != VariancePreserving {
		t.Errorf("raw %v, %v", a.Raw, a.Family)
	}
	reftest.Near(t, "τc₂", a.Cost.Value, 2*exact.C2.Value, 0, 5*a.Cost.StdErr+a.Cost.Bound)
	if !(a.Cost.StdErr < .1*a.Cost.Value) {
		t.Errorf("τc₂ = %v", a.Cost)
	}
	reftest.Near(t, "W₂²", a.Optimum.Value, 2*exact.Optimal.Cost.Value, 0, a.Optimum.Bound)
	want := exact.W1Noise().Value + math.Sqrt(2*exact.D0.Value*exact.C2.Value)
	reftest.Near(t, "allowed", a.Relation.Hi.Value, want, 0, 5*a.Relation.Hi.StdErr+a.Relation.Hi.Bound)
	if a.Relation.Check(3) == relation.Violated {
		t.Errorf("%v", a.Relation)
	}
	if !a.Vacuous { // more than the data are wide
		t.Errorf("an error of %v isn't called vacuous for a spread of %v", a.Relation.Hi, a.Spread)
	}
	if better := audited(t, data, s, AuditOptions{Start: measure.Normal(.01, 1)}); better.Vacuous {
		t.Errorf("an error of %v is called vacuous for a spread of %v", better.Relation.Hi, better.Spread)
	}
	if len(a.Quality.Runs) != 6 {
		t.Fatalf("%d grids", len(a.Quality.Runs))
	}
	name, _ := a.Winner()
	least := math.Inf(1)
	for _, r := range a.Quality.Runs {
		if r.Evaluations > 12 || r.Steps != 6 {
			t.Errorf("%s: %d steps, %v evaluations", r.Name, r.Steps, r.Evaluations)
		}
		least = min(least, r.Distance().Value)
	}
	for _, r := range a.Quality.Runs {
		if (r.Distance().Value == least) != (r.Name == name) {
			t.Errorf("the winner is %s, but %s has %v", name, r.Name, r.Distance())
		}
	}
}

// Raw samples: what finding each of them again costs is no cost of the law.
func TestAuditOfSamples(t *testing.T) {
	law := gaussian(t, []float64{0, 0, 0, 0, 0, 0}, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1)
	x := mat.NewDense(200, 6, nil)
	law.Sample(x, rng.New(4))
	points, err := measure.NewDiscrete(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := audited(t, points, diffusion.CondOT{}, AuditOptions{Particles: 100})
	exact := 6 * (2 - math.Pi/2)
	if !a.Raw || !(a.Memorising.Value > 1.5*a.Cost.Value) || !(math.Abs(a.Cost.Value-exact) < .6*exact) || !(math.Abs(a.Half.Value-a.Cost.Value) < .5*a.Cost.Value) {
		t.Errorf("τc₂ is %v for samples, %v smoothed, %v of half; the law's is %v", a.Memorising, a.Cost, a.Half, exact)
	}
	if a.Options.Bandwidth <= 0 {
		t.Errorf("bandwidth %v", a.Options.Bandwidth)
	}
	roll := audited(t, measure.Moons{Noise: .1}, diffusion.VPLinear{}, AuditOptions{Particles: 64})
	if !roll.Raw || !(roll.Cost.Value > 0) {
		t.Errorf("a law known by samples: %+v", roll.Cost)
	}
}

func TestFamilies(t *testing.T) {
	for want, s := range map[Family]diffusion.Schedule{VariancePreserving: diffusion.VPLinear{}, VarianceExploding: diffusion.VE{SigmaMin: .01, SigmaMax: 5}, OtherFamily: diffusion.CondOT{}} {
		if f := FamilyOf(s); f != want {
			t.Errorf("%T is %v, want %v", s, f, want)
		}
	}
	data := measure.Normal(0, .5)
	vp, ve := audited(t, data, diffusion.VPLinear{}, AuditOptions{Particles: 32}), audited(t, data, diffusion.VE{SigmaMin: .01, SigmaMax: 5}, AuditOptions{Particles: 32})
	var mixed *FamilyError
	if _, err := vp.CheaperThan(ve); !errors.As(err, &mixed) {
		t.Errorf("a comparison across families: %v", err)
	}
	cos := audited(t, data, diffusion.Cosine{}, AuditOptions{Particles: 32})
	q, err := cos.CheaperThan(vp)
	if err != nil || q.Lo != cos.Cost || q.Hi != vp.Cost {
		t.Errorf("%v, %v", q, err)
	}
}

func TestAuditBitsAndErrors(t *testing.T) {
	ctx := context.Background()
	data := measure.Bimodal(1, .3)
	run := func(procs int) *AuditReport {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return audited(t, data, diffusion.Cosine{}, AuditOptions{Particles: 50, Replicates: 2})
	}
	one, many := run(1), run(8)
	if one.Cost != many.Cost || one.Relation != many.Relation || !reflect.DeepEqual(one.Quality.Runs, many.Quality.Runs) {
		t.Error("the result depends on GOMAXPROCS")
	}
	var value *measure.ValueError
	var dim *measure.DimError
	for name, opt := range map[string]AuditOptions{"Particles": {Particles: 3}, "Bandwidth": {Bandwidth: -1}, "Blur": {Blur: math.NaN()}} {
		if _, err := Audit(ctx, data, diffusion.Cosine{}, diffusion.Heun{}, 10, rng.New(1), opt); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Audit(ctx, data, diffusion.Cosine{}, diffusion.Heun{}, 1, rng.New(1), AuditOptions{Particles: 20}); !errors.As(err, &value) {
		t.Errorf("too few evaluations: %v", err)
	}
	if _, err := Audit(ctx, data, diffusion.Cosine{}, diffusion.Heun{}, 10, rng.New(1), AuditOptions{Start: measure.Moons{}}); !errors.As(err, &dim) {
		t.Errorf("a start in the plane: %v", err)
	}
	if _, err := Audit(ctx, nil, diffusion.Cosine{}, diffusion.Heun{}, 10, rng.New(1), AuditOptions{}); err == nil {
		t.Error("no data: no error")
	}
}
