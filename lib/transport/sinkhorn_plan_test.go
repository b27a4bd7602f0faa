package transport

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The plan has the form of its potentials, nearly the marginals, and a gap that
// its rounded form attains; the rounded form brackets the exact cost.
func TestSinkhornKinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, kind := range msKinds {
		a, b, x, y := msProblem(r, kind, 40, 55, 2)
		for _, cost := range []Cost{SquaredEuclidean{x, y}, Euclidean{x, y}} {
			exact, err := Exact(t.Context(), a, b, cost, ExactOptions{})
			if err != nil {
				t.Fatal(err)
			}
			scale := 0.0
			for i := range a {
				for j := range b {
					scale = max(scale, cost.At(i, j))
				}
			}
			for _, rel := range []float64{1, 0.05, 0.002} {
				tol := map[float64]float64{1: 1e-9, 0.05: 1e-6, 0.002: 1e-5}[rel] // the rate falls with ε
				p, err := Sinkhorn(t.Context(), a, b, cost, SinkhornOptions{RelEps: rel, Tol: tol})
				if err != nil {
					t.Fatalf("%s, %T, ε = %v of the mean: %v", kind, cost, rel, err)
				}
				f, g := p.Potentials()
				rows, off := make([]float64, len(a)), 0.0
				columns := make([]float64, len(b))
				for i := range a {
					for j := range b {
						v := a[i] * b[j] * math.Exp((f[i]+g[j]-cost.At(i, j))/p.Eps())
						if math.Abs(v-p.At(i, j)) > 1e-7*v+1e-18 {
							t.Fatalf("%s, %T, ε = %v: P[%d,%d] = %v, want %v by its potentials", kind, cost, p.Eps(), i, j, p.At(i, j), v)
						}
						rows[i] += p.At(i, j)
						columns[j] += p.At(i, j)
					}
				}
				for i, v := range rows {
					off += math.Abs(v - a[i])
				}
				for j, v := range columns {
					off += math.Abs(v - b[j])
				}
				if off > 1.1*tol || math.Abs(off-p.MarginalError()) > 1e-12 {
					t.Errorf("%s: the marginals are off by %v, MarginalError says %v", kind, off, p.MarginalError())
				}
				q := p.Round()
				if e := q.MarginalError(); e > 1e-13 {
					t.Errorf("%s: the rounded plan's marginals are off by %v", kind, e)
				}
				gapTol := tol*100*scale + 1e-30
				tol = 1e-10 * scale
				if gap := p.DualityGap(); gap < -tol || gap > gapTol {
					t.Errorf("%s: the gap is %v", kind, gap)
				}
				if q.Cost() < exact.Cost()-tol || q.Cost()-q.DualityGap() > exact.Cost()+tol || q.DualityGap() < -tol {
					t.Errorf("%s: rounded cost %v, gap %v, exact cost %v", kind, q.Cost(), q.DualityGap(), exact.Cost())
				}
				if rel < 0.01 && q.Cost()-exact.Cost() > 0.02*scale {
					t.Errorf("%s: at small ε the cost is %v, exact %v", kind, q.Cost(), exact.Cost())
				}
			}
		}
	}
}

func TestSinkhornSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	a, b, x, y := msProblem(r, "weights", 300, 250, 2)
	for _, table := range []int{0, 1} { // with a matrix and without
		var first float64
		for _, procs := range []int{1, 8} {
			old := runtime.GOMAXPROCS(procs)
			p, err := Sinkhorn(t.Context(), a, b, SquaredEuclidean{x, y}, SinkhornOptions{Table: table})
			runtime.GOMAXPROCS(old)
			if err != nil {
				t.Fatal(err)
			}
			if procs == 1 {
				first = p.Value()
			} else if p.Value() != first {
				t.Errorf("8 processors give %v, 1 gives %v", p.Value(), first)
			}
		}
	}
}

// What forbidden pairs leave no choice about.
func TestSinkhornForced(t *testing.T) {
	inf := math.Inf(1)
	c := MatrixCost{mat.NewDense(2, 2, []float64{1, inf, 2, 3})}
	p, err := Sinkhorn(t.Context(), []float64{0.25, 0.75}, []float64{0.5, 0.5}, c, SinkhornOptions{Eps: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.25, 0, 0.25, 0.5} {
		if got := p.At(i/2, i%2); math.Abs(got-want) > 1e-9 {
			t.Errorf("P[%d,%d] = %v, want %v", i/2, i%2, got, want)
		}
	}
	_, err = Sinkhorn(t.Context(), []float64{0.75, 0.25}, []float64{0.5, 0.5}, c, SinkhornOptions{Eps: 0.1})
	var missing *InfeasibleError
	if !errors.As(err, &missing) {
		t.Errorf("no way for a quarter: %v", err)
	}
}

func TestSinkhornStopped(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	a, b, x, y := msProblem(r, "weights", 200, 200, 2)
	p, err := Sinkhorn(t.Context(), a, b, SquaredEuclidean{x, y}, SinkhornOptions{RelEps: 1e-3, MaxIter: 20})
	var short *NotConvergedError
	if !errors.As(err, &short) || !errors.Is(err, ErrLimit) || p == nil || !(short.Residual > 1e-9) || !(p.MarginalError() > 1e-9) {
		t.Fatalf("plan %v, error %v", p != nil, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sinkhorn(ctx, a, b, SquaredEuclidean{x, y}, SinkhornOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestSinkhornRefuses(t *testing.T) {
	half := []float64{0.5, 0.5}
	c := MatrixCost{mat.NewDense(2, 2, []float64{0, 1, 1, 0})}
	nan := MatrixCost{mat.NewDense(2, 2, []float64{0, 1, math.NaN(), 0})}
	for name, f := range map[string]func() (*Plan, error){
		"NaN price":     func() (*Plan, error) { return Sinkhorn(t.Context(), half, half, nan, SinkhornOptions{}) },
		"negative mass": func() (*Plan, error) { return Sinkhorn(t.Context(), []float64{1.5, -0.5}, half, c, SinkhornOptions{}) },
		"empty":         func() (*Plan, error) { return Sinkhorn(t.Context(), nil, nil, c, SinkhornOptions{}) },
		"unbalanced":    func() (*Plan, error) { return Sinkhorn(t.Context(), []float64{1, 1}, half, c, SinkhornOptions{}) },
		"Eps":           func() (*Plan, error) { return Sinkhorn(t.Context(), half, half, c, SinkhornOptions{Eps: -1}) },
		"Tol":           func() (*Plan, error) { return Sinkhorn(t.Context(), half, half, c, SinkhornOptions{Tol: math.NaN()}) },
		"Warm":          func() (*Plan, error) { return Sinkhorn(t.Context(), half, half, c, SinkhornOptions{Warm: half[:1]}) },
		"Scaling":       func() (*Plan, error) { return Sinkhorn(t.Context(), half, half, c, SinkhornOptions{Scaling: 0.5}) },
	} {
		if p, err := f(); err == nil || p != nil {
			t.Errorf("%s: plan %v, error %v", name, p != nil, err)
		}
	}
}

// A forbidden pair is seen in any row, with a table and without.
func TestSinkhornForbiddenLate(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	a, b, x, y := msProblem(r, "weights", 60, 50, 2)
	c := CostFunc(func(i, j int) float64 {
		if i == 41 && j > 10 {
			return math.Inf(1)
		}
		return squaredDistance(x, y, i, j)
	})
	var plans [2]*Plan
	for k := range plans {
		var err error
		if plans[k], err = Sinkhorn(t.Context(), a, b, c, SinkhornOptions{Eps: 0.05, Table: k}); err != nil {
			t.Fatal(err)
		}
		checkEntropic(t, "late", plans[k], c, 1.1e-9)
	}
	if v, w := plans[0].Value(), plans[1].Value(); math.Abs(v-w) > 1e-10 {
		t.Errorf("with a table %v, without %v", v, w)
	}
}
