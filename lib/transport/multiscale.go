package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// MultiscaleOptions are the options of [Multiscale]. The zero value is ready to
// use.
type MultiscaleOptions struct {
	// MaxPivots ends the search after so many steps on all scales together;
	// 0 means no limit.
	MaxPivots int
}

// Multiscale is [Exact] for points: the cost must be [SquaredEuclidean] or
// [Euclidean]. The plan costs the least there is, with potentials that prove
// it, and what holds of masses, errors and stopped searches is the same. In few
// dimensions it is much faster, and it needs memory in proportion to the
// number of points, since prices are computed where they are needed. In many
// dimensions Exact is faster.
//
// Both sides are put into kd trees, whose cells are the points of coarser
// problems. An optimal plan between cells, shared out among their points,
// starts the network simplex on the next scale, on the pairs that the coarser
// potentials promise most of. Then the trees find for each point the pairs
// whose reduced cost is negative, and the search goes on with them until there
// are none: the last such pass is the certificate. Passes run on all
// processors and have the same result for any number of them.
//
// If the search is stopped, the plan is the best of the scale that it has come
// to, shared out among the points.
func Multiscale(ctx context.Context, a, b []float64, cost Cost, opt MultiscaleOptions) (*Plan, error) {
	const fn = "transport.Multiscale"
	if opt.MaxPivots < 0 {
		return nil, fmt.Errorf("%s: MaxPivots is %d, want at least 0", fn, opt.MaxPivots)
	}
	return multiscale(ctx, fn, a, b, cost, opt)
}

func multiscale(ctx context.Context, fn string, a, b []float64, cost Cost, opt MultiscaleOptions) (*Plan, error) {
	p, err := newPointProblem(ctx, fn, a, b, cost)
	if err != nil {
		return nil, err
	}
	return p.multiscale(fn, opt)
}

func (p *pointProblem) multiscale(fn string, opt MultiscaleOptions) (*Plan, error) {
	if p.overflows() {
		// Exact finds the pair, or that there is none.
		return exact(p.ctx, fn, p.plan.a, p.plan.b, p.plan.cost, ExactOptions{MaxPivots: opt.MaxPivots, Table: 1})
	}
	p.limit = opt.MaxPivots
	plan := p.plan
	plan.opt.MaxPivots = opt.MaxPivots
	plan.method, plan.reason = MultiscaleSimplex, "transport.Multiscale was called"
	t, err := p.solve(p.x, p.y)
	plan.pivots = p.pivots
	plan.take(t, p.sources, p.sinks)
	switch {
	case errors.Is(err, errStopped):
		return plan, p.stopped(fn)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	plan.prove(t, p.least, p.sources, p.sinks)
	return plan.checked(fn)
}

// A pointProblem is a problem between points, in the order of kd trees.
type pointProblem struct {
	climb
	plan           *Plan // to be filled in
	x, y           *cloud
	sources, sinks []int32 // which points they were
}

func newPointProblem(ctx context.Context, fn string, a, b []float64, cost Cost) (*pointProblem, error) {
	plan, err := newPlan(fn, a, b, cost)
	if err != nil {
		return nil, err
	}
	p := &pointProblem{plan: plan, sources: support(plan.a), sinks: support(plan.b)}
	p.ctx, p.few = ctx, fewPoints
	supply, demand := units(plan.a, p.sources, plan.total), units(plan.b, p.sinks, plan.total)
	level(supply, demand)
	r, err := newRows(fn, cost, len(a), len(b), p.sources, p.sinks)
	if err != nil {
		return nil, err
	}
	points, ok := r.(*pointRows)
	if !ok {
		return nil, fmt.Errorf("%s: cost is a %T, want SquaredEuclidean or Euclidean", fn, cost)
	}
	p.root = points.root
	p.x, p.sources = newCloud(ctx, points.x, p.sources, supply)
	p.y, p.sinks = newCloud(ctx, points.y, p.sinks, demand)
	return p, nil
}

// overflows reports whether a price may be too large.
func (p *pointProblem) overflows() bool {
	lo, hi := make([]float64, p.x.d), make([]float64, p.x.d)
	for k := range lo {
		lo[k], hi[k] = math.Inf(1), math.Inf(-1)
		for _, c := range []*cloud{p.x, p.y} {
			for i := k; i < len(c.at); i += c.d {
				lo[k], hi[k] = min(lo[k], c.at[i]), max(hi[k], c.at[i])
			}
		}
	}
	return !(pointMetric{p.x.d, p.root}.cost(lo, hi) <= largestCost)
}
