package thermo

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Trap is a harmonic trap on the line, dx = −K x dt + √(2T) dB.
type Trap struct{ K, T float64 }

// Ensemble is many trajectories in a trap.
type Ensemble struct {
	X    []float64     // where they end
	Heat relation.Term // ⟨½K(x₀² − x_τ²)⟩, given to the bath by each
}

// Ensemble moves the trajectories that begin at x by so many steps of dt, without error:
// x ← x e^{−K dt} + √(T(1 − e^{−2K dt})/K) ξ. It is SolveSDE for this one equation, at about
// the cost of the random numbers; step k of trajectory i depends on the key, i and k alone.
// x is left alone.
//
// It returns a measure.ValueError for K ≤ 0, T < 0, dt ≤ 0, no steps, fewer than two
// trajectories or an x that isn't finite, and the context's error, wrapped, if that ends.
func (t Trap) Ensemble(ctx context.Context, x []float64, dt float64, steps int, key rng.Key) (*Ensemble, error) {
	const fn = "thermo.Trap.Ensemble"
	for _, c := range []struct {
		name string
		v    float64
		ok   bool
	}{{"K", t.K, t.K > 0}, {"T", t.T, t.T >= 0}, {"dt", dt, dt > 0}, {"steps", float64(steps), steps > 0}, {"the number of trajectories", float64(len(x)), len(x) > 1}} {
		if !c.ok || math.IsInf(c.v, 0) {
			return nil, &measure.ValueError{Func: fn, Arg: c.name, Value: c.v, Want: "finite and in its range"}
		}
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("x[%d]", i), Value: v, Want: "finite"}
		}
	}
	decay := math.Exp(-t.K * dt)
	spread := math.Sqrt(-t.T * math.Expm1(-2*t.K*dt) / t.K)
	e := &Ensemble{X: make([]float64, len(x))}
	heat := make([]float64, len(x))
	const block = 1024
	err := par.For(ctx, len(x), block, func(lo, hi int) {
		at, q := e.X[lo:hi], heat[lo:hi]
		copy(at, x[lo:hi])
		draws := make([]float64, hi-lo)
		half := 0.5 * t.K
		for k := range steps {
			if ctx.Err() != nil {
				return
			}
			key.Fold(uint64(k)).NormalAt(draws, uint64(lo))
			draws, q := draws[:len(at)], q[:len(at)]
			for i, v := range at {
				to := decay*v + spread*draws[i]
				q[i] += half * (v - to) * (v + to)
				at[i] = to
			}
		}
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: stopped: %w", fn, err)
	}
	e.Heat = meanTerm("Q", heat)
	return e, nil
}
