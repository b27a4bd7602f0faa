package transport

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// A Method is a way to find a plan.
type Method string

// The methods of [Solve].
const (
	// Monotone is the plan that keeps the order of points on the line.
	Monotone Method = "monotone plan"
	// MultiscaleSimplex is that of [Multiscale].
	MultiscaleSimplex Method = "multiscale network simplex"
	// NetworkSimplex is that of [Exact].
	NetworkSimplex Method = "network simplex"
)

// SolveOptions are the options of [Solve]. The zero value is ready to use.
type SolveOptions struct {
	// MaxPivots ends the search after so many steps; 0 means no limit.
	MaxPivots int
	// Table is that of [ExactOptions].
	Table int
}

// Solve returns an exact plan, as [Exact] does, by the method that is fastest
// for the problem: the plan that keeps order for points on the line,
// [Multiscale] for many points in few dimensions, and otherwise Exact.
// [Plan.Method] and [Plan.Reason] say which it was, and why. Plan and potentials
// are found by exact methods only.
func Solve(ctx context.Context, a, b []float64, cost Cost, opt SolveOptions) (*Plan, error) {
	const fn = "transport.Solve"
	if opt.MaxPivots < 0 || opt.Table < 0 {
		return nil, fmt.Errorf("%s: MaxPivots is %d and Table is %d, want at least 0", fn, opt.MaxPivots, opt.Table)
	}
	method, reason := choose(len(a), len(b), cost)
	var plan *Plan
	var err error
	switch method {
	case Monotone:
		plan, err = monotonePlan(ctx, fn, a, b, cost)
	case MultiscaleSimplex:
		plan, err = multiscale(ctx, fn, a, b, cost, MultiscaleOptions{opt.MaxPivots})
	default:
		plan, err = exact(ctx, fn, a, b, cost, ExactOptions(opt))
	}
	if plan != nil {
		plan.reason = reason
	}
	return plan, err
}

// Where Multiscale begins to be faster than Exact.
const (
	manyPoints    = 400 // of both sides together
	fewDimensions = 5
)

func choose(n, m int, cost Cost) (Method, string) {
	var x mat.Matrix
	switch c := cost.(type) {
	case SquaredEuclidean:
		x = c.X
	case Euclidean:
		x = c.X
	default:
		return NetworkSimplex, fmt.Sprintf("the cost is a %T, of which nothing is known but its prices", cost)
	}
	if x == nil {
		return NetworkSimplex, "there are no points"
	}
	_, d := x.Dims()
	switch {
	case d == 1:
		return Monotone, "the cost is convex in the distance of points on the line"
	case d > fewDimensions:
		return NetworkSimplex, fmt.Sprintf("the points have %d dimensions, more than %d", d, fewDimensions)
	case n+m < manyPoints:
		return NetworkSimplex, fmt.Sprintf("there are %d points, fewer than %d", n+m, manyPoints)
	}
	return MultiscaleSimplex, fmt.Sprintf("there are %d points in %d dimensions", n+m, d)
}

// monotonePlan returns the plan that keeps order, with the potentials that are
// tight all along it. It is optimal for a convex cost on the line; the
// certificate is computed for all pairs nevertheless.
func monotonePlan(ctx context.Context, fn string, a, b []float64, cost Cost) (*Plan, error) {
	p, err := newPointProblem(ctx, fn, a, b, cost)
	if err != nil {
		return nil, err
	}
	if p.overflows() {
		return exact(ctx, fn, a, b, cost, ExactOptions{Table: 1})
	}
	x, y, m := p.x, p.y, pointMetric{1, p.root}
	forest := make([]shipment, 0, x.n+y.n)
	at := make([]float64, x.n+y.n)
	// Potentials of the last source and sink, which are sums of many prices.
	var source, sink accurate
	c := m.cost(x.point(0), y.point(0))
	sink.add(c)
	at[x.n] = c
	left, want := x.mass[0], y.mass[0]
	for i, j := 0, 0; ; {
		if d := min(left, want); d > 0 {
			forest = append(forest, shipment{arc{int32(i), int32(j), c}, d})
			left -= d
			want -= d
		}
		// One step at a time, so that a price links what comes next to what
		// was even where no mass does.
		switch {
		case left == 0 && i+1 < x.n:
			i++
			left = x.mass[i]
			c = m.cost(x.point(i), y.point(j))
			source = sink
			source.add(-c)
			at[i] = source.hi
			continue
		case want == 0 && j+1 < y.n:
			j++
			want = y.mass[j]
			c = m.cost(x.point(i), y.point(j))
			sink = source
			sink.add(c)
			at[x.n+j] = sink.hi
			continue
		}
		break
	}
	t := newTree(x.n, y.n, at, forest)
	copy(t.at, at) // the tree's are less accurate
	plan := p.plan
	plan.method, plan.reason = Monotone, "transport.Solve was called"
	plan.take(t, p.sources, p.sinks)
	side := y
	if x.n < y.n {
		side = x
	}
	if _, err := p.price(t, nil, newFinder(side, p.root), x, y); err != nil {
		return plan, p.stopped(fn)
	}
	plan.prove(t, p.least, p.sources, p.sinks)
	return plan.checked(fn)
}
