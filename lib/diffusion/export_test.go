package diffusion

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// samplersPython returns a Python that has the samplers. Without one the test is
// skipped, even where nothing else may be: with CUDA, which torch can't be
// imported without, they take 6 GB, and what they once said is compared by
// TestRecordedSamplers.
func samplersPython(t *testing.T) string {
	t.Helper()
	const probe = "from importlib.util import find_spec as f; assert all(map(f, ['diffusers', 'k_diffusion', 'torch', 'torchvision', 'torchdiffeq', 'torchsde', 'scipy']))"
	python, err := exec.LookPath("python3")
	if err == nil {
		err = exec.Command(python, "-c", probe).Run()
	}
	if err != nil {
		t.Skipf("no Python with diffusers and k-diffusion on PATH: %v", err)
	}
	return python
}

// readBack is what the real schedulers say.
type readBack struct {
	Schedulers []struct {
		Sigmas        []float64
		Timesteps     []float64
		AlphasCumprod []float64 `json:"alphas_cumprod"`
		Walk          []float64
	}
	Karras, Exponential, VP []float64
	Betas                   map[string][]float64
	ZeroSNR                 []float64 `json:"zero_snr"`
	Spacing                 map[string]map[string][]float64
}

// exported is a configuration and the constant answer that the network gives.
type exported struct {
	*SamplerConfig
	Answer float64 `json:"answer"`
}

// samplerCases are grids for every scheduler.
func samplerCases(t *testing.T) []exported {
	t.Helper()
	ddpm := discrete(t, LinearBetas(1000, 1e-4, .02))
	var cases []exported
	add := func(name string, s Schedule, times []float64, opt DiffusersOptions) {
		c, err := Diffusers(name, s, times, opt)
		if err != nil {
			t.Fatal(err)
		}
		answer := 1.0
		if name == ddim || name == dpmMulti {
			answer = 0
		}
		cases = append(cases, exported{c, answer})
	}
	for _, g := range []struct {
		s     Schedule
		times []float64
	}{
		{VPLinear{}, flow.Times(1, 0, 12)},
		{Cosine{}, flow.Times(.95, 0, 7)},
		{CondOT{Duration: 2}, flow.Times(1.9, 0, 9)},
		{EDM{}, KarrasSigmas(15, .01, 40, 7)},
		{ddpm, TimestepTimes(TrailingTimesteps(1000, 30))}, // 30 doesn't divide 1000: diffusers' own strides miss
		{ddpm, []float64{1000, 600.5, 200, 0}},
	} {
		for _, name := range diffusersSchedulers {
			add(name, g.s, g.times, DiffusersOptions{})
		}
	}
	for _, shift := range []float64{1, 3, .5} { // from pure noise
		add(flowEuler, CondOT{}, flow.Times(1, 0, 9), DiffusersOptions{FlowShift: shift})
	}
	return cases
}

const recordedFile = "testdata/diffusers.json"

var record = flag.Bool("record", false, "write what the real samplers say to "+recordedFile)

// The real diffusers and k-diffusion: their lists are the exported ones, and
// their steps go from each time of the grid to the next.
func TestRealSamplers(t *testing.T) {
	python := samplersPython(t)
	cases := samplerCases(t)
	in, err := json.Marshal(map[string]any{"schedulers": cases})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/readback.py")
	cmd.Stdin = bytes.NewReader(in)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, problem.Bytes())
	}
	checkReadBack(t, cases, out)
	if *record && !t.Failed() {
		if err := os.WriteFile(recordedFile, append(out, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What the real ones said once, for machines without them.
func TestRecordedSamplers(t *testing.T) {
	out, err := os.ReadFile(recordedFile)
	if err != nil {
		t.Fatal(err)
	}
	checkReadBack(t, samplerCases(t), out)
}

func checkReadBack(t *testing.T, cases []exported, out []byte) {
	t.Helper()
	var got readBack
	reftest.Decode(t, out, &got)
	if len(got.Schedulers) != len(cases) {
		t.Fatalf("%d schedulers, want %d", len(got.Schedulers), len(cases))
	}
	for i, c := range cases {
		r := got.Schedulers[i]
		timestep := 0.0
		if c.Scheduler == eulerDisc {
			timestep = .02 // it looks the noise level up in float32
		}
		near(t, c.Scheduler+" timesteps", r.Timesteps, c.Timesteps, 1e-6, timestep)
		// They keep 1 − β in float32, and multiply that up.
		drift := 1e-6
		betas, _ := c.Config["trained_betas"].([]float64)
		for _, b := range betas {
			drift += 6e-8 / max(1-b, 1e-7)
		}
		near(t, c.Scheduler+" ᾱ", r.AlphasCumprod, c.AlphasCumprod, drift, 1e-7)
		switch c.Scheduler {
		case dpmMulti:
			for j, sigma := range c.Sigmas[:len(c.Sigmas)-1] {
				reftest.Near(t, c.Scheduler+" σ", r.Sigmas[j], sigma, drift*(1+1/(sigma*sigma)), 0)
			}
			near(t, c.Scheduler+" end", r.Sigmas[len(c.Sigmas)-1:], []float64{0}, 0, 0)
		case eulerDisc, flowEuler:
			near(t, c.Scheduler+" σ", r.Sigmas, c.Sigmas, 2e-6, 0)
		}
		near(t, c.Scheduler+" steps", r.Walk, walk(c), drift+2e-5, 2e-5)
	}
	near(t, "Karras", KarrasSigmas(10, .01, 40, 7), got.Karras, 3e-6, 0)
	near(t, "exponential", ExponentialSigmas(10, .01, 40), got.Exponential, 3e-6, 0)
	vp, err := KDiffusionSigmas(VPLinear{}, append(flow.Times(1, 1e-3, 9), 0))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "VP", vp, got.VP, 1e-3, 0) // k-diffusion subtracts 1 from e^B in float32

	near(t, "linear β", LinearBetas(1000, 1e-4, .02), got.Betas["linear"], 1e-6, 0)
	scaled := discrete(t, ScaledLinearBetas(1000, .00085, .012))
	near(t, "scaled-linear β", scaled.Betas(), got.Betas["scaled_linear"], 1e-6, 0)
	near(t, "squared-cosine β", SquaredCosineBetas(1000), got.Betas["squaredcos_cap_v2"], 1e-6, 1e-11)
	zero, err := scaled.ZeroTerminalSNR()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "zero terminal SNR", zero.Betas(), got.ZeroSNR, 1e-3, 1e-6) // differences of float32
	for name, steps := range map[string]func(total, n int) []int{"leading": LeadingTimesteps, "trailing": TrailingTimesteps, "linspace": LinspaceTimesteps} {
		for _, n := range []int{10, 30, 50} {
			var ours []float64
			for _, k := range steps(1000, n) {
				ours = append(ours, float64(k))
			}
			near(t, name, ours, got.Spacing[name][strconv.Itoa(n)], 0, 0)
		}
	}
}

// walk is the state after each step, from 1, if the network's answer is
// constant: with no noise to remove the state keeps to m/√(m² + σ²), and with a
// slope of 1 it moves by the change of σ.
func walk(c exported) []float64 {
	x := make([]float64, len(c.Times))
	x[0] = 1
	for i := 1; i < len(x); i++ {
		if c.Answer == 1 {
			x[i] = x[i-1] + c.Sigmas[i] - c.Sigmas[i-1]
			continue
		}
		bar := func(i int) float64 {
			if i == len(x)-1 {
				return 1
			}
			return c.AlphasCumprod[int(c.Timesteps[i])]
		}
		x[i] = x[i-1] * math.Sqrt(bar(i)/bar(i-1))
	}
	return x
}

func near(t *testing.T, what string, got, want []float64, rtol, atol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		reftest.Near(t, what, got[i], want[i], rtol, atol)
	}
}

func discrete(t *testing.T, betas []float64) *Discrete {
	t.Helper()
	d, err := NewDiscrete(betas)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A pure-noise beginning has no finite σ/m, but a flow and DDIM can start there.
func TestDiffusersLists(t *testing.T) {
	c, err := Diffusers(flowEuler, CondOT{}, flow.Times(1, 0, 4), DiffusersOptions{FlowShift: 3})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "σ", c.Sigmas, []float64{1, .75, .5, .25, 0}, 1e-15, 0)
	near(t, "given", c.SetTimesteps["sigmas"].([]float64), []float64{1, .5, .25, .1}, 1e-15, 0) // 3σ/(1+2σ) is .75, .5, .25
	near(t, "timesteps", c.Timesteps, []float64{1000, 750, 500, 250}, 1e-15, 0)
	c, err = Diffusers(ddim, Cosine{}, flow.Times(1, 0, 4), DiffusersOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sq := func(x float64) float64 { s := math.Cos(x * math.Pi / 8); return s * s }
	near(t, "ᾱ", c.AlphasCumprod, []float64{sq(1), sq(2), sq(3), 0}, 1e-15, 0)
	if c.Config["prediction_type"] != "v_prediction" || c.Sigmas != nil {
		t.Errorf("%+v", c)
	}
	// The scale takes x_t to the sampler's state.
	s := SubVP{}
	times := []float64{.9, .4, 0}
	a := s.At(.4)
	for name, want := range map[string]float64{flowEuler: 1 / (a.M + a.Sigma()), eulerDisc: 1 / a.M, ddim: 1 / math.Sqrt(a.M*a.M+a.Var), dpmMulti: 1 / math.Sqrt(a.M*a.M+a.Var)} {
		c, err := Diffusers(name, s, times, DiffusersOptions{})
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, name, c.Scale[1], want, 1e-15, 0)
		if c.AlphasCumprod != nil {
			b := s.At(.9)
			reftest.Near(t, name+" ᾱ", c.AlphasCumprod[1], b.M*b.M/(b.M*b.M+b.Var), 1e-13, 0)
		}
	}
}

func TestDiffusersErrors(t *testing.T) {
	grid := flow.Times(.9, 0, 3)
	var un *UnsupportedSchedulerError
	if _, err := Diffusers("PNDMScheduler", VPLinear{}, grid, DiffusersOptions{}); !errors.As(err, &un) || un.Scheduler != "PNDMScheduler" || len(un.Supported) != 4 {
		t.Errorf("an unsupported scheduler: %v", err)
	}
	var ve *measure.ValueError
	for _, bad := range []struct {
		name  string
		shift float64
	}{{flowEuler, -1}, {flowEuler, math.NaN()}, {ddim, 3}} {
		if _, err := Diffusers(bad.name, VPLinear{}, grid, DiffusersOptions{FlowShift: bad.shift}); !errors.As(err, &ve) {
			t.Errorf("%s with shift %v: %v", bad.name, bad.shift, err)
		}
	}
	var ge *GridError
	for what, f := range map[string]func() error{
		"rises": func() error {
			_, err := Diffusers(ddim, VPLinear{}, []float64{.1, .5, 0}, DiffusersOptions{})
			return err
		},
		"ends early":  func() error { _, err := Diffusers(ddim, VPLinear{}, []float64{.5, .1}, DiffusersOptions{}); return err },
		"never clean": func() error { _, err := Diffusers(ddim, VESong{}, []float64{.5, 0}, DiffusersOptions{}); return err },
		"pure noise": func() error {
			_, err := Diffusers(eulerDisc, CondOT{}, []float64{1, 0}, DiffusersOptions{})
			return err
		},
		"pure noise, 2M": func() error { _, err := Diffusers(dpmMulti, CondOT{}, []float64{1, 0}, DiffusersOptions{}); return err },
		"float32": func() error {
			_, err := Diffusers(dpmMulti, EDM{}, []float64{1, 1e-5, 0}, DiffusersOptions{})
			return err
		},
		"k-diffusion": func() error { _, err := KDiffusionSigmas(CondOT{}, []float64{1, 0}); return err },
		"k, outside":  func() error { _, err := KDiffusionSigmas(CondOT{}, []float64{1.5, 0}); return err },
		"described":   func() error { _, err := Describe(CondOT{}, []float64{0, 1}); return err },
	} {
		if err := f(); !errors.As(err, &ge) {
			t.Errorf("%s: %v", what, err)
		}
		if what == "float32" && (ge.Index != 1 || ge.Time != 1e-5) {
			t.Errorf("%s: %v", what, ge)
		}
	}
}

func TestDescribe(t *testing.T) {
	d, err := Describe(Cosine{}, []float64{1, .5, 0})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		Schedule   string
		Parameters struct{ Duration float64 }
		Tau        float64
		Grid       []map[string]*float64
	}
	reftest.Decode(t, raw, &back)
	if back.Schedule != "Cosine" || back.Parameters.Duration != 1 || back.Tau != 1 || len(back.Grid) != 3 {
		t.Errorf("%s", raw)
	}
	if back.Grid[0]["temperature"] != nil || back.Grid[2]["log_snr"] != nil || back.Grid[0]["log_snr"] != nil {
		t.Errorf("infinite numbers: %s", raw)
	}
	c := Cosine{}.At(.5)
	for key, want := range map[string]float64{
		"t": .5, "m": c.M, "dm": c.DM, "var": c.Var, "dvar": c.DVar, "log_snr": c.LogSNR(), "dlog_snr": c.DLogSNR(), "drift": c.Drift(), "temperature": c.T(),
	} {
		if got := back.Grid[1][key]; got == nil || *got != want {
			t.Errorf("%s isn't %v", key, want)
		}
	}
	// Parameters with their defaults are the same schedule.
	for _, s := range every {
		r := resolved(s)
		if reflect.TypeOf(r) != reflect.TypeOf(s) {
			t.Fatalf("%T resolved to %T", s, r)
		}
		if v := reflect.ValueOf(r); v.NumField() > 0 && v.Field(v.NumField()-1).Float() == 0 {
			t.Errorf("%+v: a default isn't filled in", r)
		}
		for _, u := range []float64{.1, .6} {
			if tt := u * s.Tau(); r.At(tt) != s.At(tt) {
				t.Errorf("%T: %+v isn't the same", s, r)
			}
		}
	}
	table, err := NewTable([]float64{0, 1}, []float64{1, .5}, []float64{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	if d, err := Describe(table, []float64{1, 0}); err != nil || d.Schedule != "Table" || d.Parameters != nil {
		t.Errorf("%+v, %v", d, err)
	}
}
