package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Pairs are draws of x_t with a velocity u whose mean given x_t is the true one, as flow
// matching has them.
type Pairs interface {
	Pairs(x, u *mat.Dense, t float64, key rng.Key) error
}

// LearnedSampled estimates both sides for any learned velocity, in any dimension, from n
// samples of the start that follow it back by opt.Steps steps of Heun's method, and n of
// the true law at opt.Times + 1 times (an even number of steps; defaults 64 and 16).
//
//   - D_t = E[p̃/p] − 1 over the samples, with p̃ by the change of variables along the learned
//     flow; Tails tell whether its mean is to be trusted. Where it isn't, it is too small as a
//     rule, and so is the bound: what holds with it holds with the right one.
//   - W₁(q, p) is between two numbers, whose middle is the value and whose half difference
//     is the Bound: from above, the mean distance of points that start coupled and follow
//     the true and the learned velocity; from below, the distance of the means. Points start
//     by the optimal map between Gaussians, which gives both numbers for W₁(P_τ, P̃_τ) too.
//   - w_D and L are means over samples; their standard errors are those of each sample's sum
//     over times, their bounds the difference between Simpson's rule and the trapezoid rule.
//
// The path's laws need densities, and start and P_τ must be Gaussian (thermo.UnsupportedError);
// a smoothed law of atoms has one at all times, atoms have D = ∞ at time 0. It returns an error for an argument that is
// missing, a measure.DimError if dimensions differ, a measure.ValueError for n < 50, a
// flow.NonFiniteError, and the context's error, wrapped, if that ends.
func LearnedSampled(ctx context.Context, f flow.Flow, learned flow.Field, start *measure.Gaussian, n int, key rng.Key, opt Options) (*Learned, error) {
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("bounds.LearnedSampled: %w", err)
	}
	return estimateLearned(ctx, "bounds.LearnedSampled", truth{
		tau: f.Tau, law: f.Path.At, velocity: f.Velocity,
		pairs: func(x, u *mat.Dense, t float64, key rng.Key) error {
			f.Path.At(t).Sample(x, key)
			f.Velocity.At(t).Apply(u, x)
			return nil
		},
	}, learned, start, n, key, opt)
}

// LearnedPairs is LearnedSampled where the true velocity isn't known, but pairs are whose
// mean it is: those of coupled minibatches, say. Then
//
//   - L and w_D are upper bounds, E|u − ν̃|² and E|u|², as their symbols say;
//   - D is known at the ends only, where the laws are given: the data's and the noise's;
//   - W₁(q, p) is at most the mean cost of the optimal plan between two samples of n.
//
// It returns what LearnedSampled does, and the errors of the pairs.
func LearnedPairs(ctx context.Context, data, noise measure.LogDensity, tau float64, pairs Pairs, learned flow.Field, start *measure.Gaussian, n int, key rng.Key, opt Options) (*Learned, error) {
	const fn = "bounds.LearnedPairs"
	if data == nil || noise == nil || pairs == nil || !(tau > 0) {
		return nil, errors.New(fn + ": there are no data, no noise, no pairs, or no time")
	}
	return estimateLearned(ctx, fn, truth{tau: tau, pairs: pairs.Pairs, law: func(t float64) measure.Measure {
		switch t {
		case 0:
			return data
		case tau:
			return noise
		}
		return nil
	}}, learned, start, n, key, opt)
}

// truth is what is known of the true flow.
type truth struct {
	tau      float64
	law      func(t float64) measure.Measure // nil where it isn't known
	velocity flow.Field                      // nil if it isn't known
	pairs    func(x, u *mat.Dense, t float64, key rng.Key) error
}

func estimateLearned(ctx context.Context, fn string, f truth, learned flow.Field, start *measure.Gaussian, n int, key rng.Key, opt Options) (*Learned, error) {
	if learned == nil || start == nil {
		return nil, errors.New(fn + ": there is no learned velocity, or no start")
	}
	end, ok := measure.AsGaussian(f.law(f.tau))
	if !ok {
		return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("the law at the end is a %T: want a Gaussian", f.law(f.tau))}
	}
	if start.Dim() != end.Dim() || f.law(0).Dim() != end.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "start", Got: start.Dim(), Want: f.law(0).Dim()}
	}
	if n < 50 || opt.Times < 0 || opt.Steps < 0 {
		return nil, &measure.ValueError{Func: fn, Arg: "n", Value: float64(n), Want: "at least 50, and options that aren't negative"}
	}
	if opt.Times == 0 {
		opt.Times = 16
	}
	opt.Times += opt.Times % 2
	if opt.Steps == 0 {
		opt.Steps = 64
	}
	each := (opt.Steps + opt.Times - 1) / opt.Times
	l := &Learned{Tau: f.tau, Times: flow.Times(0, f.tau, opt.Times), Velocity: learned, DMax: relation.Term{Symbol: "D_max"}}
	if err := l.losses(ctx, f, n, key.Named("losses")); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	x := mat.NewDense(n, end.Dim(), nil)
	start.Sample(x, key.Named("start"))
	from := mat.DenseCopyOf(x)
	if err := l.generate(ctx, fn, f, start, x, each); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if err := l.distances(ctx, fn, f, start, end, from, each, key.Named("data")); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return l, nil
}

// losses fills w_D and L.
func (l *Learned) losses(ctx context.Context, f truth, n int, key rng.Key) error {
	last := len(l.Times) - 1
	type energies struct {
		power, loss []float64
		err         error
	}
	d := f.law(0).Dim()
	at, err := par.Map(ctx, len(l.Times), 1, func(i, _ int) (e energies) {
		x, u, v := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
		if e.err = f.pairs(x, u, l.Times[i], key); e.err != nil {
			return e
		}
		l.Velocity.At(l.Times[i]).Apply(v, x)
		for j := range n {
			e.power = append(e.power, squaredNorm(u.RawRowView(j)))
		}
		v.Sub(v, u)
		for j := range n {
			e.loss = append(e.loss, squaredNorm(v.RawRowView(j)))
		}
		return e
	})
	if err != nil {
		return err
	}
	integral := func(symbol string, scale float64, of func(energies) []float64) relation.Term {
		fine, rough := make([]float64, n), make([]float64, n)
		for i, e := range at {
			for j, v := range of(e) {
				fine[j] += scale * num.Simpson(i, last) / float64(last) * v
				rough[j] += scale * num.Trapezoid(i, last) / float64(last) * v
			}
		}
		t := meanOf(symbol, fine)
		t.Bound = math.Abs(t.Value - meanOf("", rough).Value)
		return t
	}
	for _, e := range at {
		if e.err != nil {
			return e.err
		}
	}
	power, loss := "w_D", "L"
	if f.velocity == nil {
		power, loss = "E|u|²", "E|u − ν̃|²"
	}
	l.WD = integral(power, f.tau, func(e energies) []float64 { return e.power })
	l.Loss = integral(loss, 1, func(e energies) []float64 { return e.loss })
	if bad := l.WD.Value + l.Loss.Value; math.IsNaN(bad) || math.IsInf(bad, 0) {
		return fmt.Errorf("w_D is %v and L is %v", l.WD.Value, l.Loss.Value)
	}
	return nil
}

// generate takes samples of the start back and fills D where the law is known.
func (l *Learned) generate(ctx context.Context, fn string, f truth, start *measure.Gaussian, x *mat.Dense, each int) error {
	n, d := x.Dims()
	last := len(l.Times) - 1
	logp := make([]float64, n)
	start.LogProb(logp, x)
	l.D, l.Tails = make([]float64, last+1), make([]Tail, last+1)
	v, w, y := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	div, next := make([]float64, n), make([]float64, n)
	l.compare(f, last, logp, x)
	divergence(next, l.Velocity.At(l.Times[last]), x)
	for i := last; i > 0; i-- {
		times := flow.Times(l.Times[i], l.Times[i-1], each)
		for k, t := range times[1:] {
			if err := ctx.Err(); err != nil {
				return err
			}
			h := t - times[k]
			l.Velocity.At(times[k]).Apply(v, x)
			y.Scale(h, v)
			y.Add(y, x)
			there := l.Velocity.At(t)
			there.Apply(w, y)
			v.Add(v, w)
			v.Scale(0.5*h, v)
			x.Add(x, v)
			div, next = next, div
			divergence(next, there, x)
			for j := range logp {
				logp[j] -= 0.5 * h * (div[j] + next[j])
			}
		}
		for j, p := range logp {
			if bad := p + mat.Sum(x.RowView(j)); math.IsNaN(bad) || math.IsInf(bad, 0) {
				return &flow.NonFiniteError{T: l.Times[i-1], Row: j}
			}
		}
		l.compare(f, i-1, logp, x)
	}
	l.Generated = x
	if _, ok := f.law(0).(measure.LogDensity); !ok {
		return &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("the data's law is a %T, without a density", f.law(0))}
	}
	return nil
}

// compare fills D at a time from samples of the estimate with their log density.
func (l *Learned) compare(f truth, i int, logp []float64, x *mat.Dense) {
	law, ok := f.law(l.Times[i]).(measure.LogDensity)
	if !ok {
		l.D[i], l.Tails[i] = math.NaN(), Tail{math.NaN(), math.NaN()}
		return
	}
	logs := make([]float64, len(logp))
	law.LogProb(logs, x)
	ratio := make([]float64, len(logp))
	for j, p := range logp {
		logs[j] = p - logs[j]
		ratio[j] = math.Expm1(logs[j])
	}
	l.Tails[i] = tailOf(logs)
	d := meanOf("D_max", ratio)
	if math.IsNaN(d.Value) || math.IsInf(d.Value, 1) {
		d.Value, d.StdErr = math.Inf(1), 0
	}
	l.D[i] = math.Max(d.Value, 0)
	if d.Value > l.DMax.Value {
		l.DMax = d
	}
}

// divergence stores that of a map at the rows of x, by differences if it has no other.
func divergence(dst []float64, m flow.Map, x *mat.Dense) {
	if d, ok := m.(flow.Divergencer); ok {
		d.Divergence(dst, x)
		return
	}
	n, d := x.Dims()
	e, col, spread := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	clear(dst)
	for j := range d {
		e.Zero()
		for i := range n {
			e.Set(i, j, 1)
		}
		flow.JVP(col, spread, m, x, e)
		for i := range dst {
			dst[i] += col.At(i, j)
		}
	}
}

// distances fills W₁ at the ends.
func (l *Learned) distances(ctx context.Context, fn string, f truth, start, end *measure.Gaussian, from *mat.Dense, each int, key rng.Key) error {
	n, d := from.Dims()
	var optimal mat.Dense
	a, b := transport.GaussianMap(start, end)
	optimal.Mul(from, a)
	for i := range n {
		for j := range b {
			optimal.Set(i, j, optimal.At(i, j)+b[j])
		}
	}
	if w, err := gaussianW1(fn, end, start); err == nil {
		l.W1Noise = w
	} else {
		l.W1Noise = between(&optimal, from)
	}
	if f.velocity != nil {
		grid := flow.Times(f.tau, 0, each*(len(l.Times)-1))
		if err := flow.Transport(ctx, &optimal, f.velocity, grid, flow.Heun{}); err != nil {
			return err
		}
		l.W1Data = between(&optimal, l.Generated)
		return nil
	}
	x := mat.NewDense(n, d, nil)
	f.law(0).Sample(x, key)
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = 1 / float64(n)
	}
	plan, err := transport.Solve(ctx, weights, weights, transport.Euclidean{X: x, Y: l.Generated}, transport.SolveOptions{})
	if err != nil {
		return err
	}
	coupled := mat.NewDense(n, d, nil)
	for ij, mass := range plan.All() {
		if mass > 0 {
			coupled.SetRow(ij.J, x.RawRowView(ij.I))
		}
	}
	l.W1Data = between(coupled, l.Generated)
	return nil
}

// between returns W₁ of the laws of two coupled samples: at most the mean distance of the
// pairs, and at least the distance of the means, along the direction that half of the
// pairs give, so that it isn't biased.
func between(x, y *mat.Dense) relation.Term {
	n, d := x.Dims()
	far := make([]float64, n)
	direction := make([]float64, d)
	for i := range n {
		a, b := x.RawRowView(i), y.RawRowView(i)
		for j, v := range a {
			far[i] += (v - b[j]) * (v - b[j])
			if i < n/2 {
				direction[j] += v - b[j]
			}
		}
		far[i] = math.Sqrt(far[i])
	}
	norm := math.Sqrt(squaredNorm(direction))
	var along []float64
	for i := n / 2; i < n && norm > 0; i++ {
		a, b := x.RawRowView(i), y.RawRowView(i)
		s := 0.0
		for j, v := range a {
			s += (v - b[j]) * direction[j] / norm
		}
		along = append(along, s)
	}
	hi, lo := meanOf("", far), relation.Term{}
	if norm > 0 {
		lo = meanOf("", along)
	}
	low := math.Min(math.Max(lo.Value, 0), hi.Value)
	return relation.Term{Symbol: "W₁", Value: 0.5 * (low + hi.Value), Bound: 0.5 * (hi.Value - low), StdErr: math.Max(lo.StdErr, hi.StdErr)}
}
