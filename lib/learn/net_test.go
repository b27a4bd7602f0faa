package learn

import (
	"math"
	"reflect"
	"runtime"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// small is a network whose weights are all drawn, those of the last layer too.
func small[T Float](key rng.Key) *MLP[T] {
	n := NewMLP[T](3, 2, MLPOptions{Hidden: []int{7, 5}, Frequencies: 2}, key)
	draws := make([]float64, len(n.params))
	key.Named("all").Normal(draws)
	for i, v := range draws {
		n.params[i] = T(.5 * v)
	}
	return n
}

func batch[T Float](rows int) (x, u []T) {
	draws := make([]float64, 4*rows)
	rng.New(9).Normal(draws)
	for i := range rows {
		for _, v := range draws[4*i:][:3] {
			x = append(x, T(v))
		}
		u = append(u, T(draws[4*i+3]))
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

// The gradient against differences, in every layer.
func TestGradient(t *testing.T) {
	n := small[float64](rng.New(1))
	const rows = 9
	x, u := batch[float64](rows)
	tape := n.NewTape(rows)
	_, delta := loss(n.Forward(tape, x, u))
	grad := make([]float64, len(n.params))
	n.Backward(tape, grad, delta)
	for i := range n.params {
		const h = 1e-5
		at := func(v float64) float64 {
			old := n.params[i]
			n.params[i] = old + v
			s, _ := loss(n.Forward(tape, x, u))
			n.params[i] = old
			return s
		}
		want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
		reftest.Near(t, "gradient", grad[i], want, 1e-6, 1e-7)
	}
	// It is added to what is there.
	twice := append([]float64(nil), grad...)
	n.Forward(tape, x, u)
	n.Backward(tape, twice, delta)
	for i := range grad {
		reftest.Near(t, "twice", twice[i], 2*grad[i], 1e-14, 1e-14)
	}
}

// Values by the definition.
func TestForward(t *testing.T) {
	n := small[float64](rng.New(2))
	x, u := batch[float64](2)
	got := n.Forward(n.NewTape(4), x, u)
	for i := range u {
		a := append([]float64(nil), x[3*i:][:3]...)
		a = append(a, u[i], math.Cos(u[i]), math.Sin(u[i]), math.Cos(2*u[i]), math.Sin(2*u[i]))
		for k, l := range n.layers {
			z := append([]float64(nil), n.params[l.bias():][:l.out]...)
			for p, v := range a {
				for q := range z {
					z[q] += v * n.params[l.w+p*l.out+q]
				}
			}
			for q, v := range z {
				if k < len(n.layers)-1 {
					z[q] = v / (1 + math.Exp(-v))
				}
			}
			a = z
		}
		for j, v := range a {
			reftest.Near(t, "value", got[2*i+j], v, 1e-12, 1e-12)
		}
	}
}

func TestBitsOfGradients(t *testing.T) {
	run := func(procs int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		n := NewMLP[float32](3, 2, MLPOptions{Hidden: []int{130, 70}}, rng.New(3))
		for i := range n.params {
			n.params[i] += .01
		}
		x, u := batch[float32](300)
		tape := n.NewTape(300)
		_, delta := loss(n.Forward(tape, x, u))
		grad := make([]float32, len(n.params))
		n.Backward(tape, grad, delta)
		return grad
	}
	if !reflect.DeepEqual(run(1), run(8)) {
		t.Error("the gradient depends on GOMAXPROCS")
	}
	// Single precision is double precision, rounded.
	single, double := small[float32](rng.New(1)), small[float64](rng.New(1))
	x32, u32 := batch[float32](5)
	x64, u64 := batch[float64](5)
	a, b := single.Forward(single.NewTape(5), x32, u32), double.Forward(double.NewTape(5), x64, u64)
	for i := range a {
		reftest.Near(t, "single precision", float64(a[i]), b[i], 1e-5, 1e-5)
	}
	if y := NewMLP[float32](1, 3, MLPOptions{}, rng.New(1)); y.Forward(y.NewTape(1), []float32{2}, []float32{1})[1] != 0 {
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
	avg := &Average[float64]{Decay: .5}
	avg.Add([]float64{1})
	avg.Add([]float64{2})
	reftest.Near(t, "average", avg.Params[0], 2./11+2*9./11, 1e-12, 0) // decay 2/11 at first
}
