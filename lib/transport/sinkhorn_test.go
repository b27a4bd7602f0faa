package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

func TestReferenceSinkhorn(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropic.json", "sinkhorn_") {
		var in struct {
			A, B []float64
			C    [][]float64
			Eps  float64
		}
		var want struct {
			Cost    float64 `json:"transport_cost"`
			KL      float64 `json:"kl_product"`
			Entropy float64 `json:"entropy_plogp"`
			Value   float64 `json:"reg_value"`
			Plan    [][]float64
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		for _, opt := range []SinkhornOptions{
			{Eps: in.Eps, Tol: 1e-12},
			{Eps: in.Eps, Tol: 1e-12, Table: 1},
			{Eps: in.Eps, Tol: 1e-12, Scaling: math.Inf(1)},
		} {
			p, err := Sinkhorn(t.Context(), in.A, in.B, MatrixCost{matrix(in.C)}, opt)
			if err != nil {
				t.Errorf("%s: %v", c.ID, err)
				continue
			}
			reftest.Near(t, c.ID+": cost", p.Cost(), want.Cost, c.RTol, c.ATol)
			reftest.Near(t, c.ID+": KL", p.KL(), want.KL, c.RTol, c.ATol)
			reftest.Near(t, c.ID+": entropy", p.Entropy(), want.Entropy, c.RTol, c.ATol)
			reftest.Near(t, c.ID+": value", p.Value(), want.Value, c.RTol, c.ATol)
			reftest.Near(t, c.ID+": dual value", p.DualValue(), want.Value, c.RTol, c.ATol)
			for i, row := range want.Plan {
				for j, v := range row {
					reftest.Near(t, fmt.Sprintf("%s: P[%d,%d]", c.ID, i, j), p.At(i, j), v, c.RTol, c.ATol)
				}
			}
			if gap := p.DualityGap(); !(gap >= 0 && gap < 1e-11) {
				t.Errorf("%s: gap %g", c.ID, gap)
			}
		}
	}
}

// entCloud returns points in the unit square and random masses that sum to the
// total.
func entCloud(r *rand.Rand, n int, total float64) (*mat.Dense, []float64) {
	x, w := mat.NewDense(n, 2, nil), make([]float64, n)
	sum := 0.0
	for i := range n {
		x.Set(i, 0, r.Float64())
		x.Set(i, 1, r.Float64())
		w[i] = r.Float64()
		sum += w[i]
	}
	for i := range w {
		w[i] *= total / sum
	}
	return x, w
}

// checkEntropic checks what is said of a plan against sums over all pairs.
func checkEntropic(t *testing.T, what string, p *Plan, c Cost, tol float64) {
	t.Helper()
	a, b := p.Masses()
	f, g := p.Potentials()
	eps := p.Eps()
	var cost, kl, entropy, mass, total float64
	rows, columns := make([]float64, len(a)), make([]float64, len(b))
	for i := range a {
		total += a[i]
	}
	for i := range a {
		for j := range b {
			v := p.At(i, j)
			if a[i] > 0 && b[j] > 0 && p.ent.x == nil {
				reftest.Near(t, fmt.Sprintf("%s: P[%d,%d]", what, i, j), v, a[i]*b[j]*math.Exp((f[i]+g[j]-c.At(i, j))/eps), 1e-8, 1e-14*total)
			}
			rows[i] += v
			columns[j] += v
			mass += v
			if v > 0 {
				cost += v * c.At(i, j)
				kl += v * math.Log(v/(a[i]*b[j]))
				entropy -= v * math.Log(v)
			}
		}
	}
	size := p.ent.c.size()
	reftest.Near(t, what+": cost", p.Cost(), cost, 1e-9, 1e-12*size*total)
	reftest.Near(t, what+": mass", p.Mass(), mass, 1e-12, 0)
	reftest.Near(t, what+": KL", p.KL(), kl-mass+total*total, 1e-8, 1e-9*total)
	reftest.Near(t, what+": entropy", p.Entropy(), entropy, 1e-8, 1e-9*total)
	off := 0.0
	for i := range a {
		off += math.Abs(rows[i] - a[i])
	}
	for j := range b {
		off += math.Abs(columns[j] - b[j])
	}
	reftest.Near(t, what+": marginal error", p.MarginalError(), off, 1e-6, 1e-12*total)
	if off > tol*total {
		t.Errorf("%s: marginals are off by %g of %g", what, off, total)
	}
}

// Problems as they come: rectangular, zero and tiny masses, totals that aren't
// 1, prices of any scale and sign, ε from smaller than any price to larger.
func TestSinkhornProblems(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for k := range 60 {
		n, m := 1+r.IntN(12), 1+r.IntN(12)
		total := math.Pow(10, float64(r.IntN(7)-3))
		x, a := entCloud(r, n, total)
		y, b := entCloud(r, m, total)
		if n > 2 && m > 2 {
			switch k % 3 {
			case 0:
				b[0] += b[1]
				b[1] = 0
				a[2] += a[0]
				a[0] = 0
			case 1:
				b[0] += b[1]
				b[1] = 1e-290 * total
				a[0] = 1e-13 * total
			}
			sa, sb := totalOf(a), totalOf(b)
			for j := range b {
				b[j] *= sa / sb
			}
		}
		scale := math.Pow(10, float64(r.IntN(19)-9))
		shift := float64(r.IntN(3) - 1)
		c := CostFunc(func(i, j int) float64 { return scale * (squaredDistance(x, y, i, j) + shift) })
		eps := scale * math.Pow(10, -3*r.Float64()+.5)
		what := fmt.Sprintf("problem %d, %d × %d, total %g, scale %g, ε %g", k, n, m, total, scale, eps)
		p, err := Sinkhorn(t.Context(), a, b, c, SinkhornOptions{Eps: eps, Table: 1 << (k % 2 * 20)})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		checkEntropic(t, what, p, c, 1.1e-9)
		gap := p.DualityGap()
		if !(gap >= 0 && gap <= 1e-6*scale*total) {
			t.Errorf("%s: gap %g", what, gap)
		}
		q := p.Round()
		checkEntropic(t, what+", rounded", q, c, 1e-14)
		best, err := Exact(t.Context(), a, b, c, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		slack := 1e-12 * scale * total
		if q.Cost() < best.Cost()-slack || q.Cost()-q.DualityGap() > best.Cost()+slack {
			t.Errorf("%s: %v is not between the bounds %v and %v", what, best.Cost(), q.Cost()-q.DualityGap(), q.Cost())
		}
		// The rounded plan's value differs from the bound by the gap.
		value := q.Cost() + eps*q.KL()
		reftest.Near(t, what+": gap", value-p.DualValue(), gap, 1e-6, 1e-8*(scale+eps)*total*max(1, total))
	}
}

// Adding a constant to the cost, scaling it with ε, swapping the sides: the plan
// stays.
func TestSinkhornLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x, a := entCloud(r, 9, 1)
	y, b := entCloud(r, 7, 1)
	opt := SinkhornOptions{Eps: .01, Tol: 1e-13}
	base := SquaredEuclidean{x, y}
	solve := func(a, b []float64, c Cost, opt SinkhornOptions) *Plan {
		p, err := Sinkhorn(t.Context(), a, b, c, opt)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := solve(a, b, base, opt)
	same := func(what string, at func(i, j int) float64) {
		for i := range a {
			for j := range b {
				reftest.Near(t, what, at(i, j), p.At(i, j), 1e-9, 1e-13)
			}
		}
	}
	same("points by the matrix-free way", solve(a, b, base, SinkhornOptions{Eps: .01, Tol: 1e-13, Table: 1}).At)
	same("a constant", solve(a, b, CostFunc(func(i, j int) float64 { return base.At(i, j) - 3 }), opt).At)
	for _, s := range []float64{1e-200, 1e-9, 1e9, 1e200} {
		same("scaled", solve(a, b, CostFunc(func(i, j int) float64 { return s * base.At(i, j) }), SinkhornOptions{Eps: .01 * s, Tol: 1e-13}).At)
	}
	swapped := solve(b, a, SquaredEuclidean{y, x}, opt)
	same("swapped", func(i, j int) float64 { return swapped.At(j, i) })
	_, g := p.Potentials()
	for j := range g {
		g[j] += 1e-6 * float64(j)
	}
	warm := solve(a, b, base, SinkhornOptions{Eps: .01, Tol: 1e-13, Warm: g})
	same("warm", warm.At)
	if warm.Iterations() >= p.Iterations() {
		t.Errorf("warm start took %d iterations, cold %d", warm.Iterations(), p.Iterations())
	}
	// Large ε: the product. Small: the exact plan.
	p = solve(a, b, base, SinkhornOptions{Eps: 1e7})
	for i := range a {
		for j := range b {
			reftest.Near(t, "product", p.At(i, j), a[i]*b[j], 1e-6, 0)
		}
	}
	best, err := Exact(t.Context(), a, b, base, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p = solve(a, b, base, SinkhornOptions{Eps: 1e-4, Tol: 1e-8})
	reftest.Near(t, "small ε", p.Cost(), best.Cost(), 1e-5, 0)
	if gap := p.Round().DualityGap(); !(gap >= 0 && gap < 1e-3*best.Cost()) {
		t.Errorf("small ε: gap %g of the cost %g", gap, best.Cost())
	}
	// The default ε is a part of the mean cost above the least.
	p = solve(a, b, base, SinkhornOptions{})
	mean, low := 0.0, math.Inf(1)
	for i := range a {
		for j := range b {
			mean += a[i] * b[j] * base.At(i, j)
			low = min(low, base.At(i, j))
		}
	}
	reftest.Near(t, "default ε", p.Eps(), .05*(mean-low), 1e-12, 0)
}

// Forbidden pairs: the plan doesn't use them, rounded or not, and an infeasible
// problem is told.
func TestSinkhornForbidden(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	inf := math.Inf(1)
	for k := range 20 {
		n := 3 + r.IntN(6)
		x, a := entCloud(r, n, 1)
		y, _ := entCloud(r, n, 1)
		// A band, in which the diagonal alone would do.
		c := CostFunc(func(i, j int) float64 {
			if j < i-1 || j > i+1 {
				return inf
			}
			return squaredDistance(x, y, i, j)
		})
		b := make([]float64, n)
		for i, w := range a {
			b[i] += w / 2
			b[min(i+1, n-1)] += w / 4
			b[max(i-1, 0)] += w / 4
		}
		p, err := Sinkhorn(t.Context(), a, b, c, SinkhornOptions{Eps: .05})
		if err != nil {
			t.Errorf("%d: %v", k, err)
			continue
		}
		checkEntropic(t, "band", p, c, 1.1e-9)
		q := p.Round()
		checkEntropic(t, "band, rounded", q, c, 1e-14)
		if gap := p.DualityGap(); !(gap >= 0 && gap < 1e-7) {
			t.Errorf("%d: gap %g", k, gap)
		}
		best, err := Exact(t.Context(), a, b, c, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if cost := q.Cost(); !(cost >= best.Cost()-1e-14 && cost-q.DualityGap() <= best.Cost()+1e-14) {
			t.Errorf("%d: %v beside %v, gap %g", k, cost, best.Cost(), q.DualityGap())
		}
	}
	var none *InfeasibleError
	wall := CostFunc(func(i, j int) float64 {
		if i == 0 && j == 1 {
			return inf
		}
		return 0
	})
	if p, err := Sinkhorn(t.Context(), []float64{.6, .4}, []float64{.5, .5}, wall, SinkhornOptions{}); p != nil || !errors.As(err, &none) || none.Func != "transport.Sinkhorn" {
		t.Errorf("infeasible: %v, %v", p, err)
	}
}

// Prices as large as they may be beside ε, where exp(−C/ε) is zero all over a
// row or a column (POT #54, #194), and far from what a warm start says.
func TestSinkhornUnderflow(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	x, a := entCloud(r, 20, 1)
	y, b := entCloud(r, 30, 1)
	for name, tc := range map[string]struct {
		cost Cost
		warm []float64
	}{
		"row far":    {CostFunc(func(i, j int) float64 { return squaredDistance(x, y, i, j) + 1e6*float64(i) }), nil},
		"column far": {CostFunc(func(i, j int) float64 { return squaredDistance(x, y, i, j) + 1e6*float64(j) }), nil},
		"no scaling": {CostFunc(func(i, j int) float64 { return squaredDistance(x, y, i, j) + 1e3*float64(i) + 1e4*float64(j) }), make([]float64, 30)},
	} {
		for _, table := range []int{0, 1} {
			p, err := Sinkhorn(t.Context(), a, b, tc.cost, SinkhornOptions{Eps: 2e-2, Tol: 1e-6, Warm: tc.warm, Table: table})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			best, err := Sinkhorn(t.Context(), a, b, SquaredEuclidean{x, y}, SinkhornOptions{Eps: 2e-2})
			if err != nil {
				t.Fatal(err)
			}
			for i := range a {
				for j := range b {
					reftest.Near(t, name, p.At(i, j), best.At(i, j), 1e-3, 1e-6)
				}
			}
		}
	}
}

// Same bits for any number of processors.
func TestSinkhornDeterminism(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	x, a := entCloud(r, 150, 1)
	y, b := entCloud(r, 130, 1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, table := range []int{0, 1} {
		var first []float64
		for _, procs := range []int{1, 8} {
			runtime.GOMAXPROCS(procs)
			p, err := Sinkhorn(t.Context(), a, b, SquaredEuclidean{x, y}, SinkhornOptions{Eps: .01, Table: table})
			if err != nil {
				t.Fatal(err)
			}
			f, g := p.Potentials()
			all := append(append(f, g...), p.Cost(), p.DualityGap(), p.Round().Cost())
			if first == nil {
				first = all
			}
			for i, v := range all {
				if v != first[i] {
					t.Fatalf("number %d is %v with 1 processor and %v with %d", i, first[i], v, procs)
				}
			}
		}
	}
}

// What is cut short says so and returns what there is, and the certificate sees
// it.
func TestSinkhornStops(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	x, a := entCloud(r, 60, 1)
	y, b := entCloud(r, 50, 1)
	c := SquaredEuclidean{x, y}
	var short *NotConvergedError
	last := math.Inf(1)
	for _, limit := range []int{8, 12, 20} {
		p, err := Sinkhorn(t.Context(), a, b, c, SinkhornOptions{Eps: .005, MaxIter: limit, Scaling: math.Inf(1)})
		if p == nil || !errors.As(err, &short) || !errors.Is(err, ErrLimit) || short.Iterations != limit {
			t.Fatalf("limit %d: %v, %v", limit, p, err)
		}
		reftest.Near(t, "residual", p.MarginalError(), short.Residual, 1e-6, 1e-14)
		if gap := p.DualityGap(); !(gap > 0 && gap < last) {
			t.Errorf("limit %d: gap %g after %g", limit, gap, last)
		} else {
			last = gap
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := Sinkhorn(ctx, a, b, c, SinkhornOptions{}); p != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v, %v", p, err)
	}
	for _, table := range []int{0, 1} {
		ctx, cancel = context.WithTimeout(t.Context(), 150*time.Millisecond)
		x, a := entCloud(r, 700, 1)
		y, b := entCloud(r, 700, 1)
		start := time.Now()
		p, err := Sinkhorn(ctx, a, b, SquaredEuclidean{x, y}, SinkhornOptions{Eps: 1e-6, Tol: 1e-300, Table: table})
		if d := time.Since(start); d > time.Second {
			t.Errorf("cancelled: took %v", d)
		}
		cancel()
		if p == nil || !errors.As(err, &short) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("cancelled: %v, %v", p, err)
		}
		if e := p.MarginalError(); !(e < 2.1) || p.Eps() < 1e-6 {
			t.Errorf("cancelled: marginal error %g at ε = %g", e, p.Eps())
		}
	}
}

// A certificate that can't see a wrong answer is none.
func TestSinkhornCertificate(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	x, a := entCloud(r, 20, 1)
	y, b := entCloud(r, 20, 1)
	c := SquaredEuclidean{x, y}
	p, err := Sinkhorn(t.Context(), a, b, c, SinkhornOptions{Eps: .02})
	if err != nil {
		t.Fatal(err)
	}
	good := p.DualityGap()
	bad, err := Sinkhorn(t.Context(), a, b, c, SinkhornOptions{Eps: .02})
	if err != nil {
		t.Fatal(err)
	}
	bad.ent.g[3] += .01
	if gap := bad.DualityGap(); !(gap > 1e3*good && gap > 1e-6) {
		t.Errorf("gap %g of a wrong plan, %g of a good one", gap, good)
	}
	if off := bad.MarginalError(); off < 1e-3 {
		t.Errorf("marginal error %g of a wrong plan", off)
	}
	reftest.Near(t, "gap", bad.Round().Cost()+.02*bad.Round().KL()-bad.DualValue(), bad.DualityGap(), 1e-6, 1e-12)
}

func TestSinkhornErrors(t *testing.T) {
	a, b := []float64{.5, .5}, []float64{.25, .75}
	c := MatrixCost{mat.NewDense(2, 2, []float64{0, 1, 1, 0})}
	nan, inf := math.NaN(), math.Inf(1)
	for name, tc := range map[string]struct {
		a, b []float64
		c    Cost
		opt  SinkhornOptions
		want string
	}{
		"empty":      {nil, b, c, SinkhornOptions{}, "a is empty"},
		"NaN mass":   {[]float64{nan, 1}, b, c, SinkhornOptions{}, "a[0] is NaN"},
		"negative":   {a, []float64{-1, 2}, c, SinkhornOptions{}, "b[0] is -1"},
		"unbalanced": {a, []float64{1, 1}, c, SinkhornOptions{}, "2"},
		"nil cost":   {a, b, nil, SinkhornOptions{}, "cost is nil"},
		"shape":      {[]float64{1}, b, c, SinkhornOptions{}, "2 × 2"},
		"NaN cost":   {a, b, CostFunc(func(i, j int) float64 { return nan }), SinkhornOptions{}, "cost[0][0] is NaN"},
		"-Inf cost":  {a, b, CostFunc(func(i, j int) float64 { return -inf }), SinkhornOptions{}, "cost[0][0] is -Inf"},
		"huge cost":  {a, b, CostFunc(func(i, j int) float64 { return 1e305 }), SinkhornOptions{}, "cost[0][0] is 1e+305"},
		"Eps":        {a, b, c, SinkhornOptions{Eps: -1}, "Eps is -1"},
		"Eps NaN":    {a, b, c, SinkhornOptions{Eps: nan}, "Eps is NaN"},
		"tiny Eps":   {a, b, c, SinkhornOptions{Eps: 1e-320}, "Eps is"},
		"Tol":        {a, b, c, SinkhornOptions{Tol: inf}, "Tol is +Inf"},
		"MaxIter":    {a, b, c, SinkhornOptions{MaxIter: -1}, "MaxIter is -1"},
		"Scaling":    {a, b, c, SinkhornOptions{Scaling: 1}, "Scaling is 1"},
		"Warm":       {a, b, c, SinkhornOptions{Warm: []float64{1}}, "Warm has 1"},
		"Warm NaN":   {a, b, c, SinkhornOptions{Warm: []float64{1, nan}}, "Warm[1] is NaN"},
	} {
		p, err := Sinkhorn(t.Context(), tc.a, tc.b, tc.c, tc.opt)
		if p != nil || err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "transport.Sinkhorn: ") {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

func BenchmarkSinkhorn(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	x, _ := entCloud(r, 2000, 1)
	y, _ := entCloud(r, 2000, 1)
	w := orUniform(nil, x)
	for _, eps := range []float64{.02, .002} {
		b.Run(fmt.Sprintf("eps=%g", eps), func(b *testing.B) {
			for b.Loop() {
				if _, err := Sinkhorn(b.Context(), w, w, SquaredEuclidean{x, y}, SinkhornOptions{Eps: eps}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
