package transport

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

func TestReferenceSinkhornDivergence(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropic.json", "sinkdiv_") {
		var in struct {
			X, Y [][]float64
			Eps  float64
		}
		var want struct {
			Divergence float64
			Cost       *float64 `json:"divergence_transport_cost_only"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		d, err := SinkhornDivergence(t.Context(), nil, matrix(in.X), nil, matrix(in.Y), SinkhornOptions{Eps: in.Eps})
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID, d.Value(), want.Divergence, c.RTol, c.ATol)
		if want.Cost != nil {
			reftest.Near(t, c.ID+": costs", d.XY.Cost()-(d.XX.Cost()+d.YY.Cost())/2, *want.Cost, c.RTol, c.ATol)
		}
	}
}

// It is positive, symmetric, zero for one measure in any order of its points,
// and its gradient is that of differences.
func TestSinkhornDivergenceLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, eps := range []float64{1, .1, .01} {
		x, a := entCloud(r, 9, 1)
		y, b := entCloud(r, 6, 1)
		opt := SinkhornOptions{Eps: eps, Tol: 1e-12}
		at := func(x *mat.Dense) *Divergence {
			d, err := SinkhornDivergence(t.Context(), a, x, b, y, opt)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := at(x)
		if !(d.Value() > 1e-4) {
			t.Errorf("divergence %v", d.Value())
		}
		back, err := SinkhornDivergence(t.Context(), b, y, a, x, opt)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "symmetry", back.Value(), d.Value(), 1e-10, 0)
		for _, self := range []*Plan{d.XX, d.YY} {
			checkEntropic(t, "to itself", self, self.cost, 1e-11)
		}
		var grad mat.Dense
		d.Gradient(&grad)
		const h = 1e-4
		for _, i := range []int{0, 5} {
			for k := range 2 {
				moved := mat.DenseCopyOf(x)
				moved.Set(i, k, x.At(i, k)+h)
				up := at(moved).Value()
				moved.Set(i, k, x.At(i, k)-h)
				reftest.Near(t, "gradient", grad.At(i, k), (up-at(moved).Value())/(2*h), 1e-4, 1e-7)
			}
		}
		// One measure, its points turned round and one of them split.
		n := len(a)
		turned, w := mat.NewDense(n+1, 2, nil), make([]float64, n+1)
		for i := range n {
			turned.SetRow(n-1-i, x.RawRowView(i))
			w[n-1-i] = a[i]
		}
		turned.SetRow(n, x.RawRowView(3))
		w[n], w[n-1-3] = a[3]/3, a[3]*2/3
		same, err := SinkhornDivergence(t.Context(), a, x, w, turned, opt)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "to itself", same.Value(), 0, 0, 1e-14)
	}
}

func TestSinkhornDivergenceErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x, a := entCloud(r, 30, 1)
	y, _ := entCloud(r, 20, 1)
	bad := mat.NewDense(20, 2, nil)
	bad.Set(3, 1, math.NaN())
	for _, tc := range []struct {
		a, b []float64
		y    mat.Matrix
		want string
	}{
		{a, nil, nil, "nil points"},
		{[]float64{.5, .5}, nil, y, "want 2 and 20"},
		{a, nil, mat.NewDense(20, 3, nil), "dimensions 2 and 3"},
		{a, nil, bad, "is NaN"},
		{a, a, y, "30"},
	} {
		if d, err := SinkhornDivergence(t.Context(), tc.a, x, tc.b, tc.y, SinkhornOptions{}); d != nil || err == nil ||
			!strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "transport.SinkhornDivergence: ") {
			t.Errorf("%s: %v, %v", tc.want, d, err)
		}
	}
	var short *NotConvergedError
	d, err := SinkhornDivergence(t.Context(), nil, x, nil, y, SinkhornOptions{Eps: .001, MaxIter: 5})
	if d == nil || !errors.As(err, &short) || d.XX == nil || d.YY == nil || math.IsNaN(d.Value()) {
		t.Errorf("cut short: %v, %v", d, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d, err := SinkhornDivergence(ctx, nil, x, nil, y, SinkhornOptions{}); d != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", d, err)
	}
}

// The barycentric map, of a permutation, of equal points, and of sources without
// mass; and the entropic map agrees with it at the points, in place too.
func TestBarycentric(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x, a := entCloud(r, 12, 1)
	y, b := entCloud(r, 10, 1)
	a[1] += a[4]
	a[4] = 0
	for _, euclidean := range []bool{false, true} {
		var c Cost = SquaredEuclidean{x, y}
		if euclidean {
			c = Euclidean{x, y}
		}
		p, err := Sinkhorn(t.Context(), a, b, c, SinkhornOptions{Eps: .05})
		if err != nil {
			t.Fatal(err)
		}
		var got mat.Dense
		p.Barycentric(&got, y)
		m, err := p.EntropicMap()
		if err != nil {
			t.Fatal(err)
		}
		moved := mat.DenseCopyOf(x)
		m.Apply(moved, moved)
		for i := range a {
			for k := range 2 {
				reftest.Near(t, "entropic map", moved.At(i, k), got.At(i, k), 1e-9, 0)
				if a[i] == 0 {
					continue
				}
				want := 0.0
				for j := range b {
					want += p.At(i, j) * y.At(j, k) / a[i]
				}
				reftest.Near(t, "barycentric", got.At(i, k), want, 1e-8, 0)
			}
		}
	}
	c := SquaredEuclidean{x, y}
	p, err := Exact(t.Context(), a, b, c, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got mat.Dense
	p.Barycentric(&got, y)
	_, g := p.Potentials()
	best, least := 0, math.Inf(1)
	for j := range b {
		if v := c.At(4, j) - g[j]; v < least {
			best, least = j, v
		}
	}
	reftest.Near(t, "no mass", got.At(4, 0), y.At(best, 0), 0, 0)
	want := 0.0
	for j := range b {
		want += p.At(0, j) * y.At(j, 1) / a[0]
	}
	reftest.Near(t, "exact", got.At(0, 1), want, 1e-12, 0)
	if _, err := p.EntropicMap(); err == nil {
		t.Error("an exact plan has an entropic map")
	}
	defer func() {
		if recover() == nil {
			t.Error("points of the wrong number pass")
		}
	}()
	p.Barycentric(&got, x)
}
