package learn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Labels is the task of telling classes apart: targets are 1 for the class of a point and 0
// for the others, the loss is the cross-entropy.
type Labels struct {
	Jitter float64 // standard deviation of normal noise that is added to points
	// Shift moves square pictures by up to so many pixels, filled with Paper.
	Shift int
	Paper float64

	x       *mat.Dense
	labels  []int
	classes int
	side    int
}

// NewLabels returns the task for points, the rows of x, with labels from 0 to classes − 1.
// It returns a measure.DimError if there aren't as many labels as points, a
// measure.ValueError for a label out of range, and an error for less than two classes, no
// points, or a Shift of points that aren't square pictures.
func NewLabels(x *mat.Dense, labels []int, classes int, opt Labels) (*Labels, error) {
	const fn = "learn.NewLabels"
	if x == nil || x.IsEmpty() || classes < 2 {
		return nil, errors.New(fn + ": there are no points, or less than two classes")
	}
	n, d := x.Dims()
	if len(labels) != n {
		return nil, &measure.DimError{Func: fn, Arg: "labels", Got: len(labels), Want: n}
	}
	for i, l := range labels {
		if l < 0 || l >= classes {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("labels[%d]", i), Value: float64(l), Want: fmt.Sprintf("a class from 0 to %d", classes-1)}
		}
	}
	opt.side = int(math.Round(math.Sqrt(float64(d))))
	if opt.Shift < 0 || opt.Shift > 0 && opt.side*opt.side != d {
		return nil, fmt.Errorf("%s: a shift by %d pixels of points of %d coordinates, which aren't square pictures", fn, opt.Shift, d)
	}
	opt.x, opt.labels, opt.classes = x, labels, classes
	return &opt, nil
}

// Dims returns the dimension of the points and the number of classes.
func (l *Labels) Dims() (in, out int) {
	_, d := l.x.Dims()
	return d, l.classes
}

// Loss returns CrossEntropy.
func (l *Labels) Loss() Loss { return CrossEntropy }

// Batch implements Task.
func (l *Labels) Batch(b *Batch, key rng.Key) error {
	n, d := b.X.Dims()
	total, _ := l.x.Dims()
	noise := make([]float64, n*d)
	if l.Jitter > 0 {
		key.Named("jitter").Normal(noise)
	}
	r := key.Named("points").Rand()
	b.Target.Zero()
	for i := range n {
		k := r.IntN(total)
		row := b.X.RawRowView(i)
		copy(row, l.x.RawRowView(k))
		if l.Shift > 0 {
			l.shift(row, l.x.RawRowView(k), r.IntN(2*l.Shift+1)-l.Shift, r.IntN(2*l.Shift+1)-l.Shift)
		}
		for j := range row {
			row[j] += l.Jitter * noise[i*d+j]
		}
		b.Target.Set(i, l.labels[k], 1)
		b.Angle[i], b.Weight[i] = 0, 1
	}
	return nil
}

// shift stores a picture moved by (di, dj).
func (l *Labels) shift(dst, src []float64, di, dj int) {
	for p := range dst {
		i, j := p/l.side-di, p%l.side-dj
		dst[p] = l.Paper
		if i >= 0 && i < l.side && j >= 0 && j < l.side {
			dst[p] = src[i*l.side+j]
		}
	}
}

// Classifier is a network that was trained on Labels, at time 0.
type Classifier[T Float] struct{ Net *Net[T] }

// Probabilities returns the probabilities of the classes, the softmax of the network's
// values, for each row of x.
func (c Classifier[T]) Probabilities(x *mat.Dense) *mat.Dense {
	rows, _ := x.Dims()
	out := mat.NewDense(rows, c.Net.Out, nil)
	c.run(x, func(i int, t *Tape[T], k int) {
		row := out.RawRowView(i)
		for j, v := range t.out[k*c.Net.Out:][:c.Net.Out] {
			row[j] = float64(v)
		}
		softmax(row)
	})
	return out
}

// Features returns what the last layer sees, the values of the last hidden layer, for each
// row of x: the space in which pictures are compared by metric.Frechet.
func (c Classifier[T]) Features(x *mat.Dense) *mat.Dense {
	rows, _ := x.Dims()
	last := len(c.Net.stages) - 1
	width := c.Net.stages[last].in * c.Net.stages[last].positions
	out := mat.NewDense(rows, width, nil)
	c.run(x, func(i int, t *Tape[T], k int) {
		row := out.RawRowView(i)
		for j, v := range t.stages[last].a[k*width:][:width] {
			row[j] = float64(v)
		}
	})
	return out
}

// Accuracy returns the share of points whose likeliest class is their label.
func (c Classifier[T]) Accuracy(x *mat.Dense, labels []int) float64 {
	p := c.Probabilities(x)
	right := 0
	for i, l := range labels {
		row := p.RawRowView(i)
		if row[l] == slices.Max(row) {
			right++
		}
	}
	return float64(right) / float64(len(labels))
}

// run calls f for each row of x with a tape in whose row k it is.
func (c Classifier[T]) run(x *mat.Dense, f func(i int, t *Tape[T], k int)) {
	rows, d := x.Dims()
	if d != c.Net.In {
		panic((&measure.DimError{Func: "learn.Classifier", Arg: "x", Got: d, Want: c.Net.In}).Error())
	}
	t := c.Net.newTape(min(rows, inferenceRows))
	m := moment[T]{c.Net, 1, 0}
	for lo := 0; lo < rows; lo += t.rows {
		hi := min(lo+t.rows, rows)
		in, u := m.inputs(x, lo, hi)
		t.Forward(in, u)
		for i := lo; i < hi; i++ {
			f(i, t, i-lo)
		}
	}
}

// softmax replaces numbers by exp(v)/Σ exp(v).
func softmax(v []float64) {
	top, sum := slices.Max(v), 0.0
	for j := range v {
		v[j] = math.Exp(v[j] - top)
		sum += v[j]
	}
	for j := range v {
		v[j] /= sum
	}
}
