package transport

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// On the line, with the variance v = 2T tau of the Brownian motion, the ends have
// the covariance c = (√(v² + 4 s₀² s₁²) − v)/2 and the law at u the variance
// (1−u)² s₀² + u² s₁² + 2u(1−u) c + v u(1−u).
func TestGaussianBridgeOnLine(t *testing.T) {
	const s0, s1, temperature, tau = .7, 1.6, .3, 2.0
	b, err := GaussianBridge(measure.Normal(1, s0), measure.Normal(-2, s1), temperature, tau)
	if err != nil {
		t.Fatal(err)
	}
	v := 2 * temperature * tau
	c := (math.Sqrt(v*v+4*s0*s0*s1*s1) - v) / 2
	for _, u := range []float64{0, .1, .5, .9, 1} {
		law := b.Path.At(u * tau).(*measure.Gaussian)
		want := (1-u)*(1-u)*s0*s0 + u*u*s1*s1 + 2*u*(1-u)*c + v*u*(1-u)
		reftest.Near(t, "variance", law.SD()*law.SD(), want, 1e-14, 0)
		reftest.Near(t, "mean", law.Mean(nil)[0], 1-3*u, 1e-14, 1e-15)
	}
	if T := b.Temperature(1); T != temperature {
		t.Errorf("temperature %v", T)
	}
	// The drift is (E[y | x] − x)/(tau − t) with the regression of y on x_t.
	const u = .3
	law := b.Path.At(u * tau).(*measure.Gaussian)
	slope := ((1-u)*c + u*s1*s1) / (law.SD() * law.SD())
	for _, x := range []float64{-1, 0, 2} {
		y := -2 + slope*(x-law.Mean(nil)[0])
		reftest.Near(t, "drift", flow.Scalar(b.Drift.At(u*tau))(x), (y-x)/(tau*(1-u)), 1e-13, 0)
	}
}

// What holds of any bridge: f − v = T ∇ ln p, and the
// bridge from the other end has the same laws at tau − t, and velocity −v.
func TestGaussianBridgeLaws(t *testing.T) {
	p, q := twoGaussians(t)
	const tau = 1.5
	x := pointCloud(9, 6, 3)
	n, d := x.Dims()
	for _, temperature := range []float64{.01, .4, 20} {
		forth, err := GaussianBridge(p, q, temperature, tau)
		if err != nil {
			t.Fatal(err)
		}
		back, err := GaussianBridge(q, p, temperature, tau)
		if err != nil {
			t.Fatal(err)
		}
		checkContinuity(t, forth.Flow, x, []float64{.1, .7, 1.4}, 1e-8)
		f, v, s, w := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
		for _, at := range []float64{0, .4, 1.1, tau} {
			law := forth.Path.At(at).(*measure.Gaussian)
			reftest.Near(t, "reversed law", Bures(law, back.Path.At(tau-at).(*measure.Gaussian)), 0, 0, 1e-12)
			forth.Drift.At(at).Apply(f, x)
			forth.Velocity.At(at).Apply(v, x)
			back.Velocity.At(tau-at).Apply(w, x)
			law.Score(s, x)
			for i := range n {
				for k := range d {
					reftest.Near(t, "drift", f.At(i, k), v.At(i, k)+temperature*s.At(i, k), 1e-10, 1e-10)
					reftest.Near(t, "reversed velocity", v.At(i, k), -w.At(i, k), 1e-10, 1e-10)
				}
			}
		}
	}
}

func TestGaussianBridgeFreezesToGeodesic(t *testing.T) {
	p, q := twoGaussians(t)
	g, err := Geodesic(p, q, 2)
	if err != nil {
		t.Fatal(err)
	}
	x := pointCloud(9, 4, 3)
	v, w := mat.NewDense(4, 3, nil), mat.NewDense(4, 3, nil)
	for temperature, tol := range map[float64]float64{0: 1e-10, 1e-6: 1e-4} {
		b, err := GaussianBridge(p, q, temperature, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []float64{0, .5, 1.7, 2} {
			reftest.Near(t, "law", Bures(b.Path.At(at).(*measure.Gaussian), g.Path.At(at).(*measure.Gaussian)), 0, 0, tol)
			b.Drift.At(at).Apply(v, x)
			g.Velocity.At(at).Apply(w, x)
			v.Sub(v, w)
			if off := mat.Norm(v, 2); off > 10*tol {
				t.Errorf("temperature %v, t = %v: the drift is off by %g", temperature, at, off)
			}
		}
	}
}

// Langevin dynamics with the drift end in q.
func TestGaussianBridgeArrives(t *testing.T) {
	const n, steps, z = 4000, 60, 4.5
	p := gaussian(t, []float64{1, 0}, [][]float64{{1, .5}, {.5, 2}})
	q := gaussian(t, []float64{-1, 3}, [][]float64{{.5, -.2}, {-.2, .3}})
	b, err := GaussianBridge(p, q, .5, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(n, 2, nil)
	p.Sample(x, rng.New(5))
	noise := flow.KeyNoise(rng.New(6))
	for st, err := range flow.SolveSDE(t.Context(), x, b.Drift, b.Temperature, flow.Times(0, 1, steps), noise) {
		if err != nil {
			t.Fatal(err)
		}
		if st.T == .5 || st.T == 1 {
			checkMoments(t, st.X, b.Path.At(st.T).(measure.Moments), z, 1.5/steps)
		}
	}
}

// checkMoments checks the mean and the covariance of a sample, within z standard
// errors (as of a Gaussian) and a relative bias.
func checkMoments(t *testing.T, x *mat.Dense, law measure.Moments, z, bias float64) {
	t.Helper()
	n, d := x.Dims()
	got, want := cloudLaw(t, x, nil), law.Mean(nil)
	mean := got.Mean(nil)
	var c, cw mat.SymDense
	got.Cov(&c)
	law.Cov(&cw)
	for i := range d {
		sd := math.Sqrt(cw.At(i, i))
		reftest.Near(t, "mean", mean[i], want[i], 0, sd*(z/math.Sqrt(float64(n))+bias))
		for j := range d {
			se := math.Sqrt((cw.At(i, i)*cw.At(j, j) + cw.At(i, j)*cw.At(i, j)) / float64(n))
			reftest.Near(t, "covariance", c.At(i, j), cw.At(i, j), 0, z*se+bias*math.Sqrt(cw.At(i, i)*cw.At(j, j)))
		}
	}
}

func TestGaussianBridgeRefuses(t *testing.T) {
	p, q := twoGaussians(t)
	for _, c := range []struct {
		p, q             *measure.Gaussian
		temperature, tau float64
	}{
		{nil, q, 1, 1},
		{p, measure.Normal(0, 1), 1, 1},
		{p, q, -1, 1},
		{p, q, math.NaN(), 1},
		{p, q, math.Inf(1), 1},
		{p, q, 1, 0},
		{p, q, 1, math.Inf(1)},
	} {
		if _, err := GaussianBridge(c.p, c.q, c.temperature, c.tau); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
