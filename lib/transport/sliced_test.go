package transport

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func rowsOf(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		m.SetRow(i, r)
	}
	return m
}

func normals(seed uint64, n, d int) *mat.Dense {
	m := mat.NewDense(n, d, nil)
	rng.New(seed).Normal(m.RawMatrix().Data)
	return m
}

func TestReferenceSliced(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/sliced.json", "sliced_") {
		var in struct {
			X, Y, Projections [][]float64
			P                 float64
		}
		var want struct {
			Distance float64
			Each     []float64 `json:"per_projection_pow_p"`
			Max      float64   `json:"max_sliced_over_given"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		x, y := rowsOf(in.X), rowsOf(in.Y)
		equal := make([]float64, len(in.X)) // takes the other path
		for i := range equal {
			equal[i] = 2
		}
		for _, w := range [][]float64{nil, equal} {
			r, err := SlicedWasserstein(context.Background(), in.P, x, w, y, w, 0, rng.Key{}, SlicedOptions{Directions: rowsOf(in.Projections)})
			if err != nil {
				t.Fatal(err)
			}
			reftest.Near(t, c.ID, r.Distance().Value, want.Distance, c.RTol, c.ATol)
			for k, w := range r.Each {
				reftest.Near(t, c.ID, math.Pow(w, in.P), want.Each[k], c.RTol, c.ATol)
			}
			w, _ := r.Max()
			reftest.Near(t, c.ID, math.Pow(w, in.P), want.Max, c.RTol, c.ATol)
		}
	}
}

// Along any direction the distance of x and x + v is |θ·v|, and the mean square of
// that is |v|²/d.
func TestSlicedShift(t *testing.T) {
	const n, d = 300, 3
	x := normals(1, n, d)
	y := mat.NewDense(n, d, nil)
	shift := []float64{.3, -.4, 1.2}
	for i := range n {
		floats.AddTo(y.RawRowView(n-1-i), x.RawRowView(i), shift)
	}
	for _, p := range []float64{1, 2, 3} {
		for _, orthogonal := range []bool{false, true} {
			r, err := SlicedWasserstein(context.Background(), p, x, nil, y, nil, 600, rng.New(5), SlicedOptions{Orthogonal: orthogonal})
			if err != nil {
				t.Fatal(err)
			}
			for k, w := range r.Each {
				theta := r.Directions.RawRowView(k)
				reftest.Near(t, "length", floats.Norm(theta, 2), 1, 1e-14, 0)
				reftest.Near(t, "along a direction", w, math.Abs(floats.Dot(theta, shift)), 1e-12, 1e-14)
			}
			// E|θ·v|^p on the sphere in space is |v|^p/(p+1).
			want := math.Pow(1.3, p) / (p + 1)
			power, dist := r.Power(), r.Distance()
			if off := math.Abs(power.Value - want); off > 4*power.StdErr+1e-13 {
				t.Errorf("p = %v: mean power %v, want %v", p, power, want)
			}
			reftest.Near(t, "root", dist.Value, math.Pow(power.Value, 1/p), 1e-13, 0)
			// The error of the root, by a difference.
			const h = 1e-6
			slope := (math.Pow(power.Value+h, 1/p) - math.Pow(power.Value-h, 1/p)) / (2 * h)
			reftest.Near(t, "standard error", dist.StdErr, slope*power.StdErr, 1e-8, 1e-15)
			if orthogonal && p == 2 && power.StdErr > 1e-14 {
				t.Errorf("three orthogonal squares add up to |v|², and the error is %v", power.StdErr)
			}
			if orthogonal {
				for k := 0; k < 600; k += d {
					if dot := floats.Dot(r.Directions.RawRowView(k), r.Directions.RawRowView(k+2)); math.Abs(dot) > 1e-14 {
						t.Fatalf("directions %d and %d: %v", k, k+2, dot)
					}
				}
			}
		}
	}
}

// The standard error is that of many estimates.
func TestSlicedError(t *testing.T) {
	x, y := normals(1, 40, 2), normals(2, 30, 2)
	for i := range 30 {
		y.Set(i, 0, y.At(i, 0)*2)
	}
	for _, opt := range []SlicedOptions{{}, {Orthogonal: true}} {
		var values []float64
		var se float64
		const repeats = 200
		for i := range uint64(repeats) {
			r, err := SlicedWasserstein(context.Background(), 2, x, nil, y, nil, 20, rng.New(9).Fold(i), opt)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, r.Power().Value)
			se += r.Power().StdErr / repeats
		}
		mean := floats.Sum(values) / repeats
		var squares float64
		for _, v := range values {
			squares += (v - mean) * (v - mean)
		}
		// A standard deviation from 200 values is known to 5%.
		reftest.Near(t, "standard error", se, math.Sqrt(squares/(repeats-1)), .2, 0)
	}
}

// Weights that are whole numbers are points so many times over; and in one
// dimension every direction is the line.
func TestSlicedWeights(t *testing.T) {
	x, y := normals(3, 20, 4), normals(4, 30, 4)
	w := make([]float64, 20)
	var rows []int
	for i := range w {
		w[i] = float64(1 + i%3)
		for range 1 + i%3 {
			rows = append(rows, i)
		}
	}
	many := mat.NewDense(len(rows), 4, nil)
	for k, i := range rows {
		many.SetRow(k, x.RawRowView(i))
	}
	a, err1 := SlicedWasserstein(context.Background(), 1.5, x, w, y, nil, 8, rng.New(1), SlicedOptions{})
	b, err2 := SlicedWasserstein(context.Background(), 1.5, many, nil, y, nil, 8, rng.New(1), SlicedOptions{})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	for k := range a.Each {
		reftest.Near(t, "weights", a.Each[k], b.Each[k], 1e-13, 0)
	}
	u, v := normals(5, 50, 1), normals(6, 50, 1)
	r, err := SlicedWasserstein(context.Background(), 2, u, nil, v, nil, 1, rng.New(1), SlicedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Wasserstein1D(2, u.RawMatrix().Data, nil, v.RawMatrix().Data, nil)
	reftest.Near(t, "on the line", r.Distance().Value, want, 1e-14, 0)
	if se := r.Distance().StdErr; err != nil || !math.IsInf(se, 1) {
		t.Errorf("one direction has the error %v, %v", se, err)
	}
}

// Small and large numbers, and what doesn't differ.
func TestSlicedScales(t *testing.T) {
	for _, scale := range []float64{1e-300, 1e-160, 1e300} {
		x, y := normals(1, 40, 3), normals(2, 40, 3)
		r, err := SlicedWasserstein(context.Background(), 2, x, nil, y, nil, 5, rng.New(1), SlicedOptions{})
		x.Scale(scale, x)
		y.Scale(scale, y)
		s, err2 := SlicedWasserstein(context.Background(), 2, x, nil, y, nil, 5, rng.New(1), SlicedOptions{})
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		a, b := r.Distance(), s.Distance()
		reftest.Near(t, "scaled", b.Value, a.Value*scale, 1e-13, 0)
		reftest.Near(t, "scaled error", b.StdErr, a.StdErr*scale, 1e-12, 0)
		same, err := SlicedWasserstein(context.Background(), 2, x, nil, x, nil, 5, rng.New(1), SlicedOptions{})
		if d := same.Distance(); err != nil || d.Value != 0 || d.StdErr != 0 {
			t.Errorf("distance to itself: %v, %v", d, err)
		}
	}
	// Much closer to each other than they are far apart.
	x := mat.NewDense(2, 1, []float64{0, 1e180})
	y := mat.NewDense(2, 1, []float64{3e-5, 1e180})
	r, err := SlicedWasserstein(context.Background(), 2, x, nil, y, nil, 1, rng.New(1), SlicedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "close", r.Distance().Value, 3e-5/math.Sqrt2, 1e-14, 0)
}

func TestSlicedSameBits(t *testing.T) {
	x, y := normals(1, 3000, 5), normals(2, 3000, 5)
	var results [2][]float64
	for i, procs := range []int{1, 8} {
		old := runtime.GOMAXPROCS(procs)
		r, err := SlicedWasserstein(context.Background(), 2, x, nil, y, nil, 21, rng.New(1), SlicedOptions{})
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		results[i] = r.Each
	}
	if !slices.Equal(results[0], results[1]) {
		t.Error("bits depend on the number of processors")
	}
	r, err := SlicedWasserstein(context.Background(), 2, x, nil, y, nil, 7, rng.New(1), SlicedOptions{})
	if err != nil || !slices.Equal(r.Each, results[0][:7]) {
		t.Error("a direction depends on how many there are", err)
	}
}

// ended is a context that ends after it was looked at some times.
type ended struct {
	context.Context
	left int
}

func (e *ended) Err() error {
	if e.left--; e.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestSlicedCancelled(t *testing.T) {
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	x, y := normals(1, 100, 2), normals(2, 100, 2)
	whole, err := SlicedWasserstein(context.Background(), 2, x, nil, y, nil, 9, rng.New(1), SlicedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 4} {
		r, err := SlicedWasserstein(&ended{context.Background(), n}, 2, x, nil, y, nil, 9, rng.New(1), SlicedOptions{})
		var stopped *NotConvergedError
		if !errors.As(err, &stopped) || !errors.Is(err, context.Canceled) || stopped.Iterations != n {
			t.Errorf("after %d directions: %v", n, err)
		}
		if n == 0 && r != nil || n > 0 && !slices.Equal(r.Each, whole.Each[:n]) {
			t.Errorf("after %d directions: %+v", n, r)
		}
	}
}

func TestSlicedErrors(t *testing.T) {
	x, y := normals(1, 4, 2), normals(2, 4, 2)
	nan := mat.NewDense(1, 2, []float64{0, math.NaN()})
	inf := mat.NewDense(1, 2, []float64{math.Inf(1), 0})
	huge := mat.NewDense(1, 2, []float64{1.7e308, 1.7e308})
	low := mat.NewDense(1, 2, []float64{-1.7e308, -1.7e308})
	one := []float64{1, 1, 1, 1}
	for name, tc := range map[string]struct {
		p   float64
		x   mat.Matrix
		xw  []float64
		y   mat.Matrix
		yw  []float64
		n   int
		opt SlicedOptions
	}{
		"p < 1":       {p: .5, x: x, y: y, n: 1},
		"p NaN":       {p: math.NaN(), x: x, y: y, n: 1},
		"p infinite":  {p: math.Inf(1), x: x, y: y, n: 1},
		"nil x":       {p: 1, y: y, n: 1},
		"empty y":     {p: 1, x: x, y: new(mat.Dense), n: 1},
		"dimensions":  {p: 1, x: x, y: normals(1, 4, 3), n: 1},
		"NaN":         {p: 1, x: nan, y: y, n: 1},
		"Inf":         {p: 1, x: x, y: inf, n: 1},
		"overflow":    {p: 1, x: huge, y: huge, opt: SlicedOptions{Directions: mat.NewDense(1, 2, []float64{.6, .8})}},
		"overflow, w": {p: 1, x: huge, y: x, opt: SlicedOptions{Directions: mat.NewDense(1, 2, []float64{.6, .8})}},
		"far":         {p: 2, x: huge, y: low, opt: SlicedOptions{Directions: mat.NewDense(1, 2, []float64{1, 0})}},
		"none":        {p: 1, x: x, y: y},
		"negative":    {p: 1, x: x, y: y, n: -1},
		"orthogonal":  {p: 1, x: x, y: y, n: 3, opt: SlicedOptions{Orthogonal: true}},
		"both":        {p: 1, x: x, y: y, n: 1, opt: SlicedOptions{Orthogonal: true, Directions: mat.NewDense(1, 2, []float64{1, 0})}},
		"length":      {p: 1, x: x, y: y, n: 1, opt: SlicedOptions{Directions: mat.NewDense(1, 2, []float64{1, 1})}},
		"length NaN":  {p: 1, x: x, y: y, n: 1, opt: SlicedOptions{Directions: nan}},
		"given":       {p: 1, x: x, y: y, n: 2, opt: SlicedOptions{Directions: mat.NewDense(1, 2, []float64{1, 0})}},
		"given in 3":  {p: 1, x: x, y: y, n: 1, opt: SlicedOptions{Directions: mat.NewDense(1, 3, []float64{1, 0, 0})}},
		"weights":     {p: 1, x: x, xw: one[:3], y: y, n: 1},
		"weight < 0":  {p: 1, x: x, xw: []float64{1, 1, -1, 1}, y: y, n: 1},
		"unbalanced":  {p: 1, x: x, xw: one, y: y, yw: []float64{1, 1, 1, 2}, n: 1},
	} {
		r, err := SlicedWasserstein(context.Background(), tc.p, tc.x, tc.xw, tc.y, tc.yw, tc.n, rng.New(1), tc.opt)
		if err == nil || r != nil {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		var un *UnbalancedError
		if errors.As(err, &un) != (name == "unbalanced") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkSliced(b *testing.B) {
	x, y := normals(1, 100_000, 3), normals(2, 100_000, 3)
	for b.Loop() {
		if _, err := SlicedWasserstein(context.Background(), 2, x, nil, y, nil, 50, rng.New(1), SlicedOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
