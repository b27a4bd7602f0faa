package measure

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// A histogram with cells of equal width is a grid.
func TestHistogramIsAGrid(t *testing.T) {
	mass := []float64{.1, 0, .3, .2, .4, 0}
	g, err := NewGrid(mass, Axis{-1, 2, 6})
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHistogram(g.Knots(nil), mass)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, x, y float64) {
		t.Helper()
		if x != y && !(math.Abs(x-y) < 1e-14) {
			t.Errorf("%s: %v and the grid's %v", what, x, y)
		}
	}
	for x := -1.2; x < 2.3; x += .07 {
		near("log p", h.LogProb1(x), g.LogProb1(x))
		l, u := h.LogCDF(x)
		gl, gu := g.LogCDF(x)
		near("log CDF", l, gl)
		near("log CDF", u, gu)
	}
	for p := .001; p < 1; p += .01 {
		near("quantile", h.LogQuantile(math.Log(p), false), g.LogQuantile(math.Log(p), false))
		near("quantile", h.LogQuantile(math.Log(p), true), g.LogQuantile(math.Log(p), true))
	}
	near("mean", h.Mean(nil)[0], g.Mean(nil)[0])
	var v, w mat.SymDense
	h.Cov(&v)
	g.Cov(&w)
	near("variance", v.At(0, 0), w.At(0, 0))
	x, y := mat.NewDense(50, 1, nil), mat.NewDense(50, 1, nil)
	h.Sample(x, rng.New(1))
	g.Sample(y, rng.New(1))
	if !mat.EqualApprox(x, y, 1e-14) {
		t.Error("samples differ")
	}
}

// The quantile function of a histogram touches that of the law that it was made
// of at the edges, in both tails alike, and its moments are near.
func TestHistogramOf(t *testing.T) {
	p := Normal(3, 2)
	h, err := HistogramOf(p, 400)
	if err != nil {
		t.Fatal(err)
	}
	edges, mass := h.Edges(), h.Masses()
	for i := range mass {
		if j := len(mass) - 1 - i; mass[i] != mass[j] && math.Abs(mass[i]/mass[j]-1) > 1e-9 {
			t.Errorf("cells %d and %d: masses %v and %v", i, j, mass[i], mass[j])
		}
	}
	for _, e := range edges[1 : len(edges)-1] {
		l, u := h.LogCDF(e)
		pl, pu := p.LogCDF(e)
		if math.Abs(l-pl) > 1e-9 || math.Abs(u-pu) > 1e-9 {
			t.Fatalf("at %v: %v, %v and the law's %v, %v", e, l, u, pl, pu)
		}
	}
	if m := h.Mean(nil)[0]; math.Abs(m-3) > 1e-12 {
		t.Errorf("mean %v", m)
	}
	var v mat.SymDense
	h.Cov(&v)
	if s := v.At(0, 0); math.Abs(s-4) > 2e-3 {
		t.Errorf("variance %v", s)
	}
	u, err := NewUniform(-1, 4)
	if err != nil {
		t.Fatal(err)
	}
	if h, err = HistogramOf(u, 20); err != nil {
		t.Fatal(err)
	}
	if e := h.Edges(); e[0] != -1 || e[20] != 4 {
		t.Errorf("ends of a uniform law: %v, %v", e[0], e[20])
	}
	for x := -.99; x < 4; x += .1 {
		if p := math.Exp(h.LogProb1(x)); math.Abs(p-.2) > 1e-8 {
			t.Errorf("density %v at %v", p, x)
		}
	}
}

func TestHistogramErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ edges, mass []float64 }{
		{nil, nil},
		{[]float64{0, 1}, nil},
		{[]float64{0, 1}, []float64{1, 1}},
		{[]float64{0, 0}, []float64{1}},
		{[]float64{1, 0}, []float64{1}},
		{[]float64{0, nan}, []float64{1}},
		{[]float64{0, inf}, []float64{1}},
		{[]float64{-1e308, 1e308}, []float64{1}},
		{[]float64{0, 1}, []float64{0}},
		{[]float64{0, 1}, []float64{-1}},
		{[]float64{0, 1, 2}, []float64{1, nan}},
	} {
		if h, err := NewHistogram(c.edges, c.mass); err == nil {
			t.Errorf("edges %v, masses %v: no error but %v", c.edges, c.mass, h)
		}
	}
	atoms, err := NewDiscrete(mat.NewDense(2, 1, []float64{0, 1}), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p Line
		n int
	}{{nil, 10}, {Normal(0, 1), 1}, {atoms, 10}} {
		if _, err := HistogramOf(c.p, c.n); err == nil {
			t.Errorf("%v with %d cells: no error", c.p, c.n)
		}
	}
}
