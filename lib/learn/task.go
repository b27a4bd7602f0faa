package learn

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Batch is what a network is trained on: it shall give Target at points X and times Angle,
// and its losses count Weight times.
type Batch struct {
	X, Target *mat.Dense
	Angle     []float64 // see Angle
	Weight    []float64
}

// newBatch returns a batch of so many rows.
func newBatch(rows, in, out int) *Batch {
	return &Batch{X: mat.NewDense(rows, in, nil), Target: mat.NewDense(rows, out, nil), Angle: make([]float64, rows), Weight: make([]float64, rows)}
}

// Loss is what is made small.
type Loss uint8

const (
	Squared      Loss = iota // mean over coordinates of the squared error
	CrossEntropy             // −Σ target ln softmax(value), in nats
)

// Task makes batches.
type Task interface {
	Dims() (in, out int)
	Loss() Loss
	// Batch fills a batch. What it draws depends on the key alone.
	Batch(b *Batch, key rng.Key) error
}

// Angle returns 2 arctan(σ/m) in [0, π], the time that networks are told: bounded, and the
// same for all schedules at the same signal-to-noise ratio.
func Angle(c measure.Coeffs) float64 { return 2 * math.Atan2(c.Sigma(), c.M) }

// scale is what points are divided by before a network sees them: √(m² + σ²), so that data of
// unit variance stay so.
func scale(c measure.Coeffs) float64 { return math.Sqrt(c.M*c.M + c.Var) }

// pathCoeffs returns signal and noise of a path.
func pathCoeffs(c diffusion.InterpolantCoeffs) measure.Coeffs {
	return measure.Coeffs{M: c.Data, Var: c.Noise*c.Noise + c.Spread*c.Spread}
}

// Times are the times that a task draws.
type Times struct {
	From, To float64 // defaults 0 and Tau
	// Draw takes a uniform number to one in [0, 1], of the way from From to To; default: as
	// it is. The loss is the mean over what is drawn. See LogitNormal.
	Draw func(u float64) float64
	// Weight of the loss at a time; default 1. See VelocityWeight.
	Weight func(t float64) float64
}

func (o *Times) resolve(fn string, tau float64) error {
	if o.To == 0 {
		o.To = tau
	}
	if !(0 <= o.From && o.From < o.To && o.To <= tau) {
		return &measure.ValueError{Func: fn, Arg: "From", Value: o.From, Want: fmt.Sprintf("in [0, To), with To = %v at most %v", o.To, tau)}
	}
	if o.Draw == nil {
		o.Draw = func(u float64) float64 { return u }
	}
	if o.Weight == nil {
		o.Weight = func(float64) float64 { return 1 }
	}
	return nil
}

// draw returns n times, one of each n-th of their law, so that a batch has early and late
// ones alike.
func (o *Times) draw(n int, key rng.Key) []float64 {
	t := make([]float64, n)
	key.Uniform(t)
	for i, u := range t {
		t[i] = o.From + (o.To-o.From)*o.Draw((float64(i)+u)/float64(n))
	}
	return t
}

// LogitNormal returns the Draw for times with logit(t) ~ N(mean, sd²), more of them in the
// middle than at the ends. P. Esser et al., ICML 2024.
func LogitNormal(mean, sd float64) func(u float64) float64 {
	return func(u float64) float64 {
		z := math.Sqrt2 * math.Erfinv(2*u-1)
		return 1 / (1 + math.Exp(-mean-sd*z))
	}
}

// MinSNR returns the weight min(SNR, γ)·σ²/m² = min(1, γ σ²/m²) of the loss of Noise, SNR = m²/σ²,
// that keeps times of little noise from ruling the training of a denoiser: γ = 5 in
// T. Hang et al., ICCV 2023, whose weight of the loss of Data is min(SNR, γ).
func MinSNR(s diffusion.Schedule, gamma float64) func(t float64) float64 {
	return func(t float64) float64 {
		c := s.At(t)
		return math.Min(1, gamma*c.Var/(c.M*c.M))
	}
}

// VelocityWeight returns the weight with which the loss of a quantity is that of the velocity
// that is made of it: k², where ν = a x_t + k · quantity. For Score it is T², the square of
// the temperature σσ̇ − σ²ṁ/m. The bound of learned velocities wants this weight. It
// diverges where m or σ is 0 for some quantities.
func VelocityWeight(s diffusion.Schedule, q Quantity) func(t float64) float64 {
	return func(t float64) float64 {
		c := s.At(t)
		sigma, dsigma := c.Sigma(), c.DSigma()
		var k float64
		switch q {
		case Data:
			k = c.DM - c.M*dsigma/sigma
		case V:
			k = (c.M*dsigma - sigma*c.DM) / (c.M*c.M + c.Var)
		case Velocity:
			k = 1
		case Score:
			k = c.T()
		default:
			k = dsigma - sigma*c.DM/c.M
		}
		return k * k
	}
}
