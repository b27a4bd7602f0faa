package measure

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// vector is a mixture in the form that the vector loops read, made when it is
// first needed: a law that is asked for single numbers never needs it.
type vector struct {
	once sync.Once
	mix  *kernel.Mixture[float64] // nil where the loops don't apply

	scoring sync.Once
	score   blend
}

// fullDims is up to which dimension the vector loops take covariances that
// aren't isotropic: they want d×d matrices of every component, which take d³
// operations to make for every time of a path.
const fullDims = 16

// vectorised returns m for the vector loops, or nil where a number is beyond
// what they take.
func (m *Mixture) vectorised() *kernel.Mixture[float64] {
	if m.vec == nil {
		return nil
	}
	m.vec.once.Do(func() { m.vec.mix = m.pack() })
	return m.vec.mix
}

func (m *Mixture) pack() *kernel.Mixture[float64] {
	k, d := len(m.parts), m.Dim()
	means, vars := make([]float64, 0, k*d), make([]float64, k)
	isotropic := true
	for i, g := range m.parts {
		means = append(means, g.mean...)
		vars[i] = g.vars[0]
		for j, v := range g.vars {
			// The loops need twice the inverse of the variance, with room for log₂e.
			if !finite(g.mean[j]) || !finite(4/v) || !finite(v) {
				return nil
			}
			isotropic = isotropic && v == vars[i]
		}
	}
	if isotropic {
		return kernel.NewIsotropicMixture[float64](m.weights, means, vars)
	}
	if d > fullDims {
		return nil
	}
	peaks, whitening := make([]float64, k), make([]float64, 0, k*d*d)
	for i, g := range m.parts {
		peaks[i] = math.Log(m.weights[i]) + g.norm
		for r, v := range g.vars {
			row := make([]float64, d)
			if g.axes == nil {
				row[r] = 1
			} else {
				mat.Col(row, r, g.axes)
			}
			for c := range row {
				row[c] /= math.Sqrt(v)
			}
			whitening = append(whitening, row...)
		}
	}
	return kernel.NewWhitenedMixture[float64](peaks, means, whitening)
}

// vectorBlend is a blend in the form that the vector loops read.
type vectorBlend struct {
	once  sync.Once
	field *kernel.Blend[float64] // nil where the loops don't apply
	gains []float64              // one for each component, or d×d
}

// vectorised returns b for the vector loops, or nil where they don't apply.
func (b *blend) vectorised() *vectorBlend {
	mix := b.of.vectorised()
	if mix == nil {
		return nil
	}
	b.vec.once.Do(func() {
		for i := range b.gain {
			if !finite(b.gain[i]) || !finite(b.offset[i]) {
				return
			}
		}
		if b.vec.gains = b.matrices(); b.vec.gains != nil {
			b.vec.field = mix.NewBlend(b.offset, b.vec.gains)
		}
	})
	if b.vec.field == nil {
		return nil
	}
	return b.vec
}

// matrices returns the gains as numbers, if that is what they are, or else as
// matrices, one after another, or nil if these are too large.
func (b *blend) matrices() []float64 {
	d := b.of.Dim()
	numbers := true
	gains := make([]float64, len(b.of.parts))
	for k := range gains {
		_, gain := b.part(k)
		gains[k] = gain[0]
		for _, v := range gain {
			numbers = numbers && v == gain[0]
		}
	}
	if numbers {
		return gains
	}
	if d > fullDims { // noise can hide that the data weren't isotropic
		return nil
	}
	gains = make([]float64, len(b.of.parts)*d*d)
	for k, g := range b.of.parts {
		to := gains[k*d*d:][:d*d]
		for i, v := range b.gain[k*d:][:d] {
			if g.axes == nil {
				to[i*d+i] = v
				continue
			}
			for r := range d {
				for c := range d {
					to[r*d+c] += v * (g.axes.At(r, i) * g.axes.At(c, i))
				}
			}
		}
	}
	return gains
}

// block is how many points pass through the vector loops at a time. A point's
// values don't depend on the others that it is computed with.
const block = 256

// A workspace holds points coordinate by coordinate, and numbers for each.
type workspace struct{ points, more, weights []float64 }

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

func room(s *[]float64, n int) []float64 {
	if cap(*s) < n {
		*s = make([]float64, n)
	}
	return (*s)[:n]
}

// load returns rows lo to hi−1 of x as points in the given room.
func load(s *[]float64, x *mat.Dense, lo, hi int) kernel.Points[float64] {
	raw := x.RawMatrix()
	n, d := hi-lo, raw.Cols
	p := kernel.Points[float64]{N: n, D: d, Stride: n, Coord: room(s, n*d)}
	for i := range n {
		row := raw.Data[(lo+i)*raw.Stride:][:d]
		for c, v := range row {
			p.Coord[c*n+i] = v
		}
	}
	return p
}

// store puts points into the rows of dst from lo on.
func store(dst *mat.Dense, lo int, p kernel.Points[float64]) {
	raw := dst.RawMatrix()
	for i := range p.N {
		row := raw.Data[(lo+i)*raw.Stride:][:p.D]
		for c := range row {
			row[c] = p.Coord[c*p.Stride+i]
		}
	}
}
