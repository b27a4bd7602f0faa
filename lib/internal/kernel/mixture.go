package kernel

import (
	"fmt"
	"math"
)

// A Mixture is the sum over its components of weight times normal density, in
// the form that the loops read. It doesn't change and may be used by several
// goroutines at once. Its methods allocate nothing, but for a workspace that is
// used again. Every point is computed by itself: its results have the same bits
// in any batch.
//
// With the logits lₖ(x) = peakₖ − ½|Wₖ(x − μₖ)|², the logarithms of the
// components' weighted densities, the log density is ln Σ exp lₖ and the
// responsibilities are rₖ = exp lₖ / Σ exp l. The largest logit is taken out, so
// that nothing underflows but what is negligible beside it: responsibilities
// have an absolute error of 1e-307, in float32 of 1e-37, besides that of the
// logits, and are exactly 0 without a weight. Where all logits overflow the log
// density is −Inf, yet the responsibilities have their limit, in which the
// component at the least distance |Wₖ(x − μₖ)| takes all.
//
// Infinite coordinates give a log density of −Inf, and NaN for the rest. NaN
// gives NaN, for that point only.
type Mixture[T Float] struct {
	k, d  int
	lower bool      // white is lower triangular
	mean  []float64 // k×d
	peak  []float64
	half  []float64 // ½/variance, or nil
	white []float64 // k×d×d, or nil
	parts []T       // for isotropicLogits or fullLogits, to base 2
	size  int       // of the parts of a component
}

// NewIsotropicMixture returns Σ wₖ N(μₖ, vₖ I) with the variances vₖ. The means
// stand one after another. The weights need not sum to 1; some may be 0, but not
// all.
//
// It panics if lengths don't fit, a weight or a mean is not finite, a weight is
// negative, or a variance is not positive, or if half its inverse is beyond T.
func NewIsotropicMixture[T Float](weights, means, variances []float64) *Mixture[T] {
	const name = "NewIsotropicMixture"
	m := newMixture[T](name, len(weights), means)
	sameLength(name, "variances", len(variances), m.k)
	m.half = make([]float64, m.k)
	for k, v := range variances {
		positive[T](name, "variance", v)
		m.half[k] = 0.5 / v
		positive[T](name, "half the inverse of a variance", m.half[k])
		m.peak[k] = logWeight(name, weights[k]) - 0.5*float64(m.d)*math.Log(2*math.Pi*v)
	}
	return m.pack(name)
}

// NewFullMixture returns Σ wₖ N(μₖ, LₖLₖᵀ). The lower Cholesky factors Lₖ stand
// one after another, row by row; what is above their diagonals is not read.
//
// It panics as [NewIsotropicMixture] does, or if a factor's diagonal is not
// positive.
func NewFullMixture[T Float](weights, means, factors []float64) *Mixture[T] {
	const name = "NewFullMixture"
	m := newMixture[T](name, len(weights), means)
	d := m.d
	sameLength(name, "factors", len(factors), m.k*d*d)
	m.lower = true
	m.white = make([]float64, len(factors))
	for k, w := range weights {
		l, inverse := factors[k*d*d:][:d*d], m.white[k*d*d:][:d*d]
		m.peak[k] = logWeight(name, w) - 0.5*float64(d)*math.Log(2*math.Pi)
		for r := range d {
			positive[T](name, "an entry on the diagonal of a factor", l[r*d+r])
			m.peak[k] -= math.Log(l[r*d+r])
			// L⁻¹ row by row: L·L⁻¹ = I.
			row := inverse[r*d:][:d]
			row[r] = 1
			for c := range r {
				f := l[r*d+c]
				for i, v := range inverse[c*d:][:c+1] {
					row[i] -= float64(f * v)
				}
			}
			for i := range r + 1 {
				row[i] /= l[r*d+r]
			}
		}
	}
	return m.pack(name)
}

// NewWhitenedMixture returns the mixture of the logits peakₖ − ½|Wₖ(x − μₖ)|²,
// for covariances known by any Wₖ with WₖᵀWₖ = Cₖ⁻¹. A peak is the logarithm of a
// component's weight times its density at its mean, −Inf for a weight of 0. The
// matrices stand one after another, row by row.
//
// It panics if lengths don't fit, or an entry is not finite.
func NewWhitenedMixture[T Float](peaks, means, whitening []float64) *Mixture[T] {
	const name = "NewWhitenedMixture"
	m := newMixture[T](name, len(peaks), means)
	sameLength(name, "whitening", len(whitening), m.k*m.d*m.d)
	copy(m.peak, peaks)
	m.white = append(m.white, whitening...)
	return m.pack(name)
}

func newMixture[T Float](function string, k int, means []float64) *Mixture[T] {
	if k == 0 || len(means) == 0 || len(means)%k != 0 {
		panic(fmt.Sprintf("kernel: %s: %d numbers are no means of %d components", function, len(means), k))
	}
	return &Mixture[T]{k: k, d: len(means) / k, mean: append([]float64(nil), means...), peak: make([]float64, k)}
}

func logWeight(function string, w float64) float64 {
	if !(w >= 0) || math.IsInf(w, 1) {
		panic(fmt.Sprintf("kernel: %s: weight %v, want a finite number ≥ 0", function, w))
	}
	return math.Log(w)
}

func positive[T Float](function, name string, v float64) {
	if !(T(v) > 0) || math.IsInf(float64(T(v)), 0) {
		panic(fmt.Sprintf("kernel: %s: %s is %v, want a finite number > 0 in %T", function, name, v, T(0)))
	}
}

func finite[T Float](function, name string, x []float64) {
	for _, v := range x {
		if d := T(v) - T(v); d != 0 {
			panic(fmt.Sprintf("kernel: %s: an entry of %s is %v, want a finite number in %T", function, name, v, T(0)))
		}
	}
}

// pack makes the parts from the rest: the logits are computed to base 2, which
// spares the exponential most of its reduction.
func (m *Mixture[T]) pack(function string) *Mixture[T] {
	finite[T](function, "means", m.mean)
	finite[T](function, "whitening", m.white)
	some := false
	for _, p := range m.peak {
		if !math.IsInf(p, -1) {
			finite[T](function, "peaks", []float64{p})
			some = true
		}
	}
	if !some {
		panic(fmt.Sprintf("kernel: %s: no component has a weight", function))
	}
	for k := range m.k {
		mean := m.mean[k*m.d:][:m.d]
		if m.half != nil {
			m.parts = appendAs(m.parts, mean...)
			m.parts = appendAs(m.parts, m.half[k]*math.Log2E, m.peak[k]*math.Log2E)
			continue
		}
		m.parts = appendAs(m.parts, m.peak[k]*math.Log2E)
		white := append([]float64(nil), m.white[k*m.d*m.d:][:m.d*m.d]...)
		for i := range white {
			white[i] *= math.Sqrt(0.5 * math.Log2E)
		}
		m.parts = appendRows(m.parts, mean, nil, white, m.lower)
	}
	m.size = len(m.parts) / m.k
	return m
}

func appendAs[T Float](dst []T, x ...float64) []T {
	for _, v := range x {
		dst = append(dst, T(v))
	}
	return dst
}

// appendRows appends the rows of a matrix, two at a time, as fullLogits and
// fullField read them.
func appendRows[T Float](dst []T, mean, offset, matrix []float64, lower bool) []T {
	d := len(mean)
	for r := 0; r < d; r += 2 {
		end := min(r+2, d)
		if offset != nil {
			dst = appendAs(dst, offset[r:end]...)
		}
		columns := d
		if lower {
			columns = end
		}
		for c := range columns {
			dst = appendAs(dst, mean[c])
			for i := r; i < end; i++ {
				dst = appendAs(dst, matrix[i*d+c])
			}
		}
	}
	return dst
}

// Len returns the number of components.
func (m *Mixture[T]) Len() int { return m.k }

// Dim returns the number of dimensions.
func (m *Mixture[T]) Dim() int { return m.d }

// LogDensity sets dst[j] to the log density at point j of x. The error is a few
// rounding errors of the largest of 1 and the |peakₖ|, and of what the logit of a
// component that matters is the sum of.
//
// It panics if x has not the mixture's dimension, or dst is not as long as x.
func (m *Mixture[T]) LogDensity(dst []T, x Points[T]) {
	const name = "Mixture.LogDensity"
	x.check(name, "x", m.d)
	sameLength(name, "dst", len(dst), x.N)
	m.blend(Points[T]{}, dst, nil, x)
}

// Responsibilities sets dst.Coord[k*dst.Stride+j] to rₖ at point j of x, and
// logp[j] to the log density unless logp is nil.
//
// It panics if x has not the mixture's dimension, dst not its number of
// components for a dimension, or if lengths differ. Dst must not overlap x.
func (m *Mixture[T]) Responsibilities(dst Points[T], logp []T, x Points[T]) {
	const name = "Mixture.Responsibilities"
	x.check(name, "x", m.d)
	checkResults(name, dst, m.k, logp, x.N)
	switch m := any(m).(type) {
	case *Mixture[float64]:
		responsibilities64(m, any(dst).(Points[float64]), any(logp).([]float64), any(x).(Points[float64]))
	case *Mixture[float32]:
		responsibilities32(m, any(dst).(Points[float32]), any(logp).([]float32), any(x).(Points[float32]))
	}
}

// Blend sets the points of dst to the values of b at those of x, and logp[j] to
// the log density unless logp is nil. An error is a few rounding errors of the
// sum of the terms' magnitudes, times 1 + that of the logits of the components
// that matter.
//
// It panics if b is not of m, if x or dst has not the mixture's dimension, or if
// lengths differ. Dst may be x but must not overlap it otherwise.
func (m *Mixture[T]) Blend(dst Points[T], logp []T, b *Blend[T], x Points[T]) {
	const name = "Mixture.Blend"
	x.check(name, "x", m.d)
	checkResults(name, dst, m.d, logp, x.N)
	if b.of != m {
		panic("kernel: " + name + ": b belongs to another mixture")
	}
	m.blend(dst, logp, b, x)
}

func (m *Mixture[T]) blend(dst Points[T], logp []T, b *Blend[T], x Points[T]) {
	switch m := any(m).(type) {
	case *Mixture[float64]:
		blend64(m, any(dst).(Points[float64]), any(logp).([]float64), any(b).(*Blend[float64]), any(x).(Points[float64]))
	case *Mixture[float32]:
		blend32(m, any(dst).(Points[float32]), any(logp).([]float32), any(b).(*Blend[float32]), any(x).(Points[float32]))
	}
}

func checkResults[T Float](function string, dst Points[T], d int, logp []T, n int) {
	dst.check(function, "dst", d)
	sameLength(function, "dst", dst.N, n)
	if logp != nil {
		sameLength(function, "logp", len(logp), n)
	}
}

// A Blend is the vector field
//
//	Σₖ rₖ(x) (bₖ + Aₖ (x − μₖ))
//
// with the responsibilities rₖ and the means μₖ of a mixture. Its score, the
// conditional expectations given a noised point, and the velocity that carries
// the one law to the next are of this form.
type Blend[T Float] struct {
	of     *Mixture[T]
	offset []float64 // bₖ, k×d
	gain   []float64 // αₖ where Aₖ = αₖI, or the matrices Aₖ
	full   bool      // they are matrices
	parts  []T       // for isotropicField or fullField
}

// NewBlend returns the field with the offsets bₖ, one after another, or zero if
// nil. Gains are either one number αₖ for each component, for Aₖ = αₖI, or the
// matrices Aₖ, one after another and row by row.
//
// It panics if lengths don't fit, or an entry is not finite.
func (m *Mixture[T]) NewBlend(offsets, gains []float64) *Blend[T] {
	const name = "Mixture.NewBlend"
	k, d := m.k, m.d
	if offsets == nil {
		offsets = make([]float64, k*d)
	}
	sameLength(name, "offsets", len(offsets), k*d)
	if len(gains) != k*d*d {
		sameLength(name, "gains", len(gains), k)
	}
	finite[T](name, "offsets", offsets)
	finite[T](name, "gains", gains)
	b := &Blend[T]{
		of: m, full: len(gains) != k,
		offset: append([]float64(nil), offsets...), gain: append([]float64(nil), gains...),
	}
	if b.full {
		for i := range k {
			b.parts = appendRows(b.parts, m.mean[i*d:][:d], b.offset[i*d:][:d], b.gain[i*d*d:][:d*d], false)
		}
		return b
	}
	// The rows come first, and so do the components of a chunk.
	for i := 0; i < k; i += mixtureChunk {
		for r := range d {
			for j := i; j < min(i+mixtureChunk, k); j++ {
				b.parts = appendAs(b.parts, m.mean[j*d+r], b.gain[j], b.offset[j*d+r])
			}
		}
	}
	return b
}

// Score returns the gradient of the log density, Σₖ rₖ(x) Cₖ⁻¹(μₖ − x). It panics
// if an entry of an inverse covariance is beyond T.
func (m *Mixture[T]) Score() *Blend[T] {
	if m.half != nil {
		gains := make([]float64, m.k)
		for k, h := range m.half {
			gains[k] = -2 * h
		}
		return m.NewBlend(nil, gains)
	}
	gains := make([]float64, len(m.white))
	for k := range m.k {
		a, w := gains[k*m.d*m.d:], m.white[k*m.d*m.d:]
		for i := range m.d {
			for r := range m.d {
				for c := range m.d {
					a[r*m.d+c] -= float64(w[i*m.d+r] * w[i*m.d+c])
				}
			}
		}
	}
	return m.NewBlend(nil, gains)
}
