package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

func TestReferenceUnbalanced(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropic.json", "uot_kl_") {
		var in struct {
			A, B     []float64
			C        [][]float64
			Eps, Rho float64
		}
		var want struct {
			Cost  float64 `json:"transport_cost"`
			Mass  float64
			Value float64 `json:"objective"`
			Plan  [][]float64
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		p, err := Unbalanced(t.Context(), in.A, in.B, MatrixCost{matrix(in.C)}, UnbalancedOptions{Eps: in.Eps, Rho: in.Rho, Tol: 1e-12})
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID+": cost", p.Cost(), want.Cost, c.RTol, c.ATol)
		reftest.Near(t, c.ID+": mass", p.Mass(), want.Mass, c.RTol, c.ATol)
		reftest.Near(t, c.ID+": value", p.Value(), want.Value, c.RTol, c.ATol)
		reftest.Near(t, c.ID+": dual value", p.DualValue(), want.Value, c.RTol, c.ATol)
		for i, row := range want.Plan {
			for j, v := range row {
				reftest.Near(t, fmt.Sprintf("%s: P[%d,%d]", c.ID, i, j), p.At(i, j), v, c.RTol, c.ATol)
			}
		}
	}
}

// The gap is the value, summed over all pairs, less the bound; it sees a wrong
// plan. It holds for different ρ, zero masses and forbidden pairs.
func TestUnbalancedGap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for k := range 40 {
		n, m := 2+r.IntN(8), 2+r.IntN(8)
		x, a := entCloud(r, n, math.Exp(r.NormFloat64()))
		y, b := entCloud(r, m, math.Exp(r.NormFloat64()))
		a[0] = 0
		scale := math.Pow(10, float64(r.IntN(13)-6))
		c := CostFunc(func(i, j int) float64 {
			if k%2 == 0 && i == 1 || j == 0 && i < n-1 {
				return math.Inf(1)
			}
			return scale * squaredDistance(x, y, i, j)
		})
		eps := scale * math.Pow(10, -3*r.Float64())
		opt := UnbalancedOptions{Eps: eps, Rho1: scale * math.Pow(10, 4*r.Float64()-2), Rho2: scale * math.Pow(10, 4*r.Float64()-2)}
		what := fmt.Sprintf("problem %d: %+v", k, opt)
		p, err := Unbalanced(t.Context(), a, b, c, opt)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		value := func(p *Plan) float64 {
			var s, ta, tb float64
			rows, columns := make([]float64, n), make([]float64, m)
			for i := range a {
				ta += a[i]
				for j := range b {
					v := p.At(i, j)
					rows[i] += v
					columns[j] += v
					s -= eps * v
					if v > 0 {
						s += v*c.At(i, j) + eps*v*math.Log(v/(a[i]*b[j]))
					}
				}
			}
			for j := range b {
				tb += b[j]
			}
			for i, v := range rows {
				if s += opt.Rho1 * (a[i] - v); v > 0 {
					s += opt.Rho1 * v * math.Log(v/a[i])
				}
			}
			for j, v := range columns {
				if s += opt.Rho2 * (b[j] - v); v > 0 {
					s += opt.Rho2 * v * math.Log(v/b[j])
				}
			}
			return s + eps*ta*tb
		}
		size := scale + eps + opt.Rho1 + opt.Rho2
		reftest.Near(t, what+": value", p.Value(), value(p), 1e-9, 1e-11*size)
		if gap := p.DualityGap(); !(gap >= 0 && gap < 1e-9*size) {
			t.Errorf("%s: gap %g of %g", what, gap, value(p))
		}
		p, err = Unbalanced(t.Context(), a, b, c, opt)
		if err != nil {
			t.Fatal(err)
		}
		for l := range p.ent.g {
			p.ent.g[l] += .1 * eps * r.Float64()
		}
		gap := p.DualityGap()
		reftest.Near(t, what+": gap of a wrong plan", gap, value(p)-p.DualValue(), 1e-6, 1e-11*size)
		if !(gap > 0) && p.Mass() > 0 {
			t.Errorf("%s: no gap of a wrong plan", what)
		}
	}
}

// With large ρ it is balanced transport, and takes no longer for it.
func TestUnbalancedLimit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x, a := entCloud(r, 20, 1)
	y, b := entCloud(r, 15, 1)
	c := SquaredEuclidean{x, y}
	want, err := Sinkhorn(t.Context(), a, b, c, SinkhornOptions{Eps: .02})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Unbalanced(t.Context(), a, b, c, UnbalancedOptions{Eps: .02, Rho: 1e7})
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		for j := range b {
			reftest.Near(t, "plan", p.At(i, j), want.At(i, j), 1e-5, 1e-9)
		}
	}
	if p.Iterations() > 100 {
		t.Errorf("ρ/ε = 5·10⁸ took %d iterations", p.Iterations())
	}
	// Points without a table are the same problem.
	free, err := Unbalanced(t.Context(), a, b, c, UnbalancedOptions{Eps: .02, Rho: 1, Table: 1})
	if err != nil {
		t.Fatal(err)
	}
	table, err := Unbalanced(t.Context(), a, b, c, UnbalancedOptions{Eps: .02, Rho: 1})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "no table", free.Value(), table.Value(), 1e-12, 0)
	_, g := table.Potentials()
	warm, err := Unbalanced(t.Context(), a, b, c, UnbalancedOptions{Eps: .02, Rho: 1, Warm: g})
	if err != nil || warm.Iterations() > 2 {
		t.Errorf("warm start: %v iterations, %v", warm.Iterations(), err)
	}
}

func TestUnbalancedErrors(t *testing.T) {
	a, c := []float64{1, 2}, CostFunc(func(i, j int) float64 { return float64(i + j) })
	nan := math.NaN()
	for _, tc := range []struct {
		a    []float64
		c    Cost
		opt  UnbalancedOptions
		want string
	}{
		{nil, c, UnbalancedOptions{}, "a is empty"},
		{[]float64{nan, 1}, c, UnbalancedOptions{}, "a[0] is NaN"},
		{a, nil, UnbalancedOptions{}, "cost is nil"},
		{a, CostFunc(func(i, j int) float64 { return nan }), UnbalancedOptions{}, "is NaN"},
		{a, c, UnbalancedOptions{Rho: -1}, "Rho is -1"},
		{a, c, UnbalancedOptions{Rho1: math.Inf(1)}, "Rho1 is +Inf"},
		{a, c, UnbalancedOptions{Rho2: nan}, "Rho2 is NaN"},
		{a, c, UnbalancedOptions{Eps: nan}, "Eps is NaN"},
		{a, c, UnbalancedOptions{Warm: []float64{0}}, "Warm has 1"},
	} {
		if p, err := Unbalanced(t.Context(), tc.a, []float64{1, 1}, tc.c, tc.opt); p != nil || err == nil ||
			!strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "transport.Unbalanced: ") {
			t.Errorf("%s: %v, %v", tc.want, p, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := Unbalanced(ctx, a, a, c, UnbalancedOptions{}); p != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", p, err)
	}
	var short *NotConvergedError
	p, err := Unbalanced(t.Context(), a, a, c, UnbalancedOptions{MaxIter: 1})
	if p == nil || !errors.As(err, &short) || !errors.Is(err, ErrLimit) || !(p.DualityGap() > 0) {
		t.Errorf("one iteration: %v, %v", p, err)
	}
}
