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
	offset, gain []float64 // d numbers for each part
	vec          *vectorBlend
}

// newBlend returns the zero field over a mixture that has, or will have, as
// many parts in as many dimensions as like.
func newBlend(of, like *Mixture) blend {
	n := len(like.parts) * like.Dim()
	return blend{of: of, offset: make([]float64, n), gain: make([]float64, n), vec: new(vectorBlend)}
}

// part returns the offset and the gain of part k.
func (b *blend) part(k int) (offset, gain []float64) {
	d := b.of.Dim()
	return b.offset[k*d:][:d], b.gain[k*d:][:d]
}

// scoreBlend returns the score, −Σ rₖ Cₖ⁻¹ (x − μₖ).
func (m *Mixture) scoreBlend() *blend {
	build := func() blend {
		b := newBlend(m, m)
		for k, g := range m.parts {
			_, gain := b.part(k)
			for i, v := range g.vars {
				gain[i] = -1 / v
			}
		}
		return b
	}
	if m.vec == nil {
		b := build()
		return &b
	}
	m.vec.scoring.Do(func() { m.vec.score = build() })
	return &m.vec.score
}

// apply stores the field at the rows of x into the rows of dst.
func (b *blend) apply(dst, x *mat.Dense) {
	v := b.vectorised()
	if v == nil {
		b.applyPlain(dst, x)
		return
	}
	n, _ := x.Dims()
	w := workspaces.Get().(*workspace)
	for lo := 0; lo < n; lo += block {
		p := load(&w.points, x, lo, min(lo+block, n))
		b.of.vec.mix.Blend(p, nil, v.field, p)
		store(dst, lo, p)
	}
	workspaces.Put(w)
}

func (b *blend) applyPlain(dst, x *mat.Dense) {
	n, d := x.Dims()
	r, y := b.of.scratch()
	row := make([]float64, d)
	for i := range n {
		b.of.posterior(r, y, x.RawRowView(i))
		clear(row)
		for k, g := range b.of.parts {
			offset, gain := b.part(k)
			floats.AddScaled(row, r[k], offset)
			for j := range y[k] {
				y[k][j] *= r[k] * gain[j]
			}
			g.fromAxes(row, y[k])
		}
		dst.SetRow(i, row)
	}
}
