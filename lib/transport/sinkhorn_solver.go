package transport

import (
	"context"
	"math"

	vec "gonum.org/v1/gonum/floats"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// An entSolver scales rows and columns in turn. A pass goes once through the
// kernel
//
//	K[i,j] = β[j] exp((f[i] + g[j] − C(i,j))/ε),  Σⱼ K[i,j] = 1,
//
// and does both: the sum of row i against e^dg gives df[i], with which the row
// goes at once, while it is in the cache, into the sums of the columns. The
// potentials are f + ε df and g + ε dg; df and dg stay small, so nothing
// overflows, and what underflows is nothing beside its row.
//
// With no room for K, each pass computes it anew, around the potentials of that
// moment.
type entSolver struct {
	c              *entPrices
	back           func() (*entPrices, error) // the way from sinks to sources
	alpha, beta    []float64                  // sum 1
	logBeta        []float64
	eps            float64
	f, g, df, dg   []float64
	v, sums        []float64 // e^dg, and of columns
	k              []float64 // nil if there is no room
	omega          float64
	blocks         []entBlock
	passes, builds int
}

// An entBlock is what a block of rows adds up.
type entBlock struct {
	off  float64   // of the rows' sums from the weights
	far  float64   // the largest |df|
	sums []float64 // of columns
}

func newEntSolver(c *entPrices, a, b []float64, room int) *entSolver {
	s := &entSolver{
		c: c, alpha: a, beta: b, logBeta: make([]float64, c.m), omega: 1,
		f: make([]float64, c.n), g: make([]float64, c.m), df: make([]float64, c.n), dg: make([]float64, c.m),
		v: make([]float64, c.m), sums: make([]float64, c.m),
	}
	for j, w := range b {
		s.logBeta[j] = math.Log(w)
	}
	for i := range s.f {
		s.f[i] = math.NaN() // not known
	}
	if c.n <= room/c.m {
		s.k = make([]float64, c.n*c.m)
	}
	s.blocks = make([]entBlock, (c.n+c.block()-1)/c.block())
	for i := range s.blocks {
		s.blocks[i].sums = make([]float64, c.m)
	}
	return s
}

// absorb adds df and dg to the potentials.
func (s *entSolver) absorb() {
	for i, d := range s.df {
		s.f[i] += s.eps * d
		s.df[i] = 0
	}
	for j, d := range s.dg {
		s.g[j] += s.eps * d
		s.dg[j], s.v[j] = 0, 1
	}
}

// row sets dst to the kernel of source i around f[i] and g, changes f[i] so that
// it sums to 1, and returns by how much, in ε.
func (s *entSolver) row(dst, prices []float64, i int) float64 {
	inv := 1 / s.eps
	fill := func(f float64) float64 {
		for j, p := range prices[:len(dst)] {
			dst[j] = float64((f+s.g[j]-p)*inv) + s.logBeta[j]
		}
		kernel.Exp(dst, dst)
		return entSum(dst)
	}
	f := s.f[i]
	sum := 0.0
	if f == f {
		sum = fill(f)
	}
	if !(sum > 1e-100 && sum < 1e100) {
		most := math.Inf(-1)
		for j, p := range prices[:len(dst)] {
			most = max(most, s.g[j]-p+s.eps*s.logBeta[j])
		}
		f = -most
		sum = fill(f)
	}
	vec.Scale(1/sum, dst)
	f -= s.eps * math.Log(sum)
	change := (f - s.f[i]) * inv
	s.f[i] = f
	return change
}

// build absorbs and computes the kernel.
func (s *entSolver) build(ctx context.Context) error {
	s.absorb()
	if s.k == nil {
		return nil
	}
	s.builds++
	m := s.c.m
	return par.For(ctx, s.c.n, entStrip, func(lo, hi int) {
		buffer := entBuffer(s.c.data == nil, entStrip*m)
		defer entBuffers.Put(buffer)
		prices, ld := s.c.strip(*buffer, lo, hi)
		for i := lo; i < hi; i++ {
			s.row(s.k[i*m:][:m], prices[(i-lo)*ld:], i)
		}
	})
}

// pass updates the rows and then the columns. It returns how far the sums of
// the rows were from the weights before, and those of the columns between. The
// last pass updates the rows alone, and no further than to be right, so that
// the columns' distance is that of the plan.
func (s *entSolver) pass(ctx context.Context, last bool) (rows, columns float64, err error) {
	s.passes++
	omega := s.omega
	if last {
		omega = 1
	}
	size := s.c.block()
	err = par.For(ctx, s.c.n, size, func(lo, hi int) {
		b := &s.blocks[lo/size]
		b.off, b.far = 0, 0
		clear(b.sums)
		if s.k == nil {
			s.freeRows(ctx, b, omega, lo, hi)
			return
		}
		m := s.c.m
		for i := lo; i < hi; i++ {
			if i%entStrip == 0 && ctx.Err() != nil {
				return
			}
			k := s.k[i*m:][:m]
			sum := vec.Dot(k, s.v)
			d := -math.Log(sum) - s.df[i]
			b.off += s.alpha[i] * math.Abs(math.Expm1(-d))
			s.df[i] += entRelaxed(omega, d)
			b.far = max(b.far, math.Abs(s.df[i]))
			vec.AddScaled(b.sums, s.alpha[i]*math.Exp(s.df[i]), k)
		}
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return 0, 0, err
	}
	far := 0.0
	clear(s.sums)
	for i := range s.blocks {
		rows += s.blocks[i].off
		far = max(far, s.blocks[i].far)
		vec.Add(s.sums, s.blocks[i].sums)
	}
	lost := false
	for j, sum := range s.sums {
		if !(sum > 1e-280) {
			lost = true
			continue
		}
		d := s.logBeta[j] - math.Log(sum) - s.dg[j]
		columns += s.beta[j] * math.Abs(math.Expm1(-d))
		if last {
			continue
		}
		s.dg[j] += entRelaxed(s.omega, d)
		s.v[j] = math.Exp(s.dg[j])
		far = max(far, math.Abs(s.dg[j]))
	}
	if lost {
		columns += 1
		err = s.find(ctx)
	} else if s.k == nil {
		s.absorb()
	} else if far > 50 {
		err = s.build(ctx)
	}
	return rows, columns, err
}

// freeRows is what a pass does to a block of rows where there is no kernel.
func (s *entSolver) freeRows(ctx context.Context, b *entBlock, omega float64, lo, hi int) {
	m := s.c.m
	kernels := entBuffer(true, m)
	defer entBuffers.Put(kernels)
	buffer := entBuffer(s.c.data == nil, entStrip*m)
	defer entBuffers.Put(buffer)
	for ; lo < hi; lo += entStrip {
		if ctx.Err() != nil {
			return
		}
		top := min(lo+entStrip, hi)
		prices, ld := s.c.strip(*buffer, lo, top)
		for i := lo; i < top; i++ {
			d := s.row(*kernels, prices[(i-lo)*ld:], i)
			if d != d {
				b.off += s.alpha[i]
			} else {
				b.off += s.alpha[i] * min(math.Abs(math.Expm1(-d)), 1e100)
				s.df[i] = entRelaxed(omega, d) - d
			}
			vec.AddScaled(b.sums, s.alpha[i]*math.Exp(s.df[i]), *kernels)
		}
	}
}

// find computes g anew from f with all exponents kept, where the sum of a
// column underflowed, and the kernel around it.
func (s *entSolver) find(ctx context.Context) error {
	s.absorb()
	back, err := s.back()
	if err != nil {
		return err
	}
	h := make([]float64, s.c.n)
	for i, f := range s.f {
		h[i] = f + s.eps*math.Log(s.alpha[i])
	}
	if err := back.softmin(ctx, s.g, h, s.eps); err != nil {
		return err
	}
	return s.build(ctx)
}

// entRelaxed returns the step that is taken where d would make a sum right: ω d,
// but less where the dual value might fall. In units of ε times a weight that
// gains
//
//	ω d − e⁻ᵈ (e^{ωd} − 1),
//
// which is positive for d < 2 − ω and any ω in (0, 2).
func entRelaxed(omega, d float64) float64 {
	return d * min(omega, max(1, 2-d))
}

// entSum is a sum of eight.
func entSum(x []float64) float64 {
	var s0, s1, s2, s3 float64
	for len(x) >= 4 {
		s0 += x[0]
		s1 += x[1]
		s2 += x[2]
		s3 += x[3]
		x = x[4:]
	}
	for _, v := range x {
		s0 += v
	}
	return (s0 + s1) + (s2 + s3)
}

// now stores the potentials into f and g.
func (s *entSolver) now(f, g []float64) {
	for i := range f {
		f[i] = s.f[i] + s.eps*s.df[i]
	}
	for j := range g {
		g[j] = s.g[j] + s.eps*s.dg[j]
	}
}

// An entPace chooses ω from how errors fall. Those of plain scaling fall by the
// square λ of the second singular value; by Young's relation, with ω below its
// best they fall by the μ with
//
//	(μ + ω − 1)² = μ ω² λ,
//
// and the best is ω = 2/(1 + √(1−λ)), where μ = ω − 1.
type entPace struct {
	mark  float64 // the error at
	since int     // so many passes ago
}

// window is the number of passes between two looks.
const entWindow = 6

func (p *entPace) next(omega, off float64) float64 {
	if p.since == 0 {
		p.mark = off
	}
	p.since++
	if p.since <= entWindow {
		return omega
	}
	mu := math.Pow(off/p.mark, 1/float64(entWindow))
	p.mark, p.since = off, 1
	if !(mu < 1) || mu <= omega-1 {
		return omega
	}
	lambda := min((mu+omega-1)*(mu+omega-1)/(mu*omega*omega), 1-1e-8)
	return max(omega, 2/(1+math.Sqrt(1-lambda)))
}
