package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// wantOptimal checks a plan by its own numbers: its marginals, that the
// potentials are feasible for every pair, and that they prove the cost.
func wantOptimal(t *testing.T, p *Plan, a, b []float64, cost Cost) {
	t.Helper()
	rows, columns := make([]float64, len(a)), make([]float64, len(b))
	value := 0.0
	scale := 0.0
	for ij, mass := range p.All() {
		if !(mass > 0) {
			t.Fatalf("mass %v of %v", mass, ij)
		}
		rows[ij.I] += mass
		columns[ij.J] += mass
		value += mass * cost.At(ij.I, ij.J)
	}
	for i := range a {
		if math.Abs(rows[i]-a[i]) > 1e-12 {
			t.Fatalf("row %d sums to %v, want %v", i, rows[i], a[i])
		}
	}
	for j := range b {
		if math.Abs(columns[j]-b[j]) > 1e-12 {
			t.Fatalf("column %d sums to %v, want %v", j, columns[j], b[j])
		}
	}
	f, g := p.Potentials()
	for i := range a {
		for j := range b {
			c := cost.At(i, j)
			if math.IsInf(c, 1) {
				continue
			}
			scale = max(scale, math.Abs(c))
			if tol := 1e-12 * (math.Abs(f[i]) + math.Abs(g[j]) + scale); f[i]+g[j] > c+tol {
				t.Fatalf("f[%d] + g[%d] = %v > C = %v", i, j, f[i]+g[j], c)
			}
		}
	}
	dual := 0.0
	for i, v := range f {
		dual += v * a[i]
	}
	for j, v := range g {
		dual += v * b[j]
	}
	if tol := 1e-11*scale + 1e-40; math.Abs(value-dual) > tol || math.Abs(p.Cost()-value) > tol || math.Abs(p.DualityGap()) > tol {
		t.Fatalf("cost %v and %v, dual %v, gap %v, scale %v", p.Cost(), value, dual, p.DualityGap(), scale)
	}
}

func TestMultiscaleAwkward(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, kind := range msKinds {
		for k := range 60 {
			n, m, d := 1+r.IntN(60), 1+r.IntN(60), 1+r.IntN(4)
			if k%3 == 0 {
				m = n
			}
			if k%10 == 0 {
				n, m = 150+r.IntN(200), 150+r.IntN(200)
			}
			a, b, x, y := msProblem(r, kind, n, m, d)
			for _, cost := range []Cost{SquaredEuclidean{x, y}, Euclidean{x, y}} {
				p, err := Multiscale(t.Context(), a, b, cost, MultiscaleOptions{})
				if err != nil {
					t.Fatalf("%s: %d × %d in %d dimensions, %T: %v", kind, n, m, d, cost, err)
				}
				wantOptimal(t, p, a, b, cost)
				q, err := Solve(t.Context(), a, b, cost, SolveOptions{})
				if err != nil {
					t.Fatalf("%s: Solve of %d × %d in %d dimensions, %T: %v", kind, n, m, d, cost, err)
				}
				wantOptimal(t, q, a, b, cost)
			}
		}
	}
}

func TestMultiscaleSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	a, b, x, y := msProblem(r, "weights", 3000, 2500, 2)
	var first string
	for _, procs := range []int{1, 8} {
		old := runtime.GOMAXPROCS(procs)
		p, err := Multiscale(t.Context(), a, b, SquaredEuclidean{x, y}, MultiscaleOptions{})
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		f, g := p.Potentials()
		s := fmt.Sprintf("%b %b %b %d", f, g, p.Cost(), p.Pivots())
		for ij, mass := range p.All() {
			s += fmt.Sprintf(" %v %b", ij, mass)
		}
		if first == "" {
			first = s
		} else if s != first {
			t.Error("8 processors give another plan than 1")
		}
	}
}

func TestMultiscaleStopped(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	a, b, x, y := msProblem(r, "weights", 2000, 2000, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		opt  MultiscaleOptions
		want error
	}{
		{ctx, MultiscaleOptions{}, context.Canceled},
		{t.Context(), MultiscaleOptions{MaxPivots: 50}, ErrLimit},
		{t.Context(), MultiscaleOptions{MaxPivots: 3000}, ErrLimit},
	} {
		p, err := Multiscale(c.ctx, a, b, SquaredEuclidean{x, y}, c.opt)
		var stopped *StoppedError
		if !errors.As(err, &stopped) || !errors.Is(err, c.want) || p == nil {
			t.Fatalf("%+v: plan %v, error %v", c.opt, p != nil, err)
		}
		rows := make([]float64, len(a))
		for ij, mass := range p.All() {
			rows[ij.I] += mass
		}
		for i, v := range rows {
			if math.Abs(v-a[i]) > 1e-12 {
				t.Fatalf("%+v: row %d of the plan so far sums to %v, want %v", c.opt, i, v, a[i])
			}
		}
		best, err := Exact(t.Context(), a, b, SquaredEuclidean{x, y}, ExactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if gap := p.DualityGap(); p.Cost()-gap > best.Cost()+1e-12 || p.Cost() < best.Cost()-1e-12 || !(gap > 1e-9) {
			t.Errorf("%+v: cost %v with the gap %v, the least is %v", c.opt, p.Cost(), gap, best.Cost())
		}
	}
}

func TestMultiscaleRefuses(t *testing.T) {
	x := mat.NewDense(2, 1, []float64{0, 1})
	nan := mat.NewDense(2, 1, []float64{0, math.NaN()})
	half := []float64{0.5, 0.5}
	for name, c := range map[string]struct {
		a, b []float64
		cost Cost
	}{
		"a matrix":      {half, half, MatrixCost{mat.NewDense(2, 2, nil)}},
		"nil":           {half, half, nil},
		"NaN":           {half, half, SquaredEuclidean{x, nan}},
		"no points":     {half, half, SquaredEuclidean{}},
		"three masses":  {[]float64{0.5, 0.25, 0.25}, half, SquaredEuclidean{x, x}},
		"negative mass": {[]float64{1.5, -0.5}, half, SquaredEuclidean{x, x}},
		"unbalanced":    {[]float64{1, 1}, half, SquaredEuclidean{x, x}},
		"empty":         {nil, nil, SquaredEuclidean{x, x}},
	} {
		if p, err := Multiscale(t.Context(), c.a, c.b, c.cost, MultiscaleOptions{}); err == nil || p != nil {
			t.Errorf("%s: plan %v, error %v", name, p != nil, err)
		}
		if name == "a matrix" {
			continue
		}
		if p, err := Solve(t.Context(), c.a, c.b, c.cost, SolveOptions{}); err == nil || p != nil {
			t.Errorf("Solve, %s: plan %v, error %v", name, p != nil, err)
		}
	}
}
