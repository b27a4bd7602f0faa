package transport

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// A MixturePlan couples two mixtures of Gaussians by moving whole components:
// P[k,l] of component k of p goes to component l of q by the optimal map 𝒯ₖₗ
// between them (Delon and Desolneux 2020).
type MixturePlan struct {
	P, Q *measure.Mixture
	// Plan has the least Σ P[k,l] W₂²(pₖ, q_l), and with its potentials the proof.
	Plan *Plan
}

// MixtureTransport returns the plan between the components of two mixtures that
// costs least. It returns an error if a mixture is nil or empty or the
// dimensions differ, and the [StoppedError] of [Exact], with what it found, if
// the context ends.
func MixtureTransport(ctx context.Context, p, q *measure.Mixture) (*MixturePlan, error) {
	const fn = "transport.MixtureTransport"
	if p.Dim() == 0 || q.Dim() == 0 {
		return nil, fmt.Errorf("%s: a mixture is nil or empty", fn)
	}
	if p.Dim() != q.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "q", Got: q.Dim(), Want: p.Dim()}
	}
	a, b := make([]float64, p.Len()), make([]float64, q.Len())
	cost := mat.NewDense(p.Len(), q.Len(), nil)
	for l := range b {
		b[l], _ = q.Component(l)
	}
	for k := range a {
		if ctx.Err() != nil {
			break // Exact reports it
		}
		var from *measure.Gaussian
		a[k], from = p.Component(k)
		for l := range b {
			_, to := q.Component(l)
			w := Bures(from, to)
			cost.Set(k, l, w*w)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, &StoppedError{Func: fn, Err: err}
	}
	plan, err := Exact(ctx, a, b, cost, ExactOptions{})
	if plan == nil {
		return nil, err
	}
	return &MixturePlan{p, q, plan}, err
}

// Distance returns MW₂ = √Σ P[k,l] W₂²(pₖ, q_l), which is at least W₂(p, q), and
// a distance between mixtures.
func (m *MixturePlan) Distance() float64 { return math.Sqrt(max(m.Plan.Cost(), 0)) }

// moving is a component on its way.
type moving struct {
	weight float64
	way    *gaussianGeodesic
}

func (m *MixturePlan) moving(tau float64) []moving {
	var all []moving
	for kl, mass := range m.Plan.All() {
		_, from := m.P.Component(kl.I)
		_, to := m.Q.Component(kl.J)
		all = append(all, moving{mass, newGaussianGeodesic(from, to, tau)})
	}
	return all
}

// Geodesic returns the path of mixtures on which each component moves along its
// own W₂ geodesic, as a flow of duration tau. It has the constant speed MW₂/tau
// in MW₂. Its velocity is the mean of the components' at a point,
//
//	v(x, t) = Σ rₖₗ(x, t) vₖₗ(x, t),
//
// with the probabilities rₖₗ that a particle at x belongs to each: that carries
// the path, at no more than MW₂²/tau² in E|v|². In more than one dimension it is
// no gradient, as a rule. Geodesic returns an error unless tau is positive and
// finite.
func (m *MixturePlan) Geodesic(tau float64) (flow.Flow, error) {
	const fn = "transport.MixturePlan.Geodesic"
	if !(tau > 0) || math.IsInf(tau, 1) {
		return flow.Flow{}, &measure.ValueError{Func: fn, Arg: "tau", Value: tau, Want: "positive and finite"}
	}
	all := m.moving(tau)
	at := func(t float64) (weights []float64, parts []*measure.Gaussian) {
		for _, c := range all {
			weights = append(weights, c.weight)
			parts = append(parts, c.way.law(t).(*measure.Gaussian))
		}
		return weights, parts
	}
	return flow.Flow{
		Path: flow.PathFunc(func(t float64) measure.Measure {
			law, err := measure.NewMixture(at(t))
			if err != nil {
				panic(fmt.Sprintf("%s: at t = %v: %v", fn, t, err))
			}
			return law
		}),
		Velocity: flow.FieldFunc(func(t float64) flow.Map {
			b := &mixtureField{}
			b.weights, b.parts = at(t)
			for _, c := range all {
				b.maps = append(b.maps, c.way.velocity(t).(flow.Affine))
			}
			return b.prepare()
		}),
		Tau:      tau,
		Gradient: m.P.Dim() == 1,
	}, nil
}

// Map returns x ↦ E[y | x] = Σ rₖₗ(x) 𝒯ₖₗ(x) of the plan, where rₖₗ are the
// probabilities that a particle of p at x is of component k and goes to l. It
// doesn't carry p to q: that takes the choice of a 𝒯ₖₗ at random.
func (m *MixturePlan) Map() flow.Map {
	b := &mixtureField{}
	for kl, mass := range m.Plan.All() {
		_, from := m.P.Component(kl.I)
		_, to := m.Q.Component(kl.J)
		b.weights = append(b.weights, mass)
		b.parts = append(b.parts, from)
		b.maps = append(b.maps, flow.Linear(GaussianMap(from, to)))
	}
	return b.prepare()
}

// mixtureField is the mean of affine maps, one for each component of a mixture,
// by the components' probabilities at a point.
type mixtureField struct {
	weights []float64
	parts   []*measure.Gaussian
	maps    []flow.Affine
	logw    []float64
}

var _ flow.Divergencer = (*mixtureField)(nil)

func (b *mixtureField) prepare() *mixtureField {
	b.logw = make([]float64, len(b.weights))
	for k, w := range b.weights {
		b.logw[k] = math.Log(w)
	}
	return b
}

// each calls visit for each row of x with the components' probabilities and the
// matrices and their row that hold the maps' values.
func (b *mixtureField) each(x *mat.Dense, visit func(i int, r []float64, values []*mat.Dense, row int)) {
	n, d := x.Dims()
	if want := b.parts[0].Dim(); d != want {
		panic((&measure.DimError{Func: "transport.MixturePlan", Arg: "x", Got: d, Want: want}).Error())
	}
	const batch = 64
	logp, values := make([][]float64, len(b.parts)), make([]*mat.Dense, len(b.parts))
	for k := range logp {
		logp[k] = make([]float64, batch)
	}
	r := make([]float64, len(b.parts))
	for lo := 0; lo < n; lo += batch {
		block := mat.DenseCopyOf(x.Slice(lo, min(lo+batch, n), 0, d))
		rows, _ := block.Dims()
		for k, g := range b.parts {
			g.LogProb(logp[k][:rows], block)
			values[k] = mat.NewDense(rows, d, nil)
			b.maps[k].Apply(values[k], block)
		}
		for i := range rows {
			for k := range r {
				r[k] = b.logw[k] + logp[k][i]
			}
			most := floats.Max(r)
			var sum float64
			for k := range r {
				if r[k] != most { // infinitely far, no component is nearer than another
					r[k] = math.Exp(r[k] - most)
				} else {
					r[k] = 1
				}
				sum += r[k]
			}
			floats.Scale(1/sum, r)
			visit(lo+i, r, values, i)
		}
	}
}

// Apply implements flow.Map.
func (b *mixtureField) Apply(dst, x *mat.Dense) {
	_, d := x.Dims()
	row := make([]float64, d)
	b.each(x, func(i int, r []float64, values []*mat.Dense, at int) {
		clear(row)
		for k, v := range values {
			floats.AddScaled(row, r[k], v.RawRowView(at))
		}
		dst.SetRow(i, row)
	})
}

// Divergence implements flow.Divergencer: Σ rₖ [tr Aₖ + (sₖ − s)·vₖ] with the
// components' scores sₖ and s = Σ rₖ sₖ.
func (b *mixtureField) Divergence(dst []float64, x *mat.Dense) {
	n, d := x.Dims()
	scores := make([]*mat.Dense, len(b.parts))
	for k, g := range b.parts {
		scores[k] = mat.NewDense(n, d, nil)
		g.Score(scores[k], x)
	}
	mean := make([]float64, d)
	b.each(x, func(i int, r []float64, values []*mat.Dense, at int) {
		clear(mean)
		for k := range r {
			floats.AddScaled(mean, r[k], scores[k].RawRowView(i))
		}
		dst[i] = 0
		for k, v := range values {
			a, _ := b.maps[k].Affine()
			term := mat.Trace(a)
			for j, u := range v.RawRowView(at) {
				term += (scores[k].At(i, j) - mean[j]) * u
			}
			dst[i] += r[k] * term
		}
	})
}
