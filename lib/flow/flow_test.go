package flow

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// A rotating, growing field whose solution is known: x(t) = e^{λt} R(ωt) x₀.
func spiral(rate, omega float64) Field {
	return FieldFunc(func(float64) Map {
		return Linear(mat.NewDense(2, 2, []float64{rate, -omega, omega, rate}), make([]float64, 2))
	})
}

func TestConvergenceOrders(t *testing.T) {
	exact := []float64{math.Exp(.5) * math.Cos(2), math.Exp(.5) * math.Sin(2)}
	for _, s := range []Stepper{Euler{}, Heun{}, RK4{}} {
		var logn, loge []float64
		for _, n := range []int{32, 64, 128, 256} {
			x := mat.NewDense(1, 2, []float64{1, 0})
			if err := Transport(context.Background(), x, spiral(.5, 2), Times(0, 1, n), s); err != nil {
				t.Fatal(err)
			}
			logn = append(logn, math.Log(float64(n)))
			loge = append(loge, math.Log(math.Hypot(x.At(0, 0)-exact[0], x.At(0, 1)-exact[1])))
		}
		_, slope := stat.LinearRegression(logn, loge, nil, false)
		reftest.Near(t, "measured order", -slope, float64(s.Order()), 0, 0.1)
	}
}

func TestTimeCanRunBackwards(t *testing.T) {
	x := mat.NewDense(1, 2, []float64{.3, -1.2})
	for _, ts := range [][]float64{Times(0, 1, 200), Times(1, 0, 200)} {
		if err := Transport(context.Background(), x, spiral(.5, 2), ts, RK4{}); err != nil {
			t.Fatal(err)
		}
	}
	reftest.Near(t, "x", x.At(0, 0), .3, 0, 1e-9)
	reftest.Near(t, "y", x.At(0, 1), -1.2, 0, 1e-9)
}

func TestSolveSDERelaxesToItsTemperature(t *testing.T) {
	// dx = −k x dt + √(2T) dB from a point: Euler-Maruyama's own variance is
	// a geometric sum, so the test has no discretisation error.
	const n, k, temp, dt, steps = 20000, 2.0, .7, .05, 20
	x := mat.NewDense(n, 1, nil)
	drift := FieldFunc(func(float64) Map { return LineMap(func(x float64) float64 { return -k * x }) })
	var last *mat.Dense
	for s, err := range SolveSDE(context.Background(), x, drift, func(float64) float64 { return temp }, Times(0, steps*dt, steps), KeyNoise(rng.New(3))) {
		if err != nil {
			t.Fatal(err)
		}
		last = s.X
	}
	var want float64
	for range steps {
		want = (1-k*dt)*(1-k*dt)*want + 2*temp*dt
	}
	got := stat.Variance(mat.Col(nil, 0, last), nil)
	reftest.Near(t, "variance", got, want, 5*math.Sqrt(2./n), 0)
}

func TestSolveStops(t *testing.T) {
	blow := FieldFunc(func(float64) Map { return LineMap(func(x float64) float64 { return math.Log(-1 - x*x) }) })
	err := Transport(context.Background(), mat.NewDense(2, 1, nil), blow, Times(0, 1, 3), Euler{})
	var bad *NonFiniteError
	if !errors.As(err, &bad) || bad.Row != 0 {
		t.Errorf("error %v, want a NonFiniteError", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	states := 0
	for _, err := range Solve(ctx, mat.NewDense(1, 2, nil), spiral(1, 1), Times(0, 1, 10), Euler{}) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			break
		}
		if states++; states == 3 {
			cancel()
		}
	}
	if states != 3 {
		t.Errorf("%d states after cancelling at the third", states)
	}
}

func TestScalarAndLinear(t *testing.T) {
	m := Linear(mat.NewDense(1, 1, []float64{3}), []float64{-1})
	reftest.Near(t, "Scalar(Linear)", Scalar(m)(2), 5, 0, 0)
	reftest.Near(t, "Scalar(LineMap)", Scalar(LineMap(math.Cos))(0), 1, 0, 0)
	div := make([]float64, 2)
	Linear(mat.NewDense(2, 2, []float64{1, 5, 7, 2}), []float64{0, 0}).(Divergencer).Divergence(div, nil)
	if div[0] != 3 || div[1] != 3 {
		t.Errorf("divergence %v, want 3", div)
	}
	x := mat.NewDense(1, 2, []float64{1, 2})
	Linear(mat.NewDense(2, 2, []float64{0, 1, 1, 0}), []float64{0, 0}).Apply(x, x)
	if x.At(0, 0) != 2 || x.At(0, 1) != 1 {
		t.Errorf("in place: %v", mat.Formatted(x))
	}
	if s := Scalar(LineMap(math.Sin)); testing.AllocsPerRun(100, func() { s(1) }) != 0 {
		t.Error("Scalar allocates")
	}
}

func TestValidate(t *testing.T) {
	ok := Flow{Path: PathFunc(nil), Velocity: spiral(1, 1), Tau: 1}
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
	for _, f := range []Flow{{}, {Path: ok.Path}, {Path: ok.Path, Velocity: ok.Velocity}, {ok.Path, ok.Velocity, math.NaN(), false}, {ok.Path, ok.Velocity, math.Inf(1), false}} {
		if f.Validate() == nil {
			t.Errorf("%+v is valid", f)
		}
	}
}

// Blocks of noise are made of what particles draw one by one, and no two particles
// nor two steps share a draw.
func TestNoiseInBlocks(t *testing.T) {
	for _, width := range []int{1, 2, 3, 7} {
		noise := KeyNoise(rng.New(6))
		seen := map[float64]bool{}
		for step := range 3 {
			block, single := make([]float64, 40*width), make([]float64, 40*width)
			Normals(noise, block, width, 5, step)
			// Without the ability.
			Normals(struct{ Noise }{noise}, single, width, 5, step)
			if !slices.Equal(block, single) {
				t.Errorf("width %d: a block isn't what its particles draw", width)
			}
			for _, z := range block {
				if seen[z] {
					t.Errorf("width %d: %v is drawn twice", width, z)
				}
				seen[z] = true
			}
		}
	}
}
