package diffusion

import (
	"errors"
	"sync"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Model is what a sampler follows: a schedule, and a prediction made from a
// noised point, exact or learned, in any of the five parametrisations
//
//	denoiser D = E[x₀ | x_t]
//	noise    ε̂ = E[ε | x_t] = (x − m D)/σ
//	score    ∇ln p_t = −ε̂/σ
//	velocity ν = E[ẋ_t | x_t] = ṁ D + σ̇ ε̂, of the probability flow
//	v        m ε̂ − σ D, of Salimans and Ho
//
// each of which it converts into the others. At the ends some are undefined:
// where m = 0, a noise or a score says nothing of the data; where σ = 0, all
// predictions agree on D = x/m, but a denoiser says nothing of the noise. There
// the accessors' At panics with an UndefinedError, and the samplers return it
// unless they can do without. An exact model has all five at both ends, but for
// atoms without noise, which have the denoiser alone.
//
// A Model is made by Exact, FromDenoiser, FromNoise, FromScore, FromVelocity,
// FromV or Guided, and safe for concurrent use if its field is.
type Model struct {
	schedule Schedule
	dim      int // 0 if the field doesn't tell
	at       func(t float64, c measure.Coeffs) instant
}

// Exact returns the model of data whose noised law is known in closed form.
func Exact(data measure.Noisable, s Schedule) Model {
	return Model{s, data.Dim(), func(t float64, c measure.Coeffs) instant { return exact{t, c, data.Noise(c)} }}
}

// FromDenoiser returns the model that predicts E[x₀ | x_t].
func FromDenoiser(f flow.Field, s Schedule) Model { return fromField(asDenoiser, f, s) }

// FromNoise returns the model that predicts the noise, E[ε | x_t].
func FromNoise(f flow.Field, s Schedule) Model { return fromField(asNoise, f, s) }

// FromScore returns the model that predicts the score ∇ln p_t.
func FromScore(f flow.Field, s Schedule) Model { return fromField(asScore, f, s) }

// FromVelocity returns the model that predicts the velocity of the probability
// flow, in the direction of time t: from the data to the noise.
func FromVelocity(f flow.Field, s Schedule) Model { return fromField(asVelocity, f, s) }

// FromV returns the model that predicts v = m ε̂ − σ E[x₀ | x_t].
//
// T. Salimans and J. Ho, Progressive distillation for fast sampling of diffusion
// models, ICLR 2022.
func FromV(f flow.Field, s Schedule) Model { return fromField(asV, f, s) }

func fromField(q quantity, f flow.Field, s Schedule) Model {
	return Model{s, 0, func(t float64, c measure.Coeffs) instant { return &learned{t: t, c: c, kind: q, f: f} }}
}

// Schedule returns the schedule.
func (m Model) Schedule() Schedule { return m.schedule }

// Denoiser returns the field E[x₀ | x_t].
func (m Model) Denoiser() flow.Field { return m.accessor(asDenoiser) }

// Noise returns the field E[ε | x_t].
func (m Model) Noise() flow.Field { return m.accessor(asNoise) }

// Score returns the field ∇ln p_t.
func (m Model) Score() flow.Field { return m.accessor(asScore) }

// Velocity returns the velocity of the probability flow. That of an exact model
// has a divergence.
func (m Model) Velocity() flow.Field { return m.accessor(asVelocity) }

// V returns the field m ε̂ − σ E[x₀ | x_t].
func (m Model) V() flow.Field { return m.accessor(asV) }

func (m Model) accessor(q quantity) flow.Field {
	return flow.FieldFunc(func(t float64) flow.Map {
		f, err := m.field(q, t)
		if err != nil {
			panic(err.Error())
		}
		return f
	})
}

func (m Model) field(q quantity, t float64) (flow.Map, error) {
	return m.at(t, m.schedule.At(t)).field(q)
}

func (m Model) validate() error {
	if m.schedule == nil || m.at == nil {
		return errors.New("diffusion: Model is empty; make it by Exact, FromDenoiser, FromNoise, FromScore, FromVelocity or FromV")
	}
	return nil
}

// remembering returns m with a memory for the last times asked for, so that the
// end of a step and the start of the next share their work.
func (m Model) remembering() Model {
	var (
		mu   sync.Mutex
		last [2]struct {
			t  float64
			at instant
		}
	)
	ask := m.at
	m.at = func(t float64, c measure.Coeffs) instant {
		mu.Lock()
		for _, l := range last {
			if l.at != nil && l.t == t {
				mu.Unlock()
				return l.at
			}
		}
		mu.Unlock()
		at := ask(t, c)
		mu.Lock()
		defer mu.Unlock()
		last[0] = last[1]
		last[1].t, last[1].at = t, at
		return at
	}
	return m
}
