package measure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Mixture is a finite mixture of Gaussians, Σ wₖ N(μₖ, Cₖ).
type Mixture struct {
	weights []float64 // positive, sum 1
	parts   []*Gaussian
	vec     *vector
}

var (
	_ Curved   = (*Mixture)(nil)
	_ Moments  = (*Mixture)(nil)
	_ Line     = (*Mixture)(nil)
	_ Knotted  = (*Mixture)(nil)
	_ Noisable = (*Mixture)(nil)
)

// NewMixture returns the mixture of parts with the given weights, which are
// scaled to sum to 1; parts of weight 0 are dropped. The slices are copied.
//
// It returns a ValueError if a weight is negative or isn't finite or if none is
// positive, and a DimError if the lengths or dimensions differ or there is no
// part.
func NewMixture(weights []float64, parts []*Gaussian) (*Mixture, error) {
	const fn = "measure.NewMixture"
	if len(parts) == 0 {
		return nil, &DimError{fn, "parts", 0, 1}
	}
	if len(weights) != len(parts) {
		return nil, &DimError{fn, "weights", len(weights), len(parts)}
	}
	m := &Mixture{vec: new(vector)}
	for k, g := range parts {
		if g == nil {
			return nil, fmt.Errorf("%s: part %d is nil", fn, k)
		}
		if g.Dim() != parts[0].Dim() {
			return nil, &DimError{fn, fmt.Sprintf("part %d", k), g.Dim(), parts[0].Dim()}
		}
		switch w := weights[k]; {
		case !(w >= 0) || math.IsInf(w, 1):
			return nil, &ValueError{fn, fmt.Sprintf("weight %d", k), w, "a finite number ≥ 0"}
		case w > 0:
			m.weights = append(m.weights, w)
			m.parts = append(m.parts, g)
		}
	}
	total := floats.Sum(m.weights)
	if !(total > 0) || math.IsInf(total, 1) {
		return nil, &ValueError{fn, "the sum of the weights", total, "positive and finite"}
	}
	for k := range m.weights {
		m.weights[k] /= total // 1/total may overflow
	}
	return m, nil
}

// Bimodal returns ½N(−centre, sd²) + ½N(centre, sd²) on the line. It panics
// unless centre is finite and sd positive and finite.
func Bimodal(centre, sd float64) *Mixture {
	return newMixture([]float64{0.5, 0.5}, []*Gaussian{Normal(-centre, sd), Normal(centre, sd)})
}

func newMixture(weights []float64, parts []*Gaussian) *Mixture {
	return &Mixture{weights, parts, new(vector)}
}

func asMixture(g *Gaussian) *Mixture { return newMixture([]float64{1}, []*Gaussian{g}) }

// Dim returns the number of dimensions, and 0 for a nil or zero Mixture.
func (m *Mixture) Dim() int {
	if m == nil || len(m.parts) == 0 {
		return 0
	}
	return m.parts[0].Dim()
}

// Len returns the number of components.
func (m *Mixture) Len() int { return len(m.parts) }

// Component returns the weight and the law of component k.
func (m *Mixture) Component(k int) (weight float64, part *Gaussian) {
	return m.weights[k], m.parts[k]
}

// Mean stores Σ wₖ μₖ into dst, which is allocated if nil, and returns it.
func (m *Mixture) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, m.Dim())
	}
	checkLen("measure.Mixture.Mean", dst, m.Dim())
	clear(dst)
	for k, g := range m.parts {
		floats.AddScaled(dst, m.weights[k], g.mean)
	}
	return dst
}

// Cov stores Σ wₖ (Cₖ + (μₖ−μ)(μₖ−μ)ᵀ) into dst, which must be empty or d×d.
func (m *Mixture) Cov(dst *mat.SymDense) {
	d := m.Dim()
	if dst.IsEmpty() {
		dst.ReuseAsSym(d)
	} else if n := dst.SymmetricDim(); n != d {
		panic((&DimError{"measure.Mixture.Cov", "dst", n, d}).Error())
	}
	mean := m.Mean(nil)
	sum := mat.NewSymDense(d, nil)
	off := mat.NewVecDense(d, nil)
	for k, g := range m.parts {
		var c mat.SymDense
		g.Cov(&c)
		c.ScaleSym(m.weights[k], &c)
		sum.AddSym(sum, &c)
		floats.SubTo(off.RawVector().Data, g.mean, mean)
		sum.SymRankOne(sum, m.weights[k], off)
	}
	dst.CopySym(sum)
}

// Sample fills the rows of dst with independent draws.
func (m *Mixture) Sample(dst *mat.Dense, key rng.Key) {
	d := m.Dim()
	n := checkRows("measure.Mixture.Sample", nil, dst, d)
	eps := make([]float64, n*d)
	key.Named("position").Normal(eps)
	pick := key.Named("component").Rand()
	for i := range n {
		u, k := pick.Float64(), 0
		for ; k < len(m.weights)-1 && u >= m.weights[k]; k++ {
			u -= m.weights[k]
		}
		m.parts[k].place(dst.RawRowView(i), eps[i*d:(i+1)*d])
	}
}

// posterior stores the components' responsibilities for the point x into r, its
// coordinates along each component's axes into the rows of y, and returns the
// log density.
func (m *Mixture) posterior(r []float64, y [][]float64, x []float64) float64 {
	for k, g := range m.parts {
		g.toAxes(y[k], x)
		r[k] = math.Log(m.weights[k]) + g.logProb(y[k])
	}
	logp := floats.LogSumExp(r)
	for k := range r {
		r[k] = math.Exp(r[k] - logp)
	}
	return logp
}

func (m *Mixture) scratch() (r []float64, y [][]float64) {
	r, y = make([]float64, len(m.parts)), make([][]float64, len(m.parts))
	for k := range y {
		y[k] = make([]float64, m.Dim())
	}
	return r, y
}

// LogProb stores ln Σ wₖ N(x; μₖ, Cₖ) at the rows of x into dst.
func (m *Mixture) LogProb(dst []float64, x *mat.Dense) {
	n := checkRows("measure.Mixture.LogProb", nil, x, m.Dim())
	checkLen("measure.Mixture.LogProb", dst, n)
	if mix := m.vectorised(); mix != nil {
		w := workspaces.Get().(*workspace)
		for lo := 0; lo < n; lo += block {
			hi := min(lo+block, n)
			mix.LogDensity(dst[lo:hi], load(&w.points, x, lo, hi))
		}
		workspaces.Put(w)
		return
	}
	m.logProbPlain(dst, x)
}

func (m *Mixture) logProbPlain(dst []float64, x *mat.Dense) {
	n, _ := x.Dims()
	r, y := m.scratch()
	for i := range n {
		dst[i] = m.posterior(r, y, x.RawRowView(i))
	}
}

// Score stores ∇ln p at the rows of x into the rows of dst.
func (m *Mixture) Score(dst, x *mat.Dense) {
	checkRows("measure.Mixture.Score", dst, x, m.Dim())
	m.scoreBlend().apply(dst, x)
}

// ScoreDivergence implements Curved.
func (m *Mixture) ScoreDivergence(dst []float64, x *mat.Dense) {
	checkLen("measure.Mixture.ScoreDivergence", dst, checkRows("measure.Mixture.ScoreDivergence", nil, x, m.Dim()))
	m.scoreBlend().divergence(dst, x)
}

// ScoreJacobian implements Curved.
func (m *Mixture) ScoreJacobian(dst, x *mat.Dense) {
	checkSquare("measure.Mixture.ScoreJacobian", dst, x, m.Dim())
	m.scoreBlend().jacobian(dst, x)
}

// Noise returns the law Σ wₖ N(mμₖ, m²Cₖ + var I) of m x₀ + √var ε.
func (m *Mixture) Noise(c Coeffs) Noised { return newNoised("measure.Mixture.Noise", m, c) }

// LogCDF returns ln P(X ≤ x) and ln P(X > x) on the line. It panics in other
// dimensions.
func (m *Mixture) LogCDF(x float64) (lower, upper float64) {
	var f, s float64
	for k, g := range m.parts {
		g.checkLine("measure.Mixture.LogCDF")
		lo, up := num.NormTails((x - g.mean[0]) / math.Sqrt(g.vars[0]))
		f += m.weights[k] * lo
		s += m.weights[k] * up
	}
	// The smaller tail has its digits; the larger is its complement.
	switch {
	case f < 1e-280:
		return m.logTail(x, 1), math.Log1p(-f)
	case s < 1e-280:
		return math.Log1p(-s), m.logTail(x, -1)
	case f < s:
		return math.Log(f), math.Log1p(-f)
	}
	return math.Log1p(-s), math.Log(s)
}

// logTail returns the log of the lower tail (sign 1) or the upper (sign −1)
// where the tail itself underflows.
func (m *Mixture) logTail(x, sign float64) float64 {
	most, sum := math.Inf(-1), 0.0
	for k, g := range m.parts {
		l := math.Log(m.weights[k]) + num.NormLogCDF(sign*(x-g.mean[0])/math.Sqrt(g.vars[0]))
		if l > most {
			sum, most = sum*math.Exp(most-l)+1, l
		} else if !math.IsInf(l, -1) {
			sum += math.Exp(l - most)
		}
	}
	return most + math.Log(sum)
}

// LogQuantile returns the quantile on the line; see Line. It panics in other
// dimensions.
func (m *Mixture) LogQuantile(logp float64, upper bool) float64 {
	// The quantile lies between those of the components.
	lo, hi, mid, scale := math.Inf(1), math.Inf(-1), 0.0, math.Inf(1)
	z := num.NormLogQuantile(logp, upper)
	for k, g := range m.parts {
		g.checkLine("measure.Mixture.LogQuantile")
		q := g.mean[0] + math.Sqrt(g.vars[0])*z
		lo, hi, mid = min(lo, q), max(hi, q), mid+m.weights[k]*q
		scale = min(scale, g.vars[0])
	}
	if !(lo < hi) { // equal, infinite or NaN
		return mid
	}
	// Newton on the log of the smaller tail, on which it is nearly linear.
	if logp > -math.Ln2 {
		logp, upper = math.Log(-math.Expm1(logp)), !upper
	}
	return num.Newton(func(x float64) (f, df float64) {
		l, u := m.LogCDF(x)
		p := m.LogProb1(x)
		if upper {
			return logp - u, math.Exp(p - u)
		}
		return l - logp, math.Exp(p - l)
	}, mid, lo, hi, 1e-17*math.Sqrt(scale))
}

// LogProb1 returns the log density at x of a mixture on the line, without
// allocation.
func (m *Mixture) LogProb1(x float64) float64 {
	most, sum := math.Inf(-1), 0.0
	for k, g := range m.parts {
		z := x - g.mean[0]
		l := g.norm - 0.5*z*z/g.vars[0]
		if l > most {
			sum, most = sum*math.Exp(most-l)+m.weights[k], l
		} else {
			sum += m.weights[k] * math.Exp(l-most)
		}
	}
	return most + math.Log(sum)
}

// Knots appends the centres of the components and the ends of their bulk,
// thinned where components lie closer than their widths. Where the next knot is
// far, another stands at the end of the tail, or a panel that is wide beside the
// component would step over what is beyond its bulk.
func (m *Mixture) Knots(dst []float64) []float64 {
	type knot struct{ x, sd float64 }
	var ks []knot
	for _, g := range m.parts {
		sd := g.SD()
		for _, z := range [...]float64{-4.5, 0, 4.5} {
			ks = append(ks, knot{g.mean[0] + z*sd, sd})
		}
	}
	slices.SortFunc(ks, func(a, b knot) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	const far = 16
	last := knot{math.Inf(-1), math.Inf(1)}
	for _, k := range ks {
		space := k.x - last.x
		if space < min(k.sd, last.sd) {
			last.sd = min(k.sd, last.sd)
			continue
		}
		if space > far*last.sd && !math.IsInf(space, 1) {
			dst = append(dst, last.x+5.5*last.sd)
		}
		if space > far*k.sd && !math.IsInf(space, 1) {
			dst = append(dst, k.x-5.5*k.sd)
		}
		dst = append(dst, k.x)
		last = k
	}
	return dst
}
