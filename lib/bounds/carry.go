package bounds

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// Carry returns the path P̃_t of an estimated start that a flow on the line
// carries from its noise end: at time 0 it is the law of the generated data.
// The flow is exact, without steps in time: it preserves order, so P̃_t is the
// image of the start under Q_{P_t} ∘ F_{P_τ}. The laws are
// measure.LineDensity.
//
// It returns an error if the flow is incomplete or the start is nil, and a
// thermo.UnsupportedError unless both ends have quantiles and densities on the
// line. The path panics at a time at which the flow's law hasn't.
func Carry(f flow.Flow, start measure.Measure) (flow.Path, error) {
	const fn = "bounds.Carry"
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if start == nil {
		return nil, errors.New(fn + ": start is nil")
	}
	truth, okT := f.Path.At(f.Tau).(measure.LineDensity)
	estimate, okE := start.(measure.LineDensity)
	if !okT || !okE || truth.Dim() != 1 || start.Dim() != 1 {
		return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("can't carry a %T in %d dimensions: want quantiles and densities on the line", start, start.Dim())}
	}
	return flow.PathFunc(func(t float64) measure.Measure {
		law := f.Path.At(t).(measure.LineDensity)
		return &carried{law, truth, estimate, measure.Scalar(law), measure.Scalar(truth), measure.Scalar(estimate)}
	}), nil
}

// carried is the law of Q_law(F_truth(Y)), Y ~ estimate.
type carried struct {
	law, truth, estimate measure.LineDensity
	logL, logT, logE     func(float64) float64
}

var (
	_ measure.LineDensity = (*carried)(nil)
	_ measure.Knotted     = (*carried)(nil)
)

func (c *carried) Dim() int { return 1 }

func (c *carried) Sample(dst *mat.Dense, key rng.Key) {
	c.estimate.Sample(dst, key)
	n, _ := dst.Dims()
	for i := range n {
		dst.Set(i, 0, measure.Transfer(c.truth, c.law, dst.At(i, 0)))
	}
}

func (c *carried) LogCDF(x float64) (lower, upper float64) {
	return c.estimate.LogCDF(measure.Transfer(c.law, c.truth, x))
}

func (c *carried) LogQuantile(logp float64, upper bool) float64 {
	return measure.Transfer(c.truth, c.law, c.estimate.LogQuantile(logp, upper))
}

// LogProb1 returns the log density at x: P̃/P is carried along.
func (c *carried) LogProb1(x float64) float64 {
	y := measure.Transfer(c.law, c.truth, x)
	e := c.logE(y)
	if math.IsInf(e, -1) {
		return e
	}
	return c.logL(x) + e - c.logT(y)
}

func (c *carried) LogProb(dst []float64, x *mat.Dense) { measure.LogProbLine(dst, x, c.LogProb1) }

func (c *carried) Knots(dst []float64) []float64 {
	dst = measure.KnotsOf(c.law, dst)
	for _, y := range measure.KnotsOf(c.estimate, nil) {
		dst = append(dst, measure.Transfer(c.truth, c.law, y))
	}
	return dst
}
