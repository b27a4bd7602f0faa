package thermo

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Protocol drives a system by a potential U(x, t), at one temperature:
// dx = −∇U dt + √(2T) dB. The work done on it is W = ∫ ∂U/∂t dt.
type Protocol struct {
	Potential func(x []float64, t float64) float64 // U, called from several goroutines at once
	Force     flow.Field                           // −∇U
	T, Tau    float64                              // temperature and duration, positive
}

// Reversed returns the protocol run backwards in time.
func (p Protocol) Reversed() Protocol {
	r := p
	r.Potential = func(x []float64, t float64) float64 { return p.Potential(x, p.Tau-t) }
	r.Force = flow.FieldFunc(func(t float64) flow.Map { return p.Force.At(p.Tau - t) })
	return r
}

// Work simulates n systems from the given start, which for the fluctuation theorems is
// the equilibrium ∝ exp(−U(x, 0)/T), and returns the work done on each: the sum of the
// jumps of U at fixed x at the beginning of each of the steps, between which they follow
// the force by the Euler-Maruyama method. The bias of the steps is of their order.
//
// Work i depends on the key and i alone. It returns an error if a part is missing, a
// measure.ValueError for a T, Tau, n or number of steps that isn't positive,
// flow.NonFiniteError for a system that runs away, and the context's error, wrapped, if
// that ends.
func (p Protocol) Work(ctx context.Context, start measure.Measure, n, steps int, key rng.Key) ([]float64, error) {
	const fn = "thermo.Protocol.Work"
	if p.Potential == nil || p.Force == nil || start == nil || start.Dim() == 0 {
		return nil, errors.New(fn + ": Potential, Force or start is nil")
	}
	for name, v := range map[string]float64{"T": p.T, "Tau": p.Tau, "n": float64(n), "steps": float64(steps)} {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, &measure.ValueError{Func: fn, Arg: name, Value: v, Want: "positive and finite"}
		}
	}
	d := start.Dim()
	x := mat.NewDense(n, d, nil)
	start.Sample(x, key.Named("start"))
	noise := flow.KeyNoise(key.Named("noise"))
	times := flow.Times(0, p.Tau, steps)
	work := make([]float64, n)
	const block = 512
	failed, err := par.Map(ctx, n, block, func(lo, hi int) error {
		x := x.Slice(lo, hi, 0, d).(*mat.Dense)
		f, draws := mat.NewDense(hi-lo, d, nil), make([]float64, (hi-lo)*d)
		for k := range steps {
			if err := ctx.Err(); err != nil {
				return err
			}
			t, next := times[k], times[k+1]
			p.Force.At(next).Apply(f, x)
			flow.Normals(noise, draws, d, lo, k)
			dt := next - t
			for i := range hi - lo {
				row, force := x.RawRowView(i), f.RawRowView(i)
				work[lo+i] += p.Potential(row, next) - p.Potential(row, t)
				for j := range row {
					row[j] += dt*force[j] + math.Sqrt(2*p.T*dt)*draws[i*d+j]
				}
				if math.IsNaN(work[lo+i]) || math.IsInf(work[lo+i], 0) {
					return &flow.NonFiniteError{T: next, Row: lo + i}
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
	return work, nil
}

// DraggedTrap is the potential k (x − v t)²/2, dragged from equilibrium for the time Tau.
// Its work is normal, with
//
//	⟨W⟩ = v² [τ − (1 − e^{−kτ})/k],  Var W = 2T ⟨W⟩,
//
// and ΔF = 0.
type DraggedTrap struct{ K, V, T, Tau float64 }

// Work returns the law of the work. It panics unless K, T and Tau are positive and V
// isn't 0.
func (d DraggedTrap) Work() *measure.Gaussian {
	if !(d.K > 0 && d.T > 0 && d.Tau > 0) || d.V == 0 {
		panic(fmt.Sprintf("thermo.DraggedTrap.Work: %+v, want positive K, T and Tau, and V ≠ 0", d))
	}
	mean := d.V * d.V * (d.Tau + math.Expm1(-d.K*d.Tau)/d.K)
	return measure.Normal(mean, math.Sqrt(2*d.T*mean))
}

// Protocol returns the trap as a protocol on the line.
func (d DraggedTrap) Protocol() Protocol {
	return Protocol{
		Potential: func(x []float64, t float64) float64 { z := x[0] - d.V*t; return 0.5 * d.K * z * z },
		Force: flow.FieldFunc(func(t float64) flow.Map {
			return flow.Linear(mat.NewDense(1, 1, []float64{-d.K}), []float64{d.K * d.V * t})
		}),
		T: d.T, Tau: d.Tau,
	}
}

// Quench is the sudden change of the potential k x²/2 from stiffness K0 to K1, whose work
// is ½(K1 − K0) x².
type Quench struct{ K0, K1, T float64 }

// FreeEnergy returns ΔF = (T/2) ln(K1/K0).
func (q Quench) FreeEnergy() float64 { return 0.5 * q.T * math.Log(q.K1/q.K0) }

// MeanWork returns ⟨W⟩ = (T/2)(K1/K0 − 1) ≥ ΔF.
func (q Quench) MeanWork() float64 { return 0.5 * q.T * (q.K1/q.K0 - 1) }

// MeanExp returns ⟨e^{−W/T}⟩ = √(K0/K1), which is e^{−ΔF/T}.
func (q Quench) MeanExp() float64 { return math.Sqrt(q.K0 / q.K1) }

// WorkTerm returns the mean of works with its standard error.
func WorkTerm(work []float64) relation.Term { return meanTerm("⟨W⟩", work) }
