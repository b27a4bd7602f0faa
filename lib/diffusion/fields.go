package diffusion

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// quantity is one of the things that a model may predict. With D = E[x₀ | x_t]
// and ε̂ = E[ε | x_t], which satisfy x = m D + σ ε̂, each is a combination of the
// two.
type quantity int

const (
	asDenoiser quantity = iota // D
	asNoise                    // ε̂
	asScore                    // −ε̂/σ
	asVelocity                 // ṁ D + σ̇ ε̂
	asV                        // m ε̂ − σ D
)

func (q quantity) String() string {
	return [...]string{"denoiser", "noise", "score", "velocity", "v"}[q]
}

// UndefinedError reports a field that a model doesn't determine at a time: where
// σ = 0 nothing is left of the noise, and where m = 0 nothing of the data.
type UndefinedError struct {
	Want, From string  // the field, and what the model predicts
	T          float64 // the time
	M, Sigma   float64 // m and σ there
}

func (e *UndefinedError) Error() string {
	return fmt.Sprintf("diffusion: the %s isn't determined by the model's %s at t = %v, where m = %v and σ = %v", e.Want, e.From, e.T, e.M, e.Sigma)
}

// row returns the coefficients (p, q) of s·field = p D + q ε̂, and s.
func (q quantity) row(c measure.Coeffs, sigma float64) (p, r, s float64) {
	switch q {
	case asDenoiser:
		return 1, 0, 1
	case asNoise:
		return 0, 1, 1
	case asScore:
		return 0, -1, sigma
	case asVelocity:
		return sigma * c.DM, c.DVar / 2, sigma
	case asV:
		return -sigma, c.M, 1
	}
	panic("diffusion: no such quantity")
}

// convert returns a and b of to = a x + b from, and whether they exist.
func convert(from, to quantity, c measure.Coeffs) (a, b float64, ok bool) {
	if from == to {
		return 0, 1, true
	}
	if to == asDenoiser && c.Var == 0 {
		return 1 / c.M, 0, c.M != 0 // x = m D
	}
	sigma := c.Sigma()
	p, q, s := from.row(c, sigma)
	u, w, v := to.row(c, sigma)
	// (u, w) = a (m, σ) + b (p, q)
	if p == 0 && u == 0 { // noise and score
		b = w / q * s / v
	} else {
		det := c.M*q - sigma*p
		a, b = (u*q-w*p)/det/v, (c.M*w-sigma*u)/det*s/v
	}
	return a, b, isFinite(a) && isFinite(b)
}

// instant is what a model predicts at one time.
type instant interface {
	// field returns the map of a quantity, or an UndefinedError.
	field(q quantity) (flow.Map, error)
}

// learned is an instant at which a field predicts one quantity. The field isn't
// asked before that is needed.
type learned struct {
	t    float64
	c    measure.Coeffs
	kind quantity
	f    flow.Field
	once sync.Once
	m    flow.Map
}

func (l *learned) field(q quantity) (flow.Map, error) {
	a, b, ok := convert(l.kind, q, l.c)
	if !ok {
		return nil, &UndefinedError{q.String(), l.kind.String(), l.t, l.c.M, l.c.Sigma()}
	}
	if b == 0 {
		return scaling(a), nil
	}
	l.once.Do(func() { l.m = l.f.At(l.t) })
	return newBlended(a, b, l.m), nil
}

// exact is an instant of a law in closed form.
type exact struct {
	t   float64
	c   measure.Coeffs
	law measure.Noised
}

func (e exact) field(q quantity) (flow.Map, error) {
	if _, atoms := measure.AsDiscrete(e.law); atoms && q != asDenoiser {
		return nil, &UndefinedError{q.String(), "atoms", e.t, e.c.M, e.c.Sigma()}
	}
	m, sigma := e.c.M, e.c.Sigma()
	switch q {
	case asDenoiser:
		return flow.MapFunc(e.law.Denoise), nil
	case asScore:
		return flow.MapFunc(e.law.Score), nil
	case asVelocity:
		return velocityOf(e.law), nil
	case asNoise:
		return newBlended(0, -sigma, flow.MapFunc(e.law.Score)), nil
	}
	// v is a combination of x and the score, −σ(x/m + (m + σ²/m) ∇ln p), or of x
	// and the denoiser: near the data the first doesn't cancel, near the noise
	// the second.
	from, f := asScore, flow.MapFunc(e.law.Score)
	if m < sigma {
		from, f = asDenoiser, flow.MapFunc(e.law.Denoise)
	}
	a, b, ok := convert(from, asV, e.c)
	if !ok {
		return nil, &UndefinedError{q.String(), from.String(), e.t, m, sigma}
	}
	return newBlended(a, b, f), nil
}

// newBlended returns the map a x + b f(x), with the divergence if f has it.
func newBlended(a, b float64, f flow.Map) flow.Map {
	m := blended{a, b, f}
	if d, ok := f.(flow.Divergencer); ok {
		return blendedDiv{m, d}
	}
	return m
}

type blended struct {
	a, b float64
	f    flow.Map
}

func (m blended) Apply(dst, x *mat.Dense) {
	if m.a == 0 && m.b == 1 {
		m.f.Apply(dst, x)
		return
	}
	if m.a != 0 && overlap(dst, x) {
		y := borrow(dst.Dims())
		m.f.Apply(&y.Dense, x)
		combine(dst, m.a, x, m.b, &y.Dense)
		scratches.Put(y)
		return
	}
	m.f.Apply(dst, x)
	combine(dst, m.a, x, m.b, dst)
}

type blendedDiv struct {
	blended
	d flow.Divergencer
}

func (m blendedDiv) Divergence(dst []float64, x *mat.Dense) {
	m.d.Divergence(dst, x)
	_, dim := x.Dims()
	for i, v := range dst {
		dst[i] = m.a*float64(dim) + m.b*v
	}
}

// scaling is the map x ↦ a x.
type scaling float64

func (a scaling) Apply(dst, x *mat.Dense) { combine(dst, 0, nil, float64(a), x) }

func (a scaling) Divergence(dst []float64, x *mat.Dense) {
	_, d := x.Dims()
	for i := range dst {
		dst[i] = float64(a) * float64(d)
	}
}

// combine stores a x + b y into dst; x isn't read if a is 0. Matrices may be the
// same.
func combine(dst *mat.Dense, a float64, x *mat.Dense, b float64, y *mat.Dense) {
	if a == 0 {
		x = y
	}
	d, p, q := dst.RawMatrix(), x.RawMatrix(), y.RawMatrix()
	if d.Stride == d.Cols && p.Stride == d.Cols && q.Stride == d.Cols {
		combineRow(d.Data, a, p.Data, b, q.Data)
		return
	}
	for i := range d.Rows {
		combineRow(dst.RawRowView(i), a, x.RawRowView(i), b, y.RawRowView(i))
	}
}

func combineRow(dst []float64, a float64, x []float64, b float64, y []float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	if a == 0 {
		for i := range dst {
			dst[i] = b * y[i]
		}
		return
	}
	for i := range dst {
		dst[i] = float64(a*x[i]) + float64(b*y[i])
	}
}

func overlap(a, b *mat.Dense) bool {
	p, q := a.RawMatrix().Data, b.RawMatrix().Data
	return len(p) > 0 && len(q) > 0 && &p[0] == &q[0]
}

// scratch is a matrix that is used again.
type scratch struct {
	mat.Dense
	data []float64
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func borrow(n, d int) *scratch {
	s := scratches.Get().(*scratch)
	if cap(s.data) < n*d {
		s.data = make([]float64, n*d)
	}
	raw := s.RawMatrix()
	raw.Rows, raw.Cols, raw.Stride, raw.Data = n, d, d, s.data[:n*d]
	s.SetRawMatrix(raw)
	return s
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
