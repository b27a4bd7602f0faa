package transport

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
)

// entCountdown is a context that ends when it has been asked a number of times,
// and counts how often it is asked after that.
type entCountdown struct {
	context.Context
	left atomic.Int64
}

func (c *entCountdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Wherever the context ends, solvers say so, go no further, and what they return
// is a plan.
func TestEntropicStops(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	x, a := entCloud(r, 120, 1)
	y, b := entCloud(r, 100, 1)
	c := SquaredEuclidean{x, y}
	whole := func(p *Plan) bool { return p != nil && p.Mass() >= 0 && p.DualityGap() > -1e-12 }
	for name, solve := range map[string]func(ctx context.Context) (some, ok bool, err error){
		"Sinkhorn": func(ctx context.Context) (bool, bool, error) {
			p, err := Sinkhorn(ctx, a, b, c, SinkhornOptions{Eps: 1e-3})
			return p != nil, whole(p), err
		},
		"Sinkhorn without a table": func(ctx context.Context) (bool, bool, error) {
			p, err := Sinkhorn(ctx, a, b, c, SinkhornOptions{Eps: 1e-3, Table: 1})
			return p != nil, whole(p), err
		},
		"Unbalanced": func(ctx context.Context) (bool, bool, error) {
			p, err := Unbalanced(ctx, a, b, c, UnbalancedOptions{Eps: 1e-3, Rho: .1})
			return p != nil, whole(p), err
		},
		"SinkhornDivergence": func(ctx context.Context) (bool, bool, error) {
			d, err := SinkhornDivergence(ctx, a, x, b, y, SinkhornOptions{Eps: 1e-3})
			return d != nil, d != nil && whole(d.XY) && (d.XX == nil || d.YY == nil || !math.IsNaN(d.Value())), err
		},
		"Partial": func(ctx context.Context) (bool, bool, error) {
			p, err := Partial(ctx, a, b, c, .5, ExactOptions{})
			return p != nil, whole(p), err
		},
	} {
		full := &entCountdown{Context: t.Context()}
		full.left.Store(math.MaxInt64)
		if _, _, err := solve(full); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		looks := math.MaxInt64 - full.left.Load()
		plans := 0
		for _, part := range []float64{0, .1, .3, .5, .7, .9} {
			ctx := &entCountdown{Context: t.Context()}
			ctx.left.Store(int64(part * float64(looks)))
			some, ok, err := solve(ctx)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s at %v: %v", name, part, err)
			}
			if some && !ok {
				t.Errorf("%s at %v: the plan is none", name, part)
			}
			if some {
				plans++
			}
			if after := -ctx.left.Load(); after > 20 {
				t.Errorf("%s at %v: %d looks at the context after its end", name, part, after)
			}
		}
		if plans == 0 {
			t.Errorf("%s never returns what it has", name)
		}
		t.Logf("%s: %d looks, %d plans", name, looks, plans)
	}
}
