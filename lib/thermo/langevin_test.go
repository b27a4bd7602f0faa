package thermo

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// rotating is the force A(t) x with A = [[H, −G], [G, H]], H = −h(1 − t/τ) − T and
// G = g(1 − t/τ), at the temperature T = T_end (t/τ)².
func rotating(h, g, end, tau float64) (flow.Field, func(float64) float64) {
	temp := func(t float64) float64 { return end * (t / tau) * (t / tau) }
	return flow.FieldFunc(func(t float64) flow.Map {
		u := 1 - t/tau
		return flow.Linear(mat.NewDense(2, 2, []float64{-h*u - temp(t), -g * u, g * u, -h*u - temp(t)}), []float64{0, 0})
	}), temp
}

func process(t testing.TB, start measure.Measure, force flow.Field, temp func(float64) float64, tau float64) flow.Process {
	t.Helper()
	p, err := Langevin(context.Background(), start, force, temp, LangevinOptions{Tau: tau})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// From a point the law is the kernel: m y turned by an angle, and a variance.
func TestKernelOfRotatingForce(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropy.json", "swissforce_kernel") {
		var in struct{ H, T_fin, Tau, G, T float64 }
		var want struct{ M_t, Angle, Sigma2 float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		force, temp := rotating(in.H, in.G, in.T_fin, in.Tau)
		point, err := measure.NewDiscrete(mat.NewDense(1, 2, []float64{1, 0}), nil)
		if err != nil {
			t.Fatal(err)
		}
		p := process(t, point, force, temp, in.Tau)
		law := p.Path.At(in.T).(measure.Moments)
		var cov mat.SymDense
		law.Cov(&cov)
		mean := law.Mean(nil)
		reftest.Near(t, "m", math.Hypot(mean[0], mean[1]), want.M_t, 0, c.AbsTol)
		sin, cos := math.Sincos(want.Angle)
		reftest.Near(t, "turned", mean[0]*cos+mean[1]*sin, want.M_t, 0, c.AbsTol)
		reftest.Near(t, "σ²", cov.At(0, 0), want.Sigma2, 0, c.AbsTol)
		reftest.Near(t, "σ²", cov.At(1, 1), want.Sigma2, 0, c.AbsTol)
	}
}

// The force −β x/2 at the temperature β/2 is the variance-preserving noising.
func TestLangevinIsNoising(t *testing.T) {
	s := diffusion.VPLinear{BetaMin: .5, BetaMax: 6}
	force := flow.FieldFunc(func(t float64) flow.Map {
		c := s.At(t)
		return flow.Linear(mat.NewDense(1, 1, []float64{c.DM / c.M}), []float64{0})
	})
	line := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	atoms, err := measure.NewDiscrete(mat.NewDense(3, 1, []float64{-1, 0, 2}), []float64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]measure.Noisable{"mixture": line, "Gaussian": measure.Normal(2, .4), "atoms": atoms} {
		p := process(t, data, force, func(t float64) float64 { return s.At(t).T() }, 1)
		want := diffusion.Noising(data, s)
		if !p.Gradient {
			t.Errorf("%s: the velocity isn't known to be a gradient", name)
		}
		for _, at := range []float64{.05, .5, 1} {
			x := mat.NewDense(3, 1, []float64{-2, .3, 1})
			a, b, v, w := make([]float64, 3), make([]float64, 3), mat.NewDense(3, 1, nil), mat.NewDense(3, 1, nil)
			p.Path.At(at).(measure.LogDensity).LogProb(a, x)
			want.Path.At(at).(measure.LogDensity).LogProb(b, x)
			p.Velocity.At(at).Apply(v, x)
			want.Velocity.At(at).Apply(w, x)
			for i := range a {
				reftest.Near(t, name+" ln p", a[i], b[i], 1e-9, 1e-9)
				reftest.Near(t, name+" velocity", v.At(i, 0), w.At(i, 0), 1e-8, 1e-9)
			}
		}
	}
}

// Trajectories of the equation have the law that is claimed: means and covariances, for
// a force that turns, shears and pushes, from atoms and from a mixture.
func TestLangevinAgainstTrajectories(t *testing.T) {
	force := flow.FieldFunc(func(t float64) flow.Map {
		return flow.Linear(mat.NewDense(2, 2, []float64{-1, -1.5, .5, -.3}), []float64{1, t})
	})
	temp := func(t float64) float64 { return .3 + t }
	atoms, err := measure.NewDiscrete(mat.NewDense(3, 2, []float64{0, 1, 2, 0, -1, -1}), nil)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := measure.GaussianRing(3, 1.5, .2)
	if err != nil {
		t.Fatal(err)
	}
	const n, steps = 20000, 400
	for name, start := range map[string]measure.Measure{"atoms": atoms, "mixture": ring} {
		p := process(t, start, force, temp, 1)
		if p.Gradient {
			t.Errorf("%s: a turning force is said to give a gradient", name)
		}
		x := mat.NewDense(n, 2, nil)
		start.Sample(x, rng.New(1))
		var last *mat.Dense
		for st, err := range flow.SolveSDE(context.Background(), x, force, temp, flow.Times(0, 1, steps), flow.KeyNoise(rng.New(2))) {
			if err != nil {
				t.Fatal(err)
			}
			last = st.X
		}
		law := p.Path.At(1).(measure.Moments)
		var want, got mat.SymDense
		law.Cov(&want)
		stat.CovarianceMatrix(&got, last, nil)
		for j, mean := range law.Mean(nil) {
			// Euler's steps add an error of the order of a step.
			reftest.Near(t, name+" mean", stat.Mean(mat.Col(nil, j, last), nil), mean, 0, 5*math.Sqrt(want.At(j, j)/n)+3./steps)
			for k := range 2 {
				reftest.Near(t, name+" covariance", got.At(j, k), want.At(j, k), 0, 5*math.Sqrt(2*want.At(j, j)*want.At(k, k)/n)+5./steps)
			}
		}
		// The velocity carries the law: d/dt E φ = E ∇φ·ν, here for φ = x₀² and x₀x₁.
		const h = 1e-4
		var up, down mat.SymDense
		p.Path.At(.6 + h).(measure.Moments).Cov(&up)
		p.Path.At(.6 - h).(measure.Moments).Cov(&down)
		mu, md := p.Path.At(.6+h).(measure.Moments).Mean(nil), p.Path.At(.6-h).(measure.Moments).Mean(nil)
		p.Path.At(.6).Sample(x, rng.New(3))
		v := mat.NewDense(n, 2, nil)
		p.Velocity.At(.6).Apply(v, x)
		for k := range 2 {
			values := make([]float64, n)
			for i := range values {
				values[i] = x.At(i, 0)*v.At(i, k) + v.At(i, 0)*x.At(i, k)
			}
			mean, sd := stat.MeanStdDev(values, nil)
			want := (up.At(0, k) + mu[0]*mu[k] - down.At(0, k) - md[0]*md[k]) / (2 * h)
			reftest.Near(t, name+" continuity", mean, want, 0, 5*sd/math.Sqrt(n)+1e-6)
		}
	}
}

// On a grid, a force that isn't affine; and one that is, as without a grid.
func TestLangevinOnAGrid(t *testing.T) {
	ctx := context.Background()
	axis := []measure.Axis{{Lo: -3, Hi: 3, N: 400}}
	grid := func(force flow.Field) flow.Process {
		p, err := Langevin(ctx, measure.Normal(.5, .3), force, func(float64) float64 { return .4 }, LangevinOptions{Axes: axis, Steps: 4000, Static: true})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	trap := flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, []float64{-2}), []float64{0}) })
	a, b := grid(trap), process(t, measure.Normal(.5, .3), trap, func(float64) float64 { return .4 }, 1)
	x := mat.NewDense(3, 1, []float64{-.2, .1, .6})
	v, w := mat.NewDense(3, 1, nil), mat.NewDense(3, 1, nil)
	a.Velocity.At(.5).Apply(v, x)
	b.Velocity.At(.5).Apply(w, x)
	if !mat.EqualApprox(v, w, 3e-3) {
		t.Errorf("velocity on a grid %v, exactly %v", v, w)
	}
	well := grid(flow.FieldFunc(func(float64) flow.Map { return flow.LineMap(func(x float64) float64 { return -4 * x * (x*x - 1) }) }))
	if m := well.Path.At(1).(measure.Moments).Mean(nil)[0]; !(m > .5 && m < 1) {
		t.Errorf("the mean in a double well is %v", m)
	}
	var value *measure.ValueError
	if _, err := Langevin(ctx, measure.Normal(9, 1), trap, func(float64) float64 { return 1 }, LangevinOptions{Axes: axis}); !errors.As(err, &value) {
		t.Errorf("a start beside the grid: %v", err)
	}
}

func TestLangevinRefuses(t *testing.T) {
	ctx := context.Background()
	line := func(a float64) flow.Field {
		return flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, []float64{a}), []float64{0}) })
	}
	one := func(float64) float64 { return 1 }
	var value *measure.ValueError
	var dim *measure.DimError
	var unsupported *UnsupportedError
	start := measure.Normal(0, 1)
	for name, c := range map[string]struct {
		start measure.Measure
		force flow.Field
		temp  func(float64) float64
		tau   float64
		as    any
	}{
		"nil start":       {nil, line(1), one, 1, nil},
		"nil force":       {start, nil, one, 1, nil},
		"nil temperature": {start, line(1), nil, 1, nil},
		"negative Tau":    {start, line(1), one, -1, &value},
		"negative T":      {start, line(1), func(float64) float64 { return -1 }, 1, &value},
		"infinite T":      {start, line(1), func(float64) float64 { return math.Inf(1) }, 1, nil},
		"dimension":       {measure.Bimodal(1, 1), flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(2, 2, nil), []float64{0, 0}) }), one, 1, &dim},
		"force":           {start, flow.FieldFunc(func(float64) flow.Map { return flow.LineMap(math.Sin) }), one, 1, &unsupported},
		"start":           {measure.Moons{}, flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(2, 2, nil), []float64{0, 0}) }), one, 1, &unsupported},
	} {
		if _, err := Langevin(ctx, c.start, c.force, c.temp, LangevinOptions{Tau: c.tau}); err == nil || c.as != nil && !errors.As(err, c.as) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Atoms at rest at T = 0 move with the force; those that heat has not spread have no score.
	atoms, err := measure.NewDiscrete(mat.NewDense(1, 1, []float64{2}), nil)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(1, 1, []float64{2})
	cold := process(t, atoms, line(-3), func(float64) float64 { return 0 }, 1)
	cold.Velocity.At(.5).Apply(x, x)
	reftest.Near(t, "velocity without heat", x.At(0, 0), -6, 1e-15, 0)
	hot := process(t, atoms, line(-3), one, 1)
	hot.Velocity.At(0).Apply(x, x)
	if !math.IsNaN(x.At(0, 0)) {
		t.Errorf("the velocity of an atom that begins to spread is %v", x.At(0, 0))
	}
}
