package num

import (
	"math"
	"testing"
)

// Brent's method earns its keep by needing few evaluations: bisection alone
// would also find every root, in more than fifty.
func TestRootNeedsFewEvaluations(t *testing.T) {
	for name, tc := range map[string]struct {
		f          func(float64) float64
		a, b, want float64
		most       int
	}{
		"cosine":      {func(x float64) float64 { return math.Cos(x) - x }, 0, 2, 0.73908513321516064166, 11},
		"reversed":    {func(x float64) float64 { return x - math.Cos(x) }, 2, 0, 0.73908513321516064166, 11},
		"exponential": {func(x float64) float64 { return math.Exp(x) - 1e3 }, 0, 20, math.Log(1e3), 18},
		"flat":        {func(x float64) float64 { return math.Pow(x-1, 9) }, 0, 2.5, 1, 200}, // no digits: only that it ends
		"line":        {func(x float64) float64 { return 3 - x }, -10, 50, 3, 5},
		"at a":        {func(x float64) float64 { return x }, 0, 1, 0, 2},
		"at b":        {func(x float64) float64 { return x - 1 }, 0, 1, 1, 2},
		"far":         {func(x float64) float64 { return x*x*x - 8e18 }, 0, 1e7, 2e6, 25},
	} {
		n := 0
		got := Root(func(x float64) float64 { n++; return tc.f(x) }, tc.a, tc.b)
		if tol := 4e-16 * math.Abs(tc.want); name != "flat" && math.Abs(got-tc.want) > tol || math.Abs(got-tc.want) > .1 {
			t.Errorf("%s: %.17g, want %.17g", name, got, tc.want)
		}
		if n > tc.most {
			t.Errorf("%s: %d evaluations", name, n)
		}
	}
}

// Newton's method without a bracket, where plain steps fail: it walks outwards in
// doubling steps and then converges quadratically.
func TestNewtonNeedsFewEvaluations(t *testing.T) {
	for name, tc := range map[string]struct {
		fdf     func(float64) (float64, float64)
		x, want float64
		most    int
	}{
		"cube, from below": {func(x float64) (float64, float64) { return x*x*x - 1e9, 3 * x * x }, 1, 1e3, 40},
		"tanh, from above": {func(x float64) (float64, float64) { c := math.Cosh(x - 5); return math.Tanh(x - 5), 1 / (c * c) }, 40, 5, 140}, // by way of 1e38 and bisection
		"tanh, from below": {func(x float64) (float64, float64) { c := math.Cosh(x - 5); return math.Tanh(x - 5), 1 / (c * c) }, -40, 5, 140},
		"line":             {func(x float64) (float64, float64) { return 2*x - 3, 2 }, -7, 1.5, 2},
	} {
		n := 0
		got := Newton(func(x float64) (float64, float64) { n++; return tc.fdf(x) }, tc.x, math.Inf(-1), math.Inf(1), 0)
		if math.Abs(got-tc.want) > 1e-15*max(1, tc.want) {
			t.Errorf("%s: %.17g, want %.17g", name, got, tc.want)
		}
		if n > tc.most {
			t.Errorf("%s: %d evaluations", name, n)
		}
	}
	// A tolerance on x ends it early, and isn't missed by more than itself.
	n := 0
	got := Newton(func(x float64) (float64, float64) { n++; return math.Expm1(x), math.Exp(x) }, 3, -10, 10, .1)
	if math.Abs(got) > .1 || n > 6 {
		t.Errorf("with a tolerance: %v after %d evaluations", got, n)
	}
}

// The error estimate is neither so small that it lies nor so large that smooth
// panels are halved for nothing.
func TestQuadEffortAndBound(t *testing.T) {
	for name, tc := range map[string]struct {
		f     func(float64) float64
		knots []float64
		want  float64
		most  int
	}{
		"exp":         {math.Exp, []float64{0, 1}, math.E - 1, 21},
		"constant":    {func(float64) float64 { return 3 }, []float64{0, 2}, 6, 21},
		"Runge":       {func(x float64) float64 { return 1 / (1 + 25*x*x) }, []float64{-1, 1}, .4 * math.Atan(5), 400},
		"square root": {math.Sqrt, []float64{0, 1}, 2. / 3, 1200},
		"peak":        {func(x float64) float64 { return 1 / (1e-6 + (x-.3)*(x-.3)) }, []float64{0, 1}, 1e3 * (math.Atan(700) + math.Atan(300)), 1500},
		"cancelling":  {math.Sin, []float64{-1, 1.000001}, math.Cos(1) - math.Cos(1.000001), 100},
	} {
		n := 0
		var q Quad
		got, bound, ok := q.Integrate1(func(x float64) float64 { n++; return tc.f(x) }, tc.knots)
		if d := math.Abs(got - tc.want); !ok || d > bound+2e-16*math.Abs(tc.want) || bound > 2e-12*math.Abs(tc.want)+1e-15 {
			t.Errorf("%s: off by %.2g, bound %.2g, %v", name, d, bound, ok)
		}
		if n > tc.most {
			t.Errorf("%s: %d evaluations", name, n)
		}
	}
	// Far below 1 and far above it, tolerances are relative.
	for _, scale := range []float64{1e-200, 1e200} {
		var q Quad
		got, bound, ok := q.Integrate1(func(x float64) float64 { return scale * math.Exp(x) }, []float64{0, 1})
		if !ok || math.Abs(got/scale-(math.E-1)) > 1e-15 || bound > 1e-14*scale {
			t.Errorf("scale %g: %v ± %v", scale, got/scale, bound/scale)
		}
	}
	// An absolute tolerance ends it early and honestly.
	n := 0
	q := Quad{Abs: 1e-3}
	got, bound, _ := q.Integrate1(func(x float64) float64 { n++; return math.Sqrt(x) }, []float64{0, 1})
	if d := math.Abs(got - 2./3); d > bound || bound > 1.1e-3 || n > 110 {
		t.Errorf("absolute tolerance: off by %g, bound %g, %d evaluations", d, bound, n)
	}
}
