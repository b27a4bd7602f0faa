package transport

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// solveBB returns the solution, which must have converged.
func solveBB(t testing.TB, p, q *measure.Grid, tau float64, opt BenamouOptions) *Dynamic {
	t.Helper()
	d, err := BenamouBrenier(t.Context(), p, q, tau, opt)
	if err != nil {
		t.Fatal(err)
	}
	if gap := d.Gap(); !(gap >= -1e-12*d.Action() && gap <= d.Options().Tol*d.Action()) {
		t.Errorf("gap %v of %v", gap, d.Action())
	}
	if r := d.Residual(); r > 1e-14 {
		t.Errorf("residual %v", r)
	}
	return d
}

func gridOf(t testing.TB, m measure.Measure, axes ...measure.Axis) *measure.Grid {
	t.Helper()
	g, _, err := measure.GridOf(m, axes...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func planeGaussian(t testing.TB, mx, my, xx, xy, yy float64) *measure.Gaussian {
	t.Helper()
	g, err := measure.NewGaussian([]float64{mx, my}, mat.NewSymDense(2, []float64{xx, xy, xy, yy}))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The reference case: everything about the geodesic between two Gaussians.
func TestBenamouBrenierGaussian(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/dynamic.json", "benamou_brenier_gauss_1d") {
		var in struct{ M0, S0, M1, S1, T float64 }
		var want struct {
			Action float64
			Mean   float64            `json:"mean_t"`
			Std    float64            `json:"std_t"`
			V      map[string]float64 `json:"velocity_at"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		axis := measure.Axis{Lo: -5, Hi: 6, N: 128}
		p, q := gridOf(t, measure.Normal(in.M0, in.S0), axis), gridOf(t, measure.Normal(in.M1, in.S1), axis)
		const tau = 2.5
		d := solveBB(t, p, q, tau, BenamouOptions{Tol: 3e-4})
		reftest.Near(t, "action", d.Action(), want.Action, 5e-4, 0)
		f := d.Flow()
		if err := f.Validate(); err != nil || !f.Gradient {
			t.Errorf("flow %+v: %v", f, err)
		}
		law := f.Path.At(in.T * tau).(*measure.Grid)
		reftest.Near(t, "mean", law.Mean(nil)[0], want.Mean, 5e-4, 0)
		var cov mat.SymDense
		law.Cov(&cov)
		reftest.Near(t, "spread", math.Sqrt(cov.At(0, 0)), want.Std, 5e-3, 0)
		reftest.Near(t, "velocity", flow.Scalar(f.Velocity.At(in.T*tau))(want.V["x"])*tau, want.V["v"], 1e-2, 0)
		// The kinetic energy is constant, and its mean is the action.
		sum := 0.0
		for k, e := range d.Kinetic() {
			reftest.Near(t, "kinetic energy", e*tau*tau, want.Action, 2e-2, 0)
			if k > 0 && k < d.Steps()-2 { // where the path is not cut
				reftest.Near(t, "kinetic energy", e*tau*tau, want.Action, 2e-3, 0)
			}
			sum += e * tau * tau / float64(d.Steps())
		}
		reftest.Near(t, "mean kinetic energy", sum, d.Action(), 1e-13, 0)
		// It is the geodesic of quantiles.
		exact, err := Geodesic(p, q, tau)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []float64{0, .25, .5, .8, 1} {
			w, _, err := WassersteinLine(2, f.Path.At(s*tau).(measure.Line), exact.Path.At(s*tau).(measure.Line))
			if err != nil || w > 0.02 {
				t.Errorf("at %v: %v from the geodesic (%v)", s, w, err)
			}
		}
		// Points that ride along arrive: x ↦ 3 + x/2.
		x := mat.NewDense(5, 1, []float64{-2, -1, 0, 1, 2})
		if err := flow.Transport(t.Context(), x, f.Velocity, flow.Times(0, tau, 100), flow.RK4{}); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			reftest.Near(t, "arrival", x.At(i, 0), in.M1+in.S1*float64(i-2), 0, 0.03)
		}
	}
}

// Velocities belong to the middles of steps: with few of them, half a step off
// would show.
func TestBenamouBrenierVelocityInTime(t *testing.T) {
	axis := measure.Axis{Lo: -5, Hi: 6, N: 128}
	p, q := gridOf(t, measure.Normal(0, 1), axis), gridOf(t, measure.Normal(3, .5), axis)
	f := solveBB(t, p, q, 1, BenamouOptions{Steps: 16}).Flow()
	for _, s := range []float64{.25, .3, .7, .75, .8} {
		mean, sd := 3*s, 1-.5*s
		v := flow.Scalar(f.Velocity.At(s))
		for _, z := range []float64{-1, 0, 1} {
			reftest.Near(t, "velocity", v(mean+z*sd), 3-.5*z, 0, 0.04)
		}
	}
}

// For densities with no empty cells the error is of second order in the step and
// the width, and the gap closes to many digits.
func TestBenamouBrenierOrder(t *testing.T) {
	cdf := func(a float64) func(x float64) float64 {
		return func(x float64) float64 { return x + a*math.Sin(math.Pi*x)/math.Pi }
	}
	masses := func(n int, f func(float64) float64) *measure.Grid {
		axis := measure.Axis{Lo: 0, Hi: 1, N: n}
		m := make([]float64, n)
		for i := range m {
			m[i] = f(axis.Edge(i+1)) - f(axis.Edge(i))
		}
		g, err := measure.NewGrid(m, axis)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	exact, _, err := WassersteinLine(2, masses(2048, cdf(.8)), masses(2048, cdf(-.5)))
	if err != nil {
		t.Fatal(err)
	}
	var errs []float64
	for _, n := range []int{8, 16, 32} {
		d := solveBB(t, masses(n, cdf(.8)), masses(n, cdf(-.5)), 1, BenamouOptions{Steps: n, Tol: 3e-6})
		errs = append(errs, d.Action()-exact*exact)
	}
	order := math.Log(errs[0]/errs[2]) / math.Log(4)
	reftest.Near(t, "order", order, 2, 0, 0.1)
}

func TestBenamouBrenierPlane(t *testing.T) {
	ax := measure.Axis{Lo: -4, Hi: 4, N: 24}
	ay := measure.Axis{Lo: -3, Hi: 3, N: 18}
	for name, c := range map[string]struct {
		p, q *measure.Gaussian
		tol  float64
	}{
		"translation": {planeGaussian(t, -1, -.5, .6, 0, .4), planeGaussian(t, 1.2, .5, .6, 0, .4), 1e-2},
		"anisotropic": {planeGaussian(t, -.5, 0, 1.2, .3, .3), planeGaussian(t, .5, .3, .4, -.2, .7), 2e-2},
	} {
		p, q := gridOf(t, c.p, ax, ay), gridOf(t, c.q, ax, ay)
		d := solveBB(t, p, q, 1, BenamouOptions{Steps: 12, Tol: 5e-3})
		w := Bures(c.p, c.q)
		reftest.Near(t, name, 0.5*(d.Action()+d.Bound()), w*w, c.tol, 0)
		half := d.Density(6).Mean(nil)
		mp, mq := p.Mean(nil), q.Mean(nil)
		for k := range half {
			reftest.Near(t, name+": mean", half[k], 0.5*(mp[k]+mq[k]), 0, 0.02)
		}
		if name != "translation" {
			continue
		}
		// Everything moves at one velocity, out in the vacuum too.
		x := mat.NewDense(3, 2, []float64{0, 0, .3, -.4, -.5, 1.2})
		v := mat.NewDense(3, 2, nil)
		d.Flow().Velocity.At(.5).Apply(v, x)
		for i := range 3 {
			reftest.Near(t, "velocity x", v.At(i, 0), 2.2, 0, 0.1)
			reftest.Near(t, "velocity y", v.At(i, 1), 1, 0, 0.1)
		}
	}
}

// A blob that parts into two, over cells that hold nothing at all.
func TestBenamouBrenierVacuum(t *testing.T) {
	axis := measure.Axis{Lo: 0, Hi: 1, N: 64}
	p, q := make([]float64, 64), make([]float64, 64)
	for i := range 16 {
		p[24+i] = 1
	}
	for i := range 8 {
		q[4+i], q[52+i] = 1, 1
	}
	gp, _ := measure.NewGrid(p, axis)
	gq, _ := measure.NewGrid(q, axis)
	d := solveBB(t, gp, gq, 1, BenamouOptions{Tol: 5e-3})
	w, _, err := WassersteinLine(2, gp, gq)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "action", d.Action(), w*w, 2e-2, 0)
	v := flow.Scalar(d.Flow().Velocity.At(.9))
	for x := -.1; x <= 1.1; x += .01 {
		if u := v(x); math.IsNaN(u) || math.Abs(u) > 2 {
			t.Errorf("velocity %v at %v", u, x)
		}
	}
	if !math.IsNaN(v(math.NaN())) {
		t.Error("NaN has a velocity")
	}
}

func TestBenamouBrenierAtRest(t *testing.T) {
	for _, axes := range [][]measure.Axis{{{Lo: 0, Hi: 1, N: 1}}, {{Lo: 0, Hi: 1, N: 5}}, {{Lo: 0, Hi: 1, N: 1}, {Lo: 0, Hi: 1, N: 1}}, {{Lo: 0, Hi: 1, N: 3}, {Lo: 0, Hi: 1, N: 1}}} {
		mass := make([]float64, axes[0].N)
		mass[0] = 1
		p, _ := measure.NewGrid(mass, axes...)
		d := solveBB(t, p, p, 1, BenamouOptions{})
		if d.Action() != 0 || d.Gap() != 0 {
			t.Errorf("%v: action %v, gap %v", axes, d.Action(), d.Gap())
		}
		x := mat.NewDense(1, len(axes), nil)
		d.Flow().Velocity.At(.3).Apply(x, x)
		if mat.Norm(x, 1) != 0 {
			t.Errorf("%v: velocity %v", axes, x)
		}
	}
	// Two cells, one of which empties: half a cell's worth crosses the wall.
	axis := measure.Axis{Lo: 0, Hi: 1, N: 2}
	p, _ := measure.NewGrid([]float64{3, 1}, axis)
	q, _ := measure.NewGrid([]float64{1, 3}, axis)
	d := solveBB(t, p, q, 1, BenamouOptions{Steps: 4})
	// The mean mass at the wall is ½ always, the flux ½, the distance ½.
	reftest.Near(t, "action", d.Action(), .125, 1e-3, 0)
}

// The certificate reacts to whatever is wrong.
func TestBenamouBrenierCertificate(t *testing.T) {
	axis := measure.Axis{Lo: -4, Hi: 5, N: 32}
	p, q := gridOf(t, measure.Normal(0, 1), axis), gridOf(t, measure.Normal(2, .6), axis)
	d := solveBB(t, p, q, 1, BenamouOptions{})
	action, bound := d.Action(), d.Bound()
	mid := d.shape.n*8 + 16
	d.lambda[mid] += 0.05
	if b := d.Bound(); !(b < bound-1e-3) {
		t.Errorf("bound %v after %v", b, bound)
	}
	d.lambda[mid] -= 0.05
	d.flux.w[1][mid] *= 1.1
	if r := d.Residual(); !(r > 1e-4) {
		t.Errorf("residual %v", r)
	}
	d.flux.w[1][mid] /= 1.1
	d.flux.m[mid] = -1e-3
	if r := d.Residual(); !(r > 1e-5) {
		t.Errorf("residual %v", r)
	}
	if reflect := d.Action(); reflect == action {
		t.Error("the action didn't notice")
	}
}

func TestBenamouBrenierSameBits(t *testing.T) {
	ax := measure.Axis{Lo: -3, Hi: 3, N: 20}
	p, q := gridOf(t, planeGaussian(t, -1, 0, .5, .1, .4), ax, ax), gridOf(t, planeGaussian(t, 1, .4, .4, 0, .6), ax, ax)
	var first *Dynamic
	for _, procs := range []int{1, 8} {
		old := runtime.GOMAXPROCS(procs)
		d, err := BenamouBrenier(t.Context(), p, q, 1, BenamouOptions{Steps: 24, MaxIterations: 40})
		runtime.GOMAXPROCS(old)
		var stopped *NotConvergedError
		if !errors.As(err, &stopped) || !errors.Is(err, ErrLimit) || stopped.Iterations != 40 {
			t.Fatal(err)
		}
		if first == nil {
			first = d
		} else if !slices.Equal(first.flux.m, d.flux.m) || !slices.Equal(first.flux.w[0], d.flux.w[0]) || !slices.Equal(first.lambda, d.lambda) {
			t.Error("bits differ")
		}
	}
}

// At any moment what there is conserves mass and has a gap.
func TestBenamouBrenierCancelled(t *testing.T) {
	axis := measure.Axis{Lo: -4, Hi: 5, N: 200}
	p, q := gridOf(t, measure.Normal(0, 1), axis), gridOf(t, measure.Normal(2, .3), axis)
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 100 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		start := time.Now()
		d, err := BenamouBrenier(ctx, p, q, 1, BenamouOptions{Tol: 1e-9, MaxIterations: 1 << 30})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if late := time.Since(start) - after; late > time.Second {
			t.Errorf("%v late", late)
		}
		if r := d.Residual(); r > 1e-14 || math.IsInf(d.Action(), 0) || !(d.Gap() > 0) {
			t.Errorf("after %v: residual %v, action %v, gap %v", after, r, d.Action(), d.Gap())
		}
	}
}

func TestBenamouBrenierRefuses(t *testing.T) {
	axis := measure.Axis{Lo: 0, Hi: 1, N: 4}
	g, _ := measure.NewGrid([]float64{1, 2, 3, 4}, axis)
	wider, _ := measure.NewGrid([]float64{1, 2, 3, 4}, measure.Axis{Lo: 0, Hi: 2, N: 4})
	plane, _ := measure.NewGrid([]float64{1, 2, 3, 4}, measure.Axis{Lo: 0, Hi: 1, N: 2}, measure.Axis{Lo: 0, Hi: 1, N: 2})
	for name, c := range map[string]struct {
		p, q *measure.Grid
		tau  float64
		opt  BenamouOptions
	}{
		"nil":      {nil, g, 1, BenamouOptions{}},
		"zero":     {g, new(measure.Grid), 1, BenamouOptions{}},
		"wider":    {g, wider, 1, BenamouOptions{}},
		"plane":    {g, plane, 1, BenamouOptions{}},
		"tau 0":    {g, g, 0, BenamouOptions{}},
		"tau NaN":  {g, g, math.NaN(), BenamouOptions{}},
		"tau Inf":  {g, g, math.Inf(1), BenamouOptions{}},
		"steps":    {g, g, 1, BenamouOptions{Steps: -1}},
		"step":     {g, g, 1, BenamouOptions{Steps: 1}},
		"tol":      {g, g, 1, BenamouOptions{Tol: math.NaN()}},
		"few":      {g, g, 1, BenamouOptions{MaxIterations: -1}},
		"tol < 0":  {g, g, 1, BenamouOptions{Tol: -1}},
		"tol +Inf": {g, g, 1, BenamouOptions{Tol: math.Inf(1)}},
	} {
		if d, err := BenamouBrenier(t.Context(), c.p, c.q, c.tau, c.opt); err == nil || d != nil {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
}

// The point has the least value of all, and satisfies the equation of its
// definition.
func TestKineticProx(t *testing.T) {
	value := func(theta, w, t0, w0, gamma float64) float64 {
		e := 0.0
		if w != 0 {
			e = w * w / (2 * theta)
		}
		return e + ((theta-t0)*(theta-t0)+(w-w0)*(w-w0))/(2*gamma)
	}
	for _, t0 := range []float64{-1e3, -2, -1e-3, 0, 1e-6, .3, 5, 1e4} {
		for _, w0 := range []float64{0, 1e-7, -.2, 1, 30, -1e4} {
			for _, gamma := range []float64{1e-3, 1, 50} {
				for _, guess := range []float64{-1, 0, 1e-3, 2, 1e5} {
					theta, w := kineticProx(t0, w0, gamma, guess)
					if theta < 0 || theta == 0 && w != 0 || math.IsNaN(theta+w) {
						t.Fatalf("(%v, %v)", theta, w)
					}
					if theta > 0 {
						// θ − θ₀ = γ w²/2θ² and w − w₀ = −γ w/θ
						scale := math.Abs(t0) + math.Abs(w0) + gamma
						reftest.Near(t, "first", theta-t0, gamma*w*w/(2*theta*theta), 1e-9, 1e-9*scale)
						reftest.Near(t, "second", w*(theta+gamma), w0*theta, 1e-9, 1e-12*scale)
						continue
					}
					at := value(0, 0, t0, w0, gamma)
					for _, s := range []float64{1e-9, 1e-4, 1e-2, 1} {
						for _, u := range []float64{0, .5, 1} {
							if v := value(s, u*w0, t0, w0, gamma); v < at*(1-1e-13) {
								t.Errorf("(%v, %v, %v): %v at (%v, %v), %v at 0", t0, w0, gamma, v, s, u*w0, at)
							}
						}
					}
				}
			}
		}
	}
}

// Both forms of the transform are orthonormal, inverse to each other, and the
// same.
func TestBBCosines(t *testing.T) {
	for _, n := range []int{2, 7, bbDense, bbDense + 1, 256} {
		c := newBBCosines(n)
		x := make([]float64, 3*n)
		for i := range x {
			x[i] = math.Sin(float64(i*i)) + 2
		}
		rows, columns := slices.Clone(x), make([]float64, 3*n)
		for i := range 3 {
			for j := range n {
				columns[j*3+i] = x[i*n+j]
			}
		}
		c.rows(rows, 3, false)
		c.columns(columns, 3, false)
		for i := range 3 {
			for _, k := range []int{0, 1, n - 1} {
				want := 0.0
				for j := range n {
					want += x[i*n+j] * math.Cos(math.Pi*float64(k)*(float64(j)+.5)/float64(n))
				}
				want *= math.Sqrt(2 / float64(n))
				if k == 0 {
					want /= math.Sqrt2
				}
				reftest.Near(t, "row", rows[i*n+k], want, 1e-12, 1e-11)
				reftest.Near(t, "column", columns[k*3+i], want, 1e-12, 1e-11)
			}
		}
		c.rows(rows, 3, true)
		for i := range x {
			reftest.Near(t, "back", rows[i], x[i], 1e-12, 1e-12)
		}
	}
}

func BenchmarkBenamouBrenier(b *testing.B) {
	ax := measure.Axis{Lo: -5, Hi: 5, N: 64}
	p, q := gridOf(b, planeGaussian(b, -1, -1, 1, .3, .5), ax, ax), gridOf(b, planeGaussian(b, 1, 1.5, .4, -.2, .8), ax, ax)
	for b.Loop() {
		if _, err := BenamouBrenier(b.Context(), p, q, 1, BenamouOptions{Steps: 32, Tol: 5e-3}); err != nil {
			b.Fatal(err)
		}
	}
}
