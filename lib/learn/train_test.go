package learn

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func denoising(t testing.TB, data measure.Measure, s diffusion.Schedule, opt Denoising) *Denoising {
	t.Helper()
	d, err := NewDenoising(data, s, opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// trained trains for so many steps at a rate that falls to 0, and returns the weights'
// average as a network, and the mean loss of the last tenth.
func trained(t testing.TB, task Task, hidden []int, steps int) (*MLP[float32], float64) {
	t.Helper()
	n := NewMLP[float32](task.Dim(), task.Dim(), MLPOptions{Hidden: hidden}, rng.New(1))
	loss := 0.0
	for p, err := range Train(context.Background(), n, task, &Adam[float32]{Rate: 3e-3}, nil, TrainOptions{Batch: 256, Rate: func(k int) float64 { return math.Cos(.5 * math.Pi * float64(k) / float64(steps)) }}, rng.New(2)) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Step > steps*9/10 {
			loss += p.Loss / float64(steps-steps*9/10)
		}
		if p.Step == steps {
			break
		}
	}
	return n, loss
}

// What a network of a Gaussian's score learns, against the exact one.
func TestLearnsScore(t *testing.T) {
	mix, err := measure.GaussianRing(3, 1.2, .4)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data measure.Noisable
		most float64
	}{"Gaussian": {gaussianIn(t), .05}, "mixture": {mix, .08}} {
		s := diffusion.Cosine{}
		task := denoising(t, c.data, s, Denoising{Quantity: Noise, From: .02, To: .98})
		n, _ := trained(t, task, []int{64, 64}, 2500)
		model, exact := Model(n, s, Noise), diffusion.Exact(c.data, s)
		var diff, size float64
		for i := range 19 {
			at := .05 + .05*float64(i)
			x := mat.NewDense(400, 2, nil)
			c.data.Noise(s.At(at)).Sample(x, rng.New(uint64(i)))
			a, b := mat.NewDense(400, 2, nil), mat.NewDense(400, 2, nil)
			model.Score().At(at).Apply(a, x)
			exact.Score().At(at).Apply(b, x)
			sigma := s.At(at).Var
			a.Sub(a, b)
			diff += sigma * math.Pow(mat.Norm(a, 2), 2)
			size += sigma * math.Pow(mat.Norm(b, 2), 2)
		}
		e := math.Sqrt(diff / size)
		t.Logf("%s: relative error of the score %.4f", name, e)
		if !(e < c.most) {
			t.Errorf("%s: relative error of the score %v", name, e)
		}
	}
}

func gaussianIn(t testing.TB) *measure.Gaussian {
	t.Helper()
	g, err := measure.NewGaussian([]float64{.3, -.2}, mat.NewSymDense(2, []float64{1, .5, .5, .6}))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// On eight points the loss comes down to what can't be learned, for every quantity, and not
// below.
func TestLeastLoss(t *testing.T) {
	points := mat.NewDense(8, 2, nil)
	gaussianIn(t).Sample(points, rng.New(4))
	data, err := measure.NewDiscrete(points, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []Quantity{Noise, Data, V, Velocity, Score} {
		task := denoising(t, data, diffusion.CondOT{}, Denoising{Quantity: q})
		least, err := task.LeastLoss(40000, rng.New(5))
		if err != nil {
			t.Fatal(err)
		}
		_, loss := trained(t, task, []int{64, 64}, 1500)
		t.Logf("quantity %d: loss %.4f, least %.4f", q, loss, least)
		if !(loss > .93*least && loss < 1.25*least) {
			t.Errorf("quantity %d: loss %v, least %v", q, loss, least)
		}
	}
}

// The same key, the same weights; the targets by their definition; a fixed batch to 0.
func TestTraining(t *testing.T) {
	ctx := context.Background()
	task := denoising(t, gaussianIn(t), diffusion.VPLinear{}, Denoising{Quantity: V})
	run := func(procs int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		n, _ := trained(t, task, []int{40}, 20)
		return n.Params()
	}
	if !reflect.DeepEqual(run(1), run(8)) {
		t.Error("the weights depend on GOMAXPROCS")
	}
	for _, q := range []Quantity{Noise, Data, V, Velocity, Score} {
		task := denoising(t, gaussianIn(t), diffusion.CondOT{Duration: 2}, Denoising{Quantity: q, From: .1, To: .9})
		b := &Batch{X: mat.NewDense(50, 2, nil), Target: mat.NewDense(50, 2, nil), Angle: make([]float64, 50), Weight: make([]float64, 50)}
		task.Batch(b, rng.New(3))
		x0, eps := mat.NewDense(50, 2, nil), make([]float64, 100)
		gaussianIn(t).Sample(x0, rng.New(3).Named("data"))
		rng.New(3).Named("noise").Normal(eps)
		for i := range 50 {
			// m = 1 − s, σ = s from the angle.
			s := math.Tan(b.Angle[i] / 2)
			s /= 1 + s
			for j := range 2 {
				x, e := x0.At(i, j), eps[2*i+j]
				want := map[Quantity]float64{Noise: e, Data: x, V: (1-s)*e - s*x, Velocity: (e - x) / 2, Score: -e}[q]
				reftest.Near(t, "target", b.Target.At(i, j), want, 1e-9, 1e-9)
				reftest.Near(t, "input", b.X.At(i, j), ((1-s)*x+s*e)/math.Hypot(1-s, s), 1e-9, 1e-9)
			}
		}
	}
	n := NewMLP[float64](2, 2, MLPOptions{Hidden: []int{32, 32}}, rng.New(1))
	var last float64
	for p, err := range Train(ctx, n, frozen{task}, &Adam[float64]{Rate: 1e-2}, nil, TrainOptions{Batch: 8, Rate: func(k int) float64 { return math.Pow(.9985, float64(k)) }}, rng.New(1)) {
		if err != nil {
			t.Fatal(err)
		}
		if last = p.Loss; p.Step == 5000 {
			break
		}
	}
	if last > 1e-6 {
		t.Errorf("the loss of a fixed batch is %v", last)
	}
}

// frozen gives the same batch at every step.
type frozen struct{ *Denoising }

func (f frozen) Batch(b *Batch, _ rng.Key) { f.Denoising.Batch(b, rng.New(7)) }

// spoilt gives a NaN at a step.
type spoilt struct {
	*Denoising
	at rng.Key
}

func (s spoilt) Batch(b *Batch, key rng.Key) {
	s.Denoising.Batch(b, key)
	if key == s.at {
		b.Target.Set(0, 0, math.NaN())
	}
}

func TestTrainingStops(t *testing.T) {
	task := denoising(t, gaussianIn(t), diffusion.CondOT{}, Denoising{})
	n := NewMLP[float32](2, 2, MLPOptions{Hidden: []int{8}}, rng.New(1))
	var good []float32
	var err error
	for p, e := range Train(context.Background(), n, spoilt{task, rng.New(1).Fold(5)}, &Adam[float32]{}, nil, TrainOptions{Batch: 4}, rng.New(1)) {
		if err = e; err == nil {
			good = append([]float32(nil), n.Params()...)
		}
		_ = p
	}
	var diverged *DivergedError
	if !errors.As(err, &diverged) || diverged.Step != 5 || !reflect.DeepEqual(good, n.Params()) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	first := func(ctx context.Context, n *MLP[float32], opt TrainOptions) (err error) {
		for _, e := range Train(ctx, n, task, &Adam[float32]{}, nil, opt, rng.New(1)) {
			return e
		}
		return nil
	}
	if err := first(ctx, n, TrainOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	var dim *measure.DimError
	if err := first(context.Background(), NewMLP[float32](3, 3, MLPOptions{}, rng.New(1)), TrainOptions{}); !errors.As(err, &dim) {
		t.Errorf("dimension: %v", err)
	}
	var value *measure.ValueError
	if err := first(context.Background(), n, TrainOptions{Batch: -1}); !errors.As(err, &value) {
		t.Errorf("batch: %v", err)
	}
	for name, opt := range map[string]Denoising{"From": {From: -1}, "To": {To: 3}} {
		if _, err := NewDenoising(gaussianIn(t), diffusion.CondOT{}, opt); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewDenoising(gaussianIn(t), diffusion.VPLinear{}, Denoising{Quantity: Velocity}); !errors.As(err, &value) {
		t.Errorf("a velocity that is infinite at 0: %v", err)
	}
}
