package diffusion

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// batch reads a list of points, or of numbers.
func batch(t *testing.T, raw json.RawMessage) *mat.Dense {
	var line []float64
	if json.Unmarshal(raw, &line) == nil {
		return mat.NewDense(len(line), 1, line)
	}
	var rows [][]float64
	reftest.Decode(t, raw, &rows)
	return rowsOf(rows)
}

func TestReferenceAssignments(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/likelihood.json", "minibatch-ot/") {
		var in struct{ X0, X1 json.RawMessage }
		var want struct {
			Perm []int
			W2   float64 `json:"w2sq"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		x, y := batch(t, in.X0), batch(t, in.X1)
		p, err := OptimalCoupling{}.Couple(context.Background(), x, y, rng.Key{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Y, want.Perm) {
			t.Errorf("%s: %v, want %v", c.ID, p.Y, want.Perm)
		}
		reftest.Near(t, c.ID, p.MeanSquare(x, y), want.W2, c.RTol, c.ATol)
	}
}

func gaussians(seed uint64, n, d int) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	rng.New(seed).Normal(x.RawMatrix().Data)
	return x
}

func isPermutation(p []int) bool {
	q := slices.Clone(p)
	slices.Sort(q)
	return slices.Equal(q, counting(len(p)))
}

// Every row is used once, duplicated points and all.
func TestPermutations(t *testing.T) {
	x, y := gaussians(1, 200, 2), gaussians(2, 200, 2)
	for i := range 60 {
		x.SetRow(i, []float64{0, 0})
		y.SetRow(i+30, []float64{1, 1})
	}
	ctx := context.Background()
	best, err := OptimalCoupling{}.Couple(ctx, x, y, rng.Key{})
	if err != nil {
		t.Fatal(err)
	}
	if gap := best.Plan.DualityGap() / 200; gap > 1e-12 {
		t.Errorf("gap %g", gap)
	}
	random, err := IndependentCoupling{}.Couple(ctx, x, y, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	other, _ := IndependentCoupling{}.Couple(ctx, x, y, rng.New(2))
	if !isPermutation(best.Y) || !isPermutation(random.Y) || slices.Equal(random.Y, other.Y) {
		t.Error("not permutations, or not random")
	}
	if a, b := best.MeanSquare(x, y), random.MeanSquare(x, y); !(a < b/2) {
		t.Errorf("mean squares %v and %v", a, b)
	}
	xs, ys := best.Rows(x, y)
	if xs.At(150, 1) != x.At(150, 1) || ys.At(150, 0) != y.At(best.Y[150], 0) {
		t.Error("rows")
	}
}

// The partners follow the plan: counts against n draws of each row.
func TestEntropicCoupling(t *testing.T) {
	x, y := gaussians(1, 6, 2), gaussians(2, 4, 2)
	ctx := context.Background()
	c := EntropicCoupling{Options: transport.SinkhornOptions{Eps: 1}}
	const draws = 2000
	counts := mat.NewDense(6, 4, nil)
	var plan *transport.Plan
	for k := range uint64(draws) {
		p, err := c.Couple(ctx, x, y, rng.New(3).Fold(k))
		if err != nil {
			t.Fatal(err)
		}
		plan = p.Plan
		for i, j := range p.Y {
			counts.Set(i, j, counts.At(i, j)+1)
		}
	}
	for i := range 6 {
		for j := range 4 {
			want := plan.At(i, j) * 6
			if z := (counts.At(i, j)/draws - want) / math.Sqrt(want*(1-want)/draws); math.Abs(z) > 4.5 {
				t.Errorf("(%d, %d): %v of %d, want the part %v", i, j, counts.At(i, j), draws, want)
			}
		}
	}
	// Rows draw by themselves: of 40 in one place, about half go to either point.
	p, err := c.Couple(ctx, mat.NewDense(40, 2, nil), rowsOf([][]float64{{1, 0}, {-1, 0}}), rng.New(5))
	if err != nil {
		t.Fatal(err)
	}
	var ones int
	for _, j := range p.Y {
		ones += j
	}
	if ones < 7 || ones > 33 {
		t.Errorf("%d of 40 rows go to one of two points", ones)
	}
	// Cold, it is the optimal permutation.
	x, y = gaussians(3, 20, 2), mat.NewDense(20, 2, nil)
	for i := range 20 {
		x.Set(i, 0, x.At(i, 0)+10*float64(i%5))
		x.Set(i, 1, x.At(i, 1)+10*float64(i/5))
		y.Set(19-i, 0, 10*float64(i%5))
		y.Set(19-i, 1, 10*float64(i/5))
	}
	best, err := OptimalCoupling{}.Couple(ctx, x, y, rng.Key{})
	if err != nil {
		t.Fatal(err)
	}
	cold, err := EntropicCoupling{Options: transport.SinkhornOptions{Eps: 1}}.Couple(ctx, x, y, rng.New(1))
	if err != nil || !slices.Equal(cold.Y, best.Y) {
		t.Errorf("cold: %v, %v, want %v", cold, err, best.Y)
	}
}

func TestLabelledCoupling(t *testing.T) {
	x, y := gaussians(1, 90, 2), gaussians(2, 90, 2)
	labels, other := make([]int, 90), make([]int, 90)
	for i := range labels {
		labels[i], other[i] = i%3-1, i/30-1
	}
	ctx := context.Background()
	for _, l := range []LabelledCoupling{
		{Within: OptimalCoupling{}, X: labels},
		{Within: OptimalCoupling{}, X: labels, Y: other},
		{Within: IndependentCoupling{}, X: labels, Y: other},
	} {
		p, err := l.Couple(ctx, x, y, rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		if !isPermutation(p.X) || !isPermutation(p.Y) {
			t.Error("not a permutation")
		}
		ys := l.Y
		if ys == nil {
			ys = l.X
		}
		for k, i := range p.X {
			if labels[i] != ys[p.Y[k]] {
				t.Fatalf("row %d of label %d with %d", i, labels[i], ys[p.Y[k]])
			}
		}
	}
}

func TestCouplingErrors(t *testing.T) {
	ctx := context.Background()
	x, y := gaussians(1, 5, 2), gaussians(2, 5, 2)
	bad := mat.DenseCopyOf(y)
	bad.Set(3, 1, math.NaN())
	all := []Coupling{IndependentCoupling{}, OptimalCoupling{}, EntropicCoupling{}, LabelledCoupling{Within: OptimalCoupling{}, X: make([]int, 5)}}
	for _, c := range all {
		for name, b := range map[string][2]*mat.Dense{
			"nil": {nil, y}, "empty": {x, new(mat.Dense)}, "NaN": {x, bad}, "dimension": {x, gaussians(1, 5, 3)},
		} {
			if p, err := c.Couple(ctx, b[0], b[1], rng.New(1)); err == nil {
				t.Errorf("%T: %s: %v", c, name, p)
			}
		}
		if p, err := c.Couple(ctx, x, gaussians(1, 4, 2), rng.New(1)); (err == nil) != (p != nil) || (err == nil && len(p.Y) != 5) {
			t.Errorf("%T: fewer rows: %v, %v", c, p, err)
		}
	}
	for name, c := range map[string]Coupling{
		"labels": LabelledCoupling{Within: OptimalCoupling{}, X: []int{1}},
		"none":   LabelledCoupling{X: make([]int, 5)},
		"absent": LabelledCoupling{Within: OptimalCoupling{}, X: make([]int, 5), Y: []int{1, 1, 1, 1, 1}},
		"eps":    EntropicCoupling{Options: transport.SinkhornOptions{Eps: -1}},
	} {
		if p, err := c.Couple(ctx, x, y, rng.New(1)); err == nil {
			t.Errorf("%s: %v", name, p)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	for _, c := range []Coupling{OptimalCoupling{}, EntropicCoupling{}} {
		if _, err := c.Couple(ended, gaussians(1, 300, 2), gaussians(2, 300, 2), rng.New(1)); !errors.Is(err, context.Canceled) {
			t.Errorf("%T: cancelled: %v", c, err)
		}
	}
}
