package learn

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Quantity is what a network predicts.
type Quantity uint8

const (
	Noise    Quantity = iota // ε
	Data                     // x₀
	V                        // m ε − σ x₀
	Velocity                 // ẋ_t = ṁ x₀ + σ̇ ε
	Score                    // −ε/σ; the default weight is σ², as its variance is 1/σ²
)

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
		return 0, -1 / c.Sigma()
	}
}

// Denoising is the task of denoising: x_t = m x₀ + σ ε with x₀ from the data and ε normal;
// the network is given x_t/√(m² + σ²) and the angle. The loss is least for the conditional
// mean of the target, and then E Var[target | x_t], not 0: see Losses.
//
// Every x₀ comes twice, at one time, with ε and with −ε: where there is little noise, the
// gradients' noise nearly cancels.
type Denoising struct {
	Times
	Quantity Quantity

	data     measure.Measure
	schedule diffusion.Schedule
}

// NewDenoising returns the task. It returns an error for no data or schedule or an unknown
// Quantity, and a measure.ValueError for times that aren't in order in [0, Tau] or where the
// target is infinite: a score where σ is 0, a velocity where dσ/dt is infinite.
func NewDenoising(data measure.Measure, s diffusion.Schedule, opt Denoising) (*Denoising, error) {
	const fn = "learn.NewDenoising"
	if data == nil || data.Dim() == 0 || s == nil || opt.Quantity > Score {
		return nil, errors.New(fn + ": there are no data, no schedule, or no such Quantity")
	}
	if opt.Weight == nil && opt.Quantity == Score {
		opt.Weight = func(t float64) float64 { return s.At(t).Var }
	}
	if err := opt.resolve(fn, s.Tau()); err != nil {
		return nil, err
	}
	for _, t := range [...]float64{opt.From, opt.To} {
		if a, b := opt.Quantity.coefficients(s.At(t)); math.IsInf(a, 0) || math.IsInf(b, 0) || math.IsNaN(a+b) {
			return nil, &measure.ValueError{Func: fn, Arg: "From or To", Value: t, Want: "a time at which the target is finite"}
		}
	}
	opt.data, opt.schedule = data, s
	return &opt, nil
}

// Dims returns the dimension of the data, twice.
func (d *Denoising) Dims() (in, out int) { return d.data.Dim(), d.data.Dim() }

// Loss returns Squared.
func (d *Denoising) Loss() Loss { return Squared }

// Batch implements Task.
func (d *Denoising) Batch(b *Batch, key rng.Key) error {
	n, dim := b.X.Dims()
	half := (n + 1) / 2
	x0, eps := mat.NewDense(half, dim, nil), make([]float64, half*dim)
	d.data.Sample(x0, key.Named("data"))
	key.Named("noise").Normal(eps)
	times := d.draw(half, key.Named("time"))
	for i := range n {
		k, sign := i/2, 1-2*float64(i%2)
		t := times[k]
		c := d.schedule.At(t)
		p, q := d.Quantity.coefficients(c)
		s, sigma := scale(c), c.Sigma()
		x, y, from := b.X.RawRowView(i), b.Target.RawRowView(i), x0.RawRowView(k)
		for j, e := range eps[k*dim:][:dim] {
			e *= sign
			x[j] = (c.M*from[j] + sigma*e) / s
			y[j] = p*from[j] + q*e
		}
		b.Angle[i], b.Weight[i] = Angle(c), d.Weight(t)
	}
	return nil
}

// Losses are what a network loses at a task, and what any must, each a mean over one
// sample. With the same sample beneath, Excess is known better than their difference: it
// is the weighted mean of |network − E[target | x_t]|² per coordinate.
type Losses struct {
	Loss, Least, Excess relation.Term
}

// perTime is how many points share a time: the closed forms do their work for a time once.
const perTime = 64

// Losses estimates from n draws the loss of a network, the least loss that any can have, the
// mean of weight times Var[target | x_t] per coordinate, and what the network has above it,
// for data whose denoiser is known; it returns an error for others. The field is one of the
// task's Quantity, as Field makes it; nil leaves Loss and Excess 0.
func (d *Denoising) Losses(f flow.Field, n int, key rng.Key) (*Losses, error) {
	data, ok := d.data.(measure.Noisable)
	if !ok {
		return nil, fmt.Errorf("learn.Denoising.Losses: the data are a %T, whose denoiser isn't known", d.data)
	}

	groups := (n + perTime - 1) / perTime
	dim := data.Dim()
	times := d.draw(groups, key.Named("time"))
	var loss, least, excess []float64 // of a group: its points share a time
	for g, t := range times {
		c := d.schedule.At(t)
		p, q := d.Quantity.coefficients(c)
		sigma := c.Sigma()
		x0, eps := mat.NewDense(perTime, dim, nil), make([]float64, perTime*dim)
		data.Sample(x0, key.Named("data").Fold(uint64(g)))
		key.Named("noise").Fold(uint64(g)).Normal(eps)
		x, mean, got := mat.NewDense(perTime, dim, nil), mat.NewDense(perTime, dim, nil), mat.NewDense(perTime, dim, nil)
		for i, e := range eps {
			x.RawMatrix().Data[i] = c.M*x0.RawMatrix().Data[i] + sigma*e
		}
		data.Noise(c).Denoise(mean, x)
		if f != nil {
			f.At(t).Apply(got, x)
		}
		var a, b, e float64
		for i, m := range mean.RawMatrix().Data {
			// x₀ and ε given x_t lie on a line: ε = (x − m x₀)/σ.
			x0, noise := x0.RawMatrix().Data[i], eps[i]
			noiseMean := 0.0
			if sigma > 0 {
				noiseMean = (x.RawMatrix().Data[i] - c.M*m) / sigma
			}
			target, best, value := p*x0+q*noise, p*m+q*noiseMean, got.RawMatrix().Data[i]
			a += (value - target) * (value - target)
			b += (best - target) * (best - target)
			e += (value - best) * (value - best)
		}
		w := d.Weight(t) / float64(perTime*dim)
		loss, least, excess = append(loss, w*a), append(least, w*b), append(excess, w*e)
	}
	term := func(symbol string, v []float64) relation.Term {
		m, e := num.MeanStdErr(v)
		return relation.Term{Symbol: symbol, Value: m, StdErr: e}
	}
	l := &Losses{Least: term("least loss", least)}
	if f != nil {
		l.Loss, l.Excess = term("loss", loss), term("excess", excess)
	}
	return l, nil
}
