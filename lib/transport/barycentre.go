package transport

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// A FixedSupport is a barycentre on given points: masses q with the least
//
//	Σ wₖ OT(q, hₖ),  OT(q, h) = min ⟨P, C⟩ over plans P from q to h.
//
// The least value is unique, q may not be.
type FixedSupport struct {
	Weights []float64 // w, which sum to 1
	Masses  []float64 // q, with the mass of the histograms
	Plans   []*Plan   // from q to each histogram, by [Exact]; nil for weight 0
	Pivots  int

	below float64
	f     [][]float64
}

// Value returns Σ wₖ ⟨Pₖ, C⟩.
func (b *FixedSupport) Value() float64 {
	var s num.Sum
	for k, p := range b.Plans {
		if p != nil {
			addProduct(&s, b.Weights[k], p.Cost())
		}
	}
	return s.Value()
}

// Potentials returns functions fₖ of the points with Σ wₖ fₖ = 0, nil for weight
// 0. With gₖ(j) = min over i of C(i,j) − fₖ(i) they prove that the value is at
// least Σ wₖ ⟨gₖ, hₖ⟩ for every q.
func (b *FixedSupport) Potentials() [][]float64 {
	out := make([][]float64, len(b.f))
	for k, f := range b.f {
		out[k] = slices.Clone(f)
	}
	return out
}

// DualityGap returns Value less Σ wₖ ⟨gₖ, hₖ⟩ of [FixedSupport.Potentials]: by how
// much the value may exceed the least one, at most. Both are computed from q and
// f alone, whatever the search did.
func (b *FixedSupport) DualityGap() float64 { return b.Value() - b.below }

// FixedSupportBarycentre returns the barycentre of histograms, with the given
// weights, on the points that are the rows of the cost; nil weights are equal. The
// histograms stand over the columns; they have one mass, but for rounding. Where
// the cost doesn't know its dimensions there are as many rows as columns.
//
// The method is the simplex on the linear program of q and all plans at once,
// with a dense inverse of the basis: exact, and meant for some hundred points in
// all. For more see [EntropicBarycentre] and [FreeSupportBarycentre]. Of the
// options it uses MaxIterations, a limit of the pivots; 0 means none.
//
// It returns an error if there are no histograms, if they or the weights are
// negative, not finite or without mass, if shapes don't fit, or if a price isn't
// finite; an [UnbalancedError] if masses differ; and a [StoppedError] with the
// best result so far if the context ends or the limit is reached.
func FixedSupportBarycentre(ctx context.Context, hists [][]float64, weights []float64, cost Cost, opt BarycentreOptions) (*FixedSupport, error) {
	const fn = "transport.FixedSupportBarycentre"
	limit := opt.MaxIterations
	if err := opt.resolve(fn); err != nil {
		return nil, err
	}
	w, total, err := checkHistograms(fn, hists, weights)
	if err != nil {
		return nil, err
	}
	c, err := priceTable(fn, cost, len(hists[0]))
	if err != nil {
		return nil, err
	}
	lp := newBarySimplex(hists, w, c, total)
	pivots, err := lp.run(ctx, limit)
	if err != nil {
		err = &StoppedError{Func: fn, Pivots: pivots, Err: err}
	}
	b := &FixedSupport{Weights: w, Pivots: pivots, Plans: make([]*Plan, len(w)), f: make([][]float64, len(w))}
	b.Masses = lp.masses()
	floats.Scale(total/floats.Sum(b.Masses), b.Masses)
	for k := range w {
		if w[k] == 0 {
			continue
		}
		// These are small beside the search, and make its result what it is.
		plan, planErr := Exact(context.WithoutCancel(ctx), b.Masses, hists[k], c, ExactOptions{})
		if planErr != nil {
			return nil, fmt.Errorf("%s: %w", fn, planErr)
		}
		b.Plans[k] = plan
	}
	b.prove(lp.potentials(), hists, c)
	return b, err
}

// prove takes functions y of the points, of which those of each k are wₖ fₖ but
// for a sum that isn't 0 yet.
func (b *FixedSupport) prove(y [][]float64, hists [][]float64, c *mat.Dense) {
	n, m := c.Dims()
	excess := make([]float64, n)
	for k := range y {
		floats.Add(excess, y[k])
	}
	var s num.Sum
	at := 0
	for k, w := range b.Weights {
		if w == 0 {
			continue
		}
		f := make([]float64, n)
		for i := range f {
			f[i] = y[at][i]/w - excess[i]
		}
		at++
		b.f[k] = f
		for j := range m {
			g := math.Inf(1)
			for i := range f {
				g = min(g, c.At(i, j)-f[i])
			}
			addProduct(&s, w*hists[k][j], g)
		}
	}
	b.below = s.Value()
}

// checkHistograms returns the weights scaled to sum to 1 and the histograms' mass.
func checkHistograms(fn string, hists [][]float64, weights []float64) (w []float64, total float64, err error) {
	if len(hists) == 0 {
		return nil, 0, fmt.Errorf("%s: there are no histograms", fn)
	}
	if w, err = shares(fn, weights, len(hists)); err != nil {
		return nil, 0, err
	}
	for k, h := range hists {
		name := fmt.Sprintf("histogram %d", k)
		if len(h) != len(hists[0]) {
			return nil, 0, &measure.DimError{Func: fn, Arg: name, Got: len(h), Want: len(hists[0])}
		}
		mass, err := checkMasses(fn, name, h)
		if err != nil {
			return nil, 0, err
		}
		if k == 0 {
			total = mass
		} else if math.Abs(mass-total) > balance*max(mass, total) {
			return nil, 0, &UnbalancedError{fn, total, mass}
		}
	}
	return w, total, nil
}

// priceTable returns all prices between rows and m columns.
func priceTable(fn string, cost Cost, m int) (*mat.Dense, error) {
	n := m
	switch c := cost.(type) {
	case nil:
	case MatrixCost:
		if c.Matrix != nil {
			n, _ = c.Dims()
		}
	case SquaredEuclidean:
		if c.X != nil {
			n, _ = c.X.Dims()
		}
	case Euclidean:
		if c.X != nil {
			n, _ = c.X.Dims()
		}
	case interface{ Dims() (n, m int) }:
		n, _ = c.Dims()
	}
	r, err := newRows(fn, cost, n, m, every(n), every(m))
	if err != nil {
		return nil, err
	}
	table := mat.NewDense(n, m, nil)
	r.fill(table.RawMatrix().Data, m, 0, n)
	for i := range n {
		for j, v := range table.RawRowView(i) {
			if math.IsNaN(v) || math.Abs(v) > largestCost {
				return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("the price (%d, %d)", i, j), Value: v, Want: "a finite number of at most 2¹⁰⁰⁰"}
			}
		}
	}
	return table, nil
}
