package measure

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Gaussian is a normal distribution N(μ, C) on ℝᵈ with a positive definite
// covariance. It is kept in the covariance's eigenbasis, in which noising only
// shifts the eigenvalues.
type Gaussian struct {
	mean []float64
	axes *mat.Dense // eigenvectors as columns; nil for the coordinate axes
	vars []float64  // variances along the axes
	norm float64    // −½ Σ ln(2π vars)
}

var (
	_ Curved   = (*Gaussian)(nil)
	_ Moments  = (*Gaussian)(nil)
	_ Line     = (*Gaussian)(nil)
	_ Knotted  = (*Gaussian)(nil)
	_ Noisable = (*Gaussian)(nil)
)

// NewGaussian returns N(mean, cov). The arguments are copied.
//
// It returns a DimError if their sizes differ or are zero, a ValueError if an
// entry isn't finite, and a NotPositiveDefiniteError if cov isn't positive
// definite to rounding, or so small that its inverse overflows.
func NewGaussian(mean []float64, cov mat.Symmetric) (*Gaussian, error) {
	const fn = "measure.NewGaussian"
	d := len(mean)
	if d == 0 {
		return nil, &DimError{fn, "mean", 0, 1}
	}
	if cov == nil {
		return nil, &DimError{fn, "cov", 0, d}
	}
	if n := cov.SymmetricDim(); n != d {
		return nil, &DimError{fn, "cov", n, d}
	}
	for _, v := range mean {
		if !finite(v) {
			return nil, &ValueError{fn, "an entry of mean", v, "a finite number"}
		}
	}
	diagonal := true
	for i := range d {
		for j := i; j < d; j++ {
			v := cov.At(i, j)
			if !finite(v) {
				return nil, &ValueError{fn, "an entry of cov", v, "a finite number"}
			}
			diagonal = diagonal && (i == j || v == 0)
		}
	}
	vars := make([]float64, d)
	var axes *mat.Dense
	if diagonal {
		for i := range vars {
			vars[i] = cov.At(i, i)
		}
	} else {
		var eig mat.EigenSym
		if !eig.Factorize(cov, true) {
			return nil, &NotPositiveDefiniteError{fn, math.NaN()}
		}
		eig.Values(vars)
		axes = new(mat.Dense)
		eig.VectorsTo(axes)
	}
	if least, most := floats.Min(vars), floats.Max(vars); !(least > float64(d)*0x1p-52*most) || !finite(1/least) {
		return nil, &NotPositiveDefiniteError{fn, least}
	}
	return newGaussian(append([]float64(nil), mean...), axes, vars), nil
}

// Normal returns N(mean, sd²) on the line. It panics unless mean is finite, sd
// positive and sd² of a size that leaves it and 1/sd² finite.
func Normal(mean, sd float64) *Gaussian {
	const fn = "measure.Normal"
	if !finite(mean) {
		panic((&ValueError{fn, "mean", mean, "a finite number"}).Error())
	}
	if !(sd > 0) || !finite(sd*sd) || !finite(1/(sd*sd)) {
		panic((&ValueError{fn, "sd", sd, "a positive number whose square is finite and has a finite inverse"}).Error())
	}
	return newGaussian([]float64{mean}, nil, []float64{sd * sd})
}

func newGaussian(mean []float64, axes *mat.Dense, vars []float64) *Gaussian {
	g := &Gaussian{mean: mean, axes: axes, vars: vars}
	g.normalise()
	return g
}

func (g *Gaussian) normalise() {
	g.norm = 0
	for _, v := range g.vars {
		g.norm -= num.LogSqrt2Pi + 0.5*math.Log(v)
	}
}

// Dim returns the number of dimensions, and 0 for a nil or zero Gaussian.
func (g *Gaussian) Dim() int {
	if g == nil {
		return 0
	}
	return len(g.mean)
}

// Mean stores μ into dst, which is allocated if nil, and returns it.
func (g *Gaussian) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, len(g.mean))
	}
	checkLen("measure.Gaussian.Mean", dst, len(g.mean))
	copy(dst, g.mean)
	return dst
}

// Cov stores C into dst, which must be empty or d×d.
func (g *Gaussian) Cov(dst *mat.SymDense) { g.Spectral(dst, func(v float64) float64 { return v }) }

// Spectral stores f(C) into dst, which must be empty or d×d: the matrix with
// the covariance's eigenvectors and the values of f at its eigenvalues.
// Spectral(dst, math.Sqrt) is the square root of the covariance.
func (g *Gaussian) Spectral(dst *mat.SymDense, f func(variance float64) float64) {
	d := len(g.mean)
	if dst.IsEmpty() {
		dst.ReuseAsSym(d)
	} else if n := dst.SymmetricDim(); n != d {
		panic((&DimError{"measure.Gaussian.Spectral", "dst", n, d}).Error())
	}
	dst.Zero()
	for k, v := range g.vars {
		if g.axes == nil {
			dst.SetSym(k, k, f(v))
		} else {
			dst.SymRankOne(dst, f(v), g.axes.ColView(k))
		}
	}
}

// SD returns the standard deviation of a Gaussian on the line. It panics in
// other dimensions.
func (g *Gaussian) SD() float64 {
	g.checkLine("measure.Gaussian.SD")
	return math.Sqrt(g.vars[0])
}

// Sample fills the rows of dst with independent draws μ + C^½ ε.
func (g *Gaussian) Sample(dst *mat.Dense, key rng.Key) {
	d := len(g.mean)
	n := checkRows("measure.Gaussian.Sample", nil, dst, d)
	eps := make([]float64, n*d)
	key.Normal(eps)
	for i := range n {
		g.place(dst.RawRowView(i), eps[i*d:(i+1)*d])
	}
}

// place stores μ + axes·(√vars ε) into x; it overwrites eps.
func (g *Gaussian) place(x, eps []float64) {
	for k, v := range g.vars {
		eps[k] *= math.Sqrt(v)
	}
	copy(x, g.mean)
	g.fromAxes(x, eps)
}

// toAxes stores the coordinates along the axes of x − mean into y.
func (g *Gaussian) toAxes(y, x []float64) {
	if g.axes == nil {
		for k, v := range x {
			y[k] = v - g.mean[k]
		}
		return
	}
	clear(y)
	for i, v := range x {
		floats.AddScaled(y, v-g.mean[i], g.axes.RawRowView(i))
	}
}

// fromAxes adds the vector with coordinates y along the axes to x.
func (g *Gaussian) fromAxes(x, y []float64) {
	if g.axes == nil {
		floats.Add(x, y)
		return
	}
	for i := range x {
		x[i] += floats.Dot(g.axes.RawRowView(i), y)
	}
}

// logProb returns the log density at the point with coordinates y along the
// axes.
func (g *Gaussian) logProb(y []float64) float64 {
	var q float64
	for k, v := range y {
		q += v * v / g.vars[k]
	}
	return g.norm - 0.5*q
}

// LogProb stores the log density at the rows of x into dst.
func (g *Gaussian) LogProb(dst []float64, x *mat.Dense) { asMixture(g).LogProb(dst, x) }

// Score stores −C⁻¹(x − μ) at the rows of x into the rows of dst.
func (g *Gaussian) Score(dst, x *mat.Dense) { asMixture(g).Score(dst, x) }

// ScoreDivergence implements Curved: it stores −tr C⁻¹.
func (g *Gaussian) ScoreDivergence(dst []float64, x *mat.Dense) {
	asMixture(g).ScoreDivergence(dst, x)
}

// ScoreJacobian implements Curved: it stores −C⁻¹.
func (g *Gaussian) ScoreJacobian(dst, x *mat.Dense) { asMixture(g).ScoreJacobian(dst, x) }

// Noise returns the law N(mμ, m²C + var I) of m x₀ + √var ε.
func (g *Gaussian) Noise(c Coeffs) Noised {
	return &noisedGaussian{noised: *newNoised("measure.Gaussian.Noise", asMixture(g), c)}
}

// LogCDF returns ln P(X ≤ x) and ln P(X > x) on the line. It panics in other
// dimensions.
func (g *Gaussian) LogCDF(x float64) (lower, upper float64) {
	g.checkLine("measure.Gaussian.LogCDF")
	return num.NormLogTails((x - g.mean[0]) / math.Sqrt(g.vars[0]))
}

// LogQuantile returns the quantile on the line; see Line. It panics in other
// dimensions.
func (g *Gaussian) LogQuantile(logp float64, upper bool) float64 {
	g.checkLine("measure.Gaussian.LogQuantile")
	return g.mean[0] + math.Sqrt(g.vars[0])*num.NormLogQuantile(logp, upper)
}

// Knots implements Knotted.
func (g *Gaussian) Knots(dst []float64) []float64 { return asMixture(g).Knots(dst) }

func (g *Gaussian) checkLine(fn string) {
	if len(g.mean) != 1 {
		panic((&DimError{fn, "the measure", len(g.mean), 1}).Error())
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// LogProb1 returns the log density at x of a Gaussian on the line.
func (g *Gaussian) LogProb1(x float64) float64 {
	g.checkLine("measure.Gaussian.LogProb1")
	z := x - g.mean[0]
	return g.norm - 0.5*z*z/g.vars[0]
}
