package diffusion

import (
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Guided returns classifier-free guidance: the model whose score is
//
//	∇ln p_t + scale (∇ln p_t(·|c) − ∇ln p_t)
//
// for the scores of a conditional and an unconditional model with one schedule,
// and likewise its denoiser, noise, velocity and v. Scale 0 is the unconditional
// model, 1 the conditional; beyond 1 it moves away from the unconditional.
//
// The guided field is not the score of the noised law of any data, unless scale
// is 0 or 1: guidance doesn't sample from p₀(x|c)^scale p₀(x)^(1−scale), different
// samplers have different limits, and what holds for a process with its own
// score, such as its entropy production, doesn't hold for it.
//
// Guided panics if a model is empty, or the two differ in dimension or in the
// duration of their schedules.
//
// J. Ho and T. Salimans, Classifier-free diffusion guidance, 2022.
func Guided(conditional, unconditional Model, scale float64) Model {
	for _, m := range []Model{conditional, unconditional} {
		if err := m.validate(); err != nil {
			panic(err.Error())
		}
	}
	if a, b := conditional.dim, unconditional.dim; a != b && a*b > 0 {
		panic((&measure.DimError{Func: "diffusion.Guided", Arg: "the unconditional model", Got: b, Want: a}).Error())
	}
	if a, b := conditional.schedule.Tau(), unconditional.schedule.Tau(); a != b {
		panic((&measure.ValueError{Func: "diffusion.Guided", Arg: "the duration of the unconditional model's schedule", Value: b, Want: "that of the conditional's"}).Error())
	}
	return Model{conditional.schedule, max(conditional.dim, unconditional.dim), func(t float64, c measure.Coeffs) instant {
		return guided{conditional.at(t, c), unconditional.at(t, c), scale}
	}}
}

type guided struct {
	with, without instant
	scale         float64
}

func (g guided) field(q quantity) (flow.Map, error) {
	with, err := g.with.field(q)
	if err != nil {
		return nil, err
	}
	without, err := g.without.field(q)
	if err != nil {
		return nil, err
	}
	m := mixed{with, without, g.scale}
	a, okA := with.(flow.Divergencer)
	b, okB := without.(flow.Divergencer)
	if okA && okB {
		return mixedDiv{m, a, b}, nil
	}
	return m, nil
}

// mixed is the map without + scale (with − without).
type mixed struct {
	with, without flow.Map
	scale         float64
}

func (m mixed) Apply(dst, x *mat.Dense) {
	y := borrow(dst.Dims())
	m.with.Apply(&y.Dense, x)
	m.without.Apply(dst, x)
	combine(dst, m.scale, &y.Dense, 1-m.scale, dst)
	scratches.Put(y)
}

type mixedDiv struct {
	mixed
	with, without flow.Divergencer
}

func (m mixedDiv) Divergence(dst []float64, x *mat.Dense) {
	y := borrow(len(dst), 1)
	defer scratches.Put(y)
	m.with.Divergence(y.data[:len(dst)], x)
	m.without.Divergence(dst, x)
	for i, v := range y.data[:len(dst)] {
		dst[i] += m.scale * (v - dst[i])
	}
}
