package transport

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
)

// ExactOptions are the options of [Exact]. The zero value is ready to use.
type ExactOptions struct {
	// MaxPivots ends the search after so many steps; 0 means no limit.
	MaxPivots int
	// Table is the number of prices up to which all are computed once and
	// kept, 8 bytes each; more are computed anew at every pass. 0 means 2²⁵,
	// which is 256 MB. A *mat.Dense is used where it is.
	Table int
}

// InfeasibleError reports that the pairs whose price is finite can't carry all
// the mass.
type InfeasibleError struct {
	Func  string
	Mass  float64 // how much has no way
	Total float64 // of how much
}

func (e *InfeasibleError) Error() string {
	return fmt.Sprintf("%s: %v of the mass %v has no way that isn't forbidden", e.Func, e.Mass, e.Total)
}

// StoppedError reports that a search ended before its result was optimal.
type StoppedError struct {
	Func   string
	Pivots int   // steps taken
	Err    error // the context's error, or ErrLimit
}

// ErrLimit is the cause where a search reached the limit set by its options.
var ErrLimit = errors.New("the limit of the options")

func (e *StoppedError) Error() string {
	return fmt.Sprintf("%s: stopped after %d pivots: %v", e.Func, e.Pivots, e.Err)
}

// Unwrap returns the cause.
func (e *StoppedError) Unwrap() error { return e.Err }

// Exact returns a plan P ≥ 0 of least cost Σ P[i,j] C(i,j) that moves the
// masses a of the sources to the masses b of the sinks: rows of P sum to a,
// columns to b. It comes with potentials that prove it; see
// [Plan.DualityGap].
//
// Masses need not sum to 1. Those of both sides must have the same sum but for
// rounding (1 in 10⁹), to which b is scaled. A mass may be zero. A price may
// be negative; +Inf forbids a pair. Masses are told apart down to 2⁻⁶¹ of
// their sum: up to about that, the marginals of the plan may differ from a and b.
//
// The method is the network simplex with strongly feasible trees, on a set of
// pairs that grows until no pair outside it has a negative reduced cost. Its
// tolerance is relative to the prices and potentials of each pair.
//
// It returns an error if there are no sources or sinks, if a mass is negative
// or not finite, if no mass is positive or their sum overflows, if the cost
// doesn't fit the masses or a price is NaN, −Inf, or finite but greater than
// 2¹⁰⁰⁰ in magnitude; an [UnbalancedError] if the sums differ; and an
// [InfeasibleError] if forbidden pairs leave no plan. If the context ends or
// the limit of pivots is reached, it returns a [StoppedError] with the best
// plan so far, which is nil only if forbidden pairs have left none so far.
func Exact(ctx context.Context, a, b []float64, cost Cost, opt ExactOptions) (*Plan, error) {
	return exact(ctx, "transport.Exact", a, b, cost, opt)
}

func exact(ctx context.Context, fn string, a, b []float64, cost Cost, opt ExactOptions) (*Plan, error) {
	if opt.MaxPivots < 0 || opt.Table < 0 {
		return nil, fmt.Errorf("%s: MaxPivots is %d and Table is %d, want at least 0", fn, opt.MaxPivots, opt.Table)
	}
	if opt.Table == 0 {
		opt.Table = 1 << 25
	}
	plan, err := newPlan(fn, a, b, cost)
	if err != nil {
		return nil, err
	}
	plan.opt, plan.method, plan.reason = opt, NetworkSimplex, "transport.Exact was called"
	sources, sinks := support(plan.a), support(plan.b)
	supply, demand := units(plan.a, sources, plan.total), units(plan.b, sinks, plan.total)
	level(supply, demand)

	prices, err := newTable(fn, cost, len(a), len(b), sources, sinks, opt.Table)
	if err != nil {
		return nil, err
	}
	s := &search{ctx: ctx, limit: opt.MaxPivots, prices: prices}
	t, err := s.run(supply, demand)
	plan.pivots = s.pivots
	if t != nil {
		plan.take(t, sources, sinks)
	}
	var missing shortfall
	switch {
	case err == nil:
		plan.prove(t, s.low, sources, sinks)
	case errors.As(err, &missing):
		return nil, &InfeasibleError{fn, float64(missing) / whole * plan.total, plan.total}
	case errors.Is(err, errStopped):
		if t == nil {
			if corner := cornerTree(prices, supply, demand); corner != nil {
				plan.take(corner, sources, sinks)
			} else {
				plan = nil
			}
		}
		return plan, s.stopped(fn)
	default:
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return plan.checked(fn)
}

// checkMasses returns the sum of masses.
func checkMasses(fn, name string, w []float64) (float64, error) {
	if len(w) == 0 {
		return 0, fmt.Errorf("%s: %s is empty", fn, name)
	}
	var sum num.Sum
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 1) {
			return 0, fmt.Errorf("%s: %s[%d] is %v, want a finite mass ≥ 0", fn, name, i, v)
		}
		sum.Add(v)
	}
	total := sum.Value()
	if !(total > 0) || math.IsInf(total, 1) {
		return 0, fmt.Errorf("%s: %s sums to %v, want a positive finite mass", fn, name, total)
	}
	return total, nil
}

// support returns where w is positive.
func support(w []float64) []int32 {
	var at []int32
	for i, v := range w {
		if v > 0 {
			at = append(at, int32(i))
		}
	}
	return at
}

// whole is the number of units that the total mass is counted in.
const whole = 0x1p61

// units counts masses, each as at least one.
func units(w []float64, at []int32, total float64) []int64 {
	q := make([]int64, len(at))
	for k, i := range at {
		q[k] = max(1, int64(math.Round(w[i]/total*whole)))
	}
	return q
}

// level makes the sums equal by taking a few units off the largest mass.
func level(a, b []int64) {
	var diff int64
	for _, v := range a {
		diff += v
	}
	for _, v := range b {
		diff -= v
	}
	if diff < 0 {
		a, diff = b, -diff
	}
	top := 0
	for i, v := range a {
		if v > a[top] {
			top = i
		}
	}
	a[top] -= diff
}
