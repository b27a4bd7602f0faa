package thermo

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// TrajectoryEntropy is the entropy produced along single trajectories of a process,
//
//	s_tot = ln P_{t0}(x_{t0}) − ln P_{t1}(x_{t1}) + ∫ f∘dx/T,
//
// in Stratonovich's sense.
type TrajectoryEntropy struct {
	Each  []float64     // s_tot of each trajectory
	Total relation.Term // ⟨s_tot⟩ = S_tot
	// Fluctuation is ⟨e^{−s_tot}⟩, which is 1. It rests on rare trajectories where S_tot is
	// large: its standard error is then too small.
	Fluctuation relation.Term
}

// FluctuationTheorem returns ⟨e^{−s_tot}⟩ = 1.
func (e *TrajectoryEntropy) FluctuationTheorem() relation.Identity {
	return relation.Identity{Name: "integral fluctuation theorem", Ref: "(50)", Lhs: e.Fluctuation, Rhs: relation.Term{Symbol: "1", Value: 1}}
}

// EntropyTrajectories follows n trajectories of a process between two times by the
// Euler-Maruyama method, with an error of the order of a step. Trajectory i depends on
// the key and i alone.
//
// It returns an error if the process is incomplete, a measure.ValueError unless
// 0 ≤ from < to ≤ Tau, n ≥ 2 and steps ≥ 1, or for a T that isn't positive and finite at a
// step, an UnsupportedError if the laws at the two times have no densities,
// flow.NonFiniteError for a trajectory that isn't finite, and the context's error,
// wrapped, if that ends.
func EntropyTrajectories(ctx context.Context, p flow.Process, from, to float64, n, steps int, key rng.Key) (*TrajectoryEntropy, error) {
	const fn = "thermo.EntropyTrajectories"
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if p.Drift == nil || p.Temperature == nil {
		return nil, fmt.Errorf("%s: the process has no Drift or no Temperature", fn)
	}
	if !(0 <= from && from < to && to <= p.Tau) {
		return nil, &measure.ValueError{Func: fn, Arg: "from", Value: from, Want: fmt.Sprintf("in [0, %v), with to in (from, %v]", to, p.Tau)}
	}
	if n < 2 || steps < 1 {
		return nil, &measure.ValueError{Func: fn, Arg: "the smaller of n − 1 and steps", Value: float64(min(n-1, steps)), Want: "positive"}
	}
	first, okF := p.Path.At(from).(measure.LogDensity)
	last, okL := p.Path.At(to).(measure.LogDensity)
	if !okF || !okL {
		return nil, &UnsupportedError{fn, fmt.Sprintf("laws of types %T and %T: want densities", p.Path.At(from), p.Path.At(to))}
	}
	times := flow.Times(from, to, steps)
	for _, t := range times[:steps] {
		if temp := p.Temperature(t); !(temp > 0) || math.IsInf(temp, 1) {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("T(%v)", t), Value: temp, Want: "positive and finite"}
		}
	}
	d := first.Dim()
	x := mat.NewDense(n, d, nil)
	first.Sample(x, key.Named("start"))
	s, end := make([]float64, n), make([]float64, n)
	first.LogProb(s, x)
	noise := flow.KeyNoise(key.Named("noise"))
	const block = 512
	failed, err := par.Map(ctx, n, block, func(lo, hi int) error {
		x := x.Slice(lo, hi, 0, d).(*mat.Dense)
		f, g, before := mat.NewDense(hi-lo, d, nil), mat.NewDense(hi-lo, d, nil), mat.NewDense(hi-lo, d, nil)
		draws := make([]float64, (hi-lo)*d)
		for k := range steps {
			if err := ctx.Err(); err != nil {
				return err
			}
			t, dt := times[k], times[k+1]-times[k]
			temp := p.Temperature(t)
			p.Drift.At(t).Apply(f, x)
			before.Copy(x)
			flow.Normals(noise, draws, d, lo, k)
			for i := range hi - lo {
				row := x.RawRowView(i)
				for j := range row {
					row[j] += dt*f.At(i, j) + math.Sqrt(2*temp*dt)*draws[i*d+j]
				}
			}
			// The force at the same time at both ends: its change with time is of higher order.
			p.Drift.At(t).Apply(g, x)
			for i := range hi - lo {
				for j := range d {
					s[lo+i] += 0.5 * (f.At(i, j) + g.At(i, j)) * (x.At(i, j) - before.At(i, j)) / temp
				}
				if math.IsNaN(s[lo+i]) || math.IsInf(s[lo+i], 0) {
					return &flow.NonFiniteError{T: times[k+1], Row: lo + i}
				}
			}
		}
		return nil
	})
	for _, e := range failed {
		if e != nil {
			return nil, fmt.Errorf("%s: %w", fn, e)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: stopped: %w", fn, err)
	}
	last.LogProb(end, x)
	weights := make([]float64, n)
	for i := range s {
		s[i] -= end[i]
		weights[i] = math.Exp(-s[i])
	}
	return &TrajectoryEntropy{Each: s, Total: meanTerm(`$\langle s_{\mathrm{tot}}\rangle$`, s), Fluctuation: meanTerm(`$\langle e^{-s}\rangle$`, weights)}, nil
}
