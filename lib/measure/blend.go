package measure

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// blend is the field Σ rₖ(x) [offsetₖ + gainₖ (x − mean of part k)] with the
// responsibilities rₖ of a mixture; gainₖ is diagonal in the part's axes. Every
// conditional expectation given a noised point has this form.
type blend struct {
	of           *Mixture
	offset, gain [][]float64
}

// newBlend returns the zero field over a mixture that has, or will have, as
// many parts in as many dimensions as like.
func newBlend(of, like *Mixture) blend {
	k, d := len(like.parts), like.Dim()
	b := blend{of: of, offset: make([][]float64, k), gain: make([][]float64, k)}
	for i := range k {
		b.offset[i], b.gain[i] = make([]float64, d), make([]float64, d)
	}
	return b
}

// scoreBlend returns the score, −Σ rₖ Cₖ⁻¹ (x − μₖ).
func (m *Mixture) scoreBlend() blend {
	b := newBlend(m, m)
	for k, g := range m.parts {
		for i, v := range g.vars {
			b.gain[k][i] = -1 / v
		}
	}
	return b
}

func (b blend) apply(dst, x *mat.Dense) {
	n, d := x.Dims()
	r, y := b.of.scratch()
	row := make([]float64, d)
	for i := range n {
		b.of.posterior(r, y, x.RawRowView(i))
		clear(row)
		for k, g := range b.of.parts {
			floats.AddScaled(row, r[k], b.offset[k])
			for j := range y[k] {
				y[k][j] *= r[k] * b.gain[k][j]
			}
			g.fromAxes(row, y[k])
		}
		dst.SetRow(i, row)
	}
}

// divergence stores ∇·field = Σ rₖ [tr gainₖ + (sₖ − s)·aₖ] at the rows of x
// into dst, where aₖ is the bracket, sₖ the score of part k and s = Σ rₖ sₖ.
func (b blend) divergence(dst []float64, x *mat.Dense) {
	n, d := x.Dims()
	r, y := b.of.scratch()
	as, ss := make([][]float64, len(r)), make([][]float64, len(r))
	for k := range as {
		as[k], ss[k] = make([]float64, d), make([]float64, d)
	}
	s, tmp := make([]float64, d), make([]float64, d)
	for i := range n {
		b.of.posterior(r, y, x.RawRowView(i))
		clear(s)
		for k, g := range b.of.parts {
			floats.MulTo(tmp, b.gain[k], y[k])
			copy(as[k], b.offset[k])
			g.fromAxes(as[k], tmp)
			for j, v := range g.vars {
				tmp[j] = -y[k][j] / v
			}
			clear(ss[k])
			g.fromAxes(ss[k], tmp)
			floats.AddScaled(s, r[k], ss[k])
		}
		dst[i] = 0
		for k := range r {
			floats.SubTo(tmp, ss[k], s)
			dst[i] += r[k] * (floats.Sum(b.gain[k]) + floats.Dot(tmp, as[k]))
		}
	}
}
