package diffusion

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// From a law to its samples in a few lines: the mean and the covariance come back.
func ExampleGenerate() {
	data := measure.Bimodal(2, 0.5)
	x := mat.NewDense(10000, 1, nil)
	grid := append(flow.Times(1, 0.001, 40), 0)
	err := Generate(context.Background(), x, Exact(data, VPLinear{}), grid, DPMSolver2M{}, rng.New(1), GenerateOptions{})
	mean, sd := stat.MeanStdDev(mat.Col(nil, 0, x), nil)
	fmt.Printf("%.1f %.1f %v\n", mean, sd, err)
	// Output: 0.0 2.1 <nil>
}

func TestGenerateIsSampleFromTheStart(t *testing.T) {
	m := Exact(toy(t, "full3"), CondOT{})
	grid := append(flow.Times(.99, .01, 5), 0)
	key := rng.New(3)
	for name, start := range map[string]measure.Measure{"prior": nil, "given": toy(t, "ring8")} {
		all := mat.NewDense(200, 2, nil)
		if err := Generate(context.Background(), all, m, grid, Ancestral{}, key, GenerateOptions{Start: start}); err != nil {
			t.Fatal(err)
		}
		few := mat.NewDense(30, 2, nil)
		if err := Generate(context.Background(), few, m, grid, Ancestral{}, key, GenerateOptions{Start: start}); err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(few, all.Slice(0, 30, 0, 2)) {
			t.Errorf("%s: 30 samples aren't the first of 200", name)
		}
		if start == nil {
			start = sphere{2, CondOT{}.At(.99).Sigma()}
		}
		x := mat.NewDense(200, 2, nil)
		start.Sample(x, key.Named("start").Fold(0))
		if end := last(t, x, m, grid, Ancestral{}, flow.KeyNoise(key.Named("noise"))); !mat.Equal(end.X, all) {
			t.Errorf("%s: other samples by Sample", name)
		}
	}
}

// Particles are numbered through all batches.
func TestBatchesGoOn(t *testing.T) {
	m := Exact(measure.Normal(1, 2), CondOT{})
	grid, key := []float64{.9, .5, .1}, rng.New(5)
	size := batchSize(1)
	x := mat.NewDense(size+10, 1, nil)
	if err := Generate(context.Background(), x, m, grid, Ancestral{}, key, GenerateOptions{}); err != nil {
		t.Fatal(err)
	}
	second := mat.NewDense(10, 1, nil)
	sphere{1, CondOT{}.At(.9).Sigma()}.Sample(second, key.Named("start").Fold(1))
	for st, err := range Sample(context.Background(), second, m, grid, Ancestral{}, flow.KeyNoise(key.Named("noise")), SampleOptions{First: size}) {
		if err != nil {
			t.Fatal(err)
		}
		if st.T == .1 && !mat.Equal(st.X, x.Slice(size, size+10, 0, 1)) {
			t.Error("other samples in the second batch")
		}
	}
	if mat.Equal(x.Slice(0, 10, 0, 1), x.Slice(size, size+10, 0, 1)) {
		t.Error("the second batch repeats the first")
	}
}

// Several batches, the last of them short, are as one.
func TestSummary(t *testing.T) {
	n := 2*batchSize(2) + 1234
	m := Exact(toy(t, "full3"), VPLinear{})
	grid := []float64{1, .5, .2, 0}
	key := rng.New(9)
	x := mat.NewDense(n, 2, nil)
	if err := Generate(context.Background(), x, m, grid, DDIM{}, key, GenerateOptions{}); err != nil {
		t.Fatal(err)
	}
	var sums []*Summary
	for _, procs := range []int{1, 8} {
		before := runtime.GOMAXPROCS(procs)
		s, err := GenerateSummary(context.Background(), n, 2, m, grid, DDIM{}, key, SummaryOptions{Bins: 500})
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, s)
	}
	s := sums[0]
	if s.N != n || s.Evaluations != 3 {
		t.Errorf("%d samples with %v evaluations", s.N, s.Evaluations)
	}
	var cov mat.SymDense
	stat.CovarianceMatrix(&cov, x, nil)
	for j := range 2 {
		col := mat.Col(nil, j, x)
		reftest.Near(t, "mean", s.Mean[j], stat.Mean(col, nil), 0, 1e-12)
		reftest.Near(t, "same mean", s.Mean[j], sums[1].Mean[j], 0, 0)
		for k := range 2 {
			reftest.Near(t, "covariance", s.Cov.At(j, k), cov.At(j, k), 1e-11, 1e-11)
			reftest.Near(t, "same covariance", s.Cov.At(j, k), sums[1].Cov.At(j, k), 0, 0)
		}
		slices.Sort(col)
		reftest.Near(t, "min", s.Min[j], col[0], 0, 0)
		reftest.Near(t, "max", s.Max[j], col[n-1], 0, 0)
		h := s.Histograms[j]
		if !slices.Equal(h.Counts, sums[1].Histograms[j].Counts) {
			t.Error("other histograms with 8 processors")
		}
		for i, c := range h.Counts {
			lo, _ := slices.BinarySearch(col, h.Edge(i))
			hi, _ := slices.BinarySearch(col, h.Edge(i+1))
			if int(c) != hi-lo {
				t.Fatalf("bin %d counts %d values, want %d", i, c, hi-lo)
			}
		}
		for _, p := range []float64{0, 1e-5, .01, .5, .9, 1} {
			q, bound := s.Quantile(j, p)
			want := col[max(0, int(math.Ceil(p*float64(n)))-1)]
			if width := h.Edge(1) - h.Edge(0); math.Abs(q-want) > bound*(1+1e-12) || bound > width {
				t.Errorf("quantile at %v is %v ± %v, want %v", p, q, bound, want)
			}
		}
	}
}

// Values outside a given range are counted, and quantiles there are bounded by the
// extremes.
func TestSummaryWithGivenRange(t *testing.T) {
	const n = 5000
	m := Exact(measure.Normal(1, 1), VPLinear{})
	grid, key := []float64{1, .5, 0}, rng.New(2)
	x := mat.NewDense(n, 1, nil)
	if err := Generate(context.Background(), x, m, grid, Heun{}, key, GenerateOptions{}); err != nil {
		t.Fatal(err)
	}
	col := mat.Col(nil, 0, x)
	slices.Sort(col)
	s, err := GenerateSummary(context.Background(), n, 1, m, grid, Heun{}, key, SummaryOptions{Bins: 10, Lo: []float64{0}, Hi: []float64{2}})
	if err != nil {
		t.Fatal(err)
	}
	h := s.Histograms[0]
	below, _ := slices.BinarySearch(col, 0)
	above, _ := slices.BinarySearch(col, 2)
	if int(h.Below) != below || int(h.Above) != n-above || h.Below < 100 || h.Above < 100 {
		t.Errorf("%d below and %d above, want %d and %d", h.Below, h.Above, below, n-above)
	}
	for _, p := range []float64{0, .001, .3, .7, .999, 1} {
		q, bound := s.Quantile(0, p)
		if want := col[max(0, int(math.Ceil(p*n))-1)]; math.Abs(q-want) > bound*(1+1e-12) {
			t.Errorf("quantile at %v is %v ± %v, want %v", p, q, bound, want)
		}
	}
	var value *measure.ValueError
	var dim *measure.DimError
	for _, c := range []struct {
		n   int
		opt SummaryOptions
		as  any
	}{
		{n, SummaryOptions{Bins: -1}, &value},
		{n, SummaryOptions{Lo: []float64{1}, Hi: []float64{1}}, &value},
		{n, SummaryOptions{Lo: []float64{1}}, &dim},
		{0, SummaryOptions{}, &value},
		{n, SummaryOptions{GenerateOptions: GenerateOptions{Start: toy(t, "ring8")}}, &dim},
	} {
		if _, err := GenerateSummary(context.Background(), c.n, 1, m, grid, Heun{}, key, c.opt); !errors.As(err, c.as) {
			t.Errorf("%+v: error %v", c.opt, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Generate(ctx, x, m, grid, Heun{}, key, GenerateOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// The memory of a summary doesn't grow with the samples.
func TestSummaryMemoryIsFlat(t *testing.T) {
	m := Exact(measure.Normal(1, 1), VPLinear{})
	peak := func(n int) uint64 {
		runtime.GC()
		var most runtime.MemStats
		watched := FromDenoiser(flow.FieldFunc(func(t float64) flow.Map {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			most.HeapSys = max(most.HeapSys, now.HeapInuse)
			return m.Denoiser().At(t)
		}), VPLinear{})
		if _, err := GenerateSummary(context.Background(), n, 1, watched, []float64{1, .5, 0}, DDIM{}, rng.New(1), SummaryOptions{}); err != nil {
			t.Fatal(err)
		}
		return most.HeapSys
	}
	peak(batchSize(1))
	few, many := peak(2*batchSize(1)), peak(8*batchSize(1))
	if many > few+few/2+4<<20 {
		t.Errorf("%d bytes for 2 batches, %d for 8", few, many)
	}
}
