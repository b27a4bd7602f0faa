package transport

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// EntropicBarycentreOptions are the options of [EntropicBarycentre]. The zero
// value is ready to use.
type EntropicBarycentreOptions struct {
	// Debiased asks for the barycentre of Sinkhorn divergences (Janati, Cuturi and
	// Gramfort 2020), which isn't blurred. The price must be symmetric.
	Debiased bool
	// Tolerance is the Residual to reach; 0 means 10⁻¹⁰.
	Tolerance float64
	// MaxIterations ends the iteration; 0 means 10,000.
	MaxIterations int
}

// An EntropicSupport is a barycentre on given points with entropy: masses q with
// the least
//
//	Σ wₖ min [⟨P, C⟩ + ε Σ P ln P]  over plans P from q to hₖ,
//
// where masses are relative to those of the histograms.
type EntropicSupport struct {
	Weights []float64 // w, which sum to 1
	Masses  []float64 // q, with the mass of the histograms
	Eps     float64
	// Residual is the greatest Σ|r − q|, relative to the mass, over the row sums r
	// of the plans. With Debiased the diagonal's scaling counts too.
	Residual   float64
	Iterations int
	Options    EntropicBarycentreOptions

	kl, value float64
}

// Value returns the objective at q, with plans that have the marginals q and hₖ.
// It is NaN if the barycentre is debiased.
func (b *EntropicSupport) Value() float64 { return b.value }

// DualityGap returns by how much Value may exceed the least one, at most. It is
// +Inf, and nothing is proved, if the barycentre is debiased.
func (b *EntropicSupport) DualityGap() float64 { return b.Eps * b.kl }

// ErrorBound bounds Σ|q − q*|, relative to the mass, by √(2 DualityGap/ε): the
// barycentre q* is unique and the objective strongly convex.
func (b *EntropicSupport) ErrorBound() float64 { return math.Sqrt(2 * b.kl) }

// EntropicBarycentre returns the entropic barycentre of histograms on the points
// that are the rows of the cost, as [FixedSupportBarycentre] has them, by
// iterative Bregman projections (Benamou, Carlier, Cuturi, Nenna and Peyré 2015)
// in logarithms. Note that ε multiplies Σ P ln P, not KL(P | q⊗h): q has about the
// blur √ε that this prefers, unless it is debiased.
//
// The errors are those of FixedSupportBarycentre, and one unless eps is positive
// and finite, or if a debiased barycentre is asked for a price that isn't
// symmetric. If the context ends or the limit of iterations is reached it returns
// a [NotConvergedError] with the best result so far.
func EntropicBarycentre(ctx context.Context, hists [][]float64, weights []float64, cost Cost, eps float64, opt EntropicBarycentreOptions) (*EntropicSupport, error) {
	const fn = "transport.EntropicBarycentre"
	steps := BarycentreOptions{opt.Tolerance, opt.MaxIterations}
	if err := steps.resolve(fn); err != nil {
		return nil, err
	}
	opt.Tolerance, opt.MaxIterations = steps.Tolerance, steps.MaxIterations
	if !(eps > 0) || math.IsInf(eps, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "eps", Value: eps, Want: "positive and finite"}
	}
	w, total, err := checkHistograms(fn, hists, weights)
	if err != nil {
		return nil, err
	}
	c, err := priceTable(fn, cost, len(hists[0]))
	if err != nil {
		return nil, err
	}
	if opt.Debiased && !mat.Equal(c, c.T()) {
		return nil, fmt.Errorf("%s: a debiased barycentre needs a symmetric price", fn)
	}
	it := newBaryProjections(hists, w, c, eps, total)
	b := &EntropicSupport{Weights: w, Eps: eps, Options: opt, kl: math.Inf(1), value: math.NaN()}
	for {
		b.Residual = it.step(opt.Debiased)
		b.Iterations++
		if b.Residual <= opt.Tolerance {
			break
		}
		if err = steps.stop(ctx, fn, b.Iterations, b.Residual); err != nil {
			break
		}
		it.raise()
	}
	b.Masses = it.masses()
	if math.IsNaN(floats.Sum(b.Masses)) {
		return nil, fmt.Errorf("%s: eps is %v, too small beside the prices", fn, eps)
	}
	if !opt.Debiased {
		b.value, b.kl = it.certify(b.Masses)
	}
	floats.Scale(total, b.Masses)
	return b, err
}

// baryProjections holds plans exp(u(i) + v(j) − C(i,j)/ε) for each k, with mass 1.
type baryProjections struct {
	n, m  int
	eps   float64
	c, ct []float64 // prices over ε, by rows and by columns
	w     []float64 // positive
	logh  [][]float64
	u, v  [][]float64
	a     [][]float64 // ln Σⱼ exp(v(j) − C(i,j)/ε)
	logq  []float64
	diag  []float64 // the debiasing factor's logarithm
}

func newBaryProjections(hists [][]float64, w []float64, c *mat.Dense, eps, total float64) *baryProjections {
	n, m := c.Dims()
	p := &baryProjections{n: n, m: m, eps: eps, logq: make([]float64, n), diag: make([]float64, n)}
	p.c, p.ct = make([]float64, n*m), make([]float64, n*m)
	for i := range n {
		for j := range m {
			v := c.At(i, j) / eps
			p.c[i*m+j], p.ct[j*n+i] = v, v
		}
	}
	for k := range w {
		if w[k] == 0 {
			continue
		}
		logh := make([]float64, m)
		for j, h := range hists[k] {
			logh[j] = math.Log(h / total)
		}
		p.w, p.logh = append(p.w, w[k]), append(p.logh, logh)
		p.u, p.v, p.a = append(p.u, make([]float64, n)), append(p.v, make([]float64, m)), append(p.a, make([]float64, n))
	}
	return p
}

// step gives the plans the columns' sums, and q the geometric mean of what the
// rows then could be. It returns the residual.
func (p *baryProjections) step(debiased bool) float64 {
	off, _ := par.Map(context.Background(), len(p.w), 1, func(k, _ int) struct{} { // never cancelled
		kernel.LogSumExp(p.v[k], p.u[k], p.ct, p.n, 1)
		floats.SubTo(p.v[k], p.logh[k], p.v[k])
		kernel.LogSumExp(p.a[k], p.v[k], p.c, p.m, 1)
		return struct{}{}
	})
	copy(p.logq, p.diag)
	for k := range off {
		floats.AddScaled(p.logq, p.w[k], p.a[k])
	}
	var residual float64
	distance := func(u, a []float64) {
		var s num.Sum
		for i, l := range p.logq {
			s.Add(math.Abs(math.Exp(u[i]+a[i]) - math.Exp(l)))
		}
		residual = max(residual, s.Value())
		if math.IsNaN(s.Value()) {
			residual = math.Inf(1)
		}
	}
	for k := range p.w {
		distance(p.u[k], p.a[k])
	}
	if debiased {
		kd := make([]float64, p.n)
		kernel.LogSumExp(kd, p.diag, p.c, p.m, 1)
		distance(p.diag, kd)
		for i := range p.diag {
			p.diag[i] = 0.5 * (p.diag[i] + p.logq[i] - kd[i])
		}
	}
	return residual
}

// raise gives the plans the rows' sums q.
func (p *baryProjections) raise() {
	for k := range p.u {
		floats.SubTo(p.u[k], p.logq, p.a[k])
	}
}

// masses returns q, scaled to mass 1.
func (p *baryProjections) masses() []float64 {
	q := make([]float64, p.n)
	most := floats.Max(p.logq)
	for i, l := range p.logq {
		q[i] = math.Exp(l - most)
	}
	floats.Scale(1/floats.Sum(q), q)
	return q
}

// certify makes plans Q with the marginals q and h from the plans P, whose columns
// are right, by scaling down the rows and filling up. It returns their objective,
// and Σ wₖ KL(Qₖ | Pₖ), which is the gap to the dual value over ε.
func (p *baryProjections) certify(q []float64) (value, kl float64) {
	var total, gap num.Sum
	down, lack := make([]float64, p.n), make([]float64, p.n)
	column := make([]float64, p.m)
	for k, w := range p.w {
		clear(column)
		plan := func(i, j int) float64 { return p.u[k][i] + p.v[k][j] - p.c[i*p.m+j] }
		for i := range q {
			r := p.u[k][i] + p.a[k][i]
			down[i] = min(0, math.Log(q[i])-r)
			lack[i] = max(0, q[i]-math.Exp(r))
			for j := range column {
				column[j] -= math.Expm1(down[i]) * math.Exp(plan(i, j))
			}
		}
		all := floats.Sum(column)
		for i := range q {
			for j := range column {
				l := plan(i, j)
				if math.IsInf(l, -1) {
					continue // no mass in the histogram
				}
				was, rise := math.Exp(l), down[i]
				now := was * math.Exp(rise)
				if fill := lack[i] * (column[j] / all); fill > 0 { // false for 0/0
					now += fill
					rise = math.Log(now) - l
				}
				if now > 0 {
					total.Add(w * now * p.eps * (p.c[i*p.m+j] + rise + l))
				}
				if rise > 1 { // the plan may be 0
					gap.Add(w * (now*(rise-1) + was))
				} else {
					gap.Add(w * was * relativeEntropy(rise))
				}
			}
		}
	}
	return total.Value(), gap.Value()
}
