package transport

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func TestReferenceEntropicGaussian(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/barycentres.json", "gauss_entropic") {
		var in struct{ DM, S1, S2, Eps float64 }
		var want struct {
			Value, Correlation float64
			CrossCov           float64 `json:"cross_cov"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		g, err := EntropicGaussian(measure.Normal(0, in.S1), measure.Normal(in.DM, in.S2), in.Eps)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, c.ID+" value", g.Value(), want.Value, c.RTol, c.ATol)
		reftest.Near(t, c.ID+" correlation", g.Correlations()[0], want.Correlation, c.RTol, c.ATol)
		reftest.Near(t, c.ID+" covariance", g.CrossCov().At(0, 0), want.CrossCov, c.RTol, c.ATol)
	}
}

func twoGaussians(t testing.TB) (p, q *measure.Gaussian) {
	p = gaussian(t, []float64{1, -1, 0}, [][]float64{{2, .5, .1}, {.5, 1, -.3}, {.1, -.3, .7}})
	q = gaussian(t, []float64{0, 2, 1}, [][]float64{{.4, -.1, .2}, {-.1, 3, .6}, {.2, .6, 1}})
	return p, q
}

// The plan and the potentials are two sides of one thing, each computed by
// itself: dπ/d(α⊗β) = exp((f + g − c)/ε) at any point, and Value = Cost + ε KL =
// E f + E g.
func TestEntropicGaussianDuality(t *testing.T) {
	p, q := twoGaussians(t)
	for _, eps := range []float64{.05, 1, 40} {
		g, err := EntropicGaussian(p, q, eps)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "value", g.Value(), g.Cost()+eps*g.KL(), 1e-13, 0)
		joint, err := g.Joint()
		if err != nil {
			t.Fatal(err)
		}
		f, h := g.Potentials()
		for _, xy := range [][]float64{{0, 0, 0, 0, 0, 0}, {1, 2, 3, -1, .5, 2}, {-2, 1, 0, .2, 1, 1}} {
			var lp, lq, lj [1]float64
			x, y := xy[:3], xy[3:]
			p.LogProb(lp[:], mat.NewDense(1, 3, x))
			q.LogProb(lq[:], mat.NewDense(1, 3, y))
			joint.LogProb(lj[:], mat.NewDense(1, 6, xy))
			var c float64
			for i := range x {
				c += (x[i] - y[i]) * (x[i] - y[i])
			}
			reftest.Near(t, "density", f.At(x)+h.At(y)-c, eps*(lj[0]-lp[0]-lq[0]), 1e-10, 1e-10)
		}
		mean := func(f Quadratic, p *measure.Gaussian) float64 {
			var cov mat.SymDense
			var m mat.Dense
			p.Cov(&cov)
			m.Mul(f.Matrix, &cov)
			return f.At(p.Mean(nil)) + mat.Trace(&m)
		}
		reftest.Near(t, "E f", mean(f, p), g.Value()/2, 1e-13, 0)
		reftest.Near(t, "E g", mean(h, q), g.Value()/2, 1e-13, 0)
		// The barycentric map is the regression of y on x.
		a, b := g.Map()
		var cp mat.SymDense
		var ac mat.Dense
		p.Cov(&cp)
		ac.Mul(a, &cp)
		k := g.CrossCov()
		for i := range 3 {
			reftest.Near(t, "map of the mean", dotRow(a, i, p.Mean(nil))+b[i], q.Mean(nil)[i], 0, 1e-13)
			for j := range 3 {
				reftest.Near(t, "map", ac.At(i, j), k.At(j, i), 0, 1e-13)
			}
		}
	}
}

func dotRow(a mat.Matrix, i int, x []float64) float64 {
	var s float64
	for k, v := range x {
		s += a.At(i, k) * v
	}
	return s
}

func TestEntropicGaussianLimits(t *testing.T) {
	p, q := twoGaussians(t)
	w := Bures(p, q)
	g, err := EntropicGaussian(p, q, 0)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "value at 0", g.Value(), w*w, 1e-15, 0)
	reftest.Near(t, "cost at 0", g.Cost(), w*w, 1e-15, 0)
	if kl := g.KL(); !math.IsInf(kl, 1) {
		t.Errorf("KL at 0 is %v", kl)
	}
	if _, err := g.Joint(); err == nil {
		t.Error("the plan at 0 is singular")
	}
	a, _ := g.Map()
	want, _ := GaussianMap(p, q)
	for i := range 3 {
		for j := range 3 {
			reftest.Near(t, "map at 0", a.At(i, j), want.At(i, j), 0, 1e-13)
		}
	}
	// To first order in ε, the value is W₂² + ε (d/2)(1 + ln …) terms of entropy:
	// with v = ε/2, excess → v + v ln(s/v).
	for _, s := range []float64{1, 7} {
		e := &GaussianPlan{eps: 2e-9}
		reftest.Near(t, "small ε", e.excess(s), 1e-9*(1+math.Log(s/1e-9)), 1e-8, 0)
		e = &GaussianPlan{eps: 2e9}
		reftest.Near(t, "large ε", e.excess(s), 2*s-2*s*s/2e9*1, 1e-8, 0)
	}
	// Both branches meet.
	e := &GaussianPlan{eps: 2}
	reftest.Near(t, "branches", e.excess(.5), e.excess(math.Nextafter(.5, 1)), 1e-15, 0)
}

func TestSinkhornDivergenceGaussian(t *testing.T) {
	p, q := twoGaussians(t)
	w := Bures(p, q)
	value := func(p, q *measure.Gaussian, eps float64) float64 {
		s, err := SinkhornDivergenceGaussian(p, q, eps)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	reftest.Near(t, "ε = 0", value(p, q, 0), w*w, 1e-15, 0)
	reftest.Near(t, "small ε", value(p, q, 1e-7), w*w, 1e-6, 0)
	reftest.Near(t, "large ε", value(p, q, 1e8), 1+9+1, 1e-6, 0)
	reftest.Near(t, "symmetry", value(p, q, .7), value(q, p, .7), 1e-13, 0)
	for _, eps := range []float64{1e-3, 1, 1e3} {
		reftest.Near(t, "of equal laws", value(p, p, eps), 0, 0, 1e-13)
		three := value(p, q, eps)
		var ot [3]float64
		for k, ends := range [][2]*measure.Gaussian{{p, q}, {p, p}, {q, q}} {
			g, err := EntropicGaussian(ends[0], ends[1], eps)
			if err != nil {
				t.Fatal(err)
			}
			ot[k] = g.Value()
		}
		reftest.Near(t, "definition", three, ot[0]-ot[1]/2-ot[2]/2, 1e-12, 0)
	}
	for _, eps := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := SinkhornDivergenceGaussian(p, q, eps); err == nil {
			t.Errorf("ε = %v is taken", eps)
		}
	}
	if _, err := EntropicGaussian(p, measure.Normal(0, 1), 1); err == nil {
		t.Error("different dimensions are taken")
	}
	if _, err := EntropicGaussian(nil, p, 1); err == nil {
		t.Error("nil is taken")
	}
}
