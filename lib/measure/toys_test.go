package measure

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func TestToys(t *testing.T) {
	const n = 40000
	for name, m := range map[string]Measure{"roll": SwissRoll{}, "moons": Moons{Noise: .1}, "ring": must(GaussianRing(8, 2, .2))} {
		x, few := mat.NewDense(n, 2, nil), mat.NewDense(9, 2, nil)
		m.Sample(x, rng.New(3))
		m.Sample(few, rng.New(3))
		if !mat.Equal(few, x.Slice(0, 9, 0, 2)) {
			t.Errorf("%s: the first rows depend on how many there are", name)
		}
		if name == "roll" {
			for i := range n { // the radius is the angle, up to turns
				r := math.Hypot(x.At(i, 0), x.At(i, 1))
				angle := math.Remainder(r-math.Atan2(x.At(i, 1), x.At(i, 0)), 2*math.Pi)
				if math.Abs(angle) > 1e-12 || r < 1.5*math.Pi || r > 4.5*math.Pi {
					t.Fatalf("(%v, %v) isn't on the roll", x.At(i, 0), x.At(i, 1))
				}
			}
			continue
		}
		var want, got mat.SymDense
		m.(Moments).Cov(&want)
		stat.CovarianceMatrix(&got, x, nil)
		for j, mean := range m.(Moments).Mean(nil) {
			reftest.Near(t, name+" mean", stat.Mean(mat.Col(nil, j, x), nil), mean, 0, 5*math.Sqrt(want.At(j, j)/n))
			for k := range 2 {
				reftest.Near(t, name+" covariance", got.At(j, k), want.At(j, k), 0, 5*math.Sqrt(3*want.At(j, j)*want.At(k, k)/n))
			}
		}
	}
	if _, err := GaussianRing(0, 1, 1); err == nil {
		t.Error("a ring of none: no error")
	}
	if panics(func() { Moons{-1}.Sample(mat.NewDense(1, 2, nil), rng.New(1)) }) == nil {
		t.Error("negative noise: no panic")
	}
}
