package transport

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// SemiDiscreteOptions are the options of [SemiDiscrete]. The zero value is ready to
// use.
type SemiDiscreteOptions struct {
	// Tolerance is the largest error of a cell's mass, as a share of the whole;
	// 0 means 10⁻¹¹.
	Tolerance float64
	// MaxIterations ends the search after so many steps of Newton's method; 0
	// means no limit.
	MaxIterations int
}

// SemiDiscretePlan is the optimal transport of a density in the plane to weighted
// points, for the cost |x − y|². All that lies in cell j of the source,
//
//	{x : |x − yⱼ|² − ψⱼ ≤ |x − yₖ|² − ψₖ for all k},
//
// goes to point yⱼ.
type SemiDiscretePlan struct {
	Source  measure.Measure
	Points  *mat.Dense // y
	Weights []float64  // scaled to sum to 1

	Potentials []float64      // ψ, of mean 0
	Cells      [][][2]float64 // their corners, counterclockwise; nil if empty
	Masses     []float64      // of the cells
	Centroids  *mat.Dense     // E[x | x in cell j]; of an empty cell, where it would begin
	Iterations int
	Residuals  []float64 // the largest error of a mass at the start and after each step
	Options    SemiDiscreteOptions

	cost    float64
	problem *semiProblem
}

// SemiDiscrete returns the optimal plan from a density in the plane to points with
// weights, for the cost |x − y|² (without a factor ½), with the potentials that
// prove it. The source is a [*Polygon] or a two-dimensional [*measure.Grid]. Nil
// weights are equal; weights are scaled to sum to 1. Points may lie anywhere.
// Those that coincide share one cell, which is listed with the first of them.
// Points without weight have an empty cell.
//
// The method is Newton's on the concave dual, with steps that keep every cell from
// becoming empty (Kitagawa, Mérigot and Thibert, J. Eur. Math. Soc. 21, 2603,
// 2019): it converges quadratically in the end. Where the source has holes that
// swallow cells at the start, it is first solved with some of the mass spread
// evenly.
//
// It returns an error if the source is of another kind, if there are no points, if
// they aren't in the plane, if a coordinate isn't finite, if lengths differ, if a
// weight is negative or not finite, or if their sum is 0 or overflows, and for
// options below 0. If the context ends, the limit of steps is reached or
// rounding leaves no better step, it returns a [NotConvergedError] with the best
// plan so far; its numbers are those of the cells that it has.
func SemiDiscrete(ctx context.Context, source measure.Measure, points mat.Matrix, weights []float64, opt SemiDiscreteOptions) (*SemiDiscretePlan, error) {
	const fn = "transport.SemiDiscrete"
	if !(opt.Tolerance >= 0) || opt.MaxIterations < 0 {
		return nil, fmt.Errorf("%s: Tolerance is %v and MaxIterations is %d, want at least 0", fn, opt.Tolerance, opt.MaxIterations)
	}
	if opt.Tolerance == 0 {
		opt.Tolerance = 1e-11
	}
	density, centre, half, err := newPlaneDensity(fn, source)
	if err != nil {
		return nil, err
	}
	target, err := measure.NewDiscrete(points, weights)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if d := target.Dim(); d != 2 {
		return nil, &measure.DimError{Func: fn, Arg: "points", Got: d, Want: 2}
	}
	p := newSemiProblem(target, density, centre, half)
	r := &SemiDiscretePlan{Source: source, Points: target.Points(), Weights: target.Weights(), Options: opt, problem: p}
	state, err := p.solve(ctx, fn, opt, r)
	r.take(state)
	if !(r.cost <= math.MaxFloat64) {
		return nil, fmt.Errorf("%s: the cost overflows", fn)
	}
	return r, err
}

// Cost returns the cost of the cells, Σⱼ ∫_{cell j} |x − yⱼ|² dμ.
func (r *SemiDiscretePlan) Cost() float64 { return r.cost }

// MassError returns maxⱼ |mass of cell j − wⱼ|.
func (r *SemiDiscretePlan) MassError() (worst float64) {
	sum := r.problem.sums(r.Masses)
	for s, w := range r.problem.w {
		worst = max(worst, math.Abs(sum[s]-w))
	}
	return worst
}

// Dual returns Σⱼ wⱼ ψⱼ + ∫ minⱼ (|x − yⱼ|² − ψⱼ) dμ, a lower bound on the cost of
// every plan whatever ψ is. It finds the cells anew from Potentials; points without
// weight don't count.
func (r *SemiDiscretePlan) Dual() float64 { return r.cost - r.DualityGap() }

// DualityGap returns Cost − Dual, which is Σ ψⱼ (massⱼ − wⱼ) and of either sign as
// far as the masses aren't yet the weights.
func (r *SemiDiscretePlan) DualityGap() float64 {
	p := r.problem
	q := p.heights(r.Potentials)
	cells := p.diagram(context.Background(), p.density, q, nil)
	// Σ ψ w + Σ (costⱼ − ψⱼ mⱼ): the difference of costs is small.
	gap := r.cost
	for s := range q {
		psi := r.Potentials[p.first[s]]
		gap -= cells.patches[s].cost*p.half*p.half - psi*(cells.patches[s].mass-p.w[s])
	}
	return gap
}

// W2Squared returns the squared distance: its value is Dual, and the bound adds
// what it would cost at most to carry the excess of each cell to other points.
func (r *SemiDiscretePlan) W2Squared() relation.Term {
	dual := r.Dual()
	sum := r.problem.sums(r.Masses)
	var excess, farthest float64
	for s, w := range r.problem.w {
		excess += 0.5 * math.Abs(sum[s]-w)
	}
	for _, c := range r.problem.density.domain() {
		for j := range r.Weights {
			dx := r.problem.centre[0] + r.problem.half*c.x - r.Points.At(j, 0)
			dy := r.problem.centre[1] + r.problem.half*c.y - r.Points.At(j, 1)
			farthest = max(farthest, dx*dx+dy*dy)
		}
	}
	bound := max(r.cost+excess*farthest-dual, 0) + 1e-14*r.cost
	return relation.Term{Symbol: "$W_2^2$", Value: dual, Bound: bound}
}

// Map returns the optimal map: that to the point in whose cell x lies, in the plane
// beyond the source as well.
func (r *SemiDiscretePlan) Map() flow.Map {
	p := r.problem
	tree := newLaguerre(p.px, p.py)
	tree.lift(p.heights(r.Potentials))
	return flow.MapFunc(func(dst, x *mat.Dense) {
		n, d := x.Dims()
		if d != 2 {
			panic((&measure.DimError{Func: "transport.SemiDiscretePlan.Map", Arg: "x", Got: d, Want: 2}).Error())
		}
		for i := range n {
			u, v := (x.At(i, 0)-p.centre[0])/p.half, (x.At(i, 1)-p.centre[1])/p.half
			dst.SetRow(i, r.Points.RawRowView(p.first[tree.best(0, u, v)]))
		}
	})
}

// semiProblem is the problem in coordinates u = (x − centre)/half of the source and
// p of the sites, both of order 1: the points that differ and have weight.
type semiProblem struct {
	density   planeDensity
	centre    [2]float64
	half      float64
	px, py, w []float64
	first     []int // the point of each site
	site      []int // of each point, −1 if it has no weight
	points    *mat.Dense
	sx, sy    []float64 // of the sites, in coordinates u
	mid       [2]float64
	unit      float64 // p = (y − mid)/unit
	tree      *laguerre
}

func newSemiProblem(target *measure.Discrete, density planeDensity, centre [2]float64, half float64) *semiProblem {
	y, w := target.Points(), target.Weights()
	p := &semiProblem{density: density, centre: centre, half: half, points: y, site: make([]int, len(w))}
	var order []int
	for j := range w {
		p.site[j] = -1
		if w[j] > 0 {
			order = append(order, j)
		}
	}
	compare := func(i, j int) int { return slices.Compare(y.RawRowView(i), y.RawRowView(j)) }
	slices.SortStableFunc(order, compare)
	for k, j := range order {
		if k > 0 && compare(order[k-1], j) == 0 {
			p.site[j] = p.site[order[k-1]]
			p.w[p.site[j]] += w[j]
			continue
		}
		p.site[j] = len(p.first)
		p.first, p.w = append(p.first, j), append(p.w, w[j])
	}
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, j := range p.first {
		for k, v := range y.RawRowView(j) {
			lo[k], hi[k] = min(lo[k], v), max(hi[k], v)
		}
	}
	if p.mid, p.unit = middle(lo, hi); p.unit == 0 {
		p.unit = 1
	}
	for _, j := range p.first {
		a, b := y.At(j, 0), y.At(j, 1)
		p.px, p.py = append(p.px, (a-p.mid[0])/p.unit), append(p.py, (b-p.mid[1])/p.unit)
		p.sx, p.sy = append(p.sx, (a-centre[0])/half), append(p.sy, (b-centre[1])/half)
	}
	p.tree = newLaguerre(p.px, p.py)
	return p
}

// sums adds what belongs to points that coincide.
func (p *semiProblem) sums(v []float64) []float64 {
	sum := make([]float64, len(p.w))
	for j, s := range p.site {
		if s >= 0 {
			sum[s] += v[j]
		}
	}
	return sum
}

// far returns |y − centre|² of a point.
func (p *semiProblem) far(j int) float64 {
	return square(p.points.At(j, 0)-p.centre[0], p.points.At(j, 1)-p.centre[1])
}

// heights returns q of potentials, and potentials ψ of heights:
//
//	|x − y|² − ψ = |x − centre|² − 2·half·unit (u·p − q) + …, the same for all.
func (p *semiProblem) heights(psi []float64) []float64 {
	q := make([]float64, len(p.first))
	for s, j := range p.first {
		q[s] = (p.far(j) - psi[j]) / (2 * p.half * p.unit)
	}
	return q
}

// take stores what a state of the solver says about the points.
func (r *SemiDiscretePlan) take(s *semiState) {
	p, n := r.problem, len(r.Weights)
	r.Potentials, r.Masses = make([]float64, n), make([]float64, n)
	r.Cells, r.Centroids = make([][][2]float64, n), mat.NewDense(n, 2, nil)
	unit := 2 * p.half * p.unit
	for j, site := range p.site {
		if site < 0 {
			continue
		}
		r.Potentials[j] = p.far(j) - unit*s.q[site]
		if p.first[site] != j {
			continue
		}
		v := s.cells.patches[site]
		r.Masses[j] = v.mass
		r.cost += v.cost * p.half * p.half
		for _, c := range s.cells.polygons[site] {
			r.Cells[j] = append(r.Cells[j], [2]float64{p.centre[0] + p.half*c.x, p.centre[1] + p.half*c.y})
		}
		if v.mass > 0 {
			r.Centroids.Set(j, 0, p.centre[0]+p.half*v.mx/v.mass)
			r.Centroids.Set(j, 1, p.centre[1]+p.half*v.my/v.mass)
		}
	}
	for j, site := range p.site {
		switch {
		case site >= 0 && p.first[site] != j:
			r.Centroids.SetRow(j, r.Centroids.RawRowView(p.first[site]))
		case site < 0:
			r.unweighted(j, s)
		}
	}
	var mean float64
	for j, w := range r.Weights {
		mean += w * r.Potentials[j]
	}
	for j := range r.Potentials {
		r.Potentials[j] -= mean
	}
}

// unweighted gives a point without weight the largest potential at which its cell
// is empty. |x − y|² less the cost of the others is convex and linear but for kinks
// at the edges of cells, so it is least at a corner of one.
func (r *SemiDiscretePlan) unweighted(j int, s *semiState) {
	p := r.problem
	least := math.Inf(1)
	y := r.Points.RawRowView(j)
	a, b := (y[0]-p.centre[0])/p.half, (y[1]-p.centre[1])/p.half
	for site, poly := range s.cells.polygons {
		for _, c := range poly {
			other := p.half*p.half*square(c.x-p.sx[site], c.y-p.sy[site]) - (p.far(p.first[site]) - 2*p.half*p.unit*s.q[site])
			if psi := p.half*p.half*square(c.x-a, c.y-b) - other; psi < least {
				least = psi
				r.Centroids.SetRow(j, []float64{p.centre[0] + p.half*c.x, p.centre[1] + p.half*c.y})
			}
		}
	}
	r.Potentials[j] = least
}
