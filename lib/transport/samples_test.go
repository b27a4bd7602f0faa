package transport

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Every sort of spread: none, a few values, one scale, all scales, a heavy tail,
// clusters, numbers whose difference overflows or all but vanishes, and what is
// sorted already.
func TestSortItems(t *testing.T) {
	const n = 20000
	u := make([]float64, n)
	rng.New(6).Uniform(u)
	for name, f := range map[string]func(i int) float64{
		"equal":      func(int) float64 { return 3 },
		"zeros":      func(i int) float64 { return math.Copysign(0, u[i]-.5) },
		"few values": func(i int) float64 { return math.Floor(8*u[i]) - 4 },
		"one scale":  func(i int) float64 { return u[i] - .5 },
		"all scales": func(i int) float64 { return math.Copysign(math.Exp(1400*u[i]-700), u[(i+1)%n]-.5) },
		"heavy tail": func(i int) float64 { return math.Tan(math.Pi * (u[i] - .5)) },
		"largest":    func(i int) float64 { return math.Copysign(math.MaxFloat64*u[i], u[(i+1)%n]-.5) },
		"smallest":   func(i int) float64 { return math.Floor(1e4*u[i]) * math.SmallestNonzeroFloat64 },
		"nested":     func(i int) float64 { return math.Copysign(math.Pow(1e-9, float64(i%7))*u[i], u[(i+1)%n]-.5) },
		"clusters":   func(i int) float64 { return float64(i%3) - 1 + 1e-13*u[i] },
		"sorted":     func(i int) float64 { return float64(i) },
		"backwards":  func(i int) float64 { return -float64(i) },
	} {
		for _, n := range []int{0, 1, 2, fewItems, fewItems + 1, 300, n} {
			s, want := make([]item[int], n), make([]item[int], n)
			for i := range s {
				s[i] = item[int]{i, f(i)}
			}
			copy(want, s)
			slices.SortStableFunc(want, func(a, b item[int]) int {
				switch x, y := f(a.tag), f(b.tag); {
				case x < y:
					return -1
				case x > y:
					return 1
				}
				return 0
			})
			sortItems(new(workspace), s, make([]item[int], n))
			if !slices.Equal(s, want) {
				t.Errorf("%s: %d items aren't sorted stably", name, n)
			}
		}
	}
}

// Masses that agree but for rounding leave nothing to move far, and masses that
// are as small as rounding are moved all the same.
func TestRoundingOfMasses(t *testing.T) {
	for _, p := range []float64{1, 2, 50, math.Inf(1)} {
		w, err := Wasserstein1D(p, []float64{0, 0, 1}, []float64{.1, .2, .7}, []float64{0, 1}, []float64{.3, .7})
		if w != 0 || err != nil {
			t.Errorf("p = %v: the same, split: %v, %v", p, w, err)
		}
		w, err = Wasserstein1D(p, []float64{0, 1e-3, 1}, []float64{.1, .2, .7}, []float64{0, 1}, []float64{.3, .7})
		if w > 1e-3 || err != nil {
			t.Errorf("p = %v: %v, %v", p, w, err)
		}
	}
	w, err := Wasserstein1D(1, []float64{0, 1e20}, []float64{1, 1e-20}, []float64{0, 3e20}, []float64{1, 1e-20})
	if err != nil {
		t.Error(err)
	}
	reftest.Near(t, "little mass, far", w, 2, 1e-15, 0)
	w, err = Wasserstein1D(1, []float64{-1e20, 0}, []float64{1e-20, 1}, []float64{0, 1e20}, []float64{1, 1e-20})
	if err != nil {
		t.Error(err)
	}
	reftest.Near(t, "little mass on either side", w, 2, 1e-15, 0)
	// Subnormal masses and distances.
	w, err = Wasserstein1D(2, []float64{0, 1}, []float64{1e-310, 1e-310}, []float64{1, 2}, []float64{1, 1e0})
	if err == nil {
		t.Errorf("masses 2e-310 and 2: %v, no error", w)
	}
	w, err = Wasserstein1D(2, []float64{0}, nil, []float64{math.SmallestNonzeroFloat64}, nil)
	if w != math.SmallestNonzeroFloat64 || err != nil {
		t.Errorf("the smallest distance: %v, %v", w, err)
	}
}

// Samples large enough to be sorted side by side give the same bits on one
// processor, and errors of either are found.
func TestLargeSamples(t *testing.T) {
	const n = 20001
	x, y, w := make([]float64, n), make([]float64, n), make([]float64, n)
	rng.New(1).Normal(x)
	rng.New(3).Uniform(w)
	for i := range x {
		y[(i*7)%n] = x[i] + .25 // 7 and n share no factor
	}
	got, err := Wasserstein1D(2, x, nil, y, nil)
	if err != nil {
		t.Error(err)
	}
	reftest.Near(t, "a shift", got, .25, 1e-13, 0)
	weights := make([]float64, n)
	for i := range w {
		weights[(i*7)%n] = w[i]
	}
	got, err = Wasserstein1D(1, x, w, y, weights)
	if err != nil {
		t.Error(err)
	}
	reftest.Near(t, "a shift with weights", got, .25, 1e-13, 0)
	for _, procs := range []int{1, 8} {
		old := runtime.GOMAXPROCS(procs)
		again, err := Wasserstein1D(1, x, w, y, weights)
		runtime.GOMAXPROCS(old)
		if err != nil || again != got {
			t.Errorf("on %d processors %v, not %v, %v", procs, again, got, err)
		}
	}
	y[77] = math.NaN()
	if _, err := Wasserstein1D(1, x, nil, y, nil); err == nil {
		t.Error("NaN in y: no error")
	}
}

func BenchmarkWasserstein1D(b *testing.B) {
	const n = 1_000_000
	x, y, xw, yw := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	rng.New(1).Normal(x)
	rng.New(2).Normal(y)
	rng.New(3).Uniform(xw)
	rng.New(4).Uniform(yw)
	for name, w := range map[string][2][]float64{"equal": {}, "weighted": {xw, yw}} {
		if w[0] != nil {
			var sx, sy float64
			for i := range xw {
				sx += xw[i]
				sy += yw[i]
			}
			for i := range xw {
				xw[i] /= sx
				yw[i] /= sy
			}
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Wasserstein1D(1, x, w[0], y, w[1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
