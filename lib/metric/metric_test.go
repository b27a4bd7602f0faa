package metric

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func matrix(x [][]float64) *mat.Dense {
	m := mat.NewDense(len(x), len(x[0]), nil)
	for i, r := range x {
		m.SetRow(i, r)
	}
	return m
}

func symmetric(x [][]float64) *mat.SymDense {
	m := mat.NewSymDense(len(x), nil)
	for i, r := range x {
		for j, v := range r {
			m.SetSym(i, j, v)
		}
	}
	return m
}

func TestReferenceMetrics(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/metric.json", "metric/frechet") {
		var in struct {
			M1, M2 []float64
			S1, S2 [][]float64
		}
		var want struct{ W2sq float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		d, err := FrechetMoments(in.M1, symmetric(in.S1), in.M2, symmetric(in.S2))
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID, d*d, want.W2sq, c.RTol, c.ATol)
	}
	for _, c := range reftest.Load(t, "testdata/metric.json", "metric/energy") {
		var in struct{ X, Y [][]float64 }
		var want struct{ Value float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		d := energy(t, matrix(in.X), nil, matrix(in.Y), nil)
		reftest.Near(t, c.ID, d*d, want.Value, c.RTol, c.ATol)
	}
}

// Shifted samples are at the shift, scaled ones at what the roots say, and singular
// covariances are no trouble.
func TestFrechetClosedForms(t *testing.T) {
	x := normals(1, 50, 3)
	var y mat.Dense
	y.Apply(func(_, j int, v float64) float64 { return v + float64(3*j) }, x)
	d, err := Frechet(x, nil, &y, nil)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "shift", d, math.Sqrt(45), 1e-12, 0)
	flat := mat.NewSymDense(2, []float64{1, 1, 1, 1})
	zero := mat.NewSymDense(2, nil)
	for _, tc := range []struct {
		a, b *mat.SymDense
		want float64
	}{{flat, flat, 0}, {flat, zero, math.Sqrt2}, {zero, zero, 0}} {
		d, err := FrechetMoments([]float64{0, 0}, tc.a, []float64{0, 0}, tc.b)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "singular", d, tc.want, 1e-12, 1e-7)
	}
}

// mmdByPairs is the definition, for one width and equal weights.
func mmdByPairs(x, y *mat.Dense, h float64, unbiased bool) float64 {
	mean := func(a, b *mat.Dense, same bool) (sum float64) {
		n, d := a.Dims()
		m, _ := b.Dims()
		count := 0.
		for i := range n {
			for j := range m {
				if same && unbiased && i == j {
					continue
				}
				var r float64
				for k := range d {
					r += math.Pow(a.At(i, k)-b.At(j, k), 2)
				}
				sum += math.Exp(-r / (2 * h * h))
				count++
			}
		}
		return sum / count
	}
	return mean(x, x, true) + mean(y, y, true) - 2*mean(x, y, false)
}

func TestMMD(t *testing.T) {
	ctx := context.Background()
	x, y := normals(1, 140, 3), normals(2, 90, 3)
	for _, unbiased := range []bool{false, true} {
		a, err := MMDSquared(ctx, x, nil, y, nil, MMDOptions{Widths: []float64{.7, 2}, Unbiased: unbiased})
		if err != nil {
			t.Fatal(err)
		}
		want := (mmdByPairs(x, y, .7, unbiased) + mmdByPairs(x, y, 2, unbiased)) / 2
		reftest.Near(t, "by pairs", a, want, 0, 1e-14)
	}
	h, err := MedianDistance(x, y)
	if err != nil || h < 2 || h > 2.5 { // median of √2 χ₃ is 2.175
		t.Errorf("median distance %v, %v", h, err)
	}
	a, _ := MMDSquared(ctx, x, nil, y, nil, MMDOptions{})
	reftest.Near(t, "median", a, mmdByPairs(x, y, h, false), 0, 1e-14)
	if d, err := MMDSquared(ctx, x, nil, x, nil, MMDOptions{}); err != nil || d != 0 {
		t.Errorf("the same: %v, %v", d, err)
	}
	old := runtime.GOMAXPROCS(1)
	one, _ := MMDSquared(ctx, x, nil, y, nil, MMDOptions{})
	runtime.GOMAXPROCS(8)
	eight, _ := MMDSquared(ctx, x, nil, y, nil, MMDOptions{})
	runtime.GOMAXPROCS(old)
	if one != eight {
		t.Errorf("%v on one processor, %v on eight", one, eight)
	}
}

// Counted by hand: x = 0, 1, 3 with k = 1 has the balls [−1, 1], [0, 2], [1, 5];
// y = 0.5, 9, 10 has [−8, 9], [8, 10], [9, 11].
func TestNeighbours(t *testing.T) {
	n, err := Neighbours(context.Background(), column([]float64{0, 1, 3}), column([]float64{.5, 9, 10}), 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Neighbourhood{K: 1, Precision: 1. / 3, Recall: 1, Density: 2. / 3, Coverage: 2. / 3}); *n != want {
		t.Errorf("%+v, want %+v", *n, want)
	}
	same, err := Neighbours(context.Background(), normals(1, 400, 2), normals(2, 400, 2), 5)
	if err != nil {
		t.Fatal(err)
	}
	if same.Precision < .9 || same.Recall < .9 || math.Abs(same.Density-1) > .15 || same.Coverage < .9 {
		t.Errorf("one law: %+v", same)
	}
}

func TestWasserstein(t *testing.T) {
	ctx := context.Background()
	x := normals(1, 60, 2)
	var y mat.Dense
	y.Apply(func(_, j int, v float64) float64 { return v + float64(3+j) }, x)
	for p := 1; p <= 2; p++ {
		w, err := Wasserstein(ctx, p, x, nil, &y, nil)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "shift", w.Value, 5, 1e-9, 0)
		if w.Bound > 1e-6 {
			t.Errorf("bound %g", w.Bound)
		}
	}
	s, err := SlicedWasserstein(ctx, 2, x, nil, &y, nil, 500, rng.New(1))
	if err != nil || math.Abs(s.Value-5/math.Sqrt2) > 5*s.StdErr || !(s.StdErr < .2) {
		t.Errorf("sliced %v, %v", s, err)
	}
}

var energyOf Statistic = func(ctx context.Context, x, y mat.Matrix) (float64, error) {
	return Energy(ctx, x, nil, y, nil)
}

// Between samples of one law p is uniform, and the value is at the floor; a shift is
// seen. The floor of the unbiased MMD² is 0.
func TestTwoSample(t *testing.T) {
	ctx := context.Background()
	const tests = 60
	var mean, above float64
	for k := range uint64(tests) {
		r, err := TwoSample(ctx, normals(2*k, 20, 2), normals(2*k+1, 15, 2), energyOf, 39, rng.New(k))
		if err != nil {
			t.Fatal(err)
		}
		mean += r.P() / tests
		above += (r.Value - r.Floor().Value) / r.SD() / tests
	}
	if z := (mean - .5) / math.Sqrt(1./12/tests); math.Abs(z) > 4 {
		t.Errorf("mean p %v", mean)
	}
	if math.Abs(above) > 4/math.Sqrt(tests) {
		t.Errorf("values are %v standard deviations from the floor", above)
	}
	x, y := normals(1, 50, 2), normals(2, 50, 2)
	y.Apply(func(_, _ int, v float64) float64 { return v + 1 }, y)
	r, err := TwoSample(ctx, x, y, energyOf, 99, rng.New(1))
	if err != nil || r.P() != .01 || r.Value < 2*r.Floor().Value {
		t.Errorf("shifted: %v, p = %v, floor %v", err, r.P(), r.Floor())
	}
	r, err = TwoSample(ctx, x, y, func(ctx context.Context, x, y mat.Matrix) (float64, error) {
		return MMDSquared(ctx, x, nil, y, nil, MMDOptions{Widths: []float64{1}, Unbiased: true})
	}, 200, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	// Splits leave out equal points: their mean is 0 but for a term of order 1/n².
	if f := r.Floor(); math.Abs(f.Value) > 5*f.StdErr || r.P() > .01 {
		t.Errorf("MMD² floor %v, p = %v", f, r.P())
	}
	if one := (&TwoSampleTest{Each: []float64{1}}).Floor(); !math.IsInf(one.StdErr, 1) {
		t.Errorf("one split: %v", one)
	}
}

func TestMetricErrors(t *testing.T) {
	ctx := context.Background()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	x := normals(1, 5, 2)
	bad := mat.DenseCopyOf(x)
	bad.Set(1, 1, math.Inf(1))
	eye := mat.NewSymDense(1, []float64{1})
	metrics := map[string]func(ctx context.Context, x, y mat.Matrix) error{
		"MMD": func(ctx context.Context, x, y mat.Matrix) error {
			_, err := MMDSquared(ctx, x, nil, y, nil, MMDOptions{})
			return err
		},
		"exact": func(ctx context.Context, x, y mat.Matrix) error {
			_, err := Wasserstein(ctx, 2, x, nil, y, nil)
			return err
		},
		"sliced": func(ctx context.Context, x, y mat.Matrix) error {
			_, err := SlicedWasserstein(ctx, 2, x, nil, y, nil, 3, rng.New(1))
			return err
		},
		"Frechet": func(_ context.Context, x, y mat.Matrix) error { _, err := Frechet(x, nil, y, nil); return err },
		"nearest": func(ctx context.Context, x, y mat.Matrix) error { _, err := Neighbours(ctx, x, y, 2); return err },
		"two": func(ctx context.Context, x, y mat.Matrix) error {
			_, err := TwoSample(ctx, x, y, energyOf, 2, rng.New(1))
			return err
		},
		"distance": func(_ context.Context, x, y mat.Matrix) error { _, err := MedianDistance(x, y); return err },
	}
	for name, f := range metrics {
		if err := f(ctx, x, normals(2, 6, 2)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for what, y := range map[string]mat.Matrix{"nil": nil, "empty": new(mat.Dense), "Inf": bad, "dimension": normals(1, 5, 1)} {
			if f(ctx, x, y) == nil {
				t.Errorf("%s: %s: no error", name, what)
			}
		}
		if name != "Frechet" && name != "distance" {
			if err := f(ended, x, x); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: cancelled: %v", name, err)
			}
		}
	}
	twice := func(_ float64, err error) error { return err }
	for name, err := range map[string]error{
		"width":    twice(MMDSquared(ctx, x, nil, x, nil, MMDOptions{Widths: []float64{0}})),
		"widths":   twice(MMDSquared(ctx, x, nil, x, nil, MMDOptions{Widths: []float64{}})),
		"median":   twice(MMDSquared(ctx, mat.NewDense(3, 2, nil), nil, mat.NewDense(3, 2, nil), nil, MMDOptions{})),
		"unbiased": twice(MMDSquared(ctx, x, []float64{0, 1, 0, 0, 0}, x, nil, MMDOptions{Unbiased: true})),
		"negative": twice(FrechetMoments([]float64{0}, mat.NewSymDense(1, []float64{-1}), []float64{0}, eye)),
		"NaN cov":  twice(FrechetMoments([]float64{0}, mat.NewSymDense(1, []float64{math.NaN()}), []float64{0}, eye)),
		"NaN mean": twice(FrechetMoments([]float64{math.NaN()}, eye, []float64{0}, eye)),
		"shapes":   twice(FrechetMoments([]float64{0, 1}, eye, []float64{0}, eye)),
		"nil cov":  twice(FrechetMoments([]float64{0}, nil, []float64{0}, eye)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Neighbours(ctx, x, x, 5); err == nil {
		t.Error("k = n: no error")
	}
	if _, err := Wasserstein(ctx, 3, x, nil, x, nil); err == nil {
		t.Error("p = 3: no error")
	}
	if _, err := TwoSample(ctx, x, x, nil, 3, rng.New(1)); err == nil {
		t.Error("no statistic: no error")
	}
	if _, err := TwoSample(ctx, x, x, energyOf, 0, rng.New(1)); err == nil {
		t.Error("no splits: no error")
	}
	nan := func(context.Context, mat.Matrix, mat.Matrix) (float64, error) { return math.NaN(), nil }
	if _, err := TwoSample(ctx, x, x, nan, 3, rng.New(1)); err == nil {
		t.Error("NaN: no error")
	}
}

func BenchmarkMMDSquared(b *testing.B) {
	x, y := normals(1, 5000, 3), normals(2, 5000, 3)
	for b.Loop() {
		if _, err := MMDSquared(context.Background(), x, nil, y, nil, MMDOptions{Widths: []float64{1}}); err != nil {
			b.Fatal(err)
		}
	}
}
