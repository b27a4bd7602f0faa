package transport

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// staticPotentials iterates Sinkhorn's equations a number of times, plainly, for
// atoms that all have weight.
func staticPotentials(p, q *measure.Discrete, eps float64, iterations int) (f, g []float64) {
	cost := SquaredEuclidean{p.Points(), q.Points()}
	soft := func(to, from, w []float64, c func(i, j int) float64) {
		for i := range to {
			most := math.Inf(-1)
			for j := range from {
				most = max(most, from[j]-c(i, j))
			}
			var s float64
			for j := range from {
				s += w[j] * math.Exp((from[j]-c(i, j)-most)/eps)
			}
			to[i] = -most - eps*math.Log(s)
		}
	}
	f, g = make([]float64, p.Len()), make([]float64, q.Len())
	for range iterations {
		soft(f, g, q.Weights(), cost.At)
		soft(g, f, p.Weights(), func(j, i int) float64 { return cost.At(i, j) })
	}
	return f, g
}

func bridgeOf(t testing.TB, p, q *measure.Discrete, temperature, tau float64, iterations int) *Bridge {
	t.Helper()
	f, g := staticPotentials(p, q, 4*temperature*tau, iterations)
	b, err := NewBridge(t.Context(), p, q, f, g, temperature, tau)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func smallBridge(t testing.TB) *Bridge {
	p, q := cloudLaw(t, pointCloud(1, 7, 2), masses(2, 7)), cloudLaw(t, pointCloud(3, 5, 2), masses(4, 5))
	return bridgeOf(t, p, q, .3, 1.5, 400)
}

// pairs returns the law at t as a mixture over all pairs of atoms.
func (b *Bridge) pairs(t testing.TB, at float64) *measure.Mixture {
	var weights []float64
	var parts []*measure.Gaussian
	u, d := at/b.tau, b.p.Dim()
	cov := mat.NewSymDense(d, nil)
	for k := range d {
		cov.SetSym(k, k, 2*b.temperature*at*(1-u))
	}
	for i := range b.from.mass {
		for j := range b.to.mass {
			x, y := b.from.points.RawRowView(i), b.to.points.RawRowView(j)
			var sq float64
			mean := make([]float64, d)
			for k := range x {
				sq += (x[k] - y[k]) * (x[k] - y[k])
				mean[k] = (1-u)*x[k] + u*y[k]
			}
			weights = append(weights, math.Exp(b.from.logw[i]+b.to.logw[j]-sq/b.Eps()))
			g, err := measure.NewGaussian(mean, cov)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, g)
		}
	}
	m, err := measure.NewMixture(weights, parts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestBridgeLaws(t *testing.T) {
	b := smallBridge(t)
	p := b.Process()
	checkContinuity(t, p.Flow, scattered, []float64{.1, .7, 1.4}, 1e-7)
	n, d := scattered.Dims()
	lg, lw := make([]float64, n), make([]float64, n)
	sg, sw, v, f := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	for _, at := range []float64{.01, .4, 1, 1.49} {
		got, want := p.Path.At(at).(interface {
			measure.Scorer
			measure.Moments
		}), b.pairs(t, at)
		got.LogProb(lg, scattered)
		want.LogProb(lw, scattered)
		got.Score(sg, scattered)
		want.Score(sw, scattered)
		p.Velocity.At(at).Apply(v, scattered)
		p.Drift.At(at).Apply(f, scattered)
		for i := range n {
			reftest.Near(t, "log density", lg[i], lw[i], 1e-11, 1e-11)
			for k := range d {
				reftest.Near(t, "score", sg.At(i, k), sw.At(i, k), 1e-9, 1e-9)
				reftest.Near(t, "drift", f.At(i, k), v.At(i, k)+.3*sg.At(i, k), 1e-11, 1e-11)
			}
		}
		var cg, cw mat.SymDense
		got.Cov(&cg)
		want.Cov(&cw)
		for i := range d {
			reftest.Near(t, "mean", got.Mean(nil)[i], want.Mean(nil)[i], 1e-12, 1e-12)
			for j := range d {
				reftest.Near(t, "covariance", cg.At(i, j), cw.At(i, j), 1e-12, 1e-12)
			}
		}
		x := mat.NewDense(3000, d, nil)
		got.Sample(x, rng.New(8))
		checkMoments(t, x, want, 4.5, 0)
	}
	if law, ok := p.Path.At(0).(*measure.Discrete); !ok || law.Len() != 7 {
		t.Errorf("the law at 0 is %v", law)
	}
	if law, ok := p.Path.At(1.5).(*measure.Discrete); !ok || law.Len() != 5 {
		t.Errorf("the law at tau is %v", law)
	}
}

// From one atom to ±1 with equal chances, the drift is known.
func TestBridgeFromOneAtom(t *testing.T) {
	const temperature, tau = .4, 2.0
	p := cloudLaw(t, mat.NewDense(1, 1, []float64{.5}), nil)
	q := cloudLaw(t, mat.NewDense(2, 1, []float64{-1, 1}), nil)
	b, err := NewBridge(t.Context(), p, q, []float64{0}, []float64{2.25, .25}, temperature, tau) // g = |x − y|²
	if err != nil {
		t.Fatal(err)
	}
	start, end := b.MarginalErrors()
	reftest.Near(t, "start", start, 0, 0, 1e-15)
	reftest.Near(t, "end", end, 0, 0, 1e-15)
	drift := b.Process().Drift
	// φ(x) ∝ Σ exp((y − .5)²/(4T tau) − (x − y)²/(4T(tau − t)))
	for _, at := range []float64{0, .5, 1.9, 1.999999} {
		for _, x := range []float64{-3, 0, .2, 1} {
			tilt := x/(2*temperature*(tau-at)) - .5/(2*temperature*tau)
			reftest.Near(t, "drift", flow.Scalar(drift.At(at))(x), (math.Tanh(tilt)-x)/(tau-at), 1e-10, 1e-13)
		}
	}
	// Half-way in time from 0.5 to 0 ± 1, in the mean.
	reftest.Near(t, "mean", b.Process().Path.At(1).(measure.Moments).Mean(nil)[0], .25, 1e-14, 0)
	reftest.Near(t, "velocity at 0", flow.Scalar(b.Process().Velocity.At(0))(.5), -.25, 1e-14, 0)
	reftest.Near(t, "velocity at tau", flow.Scalar(b.Process().Velocity.At(tau))(1), .25, 1e-14, 0)
	reftest.Near(t, "drift at tau", flow.Scalar(drift.At(tau))(1), .25, 1e-14, 0)
}

// Langevin dynamics from the start go through the laws and end in the atoms of
// the end, as often as these weigh.
func TestBridgeArrives(t *testing.T) {
	const n, steps, z = 3000, 80, 4.5
	b := smallBridge(t)
	p := b.Process()
	x := mat.NewDense(n, 2, nil)
	p.Path.At(0).Sample(x, rng.New(1))
	// Shorter steps towards the end, where the pull grows.
	times := flow.Times(0, 1, steps)
	for i, s := range times {
		times[i] = b.tau * (1 - (1-s)*(1-s))
	}
	for st, err := range flow.SolveSDE(t.Context(), x, p.Drift, p.Temperature, times, flow.KeyNoise(rng.New(2))) {
		if err != nil {
			t.Fatal(err)
		}
		if st.T == times[steps/3] {
			checkMoments(t, st.X, p.Path.At(st.T).(measure.Moments), z, 2./steps)
		}
		x.Copy(st.X)
	}
	_, end := b.Ends()
	counts, near := make([]float64, end.Len()), b.to.scratch()
	for i := range n {
		b.to.posterior(near, x.RawRowView(i), 1e-9)
		j := slices.Index(near.r, slices.Max(near.r))
		counts[j]++
		var sq float64
		for k, y := range end.Points().RawRowView(j) {
			sq += (x.At(i, k) - y) * (x.At(i, k) - y)
		}
		// The last step is the noise of variance 2T dt in each direction.
		if last := 2 * b.temperature * (times[steps] - times[steps-1]); sq > 40*last {
			t.Errorf("particle %d ends %g away from all atoms", i, math.Sqrt(sq))
		}
	}
	for j, w := range end.Weights() {
		reftest.Near(t, "weight", counts[j]/n, w, 0, z*math.Sqrt(w*(1-w)/n)+.5/steps)
	}
}

// A Gaussian on a fine grid has the bridge of the Gaussian, since sums over a
// grid of smooth functions are integrals.
func TestBridgeOfGaussians(t *testing.T) {
	const n, temperature, tau = 61, .35, 1.2
	at := func(law *measure.Gaussian) *measure.Discrete {
		x, w := mat.NewDense(n, 1, nil), make([]float64, n)
		for i := range n {
			x.Set(i, 0, law.Mean(nil)[0]+law.SD()*(float64(i)-n/2)/4)
			w[i] = math.Exp(law.LogProb1(x.At(i, 0)))
		}
		return cloudLaw(t, x, w)
	}
	p, q := measure.Normal(.5, .8), measure.Normal(-1, 1.1)
	want, err := GaussianBridge(p, q, temperature, tau)
	if err != nil {
		t.Fatal(err)
	}
	b := bridgeOf(t, at(p), at(q), temperature, tau, 100)
	got := b.Process()
	for _, u := range []float64{.3, .5, .8} {
		lg, lw := measure.Scalar(got.Path.At(u*tau).(measure.LogDensity)), measure.Scalar(want.Path.At(u*tau).(measure.LogDensity))
		fg, fw := flow.Scalar(got.Drift.At(u*tau)), flow.Scalar(want.Drift.At(u*tau))
		vg, vw := flow.Scalar(got.Velocity.At(u*tau)), flow.Scalar(want.Velocity.At(u*tau))
		for _, x := range []float64{-1.5, 0, 1} {
			reftest.Near(t, "log density", lg(x), lw(x), 0, 1e-8)
			reftest.Near(t, "drift", fg(x), fw(x), 0, 1e-8)
			reftest.Near(t, "velocity", vg(x), vw(x), 0, 1e-8)
		}
	}
	plan, err := EntropicGaussian(p, q, b.Eps())
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "value", b.DualValue(), plan.Value(), 1e-9, 0)
}

func TestBridgeBack(t *testing.T) {
	b := smallBridge(t)
	back, err := NewBridge(t.Context(), b.q, b.p, b.to.height, b.from.height, b.temperature, b.tau)
	if err != nil {
		t.Fatal(err)
	}
	n, d := scattered.Dims()
	v, w := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	l, m := make([]float64, n), make([]float64, n)
	for _, at := range []float64{0, .3, .75, 1.5} {
		b.Process().Velocity.At(at).Apply(v, scattered)
		back.Process().Velocity.At(b.tau-at).Apply(w, scattered)
		for i := range n {
			for k := range d {
				reftest.Near(t, "velocity", v.At(i, k), -w.At(i, k), 1e-11, 1e-12)
			}
		}
		if at == 0 || at == b.tau {
			continue
		}
		b.Process().Path.At(at).(measure.LogDensity).LogProb(l, scattered)
		back.Process().Path.At(b.tau-at).(measure.LogDensity).LogProb(m, scattered)
		for i := range n {
			reftest.Near(t, "law", l[i], m[i], 1e-11, 1e-12)
		}
	}
}

// With little heat, particles move along the optimal plan at constant speed, but
// for exponentially few.
func TestBridgeFreezesToGeodesic(t *testing.T) {
	p, q := cloudLaw(t, pointCloud(1, 6, 2), nil), cloudLaw(t, pointCloud(3, 6, 2), nil)
	const tau = 2.0
	plan := exactBetween(t, p, q)
	geodesic, err := PlanGeodesic(plan, p.Points(), q.Points(), tau)
	if err != nil {
		t.Fatal(err)
	}
	b := bridgeOf(t, p, q, 1e-3, tau, 4000)
	v, w := mat.NewDense(6, 2, nil), mat.NewDense(6, 2, nil)
	for _, at := range []float64{0, .5, 1.6} {
		x := geodesic.Path.At(at).(*measure.Discrete).Points()
		b.Process().Drift.At(at).Apply(v, x)
		geodesic.Velocity.At(at).Apply(w, x)
		v.Sub(v, w)
		if off := mat.Norm(v, 2); off > 1e-3 {
			t.Errorf("t = %v: the drift is off by %g", at, off)
		}
	}
}

func TestBridgeCertificate(t *testing.T) {
	b := smallBridge(t)
	start, end := b.MarginalErrors()
	gap, err := b.DualityGap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !(start+end < 1e-13 && gap >= 0 && gap < 1e-25) {
		t.Errorf("solved: marginals off by %g and %g, gap %g", start, end, gap)
	}
	f, g := slices.Clone(b.from.height), slices.Clone(b.to.height)
	f[2] += .1
	g[1] -= .2
	off, err := NewBridge(t.Context(), b.p, b.q, f, g, b.temperature, b.tau)
	if err != nil {
		t.Fatal(err)
	}
	start, end = off.MarginalErrors()
	gap, err = off.DualityGap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The dual value falls, by no more than the gap.
	if loss := b.DualValue() - off.DualValue(); !(loss > 1e-4 && gap >= loss && gap < 100*loss) {
		t.Errorf("the dual value is %g too low, the gap %g", loss, gap)
	}
	if !(start > 1e-3 && end > 1e-3) {
		t.Errorf("wrong potentials: marginals off by %g and %g", start, end)
	}
	// It is a bridge all the same, between the ends that it has.
	checkContinuity(t, off.Process().Flow, scattered, []float64{.7}, 1e-7)
	first, _ := off.Ends()
	var sum float64
	for i, w := range first.Weights() {
		sum += math.Abs(w*off.total - b.p.Weights()[i])
	}
	reftest.Near(t, "ends", sum, start, 1e-12, 0)
}

// Potentials whose exponentials no number holds, far atoms, and 70 dimensions.
func TestBridgeExtremes(t *testing.T) {
	p := cloudLaw(t, mat.NewDense(2, 1, []float64{0, 1}), nil)
	q := cloudLaw(t, mat.NewDense(2, 1, []float64{1000, 1001}), nil)
	b := bridgeOf(t, p, q, .01, 1, 200) // |x − y|²/ε = 2.5·10⁷
	// The iteration is slow there: the start has its weights to 1 in as many steps.
	if s, e := b.MarginalErrors(); !(s < 1e-2 && e < 1e-6) {
		t.Errorf("far atoms: marginals off by %g and %g", s, e)
	}
	reftest.Near(t, "drift", flow.Scalar(b.Process().Drift.At(.5))(500), 1000, 0, 2)
	p, q = cloudLaw(t, pointCloud(1, 5, 70), []float64{1, 0, 2, 1, 1}), cloudLaw(t, pointCloud(2, 4, 70), nil)
	f, g := staticPotentials(p, q, 4*2, 2000)
	f[1] = math.NaN() // without weight
	b, err := NewBridge(t.Context(), p, q, f, g, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s, e := b.MarginalErrors(); !(s+e < 1e-9) {
		t.Errorf("70 dimensions: marginals off by %g and %g", s, e)
	}
	x := pointCloud(3, 3, 70)
	l, w := make([]float64, 3), make([]float64, 3)
	b.Process().Path.At(.4).(measure.LogDensity).LogProb(l, x)
	b.pairs(t, .4).LogProb(w, x)
	for i := range l {
		reftest.Near(t, "log density", l[i], w[i], 1e-12, 0)
	}
}

func TestBridgeBits(t *testing.T) {
	run := func(procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		b := smallBridge(t)
		x := mat.NewDense(100, 2, nil)
		b.Process().Path.At(.5).Sample(x, rng.New(1))
		b.Process().Velocity.At(.7).Apply(x, x)
		gap, err := b.DualityGap(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return append(x.RawMatrix().Data, gap)
	}
	if one, eight := run(1), run(8); !slices.Equal(one, eight) {
		t.Error("results depend on the number of processors")
	}
}

func TestNewBridgeRefuses(t *testing.T) {
	p, q := cloudLaw(t, pointCloud(1, 3, 2), nil), cloudLaw(t, pointCloud(2, 2, 2), nil)
	f, g := make([]float64, 3), make([]float64, 2)
	inf := []float64{math.Inf(1), 0}
	for name, c := range map[string]struct {
		p, q             *measure.Discrete
		f, g             []float64
		temperature, tau float64
	}{
		"nil":         {nil, q, f, g, 1, 1},
		"dimensions":  {p, cloudLaw(t, pointCloud(1, 2, 3), nil), f, g, 1, 1},
		"lengths":     {p, q, g, g, 1, 1},
		"infinite":    {p, q, f, inf, 1, 1},
		"frozen":      {p, q, f, g, 0, 1},
		"NaN heat":    {p, q, f, g, math.NaN(), 1},
		"tau":         {p, q, f, g, 1, -1},
		"overflowing": {p, q, f, g, 1e200, 1e200},
		"no mass":     {p, q, []float64{-1e9, -1e9, -1e9}, g, 1, 1},
		"too much":    {p, q, []float64{1e9, 0, 0}, g, 1, 1},
	} {
		if _, err := NewBridge(t.Context(), c.p, c.q, c.f, c.g, c.temperature, c.tau); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewBridge(ctx, p, q, f, g, 1, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
