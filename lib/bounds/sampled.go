package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
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

// SpeedAccuracySampled estimates both sides of the speed-accuracy relation from n
// samples of the noise and n of the estimated start, in any dimension: it follows both
// back through the flow by opt.Steps steps of Heun's method, and
// solves the assignment between them exactly at opt.Times + 1 times.
//
// Standard errors are those of the sums over particles, for W₁ through the potentials
// of the plan: two terms of one report are correlated, and their errors know it. Sampling
// biases W₁ upwards, the more so the higher the dimension, by no more than the mean
// distances between independent samples of the two laws: Bound holds these floors, each
// measured once, carried with the rest. A relation whose sides differ by less is
// Undecided. D₀ is in closed form where ChiSquared knows it, and else E[P̃/P] − 1 over
// samples of the start, for laws with densities; its estimate is too small where
// the estimate's tails are heavy.
//
// The rate of W₁ is that of a fixed plan, E_π[(ν(x) − ν(y))·(x − y)/|x − y|], and the
// sum of the floors' rates stands for its bias; integrals over time are Simpson's, with
// the difference from the trapezoid rule in their bounds.
// C2 is NaN if the velocity isn't known to be a gradient. The optimal cost is the
// squared exact W₂ between the samples of data and noise, over τ, with its floors.
//
// It returns an error if the flow is incomplete, the start is nil, the dimensions differ
// (measure.DimError), n < 2 or an option is negative (measure.ValueError), D₀ is known
// in no way (thermo.UnsupportedError), a particle isn't finite (flow.NonFiniteError), or
// a plan isn't found; and the context's error, wrapped, if that ends.
func SpeedAccuracySampled(ctx context.Context, f flow.Flow, start measure.Measure, n int, key rng.Key, opt Options) (*Report, error) {
	const fn = "bounds.SpeedAccuracySampled"
	if start == nil {
		return nil, errors.New(fn + ": start is nil")
	}
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	truth := f.Path.At(f.Tau)
	if d := start.Dim(); d != truth.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "start", Got: d, Want: truth.Dim()}
	}
	if n < 2 || opt.Times < 0 || opt.Steps < 0 {
		return nil, &measure.ValueError{Func: fn, Arg: "the least of n, Times + 2 and Steps + 2", Value: float64(min(n, opt.Times+2, opt.Steps+2)), Want: "at least 2"}
	}
	if opt.Times == 0 {
		opt.Times = 20
	}
	opt.Times += opt.Times % 2 // Simpson's rule takes them in pairs
	if opt.Steps == 0 {
		opt.Steps = 200
	}
	opt.Steps = (opt.Steps + opt.Times - 1) / opt.Times * opt.Times
	s := &sampled{n: n, d: start.Dim(), times: flow.Times(0, f.Tau, opt.Times)}
	if err := s.carry(ctx, f, truth, start, opt.Steps/opt.Times, key); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	r := &Report{Flow: f, Start: start, Options: opt, Tau: f.Tau, Times: s.times}
	if err := s.divergence(r, truth, start); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if err := s.match(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	s.report(r)
	return r, nil
}

// The four samples that are carried: of the truth and of the estimate, and another of
// each for the floors.
const (
	ofTruth = iota
	ofStart
	truthAgain
	startAgain
	samples
)

// sampled holds particles at each time.
type sampled struct {
	n, d  int
	times []float64
	x, v  [samples][]*mat.Dense // points and velocities at times

	pairs   []matching
	optimal relation.Term
}

// matching is what an optimal plan between two samples says at one time.
type matching struct {
	w1, rate    float64
	floor, bias float64   // of w1 and of rate
	f, g        []float64 // potentials of the particles of truth and estimate
	truthFloor  float64   // W₂ of two samples of the truth, at the ends
	err         error
}

// carry follows the samples from the last time to the first.
func (s *sampled) carry(ctx context.Context, f flow.Flow, truth, start measure.Measure, each int, key rng.Key) error {
	last := len(s.times) - 1
	for k := range samples {
		for range s.times {
			s.x[k], s.v[k] = append(s.x[k], mat.NewDense(s.n, s.d, nil)), append(s.v[k], mat.NewDense(s.n, s.d, nil))
		}
		law := truth
		if k == ofStart || k == startAgain {
			law = start
		}
		law.Sample(s.x[k][last], key.Fold(uint64(k)))
	}
	grid := []float64{f.Tau}
	for i := last; i > 0; i-- {
		grid = append(grid, flow.Times(s.times[i], s.times[i-1], each)[1:]...)
	}
	const block = 1024 // enough that the work of a time alone is shared
	blocks := (s.n + block - 1) / block
	failed, err := par.Map(ctx, samples*blocks, 1, func(job, _ int) error {
		k, lo := job/blocks, job%blocks*block
		hi := min(s.n, lo+block)
		rows := func(m *mat.Dense) *mat.Dense { return m.Slice(lo, hi, 0, s.d).(*mat.Dense) }
		step := 0
		for st, err := range flow.Solve(ctx, rows(s.x[k][last]), f.Velocity, grid, flow.Heun{}) {
			if err != nil {
				return err
			}
			if step%each == 0 {
				i := last - step/each
				rows(s.x[k][i]).Copy(st.X)
				f.Velocity.At(s.times[i]).Apply(rows(s.v[k][i]), st.X)
			}
			step++
		}
		return nil
	})
	for _, e := range failed {
		if e != nil {
			return e
		}
	}
	return err
}

// divergence fills D₀.
func (s *sampled) divergence(r *Report, truth, start measure.Measure) error {
	var unsupported *thermo.UnsupportedError
	var short *transport.NotConvergedError
	var err error
	if r.D0, err = ChiSquared(start, truth); err == nil || errors.As(err, &short) {
		return nil
	} else if !errors.As(err, &unsupported) {
		return err
	}
	p, okP := truth.(measure.LogDensity)
	q, okQ := start.(measure.LogDensity)
	if !okP || !okQ {
		return err
	}
	var ratio []float64
	for _, k := range [...]int{ofStart, startAgain} {
		x := s.x[k][len(s.times)-1]
		lp, lq := make([]float64, s.n), make([]float64, s.n)
		p.LogProb(lp, x)
		q.LogProb(lq, x)
		for i := range lp {
			ratio = append(ratio, math.Expm1(lq[i]-lp[i]))
		}
	}
	r.D0 = meanOf("D₀", ratio)
	if r.D0.Value < 0 { // of an estimate that is nearly the truth
		r.D0.Value = 0
	}
	if math.IsNaN(r.D0.Value) || math.IsInf(r.D0.Value, 1) {
		r.D0.Value, r.D0.StdErr = math.Inf(1), 0
	}
	return nil
}

// match finds the plans.
func (s *sampled) match(ctx context.Context) error {
	weights := make([]float64, s.n)
	for i := range weights {
		weights[i] = 1 / float64(s.n)
	}
	last := len(s.times) - 1
	distance := func(c transport.Cost) (*transport.Plan, error) {
		return transport.Solve(ctx, weights, weights, c, transport.SolveOptions{})
	}
	var err error
	s.pairs, err = par.Map(ctx, len(s.times), 1, func(i, _ int) (m matching) {
		x, y := s.x[ofTruth][i], s.x[ofStart][i]
		for _, k := range [...]int{ofTruth, ofStart} {
			p, err := distance(transport.Euclidean{X: s.x[k][i], Y: s.x[k+truthAgain][i]})
			if err != nil {
				m.err = err
				return m
			}
			m.floor += p.Cost()
			m.bias += math.Abs(s.rate(p, i, k, k+truthAgain))
		}
		if i == 0 || i == last {
			p, err := distance(transport.SquaredEuclidean{X: x, Y: s.x[truthAgain][i]})
			if err != nil {
				m.err = err
				return m
			}
			m.truthFloor = math.Sqrt(p.Cost())
		}
		p, err := distance(transport.Euclidean{X: x, Y: y})
		if err != nil {
			m.err = err
			return m
		}
		m.w1 = p.Cost()
		m.f, m.g = p.Potentials()
		m.rate = s.rate(p, i, ofTruth, ofStart)
		return m
	})
	if err != nil {
		return err
	}
	for _, m := range s.pairs {
		if m.err != nil {
			return m.err
		}
	}
	p, err := distance(transport.SquaredEuclidean{X: s.x[ofTruth][0], Y: s.x[truthAgain][last]})
	if err != nil {
		return err
	}
	w2 := math.Sqrt(p.Cost())
	floor := s.pairs[0].truthFloor + s.pairs[last].truthFloor
	tau := s.times[last]
	s.optimal = relation.Term{Symbol: "W₂²/τ", Value: w2 * w2 / tau, Bound: (2*w2 + floor) * floor / tau}
	return nil
}

// rate returns the rate at which the cost of a plan between two samples changes.
func (s *sampled) rate(p *transport.Plan, i, from, to int) (sum float64) {
	for ij, mass := range p.All() {
		sum += mass * approach(s.x[from][i].RawRowView(ij.I), s.x[to][i].RawRowView(ij.J), s.v[from][i].RawRowView(ij.I), s.v[to][i].RawRowView(ij.J))
	}
	return sum
}

// drift stores the share of each particle in the rate of W₁ at a time, up to a
// constant: how fast its potential changes.
func (s *sampled) drift(i int) (f, g []float64) {
	lo, hi := max(i-1, 0), min(i+1, len(s.times)-1)
	a, b := s.pairs[lo], s.pairs[hi]
	f, g = slices.Clone(b.f), slices.Clone(b.g)
	floats.Sub(f, a.f)
	floats.Sub(g, a.g)
	floats.Scale(1/(s.times[hi]-s.times[lo]), f)
	floats.Scale(1/(s.times[hi]-s.times[lo]), g)
	return f, g
}

// approach returns the rate of |x − y|.
func approach(x, y, vx, vy []float64) float64 {
	var dot, square float64
	for i := range x {
		dot += (vx[i] - vy[i]) * (x[i] - y[i])
		square += (x[i] - y[i]) * (x[i] - y[i])
	}
	if square == 0 {
		return 0
	}
	return dot / math.Sqrt(square)
}

// report fills what follows from the plans.
func (s *sampled) report(r *Report) {
	last := len(s.times) - 1
	step := s.times[last] / float64(last)
	d0 := r.D0.Value
	empty := d0 == 0 || math.IsInf(d0, 1)
	var c1, c1Rough, c1Bias float64
	power, rough := make([]float64, 2*s.n), make([]float64, 2*s.n)
	shareF, shareG := make([]float64, s.n), make([]float64, s.n) // of particles in ∫ (dW₁/dt)² dt
	for i, m := range s.pairs {
		fine, coarse := step*num.Simpson(i, last), step*num.Trapezoid(i, last)
		f, g := s.drift(i)
		r.W1 = append(r.W1, relation.Term{Symbol: "W₁", Value: m.w1, StdErr: math.Hypot(meanOf("", m.f).StdErr, meanOf("", m.g).StdErr), Bound: m.floor})
		r.LossRate = append(r.LossRate, m.rate)
		r.lossBound = append(r.lossBound, m.bias)
		r.lossErr = append(r.lossErr, math.Hypot(meanOf("", f).StdErr, meanOf("", g).StdErr))
		r.LossSpeed = append(r.LossSpeed, perRoot(math.Abs(m.rate), d0))
		c1 += fine * m.rate * m.rate
		c1Rough += coarse * m.rate * m.rate
		c1Bias += coarse * (2*math.Abs(m.rate) + m.bias) * m.bias
		floats.AddScaled(shareF, 2*fine*m.rate, f)
		floats.AddScaled(shareG, 2*fine*m.rate, g)
		var now []float64
		for _, k := range [...]int{ofTruth, truthAgain} {
			for j := range s.n {
				now = append(now, squaredNorm(s.v[k][i].RawRowView(j)))
			}
		}
		for j, e := range now {
			power[j] += fine * e
			rough[j] += coarse * e
		}
		mean := meanOf("", now).Value
		r.Power = append(r.Power, mean)
		r.Speed = append(r.Speed, math.NaN())
		if r.Conservative() {
			r.Speed[i] = math.Sqrt(mean)
		}
	}
	r.WD = meanOf("w_D", power)
	r.WD.Bound = math.Abs(r.WD.Value - meanOf("", rough).Value)
	r.C2 = relation.Term{Symbol: "c₂", Value: math.NaN()}
	if r.Conservative() {
		r.C2 = r.WD
		r.C2.Symbol = "c₂"
	}
	r.Optimal.Cost = s.optimal
	r.Eta.Symbol, r.C1.Symbol = "η", "c₁"
	if empty {
		return
	}
	// Each particle's share in ΔW₁, so that what its two ends have in common cancels.
	df, dg := slices.Clone(s.pairs[0].f), slices.Clone(s.pairs[0].g)
	floats.Sub(df, s.pairs[last].f)
	floats.Sub(dg, s.pairs[last].g)
	change := s.pairs[0].w1 - s.pairs[last].w1
	stderr := math.Hypot(meanOf("", df).StdErr, meanOf("", dg).StdErr)
	bias := max(s.pairs[0].floor, s.pairs[last].floor)
	scale, relative := 1/(r.Tau*d0), r.D0.StdErr/d0
	r.Eta.Value = change * change * scale
	r.Eta.StdErr = math.Hypot(2*math.Abs(change)*stderr*scale, relative*r.Eta.Value)
	r.Eta.Bound = (2*math.Abs(change)+bias)*bias*scale + r.D0.Bound/d0*r.Eta.Value
	r.C1.Value = c1 / d0
	r.C1.StdErr = math.Hypot(math.Hypot(meanOf("", shareF).StdErr, meanOf("", shareG).StdErr)/d0, relative*r.C1.Value)
	r.C1.Bound = (math.Abs(c1-c1Rough)+c1Bias)/d0 + r.D0.Bound/d0*r.C1.Value
}

func squaredNorm(v []float64) (sum float64) {
	for _, x := range v {
		sum += x * x
	}
	return sum
}
