package measure

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// One cell is a uniform distribution.
func TestGridOfOneCellIsUniform(t *testing.T) {
	g, u := must(NewGrid([]float64{3}, Axis{-1, 2, 1})), must(NewUniform(-1, 2))
	for _, x := range []float64{-1.5, -1, -.999, 0, 1.9999, 2, 2.5} {
		a, b := g.LogCDF(x)
		c, d := u.LogCDF(x)
		reftest.Near(t, "CDF", math.Exp(a), math.Exp(c), 1e-14, 0)
		reftest.Near(t, "survival", math.Exp(b), math.Exp(d), 1e-14, 0)
		reftest.Near(t, "density", math.Exp(g.LogProb1(x)), math.Exp(u.LogProb1(x)), 1e-14, 0)
	}
	for _, p := range []float64{0, 1e-20, .3, .9, 1} {
		for _, up := range []bool{false, true} {
			reftest.Near(t, "quantile", g.LogQuantile(math.Log(p), up), u.LogQuantile(math.Log(p), up), 1e-14, 1e-15)
		}
	}
	var a, b mat.SymDense
	g.Cov(&a)
	u.Cov(&b)
	reftest.Near(t, "variance", a.At(0, 0), b.At(0, 0), 1e-14, 0)
	reftest.Near(t, "mean", g.Mean(nil)[0], .5, 1e-14, 0)
}

func TestGridOnTheLine(t *testing.T) {
	// Cells without mass at both ends and in the middle.
	g := must(NewGrid([]float64{0, 1, 3, 0, 4, 0}, Axis{0, 6, 6}))
	for _, tc := range []struct{ x, below, density float64 }{
		{-1, 0, 0}, {.5, 0, 0}, {1, 0, .125}, {1.5, .0625, .125}, {2, .125, .375}, {2.5, .3125, .375}, {3, .5, 0}, {3.7, .5, 0}, {4.25, .625, .5}, {5, 1, 0}, {6, 1, 0}, {7, 1, 0},
	} {
		l, u := g.LogCDF(tc.x)
		reftest.Near(t, "below", math.Exp(l), tc.below, 1e-15, 0)
		reftest.Near(t, "above", math.Exp(u), 1-tc.below, 1e-15, 1e-16)
		reftest.Near(t, "density", math.Exp(g.LogProb1(tc.x)), tc.density, 1e-15, 0)
	}
	for _, tc := range []struct{ p, x float64 }{{0, 1}, {.0625, 1.5}, {.125, 2}, {.5, 3}, {.75, 4.5}, {1, 5}} {
		reftest.Near(t, "lower quantile", g.LogQuantile(math.Log(tc.p), false), tc.x, 1e-14, 0)
		reftest.Near(t, "upper quantile", g.LogQuantile(math.Log1p(-tc.p), true), tc.x, 1e-14, 0)
	}
	for _, bad := range []float64{1, math.NaN()} {
		if !math.IsNaN(g.LogQuantile(bad, true)) {
			t.Errorf("a quantile at ln p = %v", bad)
		}
	}
	if l, u := g.LogCDF(math.NaN()); !math.IsNaN(l) || !math.IsNaN(u) || !math.IsNaN(g.LogProb1(math.NaN())) {
		t.Error("NaN has a place")
	}
	// Expectations by quadrature agree with the moments.
	var cov mat.SymDense
	g.Cov(&cov)
	mean, _, err := Expect(g, func(x float64) float64 { return x })
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "mean", g.Mean(nil)[0], mean, 1e-12, 0)
	second, _, err := Expect(g, func(x float64) float64 { return (x - mean) * (x - mean) })
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "variance", cov.At(0, 0), second, 1e-12, 0)
	if g.Marginal(0) != g {
		t.Error("the marginal on the line is another")
	}
}

func TestGridInThePlane(t *testing.T) {
	axes := []Axis{{0, 2, 2}, {-3, 3, 3}}
	g := must(NewGrid([]float64{1, 2, 0, 0, 1, 4}, axes...))
	lp := make([]float64, 5)
	g.LogProb(lp, mat.NewDense(5, 2, []float64{.5, -.5, 1.5, 2, 2, 3, .5, 2, -1, 0}))
	for i, want := range []float64{2. / 8 / 2, 4. / 8 / 2, 4. / 8 / 2, 0, 0} {
		reftest.Near(t, "density", math.Exp(lp[i]), want, 1e-14, 0)
	}
	for k, want := range [][]float64{{3. / 8, 5. / 8}, {1. / 8, 3. / 8, 4. / 8}} {
		m := g.Marginal(k)
		for i, w := range want {
			reftest.Near(t, "marginal", m.Masses()[i], w, 1e-15, 0)
		}
		if m.Axes()[0] != axes[k] {
			t.Errorf("marginal %d is on %v", k, m.Axes())
		}
		var whole, line mat.SymDense
		g.Cov(&whole)
		m.Cov(&line)
		reftest.Near(t, "variance of a marginal", whole.At(k, k), line.At(0, 0), 1e-14, 0)
		reftest.Near(t, "mean of a marginal", g.Mean(nil)[k], m.Mean(nil)[0], 1e-14, 0)
	}
	var cov mat.SymDense
	g.Cov(&cov)
	mean := g.Mean(nil)
	// E xy over centres x ∈ {½, 1½}, y ∈ {−2, 0, 2}.
	reftest.Near(t, "covariance", cov.At(0, 1), (.5*-2*1+1.5*2*4)/8-mean[0]*mean[1], 1e-14, 0)
	const n = 20000
	x := mat.NewDense(n, 2, nil)
	g.Sample(x, rng.New(4))
	var sums, prods [2]float64
	var cross float64
	for i := range n {
		for k := range 2 {
			sums[k] += x.At(i, k) / n
			prods[k] += x.At(i, k) * x.At(i, k) / n
		}
		cross += x.At(i, 0) * x.At(i, 1) / n
	}
	for k := range 2 {
		reftest.Near(t, "mean of draws", sums[k], mean[k], 0, 5*math.Sqrt(cov.At(k, k)/n))
		reftest.Near(t, "variance of draws", prods[k]-sums[k]*sums[k], cov.At(k, k), .05, 0)
	}
	reftest.Near(t, "covariance of draws", cross-sums[0]*sums[1], cov.At(0, 1), .1, 0)
	few := mat.NewDense(7, 2, nil)
	g.Sample(few, rng.New(4))
	if !mat.Equal(few, x.Slice(0, 7, 0, 2)) {
		t.Error("draws depend on their number")
	}
}

func TestGridOf(t *testing.T) {
	mix := Bimodal(1, .3)
	g, inside, err := GridOf(mix, Axis{-4, 4, 400})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "inside", inside, 1, 1e-14, 0)
	reftest.Near(t, "density", math.Exp(g.LogProb1(.99)), math.Exp(mix.LogProb1(.99)), 1e-3, 0)
	var a, b mat.SymDense
	g.Cov(&a)
	mix.Cov(&b)
	// Spreading mass over cells of width h adds h²/12, and lumping takes it away
	// to leading order: the sum of the two is h²/6 for a smooth density.
	reftest.Near(t, "variance", a.At(0, 0), b.At(0, 0)+.02*.02/6, 1e-10, 0)
	// Cells far out keep their digits.
	far, _, err := GridOf(Normal(0, 1), Axis{-30, 30, 60})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		reftest.Near(t, "tails", far.Masses()[i], far.Masses()[59-i], 1e-12, 0)
	}
	lower, _ := Normal(0, 1).LogCDF(-29)
	reftest.Near(t, "the outermost cell", math.Log(far.Masses()[0]), lower, 1e-12, 0)

	plane := must(NewGaussian([]float64{.2, -.1}, mat.NewSymDense(2, []float64{1, .5, .5, 2})))
	g, inside, err = GridOf(plane, Axis{-8, 8, 64}, Axis{-12, 12, 48})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "inside the plane", inside, 1, 1e-9, 0)
	line, _, err := GridOf(Normal(-.1, math.Sqrt2), Axis{-12, 12, 48})
	if err != nil {
		t.Fatal(err)
	}
	for j, m := range g.Marginal(1).Masses() {
		reftest.Near(t, "marginal", m, line.Masses()[j], 1e-9, 1e-13)
	}
	_, inside, err = GridOf(plane, Axis{.2, 8, 40}, Axis{-12, 12, 40})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "half", inside, .5, 1e-9, 0)

	// Atoms are counted: an edge belongs to the cell above, the last to the last.
	atoms := must(NewDiscrete(column(0, 1, 1.5, 2, 5), []float64{1, 2, 3, 4, 10}))
	g, inside, err = GridOf(atoms, Axis{0, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "counted inside", inside, .5, 1e-15, 0)
	reftest.Near(t, "first cell", g.Masses()[0], .1, 1e-15, 0)
}

func TestGridErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	var dim *DimError
	var val *ValueError
	ok := Axis{0, 1, 2}
	for name, tc := range map[string]struct {
		mass   []float64
		axes   []Axis
		target any
	}{
		"no axis":         {nil, nil, &dim},
		"three axes":      {make([]float64, 8), []Axis{ok, ok, ok}, &dim},
		"lengths":         {[]float64{1}, []Axis{ok}, &dim},
		"no mass":         {nil, []Axis{ok}, &dim},
		"no cells":        {nil, []Axis{{0, 1, 0}}, &val},
		"NaN end":         {[]float64{1}, []Axis{{nan, 1, 1}}, &val},
		"infinite end":    {[]float64{1}, []Axis{{0, inf, 1}}, &val},
		"backwards":       {[]float64{1}, []Axis{{1, 0, 1}}, &val},
		"too fine":        {make([]float64, 4), []Axis{{1e16, 1e16 + 2, 4}}, &val},
		"too many":        {nil, []Axis{{0, 1, 1 << 40}, {0, 1, 1 << 40}}, &val},
		"negative mass":   {[]float64{2, -1}, []Axis{ok}, &val},
		"NaN mass":        {[]float64{2, nan}, []Axis{ok}, &val},
		"infinite mass":   {[]float64{2, inf}, []Axis{ok}, &val},
		"nothing but 0":   {[]float64{0, 0}, []Axis{ok}, &val},
		"sum overflows":   {[]float64{1e308, 1e308}, []Axis{ok}, &val},
		"width overflows": {[]float64{1}, []Axis{{-1e200, 1e200, 1}}, &val},
	} {
		if _, err := NewGrid(tc.mass, tc.axes...); !errors.As(err, tc.target) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var none *Gaussian
	for name, err := range map[string]error{
		"nil":     third(GridOf(nil, ok)),
		"nil law": third(GridOf(none, ok)),
		"dims":    third(GridOf(Normal(0, 1), ok, ok)),
		"outside": third(GridOf(must(NewUniform(3, 4)), ok)),
		"axis":    third(GridOf(Normal(0, 1), Axis{})),
		"atoms":   third(GridOf(must(NewDiscrete(column(5), nil)), ok)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if new(Grid).Dim() != 0 {
		t.Error("a zero Grid has a dimension")
	}
	plane := must(NewGrid([]float64{1, 1, 1, 1}, ok, ok))
	for name, f := range map[string]func(){
		"LogCDF": func() { plane.LogCDF(0) }, "LogQuantile": func() { plane.LogQuantile(-1, true) },
		"Knots": func() { plane.Knots(nil) }, "LogProb1": func() { plane.LogProb1(0) }, "Marginal": func() { plane.Marginal(2) },
	} {
		if panics(f) == nil {
			t.Errorf("%s didn't panic", name)
		}
	}
}

func third[T, U any](_ T, _ U, err error) error { return err }

// Edges, cells and centres agree, however they round.
func TestAxisCells(t *testing.T) {
	for _, a := range []Axis{{0, 1, 10}, {-.3, .7, 7}, {1e9, 1e9 + 1, 1000}, {-1, 2, 3}} {
		for i := range a.N {
			for _, x := range []float64{a.Edge(i), a.Centre(i), math.Nextafter(a.Edge(i+1), a.Lo)} {
				if c, ok := a.Cell(x); !ok || c != i {
					t.Fatalf("%+v: %v is in cell %d, want %d", a, x, c, i)
				}
			}
		}
		if c, ok := a.Cell(a.Hi); !ok || c != a.N-1 {
			t.Errorf("%+v: Hi is in cell %d", a, c)
		}
		for _, x := range []float64{math.NaN(), math.Nextafter(a.Lo, math.Inf(-1)), math.Nextafter(a.Hi, math.Inf(1))} {
			if _, ok := a.Cell(x); ok {
				t.Errorf("%+v: %v is inside", a, x)
			}
		}
	}
}
