package learn

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Field returns what a network that was trained by a Denoising task predicts as a field.
// Its maps have divergences and Jacobian-vector
// products, exact but for the rounding of T.
func Field[T Float](n *Net[T], s diffusion.Schedule) flow.Field {
	return flow.FieldFunc(func(t float64) flow.Map {
		c := s.At(t)
		return moment[T]{n, scale(c), Angle(c)}
	})
}

// MatchingField returns the velocity that a network was trained for by a Matching task, as
// a field with divergences and Jacobian-vector products.
func MatchingField[T Float](n *Net[T], path diffusion.Interpolant) flow.Field {
	return flow.FieldFunc(func(t float64) flow.Map {
		c := pathCoeffs(path.At(t))
		return moment[T]{n, scale(c), Angle(c)}
	})
}

// Model returns a network that was trained by a Denoising task as a model of the schedule,
// for diffusion's samplers.
func Model[T Float](n *Net[T], s diffusion.Schedule, q Quantity) diffusion.Model {
	f := Field(n, s)
	switch q {
	case Noise:
		return diffusion.FromNoise(f, s)
	case Data:
		return diffusion.FromDenoiser(f, s)
	case V:
		return diffusion.FromV(f, s)
	case Velocity:
		return diffusion.FromVelocity(f, s)
	default:
		return diffusion.FromScore(f, s)
	}
}

// moment is a network at one time: x ↦ net(x/scale, angle).
type moment[T Float] struct {
	net          *Net[T]
	scale, angle float64
}

// inferenceRows is how many rows are taken through a network at once: their activations
// stay in the cache.
const inferenceRows = 64

// Apply implements flow.Map.
func (m moment[T]) Apply(dst, x *mat.Dense) {
	rows := m.check(x)
	_ = par.For(context.Background(), rows, inferenceRows, func(lo, hi int) {
		in, u := m.inputs(x, lo, hi)
		t := m.net.newTape(hi - lo)
		t.forward(in, u, 0, hi-lo)
		for i := lo; i < hi; i++ {
			row := dst.RawRowView(i)
			for j, v := range t.out[(i-lo)*m.net.Out:][:len(row)] {
				row[j] = float64(v)
			}
		}
	})
}

// Divergence implements flow.Divergencer: the sum of as many derivatives as coordinates.
func (m moment[T]) Divergence(dst []float64, x *mat.Dense) {
	rows := m.check(x)
	d := m.net.In
	_ = par.For(context.Background(), rows, inferenceRows, func(lo, hi int) {
		in, u := m.inputs(x, lo, hi)
		t := m.net.NewTape(hi - lo)
		t.Forward(in, u)
		clear(dst[lo:hi])
		e := in // is done with
		for j := range d {
			clear(e)
			for i := range hi - lo {
				e[i*d+j] = 1
			}
			out := t.Tangent(e)
			for i := range hi - lo {
				dst[lo+i] += float64(out[i*d+j]) / m.scale
			}
		}
	})
}

// JVP implements flow.JacobianVector.
func (m moment[T]) JVP(dst, x, e *mat.Dense) {
	rows := m.check(x)
	_ = par.For(context.Background(), rows, inferenceRows, func(lo, hi int) {
		in, u := m.inputs(x, lo, hi)
		t := m.net.NewTape(hi - lo)
		t.Forward(in, u)
		for i := lo; i < hi; i++ {
			for j, v := range e.RawRowView(i) {
				in[(i-lo)*m.net.In+j] = T(v)
			}
		}
		out := t.Tangent(in)
		for i := lo; i < hi; i++ {
			row := dst.RawRowView(i)
			for j := range row {
				row[j] = float64(out[(i-lo)*m.net.In+j]) / m.scale
			}
		}
	})
}

func (m moment[T]) check(x *mat.Dense) int {
	rows, d := x.Dims()
	if d != m.net.In || m.net.Out != d {
		panic((&measure.DimError{Func: fmt.Sprintf("learn: a network of %d and %d coordinates", m.net.In, m.net.Out), Arg: "x", Got: d, Want: m.net.In}).Error())
	}
	return rows
}

// inputs returns rows as the network is given them.
func (m moment[T]) inputs(x *mat.Dense, lo, hi int) (in, u []T) {
	d := m.net.In
	in, u = make([]T, (hi-lo)*d), make([]T, hi-lo)
	for i := lo; i < hi; i++ {
		u[i-lo] = T(m.angle)
		for j, v := range x.RawRowView(i) {
			in[(i-lo)*d+j] = T(v / m.scale)
		}
	}
	return in, u
}
