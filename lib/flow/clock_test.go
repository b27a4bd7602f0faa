package flow

import (
	"context"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
)

// A field that depends on time: stages at the wrong times would lose orders
// that a constant field can't show. dx/dt = x cos 3t + t has no closed form that
// matters here; RK4 with many steps is the reference.
func TestConvergenceOrdersInTime(t *testing.T) {
	field := FieldFunc(func(t float64) Map {
		c := math.Cos(3 * t)
		return LineMap(func(x float64) float64 { return x*c + t })
	})
	at := func(s Stepper, n int) float64 {
		x := mat.NewDense(1, 1, []float64{1})
		if err := Transport(context.Background(), x, field, Times(.5, 2, n), s); err != nil {
			t.Fatal(err)
		}
		return x.At(0, 0)
	}
	exact := at(RK4{}, 8192)
	for _, s := range []Stepper{Euler{}, Heun{}, RK4{}} {
		var logn, loge []float64
		for _, n := range []int{64, 128, 256} {
			logn = append(logn, math.Log(float64(n)))
			loge = append(loge, math.Log(math.Abs(at(s, n)-exact)))
		}
		_, slope := stat.LinearRegression(logn, loge, nil, false)
		reftest.Near(t, fmt.Sprintf("%T: order", s), -slope, float64(s.Order()), 0, 0.1)
	}
	// One step of each by hand: x₀ + h v(t₀, x₀), and the trapezoid.
	v := func(t, x float64) float64 { return x*math.Cos(3*t) + t }
	reftest.Near(t, "Euler", at(Euler{}, 1), 1+1.5*v(.5, 1), 1e-15, 0)
	reftest.Near(t, "Heun", at(Heun{}, 1), 1+.75*(v(.5, 1)+v(2, 1+1.5*v(.5, 1))), 1e-15, 0)
}

// The last stage stands at the next time itself: t + (next − t) can be an ulp
// beyond it, where a field on [0, Tau] panics.
func TestStagesStayInside(t *testing.T) {
	const from, to = 2.809181697405378, 7.322076570971952
	var a, b float64 = from, to
	if a+(b-a) <= b {
		t.Fatal("these times round inwards: the test shows nothing")
	}
	field := FieldFunc(func(t float64) Map {
		if t > to {
			panic("outside")
		}
		return LineMap(func(x float64) float64 { return -x })
	})
	for _, s := range []Stepper{Heun{}, RK4{}} {
		if err := Transport(context.Background(), mat.NewDense(1, 1, []float64{1}), field, []float64{from, to}, s); err != nil {
			t.Error(err)
		}
	}
}
