package learn

import (
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Float is the type of a network's numbers.
type Float interface{ float32 | float64 }

// Net is a network that maps points x and times u to points, a chain of stages
//
//	z = L a + b + E φ(u),  a′ = SiLU(z), or a + SiLU(z), or z at the end,
//
// where L is a dense layer or a convolution and φ(u) = (u, cos ω_k u, sin ω_k u), ω_k = 2ᵏ
// from k = 0, are the features of a time. It is made by NewMLP or NewConvNet and safe for
// concurrent use as long as nobody writes to Params.
type Net[T Float] struct {
	In, Out int

	shape  shape
	params []T
	stages []stage
	order  []int // where the stages' inputs are among the coordinates; nil: as they come
}

// shape is what a network is built from.
type shape struct {
	Kind        string       `json:"kind"` // mlp or conv
	In          int          `json:"in"`
	Out         int          `json:"out"`
	MLP         *MLPOptions  `json:"mlp,omitempty"`
	Conv        *ConvOptions `json:"conv,omitempty"`
	Frequencies int          `json:"frequencies"`
}

// features returns the length of φ, 0 for a network that isn't told a time.
func (s shape) features() int {
	if s.Frequencies < 0 {
		return 0
	}
	return 1 + 2*s.Frequencies
}

// stage is one link of the chain, applied to each of the positions of a point.
type stage struct {
	positions, in, out int // in and out are of a position
	side               int // of the square of positions that a 3×3 convolution sees; 0 for a dense layer
	told               bool
	activated          bool
	residual           bool

	w, b, e int // where the weights, biases and time weights are among the parameters
}

// fan is the number of values that a value of z sums over.
func (s stage) fan() int {
	if s.side > 0 {
		return 9 * s.in
	}
	return s.in
}

// MLPOptions are the options of NewMLP.
type MLPOptions struct {
	Hidden      []int `json:"hidden"`      // widths of the hidden layers; default 128, 128
	Frequencies int   `json:"frequencies"` // of the time's features; default 8, and −1 for a network that isn't told times
}

// NewMLP returns a network of dense layers from points of in coordinates to such of out;
// the first is told the time. Weights are drawn from N(0, 2/fan-in); the last layer and
// the biases are 0. It panics if a width isn't positive.
func NewMLP[T Float](in, out int, opt MLPOptions, key rng.Key) *Net[T] {
	if opt.Hidden == nil {
		opt.Hidden = []int{128, 128}
	}
	if opt.Frequencies == 0 {
		opt.Frequencies = 8
	}
	n := &Net[T]{In: in, Out: out, shape: shape{Kind: "mlp", In: in, Out: out, MLP: &opt, Frequencies: opt.Frequencies}}
	width := in
	for i, w := range append(append([]int(nil), opt.Hidden...), out) {
		if in < 1 || w < 1 {
			panic(fmt.Sprintf("learn.NewMLP: %d inputs, layers %v and %d outputs, want positive numbers", in, opt.Hidden, out))
		}
		n.stages = append(n.stages, stage{positions: 1, in: width, out: w, told: i == 0 && opt.Frequencies >= 0, activated: i < len(opt.Hidden)})
		width = w
	}
	n.draw(key)
	return n
}

// draw places the stages' parameters and draws them.
func (n *Net[T]) draw(key rng.Key) {
	size, features := 0, n.shape.features()
	for k := range n.stages {
		s := &n.stages[k]
		s.w = size
		s.b = s.w + s.fan()*s.out
		s.e = s.b + s.out
		size = s.e
		if s.told {
			size += features * s.out
		}
	}
	n.params = make([]T, size)
	for k, s := range n.stages[:len(n.stages)-1] {
		fan := s.fan()
		if s.told {
			fan += features
		}
		sd := math.Sqrt(2 / float64(fan))
		if s.residual { // so that what is added doesn't pile up
			sd *= 0.5
		}
		draw := func(key rng.Key, at, count int) {
			v := make([]float64, count)
			key.Normal(v)
			for i, x := range v {
				n.params[at+i] = T(sd * x)
			}
		}
		draw(key.Fold(uint64(k)), s.w, s.fan()*s.out)
		if s.told {
			draw(key.Fold(uint64(k)).Named("time"), s.e, features*s.out)
		}
	}
}

// Params returns the parameters, stage by stage: the weights, an input's row after the
// other, the biases, and the weights of the time. They aren't a copy.
func (n *Net[T]) Params() []T { return n.params }

// encode stores the features of a time.
func encode[T Float](dst []T, u T) {
	dst[0] = u
	sin, cos := math.Sincos(float64(u))
	for k := 1; k < len(dst); k += 2 {
		dst[k], dst[k+1] = T(cos), T(sin)
		sin, cos = 2*sin*cos, (cos-sin)*(cos+sin)
	}
}
