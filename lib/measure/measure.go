package measure

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Measure is a probability measure on ℝᵈ that can be sampled.
type Measure interface {
	// Dim returns d, and 0 for a nil or zero value, which is no measure.
	Dim() int
	// Sample fills the rows of dst with independent draws. Row i depends on
	// key and i alone, not on how many rows there are.
	Sample(dst *mat.Dense, key rng.Key)
}

// LogDensity is a Measure with a density.
type LogDensity interface {
	Measure
	// LogProb stores ln p(xᵢ) of the rows of x into dst, −Inf outside the
	// support.
	LogProb(dst []float64, x *mat.Dense)
}

// Scorer is a measure with a differentiable density.
type Scorer interface {
	LogDensity
	// Score stores ∇ln p at the rows of x into the rows of dst.
	Score(dst, x *mat.Dense)
}

// Moments is a Measure with a mean and a covariance in closed form.
type Moments interface {
	Measure
	// Mean stores E x into dst, which is allocated if nil, and returns it.
	Mean(dst []float64) []float64
	// Cov stores the covariance matrix into dst, which must be empty or d×d.
	Cov(dst *mat.SymDense)
}

// Line is a measure on the real line, known through its distribution function
// and its quantiles. Both tails are handled in log space, so that neither
// loses its digits.
type Line interface {
	Measure
	// LogCDF returns ln P(X ≤ x) and ln P(X > x).
	LogCDF(x float64) (lower, upper float64)
	// LogQuantile returns the x with ln P(X ≤ x) = logp or, with upper, the x
	// with ln P(X > x) = logp. It returns NaN unless logp ≤ 0.
	LogQuantile(logp float64, upper bool) float64
}

// LineDensity is a Line with a density.
type LineDensity interface {
	Line
	LogDensity
}

// Displaced is an optional ability of a law on the line: it is the law of an
// increasing function X(a) of a point a from a simpler law, so that an integral
// over it is one over a.
type Displaced interface {
	Line
	Base() LineDensity // the law of a
}

// Knotted is an optional ability of a Line: it knows where its density changes.
type Knotted interface {
	// Knots appends to dst points, in any order, between which the density
	// is smooth at the scale of their distance: component centres, jumps.
	// Quadrature starts from them.
	Knots(dst []float64) []float64
}

// Noised is the law of x_t = m x₀ + √var ε, with the fields that a diffusion
// model learns, all of them finite at both ends of a schedule.
type Noised interface {
	Scorer
	// Velocity stores the velocity ν of the probability flow, E[ẋ_t | x_t = x],
	// at the rows of x into the rows of dst.
	Velocity(dst, x *mat.Dense)
	// Denoise stores E[x₀ | x_t = x] at the rows of x into the rows of dst.
	Denoise(dst, x *mat.Dense)
}

// Curved is an optional ability of a Scorer: it knows the derivative of its score,
// the Hessian of the log density. The measures with a score and the noised laws of
// this package have it, but for the law of atoms without noise.
type Curved interface {
	Scorer
	// ScoreDivergence stores the Laplacian ∇·∇ln p at the rows of x into dst.
	ScoreDivergence(dst []float64, x *mat.Dense)
	// ScoreJacobian stores ∂ᵢ∂ⱼ ln p at row n of x into column i·d+j of row n
	// of dst, which has d² columns.
	ScoreJacobian(dst, x *mat.Dense)
}

// CurvedNoised is an optional ability of a Noised: it knows the derivatives of
// all its fields. Jacobians are laid out as for Curved: ∂ of coordinate i of the
// field with respect to xⱼ in column i·d+j.
type CurvedNoised interface {
	Noised
	Curved
	// VelocityDivergence stores ∇·ν at the rows of x into dst.
	VelocityDivergence(dst []float64, x *mat.Dense)
	// VelocityJacobian stores the derivative of the velocity.
	VelocityJacobian(dst, x *mat.Dense)
	// DenoiseJacobian stores the derivative of E[x₀ | x_t = x], which is
	// (m/var) Cov[x₀ | x_t = x].
	DenoiseJacobian(dst, x *mat.Dense)
}

// Noisable is a Measure whose noised law is known in closed form.
type Noisable interface {
	Measure
	// Noise returns the law of m x₀ + √var ε. It panics if c.Var < 0 or if the
	// coefficients aren't finite.
	Noise(c Coeffs) Noised
}

// DimError reports points or parameters of the wrong dimension.
type DimError struct {
	Func      string // the function that was called
	Arg       string // the argument at fault
	Got, Want int
}

func (e *DimError) Error() string {
	return fmt.Sprintf("%s: %s has dimension %d, want %d", e.Func, e.Arg, e.Got, e.Want)
}

// ValueError reports a parameter that isn't what it must be.
type ValueError struct {
	Func  string
	Arg   string
	Value float64
	Want  string // what it must be
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s: %s is %v, want %s", e.Func, e.Arg, e.Value, e.Want)
}

// NotPositiveDefiniteError reports a covariance matrix with an eigenvalue that
// isn't positive, beyond rounding.
type NotPositiveDefiniteError struct {
	Func       string
	Eigenvalue float64 // the smallest
}

func (e *NotPositiveDefiniteError) Error() string {
	return fmt.Sprintf("%s: covariance is not positive definite: its smallest eigenvalue is %g", e.Func, e.Eigenvalue)
}

// checkRows panics unless x, and dst if there is one, have d columns and the
// same number of rows, and returns that number.
func checkRows(fn string, dst, x *mat.Dense, d int) int {
	n, c := x.Dims()
	if c != d {
		panic((&DimError{fn, "x", c, d}).Error())
	}
	if dst != nil {
		if r, c := dst.Dims(); c != d {
			panic((&DimError{fn, "dst", c, d}).Error())
		} else if r != n {
			panic(fmt.Sprintf("%s: dst has %d rows, x has %d", fn, r, n))
		}
	}
	return n
}

// checkSquare panics unless x has d columns, and dst d² and as many rows.
func checkSquare(fn string, dst, x *mat.Dense, d int) {
	n := checkRows(fn, nil, x, d)
	r, c := dst.Dims()
	if c != d*d {
		panic((&DimError{fn, "a row of dst", c, d * d}).Error())
	}
	if r != n {
		panic(fmt.Sprintf("%s: dst has %d rows, x has %d", fn, r, n))
	}
}

func checkLen(fn string, dst []float64, n int) {
	if len(dst) != n {
		panic(fmt.Sprintf("%s: dst has length %d, x has %d rows", fn, len(dst), n))
	}
}
