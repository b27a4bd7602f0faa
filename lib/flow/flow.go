package flow

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Map is a vector field at one instant. It is safe for concurrent use.
type Map interface {
	// Apply stores the field's values at the rows of x into the rows of dst,
	// which may be x itself.
	Apply(dst, x *mat.Dense)
}

// Field is a vector field that depends on time.
type Field interface {
	// At returns the field at time t. It does the work that depends on t
	// alone, once.
	At(t float64) Map
}

// Path is a path of measures.
type Path interface {
	At(t float64) measure.Measure
}

// Flow is a path of measures with a velocity that carries it:
// ∂p/∂t + ∇·(p v) = 0 on [0, Tau].
type Flow struct {
	Path     Path
	Velocity Field
	Tau      float64 // duration, positive
	Gradient bool    // the velocity is known to be a gradient, v = ∇φ
}

// Validate returns an error if a part is missing or the duration isn't positive
// and finite. It does not check that the velocity carries the path.
func (f Flow) Validate() error {
	switch {
	case f.Path == nil:
		return errors.New("flow: Flow has no Path")
	case f.Velocity == nil:
		return errors.New("flow: Flow has no Velocity")
	case !(f.Tau > 0) || math.IsInf(f.Tau, 1):
		return fmt.Errorf("flow: Flow.Tau is %v, want a positive finite duration", f.Tau)
	}
	return nil
}

// Process is a Flow with the Langevin dynamics dx = f dt + √(2T) dB of the same
// marginals.
type Process struct {
	Flow
	Drift       Field                   // f
	Temperature func(t float64) float64 // T
}

// MapFunc is a function as a Map.
type MapFunc func(dst, x *mat.Dense)

// Apply calls m(dst, x).
func (m MapFunc) Apply(dst, x *mat.Dense) { m(dst, x) }

// FieldFunc is a function as a Field.
type FieldFunc func(t float64) Map

// At calls f(t).
func (f FieldFunc) At(t float64) Map { return f(t) }

// PathFunc is a function as a Path.
type PathFunc func(t float64) measure.Measure

// At calls p(t).
func (p PathFunc) At(t float64) measure.Measure { return p(t) }

// Affine is an optional ability of a Map: it is x ↦ A x + b.
type Affine interface {
	Map
	Affine() (a mat.Matrix, b []float64)
}

// Divergencer is an optional ability of a Map: its divergence in closed form.
type Divergencer interface {
	Map
	// Divergence stores ∇·v at the rows of x into dst.
	Divergence(dst []float64, x *mat.Dense)
}

// Scalar returns a one-dimensional map as a function of one number, without
// allocation per call. The function isn't safe for concurrent use.
func Scalar(m Map) func(x float64) float64 {
	if s, ok := m.(interface{ Apply1(float64) float64 }); ok {
		return s.Apply1
	}
	p := mat.NewDense(1, 1, nil)
	return func(x float64) float64 {
		p.Set(0, 0, x)
		m.Apply(p, p)
		return p.At(0, 0)
	}
}

// LineMap is a function of one number as a Map in one dimension.
type LineMap func(x float64) float64

// Apply1 calls m(x).
func (m LineMap) Apply1(x float64) float64 { return m(x) }

// Apply stores m of the single column of x into that of dst.
func (m LineMap) Apply(dst, x *mat.Dense) {
	n, d := x.Dims()
	if d != 1 {
		panic((&measure.DimError{Func: "flow.LineMap.Apply", Arg: "x", Got: d, Want: 1}).Error())
	}
	if r, c := dst.Dims(); r != n || c != 1 {
		panic((&measure.DimError{Func: "flow.LineMap.Apply", Arg: "dst", Got: r * c, Want: n}).Error())
	}
	from, to := x.RawMatrix(), dst.RawMatrix()
	for i := range n {
		to.Data[i*to.Stride] = m(from.Data[i*from.Stride])
	}
}

// Linear returns the map x ↦ A x + b, with the ability Affine. A is d×d, b has
// length d; neither is copied.
func Linear(a mat.Matrix, b []float64) Affine {
	if r, c := a.Dims(); r != len(b) || c != len(b) {
		panic(fmt.Sprintf("flow.Linear: A is %d×%d, b has length %d", r, c, len(b)))
	}
	return linear{a, b}
}

type linear struct {
	a mat.Matrix
	b []float64
}

func (l linear) Affine() (mat.Matrix, []float64) { return l.a, l.b }

func (l linear) Apply(dst, x *mat.Dense) {
	n, d := x.Dims()
	if d != len(l.b) {
		panic((&measure.DimError{Func: "flow.Linear", Arg: "x", Got: d, Want: len(l.b)}).Error())
	}
	row := make([]float64, d)
	for i := range n {
		from := x.RawRowView(i)
		for j := range row {
			row[j] = l.b[j]
			for k, v := range from {
				row[j] += l.a.At(j, k) * v
			}
		}
		dst.SetRow(i, row)
	}
}

func (l linear) Divergence(dst []float64, _ *mat.Dense) {
	tr := mat.Trace(l.a)
	for i := range dst {
		dst[i] = tr
	}
}

// Noise is what the steppers of stochastic dynamics draw from.
type Noise interface {
	// Normal fills dst with independent standard normals that depend on the
	// particle and the step alone.
	Normal(dst []float64, particle, step int)
}

// BlockNoise is an optional ability of a Noise: it fills the rows of many
// particles at once.
type BlockNoise interface {
	Noise
	// NormalBlock stores into dst what Normal stores for the particles first,
	// first+1, …, each of which has width entries.
	NormalBlock(dst []float64, width, first, step int)
}

// KeyNoise returns the noise drawn from key. It is a BlockNoise. What it draws
// for a particle depends on the number of draws too.
func KeyNoise(key rng.Key) Noise { return keyNoise(key) }

type keyNoise rng.Key

func (k keyNoise) Normal(dst []float64, particle, step int) {
	k.NormalBlock(dst, len(dst), particle, step)
}

func (k keyNoise) NormalBlock(dst []float64, width, first, step int) {
	rng.Key(k).Fold(uint64(step)).NormalAt(dst, uint64(first)*uint64(width))
}

// Normals stores into dst what noise draws for the particles first, first+1, …,
// each of which has width entries.
func Normals(noise Noise, dst []float64, width, first, step int) {
	if b, ok := noise.(BlockNoise); ok {
		b.NormalBlock(dst, width, first, step)
		return
	}
	for ; len(dst) >= width && width > 0; dst = dst[width:] {
		noise.Normal(dst[:width], first, step)
		first++
	}
}
