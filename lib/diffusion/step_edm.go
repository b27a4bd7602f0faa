package diffusion

import (
	"context"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// EDMHeun is algorithm 2 of Karras et al.: the trapezoidal method of order 2 in
// s = σ/m for y = x/m, whose probability flow is dy/ds = (y − D)/s. The last step
// to σ = 0 is Euler's, y ← D. Their schedule is EDM, where m = 1 and s = t; it
// takes any other whose m isn't 0 on the grid.
//
// With Churn, every step first raises the noise from s to s(1 + γ), but not beyond
// the schedule's end, by adding SNoise √(ŝ² − s²) z, where γ = min(Churn/N, √2 − 1)
// for a grid of N steps if SMin ≤ s ≤ SMax, else 0.
//
// T. Karras, M. Aittala, T. Aila and S. Laine, Elucidating the design space of
// diffusion-based generative models, NeurIPS 2022.
type EDMHeun struct {
	Churn  float64 // S_churn; default 0, no noise
	SMin   float64 // S_tmin; default 0
	SMax   float64 // S_tmax; default +Inf
	SNoise float64 // S_noise; default 1
}

// Order returns 2, of the moments with Churn: raising the noise makes no error,
// unless SNoise isn't 1.
func (EDMHeun) Order() int { return 2 }

// Evaluations returns 2.
func (EDMHeun) Evaluations() int { return 2 }

// Draws returns 1, or 0 without Churn.
func (s EDMHeun) Draws() int {
	if s.Churn == 0 {
		return 0
	}
	return 1
}

// Step implements Sampler.
func (s EDMHeun) Step(m Model, grid []float64, i int) (Step, error) {
	const fn = "diffusion.EDMHeun"
	top, factor := orDefault(s.SMax, math.Inf(1)), orDefault(s.SNoise, 1)
	for _, o := range []struct {
		name  string
		value float64
	}{{"Churn", s.Churn}, {"SMin", s.SMin}, {"SMax", top}, {"SNoise", factor}} {
		if !(o.value >= 0) {
			return nil, &measure.ValueError{Func: fn, Arg: o.name, Value: o.value, Want: "≥ 0"}
		}
	}
	p := between(m, grid, i)
	if p.a.M == 0 {
		return nil, &measure.ValueError{Func: fn, Arg: "m at the start of the grid", Value: 0, Want: "another; σ/m is infinite"}
	}
	t, from := grid[i], p.a
	sa, sb := relative(p.a), relative(p.b)
	var add float64
	if s.Churn > 0 && sa >= s.SMin && sa <= top {
		gamma := min(s.Churn/float64(len(grid)-1), math.Sqrt2-1)
		if t = timeOf(m.schedule, sa*(1+gamma), t); t > grid[i] {
			from = m.schedule.At(t)
			raised := relative(from)
			add = factor * math.Sqrt((raised-sa)*(raised+sa))
			sa = raised
		}
	}
	first, err := m.field(asDenoiser, t)
	if err != nil {
		return nil, err
	}
	var second flow.Map
	if p.b.Var > 0 {
		if second, err = m.field(asDenoiser, grid[i+1]); err != nil {
			return nil, err
		}
	}
	scale, keep := from.M/p.a.M, sb/sa
	return func(_ context.Context, q *Particles) error {
		d := q.Scratch(0)
		if add > 0 {
			combine(q.X, scale, q.X, from.M*add, q.Draw(0))
		}
		q.Evaluate(d, first, q.X)
		if second == nil {
			combine(q.X, 0, nil, p.b.M, d)
			return nil
		}
		// With y the point at sa: Euler gives y₁ = keep y + (1 − keep) D, and Heun
		// y + (sb − sa)/2 [(y − D)/sa + (y₁ − D₁)/sb], in terms of x = m y.
		euler, d1 := q.Scratch(1), q.Scratch(2)
		combine(euler, keep*p.b.M/from.M, q.X, (1-keep)*p.b.M, d)
		q.Evaluate(d1, second, euler)
		h := (sb - sa) / 2
		combine(q.X, (1+h/sa)*p.b.M/from.M, q.X, -h/sa*p.b.M, d)
		addScaled(q.X, h/sb, euler)
		addScaled(q.X, -h/sb*p.b.M, d1)
		return nil
	}, nil
}

func relative(c measure.Coeffs) float64 { return c.Sigma() / c.M }

// timeOf returns the time after t at which σ/m is s, or Tau.
func timeOf(sch Schedule, s, t float64) float64 {
	lo, hi := t, sch.Tau()
	if end := relative(sch.At(hi)); end <= s {
		return hi
	}
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			return lo
		}
		if relative(sch.At(mid)) <= s {
			lo = mid
		} else {
			hi = mid
		}
	}
}
