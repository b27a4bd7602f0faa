package measure

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// AsGaussian returns m as a Gaussian if it is one in law by construction: a
// *Gaussian, a noised one, or a mixture of a single component.
func AsGaussian(m Measure) (*Gaussian, bool) {
	if g, ok := m.(*Gaussian); ok && g != nil {
		return g, true
	}
	if mix, ok := AsMixture(m); ok && len(mix.parts) == 1 {
		return mix.parts[0], true
	}
	return nil, false
}

// AsMixture returns m as a mixture of Gaussians if it is one in law by
// construction: a *Mixture, a *Gaussian, or a noised one of either.
func AsMixture(m Measure) (*Mixture, bool) {
	switch m := m.(type) {
	case *Mixture:
		return m, m != nil
	case *Gaussian:
		if m == nil {
			return nil, false
		}
		return asMixture(m), true
	case *noised:
		return &m.Mixture, true
	case *noisedGaussian:
		return &m.Mixture, true
	}
	return nil, false
}

// Scalar returns the log density of a measure on the line as a function of one
// number. It is safe for concurrent use, and doesn't allocate for the measures
// of this library. Scalar panics if the dimension isn't 1.
func Scalar(m LogDensity) func(x float64) float64 {
	if d := m.Dim(); d != 1 {
		panic((&DimError{"measure.Scalar", "the measure", d, 1}).Error())
	}
	if s, ok := m.(interface{ LogProb1(float64) float64 }); ok {
		return s.LogProb1
	}
	return func(v float64) float64 {
		dst := make([]float64, 1)
		m.LogProb(dst, mat.NewDense(1, 1, []float64{v}))
		return dst[0]
	}
}

// LogProbLine stores logp of the single column of x into dst: LogProb for a
// measure on the line that knows its log density as a function of one number.
// It panics if the shapes don't match.
func LogProbLine(dst []float64, x *mat.Dense, logp func(x float64) float64) {
	const fn = "measure.LogProbLine"
	checkLen(fn, dst, checkRows(fn, nil, x, 1))
	for i := range dst {
		dst[i] = logp(x.At(i, 0))
	}
}

// KnotsOf appends the knots of a measure on the line to dst: its own if it is
// Knotted, else quantiles from the far tail to the median on both sides.
func KnotsOf(m Line, dst []float64) []float64 {
	if k, ok := m.(Knotted); ok {
		return k.Knots(dst)
	}
	for _, p := range [...]float64{-40, -12, -4, -math.Ln2} {
		for _, upper := range [...]bool{false, true} {
			dst = append(dst, m.LogQuantile(p, upper))
		}
	}
	return dst
}

// Transfer returns the point of to that has as much mass below it as x has in
// from: the monotone transport map Q_to(F_from(x)), through the smaller tail.
func Transfer(from, to Line, x float64) float64 {
	lower, upper := from.LogCDF(x)
	if lower < upper {
		return to.LogQuantile(lower, false)
	}
	return to.LogQuantile(upper, true)
}
