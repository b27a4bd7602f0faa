package thermo

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func gridOf(t testing.TB, m measure.Measure, axes ...measure.Axis) *measure.Grid {
	t.Helper()
	g, inside, err := measure.GridOf(m, axes...)
	if err != nil || inside < .99 {
		t.Fatalf("%v inside, %v", inside, err)
	}
	return g
}

func solved(t testing.TB, start *measure.Grid, force flow.Field, temp func(float64) float64, opt FokkerPlanckOptions) *FokkerPlanckSolution {
	t.Helper()
	s, err := FokkerPlanck(context.Background(), start, force, temp, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func constantT(v float64) func(float64) float64 { return func(float64) float64 { return v } }

// distance is Σ |mass − exact|.
func distance(g, h *measure.Grid) float64 {
	sum := 0.0
	for i, v := range g.Masses() {
		sum += math.Abs(v - h.Masses()[i])
	}
	return sum
}

// An Ornstein-Uhlenbeck process: the errors fall as the step in time and as the square
// of the cells' width.
func TestFokkerPlanckOrders(t *testing.T) {
	const k, temp, tau = 2., .7, .3
	force := flow.FieldFunc(func(float64) flow.Map { return flow.LineMap(func(x float64) float64 { return -k * (x - .3) }) })
	at := func(cells, steps int) float64 {
		axis := measure.Axis{Lo: -5, Hi: 5, N: cells}
		s := solved(t, gridOf(t, measure.Normal(1.2, .5), axis), force, constantT(temp), FokkerPlanckOptions{Tau: tau, Steps: steps})
		e := math.Exp(-k * tau)
		exact := measure.Normal(.3+.9*e, math.Sqrt(temp/k+(.25-temp/k)*e*e))
		return distance(s.Laws[len(s.Laws)-1], gridOf(t, exact, axis))
	}
	inTime := math.Log2(at(2000, 20) / at(2000, 40))
	inSpace := math.Log2(at(25, 4000) / at(50, 4000))
	reftest.Near(t, "order in time", inTime, 1, 0, .1)
	reftest.Near(t, "order in space", inSpace, 2, 0, .35)
	if e := at(800, 2000); e > 1e-3 {
		t.Errorf("error %v", e)
	}
}

// e^{−U/T} of a double well stays at rest, to rounding, on any grid; and from elsewhere
// the free energy falls by what is produced.
func TestDoubleWell(t *testing.T) {
	const temp = .3
	axis := measure.Axis{Lo: -2, Hi: 2.2, N: 60}
	u := func(x float64) float64 { return (x*x - 1) * (x*x - 1) }
	h := axis.Width()
	// The force at a wall that stands for the difference of U between the cells.
	force := flow.FieldFunc(func(float64) flow.Map {
		return flow.LineMap(func(x float64) float64 { return -(u(x+h/2) - u(x-h/2)) / h })
	})
	mass := make([]float64, axis.N)
	for i := range mass {
		mass[i] = math.Exp(-u(axis.Centre(i)) / temp)
	}
	steady, err := measure.NewGrid(mass, axis)
	if err != nil {
		t.Fatal(err)
	}
	for _, static := range []bool{true, false} {
		s := solved(t, steady, force, constantT(temp), FokkerPlanckOptions{Tau: 50, Steps: 1000, Static: static})
		if e := distance(s.Laws[len(s.Laws)-1], steady); e > 1e-11 {
			t.Errorf("static %v: what should be at rest moved by %v", static, e)
		}
	}
	axis.N = 400
	h = axis.Width()
	free := func(g *measure.Grid) (f float64) {
		for i, m := range g.Masses() {
			if m > 0 {
				f += m * (u(axis.Centre(i)) + temp*math.Log(m/h))
			}
		}
		return f
	}
	s := solved(t, gridOf(t, measure.Normal(1, .2), axis), force, constantT(temp), FokkerPlanckOptions{Tau: 1, Steps: 4000, Keep: 4000, Static: true})
	for k := range s.Laws[1:] {
		if free(s.Laws[k+1]) > free(s.Laws[k])+1e-12 {
			t.Fatalf("the free energy rises at step %d", k)
		}
	}
	// T σ = Σ J²/ρ over the walls.
	produced := 0.0
	for k, flux := range s.flux {
		dt := s.Times[k+1] - s.Times[k]
		a, b := s.Laws[k].Masses(), s.Laws[k+1].Masses()
		for i, j := range flux[0] {
			rho := (a[i] + a[i+1] + b[i] + b[i+1]) / 4
			produced += dt * j * j * h * h / rho
		}
	}
	reftest.Near(t, "T S_tot", produced, free(s.Laws[0])-free(s.Laws[len(s.Laws)-1]), .01, 0)
}

// Mass and positivity, with steps that are far too long, no temperature, a force that
// jumps and cells that are far too wide for it.
func TestFokkerPlanckKeepsMass(t *testing.T) {
	axis := measure.Axis{Lo: -1, Hi: 1, N: 101}
	start := gridOf(t, measure.Normal(.2, .1), axis)
	jump := flow.FieldFunc(func(t float64) flow.Map {
		return flow.LineMap(func(x float64) float64 { return math.Copysign(300, math.Sin(20*t)-x) })
	})
	for _, temp := range []float64{0, 1e-8, .1, 1e6} {
		m := newFokkerPlanckMarch(start.Axes(), append([]float64(nil), start.Masses()...))
		m.temp = temp
		for k := range 1000 {
			if err := m.step(context.Background(), jump, float64(k), .7, k, true); err != nil {
				t.Fatal(err)
			}
		}
		var sum num.Sum
		for i, v := range m.mass {
			sum.Add(v)
			if !(v >= 0) {
				t.Fatalf("T = %v: cell %d holds %v", temp, i, v)
			}
		}
		reftest.Near(t, "mass", sum.Value(), 1, 0, 1e-12)
	}
	// At T = 0 the law is carried: its mean moves with a constant force.
	push := flow.FieldFunc(func(float64) flow.Map { return flow.LineMap(func(float64) float64 { return .5 }) })
	s := solved(t, gridOf(t, measure.Normal(-.3, .1), axis), push, constantT(0), FokkerPlanckOptions{Tau: .5, Steps: 500})
	mean := s.Laws[len(s.Laws)-1].Mean(nil)[0]
	reftest.Near(t, "mean", mean, s.Laws[0].Mean(nil)[0]+.25, 0, 1e-3)
}

// A trap that moves, and the process that is returned: its costs are those of the exact
// process, and its velocity carries its law.
func TestFokkerPlanckProcess(t *testing.T) {
	const k, temp, tau = 3., .4, 1.
	centre := func(t float64) float64 { return t * t }
	force := flow.FieldFunc(func(t float64) flow.Map {
		return flow.Linear(mat.NewDense(1, 1, []float64{-k}), []float64{k * centre(t)})
	})
	exact := process(t, measure.Normal(0, .5), force, constantT(temp), tau)
	axis := measure.Axis{Lo: -3, Hi: 4, N: 700}
	s := solved(t, gridOf(t, measure.Normal(0, .5), axis), force, constantT(temp), FokkerPlanckOptions{Tau: tau, Steps: 4000, Keep: 400})
	p := s.Process()
	want := account(t, exact.Flow)
	for _, at := range []float64{0, .2, .77, 1} {
		a, b := p.Path.At(at).(measure.Moments), exact.Path.At(at).(measure.Moments)
		reftest.Near(t, "mean", a.Mean(nil)[0], b.Mean(nil)[0], 0, 2e-3)
	}
	// Where there is next to no mass, too.
	for _, x := range []float64{-2.2, 3} {
		a, b := flow.Scalar(p.Velocity.At(.6))(x), flow.Scalar(exact.Velocity.At(.6))(x)
		reftest.Near(t, "velocity in a tail", a, b, .1, 0)
	}
	var sum float64
	const n = 40
	for i := range n {
		at := tau * (float64(i) + .5) / n
		r, err := ratesAt("test", newQuad(), p.Path.At(at), p.Velocity.At(at), tau, true)
		if err != nil {
			t.Fatal(err)
		}
		sum += r.total * tau / n
	}
	reftest.Near(t, "w_D", sum, want.WD.Value, .01, 0)
	// Between two kept states the mass to the left of a wall changes by what crosses it.
	v := flow.Scalar(p.Velocity.At(.333))
	x := axis.Edge(320)
	cdf := func(at float64) float64 {
		lower, _ := p.Path.At(at).(measure.Line).LogCDF(x)
		return math.Exp(lower)
	}
	density := math.Exp(.5 * (measure.Scalar(p.Path.At(.333).(measure.LogDensity))(x-1e-9) + measure.Scalar(p.Path.At(.333).(measure.LogDensity))(x+1e-9)))
	reftest.Near(t, "continuity", (cdf(.334)-cdf(.3325))/.0015, -v(x)*density, 1e-3, 1e-6)
}

// In the plane: a steady state that turns, and a law that relaxes to it.
func TestFokkerPlanckPlane(t *testing.T) {
	const omega, temp = 1.5, .3
	force := flow.FieldFunc(func(float64) flow.Map {
		return flow.Linear(mat.NewDense(2, 2, []float64{-1, -omega, omega, -1}), []float64{0, 0})
	})
	start, err := measure.NewGaussian([]float64{.8, 0}, mat.NewSymDense(2, []float64{.2, .05, .05, .1}))
	if err != nil {
		t.Fatal(err)
	}
	axes := []measure.Axis{{Lo: -3, Hi: 3, N: 90}, {Lo: -3, Hi: 3.2, N: 100}}
	exact := process(t, start, force, constantT(temp), .8)
	run := func(procs int) *FokkerPlanckSolution {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return solved(t, gridOf(t, start, axes...), force, constantT(temp), FokkerPlanckOptions{Tau: .8, Steps: 400, Keep: 100, Static: true})
	}
	s := run(1)
	last := s.Laws[len(s.Laws)-1]
	if !reflect.DeepEqual(last.Masses(), run(8).Laws[len(s.Laws)-1].Masses()) {
		t.Error("the result depends on GOMAXPROCS")
	}
	if e := distance(last, gridOf(t, exact.Path.At(.8), axes...)); e > .02 {
		t.Errorf("error %v", e)
	}
	moving := solved(t, gridOf(t, start, axes...), force, constantT(temp), FokkerPlanckOptions{Tau: .8, Steps: 400, Keep: 100})
	if e := distance(last, moving.Laws[len(moving.Laws)-1]); e > 1e-12 {
		t.Errorf("a force that doesn't depend on time gives another law if not said so: %v", e)
	}
	p := s.Process()
	got, err := DissipationSampled(context.Background(), p.Flow, 2000, rng.New(1), Options{Times: 16})
	if err != nil {
		t.Fatal(err)
	}
	want := account(t, exact.Flow)
	reftest.Near(t, "w_D", got.WD.Value, want.WD.Value, .04, 4*want.WD.Value/math.Sqrt(2000))
	if p.Gradient || !math.IsNaN(got.C2.Value) {
		t.Error("a velocity that turns is said to be a gradient")
	}
}

func TestFokkerPlanckRefuses(t *testing.T) {
	ctx := context.Background()
	axis := measure.Axis{Lo: -1, Hi: 1, N: 10}
	start := gridOf(t, measure.Normal(0, .2), axis)
	still := scalarForce(0)
	var value *measure.ValueError
	var finite *flow.NonFiniteError
	var unsupported *UnsupportedError
	for name, opt := range map[string]FokkerPlanckOptions{"Tau": {Tau: -1}, "Steps": {Steps: -1}, "Keep": {Keep: -1}, "NaN": {Tau: math.NaN()}} {
		if _, err := FokkerPlanck(ctx, start, still, constantT(1), opt); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := FokkerPlanck(ctx, start, still, constantT(-1), FokkerPlanckOptions{}); !errors.As(err, &value) {
		t.Errorf("negative temperature: %v", err)
	}
	if _, err := FokkerPlanck(ctx, start, scalarForce(math.NaN()), constantT(1), FokkerPlanckOptions{}); !errors.As(err, &finite) {
		t.Errorf("NaN force: %v", err)
	}
	if _, err := FokkerPlanck(ctx, nil, still, constantT(1), FokkerPlanckOptions{}); err == nil {
		t.Error("nil: no error")
	}
	one, err := measure.NewGrid([]float64{1}, measure.Axis{Lo: 0, Hi: 1, N: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FokkerPlanck(ctx, one, still, constantT(1), FokkerPlanckOptions{}); !errors.As(err, &unsupported) {
		t.Errorf("one cell: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := FokkerPlanck(cancelled, start, still, constantT(1), FokkerPlanckOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A step of chains of all short lengths against elimination in a dense matrix.
func TestChain(t *testing.T) {
	r := rng.New(1).Rand()
	for n := 2; n < 12; n++ {
		c := newChain(n)
		force, p := make([]float64, n-1), make([]float64, n)
		for i := range force {
			force[i] = 30 * r.NormFloat64()
		}
		if !c.rates(force, .1, .5, .02) {
			t.Fatal("forces aren't finite")
		}
		lhs, rhs := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
		for i := range n {
			p[i] = r.Float64()
			rhs.SetVec(i, p[i])
			lhs.Set(i, i, 1)
		}
		for i, f := range force {
			// The Bernoulli function by its definition.
			z := f * .1 / .5
			b := .02 * .5 / (.1 * .1) * z / math.Expm1(z)
			a := b * math.Exp(z)
			reftest.Near(t, "α", c.alpha[i], a, 1e-12, 0)
			reftest.Near(t, "β", c.beta[i], b, 1e-12, 0)
			lhs.Set(i, i, lhs.At(i, i)+a)
			lhs.Set(i+1, i, -a)
			lhs.Set(i+1, i+1, lhs.At(i+1, i+1)+b)
			lhs.Set(i, i+1, -b)
		}
		var want mat.VecDense
		if err := want.SolveVec(lhs, rhs); err != nil {
			t.Fatal(err)
		}
		before := append([]float64(nil), p...)
		c.factorise()
		c.solve(p)
		flux := make([]float64, n-1)
		c.addFlux(flux, p)
		left := 0.0
		for i := range p {
			reftest.Near(t, "mass", p[i], want.AtVec(i), 1e-12, 0)
			left += before[i] - p[i]
			if i < n-1 {
				reftest.Near(t, "flux", flux[i], left, 1e-11, 1e-14)
			}
		}
	}
}

func BenchmarkFokkerPlanck(b *testing.B) {
	axis := measure.Axis{Lo: -3, Hi: 3, N: 1000}
	start := gridOf(b, measure.Normal(0, .5), axis)
	for name, static := range map[string]bool{"moving": false, "static": true} {
		b.Run(name, func(b *testing.B) {
			force := flow.FieldFunc(func(t float64) flow.Map {
				return flow.LineMap(func(x float64) float64 { return -4 * x * (x*x - 1 + t) })
			})
			for b.Loop() {
				if _, err := FokkerPlanck(context.Background(), start, force, constantT(.3), FokkerPlanckOptions{Steps: 1000, Keep: 1, Static: static}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
