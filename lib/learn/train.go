package learn

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// TrainOptions are the options of Train.
type TrainOptions struct {
	Batch int                    // points in a batch; default 512
	Rate  func(step int) float64 // of learning over that of Adam; default 1
}

// Progress is how far a training is after a step.
type Progress struct {
	Step int     // counted from 1
	Loss float64 // of the step's batch, before the step
	Norm float64 // of its gradient
}

// DivergedError reports a loss or a gradient that stopped being finite. The weights are
// those before that step.
type DivergedError struct {
	Step int
	Loss float64
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("learn: the loss is %v at step %d; the weights are those before it", e.Loss, e.Step)
}

// Train changes a network's weights, step by step, so that it does a task, and yields the
// progress of each: the caller stops, draws or saves by what it does in its loop. The loss
// is the mean of weight times squared error, per coordinate. If average isn't nil it takes
// the weights of every step. Step k draws from key and k alone.
//
// It ends with an error for a task of another dimension than the network, a
// measure.ValueError for a batch that isn't positive, a DivergedError, or the context's
// error, wrapped, if that ends.
func Train[T Float](ctx context.Context, n *MLP[T], task Task, adam *Adam[T], average *Average[T], opt TrainOptions, key rng.Key) iter.Seq2[Progress, error] {
	return func(yield func(Progress, error) bool) {
		const fn = "learn.Train"
		if n == nil || task == nil || adam == nil {
			yield(Progress{}, errors.New(fn+": there is no network, no task or no optimiser"))
			return
		}
		d := task.Dim()
		if n.In != d || n.Out != d {
			yield(Progress{}, &measure.DimError{Func: fn, Arg: "the network", Got: n.In, Want: d})
			return
		}
		if opt.Batch == 0 {
			opt.Batch = 512
		}
		if opt.Batch < 1 {
			yield(Progress{}, &measure.ValueError{Func: fn, Arg: "Batch", Value: float64(opt.Batch), Want: "positive"})
			return
		}
		b := &Batch{X: mat.NewDense(opt.Batch, d, nil), Target: mat.NewDense(opt.Batch, d, nil), Angle: make([]float64, opt.Batch), Weight: make([]float64, opt.Batch)}
		tape, grad := n.NewTape(opt.Batch), make([]T, len(n.params))
		x, u, delta := make([]T, opt.Batch*d), make([]T, opt.Batch), make([]T, opt.Batch*d)
		for step := 1; ; step++ {
			if err := ctx.Err(); err != nil {
				yield(Progress{}, fmt.Errorf("%s: stopped at step %d: %w", fn, step, err))
				return
			}
			task.Batch(b, key.Fold(uint64(step)))
			for i, v := range b.X.RawMatrix().Data {
				x[i] = T(v)
			}
			for i, v := range b.Angle {
				u[i] = T(v)
			}
			out := n.Forward(tape, x, u)
			p := Progress{Step: step}
			share := 1 / float64(opt.Batch*d)
			for i, want := range b.Target.RawMatrix().Data {
				w, e := b.Weight[i/d], float64(out[i])-want
				p.Loss += share * w * e * e
				delta[i] = T(2 * share * w * e)
			}
			clear(grad)
			n.Backward(tape, grad, delta)
			rate := 1.0
			if opt.Rate != nil {
				rate = opt.Rate(step)
			}
			if math.IsNaN(p.Loss) || math.IsInf(p.Loss, 0) {
				yield(p, &DivergedError{step, p.Loss})
				return
			}
			p.Norm = adam.Step(n.params, grad, rate)
			if math.IsNaN(p.Norm) || math.IsInf(p.Norm, 0) {
				yield(p, &DivergedError{step, p.Norm})
				return
			}
			if average != nil {
				average.Add(n.params)
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}
