package diffusion

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func likeMixture(t testing.TB, w []float64, mu [][]float64, cov [][]float64) *measure.Mixture {
	t.Helper()
	parts := make([]*measure.Gaussian, len(w))
	for k := range parts {
		var err error
		if parts[k], err = measure.NewGaussian(mu[k], mat.NewSymDense(len(mu[k]), cov[k])); err != nil {
			t.Fatal(err)
		}
	}
	m, err := measure.NewMixture(w, parts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func likeFull3(t testing.TB) *measure.Mixture {
	return likeMixture(t, []float64{.5, .3, .2}, [][]float64{{-1, 0}, {1.5, .5}, {0, -2}},
		[][]float64{{.3, .1, .1, .2}, {.1, -.05, -.05, .4}, {.05, 0, 0, .6}})
}

func rowsOf(x [][]float64) *mat.Dense {
	m := mat.NewDense(len(x), len(x[0]), nil)
	for i, r := range x {
		m.SetRow(i, r)
	}
	return m
}

func TestReferenceLikelihoods(t *testing.T) {
	mixtures := map[string]*measure.Mixture{
		"full3": likeFull3(t),
		"mix1d": likeMixture(t, []float64{.25, .75}, [][]float64{{-1}, {2}}, [][]float64{{.25}, {.5}}),
	}
	schedules := map[string]Schedule{"vp-linear": VPLinear{}, "cosine": Cosine{}}
	for _, c := range reftest.Load(t, "testdata/likelihood.json", "loglik/") {
		var in struct {
			GMM, Schedule string
			T0, T1        float64
			X             [][]float64
		}
		var want struct {
			Exact  []float64   `json:"logp_exact"`
			Prior  []float64   `json:"logp_prior"`
			Latent [][]float64 `json:"latent"`
			Div    []float64   `json:"div_integral"`
			Bits   []float64   `json:"bits_per_dim"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		s, x := schedules[in.Schedule], rowsOf(in.X)
		p := Noising(mixtures[in.GMM], s)
		_, d := x.Dims()
		prior, err := NoisePrior(s, in.T1, d)
		if err != nil {
			t.Fatal(err)
		}
		exact, err := LogLikelihood(context.Background(), p.Flow, x, in.T0, in.T1, nil, LikelihoodOptions{})
		if err != nil {
			t.Fatal(c.ID, err)
		}
		usual, err := exact.With(prior)
		if err != nil {
			t.Fatal(err)
		}
		law := make([]float64, len(in.X))
		p.Path.At(in.T0).(measure.LogDensity).LogProb(law, x)
		le, lp, div, bits := exact.LogProb(), usual.LogProb(), exact.Divergence(), usual.BitsPerDim(0)
		for i := range law {
			reftest.Near(t, c.ID+" exact", le[i].Value, want.Exact[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" prior", lp[i].Value, want.Prior[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" divergence", div[i].Value, want.Div[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" bits", bits[i].Value, want.Bits[i], c.RTol, c.ATol)
			for j, v := range want.Latent[i] {
				reftest.Near(t, c.ID+" latent", exact.Latent.At(i, j), v, c.RTol, c.ATol)
			}
			if off := math.Abs(le[i].Value - law[i]); off > le[i].Bound || le[i].Bound > 1e-4 || off > 1e-7 {
				t.Errorf("%s: off by %g, bound %g in %d steps", c.ID, off, le[i].Bound, exact.Steps[i])
			}
		}
	}
}

// The error on a grid falls with its fifth power, and stays within the bound.
func TestLikelihoodOrder(t *testing.T) {
	p := Noising(likeFull3(t), Cosine{})
	x := rowsOf([][]float64{{.3, -.7}, {2, .1}, {-1.2, 1.4}})
	law := make([]float64, 3)
	p.Path.At(0.2).(measure.LogDensity).LogProb(law, x)
	var errs []float64
	for _, n := range []int{3, 24} {
		l, err := LogLikelihood(context.Background(), p.Flow, x, 0.2, 1, nil, LikelihoodOptions{Times: flow.Times(0.2, 1, n)})
		if err != nil {
			t.Fatal(err)
		}
		var worst float64
		for i, v := range l.LogProb() {
			off := math.Abs(v.Value - law[i])
			worst = max(worst, off)
			if off > v.Bound {
				t.Errorf("%d steps: off by %g, bound %g", n, off, v.Bound)
			}
		}
		errs = append(errs, worst)
	}
	if order := math.Log(errs[0]/errs[1]) / math.Log(8); !(order > 4.5) {
		t.Errorf("errors %g, order %.2f", errs, order)
	}
}

// blind hides the abilities of a field.
func blind(f flow.Flow) flow.Flow {
	v := f.Velocity
	f.Velocity = flow.FieldFunc(func(t float64) flow.Map { return flow.MapFunc(v.At(t).Apply) })
	return f
}

func TestLikelihoodByDifferences(t *testing.T) {
	p := Noising(likeFull3(t), CondOT{})
	x := rowsOf([][]float64{{.3, -.7}, {2, .1}})
	exact, err := LogLikelihood(context.Background(), p.Flow, x, 0.01, 1, nil, LikelihoodOptions{})
	if err != nil {
		t.Fatal(err)
	}
	near, err := LogLikelihood(context.Background(), blind(p.Flow), x, 0.01, 1, nil, LikelihoodOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e, d := exact.LogProb(), near.LogProb()
	for i := range e {
		if off := math.Abs(e[i].Value - d[i].Value); off > d[i].Bound || off > 1e-6 || !(d[i].Bound > e[i].Bound) {
			t.Errorf("off by %g, bounds %g and %g", off, e[i].Bound, d[i].Bound)
		}
	}
}

func TestReferenceProbes(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/likelihood.json", "hutchinson/") {
		var in struct{ J [][]float64 }
		var want struct {
			Probe []float64
			Mean  float64
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		s := newLikeState(flow.FieldFunc(func(float64) flow.Map { return flow.Linear(rowsOf(in.J), make([]float64, 2)) }), 1, 2, 4)
		for _, e := range [][]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
			s.probe = append(s.probe, mat.NewDense(1, 2, e))
		}
		s.slope(s.k[0], 0, s.y)
		var sum float64
		for k, w := range want.Probe {
			got := s.k[0].At(0, 2+k)
			reftest.Near(t, c.ID, got, w, c.RTol, c.ATol)
			sum += got
		}
		reftest.Near(t, c.ID, sum/4, want.Mean, c.RTol, c.ATol)
	}
}

// The estimates are as far from the exact values as their standard errors say.
func TestHutchinson(t *testing.T) {
	p := Noising(likeFull3(t), Cosine{})
	const n = 50
	x := mat.NewDense(n, 2, nil)
	likeFull3(t).Sample(x, rng.New(1))
	times := flow.Times(0.05, 1, 8)
	for _, f := range []flow.Flow{p.Flow, blind(p.Flow)} {
		for _, normal := range []bool{false, true} {
			opt := LikelihoodOptions{Times: times, Normal: normal}
			exact, err := LogLikelihood(context.Background(), f, x, 0.05, 1, nil, opt)
			if err != nil {
				t.Fatal(err)
			}
			guess, err := HutchinsonLikelihood(context.Background(), f, x, 0.05, 1, nil, 20, rng.New(2), opt)
			if err != nil {
				t.Fatal(err)
			}
			e, g := exact.LogProb(), guess.LogProb()
			var chi float64
			for i := range e {
				z := (e[i].Value - g[i].Value) / g[i].StdErr
				chi += z * z / n
				if math.Abs(z) > 6 {
					t.Errorf("particle %d: %v, want %v", i, g[i], e[i])
				}
			}
			if chi < 0.6 || chi > 1.7 { // ±4 standard errors of χ²/n
				t.Errorf("normal %v: χ²/n = %v", normal, chi)
			}
			if m := Mean(e); math.Abs(m.Value-meanValue(e)) > 1e-13 || !(m.StdErr > 0) {
				t.Errorf("mean %v", m)
			}
		}
	}
}

func meanValue(ts []relation.Term) (m float64) {
	for _, t := range ts {
		m += t.Value / float64(len(ts))
	}
	return m
}

// A particle's numbers depend on it alone: the whole, its parts, any processors.
func TestLikelihoodOfParts(t *testing.T) {
	p := Noising(likeFull3(t), VPLinear{})
	x := mat.NewDense(30, 2, nil)
	likeFull3(t).Sample(x, rng.New(1))
	run := func(first, to int, opt LikelihoodOptions) []relation.Term {
		opt.First = first
		l, err := HutchinsonLikelihood(context.Background(), p.Flow, x.Slice(first, to, 0, 2).(*mat.Dense), 0.01, 1, nil, 3, rng.New(7), opt)
		if err != nil {
			t.Fatal(err)
		}
		return l.LogProb()
	}
	for _, opt := range []LikelihoodOptions{{}, {Times: flow.Times(0.01, 1, 12)}} {
		old := runtime.GOMAXPROCS(1)
		whole := run(0, 30, opt)
		runtime.GOMAXPROCS(8)
		parts := append(run(0, 11, opt), run(11, 30, opt)...)
		runtime.GOMAXPROCS(old)
		for i := range whole {
			if whole[i] != parts[i] {
				t.Fatalf("particle %d: %v, alone %v", i, whole[i], parts[i])
			}
		}
	}
}

func TestDiscretisationOffset(t *testing.T) {
	for _, c := range []struct {
		levels       int
		lo, hi, want float64
	}{{256, -1, 1, 7}, {256, 0, 1, 8}, {256, 0, 256, 0}, {2, 0, 1, 1}} {
		if got := DiscretisationOffset(c.levels, c.lo, c.hi); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	// Values in 4 levels, evenly, are 2 bits however they are scaled.
	u, err := measure.NewUniform(-3, 5)
	if err != nil {
		t.Fatal(err)
	}
	l := Likelihood{
		Latent: mat.NewDense(1, 1, []float64{2}), integral: mat.NewDense(1, 1, nil), spread: []float64{0},
	}
	l.coarse.latent, l.coarse.integral = l.Latent, l.integral
	with, err := l.With(u)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "bits", with.BitsPerDim(DiscretisationOffset(4, -3, 5))[0].Value, 2, 1e-13, 0)
}

func TestLikelihoodErrors(t *testing.T) {
	ctx := context.Background()
	f := Noising(likeFull3(t), Cosine{}).Flow
	x := rowsOf([][]float64{{0, 1}})
	nan := math.NaN()
	line := measure.Normal(0, 1)
	for name, run := range map[string]func() error{
		"no velocity": func() error {
			_, err := LogLikelihood(ctx, flow.Flow{Tau: 1}, x, 0, 1, nil, LikelihoodOptions{})
			return err
		},
		"no path": func() error {
			_, err := LogLikelihood(ctx, flow.Flow{Velocity: f.Velocity, Tau: 1}, x, 0, 1, nil, LikelihoodOptions{})
			return err
		},
		"empty": func() error {
			_, err := LogLikelihood(ctx, f, new(mat.Dense), 0, 1, nil, LikelihoodOptions{})
			return err
		},
		"nil": func() error { _, err := LogLikelihood(ctx, f, nil, 0, 1, nil, LikelihoodOptions{}); return err },
		"NaN": func() error {
			_, err := LogLikelihood(ctx, f, rowsOf([][]float64{{0, nan}}), 0, 1, nil, LikelihoodOptions{})
			return err
		},
		"order": func() error { _, err := LogLikelihood(ctx, f, x, .5, .5, nil, LikelihoodOptions{}); return err },
		"late":  func() error { _, err := LogLikelihood(ctx, f, x, 0, 1.5, nil, LikelihoodOptions{}); return err },
		"NaN t": func() error { _, err := LogLikelihood(ctx, f, x, nan, 1, nil, LikelihoodOptions{}); return err },
		"end":   func() error { _, err := LogLikelihood(ctx, f, x, 0, 1, line, LikelihoodOptions{}); return err },
		"grid": func() error {
			_, err := LogLikelihood(ctx, f, x, 0, 1, nil, LikelihoodOptions{Times: []float64{0, .5, .5, 1}})
			return err
		},
		"ends": func() error {
			_, err := LogLikelihood(ctx, f, x, 0, 1, nil, LikelihoodOptions{Times: []float64{0, .5}})
			return err
		},
		"tol":   func() error { _, err := LogLikelihood(ctx, f, x, 0, 1, nil, LikelihoodOptions{RelTol: -1}); return err },
		"first": func() error { _, err := LogLikelihood(ctx, f, x, 0, 1, nil, LikelihoodOptions{First: -1}); return err },
		"probes": func() error {
			_, err := HutchinsonLikelihood(ctx, f, x, 0, 1, nil, 1, rng.New(1), LikelihoodOptions{})
			return err
		},
		"prior":  func() error { _, err := NoisePrior(Cosine{}, 2, 1); return err },
		"prior0": func() error { _, err := NoisePrior(Cosine{}, 0, 1); return err },
		"priord": func() error { _, err := NoisePrior(Cosine{}, 1, 0); return err },
		"priors": func() error { _, err := NoisePrior(nil, 1, 1); return err },
	} {
		if run() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var steps *LikelihoodStepError
	if _, err := LogLikelihood(ctx, f, x, 0, 1, nil, LikelihoodOptions{MaxSteps: 2}); !errors.As(err, &steps) || steps.Steps != 2 {
		t.Errorf("two steps: %v", err)
	}
	// ẋ = x² leaves the numbers at t = 1/x.
	blowup := flow.Flow{Tau: 1, Velocity: flow.FieldFunc(func(float64) flow.Map { return flow.LineMap(func(x float64) float64 { return x * x }) })}
	if _, err := LogLikelihood(ctx, blowup, rowsOf([][]float64{{.1}, {2}}), 0, 1, line, LikelihoodOptions{}); !errors.As(err, &steps) || steps.Particle != 1 {
		t.Errorf("blow-up: %v", err)
	}
	nans := flow.Flow{Tau: 1, Velocity: flow.FieldFunc(func(float64) flow.Map { return flow.LineMap(func(float64) float64 { return nan }) })}
	var finite *flow.NonFiniteError
	if _, err := LogLikelihood(ctx, nans, rowsOf([][]float64{{1}}), 0, 1, line, LikelihoodOptions{Times: []float64{0, 1}}); !errors.As(err, &finite) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := LogLikelihood(ctx, nans, rowsOf([][]float64{{1}}), 0, 1, line, LikelihoodOptions{}); !errors.As(err, &steps) {
		t.Errorf("NaN: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := LogLikelihood(ended, f, x, 0, 1, nil, LikelihoodOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkLogLikelihood(b *testing.B) {
	p := Noising(likeFull3(b), Cosine{})
	x := mat.NewDense(400, 2, nil)
	likeFull3(b).Sample(x, rng.New(1))
	for b.Loop() {
		if _, err := LogLikelihood(context.Background(), p.Flow, x, 0, 1, nil, LikelihoodOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
