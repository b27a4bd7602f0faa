package thermo

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// SensoryAdaptation is a linear model of a sensor that adapts: its activity a answers a
// stimulus s at once, and is brought back by a slow memory m that integrates it,
//
//	da = −Fast (a − Gain s + m) dt + √(2T) dB₁,
//	dm = Slow a dt − Leak m dt + √(2T) dB₂.
//
// The coupling isn't reciprocal: no potential gives it, and holding the state costs
// dissipation even without a stimulus. Without leak the adaptation is perfect; a leak
// leaves the error Gain·Leak/(Slow + Leak) of the answer. After G. Lan, P. Sartori,
// S. Neumann, V. Sourjik and Y. Tu, Nat. Phys. 8, 422 (2012), in its linear form.
type SensoryAdaptation struct {
	Fast, Slow, Leak, Gain float64 // rates, and the answer to a unit of stimulus
	T                      float64 // temperature
	Stimulus               func(t float64) float64
}

// Steady returns the law of (a, m) that a constant stimulus leaves as it is, or a
// SteadyStateError if there is none.
func (s SensoryAdaptation) Steady(stimulus float64) (*measure.Gaussian, error) {
	a, b := s.matrix(), []float64{s.Fast * s.Gain * stimulus, 0}
	g, rate := steadyState(a, b, s.T)
	if g == nil {
		return nil, &SteadyStateError{"thermo.SensoryAdaptation.Steady", 0, rate}
	}
	return g, nil
}

// Process returns the sensor's process over a time tau, from the steady state at the
// stimulus before: it is exact, and EntropyProduction, SplitAt and the rest apply to it.
//
// It returns the error of Steady, and those of Langevin.
func (s SensoryAdaptation) Process(ctx context.Context, before, tau float64) (flow.Process, error) {
	if s.Stimulus == nil {
		return flow.Process{}, fmt.Errorf("thermo.SensoryAdaptation.Process: there is no Stimulus")
	}
	start, err := s.Steady(before)
	if err != nil {
		return flow.Process{}, err
	}
	a := s.matrix()
	force := flow.FieldFunc(func(t float64) flow.Map {
		return flow.Linear(a, []float64{s.Fast * s.Gain * s.Stimulus(t), 0})
	})
	return Langevin(ctx, start, force, func(float64) float64 { return s.T }, LangevinOptions{Tau: tau})
}

// Accuracy returns 1 − |⟨a⟩_t − ⟨a⟩_0|/|answer|, the share of an answer that has been
// adapted away at time t: 1 for perfect adaptation to a step of the stimulus, whose
// answer at once is Gain times it. It panics unless step is a number other than 0.
func (s SensoryAdaptation) Accuracy(p flow.Process, step, t float64) float64 {
	if !(math.Abs(step) > 0) {
		panic(fmt.Sprintf("thermo.SensoryAdaptation.Accuracy: step is %v, want a number other than 0", step))
	}
	activity := func(t float64) float64 { return p.Path.At(t).(measure.Moments).Mean(nil)[0] }
	return 1 - math.Abs(activity(t)-activity(0))/math.Abs(s.Gain*step)
}

func (s SensoryAdaptation) matrix() *mat.Dense {
	return mat.NewDense(2, 2, []float64{-s.Fast, -s.Fast, s.Slow, -s.Leak})
}
