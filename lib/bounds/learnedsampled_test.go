package bounds

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// pushed is a velocity and a constant.
type pushed struct {
	m  flow.Affine
	by []float64
}

func (p pushed) Apply(dst, x *mat.Dense) {
	p.m.Apply(dst, x)
	n, _ := dst.Dims()
	for i := range n {
		row := dst.RawRowView(i)
		for j, v := range p.by {
			row[j] += v
		}
	}
}

func (p pushed) Affine() (mat.Matrix, []float64) {
	a, b := p.m.Affine()
	out := append([]float64(nil), b...)
	for j, v := range p.by {
		out[j] += v
	}
	return a, out
}

// Samples against closed forms: a Gaussian flow whose learned velocity pushes.
func TestLearnedSampled(t *testing.T) {
	ctx := context.Background()
	data := fine(measure.NewGaussian([]float64{.5, -1}, mat.NewSymDense(2, []float64{.5, .1, .1, .8})))
	s := diffusion.Cosine{}
	f := diffusion.Noising(data, s).Flow
	learned := flow.FieldFunc(func(at float64) flow.Map {
		return pushed{f.Velocity.At(at).(flow.Affine), []float64{.3, .2}}
	})
	start := fine(measure.NewGaussian([]float64{.4, .1}, mat.NewSymDense(2, []float64{1, 0, 0, 1})))
	want := fine(LearnedGaussian(ctx, f, learned, start, Options{Times: 8}))
	got := fine(LearnedSampled(ctx, f, learned, start, 4000, rng.New(1), Options{Times: 8}))
	near := func(name string, a, b relation.Term, slack float64) {
		t.Helper()
		if math.Abs(a.Value-b.Value) > 4*a.StdErr+a.Bound+b.Bound+slack || a.StdErr > .1*math.Abs(b.Value) {
			t.Errorf("%s: %v, want %v", name, a, b)
		}
	}
	near("w_D", got.WD, want.WD, 0)
	near("L", got.Loss, want.Loss, 0)
	near("D_max", got.DMax, want.DMax, .01)
	near("W₁(q, p)", got.W1Data, want.W1Data, .01)
	near("W₁ of the noise", got.W1Noise, want.W1Noise, 0)
	for i, d := range want.D {
		if math.Abs(got.D[i]-d) > .06*(d+.1) {
			t.Errorf("D at %v is %v, want %v", got.Times[i], got.D[i], d)
		}
		if k := got.Tails[i]; !k.Trusted() || k.Effective < 1500 {
			t.Errorf("tail at %v: %+v", got.Times[i], k)
		}
	}
	if q := got.Relation(); q.Check(3) != relation.Holds {
		t.Errorf("%v", q)
	}
	// A velocity without closed divergence gives the same.
	plain := flow.FieldFunc(func(at float64) flow.Map { return flow.MapFunc(learned.At(at).Apply) })
	again := fine(LearnedSampled(ctx, f, plain, start, 4000, rng.New(1), Options{Times: 8}))
	reftest.Near(t, "D_max by differences", again.DMax.Value, got.DMax.Value, 1e-6, 0)
	// Too wide a start has no finite D, and its tail says so.
	wide := fine(measure.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{3, 0, 0, 3})))
	off := fine(LearnedSampled(ctx, f, learned, wide, 4000, rng.New(1), Options{Times: 4}))
	if k := off.Tails[4]; k.Trusted() {
		t.Errorf("the tail of an infinite divergence: %+v", k)
	}
	// By pairs: upper bounds of L and w_D, and D at the ends.
	pairs := fine(LearnedPairs(ctx, data, f.Path.At(1).(measure.LogDensity), 1, independent{data, s}, learned, start, 1500, rng.New(2), Options{Times: 8}))
	if pairs.Loss.Value < want.Loss.Value+.1 || pairs.WD.Value < want.WD.Value+.1 {
		t.Errorf("by pairs L is %v and w_D %v, want more than %v and %v", pairs.Loss, pairs.WD, want.Loss, want.WD)
	}
	if last := len(pairs.D) - 1; !math.IsNaN(pairs.D[3]) || math.Abs(pairs.D[0]-want.D[0]) > .15 || math.Abs(pairs.D[last]-want.D[last]) > .05 {
		t.Errorf("D by pairs is %v, want %v at the ends", pairs.D, want.D)
	}
	if w := pairs.W1Data; math.Abs(w.Value-want.W1Data.Value) > w.Bound+.05 {
		t.Errorf("W₁(q, p) by pairs is %v, want %v", w, want.W1Data)
	}
	if q := pairs.Relation(); q.Check(3) == relation.Violated {
		t.Errorf("%v", q)
	}
	var dim *measure.DimError
	if _, err := LearnedSampled(ctx, f, learned, measure.Normal(0, 1), 100, rng.New(1), Options{}); !errors.As(err, &dim) {
		t.Errorf("dimension: %v", err)
	}
	var value *measure.ValueError
	if _, err := LearnedSampled(ctx, f, learned, start, 3, rng.New(1), Options{}); !errors.As(err, &value) {
		t.Errorf("few samples: %v", err)
	}
	if _, err := LearnedSampled(ctx, f, nil, start, 100, rng.New(1), Options{}); err == nil {
		t.Error("no velocity: no error")
	}
	// Atoms have no density at 0.
	atoms := fine(measure.NewDiscrete(mat.NewDense(2, 2, []float64{0, 1, 1, 0}), nil))
	if l := fine(LearnedSampled(ctx, diffusion.Noising(atoms, s).Flow, learned, start, 60, rng.New(1), Options{Times: 2, Steps: 2})); !math.IsInf(l.DMax.Value, 1) || l.Relation().Lo.Value != 0 {
		t.Errorf("atoms: D_max is %v", l.DMax)
	}
	var unsupported *thermo.UnsupportedError
	if _, err := LearnedSampled(ctx, flow.Flow{Path: flow.PathFunc(func(float64) measure.Measure { return measure.SwissRoll{} }), Velocity: f.Velocity, Tau: 1}, learned, start, 60, rng.New(1), Options{}); !errors.As(err, &unsupported) {
		t.Errorf("an end that isn't Gaussian: %v", err)
	}
	blow := flow.FieldFunc(func(float64) flow.Map {
		return flow.MapFunc(func(dst, x *mat.Dense) {
			dst.Apply(func(_, _ int, v float64) float64 { return -math.Exp(9 * v * v) }, x)
		})
	})
	if _, err := LearnedPairs(ctx, data, f.Path.At(1).(measure.LogDensity), 1, independent{data, s}, blow, start, 60, rng.New(1), Options{}); err == nil {
		t.Errorf("an infinite velocity: no error")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := LearnedSampled(cancelled, f, learned, start, 100, rng.New(1), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// independent are pairs of independent data and noise.
type independent struct {
	data measure.Measure
	s    diffusion.Schedule
}

func (p independent) Pairs(x, u *mat.Dense, t float64, key rng.Key) error {
	n, d := x.Dims()
	c := p.s.At(t)
	z := make([]float64, n*d)
	key.Named("noise").Normal(z)
	p.data.Sample(x, key)
	for i := range n {
		for j, x0 := range x.RawRowView(i) {
			x.Set(i, j, c.M*x0+c.Sigma()*z[i*d+j])
			u.Set(i, j, c.DM*x0+c.DSigma()*z[i*d+j])
		}
	}
	return nil
}

// The exponent of ratios with a known tail.
func TestTail(t *testing.T) {
	u := make([]float64, 20000)
	rng.New(3).Uniform(u)
	for _, k := range []float64{.2, .5, 1} {
		logs := make([]float64, len(u))
		for i, v := range u {
			logs[i] = -k * math.Log(v)
		}
		tail := tailOf(logs)
		if math.Abs(tail.Shape-k) > .12 || tail.Trusted() != (k < .7) {
			t.Errorf("a tail of %v: %+v", k, tail)
		}
	}
	if e := tailOf([]float64{0, 0, 0, 0}).Effective; math.Abs(e-4) > 1e-12 {
		t.Errorf("four equal ratios are worth %v", e)
	}
	if e := tailOf([]float64{0, math.Log(3)}).Effective; math.Abs(e-1.6) > 1e-12 {
		t.Errorf("ratios of 1 and 3 are worth %v", e)
	}
	if k := tailOf(make([]float64, 100)).Shape; k != 0 {
		t.Errorf("equal ratios have a tail of %v", k)
	}
}

// fine returns v, and panics on an error.
func fine[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
