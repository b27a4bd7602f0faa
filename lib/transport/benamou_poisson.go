package transport

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// bbCosines is the orthonormal cosine transform of n values at cell centres,
// X[k] = Σ c_k x[j] cos(πk(j+½)/n), which turns the Laplacian of cells with
// walls at the ends into multiplication by −4 sin²(πk/2n).
type bbCosines struct {
	n      int
	matrix []float64 // for few values the product with a matrix is fastest,
	plans  sync.Pool // for many the fast transform is
}

// bbDense is the number of values up to which the matrix is used.
const bbDense = 160

func newBBCosines(n int) *bbCosines {
	c := &bbCosines{n: n}
	if n > bbDense {
		c.plans.New = func() any { return fourier.NewQuarterWaveFFT(n) }
		return c
	}
	c.matrix = make([]float64, n*n)
	for k := range n {
		scale := math.Sqrt(2 / float64(n))
		if k == 0 {
			scale = math.Sqrt(1 / float64(n))
		}
		for j := range n {
			c.matrix[k*n+j] = scale * math.Cos(math.Pi*float64(k*(2*j+1)%(4*n))/float64(2*n))
		}
	}
	return c
}

// eigenvalue returns 4 sin²(πk/2n).
func (c *bbCosines) eigenvalue(k int) float64 {
	s := 2 * math.Sin(math.Pi*float64(k)/float64(2*c.n))
	return s * s
}

// rows transforms each of m rows of x, or undoes that.
func (c *bbCosines) rows(x []float64, m int, back bool) {
	if c.n == 1 {
		return
	}
	if c.matrix != nil {
		out := make([]float64, m*c.n)
		kernel.Gemm(false, !back, m, c.n, c.n, 1, x, c.n, c.matrix, c.n, 0, out, c.n)
		copy(x, out)
		return
	}
	plan := c.plans.Get().(*fourier.QuarterWaveFFT)
	for i := range m {
		c.fast(plan, x[i*c.n:(i+1)*c.n], back)
	}
	c.plans.Put(plan)
}

// columns transforms each of the m columns of x, or undoes that.
func (c *bbCosines) columns(x []float64, m int, back bool) {
	if c.n == 1 {
		return
	}
	if c.matrix != nil {
		out := make([]float64, m*c.n)
		kernel.Gemm(back, false, c.n, m, c.n, 1, c.matrix, c.n, x, m, 0, out, m)
		copy(x, out)
		return
	}
	plan := c.plans.Get().(*fourier.QuarterWaveFFT)
	column := make([]float64, c.n)
	for j := range m {
		for i := range column {
			column[i] = x[i*m+j]
		}
		c.fast(plan, column, back)
		for i, v := range column {
			x[i*m+j] = v
		}
	}
	c.plans.Put(plan)
}

// fast brings the series of gonum, X[k] = 4 Σ x[j] cos(πk(j+½)/n) and its
// reverse x[0] + 2 Σ X[k] cos(…), to orthonormal scale.
func (c *bbCosines) fast(plan *fourier.QuarterWaveFFT, x []float64, back bool) {
	first, rest := math.Sqrt(1/float64(c.n)), math.Sqrt(0.5/float64(c.n))
	if back {
		x[0] *= first
		for k := 1; k < len(x); k++ {
			x[k] *= rest
		}
		plan.CosCoefficients(x, x)
		return
	}
	plan.CosSequence(x, x)
	x[0] *= 0.25 * first
	for k := 1; k < len(x); k++ {
		x[k] *= 0.5 * rest
	}
}

// bbPoisson solves (α Δ_t + Δ_x) λ = r on the space-time cells, where
//
//	Δ_t λ_k = 2λ_k − λ_{k−1} − λ_{k+1},  Δ_x = Σ_d w_d (the same along axis d),
//
// with walls all around: cosine transforms in space and elimination in time.
type bbPoisson struct {
	g       *bbShape
	alpha   float64
	inverse []float64 // of the pivots, by slab and mode
}

func newBBPoisson(g *bbShape, alpha float64, w [2]float64) *bbPoisson {
	p := &bbPoisson{g: g, alpha: alpha, inverse: make([]float64, g.k*g.n)}
	for i := range g.n0 {
		for j := range g.n1 {
			e := w[0]*g.cos0.eigenvalue(i) + w[1]*g.cos1.eigenvalue(j)
			before := 0.0
			for k := range g.k {
				d := e + 2*alpha
				if k == 0 {
					d -= alpha
				}
				if k == g.k-1 {
					d -= alpha
				}
				d -= alpha * alpha * before
				before = 0
				// The constant is free: its last pivot is 0, but for rounding.
				if !(i == 0 && j == 0 && (k == g.k-1 || alpha == 0)) {
					before = 1 / d
				}
				p.inverse[k*g.n+i*g.n1+j] = before
			}
		}
	}
	return p
}

// solve replaces r by λ. The sum of r must be 0, or of each slab if α = 0.
func (p *bbPoisson) solve(ctx context.Context, r []float64) error {
	g := p.g
	err := par.For(ctx, g.k, g.block, func(lo, hi int) {
		g.transform(r[lo*g.n:hi*g.n], false)
	})
	if err != nil {
		return err
	}
	err = par.For(ctx, g.n, g.modes, func(lo, hi int) {
		for k := 1; k < g.k; k++ {
			now, last, inv := r[k*g.n:(k+1)*g.n], r[(k-1)*g.n:k*g.n], p.inverse[(k-1)*g.n:k*g.n]
			for c := lo; c < hi; c++ {
				now[c] += p.alpha * inv[c] * last[c]
			}
		}
		for k := g.k - 1; k >= 0; k-- {
			now, inv := r[k*g.n:(k+1)*g.n], p.inverse[k*g.n:(k+1)*g.n]
			if k == g.k-1 {
				for c := lo; c < hi; c++ {
					now[c] *= inv[c]
				}
				continue
			}
			next := r[(k+1)*g.n : (k+2)*g.n]
			for c := lo; c < hi; c++ {
				now[c] = (now[c] + p.alpha*next[c]) * inv[c]
			}
		}
	})
	if err != nil {
		return err
	}
	return par.For(ctx, g.k, g.block, func(lo, hi int) {
		g.transform(r[lo*g.n:hi*g.n], true)
	})
}

// transform takes the slabs x to the cosine modes in space, or back.
func (g *bbShape) transform(x []float64, back bool) {
	g.cos1.rows(x, len(x)/g.n1, back)
	for ; len(x) > 0; x = x[g.n:] {
		g.cos0.columns(x[:g.n], g.n1, back)
	}
}
