package transport

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func rectangle(t testing.TB, x0, y0, x1, y1 float64) *Polygon {
	p, err := NewPolygon([2]float64{x0, y0}, [2]float64{x1, y0}, [2]float64{x1, y1}, [2]float64{x0, y1})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func uniforms(seed uint64, n, d int) *mat.Dense {
	m := mat.NewDense(n, d, nil)
	rng.New(seed).Uniform(m.RawMatrix().Data)
	return m
}

func semi(t testing.TB, source measure.Measure, points mat.Matrix, w []float64) *SemiDiscretePlan {
	t.Helper()
	r, err := SemiDiscrete(context.Background(), source, points, w, SemiDiscreteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReferenceSemiDiscreteCells(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/circle.json", "semidiscrete_1d") {
		var in struct{ Y, W []float64 }
		var want struct {
			W2    float64   `json:"w2_squared"`
			Edges []float64 `json:"cell_edges"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		u, err := measure.NewUniform(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		cells, err := SemiDiscreteLine(u, in.Y, in.W)
		if err != nil {
			t.Fatal(err)
		}
		w, bound, err := cells.W2Squared()
		if err != nil || bound > 1e-12 {
			t.Error(bound, err)
		}
		reftest.Near(t, c.ID, w, want.W2, c.RTol, c.ATol)
		for k, e := range cells.Edges {
			reftest.Near(t, c.ID, e, want.Edges[k], c.RTol, c.ATol)
		}
		// The same in a strip of the plane: points beside each other.
		points := mat.NewDense(len(in.Y), 2, nil)
		for j, y := range in.Y {
			points.SetRow(j, []float64{y, 3})
		}
		r := semi(t, rectangle(t, 0, 0, 1, 2), points, in.W)
		// (y − 3)² has the mean 4 + 1/3 over [0, 2].
		reftest.Near(t, c.ID, r.Cost()-13./3, want.W2, c.RTol, 1e-11)
		for j, cell := range r.Cells {
			for _, v := range cell {
				if d := min(math.Abs(v[0]-want.Edges[j]), math.Abs(v[0]-want.Edges[j+1])); d > 1e-10 {
					t.Errorf("%s: cell %d has the corner %v", c.ID, j, v)
				}
			}
		}
	}
}

// Far out edges keep their digits, and points are put in order.
func TestSemiDiscreteLine(t *testing.T) {
	c, err := SemiDiscreteLine(measure.Normal(0, 1), []float64{2, -1, 7, -1}, []float64{1, 1e-20, 1e-20, 1e-20})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Points, []float64{-1, 2, 7}) || !math.IsInf(c.Edges[0], -1) || !math.IsInf(c.Edges[3], 1) {
		t.Errorf("%+v", c)
	}
	n := measure.Normal(0, 1)
	reftest.Near(t, "lower edge", c.Edges[1], n.LogQuantile(math.Log(2e-20), false), 1e-14, 0)
	reftest.Near(t, "upper edge", c.Edges[2], n.LogQuantile(math.Log(1e-20), true), 1e-14, 0)
	half, err := SemiDiscreteLine(n, []float64{3, 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "median", half.Edges[1], 0, 0, 1e-16)
	d, err := measure.NewDiscrete(mat.NewDense(1, 1, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"nil":      second(SemiDiscreteLine(nil, []float64{1}, nil)),
		"discrete": second(SemiDiscreteLine(d, []float64{1}, nil)),
		"empty":    second(SemiDiscreteLine(n, nil, nil)),
		"NaN":      second(SemiDiscreteLine(n, []float64{math.NaN()}, nil)),
		"weight":   second(SemiDiscreteLine(n, []float64{1}, []float64{-1})),
		"lengths":  second(SemiDiscreteLine(n, []float64{1}, []float64{1, 1})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// problems are sources with points, inside and outside, on lines, with weights of
// all sizes.
func problems(t testing.TB) map[string]struct {
	source measure.Measure
	points *mat.Dense
	w      []float64
} {
	square := rectangle(t, 0, 0, 1, 1)
	pentagon, err := NewPolygon([2]float64{0, 0}, [2]float64{0, 2}, [2]float64{3, 5}, [2]float64{7, 2}, [2]float64{4, -1})
	if err != nil {
		t.Fatal(err)
	}
	mass := make([]float64, 7*5)
	rng.New(8).Uniform(mass)
	mass[3], mass[17] = 0, 0
	grid, err := measure.NewGrid(mass, measure.Axis{Lo: -1, Hi: 2, N: 7}, measure.Axis{Lo: 3, Hi: 4, N: 5})
	if err != nil {
		t.Fatal(err)
	}
	holes, err := measure.NewGrid([]float64{1, 0, 0, 0, 0, 0, 0, 2, 3}, measure.Axis{Lo: 0, Hi: 1, N: 3}, measure.Axis{Lo: 0, Hi: 1, N: 3})
	if err != nil {
		t.Fatal(err)
	}
	skew := make([]float64, 60)
	for j := range skew {
		skew[j] = math.Pow(10, -float64(j%5))
	}
	bent := uniforms(3, 60, 2)
	for j := range 60 {
		bent.Set(j, 0, 1e3+math.Exp(3*bent.At(j, 0)))
	}
	lattice := mat.NewDense(36, 2, nil) // four cells meet at each corner
	line := mat.NewDense(9, 2, nil)
	for j := range 36 {
		lattice.SetRow(j, []float64{float64(j%6)/6 + 1./12, float64(j/6)/6 + 1./12})
	}
	for j := range 9 {
		line.SetRow(j, []float64{float64(j) / 7, 2 - float64(j)/7})
	}
	type problem = struct {
		source measure.Measure
		points *mat.Dense
		w      []float64
	}
	return map[string]problem{
		"one point":        {square, mat.NewDense(1, 2, []float64{5, 5}), nil},
		"inside":           {square, uniforms(1, 60, 2), nil},
		"pentagon":         {pentagon, uniforms(2, 60, 2), skew},
		"outside and bent": {square, bent, skew},
		"lattice":          {square, lattice, nil},
		"a line":           {pentagon, line, nil},
		"grid":             {grid, uniforms(4, 60, 2), skew},
		"holes":            {holes, uniforms(5, 20, 2), nil},
	}
}

// Every plan has the masses, no gap, centroids within its cells, and a map that
// agrees with the cells and is monotone.
func TestSemiDiscreteProves(t *testing.T) {
	for name, pr := range problems(t) {
		r := semi(t, pr.source, pr.points, pr.w)
		if e := r.MassError(); e > 1e-11 {
			t.Errorf("%s: masses are off by %v", name, e)
		}
		if gap := r.DualityGap(); math.Abs(gap) > 1e-9*r.Cost() {
			t.Errorf("%s: gap %v of %v", name, gap, r.Cost())
		}
		w := r.W2Squared()
		if d := math.Abs(w.Value - r.Cost()); d > w.Bound || w.Bound > 1e-7*w.Value {
			t.Errorf("%s: W₂² = %v, cost %v", name, w, r.Cost())
		}
		var total float64
		n, _ := r.Points.Dims()
		to, at := mat.NewDense(n, 2, nil), mat.DenseCopyOf(r.Centroids)
		r.Map().Apply(to, at)
		// Between holes, a cell of two parts has its centroid elsewhere.
		for j := range n {
			total += r.Masses[j]
			if name != "holes" && !slices.Equal(to.RawRowView(j), r.Points.RawRowView(j)) {
				t.Errorf("%s: the centroid of cell %d goes to %v", name, j, to.RawRowView(j))
			}
			for k := range j {
				dx, dy := at.At(j, 0)-at.At(k, 0), at.At(j, 1)-at.At(k, 1)
				if s := dx*(to.At(j, 0)-to.At(k, 0)) + dy*(to.At(j, 1)-to.At(k, 1)); s < -1e-12 {
					t.Fatalf("%s: not monotone: %v", name, s)
				}
			}
		}
		reftest.Near(t, name, total, 1, 1e-12, 0)
		// Draws of the source land in the cells as often as they should.
		const draws = 4000
		x := mat.NewDense(draws, 2, nil)
		pr.source.Sample(x, rng.New(7))
		y := mat.NewDense(draws, 2, nil)
		r.Map().Apply(y, x)
		var sum, squares float64
		for i := range draws {
			c := square(x.At(i, 0)-y.At(i, 0), x.At(i, 1)-y.At(i, 1))
			sum, squares = sum+c/draws, squares+c*c/draws
		}
		reftest.Near(t, name+": sampled cost", sum, r.Cost(), 0, 4.5*math.Sqrt((squares-sum*sum)/draws))
	}
}

// A plan that is spoilt has a gap, and so have potentials.
func TestSemiDiscreteCertificate(t *testing.T) {
	r := semi(t, rectangle(t, 0, 0, 1, 1), uniforms(1, 30, 2), nil)
	dual := r.Dual()
	r.Potentials[3] += 1e-3
	if gap := r.DualityGap(); gap < 1e-9 || r.Dual() >= dual {
		t.Errorf("spoilt potentials: gap %v", gap)
	}
	r.Masses[4] += 1e-3
	if e := r.MassError(); e < 0.9e-3 {
		t.Errorf("spoilt mass: error %v", e)
	}
	if w := r.W2Squared(); w.Bound < 1e-6 {
		t.Errorf("spoilt: %v", w)
	}
	// Stopped before the end, the bound holds the true value.
	points := uniforms(1, 30, 2)
	w := make([]float64, 30)
	rng.New(3).Uniform(w)
	want := semi(t, rectangle(t, 0, 0, 1, 1), points, w).Cost()
	for n := range 4 {
		s, err := SemiDiscrete(context.Background(), rectangle(t, 0, 0, 1, 1), points, w, SemiDiscreteOptions{MaxIterations: n + 1})
		var stopped *NotConvergedError
		if !errors.As(err, &stopped) || !errors.Is(err, ErrLimit) || stopped.Residual != s.MassError() || stopped.Iterations != n+1 {
			t.Fatal(err)
		}
		if v := s.W2Squared(); v.Value > want || v.Value+v.Bound < want {
			t.Errorf("after %d steps: %v, want %v", n+1, v, want)
		}
	}
}

// Near the end, each step squares the error.
func TestSemiDiscreteQuadratic(t *testing.T) {
	w := make([]float64, 200)
	rng.New(2).Uniform(w)
	r := semi(t, rectangle(t, 0, 0, 1, 1), uniforms(1, 200, 2), w)
	var steps int
	for k := 1; k < len(r.Residuals); k++ {
		a, b := r.Residuals[k-1]*200, r.Residuals[k]*200 // shares of a mass
		if a < 0.01 && b > 1e-13 {
			steps++
			if b > 100*a*a {
				t.Errorf("step %d: from %.2g to %.2g", k, a, b)
			}
		}
	}
	if steps < 3 || r.Iterations > 12 {
		t.Errorf("%d steps of %d: %v", steps, r.Iterations, r.Residuals)
	}
}

// In the limit of many points a plan between samples costs the same: against the
// simplex, with each of the source's points in the middle of a small square, whose
// own spread is known.
func TestSemiDiscreteAgainstExact(t *testing.T) {
	const k = 20
	points := uniforms(6, 16, 2)
	for j := range 16 {
		points.Set(j, 0, 2*points.At(j, 0))
	}
	r := semi(t, rectangle(t, 0, 0, 1, 1), points, nil)
	x := mat.NewDense(k*k, 2, nil)
	a, b := make([]float64, k*k), make([]float64, 16)
	for i := range a {
		a[i] = 1. / k / k
		x.SetRow(i, []float64{(float64(i%k) + .5) / k, (float64(i/k) + .5) / k})
	}
	for j := range b {
		b[j] = 1. / 16
	}
	p, err := Exact(context.Background(), a, b, SquaredEuclidean{x, points}, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "cost", p.Cost()+1./6/k/k, r.Cost(), 1e-3, 0)
}

// Moving the points moves potentials and nothing else: W₂² gains |v|² + 2v·(ȳ − x̄).
func TestSemiDiscreteShift(t *testing.T) {
	points := uniforms(1, 40, 2)
	square := rectangle(t, 0, 0, 1, 1)
	a := semi(t, square, points, nil)
	var my [2]float64
	for j := range 40 {
		for k := range 2 {
			my[k] += points.At(j, k) / 40
			points.Set(j, k, points.At(j, k)+[2]float64{30, -4}[k])
		}
	}
	b := semi(t, square, points, nil)
	reftest.Near(t, "cost", b.Cost(), a.Cost()+916+60*(my[0]-.5)-8*(my[1]-.5), 1e-12, 0)
	for j := range 40 {
		for k := range 2 {
			reftest.Near(t, "centroid", b.Centroids.At(j, k), a.Centroids.At(j, k), 1e-9, 0)
		}
	}
	// Scaled far up and down.
	for _, s := range []float64{1e-120, 1e100} {
		var scaled mat.Dense
		scaled.Scale(s, points)
		c := semi(t, rectangle(t, 0, 0, s, s), &scaled, nil)
		reftest.Near(t, "scaled", c.Cost()/s/s, b.Cost(), 1e-12, 0)
	}
}

// Points that coincide share a cell, and points without weight have none but a
// potential at which one would begin.
func TestSemiDiscreteDegenerate(t *testing.T) {
	points := mat.NewDense(5, 2, []float64{.2, .3, .8, .9, .2, .3, .5, .5, .7, .1})
	r := semi(t, rectangle(t, 0, 0, 1, 1), points, []float64{1, 2, 1, 0, 2})
	if r.Cells[2] != nil || r.Masses[2] != 0 || r.Potentials[2] != r.Potentials[0] || r.Cells[3] != nil {
		t.Errorf("%+v", r)
	}
	reftest.Near(t, "shared cell", r.Masses[0], 1./3, 1e-11, 0)
	// A little more potential, and a cell appears at the centroid.
	with := func(more float64) (mine, others float64) {
		x, y := r.Centroids.At(3, 0), r.Centroids.At(3, 1)
		others = math.Inf(1)
		for j := range 5 {
			v := square(x-points.At(j, 0), y-points.At(j, 1)) - r.Potentials[j]
			if j == 3 {
				mine = v - more
			} else {
				others = min(others, v)
			}
		}
		return mine, others
	}
	if mine, others := with(0); math.Abs(mine-others) > 1e-14 {
		t.Errorf("at its centroid, a point without weight costs %v, the others %v", mine, others)
	}
	lower := func(psi float64) float64 { // the least the point costs over the others, by corners of a grid
		least := math.Inf(1)
		for i := range 101 {
			for k := range 101 {
				x, y := float64(i)/100, float64(k)/100
				others := math.Inf(1)
				for j := range 5 {
					if j != 3 {
						others = min(others, square(x-points.At(j, 0), y-points.At(j, 1))-r.Potentials[j])
					}
				}
				least = min(least, square(x-points.At(3, 0), y-points.At(3, 1))-psi-others)
			}
		}
		return least
	}
	if l := lower(r.Potentials[3]); l < -1e-14 || l > 0.02 {
		t.Errorf("elsewhere, it costs %v more", l)
	}
}

func TestSemiDiscreteSameBits(t *testing.T) {
	var plans [2]*SemiDiscretePlan
	for i, procs := range []int{1, 8} {
		old := runtime.GOMAXPROCS(procs)
		plans[i] = semi(t, rectangle(t, 0, 0, 1, 1), uniforms(1, 300, 2), nil)
		runtime.GOMAXPROCS(old)
	}
	if !reflect.DeepEqual(plans[0].Potentials, plans[1].Potentials) || !reflect.DeepEqual(plans[0].Cells, plans[1].Cells) {
		t.Error("bits depend on the number of processors")
	}
}

func TestSemiDiscreteCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := SemiDiscrete(ctx, rectangle(t, 0, 0, 1, 1), uniforms(1, 50, 2), nil, SemiDiscreteOptions{})
	if !errors.Is(err, context.Canceled) || r == nil || r.Cost() == 0 || r.Iterations != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = SemiDiscrete(&ended{context.Background(), 25}, rectangle(t, 0, 0, 1, 1), uniforms(1, 50, 2), nil, SemiDiscreteOptions{})
	if !errors.Is(err, context.Canceled) || r == nil || r.Cost() == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSemiDiscreteErrors(t *testing.T) {
	square := rectangle(t, 0, 0, 1, 1)
	points := uniforms(1, 3, 2)
	grid, err := measure.NewGrid([]float64{1, 2}, measure.Axis{Lo: 0, Hi: 1, N: 2})
	if err != nil {
		t.Fatal(err)
	}
	solve := func(source measure.Measure, points mat.Matrix, w []float64, opt SemiDiscreteOptions) error {
		r, err := SemiDiscrete(context.Background(), source, points, w, opt)
		if err != nil && r != nil {
			t.Errorf("a plan with %v", err)
		}
		return err
	}
	nan := mat.NewDense(1, 2, []float64{math.NaN(), 1})
	huge := mat.NewDense(2, 2, []float64{1e200, 1, 1, 1})
	for name, err := range map[string]error{
		"nil source":    solve(nil, points, nil, SemiDiscreteOptions{}),
		"zero polygon":  solve(new(Polygon), points, nil, SemiDiscreteOptions{}),
		"nil polygon":   solve((*Polygon)(nil), points, nil, SemiDiscreteOptions{}),
		"a line":        solve(grid, points, nil, SemiDiscreteOptions{}),
		"a normal":      solve(measure.Normal(0, 1), points, nil, SemiDiscreteOptions{}),
		"no points":     solve(square, nil, nil, SemiDiscreteOptions{}),
		"in space":      solve(square, uniforms(1, 3, 3), nil, SemiDiscreteOptions{}),
		"NaN":           solve(square, nan, nil, SemiDiscreteOptions{}),
		"overflow":      solve(square, huge, nil, SemiDiscreteOptions{}),
		"negative":      solve(square, points, []float64{1, -1, 1}, SemiDiscreteOptions{}),
		"no mass":       solve(square, points, make([]float64, 3), SemiDiscreteOptions{}),
		"lengths":       solve(square, points, make([]float64, 2), SemiDiscreteOptions{}),
		"tolerance":     solve(square, points, nil, SemiDiscreteOptions{Tolerance: -1}),
		"tolerance NaN": solve(square, points, nil, SemiDiscreteOptions{Tolerance: math.NaN()}),
		"iterations":    solve(square, points, nil, SemiDiscreteOptions{MaxIterations: -1}),
		"two corners":   second(NewPolygon([2]float64{0, 0}, [2]float64{1, 0})),
		"no area":       second(NewPolygon([2]float64{0, 0}, [2]float64{1, 0}, [2]float64{2, 0})),
		"corner NaN":    second(NewPolygon([2]float64{0, 0}, [2]float64{1, 0}, [2]float64{0, math.NaN()})),
		"not convex":    second(NewPolygon([2]float64{0, 0}, [2]float64{4, 0}, [2]float64{1, 1}, [2]float64{0, 4})),
		"crossing":      second(NewPolygon([2]float64{0, 0}, [2]float64{2, 2}, [2]float64{2, 0}, [2]float64{0, 3})),
		"twice around": second(NewPolygon([2]float64{0, 0}, [2]float64{1, 0}, [2]float64{1, 1}, [2]float64{0, 1},
			[2]float64{0, 0}, [2]float64{1, 0}, [2]float64{1, 1}, [2]float64{0, 1})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Draws of a polygon are within it and have its mean.
func TestPolygon(t *testing.T) {
	p, err := NewPolygon([2]float64{0, 0}, [2]float64{0, 3}, [2]float64{6, 0}) // clockwise
	if err != nil {
		t.Fatal(err)
	}
	const n = 20000
	x := mat.NewDense(n, 2, nil)
	p.Sample(x, rng.New(1))
	logp := make([]float64, n)
	p.LogProb(logp, x)
	var mx, my float64
	for i := range n {
		if math.Abs(logp[i]+math.Log(9)) > 1e-14 {
			t.Fatalf("%v has the log density %v", x.RawRowView(i), logp[i])
		}
		mx, my = mx+x.At(i, 0)/n, my+x.At(i, 1)/n
	}
	reftest.Near(t, "mean", mx, 2, 0, 4.5*math.Sqrt(2./n)) // variance 6²/18
	reftest.Near(t, "mean", my, 1, 0, 4.5*math.Sqrt(.5/n))
	out := mat.NewDense(2, 2, []float64{6, 1, math.NaN(), 0})
	p.LogProb(logp[:2], out)
	if !math.IsInf(logp[0], -1) || !math.IsNaN(logp[1]) {
		t.Errorf("outside: %v", logp[:2])
	}
}

func BenchmarkSemiDiscrete(b *testing.B) {
	source, points := rectangle(b, 0, 0, 1, 1), uniforms(1, 1000, 2)
	w := make([]float64, 1000)
	rng.New(2).Uniform(w)
	for b.Loop() {
		semi(b, source, points, w)
	}
}
