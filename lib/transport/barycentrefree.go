package transport

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// A FreeSupport is a barycentre of discrete measures whose atoms have found their
// places: masses are given, and the places a fixed point of
//
//	xᵢ ← Σ wₖ E[y | xᵢ] under the optimal plan to measure k.
//
// Places matter to Σ wₖ W₂² in a way that isn't convex: the fixed point depends on
// the start.
type FreeSupport struct {
	Weights []float64         // w, which sum to 1
	Law     *measure.Discrete // the barycentre
	Plans   []*Plan           // from it to each measure, by [Exact]; nil for weight 0
	// Residual is the root mean square of the next move of the atoms, relative to
	// the root mean square of the distances of the measures' atoms to their mean.
	Residual   float64
	Iterations int
	Options    BarycentreOptions

	laws []*measure.Discrete
}

// Value returns Σ wₖ W₂²(Law, pₖ).
func (b *FreeSupport) Value() float64 {
	var s num.Sum
	for k, p := range b.Plans {
		if p != nil {
			addProduct(&s, b.Weights[k], p.Cost())
		}
	}
	return s.Value()
}

// LowerBound returns Σ wₖ w_l W₂²(pₖ, p_l) over pairs k < l, below which Σ wₖ W₂²
// of no measure can lie, whatever its atoms. It is attained by the barycentre of
// two measures. It takes a plan for each pair, and returns the errors of [Exact].
func (b *FreeSupport) LowerBound(ctx context.Context) (float64, error) {
	var s num.Sum
	for k, p := range b.laws {
		for l, q := range b.laws[:k] {
			share := b.Weights[k] * b.Weights[l]
			if share == 0 {
				continue
			}
			plan, err := Exact(ctx, p.Weights(), q.Weights(), SquaredEuclidean{p.Points(), q.Points()}, ExactOptions{})
			if err != nil {
				return 0, err
			}
			addProduct(&s, share, plan.Cost())
		}
	}
	return s.Value(), nil
}

// FreeSupportBarycentre moves the atoms of start, whose masses stay, to a W₂
// barycentre of the laws with the given weights (Cuturi and Doucet 2014;
// Álvarez-Esteban et al. 2016); nil weights are equal. Every step takes exact
// plans and lowers Σ wₖ W₂² by the mean square of the move, at least.
//
// It returns an error if there are no laws, if one is nil, if dimensions differ,
// and for weights that are negative, not finite or all 0. If the context ends or
// the limit of iterations is reached it returns a [NotConvergedError] with the
// best result so far, which is nil only if the first plans weren't found.
func FreeSupportBarycentre(ctx context.Context, laws []*measure.Discrete, weights []float64, start *measure.Discrete, opt BarycentreOptions) (*FreeSupport, error) {
	const fn = "transport.FreeSupportBarycentre"
	if err := opt.resolve(fn); err != nil {
		return nil, err
	}
	if len(laws) == 0 || start.Dim() == 0 {
		return nil, fmt.Errorf("%s: there are no laws, or no start", fn)
	}
	w, err := shares(fn, weights, len(laws))
	if err != nil {
		return nil, err
	}
	var spread float64
	for k, p := range laws {
		if p.Dim() != start.Dim() {
			return nil, &measure.DimError{Func: fn, Arg: fmt.Sprintf("law %d", k), Got: p.Dim(), Want: start.Dim()}
		}
		var cov mat.SymDense
		p.Cov(&cov)
		spread += w[k] * mat.Trace(&cov)
	}
	var best *FreeSupport
	law := start
	for iterations := 0; ; iterations++ {
		plans, err := plansFrom(ctx, law, laws, w)
		if err != nil {
			if cause := ctx.Err(); cause != nil && errors.Is(err, cause) {
				residual := math.Inf(1)
				if best != nil {
					residual = best.Residual
				}
				return best, &NotConvergedError{fn, iterations, residual, opt.Tolerance, cause}
			}
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
		best = &FreeSupport{Weights: w, Law: law, Plans: plans, Iterations: iterations + 1, Options: opt, laws: laws}
		next := meanEnds(law, laws, w, plans)
		if best.Residual = rootMove(law, next); spread > 0 {
			best.Residual /= math.Sqrt(spread)
		}
		if best.Residual <= opt.Tolerance {
			return best, nil
		}
		if err := opt.stop(ctx, fn, iterations+1, best.Residual); err != nil {
			return best, err
		}
		if law, err = measure.NewDiscrete(next, law.Weights()); err != nil {
			return best, fmt.Errorf("%s: %w", fn, err)
		}
	}
}

// plansFrom returns the optimal plans to the laws that have weight.
func plansFrom(ctx context.Context, law *measure.Discrete, laws []*measure.Discrete, w []float64) ([]*Plan, error) {
	plans := make([]*Plan, len(laws))
	errs, err := par.Map(ctx, len(laws), 1, func(k, _ int) error {
		if w[k] == 0 {
			return nil
		}
		var err error
		plans[k], err = Exact(ctx, law.Weights(), laws[k].Weights(), SquaredEuclidean{law.Points(), laws[k].Points()}, ExactOptions{})
		return err
	})
	if err == nil {
		err = errors.Join(errs...)
	}
	return plans, err
}

// meanEnds returns Σ wₖ E[y | xᵢ]. What has no mass stays where it is.
func meanEnds(law *measure.Discrete, laws []*measure.Discrete, w []float64, plans []*Plan) *mat.Dense {
	n, d := law.Points().Dims()
	next := mat.NewDense(n, d, nil)
	for k, plan := range plans {
		if plan == nil {
			continue
		}
		for ij, mass := range plan.All() {
			floats.AddScaled(next.RawRowView(ij.I), w[k]*mass/law.Weights()[ij.I], laws[k].Points().RawRowView(ij.J))
		}
	}
	for i, mass := range law.Weights() {
		if mass == 0 {
			next.SetRow(i, law.Points().RawRowView(i))
		}
	}
	return next
}

func rootMove(law *measure.Discrete, next *mat.Dense) float64 {
	var s num.Sum
	for i, mass := range law.Weights() {
		off := floats.Distance(law.Points().RawRowView(i), next.RawRowView(i), 2)
		s.Add(mass * off * off)
	}
	return math.Sqrt(s.Value())
}
