package transport

import "context"

// bbSolver is the primal-dual hybrid gradient method of Chambolle and Pock, over-
// relaxed, for the problem in saddle form
//
//	min over x in C, max over y:  ⟨K x, y⟩ − F*(y),
//
// where x = (M, w) is a flux, C holds the fluxes that conserve mass between the
// given ends, K x = (Θ, w, M) with the masses Θ at walls, the mean of the two
// cells and two times around each, and F = Σ w²/2Θ + [M ≥ 0].
type bbSolver struct {
	g          *bbShape
	sigma      float64 // step of the duals: the inverse of a typical mass
	tauM, tauW float64 // steps of masses and momenta
	poisson    *bbPoisson

	x, bar *bbFlux
	a, b   [2][]float64 // duals of Θ and w, K×n
	c      []float64    // dual of M, (K+1)×n
	spread []float64    // Σ_d Aᵀa of each slab, K×n
	lambda []float64    // multiplier of conservation, K×n
}

// bbRelax is how far beyond the plain step the iteration goes; below 2.
const bbRelax = 1.95

func newBBSolver(g *bbShape, sigma float64) *bbSolver {
	// |K x|² ≤ (axes + 1) |M|² + |w|²
	s := &bbSolver{g: g, sigma: sigma, tauM: 1 / (sigma * float64(len(g.dims)+1)), tauW: 1 / sigma}
	s.poisson = newBBPoisson(g, s.tauM, [2]float64{s.tauW * g.beta[0] * g.beta[0], s.tauW * g.beta[1] * g.beta[1]})
	s.x, s.bar = newBBFlux(g), newBBFlux(g)
	for _, d := range g.dims {
		s.a[d], s.b[d] = make([]float64, g.k*g.n), make([]float64, g.k*g.n)
	}
	s.c = make([]float64, (g.k+1)*g.n)
	s.spread, s.lambda = make([]float64, g.k*g.n), make([]float64, g.k*g.n)
	return s
}

// step makes one iteration. After an error the iterate is of no use.
func (s *bbSolver) step(ctx context.Context) error {
	g, x, bar := s.g, s.x, s.bar
	n := g.n
	copy(bar.m[:n], x.m[:n])
	copy(bar.m[g.k*n:], x.m[g.k*n:])
	err := g.slabs(ctx, func(k int) {
		at := k * n
		for _, d := range g.dims {
			w, bw, b := x.w[d][at:at+n], bar.w[d][at:at+n], s.b[d][at:at+n]
			for c, v := range w {
				bw[c] = v - s.tauW*b[c]
			}
		}
		if k == 0 {
			return
		}
		m, bm, e := x.m[at:at+n], bar.m[at:at+n], s.c[at:at+n]
		before, after := s.spread[at-n:at], s.spread[at:at+n]
		for c, v := range m {
			bm[c] = v - s.tauM*(e[c]+before[c]+after[c])
		}
	})
	if err != nil {
		return err
	}
	if err = project(ctx, g, s.poisson, s.tauM, s.tauW, bar, s.lambda); err != nil {
		return err
	}
	err = g.slabs(ctx, func(k int) {
		at := k * n
		for _, d := range g.dims {
			relaxed(x.w[d][at:at+n], bar.w[d][at:at+n])
		}
		if k > 0 {
			relaxed(x.m[at:at+n], bar.m[at:at+n])
		}
	})
	if err != nil {
		return err
	}
	return g.slabs(ctx, s.duals)
}

// relaxed takes x towards the point in bar, and bar to the reflection of x in it.
func relaxed(x, bar []float64) {
	for c, v := range bar {
		d := v - x[c]
		x[c] += bbRelax * d
		bar[c] = v + d
	}
}

// project replaces f by the nearest flux that conserves mass, in the metric
// |M|²/tauM + |w|²/tauW, and lambda by the multiplier. The ends stay.
func project(ctx context.Context, g *bbShape, p *bbPoisson, tauM, tauW float64, f *bbFlux, lambda []float64) error {
	n := g.n
	err := g.slabs(ctx, func(k int) {
		r, m, next := lambda[k*n:(k+1)*n], f.m[k*n:(k+1)*n], f.m[(k+1)*n:(k+2)*n]
		for c := range r {
			r[c] = next[c] - m[c]
		}
		g.outflow(r, f, k)
	})
	if err != nil {
		return err
	}
	if err := p.solve(ctx, lambda); err != nil {
		return err
	}
	return g.slabs(ctx, func(k int) {
		at := k * n
		l := lambda[at : at+n]
		for _, d := range g.dims {
			w, scale := f.w[d][at:at+n], tauW*g.beta[d]
			g.walls(d, func(from, to, stride int) {
				for c := from; c < to; c++ {
					w[c] += scale * (l[c+stride] - l[c])
				}
			})
		}
		if k > 0 && tauM > 0 {
			before, m := lambda[at-n:at], f.m[at:at+n]
			for c := range m {
				m[c] += tauM * (l[c] - before[c])
			}
		}
	})
}

// duals makes the dual step of slab k and of the masses at its start.
func (s *bbSolver) duals(k int) {
	g := s.g
	n := g.n
	at := k * n
	gamma := 1 / s.sigma
	m, next := s.bar.m[at:at+n], s.bar.m[at+n:at+2*n]
	for _, d := range g.dims {
		a, b, w := s.a[d][at:at+n], s.b[d][at:at+n], s.bar.w[d][at:at+n]
		g.walls(d, func(from, to, stride int) {
			for c := from; c < to; c++ {
				theta := 0.25 * (m[c] + m[c+stride] + next[c] + next[c+stride])
				// Moreau: y⁺ = z − σ prox(z/σ) with z = y + σ K x.
				za, zb := gamma*a[c]+theta, gamma*b[c]+w[c]
				pa, pb := kineticProx(za, zb, gamma, theta)
				a[c] += bbRelax * (s.sigma*(za-pa) - a[c])
				b[c] += bbRelax * (s.sigma*(zb-pb) - b[c])
			}
		})
	}
	s.spreads(k)
	if k > 0 {
		e := s.c[at : at+n]
		for c, v := range e {
			e[c] += bbRelax * (min(0, v+s.sigma*m[c]) - v)
		}
	}
}

// spreads renews the spread of slab k.
func (s *bbSolver) spreads(k int) {
	at := k * s.g.n
	spread := s.spread[at : at+s.g.n]
	clear(spread)
	for _, d := range s.g.dims {
		a := s.a[d][at : at+s.g.n]
		s.g.walls(d, func(from, to, stride int) {
			for c := from; c < to; c++ {
				v := 0.25 * a[c]
				spread[c] += v
				spread[c+stride] += v
			}
		})
	}
}
