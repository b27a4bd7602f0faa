package transport

import (
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// A JKOStep is a step of Jordan, Kinderlehrer and Otto (1998) for the free energy
//
//	F(p) = ∫ U p dx + T ∫ p ln p dx:
//
// of all laws, To has the least F(p) + W₂²(p, From)/(2h). As h → 0 the steps
// follow the Fokker-Planck equation ∂p/∂t = ∇·(p ∇U) + T Δp, which is the
// gradient flow of F in W₂, for the time h each; for a given h they are
// implicit, and the error of each is O(h²).
type JKOStep[L measure.Measure] struct {
	From, To    L
	Temperature float64 // T
	H           float64 // h
	Before      float64 // F(From)
	After       float64 // F(To)
	SqDist      float64 // W₂²(To, From)
	// Gap is a bound on how far the objective is from the least: with the
	// gradient g = ∇(U + T ln p) + (x − 𝒯(x))/h of the objective at To, where
	// 𝒯 is the map to From, it is E|g|²/(2λ). The objective is convex with
	// modulus λ = 1/h + κ along generalised geodesics if no curvature of U is
	// below κ (Ambrosio, Gigli and Savaré 2008).
	Gap        float64
	Iterations int
}

// Objective returns F(To) + W₂²(To, From)/(2h).
func (s *JKOStep[L]) Objective() float64 { return s.After + s.SqDist/(2*s.H) }

// Dissipation returns the inequality W₂²/(2h) ≤ F(From) − F(To): the free energy
// falls by at least what the objective charges for the way. Its terms have the
// Gap as their bound.
func (s *JKOStep[L]) Dissipation() relation.Inequality {
	return relation.Inequality{
		Name: "dissipation of a step", Ref: "Jordan, Kinderlehrer and Otto 1998",
		Lo: relation.Term{Symbol: "$W_2^2/2h$", Value: s.SqDist / (2 * s.H), Bound: s.Gap},
		Hi: relation.Term{Symbol: "$F_0 - F_1$", Value: s.Before - s.After},
	}
}

// checkJKO returns an error for a temperature or a duration that can't be.
func checkJKO(fn string, temperature, h float64) error {
	switch {
	case !(temperature >= 0) || math.IsInf(temperature, 1):
		return &measure.ValueError{Func: fn, Arg: "temperature", Value: temperature, Want: "a finite number ≥ 0"}
	case !(h > 0) || math.IsInf(h, 1) || math.IsInf(1/h, 1):
		return &measure.ValueError{Func: fn, Arg: "h", Value: h, Want: "positive and finite"}
	}
	return nil
}

// A NotConvexError reports a step for which the objective isn't convex, so that
// a least one may not exist.
type NotConvexError struct {
	Func      string
	Curvature float64 // of U, the least
	H         float64
}

func (e *NotConvexError) Error() string {
	return fmt.Sprintf("%s: U has the curvature %v, want more than −1/h = %v", e.Func, e.Curvature, -1/e.H)
}
