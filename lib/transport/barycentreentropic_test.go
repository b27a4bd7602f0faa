package transport

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

func TestReferenceEntropicBarycentre(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/barycentres.json", "bary_entropic") {
		var in struct {
			Hists, C [][]float64
			Weights  []float64
			Eps      float64
		}
		var want struct {
			Barycenter []float64
			Other      []float64 `json:"pot_sinkhorn"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		b, err := EntropicBarycentre(t.Context(), in.Hists, in.Weights, MatrixCost{matrix(in.C)}, in.Eps, EntropicBarycentreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range want.Barycenter {
			reftest.Near(t, c.ID, b.Masses[i], q, c.RTol, c.ATol)
		}
		if e := b.ErrorBound(); !(e < 1e-6) {
			t.Errorf("%s: error bound %g", c.ID, e)
		}
		// What a peer gives is no minimiser: the bound rules it out.
		var off float64
		for i, q := range want.Other {
			off += math.Abs(q - b.Masses[i])
		}
		if want.Other != nil && !(off > 1e4*b.ErrorBound()) {
			t.Errorf("%s: %g from another answer, error bound %g", c.ID, off, b.ErrorBound())
		}
	}
}

// bumps returns n points of [0, 1] and histograms of Gaussians on them.
func bumps(n int, means, sds []float64) (x *mat.Dense, hists [][]float64) {
	x = mat.NewDense(n, 1, nil)
	hists = make([][]float64, len(means))
	for i := range n {
		x.Set(i, 0, float64(i)/float64(n-1))
	}
	for k := range means {
		hists[k] = make([]float64, n)
		var sum float64
		for i := range n {
			z := (x.At(i, 0) - means[k]) / sds[k]
			hists[k][i] = math.Exp(-z * z / 2)
			sum += hists[k][i]
		}
		for i := range n {
			hists[k][i] /= sum
		}
	}
	return x, hists
}

func variance(x *mat.Dense, q []float64) (mean, v float64) {
	for i, m := range q {
		mean += m * x.At(i, 0)
	}
	for i, m := range q {
		v += m * (x.At(i, 0) - mean) * (x.At(i, 0) - mean)
	}
	return mean, v
}

// Of equal Gaussians, the debiased barycentre is that Gaussian. The other one adds
// ε/2 to the variance: the plans are convolutions with the price's kernel.
func TestEntropicBarycentreBlur(t *testing.T) {
	const eps, sd = .004, .06
	x, hists := bumps(61, []float64{.4, .55}, []float64{sd, sd})
	cost := SquaredEuclidean{x, x}
	b, err := EntropicBarycentre(t.Context(), hists, []float64{1, 2}, cost, eps, EntropicBarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mean, v := variance(x, b.Masses)
	reftest.Near(t, "mean", mean, .5, 0, 1e-6)
	reftest.Near(t, "blurred variance", v, sd*sd+eps/2, 1e-4, 0)
	b, err = EntropicBarycentre(t.Context(), hists, []float64{1, 2}, cost, eps, EntropicBarycentreOptions{Debiased: true, Tolerance: 1e-7})
	if err != nil {
		t.Fatal(err)
	}
	mean, v = variance(x, b.Masses)
	reftest.Near(t, "mean", mean, .5, 0, 1e-4)
	reftest.Near(t, "debiased variance", v, sd*sd, 1e-3, 0)
	if !math.IsInf(b.DualityGap(), 1) || !math.IsNaN(b.Value()) {
		t.Errorf("a debiased barycentre proves nothing: gap %v", b.DualityGap())
	}
}

// As ε falls, the value tends to the exact one, from below by what Σ P ln P may be.
func TestEntropicBarycentreTendsToExact(t *testing.T) {
	x := pointCloud(1, 12, 2)
	hists, cost := randomHists(3, 3, 12), SquaredEuclidean{x, x}
	exact, err := FixedSupportBarycentre(t.Context(), hists, nil, cost, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, eps := range []float64{1, .1, .03} {
		b, err := EntropicBarycentre(t.Context(), hists, nil, cost, eps, EntropicBarycentreOptions{Tolerance: 1e-6})
		if err != nil {
			t.Fatal(err)
		}
		// Histograms have mass 3, entropies that of mass 1.
		if off := exact.Value()/3 - b.Value(); !(off > 0 && off < eps*math.Log(144)) {
			t.Errorf("ε = %v: %g below the exact value", eps, off)
		}
		var sum float64
		for _, q := range b.Masses {
			sum += q
		}
		reftest.Near(t, "mass", sum, 3, 1e-14, 0)
	}
}

func TestEntropicBarycentreCertificate(t *testing.T) {
	x := pointCloud(1, 12, 2)
	hists, cost := randomHists(3, 3, 12), SquaredEuclidean{x, x}
	best, err := EntropicBarycentre(t.Context(), hists, nil, cost, .2, EntropicBarycentreOptions{Tolerance: 1e-13})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 3, 10, 30} {
		b, err := EntropicBarycentre(t.Context(), hists, nil, cost, .2, EntropicBarycentreOptions{Tolerance: 1e-15, MaxIterations: n})
		var stopped *NotConvergedError
		if !errors.As(err, &stopped) || stopped.Iterations != n || !errors.Is(err, ErrLimit) {
			t.Fatalf("%d iterations: %v", n, err)
		}
		var off float64
		for i, q := range b.Masses {
			off += math.Abs(q-best.Masses[i]) / 3
		}
		if e := b.ErrorBound(); !(e >= off && e < 100*off) {
			t.Errorf("%d iterations: off by %g, bound %g", n, off, e)
		}
		if excess := b.Value() - best.Value(); !(excess > 0 && b.DualityGap() >= excess) {
			t.Errorf("%d iterations: the value is %g too large, gap %g", n, excess, b.DualityGap())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := EntropicBarycentre(ctx, hists, nil, cost, .2, EntropicBarycentreOptions{}); b == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", b, err)
	}
}

func TestEntropicBarycentreBits(t *testing.T) {
	run := func(procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		x := pointCloud(1, 30, 2)
		b, _ := EntropicBarycentre(t.Context(), randomHists(3, 5, 30), nil, SquaredEuclidean{x, x}, .1, EntropicBarycentreOptions{MaxIterations: 50})
		return append(b.Masses, b.Residual, b.DualityGap())
	}
	if one, eight := run(1), run(8); !slices.Equal(one, eight) {
		t.Error("results depend on the number of processors")
	}
}

func TestEntropicBarycentreRefuses(t *testing.T) {
	h, c := [][]float64{{1, 0}, {.5, .5}}, MatrixCost{matrix([][]float64{{0, 1}, {2, 0}})}
	for _, eps := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := EntropicBarycentre(t.Context(), h, nil, c, eps, EntropicBarycentreOptions{}); err == nil {
			t.Errorf("ε = %v is taken", eps)
		}
	}
	if _, err := EntropicBarycentre(t.Context(), h, nil, c, 1, EntropicBarycentreOptions{Debiased: true}); err == nil {
		t.Error("a price that isn't symmetric is debiased")
	}
	if _, err := EntropicBarycentre(t.Context(), h, nil, c, 1, EntropicBarycentreOptions{Tolerance: math.NaN()}); err == nil {
		t.Error("a tolerance of NaN is taken")
	}
	if _, err := EntropicBarycentre(t.Context(), [][]float64{{1, 0}, {2, 2}}, nil, c, 1, EntropicBarycentreOptions{}); err == nil {
		t.Error("unbalanced masses are taken")
	}
}

// The gap is the objective less the dual value Σ wₖ ε ⟨vₖ, hₖ⟩, before convergence
// too.
func TestEntropicBarycentreGap(t *testing.T) {
	const eps = .2
	x := pointCloud(1, 12, 2)
	hists, w := randomHists(3, 3, 12), []float64{.2, .3, .5}
	c, err := priceTable("test", SquaredEuclidean{x, x}, 12)
	if err != nil {
		t.Fatal(err)
	}
	it := newBaryProjections(hists, w, c, eps, 3)
	for range 6 {
		it.step(false)
		value, kl := it.certify(it.masses())
		dual := 0.0
		for k, h := range hists {
			for j, m := range h {
				if m > 0 {
					dual += w[k] * eps * m / 3 * it.v[k][j]
				}
			}
		}
		reftest.Near(t, "gap", eps*kl, value-dual, 1e-9, 1e-13)
		it.raise()
	}
}
