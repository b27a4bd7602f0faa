package measure

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Uniform is the uniform distribution on an interval of the line.
type Uniform struct{ lo, hi float64 }

var (
	_ LogDensity = (*Uniform)(nil)
	_ Moments    = (*Uniform)(nil)
	_ Line       = (*Uniform)(nil)
	_ Knotted    = (*Uniform)(nil)
)

// NewUniform returns the uniform distribution on [lo, hi]. It returns a
// ValueError unless the ends are finite, lo < hi, and so is (hi − lo)².
func NewUniform(lo, hi float64) (*Uniform, error) {
	const fn = "measure.NewUniform"
	if !finite(lo) {
		return nil, &ValueError{fn, "lo", lo, "a finite number"}
	}
	if !(hi > lo) || !finite((hi-lo)*(hi-lo)) {
		return nil, &ValueError{fn, "hi", hi, "a finite number above lo"}
	}
	return &Uniform{lo, hi}, nil
}

// Bounds returns the ends of the interval.
func (u *Uniform) Bounds() (lo, hi float64) { return u.lo, u.hi }

// Dim returns 1, and 0 for a nil or zero Uniform.
func (u *Uniform) Dim() int {
	if u == nil || u.lo == u.hi {
		return 0
	}
	return 1
}

// Sample fills the single column of dst with independent draws.
func (u *Uniform) Sample(dst *mat.Dense, key rng.Key) {
	n := checkRows("measure.Uniform.Sample", nil, dst, 1)
	r := key.Rand()
	for i := range n {
		dst.Set(i, 0, u.lo+(u.hi-u.lo)*r.Float64())
	}
}

// LogProb stores −ln(hi − lo) inside the interval and −Inf outside.
func (u *Uniform) LogProb(dst []float64, x *mat.Dense) {
	LogProbLine(dst, x, u.LogProb1)
}

// LogProb1 returns the log density at x.
func (u *Uniform) LogProb1(x float64) float64 {
	if x < u.lo || x > u.hi {
		return math.Inf(-1)
	}
	return -math.Log(u.hi - u.lo)
}

// Mean stores (lo + hi)/2 into dst, which is allocated if nil, and returns it.
func (u *Uniform) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, 1)
	}
	checkLen("measure.Uniform.Mean", dst, 1)
	dst[0] = u.lo + 0.5*(u.hi-u.lo)
	return dst
}

// Cov stores (hi − lo)²/12 into dst, which must be empty or 1×1.
func (u *Uniform) Cov(dst *mat.SymDense) {
	if dst.IsEmpty() {
		dst.ReuseAsSym(1)
	}
	if n := dst.SymmetricDim(); n != 1 {
		panic((&DimError{"measure.Uniform.Cov", "dst", n, 1}).Error())
	}
	dst.SetSym(0, 0, (u.hi-u.lo)*(u.hi-u.lo)/12)
}

// LogCDF returns ln P(X ≤ x) and ln P(X > x).
func (u *Uniform) LogCDF(x float64) (lower, upper float64) {
	switch w := u.hi - u.lo; {
	case x <= u.lo:
		return math.Inf(-1), 0
	case x >= u.hi:
		return 0, math.Inf(-1)
	case x-u.lo < u.hi-x:
		f := (x - u.lo) / w
		return math.Log(f), math.Log1p(-f)
	default:
		s := (u.hi - x) / w
		return math.Log1p(-s), math.Log(s)
	}
}

// LogQuantile returns the quantile; see Line.
func (u *Uniform) LogQuantile(logp float64, upper bool) float64 {
	if math.IsNaN(logp) || logp > 0 {
		return math.NaN()
	}
	f := math.Exp(logp)
	if upper {
		return u.hi - f*(u.hi-u.lo)
	}
	return u.lo + f*(u.hi-u.lo)
}

// Knots appends the ends of the interval, where the density jumps.
func (u *Uniform) Knots(dst []float64) []float64 { return append(dst, u.lo, u.hi) }
