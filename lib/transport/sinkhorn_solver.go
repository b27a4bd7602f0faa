package transport

import (
	"context"
	"math"

	vec "gonum.org/v1/gonum/floats"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// An entSolver scales rows and columns in turn. A pass goes once through the
// kernel
//
//	K[i,j] = β[j] exp((f[i] + g[j] − C(i,j))/ε),  Σⱼ K[i,j] = 1,
//
// and serves both: the sum of row i against e^dg gives df[i], with which the row
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
	f, g, df, dg   []float64   // potentials
	v, sums        []float64   // e^dg, and of columns
	k              []float64   // nil if there is no room
	step           []float64   // what to add to dg
	blocks         [][]float64 // sums of columns, of blocks of rows
	passes, builds int
}

func newEntSolver(c *entPrices, a, b []float64, room int) *entSolver {
	s := &entSolver{
		c: c, alpha: a, beta: b, logBeta: make([]float64, c.m), step: make([]float64, c.m),
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
	s.blocks = make([][]float64, (c.n+c.block()-1)/c.block())
	for i := range s.blocks {
		s.blocks[i] = make([]float64, c.m)
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

// row sets dst to the kernel of source i around f[i] and g, and changes f[i] so
// that it sums to 1.
func (s *entSolver) row(dst, prices []float64, i int) {
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
	s.f[i] = f - s.eps*math.Log(sum)
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

// pass makes the rows right, and returns how far that leaves the sums of the
// columns from the weights. It stores into step what would make the columns
// right if the rows stayed as they are; it fails to do so if the sum of a column
// underflows.
func (s *entSolver) pass(ctx context.Context) (off float64, ok bool, err error) {
	s.passes++
	size := s.c.block()
	err = par.For(ctx, s.c.n, size, func(lo, hi int) {
		sums := s.blocks[lo/size]
		clear(sums)
		if s.k == nil {
			s.freeRows(ctx, sums, lo, hi)
			return
		}
		m := s.c.m
		for i := lo; i < hi; i++ {
			if i%entStrip == 0 && ctx.Err() != nil {
				return
			}
			k := s.k[i*m:][:m]
			sum := vec.Dot(k, s.v)
			s.df[i] = -math.Log(sum)
			vec.AddScaled(sums, s.alpha[i]/sum, k)
		}
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return 0, false, err
	}
	mean := 0.0
	clear(s.sums)
	for _, sums := range s.blocks {
		vec.Add(s.sums, sums)
	}
	for j, sum := range s.sums {
		if !(sum > 1e-280) {
			return 2, false, nil
		}
		d := s.logBeta[j] - math.Log(sum) - s.dg[j]
		off += s.beta[j] * math.Abs(math.Expm1(-d))
		s.step[j] = d
		mean += s.beta[j] * d
	}
	for j := range s.step {
		s.step[j] -= mean // a constant changes nothing
	}
	return off, true, nil
}

// move adds the step to g.
func (s *entSolver) move(ctx context.Context) error {
	far := 0.0
	for j, d := range s.step {
		s.dg[j] += d
		s.v[j] = math.Exp(s.dg[j])
		far = max(far, math.Abs(s.dg[j]))
	}
	if s.k == nil || far > 50 {
		return s.build(ctx)
	}
	return nil
}

// freeRows is what a pass does to a block of rows where there is no kernel.
func (s *entSolver) freeRows(ctx context.Context, sums []float64, lo, hi int) {
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
			s.row(*kernels, prices[(i-lo)*ld:], i)
			vec.AddScaled(sums, s.alpha[i], *kernels)
		}
	}
}

// find computes g anew from f in logarithms, and the kernel around it.
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

// value returns the dual value of potentials with which the rows are right, and
// the size of what it is summed from.
func (s *entSolver) value(f, g []float64) (value, size float64) {
	var sum num.Sum
	for i, v := range f {
		sum.Add(s.alpha[i] * v)
		size += s.alpha[i] * math.Abs(v)
	}
	for j, v := range g {
		sum.Add(s.beta[j] * v)
		size += s.beta[j] * math.Abs(v)
	}
	return sum.Value(), size
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
