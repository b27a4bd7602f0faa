package flow

import (
	"context"
	"fmt"
	"iter"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Stepper is an explicit Runge-Kutta method: Euler, Heun or RK4.
type Stepper interface {
	Order() int // of convergence
	tableau() tableau
}

// tableau holds the lower rows of a Butcher tableau.
type tableau struct {
	c, b []float64
	a    [][]float64
}

// Euler is the explicit Euler method, of order 1.
type Euler struct{}

// Heun is the explicit trapezoidal method, of order 2.
type Heun struct{}

// RK4 is the classical Runge-Kutta method, of order 4.
type RK4 struct{}

func (Euler) Order() int { return 1 }
func (Heun) Order() int  { return 2 }
func (RK4) Order() int   { return 4 }

func (Euler) tableau() tableau {
	return tableau{c: []float64{0}, b: []float64{1}, a: [][]float64{nil}}
}

func (Heun) tableau() tableau {
	return tableau{c: []float64{0, 1}, b: []float64{0.5, 0.5}, a: [][]float64{nil, {1}}}
}

func (RK4) tableau() tableau {
	return tableau{
		c: []float64{0, 0.5, 0.5, 1},
		b: []float64{1. / 6, 1. / 3, 1. / 3, 1. / 6},
		a: [][]float64{nil, {0.5}, {0, 0.5}, {0, 0, 1}},
	}
}

// NonFiniteError reports a trajectory that left the finite numbers.
type NonFiniteError struct {
	T   float64 // the time reached
	Row int     // the first particle affected
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("flow: particle %d isn't finite at t = %v", e.Row, e.T)
}

// State is a set of particles at one time.
type State struct {
	T           float64
	X           *mat.Dense // rows are particles
	Evaluations float64    // of the field since the start, on average over the particles
}

// Solve follows dx/dt = v(x, t) from the rows of x through the times, which may
// increase or decrease, one step from each to the next. It yields the state at
// every time, the first included; the matrix is reused from one state to the
// next, and x is left alone. It ends with an error when ctx is cancelled or a
// particle stops being finite. The iterator can be used again from the start.
func Solve(ctx context.Context, x *mat.Dense, v Field, times []float64, s Stepper) iter.Seq2[State, error] {
	return func(yield func(State, error) bool) {
		tab := s.tableau()
		n, d := x.Dims()
		cur, stage := mat.DenseCopyOf(x), mat.NewDense(n, d, nil)
		k := make([]*mat.Dense, len(tab.b))
		for i := range k {
			k[i] = mat.NewDense(n, d, nil)
		}
		var evaluations float64
		// Stages that follow each other often stand at the same time, and share what At
		// does there.
		last, known := Map(nil), math.NaN()
		field := func(t float64) Map {
			if t != known {
				last, known = v.At(t), t
			}
			return last
		}
		step := func(t, next float64) error {
			dt := next - t
			evaluations += float64(len(k))
			for i := range k {
				stage.Copy(cur)
				for j, a := range tab.a[i] {
					addScaled(stage, a*dt, k[j])
				}
				at := t + tab.c[i]*dt
				if tab.c[i] == 1 {
					at = next // t + (next − t) may lie an ulp beyond the last time
				}
				field(at).Apply(k[i], stage)
			}
			for i, b := range tab.b {
				addScaled(cur, b*dt, k[i])
			}
			return nil
		}
		march(ctx, cur, times, &evaluations, step, yield)
	}
}

// SolveSDE follows dx = f dt + √(2T) dB by the Euler-Maruyama method (strong
// order ½, weak order 1) through increasing times. Otherwise it is as Solve.
// Step i of particle j draws noise.Normal(·, j, i).
func SolveSDE(ctx context.Context, x *mat.Dense, drift Field, temperature func(t float64) float64, times []float64, noise Noise) iter.Seq2[State, error] {
	return func(yield func(State, error) bool) {
		n, d := x.Dims()
		cur, f, xi := mat.DenseCopyOf(x), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
		i := 0
		var evaluations float64
		step := func(t, next float64) error {
			dt := next - t
			evaluations++
			drift.At(t).Apply(f, cur)
			addScaled(cur, dt, f)
			Normals(noise, xi.RawMatrix().Data, d, 0, i)
			addScaled(cur, math.Sqrt(2*temperature(t)*dt), xi)
			i++
			return nil
		}
		march(ctx, cur, times, &evaluations, step, yield)
	}
}

// Transport moves the rows of x along dx/dt = v(x, t) through the times, in
// place: Solve's last state.
func Transport(ctx context.Context, x *mat.Dense, v Field, times []float64, s Stepper) error {
	var last *mat.Dense
	for st, err := range Solve(ctx, x, v, times, s) {
		if err != nil {
			return err
		}
		last = st.X
	}
	if last != nil {
		x.Copy(last)
	}
	return nil
}

// Times returns n+1 equally spaced times from one to another.
func Times(from, to float64, n int) []float64 {
	if n < 1 {
		panic(fmt.Sprintf("flow.Times: n is %d, want at least 1", n))
	}
	ts := make([]float64, n+1)
	for i := range ts {
		ts[i] = from + (to-from)*(float64(i)/float64(n))
	}
	ts[n] = to
	return ts
}

func march(ctx context.Context, x *mat.Dense, times []float64, evaluations *float64, step func(t, next float64) error, yield func(State, error) bool) {
	for i, t := range times {
		if i > 0 {
			err := ctx.Err()
			if err == nil {
				err = step(times[i-1], t)
			}
			if err != nil && err == ctx.Err() {
				err = fmt.Errorf("flow: stopped at t = %v: %w", times[i-1], err)
			}
			if err != nil {
				yield(State{}, err)
				return
			}
		}
		if row := firstNonFinite(x); row >= 0 {
			yield(State{}, &NonFiniteError{t, row})
			return
		}
		if !yield(State{t, x, *evaluations}, nil) {
			return
		}
	}
}

func firstNonFinite(x *mat.Dense) int {
	n, d := x.Dims()
	for i := range n {
		for j := range d {
			if v := x.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return i
			}
		}
	}
	return -1
}

func addScaled(dst *mat.Dense, a float64, x *mat.Dense) {
	n, _ := dst.Dims()
	for i := range n {
		to, from := dst.RawRowView(i), x.RawRowView(i)
		for j, v := range from {
			to[j] += a * v
		}
	}
}
