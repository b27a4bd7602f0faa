package transport

import (
	"context"
	"fmt"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// SchrodingerBridge returns the bridge from p to q with the potentials that
// [Sinkhorn] finds for the cost |x − y|² and ε = 4·temperature·tau.
//
// The options are those of Sinkhorn, but for Eps and RelEps, which must be 0, as
// the temperature and the duration say what ε is. Errors are those of Sinkhorn
// and of [NewBridge]. With a [NotConvergedError] comes the bridge with the
// potentials so far, if they give one, and if the context has not ended, which
// leaves no time to make it.
func SchrodingerBridge(ctx context.Context, p, q *measure.Discrete, temperature, tau float64, opt SinkhornOptions) (*Bridge, error) {
	const fn = "transport.SchrodingerBridge"
	if p.Dim() == 0 || q.Dim() == 0 {
		return nil, fmt.Errorf("%s: an end is nil or empty", fn)
	}
	if opt.Eps != 0 || opt.RelEps != 0 {
		return nil, fmt.Errorf("%s: Eps is %v and RelEps is %v, want 0 as ε = 4·temperature·tau", fn, opt.Eps, opt.RelEps)
	}
	if opt.Eps = 4 * temperature * tau; !(temperature > 0 && tau > 0 && opt.Eps > 0) {
		return nil, fmt.Errorf("%s: temperature is %v and tau is %v, want both positive and finite", fn, temperature, tau)
	}
	plan, short := Sinkhorn(ctx, p.Weights(), q.Weights(), SquaredEuclidean{p.Points(), q.Points()}, opt)
	if short != nil {
		short = fmt.Errorf("%s: %w", fn, short)
	}
	if plan == nil {
		return nil, short
	}
	f, g := plan.Potentials()
	bridge, err := NewBridge(ctx, p, q, f, g, temperature, tau)
	if short != nil {
		return bridge, short
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return bridge, nil
}
