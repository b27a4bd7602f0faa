package transport

import (
	"context"
	"math"
	"sync"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// An entropic is a plan that is given by potentials, between the sources and
// sinks that have mass:
//
//	P[i,j] = scale · α[i] β[j] exp((f[i] + g[j] − C(i,j))/ε).
//
// One that is rounded has rows and columns multiplied with x and y, and a rest.
type entropic struct {
	p              *Plan
	opt            SinkhornOptions
	c              *entPrices
	sources, sinks []int32
	alpha, beta    []float64
	scale          float64
	eps            float64
	f, g           []float64
	rho            [2]float64 // of an unbalanced plan, or 0
	iterations     int
	off            float64 // of the marginals, in the iteration

	x, y         []float64
	restA, restB []float64 // the rest is their product
	rest         *Plan     // or this

	summed     sync.Once
	rows, cols []float64
	cost       float64
	whole      sync.Once // that the potentials of absent sources and sinks are there
	allF, allG []float64
	once       sync.Once // that these are there
	rounded    *Plan
	divergence float64 // KL of rounded from this
}

// newEntropic returns a plan without potentials, with α = a/scale and β = b/scale.
func newEntropic(ctx context.Context, fn string, p *Plan, opt SinkhornOptions, scale float64) (*entropic, error) {
	e := &entropic{p: p, scale: scale, sources: support(p.a), sinks: support(p.b)}
	e.alpha, e.beta = entWeights(p.a, e.sources, scale), entWeights(p.b, e.sinks, scale)
	var err error
	e.c, err = newEntPrices(ctx, fn, p.cost, len(p.a), len(p.b), e.sources, e.sinks, e.alpha, e.beta, opt.Table)
	if err != nil {
		return nil, err
	}
	if opt.Eps == 0 {
		opt.Eps = opt.RelEps * e.c.mean
		if !(opt.Eps > 0 && !math.IsInf(1/opt.Eps, 1)) {
			opt.Eps = 1
		}
	}
	e.opt = opt
	return e, nil
}

// back returns the prices of the way from sinks to sources.
func (e *entropic) back(ctx context.Context, fn string) (*entPrices, error) {
	return newEntPrices(ctx, fn, entTranspose(e.p.cost), len(e.p.b), len(e.p.a), e.sinks, e.sources, e.beta, e.alpha, e.opt.Table)
}

// entWeights returns the weights at the given places, divided by scale. One that
// is nothing beside the others is 10⁻²⁰⁰ of them: what flows still differs by
// nothing, and is a number.
func entWeights(w []float64, at []int32, scale float64) []float64 {
	least := 1e-200 * totalOf(w)
	out := make([]float64, len(at))
	for k, i := range at {
		out[k] = max(w[i], least) / scale
	}
	return out
}

// at returns P[i,j] for sources and sinks as they were given.
func (e *entropic) at(i, j int, price float64) float64 {
	a, b := e.p.a[i], e.p.b[j]
	if a == 0 || b == 0 {
		return 0
	}
	k, l := entPlace(e.sources, i), entPlace(e.sinks, j)
	v := math.Exp((e.f[k]+e.g[l]-price)/e.eps) * (e.weight(k) * e.beta[l])
	if e.x != nil {
		v *= e.y[l]
		if e.rest != nil {
			v += e.rest.At(i, j)
		} else {
			v += e.restA[k] * e.restB[l]
		}
	}
	return v
}

// weight is the factor of row k.
func (e *entropic) weight(k int) float64 {
	w := e.scale * e.alpha[k]
	if e.x != nil {
		w *= e.x[k]
	}
	return w
}

// entPlace returns where i is in the sorted list.
func entPlace(at []int32, i int) int {
	lo, hi := 0, min(len(at), i+1)
	if hi > 0 && at[hi-1] == int32(i) {
		return hi - 1
	}
	for lo < hi {
		if mid := (lo + hi) / 2; at[mid] < int32(i) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// row sets dst to row k of the plan, without its rest.
func (e *entropic) row(dst, prices []float64, k int) {
	inv := 1 / e.eps
	f := e.f[k]
	for l, price := range prices[:len(dst)] {
		dst[l] = (f + e.g[l] - price) * inv
	}
	kernel.Exp(dst, dst)
	w := e.weight(k)
	if e.x == nil {
		for l, b := range e.beta {
			dst[l] *= w * b
		}
		return
	}
	for l, b := range e.beta {
		dst[l] *= float64(w*b) * e.y[l]
	}
}

// each calls visit for every row of the plan, from several goroutines, each
// with the number of its block, of which rows come in order.
func (e *entropic) each(visit func(block, k int, prices, row []float64)) {
	m, size := e.c.m, e.c.block()
	err := par.For(context.Background(), e.c.n, size, func(lo, hi int) {
		row := entBuffer(true, m)
		defer entBuffers.Put(row)
		buffer := entBuffer(e.c.data == nil, entStrip*m)
		defer entBuffers.Put(buffer)
		for k := lo; k < hi; k += entStrip {
			top := min(k+entStrip, hi)
			prices, ld := e.c.strip(*buffer, k, top)
			for i := k; i < top; i++ {
				e.row(*row, prices[(i-k)*ld:], i)
				visit(lo/size, i, prices[(i-k)*ld:][:m], *row)
			}
		}
	})
	if err != nil {
		panic(err) // the background doesn't end
	}
}

// columns returns a row of sums of columns for every block, and what adds them.
func (e *entropic) columns() (blocks [][]float64, add func() []float64) {
	size := e.c.block()
	blocks = make([][]float64, (e.c.n+size-1)/size)
	for i := range blocks {
		blocks[i] = make([]float64, e.c.m)
	}
	return blocks, func() []float64 {
		for _, b := range blocks[1:] {
			for l, v := range b {
				blocks[0][l] += v
			}
		}
		return blocks[0]
	}
}

// sum computes the marginals and the cost.
func (e *entropic) sum() {
	e.summed.Do(func() {
		blocks, add := e.columns()
		e.rows = make([]float64, e.c.n)
		costs := make([]float64, e.c.n)
		e.each(func(block, k int, prices, row []float64) {
			sums := blocks[block]
			var cost, mass float64
			var restA float64
			if e.restA != nil {
				restA = e.restA[k]
			}
			for l, v := range row {
				if restA > 0 {
					v += restA * e.restB[l]
				}
				sums[l] += v
				mass += v
				if v > 0 {
					cost += v * prices[l]
				}
			}
			e.rows[k], costs[k] = mass, cost
		})
		e.cols = add()
		var s num.Sum
		for _, v := range costs {
			s.Add(v)
		}
		if e.rest != nil {
			for ij, v := range e.rest.All() {
				e.rows[entPlace(e.sources, ij.I)] += v
				e.cols[entPlace(e.sinks, ij.J)] += v
			}
			e.rest.addCost(&s)
		}
		e.cost = s.Value()
	})
}

// potentials returns f and g for all sources and sinks, of
// P[i,j] = a[i] b[j] exp((f[i] + g[j] − C(i,j))/ε). Those that have no mass have
// what they would have with little.
func (e *entropic) potentials() (f, g []float64) {
	e.whole.Do(func() {
		n, m := len(e.p.a), len(e.p.b)
		e.allF, e.allG = make([]float64, n), make([]float64, m)
		// The logarithm of the scale, of which a and b have one each.
		shift := -e.eps * math.Log(e.scale)
		if e.rho[0] > 0 {
			shift = 0
		}
		for k, i := range e.sources {
			e.allF[i] = e.f[k] + shift/2
		}
		for l, j := range e.sinks {
			e.allG[j] = e.g[l] + shift/2
		}
		for _, i := range absent(e.p.a) {
			e.allF[i] = e.extend(e.sinks, e.allG, e.p.b, e.rho[0], func(j int) float64 { return e.p.cost.At(int(i), j) })
		}
		for _, j := range absent(e.p.b) {
			e.allG[j] = e.extend(e.sources, e.allF, e.p.a, e.rho[1], func(i int) float64 { return e.p.cost.At(i, int(j)) })
		}
		if e.rho[0] == 0 {
			centre(e.allF, e.allG, e.p.a, e.p.b, e.p.total)
		}
	})
	return e.allF, e.allG
}

// extend returns −ε ln Σⱼ b[j] exp((g[j] − price(j))/ε), or 0 where no pair is
// allowed.
func (e *entropic) extend(at []int32, g, b []float64, rho float64, price func(j int) float64) float64 {
	h := make([]float64, len(at))
	for l, j := range at {
		h[l] = g[j] - price(int(j)) + e.eps*math.Log(b[j])
	}
	var lse [1]float64
	kernel.LogSumExp(lse[:], h, nil, 0, e.eps)
	v := -e.eps * lse[0]
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	if rho > 0 {
		v *= rho / (rho + e.eps)
	}
	return v
}

// logDensity returns Σ P ln(P/(a⊗b)) of a plan that isn't rounded.
func (e *entropic) logDensity() float64 {
	e.sum()
	f, g := e.potentials()
	var s num.Sum
	for k, i := range e.sources {
		addProduct(&s, e.rows[k], f[i])
	}
	for l, j := range e.sinks {
		addProduct(&s, e.cols[l], g[j])
	}
	s.Add(-e.cost)
	return s.Value() / e.eps
}

// all yields the pairs with mass, by sources and then by sinks.
func (e *entropic) all(yield func(Pair, float64) bool) {
	buffer := make([]float64, entStrip*e.c.m)
	for k := 0; k < e.c.n; k += entStrip {
		top := min(k+entStrip, e.c.n)
		prices, ld := e.c.strip(buffer, k, top)
		for i := k; i < top; i++ {
			for l, price := range prices[(i-k)*ld:][:e.c.m] {
				at := Pair{int(e.sources[i]), int(e.sinks[l])}
				if v := e.at(at.I, at.J, price); v > 0 && !yield(at, v) {
					return
				}
			}
		}
	}
}
