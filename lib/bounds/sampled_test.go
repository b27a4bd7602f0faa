package bounds

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

func sampledReport(t testing.TB, f flow.Flow, start measure.Measure, n int, seed uint64, opt Options) *Report {
	t.Helper()
	r, err := SpeedAccuracySampled(context.Background(), f, start, n, rng.New(seed), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Where both are known, the estimate is within its errors of the exact value: on the
// line, and for Gaussians with and without rotation.
func TestSampledAgreesWithExact(t *testing.T) {
	rotating := swiss(t, gaussian(t, []float64{0, 0}, 2, 0, 0, .5), 1.1, 3, .5, 5)
	end, _ := measure.AsGaussian(rotating.Path.At(5))
	var cov mat.SymDense
	end.Cov(&cov)
	shifted, err := measure.NewGaussian([]float64{.5, 0}, &cov)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		f     flow.Flow
		start measure.Measure
	}{
		"line":     {diffusion.Noising(measure.Bimodal(.9, math.Sqrt(.19)), diffusion.CondOT{}).Flow, measure.Normal(1, 1)},
		"plane":    {diffusion.Noising(gaussian(t, []float64{1, 0}, 2, .6, .6, .5), diffusion.Cosine{}).Flow, gaussian(t, []float64{.6, -.3}, 1, 0, 0, 1)},
		"rotating": {rotating.Flow, shifted},
	} {
		exact, err := SpeedAccuracy(context.Background(), c.f, c.start, Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := sampledReport(t, c.f, c.start, 300, 1, Options{Steps: 100})
		within := func(what string, got, want relation.Term) {
			t.Helper()
			if off := math.Abs(got.Value - want.Value); !(off <= 5*got.StdErr+got.Bound+1e-9) {
				t.Errorf("%s: %s is %v, exactly %v", name, what, got, want)
			}
		}
		within("w_D", r.WD, exact.WD)
		within("c₁", r.C1, exact.C1)
		within("D₀", r.D0, exact.D0)
		within("W₁ of the data", r.W1Data(), exact.W1Data())
		within("W₁ of the noise", r.W1Noise(), exact.W1Noise())
		if off := math.Abs(r.Eta.Value - exact.Eta.Value); !(off <= 5*r.Eta.StdErr+r.Eta.Bound) {
			t.Errorf("%s: η is %v, exactly %v", name, r.Eta, exact.Eta)
		}
		if off := math.Abs(r.Optimal.Cost.Value - exact.Optimal.Cost.Value); !(off <= r.Optimal.Cost.Bound) {
			t.Errorf("%s: the optimal cost is %v, exactly %v", name, r.Optimal.Cost, exact.Optimal.Cost)
		}
		if !(r.WD.StdErr < .2*r.WD.Value && r.WD.Bound < .05*r.WD.Value && r.W1Noise().StdErr < .2*r.W1Noise().Value) {
			t.Errorf("%s: w_D = %v and W₁ = %v say little", name, r.WD, r.W1Noise())
		}
		for _, q := range r.Relations() {
			if q.Check(3) == relation.Violated {
				t.Errorf("%s: %v", name, q)
			}
		}
		if math.IsNaN(r.C2.Value) != (name == "rotating") {
			t.Errorf("%s: c₂ is %v", name, r.C2)
		}
	}
}

// The rate of W₁ is that at which it changes.
func TestSampledRate(t *testing.T) {
	f := diffusion.Noising(gaussian(t, []float64{1, 0}, 2, .6, .6, .5), diffusion.CondOT{}).Flow
	r := sampledReport(t, f, gaussian(t, []float64{1.5, -.3}, 1, 0, 0, 1), 200, 1, Options{Times: 60, Steps: 60})
	most, h := 0.0, r.Times[1]
	for _, v := range r.LossRate {
		most = max(most, math.Abs(v))
	}
	for i := 1; i < 60; i++ {
		if got, want := r.LossRate[i], (r.W1[i+1].Value-r.W1[i-1].Value)/(2*h); math.Abs(got-want) > .03*most {
			t.Errorf("rate %v at t = %v, by differences %v", got, r.Times[i], want)
		}
	}
	if !(r.C1.Bound < 3*r.C1.Value) {
		t.Errorf("c₁ = %v", r.C1)
	}
}

// A flow in the plane that is known on a grid only, from the Fokker-Planck equation.
func TestSampledOnAGrid(t *testing.T) {
	start := gaussian(t, []float64{.8, 0}, .2, .05, .05, .1)
	force := flow.FieldFunc(func(float64) flow.Map {
		return flow.Linear(mat.NewDense(2, 2, []float64{-1, -1.5, 1.5, -1}), []float64{0, 0})
	})
	temp := func(float64) float64 { return .3 }
	axes := []measure.Axis{{Lo: -3, Hi: 3, N: 80}, {Lo: -3, Hi: 3, N: 80}}
	run := func(axes []measure.Axis) (*Report, flow.Process) {
		p, err := thermo.Langevin(context.Background(), start, force, temp, thermo.LangevinOptions{Tau: .8, Axes: axes, Steps: 300, Static: true})
		if err != nil {
			t.Fatal(err)
		}
		return sampledReport(t, p.Flow, gaussian(t, []float64{.2, .2}, .25, 0, 0, .25), 200, 1, Options{Times: 4, Steps: 40}), p
	}
	grid, _ := run(axes)
	exact, _ := run(nil)
	for _, pair := range [][2]relation.Term{{grid.WD, exact.WD}, {grid.W1Data(), exact.W1Data()}, {grid.W1Noise(), exact.W1Noise()}, {grid.D0, exact.D0}} {
		if off := math.Abs(pair[0].Value - pair[1].Value); off > 4*math.Hypot(pair[0].StdErr, pair[1].StdErr)+.05*pair[1].Value {
			t.Errorf("%s is %v on a grid, %v without", pair[0].Symbol, pair[0], pair[1])
		}
	}
}

// Standard errors are those that repetitions show.
func TestSampledErrors(t *testing.T) {
	f := diffusion.Noising(gaussian(t, []float64{1, 0}, 2, .6, .6, .5), diffusion.Cosine{}).Flow
	start := gaussian(t, []float64{.6, -.3}, 1, 0, 0, 1)
	const runs = 40
	var w1, wd, c1, change, claim [runs]float64
	var claims [3]float64
	for i := range runs {
		r := sampledReport(t, f, start, 100, uint64(i), Options{Times: 4, Steps: 20})
		w1[i], wd[i], c1[i], change[i] = r.W1Data().Value, r.WD.Value, r.C1.Value, r.W1Data().Value-r.W1Noise().Value
		claims[0] += r.W1Data().StdErr / runs
		claims[1] += r.WD.StdErr / runs
		claims[2] += r.C1.StdErr / runs
		claim[i] = r.Eta.StdErr / (2 * math.Abs(change[i])) * r.Tau * r.D0.Value
	}
	for what, pair := range map[string][2]float64{
		"W₁": {stat.StdDev(w1[:], nil), claims[0]}, "w_D": {stat.StdDev(wd[:], nil), claims[1]}, "c₁": {stat.StdDev(c1[:], nil), claims[2]},
		"ΔW₁": {stat.StdDev(change[:], nil), stat.Mean(claim[:], nil)},
	} {
		if ratio := pair[1] / pair[0]; !(ratio > .6 && ratio < 1.6) {
			t.Errorf("%s: spread %v, standard error %v", what, pair[0], pair[1])
		}
	}
}

// A start that is right: what is left of W₁ is the floor, and nothing is concluded.
func TestSampledFloor(t *testing.T) {
	ring, err := measure.GaussianRing(5, 1, .3)
	if err != nil {
		t.Fatal(err)
	}
	f := diffusion.Noising(ring, diffusion.CondOT{}).Flow
	r := sampledReport(t, f, gaussian(t, []float64{0, 0}, 1, 0, 0, 1), 300, 3, Options{Times: 4, Steps: 40})
	for _, w := range r.W1 {
		if !(w.Value < w.Bound && w.Value > .25*w.Bound) {
			t.Errorf("W₁ between samples of one law is %v", w)
		}
	}
	// D₀ of a mixture over a Gaussian is closed; over a mixture it is estimated.
	wrong, err := measure.NewMixture([]float64{1, 1}, []*measure.Gaussian{gaussian(t, []float64{.5, 0}, .7, 0, 0, .7), gaussian(t, []float64{-.5, 0}, .7, .1, .1, .6)})
	if err != nil {
		t.Fatal(err)
	}
	byCells := func(q, p measure.LogDensity) float64 {
		x, lp, lq := mat.NewDense(1, 2, nil), make([]float64, 1), make([]float64, 1)
		sum := 0.0
		const h = .05
		for a := -7.; a < 7; a += h {
			for b := -7.; b < 7; b += h {
				x.SetRow(0, []float64{a, b})
				q.LogProb(lq, x)
				p.LogProb(lp, x)
				sum += h * h * math.Exp(2*lq[0]-lp[0])
			}
		}
		return sum - 1
	}
	est := sampledReport(t, f, wrong, 50, 3, Options{Times: 2, Steps: 2})
	if want := byCells(wrong, gaussian(t, []float64{0, 0}, 1, 0, 0, 1)); math.Abs(est.D0.Value-want) > 1e-6*want || est.D0.StdErr != 0 {
		t.Errorf("D₀ = %v, by quadrature %v", est.D0, want)
	}
	p := swiss(t, ring, .3, 1, .5, 1)
	est = sampledReport(t, p.Flow, gaussian(t, []float64{.1, 0}, .5, 0, 0, .4), 2000, 3, Options{Times: 2, Steps: 2})
	if want := byCells(gaussian(t, []float64{.1, 0}, .5, 0, 0, .4), p.Path.At(1).(measure.LogDensity)); math.Abs(est.D0.Value-want) > 5*est.D0.StdErr || !(est.D0.StdErr < .3*want) {
		t.Errorf("D₀ = %v, by quadrature %v", est.D0, want)
	}
	var unsupported *thermo.UnsupportedError
	if _, err := SpeedAccuracySampled(context.Background(), f, measure.Moons{Noise: 1}, 10, rng.New(1), Options{}); !errors.As(err, &unsupported) {
		t.Errorf("a start without a density: %v", err)
	}
}

// Divergences that aren't of two Gaussians nor on the line.
func TestChiSquaredOfMixturesAndGrids(t *testing.T) {
	get := func(q, p measure.Measure) float64 {
		t.Helper()
		d, err := ChiSquared(q, p)
		if err != nil {
			t.Fatal(err)
		}
		return d.Value
	}
	// A coordinate that is right adds nothing: the value on the line, in a turned basis.
	cos, sin := .6, .8
	turned := func(m, v float64) *measure.Gaussian {
		return gaussian(t, []float64{1 + m*cos, m * sin}, 4*(v*cos*cos+sin*sin), 4*(v-1)*cos*sin, 4*(v-1)*cos*sin, 4*(v*sin*sin+cos*cos))
	}
	mix := func(parts ...*measure.Gaussian) *measure.Mixture {
		w := make([]float64, len(parts))
		for i := range w {
			w[i] = 1
		}
		m, err := measure.NewMixture(w, parts)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	reftest.Near(t, "mixture", get(mix(turned(-1, .5625), turned(1, .5625)), turned(0, 1)), 0.01818004059320666, 0, 1e-12)
	reftest.Near(t, "one part twice", get(mix(turned(.6, .5), turned(.6, .5)), turned(0, 1)), get(turned(.6, .5), turned(0, 1)), 1e-11, 0)
	if v := get(mix(turned(0, .5), turned(0, 2)), turned(0, 1)); !math.IsInf(v, 1) {
		t.Errorf("a part that is too wide: %v", v)
	}
	axes := []measure.Axis{{Lo: 0, Hi: 1, N: 2}, {Lo: 0, Hi: 2, N: 2}}
	grid := func(m ...float64) *measure.Grid {
		g, err := measure.NewGrid(m, axes...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	reftest.Near(t, "grids", get(grid(1, 1, 2, 0), grid(1, 1, 1, 1)), .5, 1e-14, 0)
	if v := get(grid(1, 1, 1, 1), grid(1, 1, 2, 0)); !math.IsInf(v, 1) {
		t.Errorf("mass where there is none: %v", v)
	}
}

func TestSampledBits(t *testing.T) {
	f := diffusion.Noising(gaussian(t, []float64{1, 0}, 2, .6, .6, .5), diffusion.Cosine{}).Flow
	start := gaussian(t, []float64{.6, -.3}, 1, 0, 0, 1)
	run := func(procs int) *Report {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return sampledReport(t, f, start, 600, 3, Options{Times: 2, Steps: 4})
	}
	one, many := run(1), run(8)
	if !reflect.DeepEqual(one.W1, many.W1) || one.WD != many.WD || one.C1 != many.C1 || one.Eta != many.Eta {
		t.Error("the result depends on GOMAXPROCS")
	}
}

func TestSampledRefuses(t *testing.T) {
	ctx := context.Background()
	f := diffusion.Noising(measure.Normal(0, 2), diffusion.CondOT{}).Flow
	var value *measure.ValueError
	var dim *measure.DimError
	start := measure.Normal(1, 1)
	for name, opt := range map[string]Options{"Times": {Times: -1}, "Steps": {Steps: -3}} {
		if _, err := SpeedAccuracySampled(ctx, f, start, 10, rng.New(1), opt); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := SpeedAccuracySampled(ctx, f, start, 1, rng.New(1), Options{}); !errors.As(err, &value) {
		t.Errorf("one sample: %v", err)
	}
	if _, err := SpeedAccuracySampled(ctx, f, measure.Moons{}, 10, rng.New(1), Options{}); !errors.As(err, &dim) {
		t.Errorf("dimension: %v", err)
	}
	if _, err := SpeedAccuracySampled(ctx, f, nil, 10, rng.New(1), Options{}); err == nil {
		t.Error("no start: no error")
	}
	if _, err := SpeedAccuracySampled(ctx, flow.Flow{}, start, 10, rng.New(1), Options{}); err == nil {
		t.Error("no flow: no error")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := SpeedAccuracySampled(cancelled, f, start, 10, rng.New(1), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	inf := sampledReport(t, f, measure.Normal(0, 2), 20, 1, Options{Times: 2, Steps: 2})
	if !math.IsInf(inf.D0.Value, 1) || inf.Eta.Value != 0 || inf.C1.Value != 0 {
		t.Errorf("infinite D₀: %v, η %v", inf.D0, inf.Eta)
	}
}
