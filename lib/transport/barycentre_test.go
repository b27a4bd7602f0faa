package transport

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

func TestReferenceFixedSupport(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/barycentres.json", "bary_lp") {
		var in struct {
			Hists, C [][]float64
			Weights  []float64
		}
		var want struct{ Objective float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		b, err := FixedSupportBarycentre(t.Context(), in.Hists, in.Weights, MatrixCost{matrix(in.C)}, BarycentreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID, b.Value(), want.Objective, c.RTol, c.ATol)
		checkFixedSupport(t, c.ID, b, in.Hists, matrix(in.C))
	}
}

// checkFixedSupport checks the marginals and, from the potentials alone, that no q
// has a smaller value.
func checkFixedSupport(t testing.TB, what string, b *FixedSupport, hists [][]float64, c *mat.Dense) {
	t.Helper()
	n, m := c.Dims()
	var below, top float64
	sum := make([]float64, n)
	for k, f := range b.Potentials() {
		if b.Weights[k] == 0 {
			continue
		}
		checkPlan(t, what, b.Plans[k], b.Masses, hists[k], c, 1e-11)
		for i, v := range f {
			sum[i] += b.Weights[k] * v
			top = max(top, math.Abs(v))
		}
		for j := range m {
			g := math.Inf(1)
			for i := range n {
				g = min(g, c.At(i, j)-f[i])
			}
			below += b.Weights[k] * hists[k][j] * g
		}
	}
	for i, v := range sum {
		if math.Abs(v) > 1e-12*(1+top) {
			t.Errorf("%s: the potentials at %d sum to %g", what, i, v)
		}
	}
	reftest.Near(t, what+" bound", below, b.Value(), 1e-11, 1e-13*(1+top))
	reftest.Near(t, what+" gap", b.DualityGap(), b.Value()-below, 0, 1e-13*(1+top))
}

func randomHists(seed uint64, k, m int) [][]float64 {
	h := make([][]float64, k)
	for i := range h {
		h[i] = masses(seed+uint64(i), m)
		var sum float64
		for j := range h[i] {
			if (i+j)%4 == 0 {
				h[i][j] = 0
			}
			sum += h[i][j]
		}
		for j := range h[i] {
			h[i][j] *= 3 / sum
		}
	}
	return h
}

func TestFixedSupportBarycentre(t *testing.T) {
	for seed := range uint64(12) {
		n, m, k := 3+int(seed)%9, 4+int(seed)%6, 1+int(seed)%5
		x, y := pointCloud(seed, n, 2), pointCloud(seed+50, m, 2)
		hists := randomHists(seed+100, k, m)
		cost := SquaredEuclidean{x, y}
		table, err := priceTable("test", cost, m)
		if err != nil {
			t.Fatal(err)
		}
		b, err := FixedSupportBarycentre(t.Context(), hists, masses(seed, k), cost, BarycentreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		checkFixedSupport(t, "random", b, hists, table)
		if k != 2 {
			continue
		}
		// Two: mass goes from one to the other by way of the point that is cheapest.
		w := b.Weights
		through := CostFunc(func(i, j int) float64 {
			best := math.Inf(1)
			for a := range n {
				best = min(best, w[0]*table.At(a, i)+w[1]*table.At(a, j))
			}
			return best
		})
		plan, err := Exact(t.Context(), hists[0], hists[1], through, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "two", b.Value(), plan.Cost(), 1e-12, 0)
	}
}

// On the line the barycentre has the mean of the quantiles, here on the grid.
func TestFixedSupportOnLine(t *testing.T) {
	const n = 25
	at := [3][4]int{{0, 3, 6, 18}, {6, 9, 21, 24}, {3, 3, 9, 24}}
	hists, x := make([][]float64, 3), mat.NewDense(n, 1, nil)
	for i := range n {
		x.Set(i, 0, float64(i))
	}
	want, q := 0.0, make([]float64, n)
	for k := range hists {
		hists[k] = make([]float64, n)
		for _, j := range at[k] {
			hists[k][j] += .25
		}
	}
	for r := range 4 {
		mean := (at[0][r] + at[1][r] + at[2][r]) / 3
		q[mean] += .25
		for k := range 3 {
			want += math.Pow(float64(at[k][r]-mean), 2) / 12
		}
	}
	b, err := FixedSupportBarycentre(t.Context(), hists, nil, SquaredEuclidean{x, x}, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "value", b.Value(), want, 1e-12, 0)
	for i := range q {
		reftest.Near(t, "mass", b.Masses[i], q[i], 0, 1e-12)
	}
}

func TestFixedSupportStops(t *testing.T) {
	x := pointCloud(1, 20, 2)
	hists := randomHists(5, 4, 20)
	best, err := FixedSupportBarycentre(t.Context(), hists, nil, SquaredEuclidean{x, x}, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	early, err := FixedSupportBarycentre(t.Context(), hists, nil, SquaredEuclidean{x, x}, BarycentreOptions{MaxIterations: best.Pivots / 2})
	var stopped *StoppedError
	if !errors.As(err, &stopped) || !errors.Is(err, ErrLimit) {
		t.Fatalf("half the pivots: %v", err)
	}
	if excess := early.Value() - best.Value(); !(excess > 1e-6 && early.DualityGap() >= excess) {
		t.Errorf("the value is %g too large, the gap %g", excess, early.DualityGap())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b, err := FixedSupportBarycentre(ctx, hists, nil, SquaredEuclidean{x, x}, BarycentreOptions{})
	if !errors.Is(err, context.Canceled) || b == nil || b.Plans[0] == nil {
		t.Errorf("cancelled: %v, %v", b, err)
	}
}

func TestFixedSupportRefuses(t *testing.T) {
	c := MatrixCost{matrix([][]float64{{0, 1}, {1, 0}})}
	h := [][]float64{{1, 0}, {.5, .5}}
	for name, v := range map[string]struct {
		hists   [][]float64
		weights []float64
		cost    Cost
	}{
		"nothing":    {nil, nil, c},
		"empty":      {[][]float64{{}}, nil, c},
		"ragged":     {[][]float64{{1, 0}, {1}}, nil, c},
		"negative":   {[][]float64{{2, -1}, {1, 0}}, nil, c},
		"NaN":        {[][]float64{{math.NaN(), 1}, {1, 0}}, nil, c},
		"unbalanced": {[][]float64{{1, 0}, {1, 1}}, nil, c},
		"weights":    {h, []float64{1}, c},
		"weight":     {h, []float64{1, math.Inf(1)}, c},
		"nil cost":   {h, nil, nil},
		"nil matrix": {h, nil, MatrixCost{}},
		"columns":    {h, nil, MatrixCost{matrix([][]float64{{0, 1, 2}})}},
		"forbidden":  {h, nil, MatrixCost{matrix([][]float64{{0, math.Inf(1)}, {1, 0}})}},
		"NaN price":  {h, nil, MatrixCost{matrix([][]float64{{0, math.NaN()}, {1, 0}})}},
	} {
		if b, err := FixedSupportBarycentre(t.Context(), v.hists, v.weights, v.cost, BarycentreOptions{}); err == nil || b != nil {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
}
