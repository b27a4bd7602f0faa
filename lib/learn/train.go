package learn

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// TrainOptions are the options of Train.
type TrainOptions struct {
	Batch int                    // points in a batch; default 512
	Rate  func(step int) float64 // of learning over that of Adam; default 1
	// After is the number of steps that were taken before: those of a Checkpoint, to go on as
	// if there had been no end.
	After int
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
// progress of each: the caller stops, draws or saves by what it does in its loop. If
// average isn't nil it takes the weights of every step. Step k draws from key and k alone.
//
// It ends with an error for a missing argument, a measure.DimError for a task of other
// dimensions than the network, a measure.ValueError for a batch that isn't positive, the
// task's error, a DivergedError, or the context's error, wrapped, if that ends.
func Train[T Float](ctx context.Context, n *Net[T], task Task, adam *Adam[T], average *Average[T], opt TrainOptions, key rng.Key) iter.Seq2[Progress, error] {
	return func(yield func(Progress, error) bool) {
		const fn = "learn.Train"
		if n == nil || task == nil || adam == nil {
			yield(Progress{}, errors.New(fn+": there is no network, no task or no optimiser"))
			return
		}
		if in, out := task.Dims(); n.In != in || n.Out != out {
			e := &measure.DimError{Func: fn, Arg: "the network's input", Got: n.In, Want: in}
			if n.In == in {
				e = &measure.DimError{Func: fn, Arg: "the network's output", Got: n.Out, Want: out}
			}
			yield(Progress{}, e)
			return
		}
		if opt.Batch == 0 {
			opt.Batch = 512
		}
		if opt.Batch < 1 || opt.After < 0 {
			yield(Progress{}, &measure.ValueError{Func: fn, Arg: "the least of Batch and After + 1", Value: float64(min(opt.Batch, opt.After+1)), Want: "positive"})
			return
		}
		l := newLearner(n, task, opt.Batch)
		for step := opt.After + 1; ; step++ {
			if err := ctx.Err(); err != nil {
				yield(Progress{}, fmt.Errorf("%s: stopped at step %d: %w", fn, step, err))
				return
			}
			p := Progress{Step: step}
			var err error
			if p.Loss, err = l.gradient(key.Fold(uint64(step))); err != nil {
				yield(p, fmt.Errorf("%s: step %d: %w", fn, step, err))
				return
			}
			rate := 1.0
			if opt.Rate != nil {
				rate = opt.Rate(step)
			}
			if finite := !math.IsNaN(p.Loss) && !math.IsInf(p.Loss, 0); !finite {
				yield(p, &DivergedError{step, p.Loss})
				return
			}
			p.Norm = adam.Step(n.params, l.grad, rate)
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

// learner holds what a step needs.
type learner[T Float] struct {
	task        Task
	batch       *Batch
	tape        *Tape[T]
	x, u, delta []T
	grad        []T
}

func newLearner[T Float](n *Net[T], task Task, rows int) *learner[T] {
	return &learner[T]{
		task: task, batch: newBatch(rows, n.In, n.Out), tape: n.NewTape(rows),
		x: make([]T, rows*n.In), u: make([]T, rows), delta: make([]T, rows*n.Out), grad: make([]T, len(n.params)),
	}
}

// gradient draws a batch, stores the gradient of its loss, and returns the loss.
func (l *learner[T]) gradient(key rng.Key) (float64, error) {
	b := l.batch
	if err := l.task.Batch(b, key); err != nil {
		return 0, err
	}
	for i, v := range b.X.RawMatrix().Data {
		l.x[i] = T(v)
	}
	for i, v := range b.Angle {
		l.u[i] = T(v)
	}
	out := l.tape.Forward(l.x, l.u)
	var loss float64
	if l.task.Loss() == CrossEntropy {
		loss = crossEntropy(l.delta, out, b)
	} else {
		loss = squared(l.delta, out, b)
	}
	clear(l.grad)
	l.tape.Backward(l.grad, l.delta)
	return loss, nil
}

// squared returns the mean of weight times squared error, and stores its gradient.
func squared[T Float](delta, out []T, b *Batch) (loss float64) {
	rows, d := b.Target.Dims()
	share := 1 / float64(rows*d)
	for i := range rows {
		w := share * b.Weight[i]
		for j, want := range b.Target.RawRowView(i) {
			e := float64(out[i*d+j]) - want
			loss += w * e * e
			delta[i*d+j] = T(2 * w * e)
		}
	}
	return loss
}

// crossEntropy returns the mean of −weight Σ target ln softmax, and stores its gradient.
func crossEntropy[T Float](delta, out []T, b *Batch) (loss float64) {
	rows, d := b.Target.Dims()
	p := make([]float64, d)
	for i := range rows {
		w := b.Weight[i] / float64(rows)
		for j := range p {
			p[j] = float64(out[i*d+j])
		}
		softmax(p)
		for j, want := range b.Target.RawRowView(i) {
			if want != 0 {
				loss -= w * want * math.Log(p[j])
			}
			delta[i*d+j] = T(w * (p[j] - want))
		}
	}
	return loss
}
