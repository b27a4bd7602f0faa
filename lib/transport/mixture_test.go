package transport

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func mixture(t testing.TB, weights []float64, means [][]float64, covs [][][]float64) *measure.Mixture {
	t.Helper()
	var parts []*measure.Gaussian
	for k := range means {
		parts = append(parts, gaussian(t, means[k], covs[k]))
	}
	m, err := measure.NewMixture(weights, parts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestReferenceMixture(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/barycentres.json", "gmm_ot") {
		var in struct {
			MS [][]float64   `json:"m_s"`
			CS [][][]float64 `json:"C_s"`
			WS []float64     `json:"w_s"`
			MT [][]float64   `json:"m_t"`
			CT [][][]float64 `json:"C_t"`
			WT []float64     `json:"w_t"`
		}
		var want struct {
			MW2   float64     `json:"mw2_squared"`
			Costs [][]float64 `json:"component_costs"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		p, q := mixture(t, in.WS, in.MS, in.CS), mixture(t, in.WT, in.MT, in.CT)
		plan, err := MixtureTransport(t.Context(), p, q)
		if err != nil {
			t.Fatal(err)
		}
		d := plan.Distance()
		reftest.Near(t, c.ID, d*d, want.MW2, c.RTol, c.ATol)
		for k := range want.Costs {
			_, pk := p.Component(k)
			for l, w := range want.Costs[k] {
				_, ql := q.Component(l)
				b := Bures(pk, ql)
				reftest.Near(t, c.ID+" component", b*b, w, c.RTol, c.ATol)
			}
		}
		if gap := plan.Plan.DualityGap(); !(math.Abs(gap) < 1e-13) {
			t.Errorf("%s: gap %g", c.ID, gap)
		}
	}
}

func twoMixtures(t testing.TB) (p, q *measure.Mixture) {
	p = mixture(t, []float64{.4, .6}, [][]float64{{0, 0}, {2, 1}}, [][][]float64{{{1, .2}, {.2, 1}}, {{.5, .1}, {.1, .4}}})
	q = mixture(t, []float64{.3, .3, .4}, [][]float64{{1, 0}, {3, 3}, {0, 2}}, [][][]float64{{{1, .2}, {.2, 1}}, {{2, 0}, {0, .5}}, {{.3, 0}, {0, .3}}})
	return p, q
}

// checkContinuity checks ∂ ln p/∂t + ∇·v + v·∇ ln p = 0 at points and times
// inside a flow whose laws have densities.
func checkContinuity(t *testing.T, f flow.Flow, x *mat.Dense, times []float64, tol float64) {
	t.Helper()
	n, d := x.Dims()
	logp := func(t float64) []float64 {
		l := make([]float64, n)
		f.Path.At(t).(measure.LogDensity).LogProb(l, x)
		return l
	}
	v, s, div := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), make([]float64, n)
	for _, at := range times {
		h := 1e-4 * f.Tau
		a, b, c, e := logp(at-2*h), logp(at-h), logp(at+h), logp(at+2*h)
		field := f.Velocity.At(at)
		field.Apply(v, x)
		field.(flow.Divergencer).Divergence(div, x)
		f.Path.At(at).(measure.Scorer).Score(s, x)
		for i := range n {
			dlogp := (a[i] - 8*b[i] + 8*c[i] - e[i]) / (12 * h)
			sum := dlogp + div[i] + mat.Dot(v.RowView(i), s.RowView(i))
			size := math.Abs(dlogp) + math.Abs(div[i]) + 1
			if !(math.Abs(sum) < tol*size) {
				t.Errorf("t = %v, x = %v: ∂ ln p + ∇·v + v·∇ ln p = %g, ∂ ln p = %g", at, mat.Row(nil, i, x), sum, dlogp)
			}
		}
	}
}

var scattered = mat.NewDense(5, 2, []float64{0, 0, 1, 1, 2.5, -.3, -1, 2, 3, 3})

func TestMixtureGeodesic(t *testing.T) {
	p, q := twoMixtures(t)
	plan, err := MixtureTransport(t.Context(), p, q)
	if err != nil {
		t.Fatal(err)
	}
	const tau = 2.5
	f, err := plan.Geodesic(tau)
	if err != nil {
		t.Fatal(err)
	}
	if f.Gradient {
		t.Error("the mean of gradients by probabilities is no gradient")
	}
	checkContinuity(t, f, scattered, []float64{.2, 1, 2.3}, 1e-8)
	// The ends, and constant speed.
	a, b := make([]float64, 5), make([]float64, 5)
	for at, end := range map[float64]*measure.Mixture{0: p, tau: q} {
		f.Path.At(at).(measure.LogDensity).LogProb(a, scattered)
		end.LogProb(b, scattered)
		for i := range a {
			reftest.Near(t, "end", a[i], b[i], 1e-13, 0)
		}
	}
	for _, st := range [][2]float64{{0, .5}, {.7, 2}, {1, 2.5}} {
		part, err := MixtureTransport(t.Context(), f.Path.At(st[0]).(*measure.Mixture), f.Path.At(st[1]).(*measure.Mixture))
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "speed", part.Distance(), (st[1]-st[0])/tau*plan.Distance(), 1e-9, 0)
	}
	for _, tau := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := plan.Geodesic(tau); err == nil {
			t.Errorf("tau = %v is taken", tau)
		}
	}
}

// Far apart, components don't mix, and the map is that of the component.
func TestMixtureMap(t *testing.T) {
	p := mixture(t, []float64{.5, .5}, [][]float64{{-50, 0}, {50, 0}}, [][][]float64{{{1, 0}, {0, 1}}, {{2, 0}, {0, 1}}})
	q := mixture(t, []float64{.5, .5}, [][]float64{{60, 1}, {-60, 1}}, [][][]float64{{{1, 0}, {0, 4}}, {{2, 1}, {1, 1}}})
	plan, err := MixtureTransport(t.Context(), p, q)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(2, 2, []float64{-49, 1, 51.5, -1})
	got := mat.NewDense(2, 2, nil)
	plan.Map().Apply(got, x)
	for i, l := range []int{1, 0} {
		_, from := p.Component(i)
		_, to := q.Component(l)
		a, b := GaussianMap(from, to)
		for k := range 2 {
			reftest.Near(t, "map", got.At(i, k), dotRow(a, k, x.RawRowView(i))+b[k], 1e-12, 0)
		}
	}
	// Infinitely far away in rounding, a mean is taken all the same.
	far := mat.NewDense(1, 2, []float64{1e200, 0})
	plan.Map().Apply(far, far)
	if v := far.At(0, 0); math.IsNaN(v) {
		t.Error("NaN far away")
	}
}

func TestMixtureTransportRefuses(t *testing.T) {
	p, q := twoMixtures(t)
	if _, err := MixtureTransport(t.Context(), nil, q); err == nil {
		t.Error("nil is taken")
	}
	var dim *measure.DimError
	if _, err := MixtureTransport(t.Context(), p, measure.Bimodal(1, 1)); !errors.As(err, &dim) {
		t.Errorf("different dimensions: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := MixtureTransport(ctx, p, q); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
