package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

func TestReferenceExact(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/exact.json", "ot_") {
		var in struct {
			A, B []float64
			C    [][]float64
		}
		var want struct{ Cost float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		costs := MatrixCost{matrix(in.C)}
		p, err := Exact(t.Context(), in.A, in.B, costs, ExactOptions{})
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		reftest.Near(t, c.ID, p.Cost(), want.Cost, c.RTol, c.ATol)
		checkPlan(t, c.ID, p, in.A, in.B, costs, 1e-13)
	}
	for _, c := range reftest.Load(t, "testdata/exact.json", "bad_") {
		var in struct {
			A, B []float64
			C    [][]json.RawMessage
		}
		reftest.Decode(t, c.Input, &in)
		price := CostFunc(func(i, j int) float64 {
			var v float64
			if json.Unmarshal(in.C[i][j], &v) != nil {
				return math.NaN()
			}
			return v
		})
		if p, err := Exact(t.Context(), in.A, in.B, price, ExactOptions{}); err == nil || p != nil {
			t.Errorf("%s: plan %v, error %v", c.ID, p, err)
		}
	}
}

func matrix(rows [][]float64) *mat.Dense {
	d := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		d.SetRow(i, r)
	}
	return d
}

// checkPlan checks that p moves a to b and that its potentials prove it
// optimal: marginals, feasibility, and the gap relative to the prices.
func checkPlan(t testing.TB, what string, p *Plan, a, b []float64, c Cost, tol float64) {
	t.Helper()
	f, g := p.Potentials()
	total := 0.0
	for _, v := range a {
		total += v
	}
	rows, columns := slices.Clone(a), slices.Clone(b)
	scale, cost := 0.0, 0.0
	for ij, mass := range p.All() {
		if !(mass > 0) || mass != p.At(ij.I, ij.J) {
			t.Errorf("%s: mass %v at %v, which At has as %v", what, mass, ij, p.At(ij.I, ij.J))
		}
		rows[ij.I] -= mass
		columns[ij.J] -= mass
		cost += mass * c.At(ij.I, ij.J)
		scale = max(scale, math.Abs(c.At(ij.I, ij.J)))
	}
	for _, left := range [][]float64{rows, columns} {
		for k, v := range left {
			if math.Abs(v) > 1e-14*total {
				t.Errorf("%s: marginal %d is off by %g", what, k, v)
			}
		}
	}
	if math.Abs(cost-p.Cost()) > 1e-13*scale*total {
		t.Errorf("%s: the pairs cost %v, Cost is %v", what, cost, p.Cost())
	}
	var fa, gb, top float64
	for i, v := range f {
		fa += v * a[i]
		top = max(top, math.Abs(v))
	}
	for j, v := range g {
		gb += v * b[j]
		top = max(top, math.Abs(v))
	}
	if math.Abs(fa-gb) > 1e-12*(math.Abs(fa)+top*total) {
		t.Errorf("%s: <f, a> is %g and <g, b> is %g", what, fa, gb)
	}
	for i := range f {
		for j := range g {
			v := c.At(i, j)
			if slack := v - f[i] - g[j]; slack < -tol*(math.Abs(v)+math.Abs(f[i])+math.Abs(g[j])) {
				t.Errorf("%s: f[%d] + g[%d] exceeds the price %v by %g", what, i, j, v, -slack)
			}
		}
	}
	if gap := p.DualityGap(); !(math.Abs(gap) <= tol*scale*total) {
		t.Errorf("%s: gap %g of cost %g", what, gap, p.Cost())
	}
}

// bruteForce returns the least cost over all basic plans of whole masses, by
// the choice of how much the first source sends to each sink, and so on.
func bruteForce(a, b []int, c [][]float64) float64 {
	if len(a) == 0 {
		return 0
	}
	best := math.Inf(1)
	b = slices.Clone(b)
	var send func(j, left int, cost float64)
	send = func(j, left int, cost float64) {
		if j == len(b) {
			if left == 0 {
				best = min(best, cost+bruteForce(a[1:], b, c[1:]))
			}
			return
		}
		for d := 0; d <= min(left, b[j]); d++ {
			b[j] -= d
			add := 0.0
			if d > 0 {
				add = float64(d) * c[0][j]
			}
			send(j+1, left-d, cost+add)
			b[j] += d
		}
	}
	send(0, a[0], 0)
	return best
}

// small draws a small problem with whole masses, zero among them, and prices
// with ties and forbidden pairs.
func small(r *rand.Rand) (a, b []int, c [][]float64) {
	a, b = make([]int, 1+r.IntN(4)), make([]int, 1+r.IntN(4))
	for range 1 + r.IntN(7) {
		a[r.IntN(len(a))]++
		b[r.IntN(len(b))]++
	}
	scale := math.Pow(10, float64(r.IntN(25)-12))
	ties, forbidden := r.IntN(2) == 0, r.IntN(3) == 0
	for range a {
		row := make([]float64, len(b))
		for j := range row {
			row[j] = r.Float64() * scale
			if ties {
				row[j] = float64(r.IntN(4)-1) * scale
			}
			if forbidden && r.IntN(3) == 0 {
				row[j] = math.Inf(1)
			}
		}
		c = append(c, row)
	}
	return a, b, c
}

func asFloats(x []int, scale float64) []float64 {
	f := make([]float64, len(x))
	for i, v := range x {
		f[i] = float64(v) * scale
	}
	return f
}

func checkSmall(t *testing.T, seed uint64) {
	a, b, c := small(rand.New(rand.NewPCG(seed, 1)))
	what := fmt.Sprintf("seed %d", seed)
	want := bruteForce(a, b, c) / 7
	p, err := Exact(context.Background(), asFloats(a, 1./7), asFloats(b, 1./7), MatrixCost{matrix(c)}, ExactOptions{})
	var none *InfeasibleError
	if errors.As(err, &none) != math.IsInf(want, 1) {
		t.Fatalf("%s: least cost %v, error %v", what, want, err)
	}
	if none != nil {
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	scale := 0.0
	for _, row := range c {
		for _, v := range row {
			if !math.IsInf(v, 1) {
				scale = max(scale, math.Abs(v))
			}
		}
	}
	reftest.Near(t, what, p.Cost(), want, 1e-12, 1e-13*scale)
	checkPlan(t, what, p, asFloats(a, 1./7), asFloats(b, 1./7), MatrixCost{matrix(c)}, 1e-11)
}

func TestExactAgainstAllPlans(t *testing.T) {
	for seed := range uint64(3000) {
		checkSmall(t, seed)
	}
}

func FuzzExact(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkSmall(t, seed) })
}

func uniformPoints(r *rand.Rand, n, d int) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	for i := range n {
		for k := range d {
			x.Set(i, k, r.Float64())
		}
	}
	return x
}

func weights(r *rand.Rand, n int) []float64 {
	w := make([]float64, n)
	s := 0.0
	for i := range w {
		w[i] = r.Float64()
		s += w[i]
	}
	for i := range w {
		w[i] /= s
	}
	return w
}

func TestExactLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	n, m := 60, 45
	x, y := uniformPoints(r, n, 70), uniformPoints(r, m, 70)
	a, b := weights(r, n), weights(r, m)
	a[3], b[7] = 0, 0
	a[4], b[8] = a[4]*1e-20, b[8]*1e-20
	b[0] += sum(a) - sum(b)
	c := mat.NewDense(n, m, nil)
	table := SquaredEuclidean{x, y}
	for i := range n {
		for j := range m {
			c.Set(i, j, table.At(i, j))
		}
	}
	solve := func(what string, a, b []float64, c Cost, opt ExactOptions) float64 {
		t.Helper()
		p, err := Exact(t.Context(), a, b, c, opt)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		checkPlan(t, what, p, a, b, c, 1e-12)
		return p.Cost()
	}
	want := solve("matrix", a, b, MatrixCost{c}, ExactOptions{})
	near := func(what string, got, want float64) {
		t.Helper()
		reftest.Near(t, what, got, want, 1e-12, 0)
	}
	near("points", solve("points", a, b, table, ExactOptions{}), want)
	near("points, no table", solve("points", a, b, table, ExactOptions{Table: 1}), want)
	near("function", solve("function", a, b, CostFunc(table.At), ExactOptions{Table: 1}), want)
	near("transpose", solve("transpose", b, a, MatrixCost{c.T()}, ExactOptions{}), want)
	var d mat.Dense
	for _, s := range []float64{1e-12, 1e12, 1e-290, 1e290} {
		d.Scale(s, c)
		near("scaled", solve("scaled", a, b, &d, ExactOptions{}), want*s)
	}
	extra := want
	d.CloneFrom(c)
	for i := range n {
		v := 100 * (r.Float64() - 0.5)
		for j := range m {
			d.Set(i, j, c.At(i, j)+v)
		}
		extra += v * a[i]
	}
	reftest.Near(t, "rows raised", solve("rows raised", a, b, &d, ExactOptions{}), extra, 0, 1e-12)
	near("Euclidean", solve("Euclidean", a, b, Euclidean{x, y}, ExactOptions{}),
		solve("root", a, b, CostFunc(func(i, j int) float64 { return math.Sqrt(table.At(i, j)) }), ExactOptions{}))
}

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

// Prices that stand for "forbidden" must not cost the others their digits.
func TestExactDearPrices(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		n := 2 + r.IntN(30)
		a := slices.Repeat([]float64{1}, n)
		c, inf := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
		way := r.Perm(n)
		for i := range n {
			for j := range n {
				v := r.Float64() * 10
				c.Set(i, j, v)
				inf.Set(i, j, v)
				if way[i] != j && r.IntN(4) > 0 {
					c.Set(i, j, 1e32)
					inf.Set(i, j, math.Inf(1))
				}
			}
		}
		p, err := Exact(t.Context(), a, a, MatrixCost{c}, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		q, err := Exact(t.Context(), a, a, MatrixCost{inf}, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("seed %d", seed)
		reftest.Near(t, what, p.Cost(), q.Cost(), 1e-12, 0)
		checkPlan(t, what+", dear", p, a, a, MatrixCost{c}, 1e-12)
		checkPlan(t, what+", forbidden", q, a, a, MatrixCost{inf}, 1e-12)
	}
}

// Every source has many ways but only one leads to a plan, and it is the
// dearest.
func TestExactOneWay(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 6))
		n := 30 + r.IntN(60)
		a := slices.Repeat([]float64{1}, n)
		rank, place := r.Perm(n), r.Perm(n)
		c := CostFunc(func(i, j int) float64 {
			if place[j] < rank[i] {
				return math.Inf(1)
			}
			return float64(rank[i] - place[j])
		})
		p, err := Exact(t.Context(), a, a, c, ExactOptions{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if p.Len() != n || p.Cost() != 0 {
			t.Errorf("seed %d: %d pairs that cost %v, want %d that cost nothing", seed, p.Len(), p.Cost(), n)
		}
		checkPlan(t, "one way", p, a, a, c, 1e-13)
	}
}

// Small masses keep their digits beside large ones.
func TestExactTinyMasses(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	n := 40
	a, b := make([]float64, n), make([]float64, n)
	for i := range n {
		a[i] = math.Ldexp(1+r.Float64(), -i)
		b[n-1-i] = a[i]
	}
	c := SquaredEuclidean{uniformPoints(r, n, 2), uniformPoints(r, n, 2)}
	p, err := Exact(t.Context(), a, b, c, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, "tiny", p, a, b, c, 1e-12)
	for i, v := range a {
		moved := 0.0
		for j := range b {
			moved += p.At(i, j)
		}
		reftest.Near(t, fmt.Sprintf("mass of source %d", i), moved, v, 1e-12, 0)
	}

	// What source 0 sends to sink 0 is left of many large masses.
	a, b = append([]float64{1e-15}, slices.Repeat([]float64{0.1}, 10)...), []float64{1 + 0x4p-52, 0}
	part := 0x4p-52 - math.FMA(10, 0.1, -1)
	b[1] = a[0] - part
	p, err = Exact(t.Context(), a, b, CostFunc(func(i, j int) float64 { return float64(min(i, j)) }), ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "what is left", p.At(0, 0), part, 1e-6, 0)

	a, b = []float64{1, 1e-30}, []float64{1e-30, 1}
	p, err = Exact(t.Context(), a, b, matrix([][]float64{{1, 0}, {0, 1}}), ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "the least mass", p.At(1, 0), 1e-30, 1e-12, 0)
}

func TestExactDegenerate(t *testing.T) {
	n := 150
	a := slices.Repeat([]float64{1. / float64(n)}, n)
	c := CostFunc(func(i, j int) float64 { return float64((i*j + i/3 + j/5) % 4) })
	p, err := Exact(t.Context(), a, a, c, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkPlan(t, "few prices", p, a, a, c, 1e-13)
	if p.Len() != n {
		t.Errorf("%d pairs in a plan of as many equal masses as %d", p.Len(), n)
	}
}

func TestExactStops(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	n := 700
	c := SquaredEuclidean{uniformPoints(r, n, 2), uniformPoints(r, n, 2)}
	a, b := weights(r, n), weights(r, n)
	best, err := Exact(t.Context(), a, b, c, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Exact(t.Context(), a, b, c, ExactOptions{MaxPivots: 200})
	var stopped *StoppedError
	if !errors.As(err, &stopped) || !errors.Is(err, ErrLimit) || p == nil || p.Pivots() != 200 {
		t.Fatalf("limit of 200: plan %v, error %v", p, err)
	}
	if low := p.Cost() - p.DualityGap(); !(low <= best.Cost()*(1+1e-12) && best.Cost() < p.Cost()) {
		t.Errorf("stopped: least cost within [%g, %g], is %g", low, p.Cost(), best.Cost())
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	p, err = Exact(done, a, b, c, ExactOptions{})
	if !errors.Is(err, context.Canceled) || p == nil || !(p.Cost() > best.Cost()) || !(p.DualityGap() > 0) {
		t.Fatalf("cancelled: plan %v, error %v", p, err)
	}

	n = 3000
	c = SquaredEuclidean{uniformPoints(r, n, 2), uniformPoints(r, n, 2)}
	a, b = weights(r, n), weights(r, n)
	late, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	begin := time.Now()
	p, err = Exact(late, a, b, c, ExactOptions{})
	if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || p == nil || took > time.Second {
		t.Errorf("deadline: error %v after %v", err, took)
	}
}

func TestExactBadInput(t *testing.T) {
	ok := []float64{0.5, 0.5}
	inf, nan := math.Inf(1), math.NaN()
	costs := MatrixCost{matrix([][]float64{{0, 1}, {1, 0}})}
	points := matrix([][]float64{{0}, {1}})
	for what, in := range map[string]struct {
		a, b []float64
		c    Cost
		opt  ExactOptions
	}{
		"nil cost":         {ok, ok, nil, ExactOptions{}},
		"nil matrix":       {ok, ok, MatrixCost{}, ExactOptions{}},
		"nil function":     {ok, ok, CostFunc(nil), ExactOptions{}},
		"nil points":       {ok, ok, Euclidean{}, ExactOptions{}},
		"empty":            {ok, nil, costs, ExactOptions{}},
		"NaN mass":         {[]float64{nan, 1}, ok, costs, ExactOptions{}},
		"infinite mass":    {[]float64{inf, 1}, ok, costs, ExactOptions{}},
		"no mass":          {[]float64{0, 0}, []float64{0, 0}, costs, ExactOptions{}},
		"too much mass":    {[]float64{1e308, 1e308}, ok, costs, ExactOptions{}},
		"shape":            {ok, []float64{1}, costs, ExactOptions{}},
		"points' number":   {ok, []float64{1}, Euclidean{points, points}, ExactOptions{}},
		"points' space":    {ok, ok, Euclidean{points, matrix([][]float64{{0, 1}, {1, 1}})}, ExactOptions{}},
		"NaN point":        {ok, ok, Euclidean{points, matrix([][]float64{{0}, {nan}})}, ExactOptions{}},
		"distant point":    {ok, ok, SquaredEuclidean{points, matrix([][]float64{{0}, {1e200}})}, ExactOptions{}},
		"-Inf":             {ok, ok, matrix([][]float64{{0, -inf}, {1, 0}}), ExactOptions{}},
		"too large":        {ok, ok, matrix([][]float64{{0, math.MaxFloat64}, {1, 0}}), ExactOptions{}},
		"negative options": {ok, ok, costs, ExactOptions{MaxPivots: -1}},
	} {
		if p, err := Exact(t.Context(), in.a, in.b, in.c, in.opt); err == nil || p != nil {
			t.Errorf("%s: plan %v, error %v", what, p, err)
		}
	}
	var unbalanced *UnbalancedError
	_, err := Exact(t.Context(), ok, []float64{0.5, 0.6}, costs, ExactOptions{})
	if !errors.As(err, &unbalanced) || unbalanced.A != 1 || unbalanced.B != 1.1 {
		t.Errorf("unbalanced: %v", err)
	}
	if p, err := Exact(t.Context(), ok, []float64{0.5, 0.5 + 1e-12}, costs, ExactOptions{}); err != nil || p.Cost() > 1e-11 {
		t.Errorf("rounded masses: %v", err)
	}
	var none *InfeasibleError
	_, err = Exact(t.Context(), []float64{3, 1}, []float64{1, 3}, matrix([][]float64{{1, inf}, {1, 1}}), ExactOptions{})
	if !errors.As(err, &none) || none.Total != 4 {
		t.Fatalf("infeasible: %v", err)
	}
	reftest.Near(t, "mass without a way", none.Mass, 2, 1e-12, 0)
}

func BenchmarkExact(b *testing.B) {
	for _, d := range []int{2, 50} {
		for _, n := range []int{500, 2000} {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			c := SquaredEuclidean{uniformPoints(r, n, d), uniformPoints(r, n, d)}
			w := slices.Repeat([]float64{1 / float64(n)}, n)
			b.Run(fmt.Sprintf("d=%d/n=%d", d, n), func(b *testing.B) {
				for b.Loop() {
					if _, err := Exact(b.Context(), w, w, c, ExactOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func TestLevel(t *testing.T) {
	a, b := []int64{1, 100, 3}, []int64{2, 2, 90}
	level(a, b)
	if !slices.Equal(a, []int64{1, 90, 3}) {
		t.Errorf("level makes %v of {1, 100, 3} for %v", a, b)
	}
	level(b[:1], a[:1])
	if b[0] != 1 || a[0] != 1 {
		t.Errorf("level leaves %d and %d", b[0], a[0])
	}
}
