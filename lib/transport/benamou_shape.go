package transport

import (
	"context"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// bbShape is the space-time grid of a discrete Benamou-Brenier problem: K
// slabs of time, each with n0×n1 cells; on the line n0 = 1. In units where
// time runs from 0 to 1 and cells have the mean mass 1:
//
//   - masses M stand at the K+1 times between slabs, in cells;
//   - momenta w stand in slabs, on the walls between neighbouring cells. That
//     of axis d in slot c is on the wall between c and the next cell along d;
//     the last slot along d is outside, and stays 0;
//   - potentials λ stand in slabs, in cells.
//
// Mass is conserved if M^{k+1} − M^k + Σ_d β_d (w_c − w_{c−d}) = 0 in every
// cell of every slab.
type bbShape struct {
	k, n0, n1, n int
	dims         []int      // the axes that have walls
	beta         [2]float64 // time step × velocity unit / width
	cos0, cos1   *bbCosines
	block, modes int // slabs and modes that go to a processor at once
}

func newBBShape(k, n0, n1 int) *bbShape {
	const cells = 4096
	g := &bbShape{k: k, n0: n0, n1: n1, n: n0 * n1}
	g.cos0, g.cos1 = newBBCosines(n0), newBBCosines(n1)
	if n0 > 1 {
		g.dims = append(g.dims, 0)
	}
	if n1 > 1 {
		g.dims = append(g.dims, 1)
	}
	g.block = max(1, cells/g.n)
	g.modes = max(1, cells/k)
	return g
}

// bbFlux is a path of masses and the momenta that carry it.
type bbFlux struct {
	m []float64    // (K+1)×n
	w [2][]float64 // K×n each; nil along an axis without walls
}

func newBBFlux(g *bbShape) *bbFlux {
	f := &bbFlux{m: make([]float64, (g.k+1)*g.n)}
	for _, d := range g.dims {
		f.w[d] = make([]float64, g.k*g.n)
	}
	return f
}

func (f *bbFlux) copy(from *bbFlux) {
	copy(f.m, from.m)
	for d, w := range f.w {
		copy(w, from.w[d])
	}
}

// slabs calls f for each slab, on all processors.
func (g *bbShape) slabs(ctx context.Context, f func(k int)) error {
	return par.For(ctx, g.k, g.block, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			f(k)
		}
	})
}

// walls calls f for each row of walls between neighbours along axis d: slots
// from ≤ c < to, with the other cell at c + stride.
func (g *bbShape) walls(d int, f func(from, to, stride int)) {
	if d == 0 {
		f(0, g.n-g.n1, g.n1)
		return
	}
	for i := range g.n0 {
		f(i*g.n1, (i+1)*g.n1-1, 1)
	}
}

// outflow adds Σ_d β_d (w_c − w_{c−d}) of slab k to dst.
func (g *bbShape) outflow(dst []float64, f *bbFlux, k int) {
	for _, d := range g.dims {
		w, beta := f.w[d][k*g.n:(k+1)*g.n], g.beta[d]
		g.walls(d, func(from, to, stride int) {
			for c := from; c < to; c++ {
				v := float64(beta * w[c])
				dst[c] += v
				dst[c+stride] -= v
			}
		})
	}
}
