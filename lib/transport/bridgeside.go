package transport

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// bridgeSide is an end of a bridge as Brownian motion sees it: the atoms that
// have weight, each with the logarithm of its weight times exp(potential/ε). The
// weights themselves may be beyond what a number holds.
type bridgeSide struct {
	points *mat.Dense
	packed kernel.Points[float64]
	logw   []float64
	mass   []float64 // weights that were asked for
	height []float64 // potentials
}

func newBridgeSide(fn, name string, p *measure.Discrete, potential []float64, eps float64) (*bridgeSide, error) {
	if len(potential) != p.Len() {
		return nil, &measure.DimError{Func: fn, Arg: name, Got: len(potential), Want: p.Len()}
	}
	s := new(bridgeSide)
	var rows []float64
	for i, w := range p.Weights() {
		if w == 0 {
			continue
		}
		if v := potential[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("%s[%d]", name, i), Value: v, Want: "a finite number"}
		}
		s.mass = append(s.mass, w)
		s.height = append(s.height, potential[i])
		s.logw = append(s.logw, math.Log(w)+potential[i]/eps)
		rows = append(rows, p.Points().RawRowView(i)...)
	}
	s.points = mat.NewDense(len(s.mass), p.Dim(), rows)
	s.packed = kernel.NewPoints(rows, p.Dim())
	return s, nil
}

// law returns the measure of the atoms with the given logarithms of weights.
func (s *bridgeSide) law(logw []float64) (*measure.Discrete, error) {
	w := make([]float64, len(logw))
	most := floats.Max(logw)
	for i, l := range logw {
		w[i] = math.Exp(l - most)
	}
	return measure.NewDiscrete(s.points, w)
}

// bridgePosterior is what a point says of the atom at an end.
type bridgePosterior struct {
	r, mean []float64 // probabilities of the atoms, and their mean
	logp    float64   // ln Σ wⱼ exp(−|x − yⱼ|²/(2·variance))
}

func (s *bridgeSide) scratch() *bridgePosterior {
	return &bridgePosterior{r: make([]float64, len(s.logw)), mean: make([]float64, s.packed.D)}
}

// posterior stores what is known of the atom at the end if Brownian motion of the
// given variance leads from x to it.
func (s *bridgeSide) posterior(p *bridgePosterior, x []float64, variance float64) {
	sqDistances(p.r, x, s.packed)
	least := floats.Min(p.r)
	if math.IsInf(least, 1) {
		clear(p.r) // no atom is seen to be nearer than another
	}
	// Relative to the least distance, so that no variance is too small.
	most := math.Inf(-1)
	for j, sq := range p.r {
		l := s.logw[j]
		if sq > least {
			l -= 0.5 * (sq - least) / variance
		}
		p.r[j] = l
		most = max(most, l)
	}
	floats.AddConst(-most, p.r)
	kernel.Exp(p.r, p.r)
	sum := floats.Sum(p.r)
	floats.Scale(1/sum, p.r)
	p.logp = most + math.Log(sum)
	if least > 0 {
		p.logp -= 0.5 * least / variance
	}
	clear(p.mean)
	for j, r := range p.r {
		if r > 0 {
			floats.AddScaled(p.mean, r, s.points.RawRowView(j))
		}
	}
}

// spread returns E|y − E y|².
func (s *bridgeSide) spread(p *bridgePosterior) float64 {
	var sum float64
	for j, r := range p.r {
		if r == 0 {
			continue
		}
		for k, y := range s.points.RawRowView(j) {
			sum += r * (y - p.mean[k]) * (y - p.mean[k])
		}
	}
	return sum
}
