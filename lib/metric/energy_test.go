package metric

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func column(x []float64) *mat.Dense { return mat.NewDense(len(x), 1, append([]float64(nil), x...)) }

func normals(seed uint64, n, d int) *mat.Dense {
	m := mat.NewDense(n, d, nil)
	rng.New(seed).Normal(m.RawMatrix().Data)
	return m
}

func energy(t testing.TB, x mat.Matrix, xw []float64, y mat.Matrix, yw []float64) float64 {
	t.Helper()
	d, err := Energy(context.Background(), x, xw, y, yw)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReferenceEnergy(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/energy.json", "energy_") {
		var in struct{ U, V, A, B []float64 }
		var want struct {
			D float64 `json:"scipy_energy_distance"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		d, err := Energy1D(in.U, in.A, in.V, in.B)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID, d, want.D, c.RTol, c.ATol)
		reftest.Near(t, c.ID, energy(t, column(in.U), in.A, column(in.V), in.B), want.D, c.RTol, c.ATol)
	}
}

// byPairs is the definition.
func byPairs(x *mat.Dense, xw []float64, y *mat.Dense, yw []float64) float64 {
	mean := func(x *mat.Dense, xw []float64, y *mat.Dense, yw []float64) (sum float64) {
		n, d := x.Dims()
		m, _ := y.Dims()
		for i := range n {
			for j := range m {
				var sq float64
				for k := range d {
					sq += math.Pow(x.At(i, k)-y.At(j, k), 2)
				}
				sum += xw[i] * yw[j] * math.Sqrt(sq)
			}
		}
		return sum
	}
	return math.Sqrt(2*mean(x, xw, y, yw) - mean(x, xw, x, xw) - mean(y, yw, y, yw))
}

// More points than a tile holds, more coordinates than the kernel takes at once.
func TestEnergyByPairs(t *testing.T) {
	for _, tc := range []struct{ n, m, d int }{{1, 1, 1}, {3, 5, 2}, {130, 257, 3}, {40, 129, 64}, {129, 30, 150}} {
		x, y := normals(1, tc.n, tc.d), normals(2, tc.m, tc.d)
		xw, yw := make([]float64, tc.n), make([]float64, tc.m)
		rng.New(3).Uniform(xw)
		rng.New(4).Uniform(yw)
		for _, w := range [][]float64{xw, yw} {
			var sum float64
			for _, v := range w {
				sum += v
			}
			for i := range w {
				w[i] /= sum
			}
		}
		want := byPairs(x, xw, y, yw)
		got := energy(t, x, xw, y, yw)
		reftest.Near(t, "energy distance", got, want, 1e-12, 0)
		if tc.d == 1 {
			continue
		}
		for i := range xw {
			xw[i] *= 3 // weights are relative
		}
		reftest.Near(t, "scaled weights", energy(t, x, xw, y, yw), got, 1e-13, 0)
		var big, far mat.Dense
		big.Scale(0x1p901, x)
		far.Scale(0x1p901, y)
		reftest.Near(t, "scaled up", energy(t, &big, xw, &far, yw)*0x1p-450, got*math.Sqrt2, 1e-13, 0)
		big.Scale(0x1p-901, x)
		far.Scale(0x1p-901, y)
		reftest.Near(t, "scaled down", energy(t, &big, xw, &far, yw)*0x1p450, got/math.Sqrt2, 1e-13, 0)
	}
	x, y := normals(5, 300, 1), normals(6, 200, 1)
	line, err := Energy1D(x.RawMatrix().Data, nil, y.RawMatrix().Data, nil)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "on the line", energy(t, x, nil, y, nil), line, 1e-12, 0)
}

// Two points at a distance d: 2d. Between N(0, 1) and N(δ, 1) the square is
// 2 E|√2 Z + δ| − 4/√π.
func TestEnergyClosedForms(t *testing.T) {
	for _, d := range []float64{5e-324, 1e-300, 1e-20, 3, 1e300} {
		got, err := Energy1D([]float64{0}, nil, []float64{d}, nil)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "two points", got, math.Sqrt2*math.Sqrt(d), 1e-14, 0)
		if d > 1e-320 {
			reftest.Near(t, "two points", energy(t, mat.NewDense(1, 2, nil), nil, mat.NewDense(1, 2, []float64{0, d}), nil), math.Sqrt2*math.Sqrt(d), 1e-14, 0)
		}
	}
	const n, delta = 4000, 1.0
	x, y := normals(1, n, 1).RawMatrix().Data, normals(2, n, 1).RawMatrix().Data
	for i := range y {
		y[i] += delta
	}
	got, err := Energy1D(x, nil, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	// E|√2 Z + δ| = 2/√π e^{−δ²/4} + δ erf(δ/2)
	want := math.Sqrt(2*(2/math.Sqrt(math.Pi)*math.Exp(-delta*delta/4)+delta*math.Erf(delta/2)) - 4/math.Sqrt(math.Pi))
	reftest.Near(t, "normals", got, want, .05, 0) // 1/√n is 0.016
}

// The same points in another order and with split weights are at no distance, and
// a small shift of them is not lost.
func TestEnergyOfTheSame(t *testing.T) {
	x, y := normals(1, 100, 3), mat.NewDense(200, 3, nil)
	yw, split := make([]float64, 200), make([]float64, 100)
	for try := range uint64(30) {
		rng.New(try).Uniform(split)
		for i, s := range split {
			y.SetRow(99-i, x.RawRowView(i))
			y.SetRow(100+(i*3)%100, x.RawRowView(i))
			yw[99-i], yw[100+(i*3)%100] = 3.7*s, 3.7*(1-s)
		}
		if d := energy(t, x, nil, y, yw); d != 0 {
			t.Errorf("the same points: %v", d)
		}
	}
	u := x.RawMatrix().Data
	v := append(append([]float64(nil), u...), u...)
	if d, err := Energy1D(u, nil, v, nil); err != nil || d > 1e-15 {
		t.Errorf("the same on the line: %v, %v", d, err)
	}
	var shifted mat.Dense
	shifted.Apply(func(_, _ int, v float64) float64 { return v + 1e-5 }, x)
	if d := energy(t, x, nil, &shifted, nil); d < 1e-7 || d > 1e-3 {
		t.Errorf("shifted: %v", d)
	}
	// That of one point, shifted by δ, is √(2δ).
	d, err := Energy1D([]float64{1e9}, nil, []float64{1e9 + 0x1p-20}, nil)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "far from 0", d, math.Sqrt(0x1p-19), 1e-15, 0)
}

func TestEnergySameBits(t *testing.T) {
	x, y := normals(1, 900, 3), normals(2, 700, 3)
	var d [2]float64
	for i, procs := range []int{1, 8} {
		old := runtime.GOMAXPROCS(procs)
		d[i] = energy(t, x, nil, y, nil)
		runtime.GOMAXPROCS(old)
	}
	if d[0] != d[1] {
		t.Errorf("%v on one processor, %v on eight", d[0], d[1])
	}
}

func TestEnergyErrors(t *testing.T) {
	ctx := context.Background()
	nan, inf := math.NaN(), math.Inf(1)
	one := []float64{1}
	for name, tc := range map[string]struct{ x, xw, y, yw []float64 }{
		"empty":     {nil, nil, one, nil},
		"empty y":   {one, nil, nil, nil},
		"NaN":       {one, nil, []float64{nan}, nil},
		"Inf":       {[]float64{inf}, nil, one, nil},
		"lengths":   {one, []float64{1, 2}, one, nil},
		"negative":  {one, nil, one, []float64{-1}},
		"weightNaN": {one, []float64{nan}, one, nil},
		"weightInf": {one, []float64{inf}, one, nil},
		"no mass":   {one, []float64{0}, one, nil},
		"mass":      {[]float64{1, 2}, []float64{1e308, 1e308}, one, nil},
	} {
		if d, err := Energy1D(tc.x, tc.xw, tc.y, tc.yw); err == nil {
			t.Errorf("%s: %v", name, d)
		}
		if tc.x != nil && tc.y != nil {
			if d, err := Energy(ctx, column(tc.x), tc.xw, column(tc.y), tc.yw); err == nil {
				t.Errorf("%s, in any dimension: %v", name, d)
			}
		}
	}
	if d, err := Energy1D([]float64{-1e308}, nil, []float64{1e308}, nil); err == nil {
		t.Errorf("range: %v", d)
	}
	for name, tc := range map[string]struct{ x, y mat.Matrix }{
		"nil":       {nil, column(one)},
		"empty":     {column(one), new(mat.Dense)},
		"dimension": {column(one), mat.NewDense(1, 2, nil)},
	} {
		if d, err := Energy(ctx, tc.x, nil, tc.y, nil); err == nil {
			t.Errorf("%s: %v", name, d)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Energy(ended, column(one), nil, column(one), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkEnergy(b *testing.B) {
	x, y := normals(1, 5000, 3), normals(2, 5000, 3)
	for b.Loop() {
		energy(b, x, nil, y, nil)
	}
}

func BenchmarkEnergy1D(b *testing.B) {
	x, y := normals(1, 1_000_000, 1).RawMatrix().Data, normals(2, 1_000_000, 1).RawMatrix().Data
	for b.Loop() {
		if _, err := Energy1D(x, nil, y, nil); err != nil {
			b.Fatal(err)
		}
	}
}
