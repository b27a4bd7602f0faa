package measure

import (
	"fmt"
	"math"
	"sort"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Discrete is a measure of finitely many atoms, Σ wᵢ δ(yᵢ): a sample with
// weights. On the line it is a Line, and in any dimension it can be noised; it
// has no density.
type Discrete struct {
	points  *mat.Dense
	weights []float64 // ≥ 0, sum 1
	upto    []float64 // Σ weights[:i+1]
	line    *steps    // on the line

	normals func() *Mixture // the atoms as normals of variance 0, made once
}

var (
	_ Moments  = (*Discrete)(nil)
	_ Line     = (*Discrete)(nil)
	_ Knotted  = (*Discrete)(nil)
	_ Noisable = (*Discrete)(nil)
)

// NewDiscrete returns the measure with atoms at the rows of points and the given
// weights, which are scaled to sum to 1; nil weights are equal. Points may
// coincide and weights may be 0. The arguments are copied.
//
// It returns a DimError if there are no points, if they have no coordinates or
// if there are not as many weights, and a ValueError if a coordinate isn't
// finite, if a weight is negative or isn't finite, or if their sum is 0 or
// overflows.
func NewDiscrete(points mat.Matrix, weights []float64) (*Discrete, error) {
	const fn = "measure.NewDiscrete"
	var n, dim int
	if points != nil {
		n, dim = points.Dims()
	}
	if n == 0 || dim == 0 {
		return nil, &DimError{fn, "points", 0, 1}
	}
	if weights != nil && len(weights) != n {
		return nil, &DimError{fn, "weights", len(weights), n}
	}
	d := &Discrete{points: mat.DenseCopyOf(points), weights: make([]float64, n)}
	for i := range n {
		for k, v := range d.points.RawRowView(i) {
			if !finite(v) {
				return nil, &ValueError{fn, fmt.Sprintf("coordinate %d of point %d", k, i), v, "a finite number"}
			}
		}
	}
	if weights == nil {
		for i := range d.weights {
			d.weights[i] = 1 / float64(n)
		}
	} else if err := normalise(fn, "weight", d.weights, weights); err != nil {
		return nil, err
	}
	d.upto = cumulate(d.weights)
	d.normals = sync.OnceValue(d.mixture)
	if dim == 1 {
		d.line = newSteps(d.points.RawMatrix().Data, d.weights)
	}
	return d, nil
}

// normalise stores w, scaled to sum to 1, into dst. It returns a ValueError if
// an entry is negative or isn't finite, or if their sum is 0 or overflows.
func normalise(fn, name string, dst, w []float64) error {
	var total num.Sum
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 1) {
			return &ValueError{fn, fmt.Sprintf("%s %d", name, i), v, "a finite number ≥ 0"}
		}
		total.Add(v)
	}
	sum := total.Value()
	if !(sum > 0) || math.IsInf(sum, 1) {
		return &ValueError{fn, "the sum of the " + name + "s", sum, "positive and finite"}
	}
	for i, v := range w {
		dst[i] = v / sum // 1/sum may overflow
	}
	return nil
}

// cumulate returns the sums of w[:i+1].
func cumulate(w []float64) []float64 {
	var sum num.Sum
	upto := make([]float64, len(w))
	for i, v := range w {
		sum.Add(v)
		upto[i] = sum.Value()
	}
	return upto
}

// pick returns the smallest i with upto[i] > u·(the total), 0 < u < 1, which
// never is one of no weight.
func pick(upto []float64, u float64) int {
	u *= upto[len(upto)-1]
	return min(sort.Search(len(upto), func(i int) bool { return upto[i] > u }), len(upto)-1)
}

// Dim returns the number of dimensions, and 0 for a nil or zero Discrete.
func (d *Discrete) Dim() int {
	if d == nil || d.points == nil {
		return 0
	}
	_, c := d.points.Dims()
	return c
}

// Len returns the number of atoms.
func (d *Discrete) Len() int { return len(d.weights) }

// Points returns the atoms as rows, in the order in which they were given. It
// is not a copy, and must not be changed.
func (d *Discrete) Points() *mat.Dense { return d.points }

// Weights returns the weights of the atoms. They sum to 1. It is not a copy, and
// must not be changed.
func (d *Discrete) Weights() []float64 { return d.weights }

// Mean stores Σ wᵢ yᵢ into dst, which is allocated if nil, and returns it.
func (d *Discrete) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, d.Dim())
	}
	checkLen("measure.Discrete.Mean", dst, d.Dim())
	for k := range dst {
		var sum num.Sum
		for i, w := range d.weights {
			sum.Add(w * d.points.At(i, k))
		}
		dst[k] = sum.Value()
	}
	return dst
}

// Cov stores Σ wᵢ (yᵢ−μ)(yᵢ−μ)ᵀ into dst, which must be empty or d×d. It is the
// covariance of the measure itself, with no correction for its having been a
// sample.
func (d *Discrete) Cov(dst *mat.SymDense) {
	dim := d.Dim()
	if dst.IsEmpty() {
		dst.ReuseAsSym(dim)
	} else if n := dst.SymmetricDim(); n != dim {
		panic((&DimError{"measure.Discrete.Cov", "dst", n, dim}).Error())
	}
	mean := d.Mean(nil)
	off := mat.NewDense(len(d.weights), dim, nil)
	for i, w := range d.weights {
		row := off.RawRowView(i)
		floats.SubTo(row, d.points.RawRowView(i), mean)
		floats.Scale(math.Sqrt(w), row)
	}
	dst.SymOuterK(1, off.T())
}

// Sample fills the rows of dst with independent draws from the atoms.
func (d *Discrete) Sample(dst *mat.Dense, key rng.Key) {
	n := checkRows("measure.Discrete.Sample", nil, dst, d.Dim())
	u := make([]float64, n)
	key.Uniform(u)
	for i := range u {
		dst.SetRow(i, d.points.RawRowView(pick(d.upto, u[i])))
	}
}

// LogCDF returns ln P(X ≤ x) and ln P(X > x) on the line: an atom at x counts in
// the first. It panics in other dimensions.
func (d *Discrete) LogCDF(x float64) (lower, upper float64) {
	d.checkLine("measure.Discrete.LogCDF")
	return d.line.logCDF(x)
}

// LogQuantile returns the least atom x with ln P(X ≤ x) ≥ logp or, with upper,
// with ln P(X > x) ≤ logp; it is an atom of positive weight, the greatest if
// logp leaves no mass above it. It returns NaN unless logp ≤ 0, and panics in
// dimensions other than 1.
func (d *Discrete) LogQuantile(logp float64, upper bool) float64 {
	d.checkLine("measure.Discrete.LogQuantile")
	return d.line.logQuantile(logp, upper)
}

// Knots appends the atoms of positive weight, in increasing order and each
// once. It panics in dimensions other than 1.
func (d *Discrete) Knots(dst []float64) []float64 {
	d.checkLine("measure.Discrete.Knots")
	return append(dst, d.line.at...)
}

func (d *Discrete) checkLine(fn string) {
	if d.line == nil {
		panic((&DimError{fn, "the measure", d.Dim(), 1}).Error())
	}
}

// steps is the distribution function of atoms on the line: the distinct places
// with mass, in increasing order, and the logarithms of the mass up to and
// beyond each. They are kept as logarithms because a quantile at a value of
// the distribution function must find its atom again.
type steps struct{ at, lower, upper []float64 }

func newSteps(x, w []float64) *steps {
	var order []int
	for i := range w {
		if w[i] > 0 {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return x[order[i]] < x[order[j]] })
	s := new(steps)
	var mass []float64
	var here num.Sum
	for k, i := range order {
		here.Add(w[i])
		if k+1 == len(order) || x[order[k+1]] > x[i] {
			s.at, mass = append(s.at, x[i]), append(mass, here.Value())
			here = num.Sum{}
		}
	}
	n := len(mass)
	s.lower, s.upper = cumulate(mass), make([]float64, n)
	var above num.Sum
	for k := n - 1; k >= 0; k-- {
		s.upper[k] = above.Value()
		above.Add(mass[k])
	}
	for k := range n {
		s.lower[k], s.upper[k] = logTails(s.lower[k], s.upper[k])
	}
	s.lower[n-1], s.upper[n-1] = 0, math.Inf(-1)
	return s
}

// logTails returns the logarithms of two masses that sum to 1 but for rounding,
// through the smaller one.
func logTails(lower, upper float64) (logLower, logUpper float64) {
	if lower < upper {
		return math.Log(lower), math.Log1p(-lower)
	}
	return math.Log1p(-upper), math.Log(upper)
}

func (s *steps) logCDF(x float64) (lower, upper float64) {
	k := sort.Search(len(s.at), func(k int) bool { return s.at[k] > x })
	switch {
	case math.IsNaN(x):
		return x, x
	case k == 0:
		return math.Inf(-1), 0
	}
	return s.lower[k-1], s.upper[k-1]
}

func (s *steps) logQuantile(logp float64, upper bool) float64 {
	if !(logp <= 0) {
		return math.NaN()
	}
	return s.at[sort.Search(len(s.at)-1, func(k int) bool {
		if upper {
			return s.upper[k] <= logp
		}
		return s.lower[k] >= logp
	})]
}
