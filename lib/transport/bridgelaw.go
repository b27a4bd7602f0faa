package transport

import (
	"context"
	"math"
	"sort"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// bridgeLaw is the law of a bridge at a time between the ends: the mixture of
// N((1−u) xᵢ + u yⱼ, s² I) with weights π[i,j] and s² = 2T tau u(1−u). Its density
// is a product of one factor for each end, which spares the sum over pairs.
type bridgeLaw struct {
	b *Bridge
	t float64
}

var (
	_ measure.Scorer  = (*bridgeLaw)(nil)
	_ measure.Moments = (*bridgeLaw)(nil)
)

// Dim returns the number of dimensions.
func (l *bridgeLaw) Dim() int { return l.b.p.Dim() }

// variance returns s².
func (l *bridgeLaw) variance() float64 {
	u := l.t / l.b.tau
	return 2 * l.b.temperature * l.b.tau * u * (1 - u)
}

// each calls visit for the rows of x, of several goroutines at once.
func (l *bridgeLaw) each(x *mat.Dense, visit func(i int, at []float64, from, to *bridgePosterior)) {
	n := checkBridgeRows(x, l.b)
	_ = par.For(context.Background(), n, bridgeBlock, func(lo, hi int) { // never cancelled
		from, to := l.b.from.scratch(), l.b.to.scratch()
		for i := lo; i < hi; i++ {
			l.b.from.posterior(from, x.RawRowView(i), l.b.behind(l.t))
			l.b.to.posterior(to, x.RawRowView(i), l.b.ahead(l.t))
			visit(i, x.RawRowView(i), from, to)
		}
	})
}

// LogProb stores the log density at the rows of x into dst.
func (l *bridgeLaw) LogProb(dst []float64, x *mat.Dense) {
	norm := math.Log(l.b.total) + 0.5*float64(l.Dim())*math.Log(2*math.Pi*l.variance())
	l.each(x, func(i int, _ []float64, from, to *bridgePosterior) { dst[i] = from.logp + to.logp - norm })
}

// Score stores ∇ ln p at the rows of x into the rows of dst.
func (l *bridgeLaw) Score(dst, x *mat.Dense) {
	ahead, behind := l.b.ahead(l.t), l.b.behind(l.t)
	l.each(x, func(i int, at []float64, from, to *bridgePosterior) {
		row := dst.RawRowView(i)
		for k, v := range at {
			row[k] = (from.mean[k]-v)/behind + (to.mean[k]-v)/ahead
		}
	})
}

// Mean stores (1−u) E x₀ + u E y into dst, which is allocated if nil, and returns
// it.
func (l *bridgeLaw) Mean(dst []float64) []float64 {
	u := l.t / l.b.tau
	dst = l.b.start.Mean(dst)
	floats.Scale(1-u, dst)
	floats.AddScaled(dst, u, l.b.end.Mean(nil))
	return dst
}

// Cov stores (1−u)² Cov x₀ + u² Cov y + u(1−u)(K + Kᵀ) + s² I into dst, which must
// be empty or d×d.
func (l *bridgeLaw) Cov(dst *mat.SymDense) {
	d := l.Dim()
	if dst.IsEmpty() {
		dst.ReuseAsSym(d)
	} else if n := dst.SymmetricDim(); n != d {
		panic((&measure.DimError{Func: "transport.Bridge", Arg: "dst", Got: n, Want: d}).Error())
	}
	u := l.t / l.b.tau
	var c1, c2 mat.SymDense
	l.b.start.Cov(&c1)
	l.b.end.Cov(&c2)
	k := l.b.crossCov()
	for i := range d {
		for j := i; j < d; j++ {
			v := (1-u)*(1-u)*c1.At(i, j) + u*u*c2.At(i, j) + u*(1-u)*(k.At(i, j)+k.At(j, i))
			if i == j {
				v += l.variance()
			}
			dst.SetSym(i, j, v)
		}
	}
}

// crossCov returns K = E (x₀ − E x₀)(y − E y)ᵀ, through E[y | x₀].
func (b *Bridge) crossCov() *mat.Dense {
	b.once.Do(func() {
		n, d := b.from.points.Dims()
		ends := mat.NewDense(n, d, nil)
		_ = par.For(context.Background(), n, bridgeBlock, func(lo, hi int) { // never cancelled
			to := b.to.scratch()
			for i := lo; i < hi; i++ {
				b.to.posterior(to, b.from.points.RawRowView(i), b.ahead(0))
				ends.SetRow(i, to.mean)
			}
		})
		from := mat.NewDense(n, d, nil)
		mx, my := b.start.Mean(nil), b.end.Mean(nil)
		for i, w := range b.start.Weights() {
			floats.SubTo(from.RawRowView(i), b.from.points.RawRowView(i), mx)
			floats.Scale(w, from.RawRowView(i))
			floats.Sub(ends.RawRowView(i), my)
		}
		b.cross = new(mat.Dense)
		b.cross.Mul(from.T(), ends)
	})
	return b.cross
}

// Sample fills the rows of dst with independent draws: of an atom at the start,
// of one at the end given that, and of a point of the Brownian bridge between.
func (l *bridgeLaw) Sample(dst *mat.Dense, key rng.Key) {
	n, d := checkBridgeRows(dst, l.b), l.Dim()
	first, last, eps := make([]float64, n), make([]float64, n), make([]float64, n*d)
	key.Named("start").Uniform(first)
	key.Named("end").Uniform(last)
	key.Named("between").Normal(eps)
	upto := runningSums(l.b.start.Weights())
	u, s := l.t/l.b.tau, math.Sqrt(l.variance())
	_ = par.For(context.Background(), n, bridgeBlock, func(lo, hi int) { // never cancelled
		to := l.b.to.scratch()
		for i := lo; i < hi; i++ {
			x := l.b.from.points.RawRowView(drawAtom(upto, first[i]))
			l.b.to.posterior(to, x, l.b.ahead(0))
			y := l.b.to.points.RawRowView(drawAtom(runningSums(to.r), last[i]))
			for k := range d {
				dst.Set(i, k, (1-u)*x[k]+u*y[k]+s*eps[i*d+k])
			}
		}
	})
}

func runningSums(w []float64) []float64 { return floats.CumSum(make([]float64, len(w)), w) }

// drawAtom returns the first index where the running sums exceed the share u of
// the last, which is one that has weight.
func drawAtom(upto []float64, u float64) int {
	u *= upto[len(upto)-1]
	return min(sort.Search(len(upto), func(i int) bool { return upto[i] > u }), len(upto)-1)
}
