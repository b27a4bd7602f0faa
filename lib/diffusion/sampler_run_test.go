package diffusion

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Steps are taken several at a time; every state is the end of a run that stops
// there.
func TestEveryStateOfATrajectory(t *testing.T) {
	m := Exact(toy(t, "full3"), VPLinear{})
	x := mat.NewDense(700, 2, nil)
	rng.New(1).Normal(x.RawMatrix().Data)
	grid, noise := flow.Times(1, .02, 40), flow.KeyNoise(rng.New(2))
	for _, s := range []Sampler{Heun{}, DPMSolver2M{Eta: 1}} {
		i := 0
		for st, err := range Sample(context.Background(), x, m, grid, s, noise, SampleOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			if st.T != grid[i] || st.Evaluations != float64(i*s.Evaluations()) {
				t.Errorf("%T: state %d is at t = %v after %v evaluations", s, i, st.T, st.Evaluations)
			}
			want := x
			if i > 0 {
				want = last(t, x, m, grid[:i+1], s, noise).X
			}
			if !mat.Equal(st.X, want) {
				t.Errorf("%T: state %d isn't where a run to it ends", s, i)
			}
			i++
		}
		if i != len(grid) {
			t.Errorf("%T: %d states", s, i)
		}
	}
}

// A particle that stops being finite ends the run after the states before it, and
// so does a model without what the last step needs.
func TestTheStatesBeforeAnError(t *testing.T) {
	x := mat.NewDense(3000, 1, nil)
	x.Set(2500, 0, 1)
	grid := flow.Times(1, 0, 100)
	bad := FromVelocity(flow.FieldFunc(func(t float64) flow.Map {
		return flow.MapFunc(func(dst, x *mat.Dense) {
			dst.Copy(x)
			if n, _ := x.Dims(); t < .6 && x.At(n-1, 0) == 0 {
				for i := range n {
					if x.At(i, 0) != 0 {
						dst.Set(i, 0, math.NaN())
					}
				}
			}
		})
	}), CondOT{})
	states := 0
	var got error
	for _, err := range Sample(context.Background(), x, bad, grid, Euler{}, nil, SampleOptions{}) {
		if got = err; err == nil {
			states++
		}
	}
	var nonFinite *flow.NonFiniteError
	if !errors.As(got, &nonFinite) || nonFinite.Row != 2500 || nonFinite.T != grid[states] || states < 40 || states > 43 {
		t.Errorf("error %v after %d states", got, states)
	}
	// The consumer may stop at any state.
	states = 0
	for range Sample(context.Background(), x, bad, grid, Euler{}, nil, SampleOptions{}) {
		if states++; states == 20 {
			break
		}
	}
	for range Batches(context.Background(), 3*batchSize(1), 1, FromDenoiser(still, CondOT{}), grid[:3], DDIM{}, rng.New(1), GenerateOptions{}) {
		if states++; states == 22 {
			break
		}
	}
	if states != 22 {
		t.Errorf("%d states", states)
	}
}
