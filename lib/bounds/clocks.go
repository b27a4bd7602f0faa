package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Pace is what a clock made of data keeps constant.
type Pace uint8

const (
	// Speed is the W₂ speed v₂ = √E|ν|²: equal steps are of equal W₂ length.
	Speed Pace = iota
	// Entropy is |dI/dt| for the mutual information I(x₀; x_t), ½ mmse |dsnr/dt|: equal
	// steps tell equally much about the data. D. Stancevic et al., arXiv:2504.13612;
	// I and mmse are those of InformationAt.
	Entropy
	// Score is σ √E|∂_t ∇ln P_t|²: over equal steps the score, in units of its size,
	// changes equally much. After C. Williams et al., arXiv:2412.07877; the unit σ is our
	// choice.
	Score
)

func (p Pace) String() string {
	switch p {
	case Speed:
		return "equal W₂ length"
	case Entropy:
		return "equal information"
	case Score:
		return "equal change of score"
	}
	return fmt.Sprintf("Pace(%d)", uint8(p))
}

// clockTimes is at how many times a rate is measured.
const clockTimes = 96

// DataClock returns the clock by which noised data change at a constant pace between
// two times, measured on n samples of x_t = m x₀ + σ ε with the same x₀ and ε at all
// times: at times of equal spacing in t and in log-SNR, between which the trapezoid
// rule holds.
//
// It returns an error if an argument is missing or the pace unknown, a
// measure.ValueError unless n ≥ 2 and 0 < from < to ≤ Tau with a finite log-SNR at both,
// an error where a rate isn't positive, and the context's error, wrapped, if that ends.
func DataClock(ctx context.Context, pace Pace, data measure.Noisable, s diffusion.Schedule, from, to float64, n int, key rng.Key) (diffusion.Clock, error) {
	const fn = "bounds.DataClock"
	if data == nil || data.Dim() == 0 || s == nil || pace > Score {
		return nil, errors.New(fn + ": there are no data, no schedule, or no such pace")
	}
	if n < 2 {
		return nil, &measure.ValueError{Func: fn, Arg: "n", Value: float64(n), Want: "at least 2"}
	}
	if !(from > 0 && from < to && to <= s.Tau()) {
		return nil, &measure.ValueError{Func: fn, Arg: "from", Value: from, Want: fmt.Sprintf("positive and below to = %v, which is at most %v", to, s.Tau())}
	}
	times, err := diffusion.LogSNRTimes(s, from, to, clockTimes/2)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	times = append(times, flow.Times(from, to, clockTimes/2)...)
	slices.Sort(times)
	times = slices.CompactFunc(times, func(a, b float64) bool { return math.Abs(b-a) <= 1e-9*(to-from) })
	times[0], times[len(times)-1] = from, to

	d := data.Dim()
	x0, eps := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	data.Sample(x0, key.Named("data"))
	key.Named("noise").Normal(eps.RawMatrix().Data)
	rates, err := par.Map(ctx, len(times), 1, func(i, _ int) float64 { return pace.rate(data, s, times[i], from, to, x0, eps) })
	if err != nil {
		return nil, fmt.Errorf("%s: stopped: %w", fn, err)
	}
	cumulative := make([]float64, len(times))
	for i := 1; i < len(times); i++ {
		cumulative[i] = cumulative[i-1] + 0.5*(rates[i-1]+rates[i])*(times[i]-times[i-1])
	}
	c, err := diffusion.NewClock(times, cumulative, diffusion.ClockOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return c, nil
}

// rate returns how fast the clock runs at time t.
func (p Pace) rate(data measure.Noisable, s diffusion.Schedule, t, from, to float64, x0, eps *mat.Dense) float64 {
	c := s.At(t)
	n, d := x0.Dims()
	var x, noise mat.Dense
	x.Scale(c.M, x0)
	noise.Scale(c.Sigma(), eps)
	x.Add(&x, &noise)
	y := mat.NewDense(n, d, nil)
	switch p {
	case Speed:
		data.Noise(c).Velocity(y, &x)
		return math.Sqrt(meanSquare(y))
	case Entropy:
		data.Noise(c).Denoise(y, &x)
		y.Sub(y, x0)
		return 0.5 * meanSquare(y) * c.M * c.M / c.Var * math.Abs(c.DLogSNR())
	default:
		h := 1e-4 * (to - from)
		a, b := max(t-h, from), min(t+h, to)
		z := mat.NewDense(n, d, nil)
		data.Noise(s.At(a)).Score(y, &x)
		data.Noise(s.At(b)).Score(z, &x)
		y.Sub(y, z)
		return c.Sigma() * math.Sqrt(meanSquare(y)) / (b - a)
	}
}

// meanSquare returns the mean of |row|².
func meanSquare(x *mat.Dense) float64 {
	n, _ := x.Dims()
	f := mat.Norm(x, 2)
	return f * f / float64(n)
}

// ClockTimes returns steps+1 falling times that are equally spaced by the clock, from
// its last to its first. It panics unless steps ≥ 1.
func ClockTimes(c diffusion.Clock, steps int) []float64 {
	times := flow.Times(c.Tau(), 0, steps)
	for i, theta := range times {
		times[i], _ = c.Time(theta)
	}
	return times
}
