package diffusion

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// fitOrder returns the order with which errors fall.
func fitOrder(steps []int, err func(n int) float64) float64 {
	var logn, loge []float64
	for _, n := range steps {
		logn, loge = append(logn, math.Log(float64(n))), append(loge, math.Log(err(n)))
	}
	_, slope := stat.LinearRegression(logn, loge, nil, false)
	return -slope
}

// The flow map of Gaussian data is known: x_b = m_b μ + (S_b/S_a)(x_a − m_a μ).
func TestOrdersOnTheProbabilityFlow(t *testing.T) {
	const mu, sd, from, to = .7, .5, .95, .1
	for _, sch := range []Schedule{CondOT{}, Cosine{}, VPLinear{BetaMin: 1, BetaMax: 3}, timeIsSigma{1}} {
		m := Exact(measure.Normal(mu, sd), sch)
		a, b := sch.At(from), sch.At(to)
		spread := func(c measure.Coeffs) float64 { return math.Sqrt(c.M*c.M*sd*sd + c.Var) }
		want := b.M*mu + spread(b)/spread(a)*(1.3-a.M*mu)
		for _, s := range []Sampler{Euler{}, Heun{}, RK4{}, DDIM{}, DPMSolver2M{}, EDMHeun{}} {
			steps := []int{100, 200, 400}
			if s.Order() > 2 {
				steps = []int{40, 80, 160} // before rounding shows
			}
			got := fitOrder(steps, func(n int) float64 {
				x := mat.NewDense(1, 1, []float64{1.3})
				return math.Abs(last(t, x, m, flow.Times(from, to, n), s, nil).X.At(0, 0) - want)
			})
			reftest.Near(t, fmt.Sprintf("order of %T on %T", s, sch), got, float64(s.Order()), 0, .1)
		}
		x := mat.NewDense(1, 1, []float64{1.3})
		for _, tol := range []float64{1e-4, 1e-7, 1e-10} {
			got := last(t, x, m, []float64{from, to}, Adaptive{RTol: tol, ATol: tol}, nil).X.At(0, 0)
			reftest.Near(t, fmt.Sprintf("adaptive on %T", sch), got, want, 0, 20*tol)
		}
	}
}

// unit is the noise of which particle k + 2 draws 1 as its k-th normal and nothing
// else, where a step draws the given number.
type unit int

func (u unit) Normal(dst []float64, particle, step int) {
	clear(dst)
	if k := particle - 2 - step*int(u); k >= 0 && k < int(u) {
		dst[k] = 1
	}
}

// gaussianLaw returns mean and variance of what a sampler makes of Gaussian
// particles, without sampling: on Gaussian data a run is affine in the start and in
// every draw, and unit vectors of noise show its coefficients.
func gaussianLaw(t testing.TB, m Model, grid []float64, s Sampler, mean, variance float64) (float64, float64) {
	draws := s.Draws() * (len(grid) - 1)
	x := mat.NewDense(draws+2, 1, nil)
	x.Set(1, 0, 1)
	end := last(t, x, m, grid, s, unit(s.Draws())).X
	offset := end.At(0, 0)
	gain := end.At(1, 0) - offset
	v := gain * gain * variance
	for k := range draws {
		v += (end.At(k+2, 0) - offset) * (end.At(k+2, 0) - offset)
	}
	return offset + gain*mean, v
}

func TestWeakOrdersOfTheSDESamplers(t *testing.T) {
	const mu, sd, from, to = .7, .5, .95, .1
	for _, sch := range []Schedule{CondOT{}, Cosine{}, VPLinear{BetaMin: 1, BetaMax: 6}, timeIsSigma{1}} {
		m := Exact(measure.Normal(mu, sd), sch)
		law := func(c measure.Coeffs) (mean, variance float64) { return c.M * mu, c.M*c.M*sd*sd + c.Var }
		mean0, var0 := law(sch.At(from))
		mean1, var1 := law(sch.At(to))
		for _, s := range []Sampler{
			Ancestral{},
			DDIM{Eta: .5},
			EulerMaruyama{},
			EulerMaruyama{Level: .5},
			EulerMaruyama{Level: 2},
			DPMSolver2M{Eta: 1},
			DPMSolver2M{Eta: .5},
			EDMHeun{Churn: 3},
		} {
			got := fitOrder([]int{80, 160, 320}, func(n int) float64 {
				mean, variance := gaussianLaw(t, m, flow.Times(from, to, n), s, mean0, var0)
				return math.Abs(mean-mean1) + math.Abs(variance-var1)
			})
			reftest.Near(t, fmt.Sprintf("weak order of %+v on %T", s, sch), got, float64(s.Order()), 0, .15)
		}
	}
}

// The unadjusted corrector's error doesn't vanish with the steps: at step e its
// stationary variance of a normal law is S²/(1 − e/2S²), so the relative error is
// SNR² σ²/S².
func TestCorrectorsBias(t *testing.T) {
	const sd, from, to = .2, .95, .5
	m := Exact(measure.Normal(0, sd), CondOT{})
	spread := func(t float64) float64 { c := CondOT{}.At(t); return c.M*c.M*sd*sd + c.Var }
	bias := func(snr float64, n int) float64 {
		_, v := gaussianLaw(t, m, flow.Times(from, to, n), PredictorCorrector{Predictor: Heun{}, Steps: 2, SNR: snr}, 0, spread(from))
		return v/spread(to) - 1
	}
	for _, snr := range []float64{.16, .08} {
		for _, n := range []int{100, 200} {
			reftest.Near(t, "relative bias of the variance", bias(snr, n), snr*snr*.25/spread(to), .1, 0)
		}
	}
}

// Samples have the law of the data: mixtures, by Kolmogorov and Smirnov.
func TestSamplersHaveTheLawOfTheData(t *testing.T) {
	const n = 20000
	data, err := measure.NewMixture([]float64{.3, .7}, []*measure.Gaussian{measure.Normal(-1.5, .3), measure.Normal(1, .5)})
	if err != nil {
		t.Fatal(err)
	}
	for _, sch := range []Schedule{VPLinear{}, CondOT{}} {
		from := .995
		start := data.Noise(sch.At(from))
		x := mat.NewDense(n, 1, nil)
		start.Sample(x, rng.New(8))
		m := Exact(data, sch)
		grid := append(flow.Times(from, .002, 200), 0)
		for k, s := range []Sampler{
			Heun{},
			DPMSolver2M{},
			DDIM{Eta: .5},
			Ancestral{},
			EulerMaruyama{},
			EulerMaruyama{Level: .5},
			DPMSolver2M{Eta: 1},
			EDMHeun{Churn: 20},
			PredictorCorrector{SNR: .05},
		} {
			end := last(t, x, m, grid, s, flow.KeyNoise(rng.New(uint64(k)))).X
			u := make([]float64, n)
			for i := range u {
				lo, _ := data.LogCDF(end.At(i, 0))
				u[i] = math.Exp(lo)
			}
			// √n·D exceeds 2.3 with probability 5e-5 under the law itself.
			d := ksUniform(u) * math.Sqrt(n)
			t.Logf("%T %+v: √n·D = %.2f", sch, s, d)
			if d > 2.3 {
				t.Errorf("%T, %+v: √n·D = %.2f", sch, s, d)
			}
		}
	}
}

// The ancestral step draws from the law of x_b given x_a and x₀, by Bayes' rule;
// DDIM's noise is Eta times that law's spread, and its mean the point at which all
// Eta have one marginal.
func TestAncestralStepIsThePosterior(t *testing.T) {
	atom, err := measure.NewDiscrete(mat.NewDense(1, 1, []float64{.7}), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, sch := range []Schedule{CondOT{}, VPLinear{}, timeIsSigma{1}} {
		a, b := sch.At(.8), sch.At(.5)
		// x_a = ratio x_b + √forward z.
		ratio := a.M / b.M
		forward := a.Var - ratio*ratio*b.Var
		variance := b.Var * forward / a.Var
		x := mat.NewDense(3, 1, []float64{1.3, 1.3, 1.3})
		for _, s := range []struct {
			s   Sampler
			eta float64
		}{{Ancestral{}, 1}, {DDIM{Eta: 1}, 1}, {DDIM{Eta: .4}, .4}} {
			end := last(t, x, Exact(atom, sch), []float64{.8, .5}, s.s, unit(1)).X
			spread := s.eta * math.Sqrt(variance)
			mean := b.M*.7 + math.Sqrt(b.Var-spread*spread)*(1.3-a.M*.7)/a.Sigma()
			if s.eta == 1 {
				mean = variance * (b.M*.7/b.Var + ratio*1.3/forward)
			}
			reftest.Near(t, fmt.Sprintf("mean of %T on %T", s.s, sch), end.At(0, 0), mean, 1e-13, 0)
			reftest.Near(t, fmt.Sprintf("spread of %T on %T", s.s, sch), end.At(2, 0)-end.At(0, 0), spread, 1e-13, 0)
		}
	}
}
