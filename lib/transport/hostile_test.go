package transport

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// The bound must hold the true error: for high powers, which live in the tails,
// far from 0, where points round, for close laws, whose difference rounds, and
// for narrow modes, between which quadrature could lose mass.
func TestWassersteinLineBounds(t *testing.T) {
	n01 := measure.Normal(0, 1)
	// (E|Z|^p)^{1/p} = √2 (Γ((p+1)/2)/√π)^{1/p}
	moment := func(p float64) float64 {
		g, _ := math.Lgamma((p + 1) / 2)
		return math.Sqrt2 * math.Exp((g-.5*math.Log(math.Pi))/p)
	}
	for name, tc := range map[string]struct {
		p    float64
		a, b measure.Line
		want float64
	}{
		"p = 3":    {3, n01, measure.Normal(0, 2), moment(3)},
		"p = 20":   {20, n01, measure.Normal(0, 2), moment(20)},
		"p = 100":  {100, n01, measure.Normal(0, 2), moment(100)},
		"far, W₁":  {1, measure.Normal(1e6, 1), measure.Normal(1e6+1, 1), 1},
		"far, W₂":  {2, measure.Normal(1e6, 1), measure.Normal(1e6, 2), 1},
		"close W₁": {1, n01, measure.Normal(1e-10, 1), 1e-10},
		"close W₂": {2, n01, measure.Normal(1e-10, 1), 1e-10},
		"same W₁":  {1, measure.Bimodal(1, .5), measure.Bimodal(1, .5), 0},
		"same W₂":  {2, measure.Bimodal(1, .5), measure.Bimodal(1, .5), 0},
	} {
		w, bound, err := WassersteinLine(tc.p, tc.a, tc.b)
		if d := math.Abs(w - tc.want); err != nil || d > bound+4e-15*tc.want {
			t.Errorf("%s: %v, off by %g, bound %g, %v", name, w, d, bound, err)
		}
		if bound > 1e-9 {
			t.Errorf("%s: bound %g", name, bound)
		}
	}
	// Modes as narrow as you like: both orders of the ends must agree, and the
	// limit of points at ±1 is known, E(|Z| − 1)² = 2 − 2√(2/π).
	for _, sd := range []float64{1e-2, 1e-3, 1e-4} {
		ab, _, err1 := WassersteinLine(2, measure.Bimodal(1, sd), n01)
		ba, _, err2 := WassersteinLine(2, n01, measure.Bimodal(1, sd))
		if err1 != nil || err2 != nil {
			t.Error(err1, err2)
		}
		reftest.Near(t, "swapped ends", ab, ba, 1e-12, 0)
		reftest.Near(t, "limit", ab, math.Sqrt(2-2*math.Sqrt(2/math.Pi)), 2*sd, 0)
	}
}

// Two samples of one law are at a distance: W₁ of n draws from the law is about
// √(2/(πn)) ∫ √(F(1−F)) dx, and √2 times that between two samples. (The empirical
// process is a Brownian bridge, and E|B| = √(2/π) σ.)
func TestSampleFloor(t *testing.T) {
	const n, repeats = 400, 300
	law := measure.Bimodal(1, .4)
	var q num.Quad
	spread, _, _ := q.Integrate1(func(x float64) float64 {
		l, u := law.LogCDF(x)
		return math.Exp(.5 * (l + u))
	}, num.Knots(law.Knots(nil), -6, 6))
	want := math.Sqrt(2) * math.Sqrt(2/(math.Pi*n)) * spread
	key := rng.New(11)
	x, y := mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
	var ws []float64
	for i := range repeats {
		law.Sample(x, key.Fold(uint64(2*i)))
		law.Sample(y, key.Fold(uint64(2*i+1)))
		w, err := Wasserstein1D(1, x.RawMatrix().Data, nil, y.RawMatrix().Data, nil)
		if err != nil {
			t.Fatal(err)
		}
		ws = append(ws, w)
	}
	mean, sd := stat.MeanStdDev(ws, nil)
	// √n asymptotics leave a few parts in 1000 beside the standard error.
	reftest.Near(t, "floor", mean, want, .01, 5*sd/math.Sqrt(repeats))
}

func TestWasserstein1DOverflow(t *testing.T) {
	big := []float64{1e308, 1e308}
	if w, err := Wasserstein1D(2, []float64{1e308}, nil, []float64{-1e308}, nil); err == nil {
		t.Errorf("a displacement that overflows: %v", w)
	}
	if w, err := Wasserstein1D(2, []float64{1, 2}, big, []float64{3, 4}, big); err == nil {
		t.Errorf("a mass that overflows: %v", w)
	}
}

func TestNilMeasures(t *testing.T) {
	var g *measure.Gaussian
	var m *measure.Mixture
	n01 := measure.Normal(0, 1)
	for name, err := range map[string]error{
		"W of nil":        third(WassersteinLine(2, g, n01)),
		"W to nil":        third(WassersteinLine(1, n01, m)),
		"geodesic of nil": second(Geodesic(g, n01, 1)),
		"geodesic to nil": second(Geodesic(n01, m, 1)),
		"both nil":        second(Geodesic(g, g, 1)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The optimal map sends one law to the other: A m₁ + b = m₂ and A C₁ A = C₂.
func TestGaussianMapPushesForward(t *testing.T) {
	p := gaussian(t, []float64{1, -2}, [][]float64{{2, .5}, {.5, 1}})
	q := gaussian(t, []float64{-.5, 3}, [][]float64{{.4, -.1}, {-.1, .9}})
	a, b := GaussianMap(p, q)
	var c1, c2 mat.SymDense
	p.Cov(&c1)
	q.Cov(&c2)
	var got mat.Dense
	got.Product(a, &c1, a)
	for i := range 2 {
		reftest.Near(t, "mean", a.At(i, 0)*1+a.At(i, 1)*-2+b[i], q.Mean(nil)[i], 1e-13, 0)
		for j := range 2 {
			reftest.Near(t, "covariance", got.At(i, j), c2.At(i, j), 1e-12, 1e-13)
		}
	}
}

// Draws of a geodesic's law between its ends have that law.
func TestGeodesicSamples(t *testing.T) {
	p := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	f, err := Geodesic(p, measure.Normal(3, 2), 2)
	if err != nil {
		t.Fatal(err)
	}
	const n = 5000
	for _, at := range []float64{0, .7, 2} {
		law := f.Path.At(at).(measure.Line)
		x := mat.NewDense(n, 1, nil)
		law.Sample(x, rng.New(3))
		var below int
		median := law.LogQuantile(-math.Ln2, false)
		var mean float64
		for _, v := range x.RawMatrix().Data {
			lower, _ := law.LogCDF(v)
			mean += math.Exp(lower) / n
			if v < median {
				below++
			}
		}
		reftest.Near(t, "mean of F(X)", mean, .5, 0, 5/math.Sqrt(12*n))
		reftest.Near(t, "share below the median", float64(below)/n, .5, 0, 2.5/math.Sqrt(n))
	}
}

// Nearly singular covariances in different axes, in both orders. Reference:
// mpmath at 50 digits, at the float64 entries of the matrices.
func TestBuresOfNearlySingularCovariances(t *testing.T) {
	for e, want := range map[float64]float64{1e-6: 0.6857936466630299, 1e-10: 0.68579561471407725, 1e-13: 0.68579561491070581} {
		s, c := math.Sincos(.7)
		p := gaussian(t, []float64{0, 0}, [][]float64{{c*c + e*s*s, c*s - e*c*s}, {c*s - e*c*s, s*s + e*c*c}})
		q := gaussian(t, []float64{0, 0}, [][]float64{{1, 0}, {0, 3 * e}})
		// Entries that round move an eigenvalue e by 1e-16, its root by more.
		reftest.Near(t, "W₂", Bures(p, q), want, 0, 1e-16/math.Sqrt(e))
		reftest.Near(t, "W₂ swapped", Bures(q, p), want, 0, 1e-16/math.Sqrt(e))
	}
}

// F − G keeps its relative digits in either tail.
func TestCDFGapInTheTails(t *testing.T) {
	a, b := measure.Normal(0, 1), measure.Normal(.1, 1)
	for _, x := range []float64{-20, -9, 9, 20} {
		// Φ(x) − Φ(x − 0.1), through Φ of negative arguments alone.
		z := -math.Abs(x)
		want := math.Exp(num.NormLogCDF(z)) - math.Exp(num.NormLogCDF(z-.1))
		if x > 0 {
			want = math.Exp(num.NormLogCDF(-x+.1)) - math.Exp(num.NormLogCDF(-x))
		}
		reftest.Near(t, "gap", CDFGap(a, b, x), want, 1e-11, 0)
		reftest.Near(t, "swapped", CDFGap(b, a, x), -want, 1e-11, 0)
	}
}
