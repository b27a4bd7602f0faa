package learn

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Field returns what a network predicts as a field, in the units of the quantity itself.
func Field[T Float](n *MLP[T], s diffusion.Schedule, q Quantity) flow.Field { return field[T]{n, s, q} }

type field[T Float] struct {
	net      *MLP[T]
	schedule diffusion.Schedule
	quantity Quantity
}

func (f field[T]) At(t float64) flow.Map { return moment[T]{f.net, f.schedule.At(t), f.quantity} }

// moment is the field at one time.
type moment[T Float] struct {
	net      *MLP[T]
	c        measure.Coeffs
	quantity Quantity
}

func (m moment[T]) Apply(dst, x *mat.Dense) {
	rows, d := x.Dims()
	if d != m.net.In || m.net.Out != d {
		panic((&measure.DimError{Func: fmt.Sprintf("learn: a network of %d and %d coordinates", m.net.In, m.net.Out), Arg: "x", Got: d, Want: m.net.In}).Error())
	}
	in, u := make([]T, rows*d), make([]T, rows)
	s, angle := scale(m.c), T(Angle(m.c))
	for i := range rows {
		u[i] = angle
		for j, v := range x.RawRowView(i) {
			in[i*d+j] = T(v / s)
		}
	}
	out := m.net.Forward(m.net.NewTape(rows), in, u)
	unit := 1.0
	if m.quantity == Score {
		unit = 1 / m.c.Sigma()
	}
	for i := range rows {
		row := dst.RawRowView(i)
		for j := range row {
			row[j] = unit * float64(out[i*d+j])
		}
	}
}
