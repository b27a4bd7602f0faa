package learn

import (
	"fmt"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// ConvOptions are the options of NewConvNet.
type ConvOptions struct {
	Side        int `json:"side"`        // of the square pictures, whose rows follow each other
	Patch       int `json:"patch"`       // side of the squares that become one position; default 1
	Channels    int `json:"channels"`    // of a position; default 32
	Layers      int `json:"layers"`      // convolutions, 3×3, each told the time and added to what it sees; default 4
	Outputs     int `json:"outputs"`     // numbers to give instead of a picture, by a dense layer
	Frequencies int `json:"frequencies"` // as in MLPOptions
}

// NewConvNet returns a network on square pictures of one channel: a dense layer takes each
// patch to a position with channels, convolutions over the square of positions, padded
// with zeros, follow, and a dense layer gives patches or Outputs. Weights are drawn as by
// NewMLP, half as large where they are added. It panics if a size isn't positive or
// patches don't tile the picture.
func NewConvNet[T Float](opt ConvOptions, key rng.Key) *Net[T] {
	for _, o := range [...]struct {
		v         *int
		otherwise int
	}{{&opt.Patch, 1}, {&opt.Channels, 32}, {&opt.Layers, 4}, {&opt.Frequencies, 8}} {
		if *o.v == 0 {
			*o.v = o.otherwise
		}
	}
	if opt.Side < 1 || opt.Patch < 1 || opt.Channels < 1 || opt.Layers < 1 || opt.Outputs < 0 || opt.Side%opt.Patch != 0 {
		panic(fmt.Sprintf("learn.NewConvNet: %+v, want positive sizes, and patches that tile the picture", opt))
	}
	side, area, in := opt.Side/opt.Patch, opt.Patch*opt.Patch, opt.Side*opt.Side
	told := opt.Frequencies >= 0
	n := &Net[T]{In: in, Out: in, order: patches(opt.Side, opt.Patch)}
	n.stages = append(n.stages, stage{positions: side * side, in: area, out: opt.Channels, told: told, activated: true})
	for range opt.Layers {
		n.stages = append(n.stages, stage{positions: side * side, in: opt.Channels, out: opt.Channels, side: side, told: told, activated: true, residual: true})
	}
	last := stage{positions: side * side, in: opt.Channels, out: area}
	if opt.Outputs > 0 {
		n.Out = opt.Outputs
		last = stage{positions: 1, in: side * side * opt.Channels, out: opt.Outputs}
	}
	n.stages = append(n.stages, last)
	n.shape = shape{Kind: "conv", In: in, Out: n.Out, Conv: &opt, Frequencies: opt.Frequencies}
	n.draw(key)
	return n
}

// patches returns the pixels patch by patch.
func patches(side, patch int) (order []int) {
	for i := 0; i < side; i += patch {
		for j := 0; j < side; j += patch {
			for k := range patch * patch {
				order = append(order, (i+k/patch)*side+j+k%patch)
			}
		}
	}
	return order
}

// neighbours calls f with where a position's nine neighbours are, −1 beyond the border,
// row by row.
func neighbours(side int, f func(position int, at *[9]int)) {
	var at [9]int
	for p := range side * side {
		for k := range at {
			i, j := p/side+k/3-1, p%side+k%3-1
			at[k] = -1
			if i >= 0 && i < side && j >= 0 && j < side {
				at[k] = i*side + j
			}
		}
		f(p, &at)
	}
}

// gather stores, for each position of a point, the channels of its neighbours.
func gather[T Float](columns, a []T, side, channels int) {
	neighbours(side, func(p int, at *[9]int) {
		for k, q := range at {
			to := columns[(9*p+k)*channels:][:channels]
			if q < 0 {
				clear(to)
			} else {
				copy(to, a[q*channels:])
			}
		}
	})
}

// scatter adds to each position what its neighbours hold of it: the transpose of gather.
func scatter[T Float](a, columns []T, side, channels int) {
	neighbours(side, func(p int, at *[9]int) {
		for k, q := range at {
			if q < 0 {
				continue
			}
			to := a[q*channels:][:channels]
			for c, v := range columns[(9*p+k)*channels:][:channels] {
				to[c] += v
			}
		}
	})
}
