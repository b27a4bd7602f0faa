package bounds

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// tail is the log probability beyond which a tail is left out of an integral.
const tail = -48

// ChiSquared returns the divergence of an estimate p̃ from the truth p,
//
//	D₀ = χ²(p̃‖p) = ∫ (p̃ − p)²/p dx,
//
// with a bound on its error: in closed form for a Gaussian or a mixture of them over
// a Gaussian in any dimension, and for two measure.Grid with the same cells; by
// quadrature for densities on the line. It is +Inf where the
// integral diverges, as for N(0, s²) over N(0, 1) with s² ≥ 2, or overflows.
// It is not symmetric: the estimate comes first.
//
// It returns an error if a measure is nil or the dimensions differ, and a
// thermo.UnsupportedError for other measures.
func ChiSquared(estimate, truth measure.Measure) (relation.Term, error) {
	const fn = "bounds.ChiSquared"
	d0 := relation.Term{Symbol: "D₀"}
	if estimate == nil || truth == nil {
		return d0, errors.New(fn + ": a measure is nil")
	}
	if estimate.Dim() != truth.Dim() {
		return d0, &measure.DimError{Func: fn, Arg: "estimate", Got: estimate.Dim(), Want: truth.Dim()}
	}
	ge, okE := measure.AsGaussian(estimate)
	gt, okGaussian := measure.AsGaussian(truth)
	if okE && okGaussian {
		d0.Value, d0.Bound = chiSquaredGaussians(ge, gt)
		return d0, nil
	}
	a, okE := estimate.(*measure.Grid)
	b, okT := truth.(*measure.Grid)
	if okE && okT {
		if v, ok := chiSquaredGrids(a, b); ok {
			d0.Value, d0.Bound = v, 1e-13*v
			return d0, nil
		}
	}
	le, okE := estimate.(measure.LineDensity)
	lt, okT := truth.(measure.LineDensity)
	if okE && okT && truth.Dim() == 1 {
		return chiSquaredLine(fn, le, lt)
	}
	if mix, ok := measure.AsMixture(estimate); ok && okGaussian {
		d0.Value, d0.Bound = chiSquaredMixture(mix, gt)
		return d0, nil
	}
	return d0, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("no closed form for a %T over a %T in %d dimensions: want a Gaussian or a mixture over a Gaussian, grids with the same cells, or densities on the line", estimate, truth, truth.Dim())}
}

// chiSquaredGaussians whitens the truth. In the axes of the estimate's whitened
// covariance, with variances v and mean shifts d,
//
//	1 + χ² = Π [v (2 − v)]^−½ exp(d²/(2 − v)),
//
// and v(2 − v) = 1 − (v − 1)² keeps the digits of close ones. The bound holds
// what the rounding of the v and d does to the result.
func chiSquaredGaussians(estimate, truth *measure.Gaussian) (value, bound float64) {
	d := truth.Dim()
	var inv, cov mat.SymDense
	truth.Spectral(&inv, func(v float64) float64 { return 1 / math.Sqrt(v) })
	estimate.Cov(&cov)
	var m mat.Dense
	m.Mul(&inv, &cov)
	m.Mul(&m, &inv)
	white := mat.NewSymDense(d, nil)
	for i := range d {
		for j := i; j < d; j++ {
			white.SetSym(i, j, 0.5*(m.At(i, j)+m.At(j, i)))
		}
	}
	shift := estimate.Mean(nil)
	for i, v := range truth.Mean(nil) {
		shift[i] -= v
	}
	var eig mat.EigenSym
	if !eig.Factorize(white, true) {
		panic("bounds: the eigenvalues of a finite symmetric matrix did not converge")
	}
	var axes mat.Dense
	eig.VectorsTo(&axes)
	var sv, y mat.VecDense
	sv.MulVec(&inv, mat.NewVecDense(d, shift))
	y.MulVec(axes.T(), &sv)
	var log, slack float64
	vars := eig.Values(nil)
	for k, v := range vars {
		if v >= 2 {
			return math.Inf(1), 0
		}
		yy, c := y.AtVec(k)*y.AtVec(k), v*(2-v)
		log += yy/(2-v) - 0.5*math.Log1p(-(v-1)*(v-1))
		eps := 0x1p-50 * vars[d-1] * float64(d)
		slack += yy/(2-v)*(0x1p-48+eps/(2-v)) + eps*(math.Abs(v-1)+eps)/c
	}
	if value = math.Expm1(log); math.IsInf(value, 1) {
		return value, 0
	}
	return value, 0x1p-51*value + (1+value)*math.Expm1(slack)
}

// chiSquaredLine integrates p h², h = p̃/p − 1.
func chiSquaredLine(fn string, estimate, truth measure.LineDensity) (relation.Term, error) {
	d0 := relation.Term{Symbol: "D₀"}
	if heavier(estimate, truth) {
		d0.Value = math.Inf(1)
		return d0, nil
	}
	le, lt := measure.Scalar(estimate), measure.Scalar(truth)
	uncovered := false // the estimate has mass where the truth has none
	integrand := func(x float64, y []float64) {
		a, b := le(x), lt(x)
		y[0], y[1] = 0, 0
		switch {
		case math.IsInf(b, -1):
			uncovered = uncovered || !math.IsInf(a, -1)
		case math.IsInf(a, -1):
			y[0] = math.Exp(b)
		default:
			// h inherits the rounding of the two logarithms. Where it is large
			// its square may overflow when p h² doesn't.
			eps := 0x1p-52 * (1 + math.Abs(a) + math.Abs(b))
			h, p := math.Expm1(a-b), math.Exp(b)
			y[0] = p * h * h
			y[1] = 2 * p * math.Abs(h) * (1 + h) * eps
			if a-b > 300 {
				y[0] = math.Exp(2*a - b)
				y[1] = 2 * y[0] * eps
			}
		}
	}
	knots := measure.KnotsOf(truth, measure.KnotsOf(estimate, nil))
	lo := min(truth.LogQuantile(tail, false), estimate.LogQuantile(tail, false))
	hi := max(truth.LogQuantile(tail, true), estimate.LogQuantile(tail, true))
	knots, lo, okLo := reach(knots, le, lt, lo, -(hi - lo))
	knots, hi, okHi := reach(knots, le, lt, hi, hi-lo)
	if !okLo || !okHi {
		d0.Value = math.Inf(1)
		return d0, nil
	}
	q := num.Quad{Rel: 1e-13, Noisy: true}
	v, e, ok := q.Integrate(2, integrand, num.Knots(knots, lo, hi))
	if uncovered || math.IsInf(v[0], 1) {
		d0.Value = math.Inf(1)
		return d0, nil
	}
	d0.Value, d0.Bound = v[0], e[0]
	if !ok {
		return d0, &transport.NotConvergedError{Func: fn, Residual: e[0]}
	}
	return d0, nil
}

// heavier reports whether the estimate's Gaussian tails make χ² diverge: unless
// s̃² < 2 s² for the widest components, p̃²/p doesn't decay.
func heavier(estimate, truth measure.Measure) bool {
	me, okE := measure.AsMixture(estimate)
	mt, okT := measure.AsMixture(truth)
	return okE && okT && widest(me) >= 2*widest(mt)
}

// widest and narrowest return the variances of a mixture's extreme components.
func widest(m *measure.Mixture) float64 {
	var v float64
	for k := range m.Len() {
		_, g := m.Component(k)
		v = max(v, g.SD()*g.SD())
	}
	return v
}

func narrowest(m *measure.Mixture) float64 {
	v := math.Inf(1)
	for k := range m.Len() {
		_, g := m.Component(k)
		v = min(v, g.SD()*g.SD())
	}
	return v
}

// reach moves the end x of the range of integration outwards, by doubling steps
// that it adds to the knots, to where p̃²/p is negligible. ok is false if it
// never becomes so, or where the truth has no mass and the estimate has.
func reach(knots []float64, le, lt func(float64) float64, x, step float64) (_ []float64, end float64, ok bool) {
	for range 24 {
		a, b := le(x), lt(x)
		if math.IsInf(a, -1) || 2*a-b < tail-8 {
			return knots, x, true
		}
		if math.IsInf(b, -1) {
			return knots, x, false
		}
		knots = append(knots, x)
		x += step
		step *= 2
	}
	return knots, x, false
}
