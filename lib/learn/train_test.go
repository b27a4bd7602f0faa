package learn

import (
	"context"
	"errors"
	"math"
	"os"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
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

// trained trains for so many steps at a rate that falls to 0, and returns the network of
// averaged weights.
func trained[T Float](t testing.TB, n *Net[T], task Task, rate float64, batch, steps int) *Net[T] {
	t.Helper()
	average := &Average[T]{}
	for p, err := range Train(context.Background(), n, task, &Adam[T]{Rate: rate}, average, TrainOptions{Batch: batch, Rate: CosineDecay(20, steps)}, rng.New(2)) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Step == steps {
			break
		}
	}
	return average.Net(n)
}

func mlp(hidden ...int) *Net[float32] {
	return NewMLP[float32](2, 2, MLPOptions{Hidden: hidden}, rng.New(1))
}

// What a network learns of the score of a Gaussian and of a mixture, against the exact one:
// the relative error in L² over t in [0.05, 0.95], where the scores of early times count
// most. It falls as the root of the number of steps; the full number is for those who wait.
func TestLearnsScore(t *testing.T) {
	mix, err := measure.GaussianRing(3, 1.2, .6)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data        measure.Noisable
		steps, full int
		most        float64
	}{"Gaussian": {gaussianIn(t), 3000, 6000, .05}, "mixture": {mix, 3000, 24000, .07}} {
		full := os.Getenv("WASSERWERK_NO_SKIP") != ""
		if full {
			c.steps, c.most = c.full, .03
		}
		s := diffusion.Cosine{}
		task := denoising(t, c.data, s, Denoising{Quantity: Score, Times: Times{
			From: .04, To: .98,
			Draw:   func(u float64) float64 { return u * u },
			Weight: func(t float64) float64 { return math.Sqrt(s.At(t).Var) },
		}})
		n := trained(t, NewMLP[float32](2, 2, MLPOptions{Hidden: []int{64, 64}, Frequencies: 3}, rng.New(1)), task, 1e-2, 512, c.steps)
		model, exact := Model(n, s, Score), diffusion.Exact(c.data, s)
		var diff, size float64
		for i := range 19 {
			at := .05 + .05*float64(i)
			x := mat.NewDense(400, 2, nil)
			c.data.Noise(s.At(at)).Sample(x, rng.New(uint64(i)))
			a, b := mat.NewDense(400, 2, nil), mat.NewDense(400, 2, nil)
			model.Score().At(at).Apply(a, x)
			exact.Score().At(at).Apply(b, x)
			a.Sub(a, b)
			diff += math.Pow(mat.Norm(a, 2), 2)
			size += math.Pow(mat.Norm(b, 2), 2)
		}
		e := math.Sqrt(diff / size)
		t.Logf("%s, %d steps: relative error of the score %.4f", name, c.steps, e)
		if !(e < c.most) {
			t.Errorf("%s: relative error of the score %v, want less than %v", name, e, c.most)
		}
		if full { // densities are finer than scores
			likelihood(t, name, model, c.data)
		}
	}
}

// likelihood compares the log density of a model with that of the data it learned, as
// noised at the least time it was trained for.
func likelihood(t *testing.T, name string, model diffusion.Model, data measure.Noisable) {
	t.Helper()
	const from, n = .04, 200
	s := model.Schedule()
	law := data.Noise(s.At(from))
	x, want := mat.NewDense(n, 2, nil), make([]float64, n)
	law.Sample(x, rng.New(8))
	law.(measure.LogDensity).LogProb(want, x)
	prior := standard(t, 2)
	f := flow.Flow{Path: flow.PathFunc(func(float64) measure.Measure { return prior }), Velocity: model.Velocity(), Tau: 1}
	got, err := diffusion.LogLikelihood(context.Background(), f, x, from, .98, prior, diffusion.LikelihoodOptions{Times: flow.Times(from, .98, 60)})
	if err != nil {
		t.Fatal(err)
	}
	var off, spread float64
	for i, v := range got.LogProb() {
		off += (v.Value - want[i]) / n
		spread += (v.Value - want[i]) * (v.Value - want[i]) / n
	}
	t.Logf("%s: log density off by %.4f on average, %.4f in the root of mean squares", name, off, math.Sqrt(spread))
	if !(math.Abs(off) < .03 && spread < .2*.2) {
		t.Errorf("%s: log density off by %v on average, %v in mean squares", name, off, spread)
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

// On eight points the loss comes down to what can't be learned, for every quantity.
func TestLeastLoss(t *testing.T) {
	points := mat.NewDense(8, 2, nil)
	gaussianIn(t).Sample(points, rng.New(4))
	data, err := measure.NewDiscrete(points, nil)
	if err != nil {
		t.Fatal(err)
	}
	// But the score, which grows as 1/σ² around atoms: Noise is the quantity for them.
	for _, q := range []Quantity{Noise, Data, V, Velocity} {
		task := denoising(t, data, diffusion.CondOT{}, Denoising{Quantity: q, Times: Times{From: .1}})
		if q != Velocity && os.Getenv("WASSERWERK_NO_SKIP") == "" {
			continue // one at all times; the others for those who wait
		}
		n := trained(t, mlp(128, 128, 128), task, 3e-3, 256, 3000)
		l, err := task.Losses(Field(n, diffusion.CondOT{}), 60000, rng.New(5))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("quantity %d: loss %.4f, least %.4f, excess %.4f (%.2f %%)", q, l.Loss.Value, l.Least.Value, l.Excess.Value, 100*l.Excess.Value/l.Least.Value)
		if !(l.Excess.Value < .02*l.Least.Value) || math.Abs(l.Loss.Value-l.Least.Value-l.Excess.Value) > 4*(l.Loss.StdErr+l.Least.StdErr) {
			t.Errorf("quantity %d: %+v", q, l)
		}
	}
}

// The same key, the same weights; the targets by their definition; a fixed batch to 0.
func TestTraining(t *testing.T) {
	ctx := context.Background()
	task := denoising(t, gaussianIn(t), diffusion.VPLinear{}, Denoising{Quantity: V})
	run := func(procs int) []float32 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return trained(t, mlp(150), task, 1e-3, 256, 20).Params()
	}
	if !reflect.DeepEqual(run(1), run(8)) {
		t.Error("the weights depend on GOMAXPROCS")
	}
	for _, q := range []Quantity{Noise, Data, V, Velocity, Score} {
		task := denoising(t, gaussianIn(t), diffusion.CondOT{Duration: 2}, Denoising{Quantity: q, Times: Times{From: .1, To: .9}})
		b := newBatch(50, 2, 2)
		if err := task.Batch(b, rng.New(3)); err != nil {
			t.Fatal(err)
		}
		x0, eps := mat.NewDense(25, 2, nil), make([]float64, 50)
		gaussianIn(t).Sample(x0, rng.New(3).Named("data"))
		rng.New(3).Named("noise").Normal(eps)
		for i := range 50 {
			// m = 1 − s, σ = s from the angle.
			s := math.Tan(b.Angle[i] / 2)
			s /= 1 + s
			if at := 2 * s; at < .1+.8/25*float64(i/2) || at > .1+.8/25*float64(i/2+1) {
				t.Errorf("time %d is %v", i, at)
			}
			for j := range 2 {
				x, e := x0.At(i/2, j), eps[2*(i/2)+j]*float64(1-2*(i%2))
				want := map[Quantity]float64{Noise: e, Data: x, V: (1-s)*e - s*x, Velocity: (e - x) / 2, Score: -e / s}[q]
				reftest.Near(t, "target", b.Target.At(i, j), want, 1e-9, 1e-9)
				reftest.Near(t, "input", b.X.At(i, j), ((1-s)*x+s*e)/math.Hypot(1-s, s), 1e-9, 1e-9)
			}
		}
	}
	n := NewMLP[float64](2, 2, MLPOptions{Hidden: []int{32, 32}}, rng.New(1))
	var last float64
	for p, err := range Train(ctx, n, frozen{task}, &Adam[float64]{Rate: 1e-2}, nil, TrainOptions{Batch: 8, Rate: ExponentialDecay(460)}, rng.New(1)) {
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

func (f frozen) Batch(b *Batch, _ rng.Key) error { return f.Denoising.Batch(b, rng.New(7)) }

// Errors of the predictions of all quantities, weighted by VelocityWeight, are those of the
// velocity.
func TestVelocityWeight(t *testing.T) {
	for _, s := range []diffusion.Schedule{diffusion.CondOT{Duration: 2}, diffusion.Cosine{}, diffusion.SubVP{}} {
		at := .4 * s.Tau()
		c := s.At(at)
		const x, x0, wrong = .7, .3, .5
		velocity := func(x0 float64) float64 {
			return c.DM*x0 + c.DSigma()*(x-c.M*x0)/c.Sigma()
		}
		want := math.Pow(velocity(x0)-velocity(wrong), 2)
		for _, q := range []Quantity{Noise, Data, V, Velocity, Score} {
			a, b := q.coefficients(c)
			value := func(x0 float64) float64 { return a*x0 + b*(x-c.M*x0)/c.Sigma() }
			got := VelocityWeight(s, q)(at) * math.Pow(value(x0)-value(wrong), 2)
			reftest.Near(t, "velocity", got, want, 1e-12, 0)
		}
		// For the score itself it is T².
		reftest.Near(t, "T²", VelocityWeight(s, Score)(at), c.T()*c.T(), 1e-12, 0)
	}
	c := diffusion.Cosine{}.At(.2)
	snr := c.M * c.M / c.Var
	reftest.Near(t, "MinSNR", MinSNR(diffusion.Cosine{}, 5)(.2), math.Min(snr, 5)/snr, 1e-12, 0)
	draw := LogitNormal(.5, 2)
	reftest.Near(t, "logit-normal", draw(.8413447460685429), 1/(1+math.Exp(-2.5)), 1e-9, 0) // one sd up
}

// Flow matching learns the velocity of independent pairs, and straight pairs have less to
// learn.
func TestMatching(t *testing.T) {
	data, noise := gaussianIn(t), standard(t, 2)
	path := diffusion.StraightPath{}
	task, err := NewMatching(data, noise, path, Matching{})
	if err != nil {
		t.Fatal(err)
	}
	n := trained(t, NewMLP[float32](2, 2, MLPOptions{Hidden: []int{64, 64}, Frequencies: 3}, rng.New(1)), task, 1e-2, 1024, 2000)
	learned, exact := MatchingField(n, path), diffusion.Exact(data, diffusion.CondOT{}).Velocity()
	var diff, size float64
	for i := range 11 {
		at := .1 * float64(i)
		x, a, b := mat.NewDense(300, 2, nil), mat.NewDense(300, 2, nil), mat.NewDense(300, 2, nil)
		if err := task.Pairs(x, b, at, rng.New(uint64(i))); err != nil {
			t.Fatal(err)
		}
		learned.At(at).Apply(a, x)
		exact.At(at).Apply(b, x)
		size += math.Pow(mat.Norm(b, 2), 2)
		b.Sub(b, a)
		diff += math.Pow(mat.Norm(b, 2), 2)
	}
	if e := math.Sqrt(diff / size); !(e < .05) {
		t.Errorf("relative error of the velocity %v", e)
	}
	optimal, err := NewMatching(data, noise, path, Matching{Coupling: diffusion.OptimalCoupling{}, Group: 50})
	if err != nil {
		t.Fatal(err)
	}
	energy := func(task *Matching) float64 {
		b := newBatch(500, 2, 2)
		if err := task.Batch(b, rng.New(1)); err != nil {
			t.Fatal(err)
		}
		return math.Pow(mat.Norm(b.Target, 2), 2) / 500
	}
	// E|x₁ − x₀|²: 1.6 + .13 + 2, and W₂² between batches.
	if a, b := energy(task), energy(optimal); math.Abs(a-3.73) > .7 || b > .7 {
		t.Errorf("energies %v and %v", a, b)
	}
	var dim *measure.DimError
	var value *measure.ValueError
	if _, err := NewMatching(data, measure.Normal(0, 1), path, Matching{}); !errors.As(err, &dim) {
		t.Errorf("dimension: %v", err)
	}
	if _, err := NewMatching(data, noise, path, Matching{Group: -1}); !errors.As(err, &value) {
		t.Errorf("group: %v", err)
	}
	if _, err := NewMatching(data, noise, path, Matching{Times: Times{From: 2}}); !errors.As(err, &value) {
		t.Errorf("times: %v", err)
	}
	if _, err := NewMatching(nil, noise, path, Matching{}); err == nil {
		t.Error("no data: no error")
	}
}

// spoilt gives a NaN at a step.
type spoilt struct {
	*Denoising
	at rng.Key
}

func (s spoilt) Batch(b *Batch, key rng.Key) error {
	if key == s.at {
		defer b.Target.Set(0, 0, math.NaN())
	}
	return s.Denoising.Batch(b, key)
}

func TestTrainingStops(t *testing.T) {
	task := denoising(t, gaussianIn(t), diffusion.CondOT{}, Denoising{})
	n := mlp(8)
	var good []float32
	var err error
	for _, e := range Train(context.Background(), n, spoilt{task, rng.New(1).Fold(5)}, &Adam[float32]{}, nil, TrainOptions{Batch: 4}, rng.New(1)) {
		if err = e; err == nil {
			good = append([]float32(nil), n.Params()...)
		}
	}
	var diverged *DivergedError
	if !errors.As(err, &diverged) || diverged.Step != 5 || !reflect.DeepEqual(good, n.Params()) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	first := func(ctx context.Context, n *Net[float32], opt TrainOptions) (err error) {
		for _, e := range Train(ctx, n, task, &Adam[float32]{}, nil, opt, rng.New(1)) {
			return e
		}
		return nil
	}
	if err := first(ctx, n, TrainOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := first(context.Background(), nil, TrainOptions{}); err == nil {
		t.Error("no network: no error")
	}
	var dim *measure.DimError
	for _, shape := range [][2]int{{3, 2}, {2, 3}} {
		if err := first(context.Background(), NewMLP[float32](shape[0], shape[1], MLPOptions{}, rng.New(1)), TrainOptions{}); !errors.As(err, &dim) {
			t.Errorf("dimension: %v", err)
		}
	}
	var value *measure.ValueError
	if err := first(context.Background(), n, TrainOptions{Batch: -1}); !errors.As(err, &value) {
		t.Errorf("batch: %v", err)
	}
	for name, times := range map[string]Times{"From": {From: -1}, "To": {To: 3}} {
		if _, err := NewDenoising(gaussianIn(t), diffusion.CondOT{}, Denoising{Times: times}); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewDenoising(gaussianIn(t), diffusion.VPLinear{}, Denoising{Quantity: Velocity}); !errors.As(err, &value) {
		t.Errorf("a velocity that is infinite at 0: %v", err)
	}
	if _, err := NewDenoising(nil, diffusion.CondOT{}, Denoising{}); err == nil {
		t.Error("no data: no error")
	}
	if _, err := (&Denoising{data: measure.SwissRoll{}}).Losses(nil, 10, rng.New(1)); err == nil {
		t.Error("no denoiser: no error")
	}
}

// standard returns N(0, I).
func standard(t testing.TB, d int) *measure.Gaussian {
	t.Helper()
	g, err := diffusion.NoisePrior(diffusion.CondOT{}, 1, d)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
