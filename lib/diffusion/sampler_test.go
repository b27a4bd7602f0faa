package diffusion

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// last returns the last state of a run that must succeed.
func last(t testing.TB, x *mat.Dense, m Model, grid []float64, s Sampler, noise flow.Noise) flow.State {
	t.Helper()
	var end flow.State
	for st, err := range Sample(context.Background(), x, m, grid, s, noise, SampleOptions{}) {
		if err != nil {
			t.Fatalf("%T: %v", s, err)
		}
		end = st
	}
	return end
}

func TestReferenceSamplers(t *testing.T) {
	samplers := []struct {
		id string
		s  Sampler
	}{
		{"euler/", Euler{}},
		{"heun/", Heun{}},
		{"rk4/", RK4{}},
		{"ddim/", DDIM{}},
		{"dpmpp2m/", DPMSolver2M{}},
		{"edm-heun", EDMHeun{}},
		{"dpmpp2m-sde", DPMSolver2M{Eta: 1}},
		{"euler-maruyama-reverse", EulerMaruyama{}},
		{"exact-flow/", Adaptive{RTol: 1e-9, ATol: 1e-9}},
	}
	seen := 0
	for _, s := range samplers {
		for _, c := range reftest.Load(t, "testdata/samplers.json", "sampler/"+s.id) {
			seen++
			var in struct {
				GMM, Schedule string
				Grid, Sigmas  []float64
				T0, T1, Eta   float64
				X             [][]float64
				Z             supplied
			}
			var want struct{ X [][]float64 }
			reftest.Decode(t, c.Input, &in)
			reftest.Decode(t, c.Want, &want)
			grid := in.Grid
			switch {
			case in.Sigmas != nil:
				in.Schedule, grid = "edm", in.Sigmas
			case grid == nil:
				grid = []float64{in.T0, in.T1}
			}
			end := last(t, dense(in.X), Exact(toy(t, in.GMM), toySchedule(t, in.Schedule)), grid, s.s, in.Z)
			// The samplers of the table are the same arithmetic: rounding is all
			// that may differ.
			rtol, atol := min(c.RTol, 1e-11), min(c.ATol, 1e-12)
			if c.Kind == "sampler_exact" {
				rtol, atol = 1e-8, 1e-8
			}
			for i, row := range want.X {
				for j, v := range row {
					reftest.Near(t, fmt.Sprintf("%s[%d, %d]", c.ID, i, j), end.X.At(i, j), v, rtol, atol)
				}
			}
			if n := s.s.Evaluations() * (len(grid) - 1); n > 0 {
				if in.Sigmas != nil {
					n -= s.s.Evaluations() - 1 // the last step of EDMHeun is Euler's
				}
				reftest.Near(t, c.ID+" evaluations", end.Evaluations, float64(n), 0, 0)
			}
		}
	}
	if all := reftest.Load(t, "testdata/samplers.json", ""); seen != len(all) {
		t.Errorf("%d of %d cases compared", seen, len(all))
	}
}

// everySampler is one of each kind.
var everySampler = []Sampler{
	Euler{},
	Heun{},
	RK4{},
	Adaptive{},
	DDIM{},
	DDIM{Eta: .5},
	Ancestral{},
	DPMSolver2M{},
	DPMSolver2M{Eta: 1},
	EDMHeun{},
	EDMHeun{Churn: 5, SMin: .05, SMax: 3, SNoise: 1.003},
	EulerMaruyama{},
	EulerMaruyama{Level: .3},
	PredictorCorrector{},
	PredictorCorrector{Predictor: DPMSolver2M{}, Steps: 2},
}

// What becomes of a particle doesn't depend on the batch, nor on the processors.
func TestSamplesDependOnTheParticleAlone(t *testing.T) {
	const n, d = 1500, 2
	key := rng.New(4)
	x := mat.NewDense(n, d, nil)
	key.Named("x").Normal(x.RawMatrix().Data)
	grid := flow.Times(.95, .01, 6)
	noise := flow.KeyNoise(key)
	m := Exact(toy(t, "full3"), VPLinear{})
	for _, s := range everySampler {
		all := mat.DenseCopyOf(last(t, x, m, grid, s, noise).X)
		for _, procs := range []int{1, 8} {
			before := runtime.GOMAXPROCS(procs)
			if again := last(t, x, m, grid, s, noise).X; !mat.Equal(again, all) {
				t.Errorf("%+v: other samples with GOMAXPROCS = %d", s, procs)
			}
			runtime.GOMAXPROCS(before)
		}
		for _, r := range [][2]int{{0, 1}, {1, 700}, {1499, 1500}} {
			part := x.Slice(r[0], r[1], 0, d).(*mat.Dense)
			for st, err := range Sample(context.Background(), part, m, grid, s, noise, SampleOptions{First: r[0]}) {
				if err != nil {
					t.Fatal(err)
				}
				if st.T == grid[len(grid)-1] && !mat.Equal(st.X, all.Slice(r[0], r[1], 0, d)) {
					t.Errorf("%+v: other samples for rows %v alone", s, r)
				}
			}
		}
	}
}

// Every sampler takes a last step to σ = 0, for smooth data, for atoms, for a
// schedule whose σ² starts with a slope and one where it doesn't, from a model
// that predicts any quantity.
func TestLastStepToTheData(t *testing.T) {
	atoms, err := measure.NewDiscrete(mat.NewDense(3, 2, []float64{-1, 0, 1, .5, 0, 2}), nil)
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	x := mat.NewDense(n, 2, nil)
	rng.New(1).Normal(x.RawMatrix().Data)
	noise := flow.KeyNoise(rng.New(2))
	for _, sch := range []Schedule{VPLinear{}, CondOT{}, Cosine{}} {
		grid := append(flow.Times(.99, .01, 25), 0)
		for _, data := range []measure.Noisable{toy(t, "ring8"), atoms} {
			e := Exact(data, sch)
			for name, m := range map[string]Model{
				"exact": e, "denoiser": FromDenoiser(e.Denoiser(), sch), "noise": FromNoise(e.Noise(), sch),
				"score": FromScore(e.Score(), sch), "v": FromV(e.V(), sch), "velocity": FromVelocity(e.Velocity(), sch),
			} {
				if data == atoms && name == "velocity" {
					continue // atoms have no velocity at σ = 0, and its model would be asked for one
				}
				for _, s := range everySampler {
					end := last(t, x, m, grid, s, noise)
					if data != atoms {
						continue
					}
					for i := range n {
						near := math.Inf(1)
						for a := range 3 {
							p := atoms.Points().RawRowView(a)
							near = min(near, math.Hypot(end.X.At(i, 0)-p[0], end.X.At(i, 1)-p[1]))
						}
						if near > 1e-3 {
							t.Errorf("%T, %+v, %s: particle %d is %v away from the data", sch, s, name, i, near)
						}
					}
				}
			}
		}
	}
}

func TestSampleStops(t *testing.T) {
	m := Exact(toy(t, "ring8"), VPLinear{})
	x := mat.NewDense(5, 2, nil)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	states := 0
	for _, err := range Sample(ctx, x, m, flow.Times(1, .1, 10), Heun{}, nil, SampleOptions{}) {
		if err != nil {
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "t = 0.8") {
				t.Errorf("error %v", err)
			}
			break
		}
		if states++; states == 3 {
			cancel()
		}
	}
	if states != 3 {
		t.Errorf("%d states after cancelling at the third", states)
	}

	// In the midst of a step, too.
	slow := FromVelocity(flow.FieldFunc(func(float64) flow.Map {
		return flow.MapFunc(func(dst, x *mat.Dense) { time.Sleep(5 * time.Millisecond) })
	}), CondOT{})
	ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	var err error
	for _, err = range Sample(ctx, mat.NewDense(1<<20, 1, nil), slow, []float64{1, .5}, Euler{}, nil, SampleOptions{}) {
	}
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
		t.Errorf("error %v after %v", err, time.Since(start))
	}
}

func TestSampleErrors(t *testing.T) {
	data := toy(t, "ring8")
	m := Exact(data, VPLinear{})
	x := mat.NewDense(2, 2, nil)
	nan := mat.NewDense(2, 2, []float64{0, 0, 0, math.NaN()})
	noise := flow.KeyNoise(rng.New(1))
	var value *measure.ValueError
	var undefined *UndefinedError
	var nonFinite *flow.NonFiniteError
	var dim *measure.DimError
	for name, c := range map[string]struct {
		x     *mat.Dense
		m     Model
		grid  []float64
		s     Sampler
		noise flow.Noise
		opt   SampleOptions
		as    any
		text  string
	}{
		"rising grid":      {x: x, m: m, grid: []float64{.5, .6}, s: Euler{}, as: &value, text: "grid[1] is 0.6"},
		"same time twice":  {x: x, m: m, grid: []float64{.5, .4, .4}, s: Euler{}, as: &value, text: "below grid[1] = 0.4"},
		"beyond Tau":       {x: x, m: m, grid: []float64{1.5, .4}, s: Euler{}, as: &value, text: "grid[0] is 1.5"},
		"negative":         {x: x, m: m, grid: []float64{.5, -.1}, s: Euler{}, as: &value, text: "grid[1] is -0.1"},
		"NaN time":         {x: x, m: m, grid: []float64{math.NaN(), .1}, s: Euler{}, as: &value, text: "NaN"},
		"short grid":       {x: x, m: m, grid: []float64{.5}, s: Euler{}, as: &value, text: "at least 2"},
		"cooling schedule": {x: x, m: Exact(data, turned{}), grid: []float64{.5, .1}, s: Euler{}, as: &value, text: "temperature"},
		"NaN particle":     {x: nan, m: m, grid: []float64{.5, .1}, s: Euler{}, as: &nonFinite, text: "particle 1"},
		"numbered":         {x: nan, m: m, grid: []float64{.5, .1}, s: Euler{}, opt: SampleOptions{First: 10}, as: &nonFinite, text: "particle 11"},
		"First":            {x: x, m: m, grid: []float64{.5, .1}, s: Euler{}, opt: SampleOptions{First: -1}, as: &value, text: "First"},
		"dimension":        {x: mat.NewDense(2, 3, nil), m: m, grid: []float64{.5, .1}, s: Euler{}, as: &dim, text: "x has dimension 3, want 2"},
		"no noise":         {x: x, m: m, grid: []float64{.5, .1}, s: Ancestral{}, text: "noise is nil"},
		"no sampler":       {x: x, m: m, grid: []float64{.5, .1}, text: "no Sampler"},
		"empty model":      {x: x, grid: []float64{.5, .1}, s: Euler{}, text: "Model is empty"},
		"eta":              {x: x, m: m, grid: []float64{.5, .1}, s: DDIM{Eta: 2}, noise: noise, as: &value, text: "Eta is 2"},
		"eta of 2M":        {x: x, m: m, grid: []float64{.5, .1}, s: DPMSolver2M{Eta: -1}, noise: noise, as: &value, text: "Eta is -1"},
		"churn":            {x: x, m: m, grid: []float64{.5, .1}, s: EDMHeun{Churn: -1}, noise: noise, as: &value, text: "Churn is -1"},
		"level":            {x: x, m: m, grid: []float64{.5, .1}, s: EulerMaruyama{Level: -1}, noise: noise, as: &value, text: "Level is -1"},
		"corrector":        {x: x, m: m, grid: []float64{.5, .1}, s: PredictorCorrector{Steps: -1}, noise: noise, as: &value, text: "Steps is -1"},
		"SNR":              {x: x, m: m, grid: []float64{.5, .1}, s: PredictorCorrector{SNR: -1}, noise: noise, as: &value, text: "SNR is -1"},
		"tolerance":        {x: x, m: m, grid: []float64{.5, .1}, s: Adaptive{RTol: -1}, as: &value, text: "RTol is -1"},
		"hot start":        {x: x, m: Exact(data, Cosine{}), grid: []float64{1, .1}, s: EulerMaruyama{}, noise: noise, as: &value, text: "temperature"},
		"infinite σ/m":     {x: x, m: Exact(data, Cosine{}), grid: []float64{1, .1}, s: EDMHeun{}, as: &value, text: "σ/m"},
		"noise at m = 0":   {x: x, m: FromNoise(Exact(data, CondOT{}).Noise(), CondOT{}), grid: []float64{1, .1}, s: DDIM{}, as: &undefined, text: "t = 1, where m = 0"},
		"score at m = 0":   {x: x, m: FromScore(Exact(data, CondOT{}).Score(), CondOT{}), grid: []float64{1, .1}, s: Heun{}, as: &undefined, text: "velocity isn't determined by the model's score"},
	} {
		var got error
		for _, err := range Sample(context.Background(), c.x, c.m, c.grid, c.s, c.noise, c.opt) {
			got = err
		}
		switch {
		case got == nil:
			t.Errorf("%s: no error", name)
		case c.as != nil && !errors.As(got, c.as):
			t.Errorf("%s: error %T %v", name, got, got)
		case !strings.Contains(got.Error(), c.text):
			t.Errorf("%s: error %q doesn't say %q", name, got, c.text)
		}
	}
}

// turned is a schedule whose noise falls with time.
type turned struct{}

func (turned) Tau() float64 { return 1 }

func (turned) At(t float64) measure.Coeffs {
	return measure.Coeffs{M: 1, Var: 2 - t, DVar: -1}
}

// A zero-terminal-SNR schedule starts where m = 0: what determines the data there
// can start there, and m = 0 costs neither finiteness nor the order.
func TestStartWithoutSignal(t *testing.T) {
	data := toy(t, "full3")
	x := mat.NewDense(20, 2, nil)
	rng.New(1).Normal(x.RawMatrix().Data)
	for _, sch := range []Schedule{CondOT{}, Cosine{}} {
		e := Exact(data, sch)
		want := mat.DenseCopyOf(last(t, x, e, []float64{1, 0}, Adaptive{RTol: 1e-9}, nil).X)
		for name, m := range map[string]Model{
			"exact": e, "denoiser": FromDenoiser(e.Denoiser(), sch), "v": FromV(e.V(), sch), "velocity": FromVelocity(e.Velocity(), sch),
		} {
			for _, s := range []Sampler{Heun{}, RK4{}, DDIM{}, DPMSolver2M{}} {
				got := last(t, x, m, flow.Times(1, 0, 400), s, nil).X
				var diff mat.Dense
				diff.Sub(got, want)
				if e := mat.Norm(&diff, math.Inf(1)); e > .05 {
					t.Errorf("%T, %T, %s: off by %v", sch, s, name, e)
				}
			}
		}
	}
}

func TestLoopDoesNotAllocate(t *testing.T) {
	still := flow.MapFunc(func(dst, x *mat.Dense) { dst.Copy(x) })
	m := FromVelocity(flow.FieldFunc(func(float64) flow.Map { return still }), VPLinear{})
	grid := flow.Times(.9, .1, 2)
	for _, s := range everySampler {
		if _, ok := s.(Adaptive); ok {
			continue // allocates once for each step of the grid
		}
		r := newRun(mat.NewDense(100, 2, nil), m, grid, s, flow.KeyNoise(rng.New(1)), 0)
		step, err := s.Step(r.m, grid, 1)
		if err != nil {
			t.Fatal(err)
		}
		p := r.blocks[0]
		if a := testing.AllocsPerRun(10, func() {
			p.drawn = false
			if err := step(context.Background(), p); err != nil {
				t.Fatal(err)
			}
		}); a > 0 {
			t.Errorf("%+v: %v allocations in a step", s, a)
		}
	}
}
