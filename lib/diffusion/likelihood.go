package diffusion

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// LikelihoodOptions are the options of LogLikelihood and HutchinsonLikelihood. The
// zero value is ready to use.
type LikelihoodOptions struct {
	// Times are the steps to take, increasing from t0 to t1; they are taken
	// once as they are and once halved. nil lets each particle choose its own
	// to meet the tolerances, and halves those.
	Times []float64
	// RelTol and AbsTol bound the error of a chosen step, in each particle's
	// position and log density; 0 means 10⁻⁶ and 10⁻⁸.
	RelTol, AbsTol float64
	// MaxSteps bounds the steps that a particle chooses; 0 means 10,000.
	MaxSteps int
	// Normal draws Hutchinson's probes from N(0, I); otherwise their entries
	// are ±1 (Rademacher), which has the smaller variance.
	Normal bool
	// First is the number of the first row of x among all particles: probes
	// depend on it, so that chunks give what the whole does.
	First int
}

// Likelihood is the log density of points by the change of variables along a
// probability flow,
//
//	ln p_{t0}(x) = ln p_{t1}(x(t1)) + ∫_{t0}^{t1} ∇·ν(x(t), t) dt.
type Likelihood struct {
	T0, T1  float64
	End     measure.LogDensity // p_{t1}
	Latent  *mat.Dense         // x(t1), as rows
	Steps   []int              // that each particle took
	Probes  int                // Hutchinson's, 0 for the exact divergence
	Options LikelihoodOptions

	integral *mat.Dense // of each particle (row) and probe
	coarse   struct {   // with steps twice as long
		latent, integral *mat.Dense
	}
	spread            []float64 // of differences, integrated
	endFine, endRough []float64 // ln p_{t1}
}

// LikelihoodStepError reports a particle whose steps became too small or too many.
type LikelihoodStepError struct {
	Particle int
	T, Step  float64
	Steps    int
}

func (e *LikelihoodStepError) Error() string {
	return fmt.Sprintf("diffusion: the likelihood of particle %d stopped at t = %v after %d steps, with a step of %g", e.Particle, e.T, e.Steps, e.Step)
}

// LogLikelihood returns the log densities of the rows of x under the flow at t0,
// given that at t1; end nil means that of the flow's own path, the exact law. With
// NoisePrior for end it is what is usually reported, which differs from the exact
// one by the mismatch of the prior.
//
// The divergence is exact for a velocity that is a flow.Divergencer, and otherwise
// the trace of d differences; see flow.Divergence. The steps are those of Dormand
// and Prince, of order 5; a particle's result doesn't depend on the others. The
// bound of a value is its difference from the one with steps twice as long, and the
// estimated error of the differences.
//
// It returns an error if x is empty or not finite, for a flow without velocity or
// an end of another dimension, unless 0 ≤ t0 < t1 ≤ Tau, for options out of range,
// a LikelihoodStepError or flow.NonFiniteError for a particle that can't be
// followed, and the context's error, wrapped, if that ends.
func LogLikelihood(ctx context.Context, f flow.Flow, x *mat.Dense, t0, t1 float64, end measure.LogDensity, opt LikelihoodOptions) (*Likelihood, error) {
	return likelihood(ctx, "diffusion.LogLikelihood", f, x, t0, t1, end, 0, rng.Key{}, opt)
}

// HutchinsonLikelihood is LogLikelihood with the divergence estimated by a number
// of probes, ∇·ν = E eᵀJe, each followed along the whole path: a value is the mean
// over the probes, with its standard error. Products Je are by flow.JVP. Probe k of
// particle i depends on the key, i and k alone. It needs at least 2 probes.
//
// M. Hutchinson, Commun. Stat. Simul. Comput. 18, 1059 (1989); W. Grathwohl et al.,
// FFJORD, ICLR 2019.
func HutchinsonLikelihood(ctx context.Context, f flow.Flow, x *mat.Dense, t0, t1 float64, end measure.LogDensity, probes int, key rng.Key, opt LikelihoodOptions) (*Likelihood, error) {
	const fn = "diffusion.HutchinsonLikelihood"
	if probes < 2 {
		return nil, fmt.Errorf("%s: probes is %d, want at least 2, for a standard error", fn, probes)
	}
	return likelihood(ctx, fn, f, x, t0, t1, end, probes, key, opt)
}

// NoisePrior returns the law N(0, σ²(t) I) in d dimensions that samplers and
// likelihoods take in place of the noised data's at time t. It returns an error if
// t isn't in [0, Tau], if σ(t) is 0 or if d < 1.
func NoisePrior(s Schedule, t float64, d int) (*measure.Gaussian, error) {
	const fn = "diffusion.NoisePrior"
	switch {
	case s == nil:
		return nil, fmt.Errorf("%s: there is no schedule", fn)
	case !(t >= 0 && t <= s.Tau()):
		return nil, &measure.ValueError{Func: fn, Arg: "t", Value: t, Want: fmt.Sprintf("in [0, %v]", s.Tau())}
	case d < 1:
		return nil, fmt.Errorf("%s: d is %d, want at least 1", fn, d)
	}
	cov := mat.NewSymDense(d, nil)
	for i := range d {
		cov.SetSym(i, i, s.At(t).Var)
	}
	return measure.NewGaussian(make([]float64, d), cov)
}

// With returns the likelihood with another density at t1, without following the
// particles again.
func (l *Likelihood) With(end measure.LogDensity) (*Likelihood, error) {
	const fn = "diffusion.Likelihood.With"
	n, d := l.Latent.Dims()
	if end == nil {
		return nil, fmt.Errorf("%s: there is no density", fn)
	}
	if end.Dim() != d {
		return nil, &measure.DimError{Func: fn, Arg: "end", Got: end.Dim(), Want: d}
	}
	out := *l
	out.End, out.endFine, out.endRough = end, make([]float64, n), make([]float64, n)
	end.LogProb(out.endFine, l.Latent)
	end.LogProb(out.endRough, l.coarse.latent)
	for i, v := range out.endFine {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("%s: the log density at the end of particle %d is %v", fn, i, v)
		}
	}
	return &out, nil
}

// Divergence returns ∫ ∇·ν dt of each particle.
func (l *Likelihood) Divergence() []relation.Term {
	none := make([]float64, len(l.spread))
	return l.terms("∫∇·ν", none, none)
}

// LogProb returns ln p_{t0} of each particle, in nats.
func (l *Likelihood) LogProb() []relation.Term {
	return l.terms("ln p", l.endFine, l.endRough)
}

// BitsPerDim returns −ln p_{t0}/(d ln 2) + offset of each particle. The offset is
// 0 for the density of the points as they are, or DiscretisationOffset for the
// probability of the levels that they stand for.
func (l *Likelihood) BitsPerDim(offset float64) []relation.Term {
	_, d := l.Latent.Dims()
	out, unit := l.LogProb(), 1/(float64(d)*math.Ln2)
	for i, t := range out {
		out[i] = relation.Term{Symbol: "bits/dim", Value: offset - t.Value*unit, StdErr: t.StdErr * unit, Bound: t.Bound * unit}
	}
	return out
}

// DiscretisationOffset returns log₂(levels/(hi − lo)): what must be added to the
// bits per dimension of points that were scaled to [lo, hi] for those of values in
// so many levels, each spread evenly over its own width. It is 7 for 256 levels in
// [−1, 1], and 8 in [0, 1]. It panics unless levels ≥ 1 and lo < hi, both finite.
func DiscretisationOffset(levels int, lo, hi float64) float64 {
	const fn = "diffusion.DiscretisationOffset"
	mustBe(fn, "levels", float64(levels), levels >= 1, "at least 1")
	mustBe(fn, "hi − lo", hi-lo, hi > lo && !math.IsInf(hi-lo, 1), "positive and finite")
	return math.Log2(float64(levels) / (hi - lo))
}

// Mean returns the mean of terms over particles. Its standard error is that of
// their spread, which contains the errors of the terms themselves; of one term it
// is that term's. Its bound is the mean of theirs.
func Mean(terms []relation.Term) relation.Term {
	if len(terms) == 0 {
		panic("diffusion.Mean: there are no terms")
	}
	if len(terms) == 1 {
		return terms[0]
	}
	n := float64(len(terms))
	var sum, square, bound num.Sum
	for _, t := range terms {
		sum.Add(t.Value)
		bound.Add(t.Bound)
	}
	mean := sum.Value() / n
	for _, t := range terms {
		square.Add((t.Value - mean) * (t.Value - mean))
	}
	return relation.Term{
		Symbol: terms[0].Symbol, Value: mean,
		StdErr: math.Sqrt(square.Value() / (n * (n - 1))), Bound: bound.Value() / n,
	}
}

// terms returns base + the integral of each particle.
func (l *Likelihood) terms(symbol string, base, rough []float64) []relation.Term {
	out := make([]relation.Term, len(l.spread))
	for i := range out {
		row := l.integral.RawRowView(i)
		k := float64(len(row))
		var sum, lost, square num.Sum
		for j, v := range row {
			sum.Add(v)
			lost.Add(v - l.coarse.integral.At(i, j))
		}
		mean := sum.Value() / k
		t := relation.Term{Symbol: symbol, Value: base[i] + mean}
		if len(row) > 1 {
			for _, v := range row {
				square.Add((v - mean) * (v - mean))
			}
			t.StdErr = math.Sqrt(square.Value() / (k * (k - 1)))
		}
		gap := 0.0
		if !math.IsInf(base[i], 0) {
			gap = base[i] - rough[i]
		}
		t.Bound = math.Abs(gap+lost.Value()/k) + l.spread[i] + 1e-14*(math.Abs(mean)+1)
		out[i] = t
	}
	return out
}

func likelihood(ctx context.Context, fn string, f flow.Flow, x *mat.Dense, t0, t1 float64, end measure.LogDensity, probes int, key rng.Key, opt LikelihoodOptions) (*Likelihood, error) {
	if err := checkLikelihood(fn, f, x, t0, t1, &opt); err != nil {
		return nil, err
	}
	if end == nil {
		if f.Path == nil {
			return nil, fmt.Errorf("%s: neither end nor the flow's path gives the law at %v", fn, t1)
		}
		var ok bool
		if end, ok = f.Path.At(t1).(measure.LogDensity); !ok {
			return nil, fmt.Errorf("%s: the flow's law at %v has no density", fn, t1)
		}
	}
	n, d := x.Dims()
	columns := max(probes, 1)
	l := &Likelihood{T0: t0, T1: t1, Latent: mat.NewDense(n, d, nil), Steps: make([]int, n), Probes: probes, Options: opt}
	l.integral, l.spread = mat.NewDense(n, columns, nil), make([]float64, n)
	l.coarse.latent, l.coarse.integral = mat.NewDense(n, d, nil), mat.NewDense(n, columns, nil)
	block := 8
	if opt.Times != nil {
		block = 64 // particles that share the field's work at each time
	}
	errs, err := par.Map(ctx, n, block, func(lo, hi int) error {
		for lo < hi {
			to := hi
			if opt.Times == nil {
				to = lo + 1
			}
			if err := l.follow(ctx, f.Velocity, x, lo, to, key); err != nil {
				return err
			}
			lo = to
		}
		return nil
	})
	if err = firstOf(errs, err); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	out, err := l.With(end)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return out, nil
}

// firstOf returns the error of the first block that failed.
func firstOf(errs []error, otherwise error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return otherwise
}

func checkLikelihood(fn string, f flow.Flow, x *mat.Dense, t0, t1 float64, opt *LikelihoodOptions) error {
	if f.Velocity == nil {
		return fmt.Errorf("%s: the flow has no velocity", fn)
	}
	if x == nil || x.IsEmpty() {
		return fmt.Errorf("%s: x is empty", fn)
	}
	n, d := x.Dims()
	for i := range n {
		for j := range d {
			if v := x.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s: coordinate %d of x[%d] is %v, want a finite number", fn, j, i, v)
			}
		}
	}
	if !(t0 >= 0 && t0 < t1) {
		return &measure.ValueError{Func: fn, Arg: "t0", Value: t0, Want: fmt.Sprintf("at least 0 and below t1 = %v", t1)}
	}
	if !(t1 <= f.Tau) || math.IsInf(t1, 1) {
		return &measure.ValueError{Func: fn, Arg: "t1", Value: t1, Want: fmt.Sprintf("at most the flow's duration %v", f.Tau)}
	}
	opt.RelTol, opt.AbsTol = orDefault(opt.RelTol, 1e-6), orDefault(opt.AbsTol, 1e-8)
	for arg, v := range map[string]float64{"RelTol": opt.RelTol, "AbsTol": opt.AbsTol} {
		if !(v > 0) || math.IsInf(v, 1) {
			return &measure.ValueError{Func: fn, Arg: arg, Value: v, Want: "positive and finite"}
		}
	}
	if opt.MaxSteps == 0 {
		opt.MaxSteps = 10_000
	}
	if opt.MaxSteps < 0 || opt.First < 0 {
		return fmt.Errorf("%s: MaxSteps is %d and First is %d, want no negative numbers", fn, opt.MaxSteps, opt.First)
	}
	if opt.Times == nil {
		return nil
	}
	if k := len(opt.Times); k < 2 || opt.Times[0] != t0 || opt.Times[k-1] != t1 {
		return fmt.Errorf("%s: Times has %d entries, want at least 2, from t0 = %v to t1 = %v", fn, k, t0, t1)
	}
	for i, t := range opt.Times[1:] {
		if !(t > opt.Times[i]) {
			return fmt.Errorf("%s: Times[%d] is %v after %v, want increasing times", fn, i+1, t, opt.Times[i])
		}
	}
	return nil
}
