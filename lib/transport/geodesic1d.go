package transport

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// lineGeodesic moves along the monotone map 𝒯 = Q_q ∘ F_p.
type lineGeodesic struct {
	p, q       measure.LineDensity
	logp, logq func(float64) float64
	tau        float64
}

func newLineGeodesic(p, q measure.LineDensity, tau float64) *lineGeodesic {
	return &lineGeodesic{p, q, measure.Scalar(p), measure.Scalar(q), tau}
}

func (g *lineGeodesic) law(t float64) measure.Measure {
	switch s := clock(t, g.tau); s {
	case 0:
		return g.p
	case 1:
		return g.q
	default:
		return &interpolant{g: g, s: s}
	}
}

func (g *lineGeodesic) velocity(t float64) flow.Map {
	return lineVelocity{interpolant{g: g, s: clock(t, g.tau)}}
}

// lineVelocity is the velocity of an interpolant.
type lineVelocity struct{ law interpolant }

func (v lineVelocity) Apply(dst, x *mat.Dense) { flow.LineMap(v.Apply1).Apply(dst, x) }

func (v lineVelocity) Apply1(x float64) float64 {
	a, b := v.law.ends(x)
	return (b - a) / v.law.g.tau
}

// ApplyDisplaced implements flow.DisplacedMap: straight lines at constant speed.
func (v lineVelocity) ApplyDisplaced(a float64) (u, slope float64) {
	g, s := v.law.g, v.law.s
	b := measure.Transfer(g.p, g.q, a)
	return (b - a) / g.tau, (1 - s) + s*math.Exp(g.logp(a)-g.logq(b))
}

// interpolant is the law of (1 − s) x + s 𝒯(x), x ~ p, for 0 < s < 1; its
// velocity is defined at the ends too.
type interpolant struct {
	g *lineGeodesic
	s float64
}

var (
	_ measure.LineDensity = (*interpolant)(nil)
	_ measure.Knotted     = (*interpolant)(nil)
	_ measure.Displaced   = (*interpolant)(nil)
	_ flow.DisplacedMap   = lineVelocity{}
)

// ends returns the points a and b = 𝒯(a) between which x lies at time s.
func (m *interpolant) ends(x float64) (a, b float64) {
	g := m.g
	switch m.s {
	case 0:
		return x, measure.Transfer(g.p, g.q, x)
	case 1:
		return measure.Transfer(g.q, g.p, x), x
	}
	// One end lies on either side of x, so a lies between x and 𝒯⁻¹(x).
	lo, hi := x, measure.Transfer(g.q, g.p, x)
	if lo > hi {
		lo, hi = hi, lo
	}
	if lo == hi {
		return x, x
	}
	start, xtol := (1-m.s)*lo+m.s*hi, 1e-16*(hi-lo)
	if math.IsInf(xtol, 1) { // x is outside an end's support
		start, xtol = x, 0
	}
	a = num.Newton(func(a float64) (f, df float64) {
		b := measure.Transfer(g.p, g.q, a)
		f = (1-m.s)*a + m.s*b - x
		return f, (1 - m.s) + m.s*math.Exp(g.logp(a)-g.logq(b))
	}, start, lo, hi, xtol)
	return a, measure.Transfer(g.p, g.q, a)
}

// Dim returns 1.
func (m *interpolant) Dim() int { return 1 }

// Sample draws from p and moves the draws.
func (m *interpolant) Sample(dst *mat.Dense, key rng.Key) {
	m.g.p.Sample(dst, key)
	n, _ := dst.Dims()
	for i := range n {
		a := dst.At(i, 0)
		dst.Set(i, 0, (1-m.s)*a+m.s*measure.Transfer(m.g.p, m.g.q, a))
	}
}

// Base returns p.
func (m *interpolant) Base() measure.LineDensity { return m.g.p }

// LogCDF implements measure.Line: mass is carried along.
func (m *interpolant) LogCDF(x float64) (lower, upper float64) {
	a, _ := m.ends(x)
	return m.g.p.LogCDF(a)
}

// LogQuantile implements measure.Line: quantiles interpolate.
func (m *interpolant) LogQuantile(logp float64, upper bool) float64 {
	return (1-m.s)*m.g.p.LogQuantile(logp, upper) + m.s*m.g.q.LogQuantile(logp, upper)
}

// LogProb1 returns the log density at x: ln p(a) − ln |dx/da|.
func (m *interpolant) LogProb1(x float64) float64 {
	a, b := m.ends(x)
	la, lb := m.g.logp(a), m.g.logq(b)
	// 1/density = (1−s)/p(a) + s/q(b), the spacing of quantiles.
	l, h := math.Log(1-m.s)-la, math.Log(m.s)-lb
	if math.IsInf(l, 1) || math.IsInf(h, 1) {
		return math.Inf(-1) // outside the support
	}
	return -max(l, h) - math.Log1p(math.Exp(-math.Abs(l-h)))
}

// LogProb stores the log density at the rows of x into dst.
func (m *interpolant) LogProb(dst []float64, x *mat.Dense) { measure.LogProbLine(dst, x, m.LogProb1) }

// Knots appends where the knots of both ends have moved to.
func (m *interpolant) Knots(dst []float64) []float64 {
	for _, a := range measure.KnotsOf(m.g.p, nil) {
		dst = append(dst, (1-m.s)*a+m.s*measure.Transfer(m.g.p, m.g.q, a))
	}
	for _, b := range measure.KnotsOf(m.g.q, nil) {
		dst = append(dst, (1-m.s)*measure.Transfer(m.g.q, m.g.p, b)+m.s*b)
	}
	return dst
}
