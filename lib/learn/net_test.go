package learn

import (
	"math"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// drawn sets all parameters of a network, those of the last layer too.
func drawn[T Float](n *Net[T]) *Net[T] {
	draws := make([]float64, len(n.params))
	rng.New(77).Normal(draws)
	for i, v := range draws {
		n.params[i] = T(.4 * v)
	}
	return n
}

// nets are networks of every kind of stage.
func nets[T Float]() map[string]*Net[T] {
	key := rng.New(1)
	return map[string]*Net[T]{
		"dense":       drawn(NewMLP[T](3, 2, MLPOptions{Hidden: []int{7, 5}, Frequencies: 2}, key)),
		"timeless":    drawn(NewMLP[T](3, 4, MLPOptions{Hidden: []int{6}, Frequencies: -1}, key)),
		"linear":      drawn(NewMLP[T](2, 2, MLPOptions{Hidden: []int{}, Frequencies: 1}, key)),
		"convolution": drawn(NewConvNet[T](ConvOptions{Side: 4, Channels: 3, Layers: 2, Frequencies: 1}, key)),
		"patches":     drawn(NewConvNet[T](ConvOptions{Side: 6, Patch: 2, Channels: 4, Layers: 1, Frequencies: 2}, key)),
		"to numbers":  drawn(NewConvNet[T](ConvOptions{Side: 4, Patch: 2, Channels: 3, Layers: 1, Outputs: 5, Frequencies: -1}, key)),
	}
}

func inputs[T Float](n *Net[T], rows int) (x, u []T) {
	draws := make([]float64, rows*(n.In+1))
	rng.New(9).Normal(draws)
	for i, v := range draws {
		if i < rows*n.In {
			x = append(x, T(v))
		} else {
			u = append(u, T(v))
		}
	}
	return x, u
}

// loss is Σ c_i y_i² with its gradient.
func loss[T Float](y []T) (sum float64, delta []T) {
	for i, v := range y {
		c := 1 + .3*float64(i%5)
		sum += c * float64(v) * float64(v)
		delta = append(delta, T(2*c*float64(v)))
	}
	return sum, delta
}

// The gradient against differences, in every layer of every network.
func TestGradient(t *testing.T) {
	for name, n := range nets[float64]() {
		const rows = 5
		x, u := inputs(n, rows)
		tape := n.NewTape(rows)
		_, delta := loss(tape.Forward(x, u))
		grad := make([]float64, len(n.params))
		tape.Backward(grad, delta)
		size := 0.0
		for _, g := range grad {
			size = math.Max(size, math.Abs(g))
		}
		for i := range n.params {
			const h = 1e-4
			at := func(v float64) float64 {
				old := n.params[i]
				n.params[i] = old + v
				s, _ := loss(tape.Forward(x, u))
				n.params[i] = old
				return s
			}
			want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
			reftest.Near(t, name, grad[i], want, 1e-6, 1e-9*size)
		}
		// It is added to what is there.
		twice := append([]float64(nil), grad...)
		tape.Forward(x, u)
		tape.Backward(twice, delta)
		for i := range grad {
			reftest.Near(t, "twice", twice[i], 2*grad[i], 1e-13, 1e-14)
		}
	}
}

// Gradients of the losses with respect to values, against differences.
func TestLossGradients(t *testing.T) {
	for name, f := range map[string]func(delta, out []float64, b *Batch) float64{"squared": squared[float64], "cross-entropy": crossEntropy[float64]} {
		b := newBatch(3, 1, 4)
		rng.New(1).Normal(b.Target.RawMatrix().Data)
		if name == "cross-entropy" {
			for i := range 3 { // soft targets sum to 1
				softmax(b.Target.RawRowView(i))
			}
		}
		out, delta, scrap := make([]float64, 12), make([]float64, 12), make([]float64, 12)
		rng.New(2).Normal(out)
		b.Weight = []float64{1, .5, 2}
		f(delta, out, b)
		for i := range out {
			at := func(h float64) float64 {
				v := append([]float64(nil), out...)
				v[i] += h
				return f(scrap, v, b)
			}
			const h = 1e-3
			reftest.Near(t, name, delta[i], (8*(at(h)-at(-h))-(at(2*h)-at(-2*h)))/(12*h), 1e-8, 1e-10)
		}
	}
}

// Tangents against differences, and what fields make of them.
func TestTangent(t *testing.T) {
	for name, n := range nets[float64]() {
		const rows = 3
		x, u := inputs(n, rows)
		dx, _ := inputs(n, 2*rows)
		dx = dx[rows*n.In:]
		tape := n.NewTape(rows)
		at := func(h float64) []float64 {
			y := append([]float64(nil), x...)
			for i := range y {
				y[i] += h * dx[i]
			}
			return append([]float64(nil), tape.Forward(y, u)...)
		}
		const h = 1e-4
		a, b := at(h), at(-h)
		tape.Forward(x, u)
		for i, v := range tape.Tangent(dx) {
			reftest.Near(t, name, v, (a[i]-b[i])/(2*h), 1e-6, 1e-6)
		}
		if n.In != n.Out {
			continue
		}
		s := diffusion.CondOT{}
		{
			m := Field(n, s).At(.3)
			points := mat.NewDense(rows, n.In, x)
			got, want, e := mat.NewDense(rows, n.In, nil), mat.NewDense(rows, n.In, nil), mat.NewDense(rows, n.In, dx)
			m.(flow.JacobianVector).JVP(got, points, e)
			differences(want, m, points, e)
			div, sum := make([]float64, rows), make([]float64, rows)
			m.(flow.Divergencer).Divergence(div, points)
			for j := range n.In {
				unit, col := mat.NewDense(rows, n.In, nil), mat.NewDense(rows, n.In, nil)
				for i := range rows {
					unit.Set(i, j, 1)
				}
				differences(col, m, points, unit)
				for i := range rows {
					sum[i] += col.At(i, j)
				}
			}
			for i := range rows {
				reftest.Near(t, name+" divergence", div[i], sum[i], 1e-6, 1e-5)
				for j := range n.In {
					reftest.Near(t, name+" JVP", got.At(i, j), want.At(i, j), 1e-6, 1e-5)
				}
			}
		}
	}
}

// differences stores a central difference of a map along e.
func differences(dst *mat.Dense, m flow.Map, x, e *mat.Dense) {
	const h = 1e-4
	var up, down mat.Dense
	up.Scale(h, e)
	down.Sub(x, &up)
	up.Add(x, &up)
	m.Apply(&up, &up)
	m.Apply(&down, &down)
	dst.Sub(&up, &down)
	dst.Scale(1/(2*h), dst)
}

func silu(z float64) float64 { return z / (1 + math.Exp(-z)) }

// Values by the definition.
func TestForward(t *testing.T) {
	n := nets[float64]()["dense"]
	x, u := inputs(n, 2)
	got := n.NewTape(4).Forward(x, u)
	for i := range u {
		a := x[3*i:][:3]
		for k, s := range n.stages {
			z := append([]float64(nil), n.params[s.b:][:s.out]...)
			for p, v := range a {
				for q := range z {
					z[q] += v * n.params[s.w+p*s.out+q]
				}
			}
			if k == 0 {
				for p, v := range []float64{u[i], math.Cos(u[i]), math.Sin(u[i]), math.Cos(2 * u[i]), math.Sin(2 * u[i])} {
					for q := range z {
						z[q] += v * n.params[s.e+p*s.out+q]
					}
				}
			}
			for q, v := range z {
				if k < len(n.stages)-1 {
					z[q] = silu(v)
				}
			}
			a = z
		}
		for j, v := range a {
			reftest.Near(t, "value", got[2*i+j], v, 1e-12, 1e-12)
		}
	}
}

// A convolution by the definition, on a picture of 6 × 6 with patches of 2 × 2.
func TestConvolution(t *testing.T) {
	n := nets[float64]()["patches"]
	x, u := inputs(n, 1)
	got := n.NewTape(1).Forward(x, u)
	phi := []float64{u[0], math.Cos(u[0]), math.Sin(u[0]), math.Cos(2 * u[0]), math.Sin(2 * u[0])}
	told := func(s stage, c int) float64 {
		v := n.params[s.b+c]
		for f, p := range phi {
			v += p * n.params[s.e+f*s.out+c]
		}
		return v
	}
	var a, b [3][3][4]float64
	first, conv, last := n.stages[0], n.stages[1], n.stages[2]
	for i := range 3 {
		for j := range 3 {
			for c := range 4 {
				v := told(first, c)
				for p := range 4 {
					v += x[(2*i+p/2)*6+2*j+p%2] * n.params[first.w+p*4+c]
				}
				a[i][j][c] = silu(v)
			}
		}
	}
	for i := range 3 {
		for j := range 3 {
			for c := range 4 {
				v := told(conv, c)
				for di := -1; di <= 1; di++ {
					for dj := -1; dj <= 1; dj++ {
						if i+di < 0 || i+di > 2 || j+dj < 0 || j+dj > 2 {
							continue
						}
						for from := range 4 {
							v += a[i+di][j+dj][from] * n.params[conv.w+((3*(di+1)+dj+1)*4+from)*4+c]
						}
					}
				}
				b[i][j][c] = a[i][j][c] + silu(v)
			}
		}
	}
	for i := range 6 {
		for j := range 6 {
			p := 2*(i%2) + j%2
			v := n.params[last.b+p]
			for c := range 4 {
				v += b[i/2][j/2][c] * n.params[last.w+c*4+p]
			}
			reftest.Near(t, "pixel", got[6*i+j], v, 1e-12, 1e-12)
		}
	}
}

func TestBitsOfGradients(t *testing.T) {
	for name, n := range map[string]*Net[float32]{
		"dense": drawn(NewMLP[float32](3, 2, MLPOptions{Hidden: []int{130, 70}}, rng.New(3))),
		"conv":  drawn(NewConvNet[float32](ConvOptions{Side: 8, Channels: 16, Layers: 2}, rng.New(3))),
	} {
		run := func(procs int) []float32 {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			x, u := inputs(n, 130)
			tape := n.NewTape(130)
			_, delta := loss(tape.Forward(x, u))
			grad := make([]float32, len(n.params))
			tape.Backward(grad, delta)
			return append(grad, tape.Tangent(x)...)
		}
		if !reflect.DeepEqual(run(1), run(8)) {
			t.Errorf("%s: the gradient depends on GOMAXPROCS", name)
		}
	}
	// Single precision is double precision, rounded.
	for name, double := range nets[float64]() {
		single := nets[float32]()[name]
		x32, u32 := inputs(single, 5)
		x64, u64 := inputs(double, 5)
		a, b := single.NewTape(5).Forward(x32, u32), double.NewTape(5).Forward(x64, u64)
		for i := range a {
			reftest.Near(t, "single precision", float64(a[i]), b[i], 1e-4, 1e-4)
		}
	}
	if y := NewMLP[float32](1, 3, MLPOptions{}, rng.New(1)); y.NewTape(1).Forward([]float32{2}, []float32{1})[1] != 0 {
		t.Error("a fresh network isn't 0")
	}
}

// Adam on a quadratic, against its first steps by hand, and to the minimum.
func TestAdam(t *testing.T) {
	p, a := []float64{1, -2}, &Adam[float64]{Rate: .1}
	g := []float64{3, -.5}
	if norm := a.Step(p, g, 1); math.Abs(norm-math.Hypot(3, .5)) > 1e-15 {
		t.Errorf("norm %v", norm)
	}
	reftest.Near(t, "first step", p[0], .9, 1e-8, 0) // the rate, whatever the gradient
	reftest.Near(t, "first step", p[1], -1.9, 1e-8, 0)
	a.Step(p, []float64{1, -.5}, 1)
	m, v := (.9*.1*3+.1*1)/(1-.81), (.999*.001*9+.001)/(1-.999*.999)
	reftest.Near(t, "second step", p[0], .9-.1*m/math.Sqrt(v), 1e-7, 0)
	for range 2000 {
		a.Step(p, []float64{2 * (p[0] - 4), 6 * (p[1] - 1)}, .3)
	}
	reftest.Near(t, "minimum", p[0], 4, 1e-3, 0)
	reftest.Near(t, "minimum", p[1], 1, 1e-3, 0)
	before := append([]float64(nil), p...)
	if norm := a.Step(p, []float64{math.NaN(), 1}, 1); !math.IsNaN(norm) || !reflect.DeepEqual(p, before) {
		t.Errorf("NaN moves the parameters to %v", p)
	}
	c := &Adam[float64]{Clip: 1e-3, Epsilon: 1}
	q := []float64{0}
	c.Step(q, []float64{100}, 1)
	reftest.Near(t, "clipped", q[0], -1e-3*1e-3/(1+1e-3), 1e-9, 0)
	w := &Adam[float64]{Rate: .5, Decay: .1}
	q[0] = 2
	w.Step(q, []float64{0}, .5)
	reftest.Near(t, "decayed", q[0], 2*(1-.5*.5*.1), 1e-12, 0)
	avg := &Average[float64]{Decay: .5}
	avg.Add([]float64{1})
	avg.Add([]float64{2})
	reftest.Near(t, "average", avg.Params[0], 2./11+2*9./11, 1e-12, 0) // decay 2/11 at first
}

func TestRates(t *testing.T) {
	r := CosineDecay(10, 110)
	for step, want := range map[int]float64{1: .1, 10: 1, 60: .5, 110: 0, 200: 0} {
		reftest.Near(t, "cosine", r(step), want, 1e-12, 1e-12)
	}
	reftest.Near(t, "warmup", Warmup(4)(3), .75, 1e-12, 0)
	reftest.Near(t, "halving", ExponentialDecay(5)(11), .25, 1e-12, 0)
}

func TestNetPanics(t *testing.T) {
	panics := func(name string, f func()) {
		defer func() {
			if recover() == nil {
				t.Errorf("%s: no panic", name)
			}
		}()
		f()
	}
	panics("width", func() { NewMLP[float32](2, 2, MLPOptions{Hidden: []int{0}}, rng.New(1)) })
	panics("patch", func() { NewConvNet[float32](ConvOptions{Side: 8, Patch: 3}, rng.New(1)) })
	panics("side", func() { NewConvNet[float32](ConvOptions{}, rng.New(1)) })
	n := NewMLP[float32](2, 2, MLPOptions{}, rng.New(1))
	panics("rows", func() { n.NewTape(1).Forward(make([]float32, 4), make([]float32, 2)) })
	panics("x", func() { n.NewTape(1).Forward(make([]float32, 3), make([]float32, 1)) })
	panics("grad", func() { n.NewTape(1).Backward(nil, make([]float32, 2)) })
	panics("tangent", func() { n.NewTape(1).Tangent(make([]float32, 3)) })
	panics("field", func() { Field(n, diffusion.CondOT{}).At(.5).Apply(mat.NewDense(1, 3, nil), mat.NewDense(1, 3, nil)) })
	panics("average", func() { (&Average[float32]{}).Net(n) })
}
