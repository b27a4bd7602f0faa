package num

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func TestKronrodIsExactForPolynomials(t *testing.T) {
	// The 21-point rule integrates degree 31 exactly; a digit lost in the
	// table would show.
	for deg := 0; deg <= 31; deg++ {
		q := Quad{MaxPanels: 1}
		got, _, _ := q.Integrate1(func(x float64) float64 { return math.Pow(x, float64(deg)) }, []float64{-1, 1})
		want := 0.0
		if deg%2 == 0 {
			want = 2 / float64(deg+1)
		}
		if math.Abs(got-want) > 4e-16 {
			t.Errorf("∫x^%d = %.17g, want %.17g", deg, got, want)
		}
	}
}

func TestQuad(t *testing.T) {
	for _, tc := range []struct {
		name  string
		f     func(float64) float64
		knots []float64
		want  float64
		tol   float64
	}{
		{"gaussian", func(x float64) float64 { return math.Exp(-x * x) }, []float64{-9, 9}, math.Sqrt(math.Pi), 1e-12},
		{"narrow", func(x float64) float64 { return math.Exp(-1e8 * x * x) }, []float64{-9, -1e-3, 1e-3, 9}, math.Sqrt(math.Pi) * 1e-4, 1e-12},
		{"kink", func(x float64) float64 { return math.Abs(x - 1./3) }, []float64{0, 1}, 5. / 18, 1e-12},
		{"root singularity", func(x float64) float64 { return 1 / math.Sqrt(x) }, []float64{0, 1}, 2, 1e-11},
		{"logarithm", func(x float64) float64 { return math.Log(x) }, []float64{0, 1}, -1, 1e-12},
		{"oscillating", func(x float64) float64 { return math.Cos(100 * x) }, []float64{0, 1}, math.Sin(100) / 100, 1e-11},
	} {
		var q Quad
		got, err, ok := q.Integrate1(tc.f, tc.knots)
		if !ok {
			t.Errorf("%s: did not converge", tc.name)
		}
		if d := math.Abs(got - tc.want); d > tc.tol*math.Abs(tc.want) || d > err+1e-15 {
			t.Errorf("%s: got %.16g, want %.16g: off by %.2g, error bound %.2g", tc.name, got, tc.want, d, err)
		}
	}
}

func TestQuadVectorAndFailure(t *testing.T) {
	var q Quad
	v, _, ok := q.Integrate(2, func(x float64, y []float64) { y[0], y[1] = math.Exp(x), x*x }, []float64{0, 0.5, 1})
	if !ok || math.Abs(v[0]-(math.E-1)) > 1e-14 || math.Abs(v[1]-1./3) > 1e-15 {
		t.Errorf("got %v, %v", v, ok)
	}
	if _, _, ok := q.Integrate1(func(x float64) float64 { return math.NaN() }, []float64{0, 1}); ok {
		t.Error("a NaN integrand converged")
	}
	q = Quad{MaxPanels: 50}
	if _, _, ok := q.Integrate1(func(x float64) float64 { return 1 / x }, []float64{0, 1}); ok {
		t.Error("∫1/x converged")
	}
}

func TestQuadWithNoise(t *testing.T) {
	// Rounding errors of relative size 1e-6: without being told, halving would
	// go on to the limit.
	evals := 0
	f := func(x float64, y []float64) {
		evals++
		y[0] = math.Exp(-x*x) * (1 + 1e-6*math.Sin(1e9*x))
		if len(y) > 1 {
			y[1] = 1e-6 * math.Exp(-x*x)
		}
	}
	q := Quad{Noisy: true}
	v, e, ok := q.Integrate(2, f, []float64{-6, 6})
	if d := math.Abs(v[0] - math.Sqrt(math.Pi)); !ok || d > e[0] || e[0] > 1e-5 {
		t.Errorf("off by %v, bound %v, ok %v", d, e[0], ok)
	}
	if evals > 500 {
		t.Errorf("%d evaluations", evals)
	}
	q = Quad{MaxPanels: 100}
	if _, _, ok := q.Integrate(1, f, []float64{-6, 6}); ok {
		t.Error("the noise was resolved")
	}
}

func TestNormLogCDF(t *testing.T) {
	// Reference values: mpmath, ln(erfc(−z/√2)/2) at 50 digits. The far upper
	// tail is a tiny difference from 0 whose own digits erfc loses as z²·ε.
	for _, tc := range []struct{ z, want, tol float64 }{
		{0, -0.6931471805599453, 4e-16},
		{1, -0.17275377902344989, 4e-16},
		{-1, -1.8410216450092636, 4e-16},
		{-10, -53.23128515051247, 4e-16},
		{-29.99, -454.02096130446805147, 4e-16},
		{-30.01, -454.62162649784118555, 4e-16},
		{-100, -5005.5242086942050886, 4e-16},
		{8, -6.2209605742717860585e-16, 1e-14},
		{30, -4.9067139271481870595e-198, 2e-13},
	} {
		if got := NormLogCDF(tc.z); math.Abs(got-tc.want) > tc.tol*math.Abs(tc.want) {
			t.Errorf("NormLogCDF(%v) = %.17g, want %.17g", tc.z, got, tc.want)
		}
	}
	if got := NormLogCDF(math.Inf(-1)); !math.IsInf(got, -1) {
		t.Errorf("NormLogCDF(-Inf) = %v", got)
	}
}

func TestNormLogQuantileInverts(t *testing.T) {
	for z := -45.0; z <= 8; z += 0.37 {
		got := NormLogQuantile(NormLogCDF(z), false)
		// Near the upper end ln Φ ≈ −(1−Φ) keeps its relative digits, so z does too.
		if math.Abs(got-z) > 1e-14*max(1, math.Abs(z)) {
			t.Errorf("z = %v came back as %.17g", z, got)
		}
		if up := NormLogQuantile(NormLogCDF(z), true); up != -got {
			t.Errorf("upper quantile %v, want %v", up, -got)
		}
	}
	for p := 0.01; p < 1; p += 0.01 {
		got, want := NormLogQuantile(math.Log(p), false), distuv.UnitNormal.Quantile(p)
		if math.Abs(got-want) > 1e-13 {
			t.Errorf("quantile(%v) = %.17g, gonum says %.17g", p, got, want)
		}
	}
	if !math.IsNaN(NormLogQuantile(0.1, false)) || !math.IsInf(NormLogQuantile(0, false), 1) {
		t.Error("the ends of the range are wrong")
	}
}

func TestRoots(t *testing.T) {
	cube := func(x float64) float64 { return x*x*x - 2 }
	if got := Root(cube, 0, 5); math.Abs(got-math.Cbrt(2)) > 4e-16 {
		t.Errorf("Root: %.17g", got)
	}
	if !math.IsNaN(Root(cube, 2, 5)) {
		t.Error("Root without a sign change must be NaN")
	}
	atan := func(x float64) (float64, float64) { return math.Atan(x - 3), 1 / (1 + (x-3)*(x-3)) }
	for _, start := range []float64{-50, 2, 3, 1e6} { // plain Newton diverges from the far ones
		if got := Newton(atan, start, math.Inf(-1), math.Inf(1), 0); math.Abs(got-3) > 1e-15 {
			t.Errorf("Newton from %v: %.17g", start, got)
		}
	}
	// A step function: only bisection gets there.
	step := func(x float64) (float64, float64) {
		if x < 0.7 {
			return -1, 0
		}
		return 1, 0
	}
	if got := Newton(step, 0.1, 0, 1, 0); math.Abs(got-0.7) > 1e-15 {
		t.Errorf("Newton on a step: %v", got)
	}
}

func TestSignChanges(t *testing.T) {
	got := SignChanges(nil, math.Sin, []float64{-4, 0, 7}, 10, 0)
	want := []float64{-math.Pi, 0, math.Pi, 2 * math.Pi}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-15 {
			t.Errorf("zero %d: %.17g, want %.17g", i, got[i], want[i])
		}
	}
}

func TestSum(t *testing.T) {
	var s Sum
	for _, x := range []float64{1, 1e100, 1, -1e100} {
		s.Add(x)
	}
	if s.Value() != 2 {
		t.Errorf("compensated sum = %v, want 2", s.Value())
	}
	var inf Sum
	inf.Add(math.Inf(1))
	inf.Add(1)
	if !math.IsInf(inf.Value(), 1) {
		t.Errorf("sum with +Inf = %v", inf.Value())
	}
}

func TestKnots(t *testing.T) {
	got := Knots([]float64{3, math.NaN(), 1, math.Inf(1), 1, -5}, 0, 4)
	if want := []float64{0, 1, 3, 4}; len(got) != 4 || got[1] != want[1] || got[2] != want[2] || got[0] != 0 || got[3] != 4 {
		t.Errorf("got %v, want %v", got, want)
	}
}
