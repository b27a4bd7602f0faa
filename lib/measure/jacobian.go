package measure

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// A blend's derivative is Σ rₖ [gainₖ + aₖ (sₖ − s)ᵀ], where aₖ is its bracket,
// sₖ the score of part k and s = Σ rₖ sₖ; its divergence is the trace of that.

// divergence stores ∇·field at the rows of x into dst.
func (b *blend) divergence(dst []float64, x *mat.Dense) {
	d := b.of.Dim()
	trace := make([]float64, len(b.of.parts))
	for k := range trace {
		_, gain := b.part(k)
		trace[k] = floats.Sum(gain)
	}
	clear(dst)
	b.derivative(x, func(i, k int, r float64, a, s []float64) {
		sum := trace[k]
		for c := range d {
			sum += a[c] * s[c]
		}
		dst[i] += r * sum
	})
}

// jacobian stores ∂field_i/∂x_j at row n of x into column i·d+j of row n of dst.
func (b *blend) jacobian(dst, x *mat.Dense) {
	d := b.of.Dim()
	dst.Zero()
	gains := make([][]float64, len(b.of.parts))
	for k := range gains {
		gains[k] = b.matrix(k)
	}
	b.derivative(x, func(i, k int, r float64, a, s []float64) {
		to := dst.RawRowView(i)
		for p := range d {
			for q := range d {
				to[p*d+q] += r * (gains[k][p*d+q] + a[p]*s[q])
			}
		}
	})
}

// derivative calls visit for row i of x and part k, in the order of the parts,
// with rₖ, aₖ and sₖ − s. Parts of no responsibility are left out.
func (b *blend) derivative(x *mat.Dense, visit func(i, k int, r float64, a, s []float64)) {
	score := b.of.scoreBlend()
	v, sv := b.vectorised(), score.vectorised()
	if v == nil || sv == nil {
		b.derivativePlain(x, visit)
		return
	}
	n, d := x.Dims()
	parts := len(b.of.parts)
	// As many points at a time as keep the responsibilities in the cache.
	step := min(block, max(8, 1<<15/parts))
	a, s := make([]float64, d), make([]float64, d)
	w := workspaces.Get().(*workspace)
	for lo := 0; lo < n; lo += step {
		hi := min(lo+step, n)
		p := load(&w.points, x, lo, hi)
		total := kernel.Points[float64]{N: p.N, D: d, Stride: p.N, Coord: room(&w.more, p.N*d)}
		r := kernel.Points[float64]{N: p.N, D: parts, Stride: p.N, Coord: room(&w.weights, p.N*parts)}
		b.of.vec.mix.Blend(total, nil, sv.field, p)
		b.of.vec.mix.Responsibilities(r, nil, p)
		for k, g := range b.of.parts {
			offset, _ := b.part(k)
			for i, r := range r.Coord[k*r.Stride:][:p.N] {
				if r == 0 {
					continue
				}
				for c := range d {
					a[c], s[c] = offset[c], -total.Coord[c*p.N+i]
				}
				for c, mu := range g.mean {
					z := p.Coord[c*p.N+i] - mu
					addColumn(a, v.gains, k, parts, c, z)
					addColumn(s, sv.gains, k, parts, c, z)
				}
				visit(lo+i, k, r, a, s)
			}
		}
	}
	workspaces.Put(w)
}

// addColumn adds z times column c of gain k of parts to dst.
func addColumn(dst, gains []float64, k, parts, c int, z float64) {
	if len(gains) == parts {
		dst[c] += gains[k] * z
		return
	}
	d := len(dst)
	for q, g := range gains[(k*d+c)*d:][:d] { // symmetric
		dst[q] += g * z
	}
}

func (b *blend) derivativePlain(x *mat.Dense, visit func(i, k int, r float64, a, s []float64)) {
	n, d := x.Dims()
	r, y := b.of.scratch()
	ss := make([][]float64, len(r))
	for k := range ss {
		ss[k] = make([]float64, d)
	}
	total, a, tmp := make([]float64, d), make([]float64, d), make([]float64, d)
	for i := range n {
		b.of.posterior(r, y, x.RawRowView(i))
		clear(total)
		for k, g := range b.of.parts {
			for j, v := range g.vars {
				tmp[j] = -y[k][j] / v
			}
			clear(ss[k])
			g.fromAxes(ss[k], tmp)
			floats.AddScaled(total, r[k], ss[k])
		}
		for k, g := range b.of.parts {
			if r[k] == 0 {
				continue
			}
			offset, gain := b.part(k)
			floats.MulTo(tmp, gain, y[k])
			copy(a, offset)
			g.fromAxes(a, tmp)
			floats.Sub(ss[k], total)
			visit(i, k, r[k], a, ss[k])
		}
	}
}

// matrix returns the gain of part k as a matrix, row by row.
func (b *blend) matrix(k int) []float64 {
	d, g := b.of.Dim(), *b.of.parts[k]
	_, g.vars = b.part(k)
	var c mat.SymDense
	g.Cov(&c)
	m := make([]float64, d*d)
	for i := range d {
		for j := range d {
			m[i*d+j] = c.At(i, j)
		}
	}
	return m
}
