package bounds

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// For a Gaussian on the line each pace has a closed form: v₂ = |ds/dt|, the information
// ½ ln(1 + snr s₀²), and for the score −x/S², σ|dS²/dt|/S³.
func TestDataClocks(t *testing.T) {
	const s0, from, to = .5, .05, .9
	data, s := measure.Normal(0, s0), diffusion.CondOT{}
	at := func(t float64) (sd float64, c measure.Coeffs) {
		c = s.At(t)
		return math.Sqrt(c.M*c.M*s0*s0 + c.Var), c
	}
	integral := func(a, b float64, f func(float64) float64) float64 {
		var q num.Quad
		v, _, _ := q.Integrate1(f, []float64{a, .5 * (a + b), b})
		return v
	}
	for pace, rate := range map[Pace]func(t float64) float64{
		Speed: func(t float64) float64 {
			sd, c := at(t)
			return math.Abs(c.M*c.DM*s0*s0+.5*c.DVar) / sd
		},
		Entropy: func(t float64) float64 {
			_, c := at(t)
			snr := c.M * c.M / c.Var
			return .5 * s0 * s0 / (1 + snr*s0*s0) * snr * math.Abs(c.DLogSNR())
		},
		Score: func(t float64) float64 {
			sd, c := at(t)
			return c.Sigma() * math.Abs(2*c.M*c.DM*s0*s0+c.DVar) / (sd * sd * sd)
		},
	} {
		clock, err := DataClock(context.Background(), pace, data, s, from, to, 4000, rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		times := ClockTimes(clock, 4)
		reftest.Near(t, pace.String()+" first", times[0], to, 1e-12, 0)
		reftest.Near(t, pace.String()+" last", times[4], from, 1e-12, 0)
		whole := integral(from, to, rate)
		for i := range 4 {
			reftest.Near(t, pace.String(), integral(times[i+1], times[i], rate)/whole, .25, 0, .02)
		}
	}
	var value *measure.ValueError
	for name, c := range map[string][2]float64{"from 0": {0, 1}, "backwards": {.5, .2}, "beyond": {.5, 2}} {
		if _, err := DataClock(context.Background(), Speed, data, s, c[0], c[1], 10, rng.New(1)); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := DataClock(context.Background(), Speed, data, s, .1, .5, 1, rng.New(1)); !errors.As(err, &value) {
		t.Errorf("one sample: %v", err)
	}
	if _, err := DataClock(context.Background(), Pace(9), data, s, .1, .5, 9, rng.New(1)); err == nil {
		t.Error("no such pace: no error")
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := DataClock(cancelled, Speed, data, s, .1, .5, 9, rng.New(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Equal W₂ steps on a grid have equal W₂ distances: v₂ is the speed of the path.
func TestSpeedClockInThePlane(t *testing.T) {
	ring, err := measure.GaussianRing(4, 1, .2)
	if err != nil {
		t.Fatal(err)
	}
	s := diffusion.Cosine{}
	clock, err := DataClock(context.Background(), Speed, ring, s, .02, .98, 3000, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	times := ClockTimes(clock, 300)
	var steps []float64
	x := mat.NewDense(3000, 2, nil)
	for i := 50; i < 250; i += 20 {
		mid := .5 * (times[i] + times[i+1])
		law := ring.Noise(s.At(mid))
		law.Sample(x, rng.New(2))
		law.Velocity(x, x)
		steps = append(steps, math.Sqrt(meanSquare(x))*(times[i]-times[i+1]))
	}
	for _, v := range steps {
		reftest.Near(t, "length of a step", v, steps[0], .06, 0)
	}
}
