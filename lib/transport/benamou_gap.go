package transport

import (
	"context"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// energy returns Σ w²/2Θ, or +Inf if momentum stands where there is no mass.
func (g *bbShape) energy(ctx context.Context, f *bbFlux) (float64, error) {
	return par.Sum(ctx, g.k, g.block, func(lo, hi int) (sum float64) {
		for k := lo; k < hi; k++ {
			sum += g.stepEnergy(f, k)
		}
		return sum
	})
}

// stepEnergy is the part of slab k in the energy.
func (g *bbShape) stepEnergy(f *bbFlux, k int) (sum float64) {
	m, next := f.m[k*g.n:(k+1)*g.n], f.m[(k+1)*g.n:(k+2)*g.n]
	for _, d := range g.dims {
		w := f.w[d][k*g.n : (k+1)*g.n]
		g.walls(d, func(from, to, stride int) {
			for c := from; c < to; c++ {
				theta := 0.25 * (m[c] + m[c+stride] + next[c] + next[c+stride])
				switch {
				case theta > 0:
					sum += 0.5 * w[c] * w[c] / theta
				case w[c] != 0:
					sum = math.Inf(1)
				}
			}
		})
	}
	return sum
}

// slopes stores Σ ⅛ b² over the walls of each cell of a slab into dst, with
// b = β_d (λ_{c+d} − λ_c).
func (g *bbShape) slopes(dst, lambda []float64) {
	clear(dst)
	for _, d := range g.dims {
		beta := g.beta[d]
		g.walls(d, func(from, to, stride int) {
			for c := from; c < to; c++ {
				b := beta * (lambda[c+stride] - lambda[c])
				v := 0.125 * b * b
				dst[c] += v
				dst[c+stride] += v
			}
		})
	}
}

// dual lowers the slabs of lambda by constants until
//
//	λ_k − λ_{k−1} + s_k + s_{k−1} ≤ 0,
//
// with s as slopes has it, and returns the dual objective
// Σ q (λ_{K−1} − s_{K−1}) − Σ p (λ_0 + s_0), which is a lower bound of the least
// energy. Room is K×n.
func (g *bbShape) dual(ctx context.Context, lambda, room []float64, p, q []float64) (float64, error) {
	n := g.n
	err := g.slabs(ctx, func(k int) { g.slopes(room[k*n:(k+1)*n], lambda[k*n:(k+1)*n]) })
	if err != nil {
		return 0, err
	}
	excess := make([]float64, g.k)
	err = g.slabs(ctx, func(k int) {
		if k == 0 {
			return
		}
		l, before, s, sb := lambda[k*n:(k+1)*n], lambda[(k-1)*n:k*n], room[k*n:(k+1)*n], room[(k-1)*n:k*n]
		top := math.Inf(-1)
		for c := range l {
			top = max(top, l[c]-before[c]+s[c]+sb[c])
		}
		excess[k] = top
	})
	if err != nil {
		return 0, err
	}
	for k := 1; k < g.k; k++ {
		excess[k] += excess[k-1]
	}
	err = g.slabs(ctx, func(k int) {
		for c := k * n; c < (k+1)*n; c++ {
			lambda[c] -= excess[k]
		}
	})
	if err != nil {
		return 0, err
	}
	sum := 0.0
	last := (g.k - 1) * n
	for c := range n {
		sum += q[c]*(lambda[last+c]-room[last+c]) - p[c]*(lambda[c]+room[c])
	}
	return sum, nil
}

// reference returns a path with mass everywhere between its ends,
//
//	(1 − 2u(1−u)) ((1−u) p + u q) + 2u(1−u),  u = k/K,
//
// in units of the mean mass, with the momenta of least Σ w² that carry it.
func (g *bbShape) reference(ctx context.Context, even *bbPoisson, p, q []float64) (*bbFlux, error) {
	f := newBBFlux(g)
	for k := range g.k + 1 {
		u := float64(k) / float64(g.k)
		part := 2 * u * (1 - u)
		for c := range p {
			f.m[k*g.n+c] = (1-part)*((1-u)*p[c]+u*q[c]) + part
		}
	}
	return f, project(ctx, g, even, 0, 1, f, make([]float64, g.k*g.n))
}

// mend makes f a flux of finite energy, and returns that. Masses below 0 are
// cut off, momenta change by the least Σ w² that makes them carry the rest,
// and a little of ref puts mass wherever momentum is left. Lambda is K×n, for
// work.
func (g *bbShape) mend(ctx context.Context, even *bbPoisson, f, ref, room *bbFlux, lambda []float64) (float64, error) {
	err := g.slabs(ctx, func(k int) {
		if k == 0 {
			return
		}
		var sum float64
		m := f.m[k*g.n : (k+1)*g.n]
		for c, v := range m {
			m[c] = max(v, 0)
			sum += m[c]
		}
		for c := range m {
			m[c] *= float64(g.n) / sum
		}
	})
	if err != nil {
		return 0, err
	}
	if err := project(ctx, g, even, 0, 1, f, lambda); err != nil {
		return 0, err
	}
	best, at := math.Inf(1), 1.0
	for _, e := range [...]float64{0, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3} {
		blendFlux(room, f, ref, e)
		energy, err := g.energy(ctx, room)
		if err != nil {
			return 0, err
		}
		if energy < best {
			best, at = energy, e
		}
	}
	blendFlux(f, f, ref, at)
	return best, nil
}

func blendFlux(dst, f, ref *bbFlux, e float64) {
	for i, v := range f.m {
		dst.m[i] = (1-e)*v + e*ref.m[i]
	}
	for d := range f.w {
		for i, v := range f.w[d] {
			dst.w[d][i] = (1-e)*v + e*ref.w[d][i]
		}
	}
}
