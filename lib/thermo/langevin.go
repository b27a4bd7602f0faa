package thermo

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// LangevinOptions are the options of Langevin.
type LangevinOptions struct {
	Tau float64 // duration; default 1
	// Axes are those of the grid on which the law is followed if the force isn't affine,
	// in one or two dimensions; nothing leaves it.
	Axes []measure.Axis
	// Steps and Static are those of FokkerPlanck, on a grid.
	Steps  int
	Static bool
}

// Langevin returns the process dx = f dt + √(2T) dB of a reader's own force f and
// temperature T(t) ≥ 0, from a law at time 0: its marginals P_t, and the velocity
// ν = f − T ∇ln P_t, which carries them.
//
// The force is affine at every time, f = A x + b (flow.Affine, as flow.Linear has it),
// and the start a Gaussian, a mixture of them or a measure.Discrete. Each part then
// stays Gaussian: N(Φ μ + r, Φ C Φᵀ + Σ) with the flow.Propagator of f and T. While
// a Discrete start has not spread, at time 0, it has no score, and the velocity is NaN
// there unless T is 0.
//
// With opt.Axes the law is followed on a grid instead, by FokkerPlanck, whatever the force
// and the start, in one or two dimensions.
//
// The velocity is a gradient, and Flow.Gradient set, if A is symmetric at all times at
// which the propagator met it, or the dimension is 1.
//
// It returns an error for a nil argument, a measure.ValueError for a Tau or T that is
// negative or not finite, a measure.DimError if the dimensions differ, an
// UnsupportedError for another force or start, and the errors of flow.NewPropagator.
func Langevin(ctx context.Context, start measure.Measure, force flow.Field, temperature func(t float64) float64, opt LangevinOptions) (flow.Process, error) {
	const fn = "thermo.Langevin"
	if start == nil || start.Dim() == 0 || force == nil || temperature == nil {
		return flow.Process{}, errors.New(fn + ": start, force or temperature is nil")
	}
	if opt.Tau == 0 {
		opt.Tau = 1
	}
	if !(opt.Tau > 0) || math.IsInf(opt.Tau, 1) {
		return flow.Process{}, &measure.ValueError{Func: fn, Arg: "Tau", Value: opt.Tau, Want: "positive and finite"}
	}
	if opt.Axes != nil {
		grid, inside, err := measure.GridOf(start, opt.Axes...)
		if err != nil {
			return flow.Process{}, fmt.Errorf("%s: %w", fn, err)
		}
		if inside < 0.999 {
			return flow.Process{}, &measure.ValueError{Func: fn, Arg: "the mass of the start on the grid", Value: inside, Want: "at least 0.999"}
		}
		s, err := FokkerPlanck(ctx, grid, force, temperature, FokkerPlanckOptions{Tau: opt.Tau, Steps: opt.Steps, Static: opt.Static})
		if err != nil {
			return flow.Process{}, fmt.Errorf("%s: %w", fn, err)
		}
		return s.Process(), nil
	}
	l := &langevin{start: start, force: force, temperature: temperature}
	if g, ok := measure.AsMixture(start); ok {
		l.parts = g
	} else if d, ok := measure.AsDiscrete(start); ok {
		l.atoms = d
	} else {
		return flow.Process{}, &UnsupportedError{fn, fmt.Sprintf("a start of type %T: want a Gaussian, a mixture or a Discrete", start)}
	}
	m, ok := force.At(0).(flow.Affine)
	if !ok {
		return flow.Process{}, &UnsupportedError{fn, fmt.Sprintf("a force of type %T at t = 0: want a flow.Affine map, or a grid (Axes)", force.At(0))}
	}
	if _, b := m.Affine(); len(b) != start.Dim() {
		return flow.Process{}, &measure.DimError{Func: fn, Arg: "force", Got: len(b), Want: start.Dim()}
	}
	symmetric := true
	noted := flow.FieldFunc(func(t float64) flow.Map {
		m := force.At(t)
		if a, ok := m.(flow.Affine); ok {
			a, _ := a.Affine()
			symmetric = symmetric && isSymmetric(a)
		}
		return m
	})
	checked := func(t float64) float64 {
		temp := temperature(t)
		if math.IsInf(temp, 0) || math.IsNaN(temp) {
			return math.NaN()
		}
		return temp
	}
	var err error
	if l.propagator, err = flow.NewPropagator(ctx, noted, checked, 0, opt.Tau); err != nil {
		return flow.Process{}, fmt.Errorf("%s: %w", fn, err)
	}
	return flow.Process{
		Flow: flow.Flow{
			Path:     flow.PathFunc(l.at),
			Velocity: flow.FieldFunc(l.velocity),
			Tau:      opt.Tau,
			Gradient: symmetric || start.Dim() == 1,
		},
		Drift:       force,
		Temperature: temperature,
	}, nil
}

func isSymmetric(a mat.Matrix) bool {
	d, _ := a.Dims()
	for i := range d {
		for j := range i {
			if x, y := a.At(i, j), a.At(j, i); math.Abs(x-y) > 1e-14*(math.Abs(x)+math.Abs(y)) {
				return false
			}
		}
	}
	return true
}

// langevin is a process with an affine force, from a mixture or from atoms.
type langevin struct {
	start       measure.Measure
	parts       *measure.Mixture
	atoms       *measure.Discrete
	force       flow.Field
	temperature func(float64) float64
	propagator  *flow.Propagator
}

// at returns the law at time t.
func (l *langevin) at(t float64) measure.Measure {
	phi, r, cov := l.propagator.At(t)
	if t == 0 {
		return l.start
	}
	if l.atoms != nil {
		if mat.Norm(cov, 1) == 0 { // no noise yet
			return mustMeasure(measure.NewDiscrete(l.moved(phi, r), l.atoms.Weights()))
		}
		if v, ok := isotropic(cov); ok { // the measure's own noise, which is faster
			return mustMeasure(measure.NewDiscrete(l.moved(phi, r), l.atoms.Weights())).Noise(measure.Coeffs{M: 1, Var: v})
		}
		var weights []float64
		var parts []*measure.Gaussian
		points := l.moved(phi, r)
		for i, w := range l.atoms.Weights() {
			if w > 0 {
				weights, parts = append(weights, w), append(parts, mustMeasure(measure.NewGaussian(points.RawRowView(i), cov)))
			}
		}
		return mustMeasure(measure.NewMixture(weights, parts))
	}
	weights, parts := make([]float64, l.parts.Len()), make([]*measure.Gaussian, l.parts.Len())
	for k := range parts {
		w, g := l.parts.Component(k)
		var c mat.SymDense
		g.Cov(&c)
		var mean mat.VecDense
		mean.MulVec(phi, mat.NewVecDense(g.Dim(), g.Mean(nil)))
		mean.AddVec(&mean, mat.NewVecDense(g.Dim(), r))
		var pc, pcp mat.Dense
		pc.Mul(phi, &c)
		pcp.Mul(&pc, phi.T())
		d := len(r)
		for i := range d {
			for j := i; j < d; j++ {
				c.SetSym(i, j, 0.5*(pcp.At(i, j)+pcp.At(j, i))+cov.At(i, j))
			}
		}
		weights[k], parts[k] = w, mustMeasure(measure.NewGaussian(mean.RawVector().Data, &c))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return mustMeasure(measure.NewMixture(weights, parts))
}

// moved returns Φ y + r for the atoms y.
func (l *langevin) moved(phi *mat.Dense, r []float64) *mat.Dense {
	points := new(mat.Dense)
	points.Mul(l.atoms.Points(), phi.T())
	points.Apply(func(_, j int, v float64) float64 { return v + r[j] }, points)
	return points
}

// isotropic reports whether c is v times the unit matrix.
func isotropic(c mat.Symmetric) (v float64, ok bool) {
	v = c.At(0, 0)
	for i := range c.SymmetricDim() {
		for j := range i {
			if c.At(i, j) != 0 {
				return 0, false
			}
		}
		if c.At(i, i) != v {
			return 0, false
		}
	}
	return v, true
}

// velocity returns ν = f − T ∇ln P at time t.
func (l *langevin) velocity(t float64) flow.Map {
	law, temp := l.at(t), l.temperature(t)
	v := langevinVelocity{l.force.At(t), law, temp}
	g, ok := measure.AsGaussian(law)
	f, affine := v.force.(flow.Affine)
	if !ok || !affine {
		return v
	}
	return flow.Linear(affineVelocity(f, g, temp))
}

// affineVelocity returns A and b of ν = f + T C⁻¹(x − μ).
func affineVelocity(f flow.Affine, g *measure.Gaussian, temp float64) (*mat.Dense, []float64) {
	a, b := f.Affine()
	d := len(b)
	var pull mat.SymDense
	g.Spectral(&pull, func(v float64) float64 { return temp / v })
	var m mat.Dense
	m.Add(a, &pull)
	var back mat.VecDense
	back.MulVec(&pull, mat.NewVecDense(d, g.Mean(nil)))
	to := make([]float64, d)
	for i := range to {
		to[i] = b[i] - back.AtVec(i)
	}
	return &m, to
}

type langevinVelocity struct {
	force flow.Map
	law   measure.Measure
	temp  float64
}

func (v langevinVelocity) Apply(dst, x *mat.Dense) {
	n, d := x.Dims()
	score := mat.NewDense(n, d, nil)
	law, ok := v.law.(measure.Scorer)
	switch {
	case v.temp == 0:
	case ok:
		law.Score(score, x)
	default:
		score.Apply(func(int, int, float64) float64 { return math.NaN() }, score)
	}
	v.force.Apply(dst, x)
	if v.temp != 0 {
		score.Scale(v.temp, score)
		dst.Sub(dst, score)
	}
}

func mustMeasure[M measure.Measure](m M, err error) M {
	if err != nil {
		panic("thermo: " + err.Error())
	}
	return m
}
