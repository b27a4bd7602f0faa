package learn

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Batch is what a network is trained on: it shall give Target at points X and times Angle,
// and its squared errors count Weight times.
type Batch struct {
	X, Target *mat.Dense
	Angle     []float64 // see Angle
	Weight    []float64
}

// Task makes batches.
type Task interface {
	Dim() int
	// Batch fills a batch. What it draws depends on the key alone.
	Batch(b *Batch, key rng.Key)
}

// Quantity is what a network predicts.
type Quantity uint8

const (
	Noise    Quantity = iota // ε
	Data                     // x₀
	V                        // m ε − σ x₀
	Velocity                 // ẋ_t = ṁ x₀ + σ̇ ε
	Score                    // −ε/σ, in units of 1/σ: σ times the score, −ε
)

// Angle returns 2 arctan(σ/m) in [0, π], the time that networks are told: bounded, and the
// same for all schedules at the same signal-to-noise ratio.
func Angle(c measure.Coeffs) float64 { return 2 * math.Atan2(c.Sigma(), c.M) }

// scale is what points are divided by before a network sees them: √(m² + σ²), so that data of
// unit variance stay so.
func scale(c measure.Coeffs) float64 { return math.Sqrt(c.M*c.M + c.Var) }

// Denoising is the task of denoising: x_t = m x₀ + σ ε with x₀ from the data, t uniform in
// [From, To] and ε normal; the network is given x_t/√(m² + σ²) and the angle. Its minimum is
// the conditional mean, and its least loss E Var[target | x_t], not 0: see LeastLoss.
type Denoising struct {
	From, To float64 // defaults 0 and Tau
	Quantity Quantity
	// Weight of the squared error at a time; default 1. The bound of learned velocities wants
	// that of the velocity, which is Velocity with weight 1.
	Weight func(t float64) float64

	data     measure.Measure
	schedule diffusion.Schedule
}

// NewDenoising returns the task. It returns an error for no data or schedule or an unknown
// Quantity, and a measure.ValueError for times that aren't in order in [0, Tau] or where the
// target is infinite: a velocity at a time at which dσ/dt is.
func NewDenoising(data measure.Measure, s diffusion.Schedule, opt Denoising) (*Denoising, error) {
	const fn = "learn.NewDenoising"
	if data == nil || data.Dim() == 0 || s == nil || opt.Quantity > Score {
		return nil, errors.New(fn + ": there are no data, no schedule, or no such Quantity")
	}
	if opt.To == 0 {
		opt.To = s.Tau()
	}
	if !(0 <= opt.From && opt.From < opt.To && opt.To <= s.Tau()) {
		return nil, &measure.ValueError{Func: fn, Arg: "From", Value: opt.From, Want: fmt.Sprintf("in [0, To), with To = %v at most %v", opt.To, s.Tau())}
	}
	if opt.Weight == nil {
		opt.Weight = func(float64) float64 { return 1 }
	}
	for _, t := range [...]float64{opt.From, opt.To} {
		if a, b := opt.Quantity.coefficients(s.At(t)); math.IsInf(a, 0) || math.IsInf(b, 0) || math.IsNaN(a+b) {
			return nil, &measure.ValueError{Func: fn, Arg: "From or To", Value: t, Want: "a time at which the target is finite"}
		}
	}
	opt.data, opt.schedule = data, s
	return &opt, nil
}

// coefficients returns a and b of the target a x₀ + b ε.
func (q Quantity) coefficients(c measure.Coeffs) (a, b float64) {
	switch q {
	case Noise:
		return 0, 1
	case Data:
		return 1, 0
	case V:
		return -c.Sigma(), c.M
	case Velocity:
		return c.DM, c.DSigma()
	default:
		return 0, -1
	}
}

// Dim returns the dimension of the data.
func (d *Denoising) Dim() int { return d.data.Dim() }

// Batch implements Task.
func (d *Denoising) Batch(b *Batch, key rng.Key) {
	n, dim := b.X.Dims()
	d.data.Sample(b.Target, key.Named("data"))
	eps, u := make([]float64, n*dim), make([]float64, n)
	key.Named("noise").Normal(eps)
	key.Named("time").Uniform(u)
	for i := range n {
		t := d.From + (d.To-d.From)*u[i]
		c := d.schedule.At(t)
		p, q := d.Quantity.coefficients(c)
		s := scale(c)
		x, y := b.X.RawRowView(i), b.Target.RawRowView(i)
		for j := range x {
			e := eps[i*dim+j]
			x[j] = (c.M*y[j] + c.Sigma()*e) / s
			y[j] = p*y[j] + q*e
		}
		b.Angle[i], b.Weight[i] = Angle(c), d.Weight(t)
	}
}

// LeastLoss estimates from n draws the least loss that any network can have, the mean of
// weight times Var[target | x_t] per coordinate, for data whose denoiser is known.
func (d *Denoising) LeastLoss(n int, key rng.Key) (float64, error) {
	data, ok := d.data.(measure.Noisable)
	if !ok {
		return 0, fmt.Errorf("learn.Denoising.LeastLoss: the data are a %T, whose denoiser isn't known", d.data)
	}
	dim := data.Dim()
	u := make([]float64, n)
	key.Named("time").Uniform(u)
	x0, eps := mat.NewDense(n, dim, nil), make([]float64, n*dim)
	data.Sample(x0, key.Named("data"))
	key.Named("noise").Normal(eps)
	sum := 0.0
	x, mean := mat.NewDense(1, dim, nil), mat.NewDense(1, dim, nil)
	for i := range n {
		t := d.From + (d.To-d.From)*u[i]
		c := d.schedule.At(t)
		p, q := d.Quantity.coefficients(c)
		for j := range dim {
			x.Set(0, j, c.M*x0.At(i, j)+c.Sigma()*eps[i*dim+j])
		}
		data.Noise(c).Denoise(mean, x)
		for j := range dim {
			// x₀ and ε given x_t lie on a line: ε = (x − m x₀)/σ.
			e := x0.At(i, j) - mean.At(0, j)
			if s := c.Sigma(); s > 0 {
				e *= p - q*c.M/s
			} else {
				e = q * eps[i*dim+j]
			}
			sum += d.Weight(t) * e * e
		}
	}
	return sum / float64(n*dim), nil
}

// Model returns a trained network as a model of the schedule, for diffusion's samplers.
func Model[T Float](n *MLP[T], s diffusion.Schedule, q Quantity) diffusion.Model {
	f := field[T]{n, s, q}
	switch q {
	case Noise:
		return diffusion.FromNoise(f, s)
	case Data:
		return diffusion.FromDenoiser(f, s)
	case V:
		return diffusion.FromV(f, s)
	case Velocity:
		return diffusion.FromVelocity(f, s)
	default:
		return diffusion.FromScore(f, s)
	}
}
