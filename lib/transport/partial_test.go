package transport

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

func TestReferencePartial(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropic.json", "partial_") {
		var in struct {
			A, B []float64
			C    [][]float64
			Mass float64
		}
		var want struct{ Cost float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		p, err := Partial(t.Context(), in.A, in.B, MatrixCost{matrix(in.C)}, in.Mass, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID, p.Cost(), want.Cost, c.RTol, c.ATol)
		checkPartial(t, c.ID, p, in.A, in.B, MatrixCost{matrix(in.C)}, in.Mass)
	}
}

// checkPartial checks feasibility on both sides, which with equal values proves
// optimality.
func checkPartial(t *testing.T, what string, p *Plan, a, b []float64, c Cost, mass float64) {
	t.Helper()
	f, g := p.Potentials()
	rows, columns := p.Marginals()
	size, total := 0.0, max(totalOf(a), totalOf(b))
	for i := range a {
		for j := range b {
			if v := c.At(i, j); !math.IsInf(v, 1) {
				size = max(size, math.Abs(v))
			}
			if over := f[i] + g[j] + p.MassPrice() - c.At(i, j); over > 1e-13*size {
				t.Errorf("%s: f[%d] + g[%d] + λ exceeds the price by %g", what, i, j, over)
			}
		}
	}
	dual := p.MassPrice() * mass
	for i, v := range f {
		if dual += v * a[i]; v > 1e-14*size || rows[i] > a[i]+1e-15*total {
			t.Errorf("%s: f[%d] is %g and %g of %g moves", what, i, v, rows[i], a[i])
		}
	}
	for j, v := range g {
		if dual += v * b[j]; v > 1e-14*size || columns[j] > b[j]+1e-15*total {
			t.Errorf("%s: g[%d] is %g and %g of %g moves", what, j, v, columns[j], b[j])
		}
	}
	reftest.Near(t, what+": mass", p.Mass(), mass, 1e-13, 1e-15*total)
	reftest.Near(t, what+": gap", p.DualityGap(), p.Cost()-dual, 0, 1e-13*size*total)
	reftest.Near(t, what+": dual value", p.DualValue(), dual, 0, 1e-13*size*total)
	if gap := p.DualityGap(); !(math.Abs(gap) < 1e-13*size*total) {
		t.Errorf("%s: gap %g", what, gap)
	}
	if off := p.MarginalError(); off > 1e-14*total {
		t.Errorf("%s: marginal error %g", what, off)
	}
}

func TestPartialProblems(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for k := range 60 {
		n, m := 1+r.IntN(9), 1+r.IntN(9)
		x, a := entCloud(r, n, math.Exp(r.NormFloat64()))
		y, b := entCloud(r, m, math.Exp(r.NormFloat64()))
		if n > 2 {
			a[1] = 0
		}
		shift := float64(r.IntN(3) - 1)
		c := CostFunc(func(i, j int) float64 { return squaredDistance(x, y, i, j) + shift })
		most := min(totalOf(a), totalOf(b))
		last, price := 0.0, math.Inf(-1)
		for _, part := range []float64{1e-6, .3, .9, 1} {
			p, err := Partial(t.Context(), a, b, c, part*most, ExactOptions{})
			if err != nil {
				t.Fatal(err)
			}
			checkPartial(t, "partial", p, a, b, c, part*most)
			// The cost is convex in the mass, and λ its derivative.
			if k%2 == 0 && part < 1 && p.MassPrice() < price-1e-12 {
				t.Errorf("%d: λ falls to %v from %v", k, p.MassPrice(), price)
			}
			price = p.MassPrice()
			if shift >= 0 && p.Cost() < last {
				t.Errorf("%d: the cost falls to %v from %v", k, p.Cost(), last)
			}
			last = p.Cost()
		}
	}
	// All of equal masses is exact transport.
	x, a := entCloud(r, 12, 2)
	y, b := entCloud(r, 14, 2)
	all, err := Partial(t.Context(), a, b, SquaredEuclidean{x, y}, 2, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	exact, err := Exact(t.Context(), a, b, SquaredEuclidean{x, y}, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "all", all.Cost(), exact.Cost(), 1e-14, 0)
}

func TestPartialErrors(t *testing.T) {
	a, b := []float64{1, 2}, []float64{2, 3}
	zero := CostFunc(func(i, j int) float64 { return 0 })
	for _, tc := range []struct {
		a    []float64
		c    Cost
		mass float64
		want string
	}{
		{nil, zero, 1, "a is empty"},
		{a, nil, 1, "cost is nil"},
		{a, zero, 0, "mass is 0"},
		{a, zero, math.NaN(), "mass is NaN"},
		{a, zero, 3.1, "mass is 3.1"},
		{a, CostFunc(func(i, j int) float64 { return math.NaN() }), 1, "cost[0][0] is NaN"},
		{a, CostFunc(func(i, j int) float64 { return math.Inf(1) }), 1, "forbidden"},
		{a, SquaredEuclidean{matrix([][]float64{{1}}), matrix([][]float64{{1}})}, 1, "1 and 1 points"},
	} {
		if p, err := Partial(t.Context(), tc.a, b, tc.c, tc.mass, ExactOptions{}); p != nil || err == nil ||
			!strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "transport.Partial: ") {
			t.Errorf("%s: %v, %v", tc.want, p, err)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	x, a := entCloud(r, 40, 1)
	y, b := entCloud(r, 40, 1)
	var stopped *StoppedError
	p, err := Partial(t.Context(), a, b, SquaredEuclidean{x, y}, .5, ExactOptions{MaxPivots: 5})
	if p == nil || !errors.As(err, &stopped) || stopped.Func != "transport.Partial" || !(p.DualityGap() > 1e-6) {
		t.Errorf("stopped: %v, %v", p, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Partial(ctx, a, b, SquaredEuclidean{x, y}, .5, ExactOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
