package transport

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
)

func gaussian(t testing.TB, mean []float64, cov [][]float64) *measure.Gaussian {
	t.Helper()
	s := mat.NewSymDense(len(mean), nil)
	for i := range mean {
		for j := range mean {
			s.SetSym(i, j, cov[i][j])
		}
	}
	g, err := measure.NewGaussian(mean, s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestReferenceSamples(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/samples.json", "w1d_") {
		var in struct {
			U, V, A, B []float64
			P          float64
		}
		var want struct{ WP float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		got, err := Wasserstein1D(in.P, in.U, in.A, in.V, in.B)
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		reftest.Near(t, c.ID, got, want.WP, c.RTol, c.ATol)
	}
}

func TestReferenceLines(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/lines.json", "w1_gmm", "w2sq_gmm") {
		var in struct{ P, Q measuretest.LineSpec }
		var want float64
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		p, q := in.P.Mixture(t), in.Q.Mixture(t)
		order := 1.0
		if c.ID[1] == '2' {
			order = 2
		}
		for _, ends := range [][2]measure.Line{{p, q}, {q, p}} {
			w, bound, err := WassersteinLine(order, ends[0], ends[1])
			if err != nil {
				t.Errorf("%s: %v", c.ID, err)
			}
			if !(bound < 1e-11) {
				t.Errorf("%s: error bound %g", c.ID, bound)
			}
			reftest.Near(t, c.ID, math.Pow(w, order), want, 0, c.AbsTol)
		}
	}
	for _, c := range reftest.Load(t, "testdata/lines.json", "w1_gauss") {
		var in struct{ Mu, SD []float64 }
		var want float64
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		w, _, err := WassersteinLine(1, measure.Normal(in.Mu[0], in.SD[0]), measure.Normal(in.Mu[1], in.SD[1]))
		if err != nil {
			t.Error(err)
		}
		reftest.Near(t, c.ID, w, want, 0, c.AbsTol)
	}
}

func TestReferenceBures(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/samples.json", "bures_0", "bures_1", "bures_equal") {
		var in struct {
			M0, M1 []float64
			S0, S1 [][]float64
			T      float64
		}
		var want struct {
			W2   float64
			MapA [][]float64 `json:"map_A"`
			Mean []float64   `json:"geodesic_mean"`
			Cov  [][]float64 `json:"geodesic_cov"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		p, q := gaussian(t, in.M0, in.S0), gaussian(t, in.M1, in.S1)
		reftest.Near(t, c.ID, Bures(p, q), want.W2, c.RTol, c.ATol)
		reftest.Near(t, c.ID+" swapped", Bures(q, p), want.W2, c.RTol, c.ATol)
		if want.MapA == nil {
			continue
		}
		a, _ := GaussianMap(p, q)
		f, err := Geodesic(p, q, 1)
		if err != nil {
			t.Fatal(err)
		}
		law := f.Path.At(in.T).(*measure.Gaussian)
		var cov mat.SymDense
		law.Cov(&cov)
		for i := range in.M0 {
			reftest.Near(t, c.ID+" mean", law.Mean(nil)[i], want.Mean[i], c.RTol, c.ATol)
			for j := range in.M0 {
				reftest.Near(t, c.ID+" map", a.At(i, j), want.MapA[i][j], c.RTol, c.ATol)
				reftest.Near(t, c.ID+" covariance", cov.At(i, j), want.Cov[i][j], c.RTol, c.ATol)
			}
		}
	}
	for _, c := range reftest.Load(t, "testdata/lines.json", "bures_2d") {
		var in struct {
			M1, M2 []float64
			S1, S2 [][]float64
		}
		var want struct {
			W2Sq float64 `json:"W2_sq"`
		}
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		w := Bures(gaussian(t, in.M1, in.S1), gaussian(t, in.M2, in.S2))
		reftest.Near(t, c.ID, w*w, want.W2Sq, 0, c.AbsTol)
	}
}

// The trace formula would lose half the digits here. To leading order in
// D = C₂ − C₁, W₂² = tr(X C₁ X) with the solution X of C₁ X + X C₁ = D.
func TestBuresOfCloseCovariances(t *testing.T) {
	const d = 1e-9
	w := Bures(gaussian(t, []float64{0, 0}, [][]float64{{2, .5}, {.5, 1}}), gaussian(t, []float64{0, 0}, [][]float64{{2, .5}, {.5, 1 + d}}))
	var sol mat.Dense // the three entries of X, for D = d e₂e₂ᵀ
	if err := sol.Solve(mat.NewDense(3, 3, []float64{4, 1, 0, .5, 3, .5, 0, 1, 2}), mat.NewVecDense(3, []float64{0, 0, d})); err != nil {
		t.Fatal(err)
	}
	x := mat.NewSymDense(2, []float64{sol.At(0, 0), sol.At(1, 0), sol.At(1, 0), sol.At(2, 0)})
	var m mat.Dense
	m.Mul(x, mat.NewSymDense(2, []float64{2, .5, .5, 1}))
	m.Mul(&m, x)
	reftest.Near(t, "distance", w, math.Sqrt(mat.Trace(&m)), 1e-5, 0) // the map has rounding errors of 1e-16 beside 1e-9
}

func TestLaws(t *testing.T) {
	sample := rapid.SliceOfN(rapid.Float64Range(-10, 10), 1, 12)
	rapid.Check(t, func(rt *rapid.T) {
		x, y, z := sample.Draw(rt, "x"), sample.Draw(rt, "y"), sample.Draw(rt, "z")
		p := rapid.SampledFrom([]float64{1, 1.5, 2, 3, math.Inf(1)}).Draw(rt, "p")
		d := func(a, b []float64) float64 {
			w, err := Wasserstein1D(p, a, nil, b, nil)
			if err != nil {
				rt.Fatal(err)
			}
			return w
		}
		if d(x, x) != 0 {
			rt.Error("distance to itself")
		}
		if a, b := d(x, y), d(y, x); math.Abs(a-b) > 1e-12*(1+a) {
			rt.Errorf("not symmetric: %v, %v", a, b)
		}
		if d(x, z) > d(x, y)+d(y, z)+1e-9 {
			rt.Errorf("triangle: %v > %v + %v", d(x, z), d(x, y), d(y, z))
		}
		shifted := make([]float64, len(y))
		for i := range y {
			shifted[i] = 3 - 2*y[i]
		}
		mirrored := make([]float64, len(x))
		for i := range x {
			mirrored[i] = 3 - 2*x[i]
		}
		if a, b := 2*d(x, y), d(mirrored, shifted); math.Abs(a-b) > 1e-9*(1+a) {
			rt.Errorf("scaling: %v, %v", a, b)
		}
	})
}

func TestWasserstein1DEdges(t *testing.T) {
	inf := math.Inf(1)
	for _, tc := range []struct {
		p            float64
		x, xw, y, yw []float64
		want         float64
	}{
		{1, []float64{0}, nil, []float64{3}, nil, 3},
		{2, []float64{0, 1e200}, nil, []float64{0, 0}, nil, 1e200 / math.Sqrt2},
		{2, []float64{0, 1e-200}, nil, []float64{0, 0}, nil, 1e-200 / math.Sqrt2},
		{1, []float64{5, 0}, []float64{0, 2}, []float64{1}, []float64{2}, 1}, // zero weights, masses not 1
		{inf, []float64{0, 1}, nil, []float64{0, 4}, nil, 3},
		{1, []float64{0, 1}, []float64{3, 1}, []float64{0, 1}, nil, .25}, // nil against weights
		{1, []float64{1, 1, 1}, nil, []float64{1, 1}, nil, 0},
	} {
		got, err := Wasserstein1D(tc.p, tc.x, tc.xw, tc.y, tc.yw)
		if err != nil {
			t.Errorf("%+v: %v", tc, err)
		}
		reftest.Near(t, "edge case", got, tc.want, 1e-15, 0)
	}
	bad := []struct {
		p            float64
		x, xw, y, yw []float64
	}{
		{.5, []float64{0}, nil, []float64{0}, nil},
		{math.NaN(), []float64{0}, nil, []float64{0}, nil},
		{1, nil, nil, []float64{0}, nil},
		{1, []float64{0}, []float64{1, 2}, []float64{0}, nil},
		{1, []float64{0}, []float64{-1}, []float64{0}, nil},
		{1, []float64{0}, []float64{0}, []float64{0}, nil},
		{1, []float64{math.NaN()}, nil, []float64{0}, nil},
		{1, []float64{0}, nil, []float64{inf}, nil},
		{1, []float64{0}, []float64{math.NaN()}, []float64{0}, nil},
	}
	for _, tc := range bad {
		if _, err := Wasserstein1D(tc.p, tc.x, tc.xw, tc.y, tc.yw); err == nil {
			t.Errorf("%+v: no error", tc)
		}
	}
	var un *UnbalancedError
	if _, err := Wasserstein1D(1, []float64{0}, []float64{1}, []float64{0}, []float64{1.1}); !errors.As(err, &un) || un.A != 1 || un.B != 1.1 {
		t.Errorf("masses 1 and 1.1: %v", err)
	}
}

// A geodesic has constant speed: W₂ between times is proportional to their
// distance, and its velocity carries it with E|v|² = W₂²/τ².
func TestGeodesicsHaveConstantSpeed(t *testing.T) {
	const tau = 2.0
	p := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	uniform, err := measure.NewUniform(-1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]measure.Line{"normal": measure.Normal(0, 1), "mixture": measure.Bimodal(1.5, .3), "uniform": uniform} {
		f, err := Geodesic(p, q, tau)
		if err != nil {
			t.Fatal(err)
		}
		whole, _, err := WassersteinLine(2, p, q)
		if err != nil {
			t.Fatal(err)
		}
		mid := f.Path.At(.5).(measure.Line)
		part, _, err := WassersteinLine(2, mid, q)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		reftest.Near(t, name+": W₂ from t = ½ to the end", part, .75*whole, 1e-9, 0)
		// The law's three descriptions agree: quantiles, mass, density.
		logp := measure.Scalar(mid.(measure.LogDensity))
		for _, u := range []float64{.01, .2, .5, .9, .999} {
			x := mid.LogQuantile(math.Log(u), false)
			lower, _ := mid.LogCDF(x)
			reftest.Near(t, name+": mass", math.Exp(lower), u, 1e-12, 0)
			const h = 1e-5
			l1, _ := mid.LogCDF(x - h)
			l2, _ := mid.LogCDF(x + h)
			reftest.Near(t, name+": density", math.Exp(logp(x)), (math.Exp(l2)-math.Exp(l1))/(2*h), 1e-5, 1e-8)
			v := flow.Scalar(f.Velocity.At(.5))(x)
			end := q.LogQuantile(math.Log(u), false)
			reftest.Near(t, name+": straight line", x+v*(tau-.5), end, 0, 1e-9*(1+math.Abs(end)))
		}
		for _, s := range []float64{0, tau} { // the ends are the ends
			law := f.Path.At(s).(measure.Line)
			want := measure.Line(p)
			if s > 0 {
				want = q
			}
			a, b := law.LogCDF(.3)
			c, d := want.LogCDF(.3)
			reftest.Near(t, name+": end", a, c, 1e-13, 0)
			reftest.Near(t, name+": end", b, d, 1e-13, 0)
		}
	}
}

func TestGaussianGeodesicVelocityCarriesThePath(t *testing.T) {
	p := gaussian(t, []float64{1, -1}, [][]float64{{1, -.4}, {-.4, 1.4}})
	q := gaussian(t, []float64{0, .2}, [][]float64{{.15, .02}, {.02, .13}})
	f, err := Geodesic(p, q, 3)
	if err != nil {
		t.Fatal(err)
	}
	// d cov/dt = A C + C Aᵀ and d mean/dt = A mean + b.
	const at, h = 1.2, 1e-5
	moments := func(t float64) ([]float64, *mat.SymDense) {
		g := f.Path.At(t).(*measure.Gaussian)
		var c mat.SymDense
		g.Cov(&c)
		return g.Mean(nil), &c
	}
	a, b := f.Velocity.At(at).(flow.Affine).Affine()
	m, c := moments(at)
	m1, c1 := moments(at - h)
	m2, c2 := moments(at + h)
	var ac mat.Dense
	ac.Mul(a, c)
	for i := range 2 {
		reftest.Near(t, "mean", a.At(i, 0)*m[0]+a.At(i, 1)*m[1]+b[i], (m2[i]-m1[i])/(2*h), 1e-7, 1e-7)
		for j := range 2 {
			reftest.Near(t, "covariance", ac.At(i, j)+ac.At(j, i), (c2.At(i, j)-c1.At(i, j))/(2*h), 1e-6, 1e-6)
		}
	}
}

func TestErrors(t *testing.T) {
	n1, n2 := measure.Normal(0, 1), gaussian(t, []float64{0, 0}, [][]float64{{1, 0}, {0, 1}})
	mix2, _ := measure.NewMixture([]float64{1, 1}, []*measure.Gaussian{n2, gaussian(t, []float64{1, 0}, [][]float64{{1, 0}, {0, 1}})})
	for name, err := range map[string]error{
		"tau":     second(Geodesic(n1, n1, 0)),
		"nil":     second(Geodesic(nil, n1, 1)),
		"dims":    second(Geodesic(n1, n2, 1)),
		"plane":   second(Geodesic(n2, mix2, 1)),
		"p":       third(WassersteinLine(.5, n1, n1)),
		"plane W": third(WassersteinLine(1, n2, n2)),
		"nil W":   third(WassersteinLine(1, nil, n1)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

func BenchmarkWassersteinLine(b *testing.B) {
	p := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(b)
	q := measure.Normal(0, 1)
	for b.Loop() {
		if _, _, err := WassersteinLine(2, p, q); err != nil {
			b.Fatal(err)
		}
	}
}
