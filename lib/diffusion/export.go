package diffusion

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// SamplerConfig makes a scheduler of the Python library diffusers visit a grid:
//
//	c = json.load(file)
//	s = getattr(diffusers, c["scheduler"])(**c["config"])
//	s.set_timesteps(**c["set_timesteps"])
//
// Those samplers only know the noise level σ/m; their state is x_t times Scale.
type SamplerConfig struct {
	Scheduler     string         `json:"scheduler"`                // the class
	Config        map[string]any `json:"config"`                   // arguments of its constructor
	SetTimesteps  map[string]any `json:"set_timesteps"`            // arguments of set_timesteps
	Sigmas        []float64      `json:"sigmas,omitempty"`         // what scheduler.sigmas then is, but for float32; nil for DDIM
	Timesteps     []float64      `json:"timesteps"`                // what scheduler.timesteps then is
	AlphasCumprod []float64      `json:"alphas_cumprod,omitempty"` // what scheduler.alphas_cumprod is, if it has one
	Times         []float64      `json:"times"`                    // the grid: at Timesteps[i] the network is asked for Times[i]
	Scale         []float64      `json:"scale"`                    // of the state at Times[i]
}

// DiffusersOptions are the options of Diffusers.
type DiffusersOptions struct {
	// FlowShift is the shift with which a FlowMatchEulerDiscreteScheduler is
	// configured. It shifts whatever list it is given, so the list has the
	// shift undone; default 1.
	FlowShift float64
}

// UnsupportedSchedulerError reports a scheduler that can't be made to visit a
// given grid.
type UnsupportedSchedulerError struct {
	Scheduler string
	Supported []string
}

func (e *UnsupportedSchedulerError) Error() string {
	return fmt.Sprintf("diffusion.Diffusers: scheduler is %q, want one of %s", e.Scheduler, strings.Join(e.Supported, ", "))
}

const (
	ddim      = "DDIMScheduler"
	eulerDisc = "EulerDiscreteScheduler"
	dpmMulti  = "DPMSolverMultistepScheduler"
	flowEuler = "FlowMatchEulerDiscreteScheduler"
)

var diffusersSchedulers = []string{ddim, eulerDisc, dpmMulti, flowEuler}

// Diffusers returns what makes the scheduler, given by its class name in the
// Python library diffusers, visit the times of the grid, which must end at the
// data. The classes are
//
//   - DDIMScheduler and DPMSolverMultistepScheduler: the state is x_t/√(m² + σ²);
//   - EulerDiscreteScheduler: x_t/m;
//   - FlowMatchEulerDiscreteScheduler: x_t/(m + σ), with σ/(m + σ) its sigma.
//
// The prediction type is epsilon, but v_prediction for a DDIMScheduler whose grid
// begins without any signal; a reader may change it.
//
// A grid of whole times of a Discrete keeps its training variances, where the
// class can visit any of its steps. Otherwise the scheduler gets a diffusion in
// as many steps as the grid has, and its timesteps count them.
//
// It returns an *UnsupportedSchedulerError for another class; a *GridError for a
// grid that isn't one or has a time that the class can't represent: a noise
// level that isn't 0 at the end, is infinite at the beginning, or vanishes in
// float32; and a *measure.ValueError for a shift that isn't positive, or isn't 1
// where nothing is shifted.
func Diffusers(scheduler string, s Schedule, times []float64, opt DiffusersOptions) (*SamplerConfig, error) {
	const fn = "diffusion.Diffusers"
	if !slices.Contains(diffusersSchedulers, scheduler) {
		return nil, &UnsupportedSchedulerError{scheduler, slices.Clone(diffusersSchedulers)}
	}
	shift := orDefault(opt.FlowShift, 1)
	if !(shift > 0) || math.IsInf(shift, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "FlowShift", Value: shift, Want: "positive and finite"}
	}
	if shift != 1 && scheduler != flowEuler {
		return nil, &measure.ValueError{Func: fn, Arg: "FlowShift", Value: shift, Want: "1, since " + scheduler + " shifts nothing"}
	}
	if err := checkGrid(fn, s, times); err != nil {
		return nil, err
	}
	n := len(times) - 1
	c := &SamplerConfig{Scheduler: scheduler, Times: slices.Clone(times), Sigmas: make([]float64, n+1), Scale: make([]float64, n+1)}
	for i, t := range times {
		at := s.At(t)
		m, sigma := at.M, at.Sigma()
		switch {
		case i < n && sigma == 0 || i == n && sigma != 0:
			return nil, &GridError{fn, i, t, "a time with noise, but for the last, which must have none"}
		case scheduler == flowEuler:
			c.Sigmas[i], c.Scale[i] = sigma/(m+sigma), 1/(m+sigma)
			continue
		case m == 0 && scheduler != ddim:
			return nil, &GridError{fn, i, t, "a time with some signal: σ/m is infinite"}
		case scheduler == eulerDisc:
			c.Scale[i] = 1 / m
		default:
			c.Scale[i] = 1 / math.Hypot(m, sigma)
		}
		c.Sigmas[i] = sigma / m
	}
	if scheduler == flowEuler {
		return c.flow(shift), nil
	}
	if err := c.chain(fn, s); err != nil {
		return nil, err
	}
	return c, nil
}

// flow fills in what FlowMatchEulerDiscreteScheduler takes. The shift maps σ to
// shift σ/(1 + (shift − 1) σ).
func (c *SamplerConfig) flow(shift float64) *SamplerConfig {
	const steps = 1000
	n := len(c.Sigmas) - 1
	list := make([]float64, n)
	c.Timesteps = make([]float64, n)
	for i, sigma := range c.Sigmas[:n] {
		list[i] = sigma / (shift - (shift-1)*sigma)
		c.Timesteps[i] = steps * sigma
	}
	c.Config = map[string]any{"num_train_timesteps": steps, "shift": shift}
	c.SetTimesteps = map[string]any{"sigmas": list}
	return c
}

// chain fills in what the schedulers take that have training variances.
func (c *SamplerConfig) chain(fn string, s Schedule) error {
	n := len(c.Times) - 1
	d, steps := wholeSteps(s, c.Times)
	if d == nil || c.Scheduler == ddim { // which steps by total/n, whatever it visits
		var err error
		if d, err = gridChain(fn, s, c.Times); err != nil {
			return err
		}
		steps = make([]int, n)
		for i := range steps {
			steps[i] = n - 1 - i
		}
	}
	c.AlphasCumprod = d.AlphasCumprod()
	c.Timesteps = make([]float64, n)
	for i, k := range steps {
		c.Timesteps[i] = float64(k)
	}
	c.Config = map[string]any{"num_train_timesteps": len(d.betas), "trained_betas": d.Betas(), "prediction_type": "epsilon"}
	switch c.Scheduler {
	case ddim:
		c.Sigmas = nil
		if d.betas[n-1] == 1 { // a prediction of the noise says nothing where there is only noise
			c.Config["prediction_type"] = "v_prediction"
		}
		c.Config["clip_sample"], c.Config["set_alpha_to_one"], c.Config["timestep_spacing"] = false, true, "leading"
		c.SetTimesteps = map[string]any{"num_inference_steps": n}
	case eulerDisc:
		c.SetTimesteps = map[string]any{"sigmas": c.Sigmas}
	default:
		c.Config["final_sigmas_type"] = "zero"
		c.SetTimesteps = map[string]any{"timesteps": steps}
	}
	return nil
}

// wholeSteps returns the discrete diffusion and its steps if the grid, but for
// its end at 0, consists of some of them.
func wholeSteps(s Schedule, times []float64) (*Discrete, []int) {
	d, ok := s.(*Discrete)
	if !ok {
		return nil, nil
	}
	steps := make([]int, len(times)-1)
	for i := range steps {
		if times[i] != math.Floor(times[i]) {
			return nil, nil
		}
		steps[i] = int(times[i]) - 1
	}
	return d, steps
}

// gridChain returns the diffusion whose steps are those of the grid, from its
// end to its beginning. The schedulers keep 1 − β and its products in float32,
// where they must still tell the times apart.
func gridChain(fn string, s Schedule, times []float64) (*Discrete, error) {
	n := len(times) - 1
	betas := make([]float64, n)
	before := measure.Coeffs{M: 1}
	product, last := 1.0, float32(1)
	for i := range betas {
		c := s.At(times[n-1-i])
		// β = 1 − ᾱ/ᾱ' with ᾱ = m²/(m² + σ²), without the difference of near ones.
		betas[i] = (c.Var*before.M*before.M - before.Var*c.M*c.M) / (before.M * before.M * (c.M*c.M + c.Var))
		product *= float64(1 - float32(betas[i]))
		if now := float32(product); now < last {
			last = now
		} else {
			return nil, &GridError{fn, n - 1 - i, times[n-1-i], "a time with more noise than the next, in float32: diffusers can't tell them apart"}
		}
		before = c
	}
	return NewDiscrete(betas)
}

// KDiffusionSigmas returns the noise levels σ/m at the times of the grid, as the
// samplers of the Python library k-diffusion take them; their state is x_t/m. It
// returns a *GridError if the grid isn't one or σ/m is infinite at its beginning.
func KDiffusionSigmas(s Schedule, times []float64) ([]float64, error) {
	const fn = "diffusion.KDiffusionSigmas"
	if err := checkGrid(fn, s, times); err != nil {
		return nil, err
	}
	sigmas := make([]float64, len(times))
	for i, t := range times {
		c := s.At(t)
		if c.M == 0 {
			return nil, &GridError{fn, i, t, "a time with some signal: σ/m is infinite"}
		}
		sigmas[i] = noiseLevel(c)
	}
	return sigmas, nil
}
