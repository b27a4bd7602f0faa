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
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func discrete(t testing.TB, x, w []float64) *measure.Discrete {
	t.Helper()
	d, err := measure.NewDiscrete(mat.NewDense(len(x), 1, x), w)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func grid(t testing.TB, mass []float64, a measure.Axis) *measure.Grid {
	t.Helper()
	g, err := measure.NewGrid(mass, a)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func uniform(t testing.TB, lo, hi float64) *measure.Uniform {
	t.Helper()
	u, err := measure.NewUniform(lo, hi)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// From a density to atoms, in both orders; the interval as a grid of any number
// of cells is the same.
func TestReferenceSemiDiscrete(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/circle.json", "semidiscrete_1d") {
		var in struct{ Y, W []float64 }
		var want struct {
			W2    float64   `json:"w2_squared"`
			Edges []float64 `json:"cell_edges"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		atoms := discrete(t, in.Y, in.W)
		for _, law := range []measure.Line{uniform(t, 0, 1), grid(t, []float64{1, 1, 1, 1, 1, 1, 1}, measure.Axis{Lo: 0, Hi: 1, N: 7})} {
			for _, ends := range [][2]measure.Line{{law, atoms}, {atoms, law}} {
				w, bound, err := WassersteinLine(2, ends[0], ends[1])
				if err != nil || bound > 1e-12 {
					t.Errorf("%s: bound %v, %v", c.ID, bound, err)
				}
				reftest.Near(t, c.ID, w*w, want.W2, c.RTol, c.ATol)
			}
			m, err := QuantileMap(law, atoms)
			if err != nil {
				t.Fatal(err)
			}
			to := flow.Scalar(m)
			for k, y := range in.Y {
				if lo, hi := to(want.Edges[k]+1e-9), to(want.Edges[k+1]-1e-9); lo != y || hi != y {
					t.Errorf("%s: cell %d goes to %v and %v, want %v", c.ID, k, lo, hi, y)
				}
			}
		}
	}
}

// From a law to an atom: W_p^p = E|X − y|^p. And W₁ of a law to its own atoms, by
// Φ alone: for N(0, 1) to ±1, E||Z| − 1| = 2φ(0) − 1 + … = 4φ(1) + 4Φ(1) − 2 − … .
func TestWassersteinLineToAtoms(t *testing.T) {
	n01 := measure.Normal(0, 1)
	for p, want := range map[float64]float64{1: math.Sqrt(2 / math.Pi), 2: 1, 3: math.Cbrt(2 * math.Sqrt(2/math.Pi)), 4: math.Pow(3, .25)} {
		for _, ends := range [][2]measure.Line{{n01, discrete(t, []float64{0}, nil)}, {discrete(t, []float64{0}, nil), n01}} {
			w, bound, err := WassersteinLine(p, ends[0], ends[1])
			if err != nil || bound > 1e-9 {
				t.Errorf("p = %v: bound %v, %v", p, bound, err)
			}
			reftest.Near(t, "to 0", w, want, 1e-12, 0)
		}
	}
	w, _, err := WassersteinLine(2, n01, discrete(t, []float64{-1, 1}, nil))
	if err != nil {
		t.Error(err)
	}
	reftest.Near(t, "to ±1", w, math.Sqrt(2-2*math.Sqrt(2/math.Pi)), 1e-12, 0)
	// E||Z| − 1| = 4φ(1) − 2φ(0) + 4Φ(1) − 3.
	phi := math.Exp(-.5) / math.Sqrt(2*math.Pi)
	want := 4*phi - 2/math.Sqrt(2*math.Pi) + 2*math.Erfc(-math.Sqrt(.5)) - 3
	w, _, err = WassersteinLine(1, n01, discrete(t, []float64{-1, 1}, nil))
	if err != nil {
		t.Error(err)
	}
	reftest.Near(t, "W₁ to ±1", w, want, 1e-12, 0)
	// Both discrete: exact, and far atoms count however little they weigh.
	w, _, err = WassersteinLine(1, discrete(t, []float64{0, 1e30}, []float64{1, 1e-30}), discrete(t, []float64{0}, nil))
	if err != nil {
		t.Error(err)
	}
	reftest.Near(t, "a far atom", w, 1, 1e-14, 0)
	far, _, err := WassersteinLine(1, n01, discrete(t, []float64{0, 1e30}, []float64{1, 1e-30}))
	if err != nil {
		t.Error(err)
	}
	reftest.Near(t, "a far atom and a density", far, 1+math.Sqrt(2/math.Pi), 1e-9, 0)
	// Noised by no noise, atoms are themselves.
	still := discrete(t, []float64{1, 2}, nil).Noise(measure.Coeffs{M: 2}).(measure.Line)
	w, _, err = WassersteinLine(2, still, discrete(t, []float64{2, 4}, nil))
	if w != 0 || err != nil {
		t.Errorf("no noise: %v, %v", w, err)
	}
	if w, _, err = WassersteinLine(2, n01, still); err != nil || !(w > 2) {
		t.Errorf("no noise to a density: %v, %v", w, err)
	}
}

// Many atoms drawn as quantiles tend to the law, from both sides of the
// quadrature; with few panels a knot this would not converge.
func TestWassersteinLineToManyAtoms(t *testing.T) {
	const n = 3000
	law := measure.Bimodal(1, .4)
	x := make([]float64, n)
	for i := range x {
		x[i] = law.LogQuantile(math.Log((float64(i)+.5)/n), false)
	}
	for _, p := range []float64{1, 2} {
		w, bound, err := WassersteinLine(p, law, discrete(t, x, nil))
		if err != nil || bound > 1e-9 || !(w > 1e-5 && w < .01) {
			t.Errorf("p = %v: %v, bound %v, %v", p, w, bound, err)
		}
	}
}

// Grids: the closed form between two uniform distributions, and a fine grid
// against the law that it was made from.
func TestWassersteinLineOfGrids(t *testing.T) {
	a := grid(t, []float64{0, 1, 1, 1, 0}, measure.Axis{Lo: -1, Hi: 4, N: 5}) // uniform on [0, 3]
	b := grid(t, []float64{0, 1, 0}, measure.Axis{Lo: 1, Hi: 4, N: 3})        // uniform on [2, 3]
	for p, want := range map[float64]float64{1: 1, 2: math.Sqrt(4. / 3), 3: math.Cbrt(2)} {
		// The map is x ↦ 2 + x/3, by 2 − 2x/3, from 2 to 0.
		for _, ends := range [][2]measure.Line{{a, b}, {b, a}, {a, uniform(t, 2, 3)}} {
			w, bound, err := WassersteinLine(p, ends[0], ends[1])
			if err != nil || bound > 1e-9 {
				t.Errorf("p = %v: bound %v, %v", p, bound, err)
			}
			reftest.Near(t, "between intervals", w, want, 1e-12, 0)
		}
	}
	law := measure.Bimodal(1, .4)
	fine, _, err := measure.GridOf(law, measure.Axis{Lo: -5, Hi: 5, N: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []float64{1, 2} {
		w, _, err := WassersteinLine(p, law, fine)
		if err != nil || !(w > 0 && w < .01) {
			t.Errorf("p = %v: %v, %v", p, w, err)
		}
	}
}

func TestQuantileMap(t *testing.T) {
	p, q := measure.Normal(1, 2), measure.Normal(-3, .5)
	m, err := QuantileMap(p, q)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(3, 1, []float64{-20, 1, 30})
	m.Apply(x, x)
	for i, v := range []float64{-20, 1, 30} {
		reftest.Near(t, "between normals", x.At(i, 0), -3+.25*(v-1), 1e-13, 0)
	}
	// Draws that are moved have the law q.
	g := grid(t, []float64{1, 0, 3}, measure.Axis{Lo: 0, Hi: 3, N: 3})
	if m, err = QuantileMap(measure.Bimodal(1, .3), g); err != nil {
		t.Fatal(err)
	}
	const n = 20000
	draws := mat.NewDense(n, 1, nil)
	measure.Bimodal(1, .3).Sample(draws, rng.New(8))
	m.Apply(draws, draws)
	var low float64
	for _, v := range draws.RawMatrix().Data {
		if v < 0 || v > 3 || v > 1 && v < 2 {
			t.Fatalf("moved to %v, where there is no mass", v)
		}
		if v <= 1 {
			low++
		}
	}
	reftest.Near(t, "share", low/n, .25, 0, 5*math.Sqrt(.25*.75/n))

	plane, err := measure.NewDiscrete(mat.NewDense(1, 2, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"nil":      second(QuantileMap(nil, q)),
		"nil end":  second(QuantileMap(p, nil)),
		"discrete": second(QuantileMap(discrete(t, []float64{1}, nil), q)),
		"plane":    second(QuantileMap(p, plane)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, _, err := WassersteinLine(2, p, plane); err == nil {
		t.Error("W₂ to atoms in the plane: no error")
	}
}

// A monotone plan has the samples as its marginals, keeps order and costs W_p.
func TestMonotonePlan(t *testing.T) {
	sample := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-5, 5), rapid.Map(rapid.IntRange(-2, 2), func(i int) float64 { return float64(i) })), 1, 30)
	rapid.Check(t, func(rt *rapid.T) {
		x, y := sample.Draw(rt, "x"), sample.Draw(rt, "y")
		weights := func(n int, name string) []float64 {
			w := rapid.SliceOfN(rapid.Float64Range(0, 1), n, n).Draw(rt, name)
			w[0] += .1
			var sum float64
			for _, v := range w {
				sum += v
			}
			for i := range w {
				w[i] *= 3 / sum
			}
			return w
		}
		var xw, yw []float64
		total := 1.0
		if rapid.Bool().Draw(rt, "x has weights") {
			xw, total = weights(len(x), "xw"), 3
		}
		if rapid.Bool().Draw(rt, "y has weights") {
			yw, total = weights(len(y), "yw"), 3
		}
		plan, err := MonotonePlan(x, xw, y, yw)
		if err != nil {
			rt.Fatal(err)
		}
		gotX, gotY := make([]float64, len(x)), make([]float64, len(y))
		var cost float64
		for k, m := range plan {
			gotX[m.I] += m.Mass
			gotY[m.J] += m.Mass
			cost += m.Mass / total * math.Pow(math.Abs(x[m.I]-y[m.J]), 2)
			if !(m.Mass > 0) {
				rt.Fatalf("match %+v", m)
			}
			if k > 0 && (x[m.I] < x[plan[k-1].I] || y[m.J] < y[plan[k-1].J]) {
				rt.Fatal("order isn't kept")
			}
		}
		check := func(got, w []float64) {
			for i, v := range got {
				want := total / float64(len(got))
				if w != nil {
					want = w[i]
				}
				if math.Abs(v-want) > 1e-13 {
					rt.Fatalf("marginal %d is %v, want %v", i, v, want)
				}
			}
		}
		check(gotX, xw)
		check(gotY, yw)
		if len(plan) > len(x)+len(y)-1 {
			rt.Fatalf("%d matches", len(plan))
		}
		w, err := Wasserstein1D(2, x, xw, y, yw)
		if err != nil || math.Abs(w*w-cost) > 1e-12*(1+cost) {
			rt.Fatalf("W₂² = %v, the plan costs %v, %v", w*w, cost, err)
		}
	})
	var un *UnbalancedError
	if _, err := MonotonePlan([]float64{0}, []float64{1}, []float64{0}, []float64{2}); !errors.As(err, &un) {
		t.Errorf("unbalanced: %v", err)
	}
	if _, err := MonotonePlan(nil, nil, []float64{0}, nil); err == nil {
		t.Error("empty: no error")
	}
}
