package transport

import (
	"errors"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// tail is the log probability beyond which a tail is left out of an integral.
const tail = -48

// WassersteinLine returns the distance W_p between two measures on the line
// (not its p-th power) with a bound on its error, by quadrature to about 12
// digits, or to the rounding of the points where the measures are close or far
// from 0:
//
//	W₁ = ∫ |F(x) − G(x)| dx,  W_p^p = E |X − Q_G(F(X))|^p,  X ~ P.
//
// For p > 1 one of the measures must have a density, unless both are discrete:
// their distance is exact, for any p.
//
// It returns an error if p < 1 or infinite, if a measure isn't one-dimensional
// or neither has the density that is needed, and a NotConvergedError with the
// best value if the integral doesn't converge.
func WassersteinLine(p float64, a, b measure.Line) (w, bound float64, err error) {
	const fn = "transport.WassersteinLine"
	if !(p >= 1) || math.IsInf(p, 1) {
		return 0, 0, fmt.Errorf("%s: p is %v, want a finite number of at least 1", fn, p)
	}
	for _, m := range [...]measure.Line{a, b} {
		if m == nil {
			return 0, 0, errors.New(fn + ": a measure is nil")
		}
		if d := m.Dim(); d != 1 {
			return 0, 0, &measure.DimError{Func: fn, Arg: "a measure", Got: d, Want: 1}
		}
	}
	if w, bound, err, ok := betweenAtoms(p, a, b); ok {
		return w, bound, err
	}
	// The integrands have kinks where the map crosses the diagonal.
	lo, hi := min(least(a), least(b)), max(most(a), most(b))
	rounding := 0x1p-52 * max(math.Abs(lo), math.Abs(hi)) // of a point
	gap := func(x float64) float64 { return CDFGap(a, b, x) }
	knots := measure.KnotsOf(b, measure.KnotsOf(a, nil))
	for _, m := range [...]measure.Line{a, b} { // the other may reach much further
		knots = append(knots, m.LogQuantile(tail, false), m.LogQuantile(tail, true))
	}
	knots = num.Knots(knots, lo, hi)
	crossings := num.SignChanges(nil, gap, knots, 8, 1e-18)
	q := num.Quad{Rel: 1e-13, MaxPanels: 2000 + 4*len(knots)} // atoms and cells are many
	if p == 1 {
		q.Abs = rounding
		v, e, ok := q.Integrate1(func(x float64) float64 { return math.Abs(gap(x)) }, num.Knots(append(knots, crossings...), lo, hi))
		return result(fn, v, e+rounding, ok, 1)
	}
	density, ok := densityOf(a)
	if !ok {
		if density, ok = densityOf(b); !ok {
			return 0, 0, fmt.Errorf("%s: neither %T nor %T has a density, needed for p > 1", fn, a, b)
		}
		a, b = b, a
	}
	logp := measure.Scalar(density)
	knots = measure.KnotsOf(b, measure.KnotsOf(a, crossings))
	for _, y := range measure.KnotsOf(b, nil) {
		knots = append(knots, measure.Transfer(b, a, y))
	}
	// A high power gives weight to the tails: that of a normal, z^p e^{−z²/2},
	// has its mode at z² = p.
	end := tail * max(1, p/4)
	q.Noisy = true
	v, e, ok := q.Integrate(2, func(x float64, y []float64) {
		d := math.Abs(x - measure.Transfer(a, b, x))
		f := math.Exp(logp(x))
		if p == 2 {
			y[0], y[1] = f*d*d, f*(2*d+rounding)*rounding
			return
		}
		y[0] = f * math.Pow(d, p)
		y[1] = f*math.Pow(d+rounding, p) - y[0]
	}, num.Knots(knots, quantile(a, end, false), quantile(a, end, true)))
	return result(fn, v[0], e[0], ok, p)
}

// betweenAtoms returns the distance if both measures are discrete.
func betweenAtoms(p float64, a, b measure.Line) (w, bound float64, err error, ok bool) {
	da, okA := measure.AsDiscrete(a)
	db, okB := measure.AsDiscrete(b)
	if !okA || !okB {
		return 0, 0, nil, false
	}
	x, y := da.Points().RawMatrix().Data, db.Points().RawMatrix().Data
	w, err = Wasserstein1D(p, x, da.Weights(), y, db.Weights())
	return w, 0x1p-50 * w, err, true
}

// densityOf returns a measure with a density as one. Atoms have none, though
// they may have a limit of densities.
func densityOf(m measure.Line) (measure.LogDensity, bool) {
	if _, ok := measure.AsDiscrete(m); ok {
		return nil, false
	}
	d, ok := m.(measure.LogDensity)
	return d, ok
}

// least and most return the ends of a bounded support, and otherwise those of
// the bulk.
func least(m measure.Line) float64 { return quantile(m, tail, false) }
func most(m measure.Line) float64  { return quantile(m, tail, true) }

// quantile returns the end of the support, if that is finite, or the quantile
// at ln p = tail.
func quantile(m measure.Line, tail float64, upper bool) float64 {
	if x := m.LogQuantile(math.Inf(-1), upper); !math.IsInf(x, 0) && !math.IsNaN(x) {
		return x
	}
	return m.LogQuantile(tail, upper)
}

// CDFGap returns F_a(x) − F_b(x), from the smaller tails, so that it keeps its
// digits on both sides.
func CDFGap(a, b measure.Line, x float64) float64 {
	la, ua := a.LogCDF(x)
	lb, ub := b.LogCDF(x)
	if min(la, lb) < min(ua, ub) {
		return math.Exp(la) - math.Exp(lb)
	}
	return math.Exp(ub) - math.Exp(ua)
}

func result(fn string, v, e float64, ok bool, p float64) (w, bound float64, err error) {
	w = math.Pow(v, 1/p)
	bound = math.Pow(v+e, 1/p) - w
	if !ok {
		err = &NotConvergedError{Func: fn, Residual: bound}
	}
	return w, bound, err
}
