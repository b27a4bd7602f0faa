package learn

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Float is the type of a network's numbers.
type Float interface{ float32 | float64 }

// MLPOptions are the options of NewMLP.
type MLPOptions struct {
	Hidden      []int // widths of the hidden layers; default 128, 128
	Frequencies int   // of the time's features; default 8
}

// MLP is a network of dense layers, SiLU between them, that maps points x and times u to
// points: its input is x and the features u, cos ω_k u, sin ω_k u with ω_k = 2ᵏ, k from 0.
type MLP[T Float] struct {
	In, Out int
	Options MLPOptions // as used

	params []T
	layers []dense
}

// dense is the layer z = a W + b, with W an in × out matrix by rows at w and b after it.
type dense struct{ in, out, w int }

func (l dense) bias() int { return l.w + l.in*l.out }

// NewMLP returns a network from points of in coordinates to such of out, with weights
// drawn from N(0, 2/in_l) for the in_l inputs of a layer, and a last layer and biases of 0.
// It panics if a width isn't positive.
func NewMLP[T Float](in, out int, opt MLPOptions, key rng.Key) *MLP[T] {
	if opt.Hidden == nil {
		opt.Hidden = []int{128, 128}
	}
	if opt.Frequencies == 0 {
		opt.Frequencies = 8
	}
	n := &MLP[T]{In: in, Out: out, Options: opt}
	widths := append(append([]int{in + n.features()}, opt.Hidden...), out)
	size := 0
	for i, w := range widths[1:] {
		if in < 1 || w < 1 || opt.Frequencies < 0 {
			panic(fmt.Sprintf("learn.NewMLP: widths %v and %d frequencies, want positive ones", widths, opt.Frequencies))
		}
		n.layers = append(n.layers, dense{widths[i], w, size})
		size += (widths[i] + 1) * w
	}
	n.params = make([]T, size)
	for i, l := range n.layers[:len(n.layers)-1] {
		draws := make([]float64, l.in*l.out)
		key.Fold(uint64(i)).Normal(draws)
		for j, v := range draws {
			n.params[l.w+j] = T(v * math.Sqrt(2/float64(l.in)))
		}
	}
	return n
}

func (n *MLP[T]) features() int { return 1 + 2*n.Options.Frequencies }

// Params returns the weights and biases, layer by layer: W by rows, then b. They aren't a
// copy.
func (n *MLP[T]) Params() []T { return n.params }

// Tape is what a pass through a network leaves for the way back, for batches of up to a
// size. It serves one pass at a time.
type Tape[T Float] struct {
	rows   int
	inputs [][]T // of each layer
	slopes [][]T // of the activations after each layer but the last
	deltas [][]T // of the loss with respect to each layer's output
	out    []T
}

// NewTape returns a tape for batches of up to rows points.
func (n *MLP[T]) NewTape(rows int) *Tape[T] {
	t := &Tape[T]{rows: rows}
	for i, l := range n.layers {
		t.inputs = append(t.inputs, make([]T, rows*l.in))
		t.deltas = append(t.deltas, make([]T, rows*l.out))
		if i < len(n.layers)-1 {
			t.slopes = append(t.slopes, make([]T, rows*l.out))
		}
	}
	t.out = make([]T, rows*n.Out)
	return t
}

// block is how many rows a processor takes at once.
const block = 64

// Forward returns the network's values at the points x, by rows, and times u, which the
// tape holds until its next pass. It panics if the lengths don't match or the batch is
// larger than the tape.
func (n *MLP[T]) Forward(t *Tape[T], x, u []T) []T {
	rows := len(u)
	if len(x) != rows*n.In || rows > t.rows {
		panic((&measure.DimError{Func: "learn.MLP.Forward", Arg: "x", Got: len(x), Want: min(rows, t.rows) * n.In}).Error())
	}
	_ = par.For(context.Background(), rows, block, func(lo, hi int) { n.forward(t, x, u, lo, hi) })
	return t.out[:rows*n.Out]
}

func (n *MLP[T]) forward(t *Tape[T], x, u []T, lo, hi int) {
	width := n.layers[0].in
	for i := lo; i < hi; i++ {
		row := t.inputs[0][i*width:][:width]
		copy(row, x[i*n.In:][:n.In])
		n.encode(row[n.In:], u[i])
	}
	last := len(n.layers) - 1
	for k, l := range n.layers {
		z := t.out
		if k < last {
			z = t.inputs[k+1]
		}
		z = z[lo*l.out : hi*l.out]
		bias := n.params[l.bias():][:l.out]
		for i := range hi - lo {
			copy(z[i*l.out:], bias)
		}
		kernel.Gemm(false, false, hi-lo, l.out, l.in, 1, t.inputs[k][lo*l.in:hi*l.in], l.in, n.params[l.w:l.bias()], l.out, 1, z, l.out)
		if k < last {
			kernel.SiLU(z, t.slopes[k][lo*l.out:hi*l.out], z)
		}
	}
}

// encode stores the features of a time.
func (n *MLP[T]) encode(dst []T, u T) {
	dst[0] = u
	w := float64(u)
	for k := range n.Options.Frequencies {
		sin, cos := math.Sincos(w)
		dst[1+2*k], dst[2+2*k] = T(cos), T(sin)
		w *= 2
	}
}

// Backward adds to grad, which has the length of Params, the gradient of a loss whose
// gradient with respect to the values of the last pass is delta. Grad entries depend on
// the batch in its order alone, and so have the same bits for any GOMAXPROCS. It panics
// if the lengths don't match.
func (n *MLP[T]) Backward(t *Tape[T], grad, delta []T) {
	rows := len(delta) / n.Out
	if len(grad) != len(n.params) || len(delta) != rows*n.Out || rows > t.rows {
		panic((&measure.DimError{Func: "learn.MLP.Backward", Arg: "grad", Got: len(grad), Want: len(n.params)}).Error())
	}
	last := len(n.layers) - 1
	copy(t.deltas[last], delta)
	ctx := context.Background()
	_ = par.For(ctx, rows, block, func(lo, hi int) {
		for k := last; k > 0; k-- {
			l := n.layers[k]
			to := t.deltas[k-1][lo*l.in : hi*l.in]
			kernel.Gemm(false, true, hi-lo, l.in, l.out, 1, t.deltas[k][lo*l.out:hi*l.out], l.out, n.params[l.w:l.bias()], l.out, 0, to, l.in)
			for i, s := range t.slopes[k-1][lo*l.in : hi*l.in] {
				to[i] *= s
			}
		}
	})
	for k, l := range n.layers {
		d := t.deltas[k][:rows*l.out]
		_ = par.For(ctx, l.in, block, func(lo, hi int) {
			kernel.Gemm(true, false, hi-lo, l.out, rows, 1, t.inputs[k][lo:rows*l.in], l.in, d, l.out, 1, grad[l.w+lo*l.out:l.bias()], l.out)
		})
		bias := grad[l.bias():][:l.out]
		for i := range rows {
			for j, v := range d[i*l.out:][:l.out] {
				bias[j] += v
			}
		}
	}
}
