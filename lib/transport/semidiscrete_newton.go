package transport

import (
	"context"
	"errors"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// semiCells are the cells of some heights.
type semiCells struct {
	polygons [][]corner
	patches  []patch
	least    float64 // mass
	err      error   // of the context
}

// diagram returns the cells of heights q, and what the density has in them. It is
// quick if cells of similar heights are known.
func (p *semiProblem) diagram(ctx context.Context, density planeDensity, q []float64, similar *semiCells) *semiCells {
	c := &semiCells{polygons: make([][]corner, len(q)), patches: make([]patch, len(q)), least: math.Inf(1)}
	p.tree.lift(q)
	domain := density.domain()
	c.err = par.For(ctx, len(q), 32, func(lo, hi int) {
		for s := lo; s < hi; s++ {
			var near []corner
			if similar != nil {
				near = similar.polygons[s]
			}
			poly := p.tree.cell(int32(s), domain, near)
			c.polygons[s] = poly
			if poly == nil {
				continue
			}
			density.pieces(poly, func(part []corner, rho float64) { c.patches[s].add(part, rho, p.sx[s], p.sy[s]) })
		}
	})
	for _, v := range c.patches {
		c.least = min(c.least, v.mass)
	}
	return c
}

// semiState is where the solver is.
type semiState struct {
	q     []float64
	cells *semiCells
}

// errors returns the largest error of a mass, and the root of the sum of squares.
func (s *semiState) errors(w []float64) (worst, norm float64) {
	for i, v := range s.cells.patches {
		d := math.Abs(v.mass - w[i])
		worst, norm = max(worst, d), norm+d*d
	}
	return worst, math.Sqrt(norm)
}

// solve finds heights with cells of the given weights.
func (p *semiProblem) solve(ctx context.Context, fn string, opt SemiDiscreteOptions, r *SemiDiscretePlan) (*semiState, error) {
	s := &semiState{q: p.start()}
	// A stopped search has its cells all the same: one diagram is quick.
	s.cells = p.diagram(context.WithoutCancel(ctx), p.density, s.q, nil)
	if g, ok := p.density.(*gridDensity); ok {
		for t := 0.5; s.cells.least == 0 && t > 1e-9; t /= 4 {
			blend := g.blend(t)
			s.cells = p.diagram(context.WithoutCancel(ctx), blend, s.q, s.cells)
			loose := opt
			loose.Tolerance = max(opt.Tolerance, 1e-3*minOf(p.w))
			var err error
			if s, err = p.newton(ctx, fn, blend, s, loose, r); ctx.Err() != nil || errors.Is(err, ErrLimit) {
				s.cells = p.diagram(context.WithoutCancel(ctx), p.density, s.q, s.cells)
				return s, err
			}
			s.cells = p.diagram(context.WithoutCancel(ctx), p.density, s.q, s.cells)
		}
	}
	return p.newton(ctx, fn, p.density, s, opt, r)
}

func minOf(v []float64) float64 {
	least := math.Inf(1)
	for _, x := range v {
		least = min(least, x)
	}
	return least
}

// start returns heights of which no cell is empty: those of the Voronoi cells of
// the points, if all lie within the domain, and else of their image within it.
// The cell of λp + c among such is that of p with the height |λp + c|²/2λ.
func (p *semiProblem) start() []float64 {
	domain := p.density.domain()
	lambda, cx, cy := p.unit/p.half, (p.mid[0]-p.centre[0])/p.half, (p.mid[1]-p.centre[1])/p.half
	// room is the least a·z ≤ c over edges, how far of the way to an edge p goes.
	shrink := math.Inf(1)
	inside := true
	var mx, my float64
	for _, c := range domain {
		mx, my = mx+c.x/float64(len(domain)), my+c.y/float64(len(domain))
	}
	for k, a := range domain {
		b := domain[(k+1)%len(domain)]
		nx, ny := b.y-a.y, a.x-b.x // outward
		room := nx*(a.x-mx) + ny*(a.y-my)
		for s := range p.px {
			inside = inside && nx*(p.sx[s]-a.x)+ny*(p.sy[s]-a.y) < 0
			if reach := nx*p.px[s] + ny*p.py[s]; reach > 0 {
				shrink = min(shrink, room/reach)
			}
		}
	}
	if !inside {
		lambda, cx, cy = min(0.9*shrink, 1), mx, my
	}
	q := make([]float64, len(p.px))
	for s := range q {
		q[s] = 0.5 / lambda * square(lambda*p.px[s]+cx, lambda*p.py[s]+cy)
	}
	return q
}

// newton takes steps until all masses are as wanted.
func (p *semiProblem) newton(ctx context.Context, fn string, density planeDensity, s *semiState, opt SemiDiscreteOptions, r *SemiDiscretePlan) (*semiState, error) {
	worst, norm := s.errors(p.w)
	r.Residuals = append(r.Residuals, worst)
	stopped := func(cause error) (*semiState, error) {
		return s, &NotConvergedError{Func: fn, Iterations: r.Iterations, Residual: worst, Want: opt.Tolerance, Err: cause}
	}
	floor := 0.5 * min(s.cells.least, minOf(p.w))
	for worst > opt.Tolerance {
		if err := ctx.Err(); err != nil {
			return stopped(err)
		}
		if opt.MaxIterations > 0 && r.Iterations >= opt.MaxIterations {
			return stopped(ErrLimit)
		}
		r.Iterations++
		step, err := p.step(ctx, density, s)
		if err != nil {
			return stopped(err)
		}
		next := &semiState{q: make([]float64, len(s.q))}
		for t := 1.0; ; t /= 2 {
			if t < 0x1p-40 {
				return stopped(errNoStep)
			}
			for i, v := range step {
				next.q[i] = s.q[i] + t*v
			}
			next.cells = p.diagram(ctx, density, next.q, s.cells)
			if err := next.cells.err; err != nil {
				return stopped(err)
			}
			if _, n := next.errors(p.w); next.cells.least >= floor && n <= (1-t/2)*norm {
				break
			}
		}
		s = next
		worst, norm = s.errors(p.w)
		r.Residuals = append(r.Residuals, worst)
	}
	return s, nil
}

// errNoStep is the cause where rounding, or a source in several parts, ends the
// search.
var errNoStep = errors.New("no step makes the error less")

// semiLink is how fast mass passes between neighbours as their heights change.
type semiLink struct {
	to   int32
	rate float64
}

// step returns the change of heights for which the masses would be the weights if
// they were linear. Mass passes from i to j at the rate ∫ρ/|pᵢ − pⱼ| along the edge
// between them, so the equations have the matrix of a graph's Laplacian; they are
// solved by conjugate gradients.
func (p *semiProblem) step(ctx context.Context, density planeDensity, s *semiState) ([]float64, error) {
	n := len(s.q)
	links := make([][]semiLink, n)
	diagonal := make([]float64, n)
	err := par.For(ctx, n, 32, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			poly := s.cells.polygons[i]
			for k, a := range poly {
				if j := a.beyond; j > int32(i) {
					gap := math.Hypot(p.px[i]-p.px[j], p.py[i]-p.py[j])
					if rate := density.along(a, poly[(k+1)%len(poly)]) / gap; rate > 0 {
						links[i] = append(links[i], semiLink{j, rate})
					}
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	rhs := make([]float64, n)
	for i, v := range s.cells.patches {
		rhs[i] = v.mass - p.w[i]
	}
	centred(rhs) // what rounding leaves has no solution
	for i, own := range links {
		for _, l := range own {
			diagonal[i] += l.rate
			diagonal[l.to] += l.rate
		}
	}
	return conjugate(ctx, links, diagonal, rhs)
}

// conjugate solves the equations of a Laplacian with the given upper links by
// conjugate gradients, scaled by the diagonal. A site without links stays.
func conjugate(ctx context.Context, links [][]semiLink, diagonal, rhs []float64) ([]float64, error) {
	n := len(rhs)
	x, z, d, ad := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	res := append([]float64(nil), rhs...)
	scale := func() (rho float64) {
		for i, v := range res {
			z[i] = 0
			if diagonal[i] > 0 {
				z[i] = v / diagonal[i]
			}
			rho += v * z[i]
		}
		return rho
	}
	rho := scale()
	copy(d, z)
	for first, k := rho, 0; k < 10*n+100 && rho > 1e-22*first; k++ {
		if k%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for i, v := range d {
			ad[i] = diagonal[i] * v
		}
		for i, own := range links {
			for _, l := range own {
				ad[i] -= l.rate * d[l.to]
				ad[l.to] -= l.rate * d[i]
			}
		}
		var curve float64
		for i, v := range d {
			curve += v * ad[i]
		}
		if !(curve > 0) {
			break
		}
		alpha := rho / curve
		for i, v := range d {
			x[i] += alpha * v
			res[i] -= alpha * ad[i]
		}
		before := rho
		rho = scale()
		for i, v := range z {
			d[i] = v + rho/before*d[i]
		}
	}
	centred(x)
	return x, nil
}

// centred takes the mean off.
func centred(v []float64) {
	var sum float64
	for _, x := range v {
		sum += x
	}
	for i := range v {
		v[i] -= sum / float64(len(v))
	}
}
