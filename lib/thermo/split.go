package thermo

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// SteadyStateError reports a force that has no steady state.
type SteadyStateError struct {
	Func string
	Time float64
	Rate float64 // the largest real part of an eigenvalue of A
}

func (e *SteadyStateError) Error() string {
	return fmt.Sprintf("%s: there is no steady state at t = %v: deviations grow at the rate %v", e.Func, e.Time, e.Rate)
}

// Split is the dissipation at one time, T σ = E|ν|², in its parts.
//
// With u the gradient that moves the law as ν does, ∇·(P u) = ∇·(P ν), Maes and
// Netočný split it into T σ_ex = E|u|² = v₂², which any change of the law costs, and
// T σ_hk = E|ν − u|². With the steady state P_ss of the force at that time and
// ν_ss = f − T ∇ln P_ss, Hatano and Sasa split it into T σ_hk = E|ν_ss|², what it
// would cost to stay, and T σ_ex = T² E|∇ln(P/P_ss)|². What the two differ by is the
// coupling, E|u_ss|² with u_ss the gradient part of ν_ss, so that
//
//	σ = σ_ex^HS + coupling + σ_hk^MN.
//
// A. Dechant, S. Sasa and S. Ito, Phys. Rev. Research 4, L012034 (2022); Phys. Rev. E
// 106, 024125 (2022).
type Split struct {
	T     float64       // temperature
	Total relation.Term // T σ

	Excess, Housekeeping     relation.Term // of Maes and Netočný
	ExcessHS, HousekeepingHS relation.Term // of Hatano and Sasa; NaN without a steady state
	Coupling                 relation.Term // NaN without a steady state
}

// Relations returns the orders σ_hk^MN ≤ σ_hk^HS and σ_ex^HS ≤ σ_ex^MN, where there is
// a steady state.
func (s *Split) Relations() []relation.Inequality {
	if math.IsNaN(s.Coupling.Value) {
		return nil
	}
	const ref = "Dechant, Sasa and Ito 2022"
	return []relation.Inequality{
		{Name: "housekeeping", Ref: ref, Lo: s.Housekeeping, Hi: s.HousekeepingHS},
		{Name: "excess", Ref: ref, Lo: s.ExcessHS, Hi: s.Excess},
	}
}

// SplitAt splits the dissipation of a process at time t, for Gaussian laws and an
// affine drift, in any dimension.
//
// It returns an UnsupportedError for other laws or drifts, a measure.ValueError for a
// t outside of [0, Tau] or T < 0; and the parts of Maes and Netočný with a
// SteadyStateError if the force has no steady state at that time: A has an eigenvalue
// whose real part isn't negative, or T is 0.
func SplitAt(p flow.Process, t float64) (*Split, error) {
	const fn = "thermo.SplitAt"
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if p.Drift == nil || p.Temperature == nil {
		return nil, fmt.Errorf("%s: the process has no Drift or no Temperature", fn)
	}
	if !(t >= 0 && t <= p.Tau) {
		return nil, &measure.ValueError{Func: fn, Arg: "t", Value: t, Want: fmt.Sprintf("in [0, %v]", p.Tau)}
	}
	temp := p.Temperature(t)
	if !(temp >= 0) || math.IsInf(temp, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("T(%v)", t), Value: temp, Want: "≥ 0 and finite"}
	}
	law, okL := measure.AsGaussian(p.Path.At(t))
	drift, okD := p.Drift.At(t).(flow.Affine)
	if !okL || !okD {
		return nil, &UnsupportedError{fn, fmt.Sprintf("a %T with a drift of type %T: want a Gaussian and a flow.Affine map", p.Path.At(t), p.Drift.At(t))}
	}
	a, b := drift.Affine()
	if len(b) != law.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "the drift", Got: len(b), Want: law.Dim()}
	}
	part := func(symbol string) relation.Term { return relation.Term{Symbol: symbol, Value: math.NaN()} }
	s := &Split{
		T: temp, Total: part("Tσ"), Excess: part("Tσ_ex"), Housekeeping: part("Tσ_hk"),
		ExcessHS: part("Tσ_ex^HS"), HousekeepingHS: part("Tσ_hk^HS"), Coupling: part("Tσ_coup"),
	}
	total, err := affineRates(fn, law, flow.Linear(affineVelocity(drift, law, temp)), false)
	if err != nil {
		return nil, err
	}
	s.Total.Value, s.Excess.Value, s.Housekeeping.Value = total.total, total.v2sq, max(0, total.total-total.v2sq)
	for _, term := range []*relation.Term{&s.Total, &s.Excess, &s.Housekeeping} {
		term.Bound = total.bound
	}
	steady, rate := steadyState(a, b, temp)
	if steady == nil {
		return s, &SteadyStateError{fn, t, rate}
	}
	stay, err := affineRates(fn, law, flow.Linear(affineVelocity(drift, steady, temp)), false)
	if err != nil {
		return nil, err
	}
	// ν − ν_ss = T ∇ln(P_ss/P), itself affine.
	m, c := affineVelocity(drift, law, temp)
	ms, cs := affineVelocity(drift, steady, temp)
	m.Sub(m, ms)
	floats.Sub(c, cs)
	relax, err := affineRates(fn, law, flow.Linear(m, c), true)
	if err != nil {
		return nil, err
	}
	s.HousekeepingHS.Value, s.ExcessHS.Value, s.Coupling.Value = stay.total, relax.total, stay.v2sq
	for _, term := range []*relation.Term{&s.HousekeepingHS, &s.ExcessHS, &s.Coupling} {
		term.Bound = total.bound + stay.bound + relax.bound
	}
	return s, nil
}

// steadyState returns the Gaussian that dx = (A x + b) dt + √(2T) dB leaves as it is,
// or nil and the largest rate at which a deviation grows.
func steadyState(a mat.Matrix, b []float64, temp float64) (*measure.Gaussian, float64) {
	rate := growth(a)
	if !(rate < 0) || temp == 0 {
		return nil, rate
	}
	cov, err := lyapunov(a, temp)
	if err != nil {
		return nil, rate
	}
	var mean mat.VecDense
	if err := mean.SolveVec(a, mat.NewVecDense(len(b), b)); err != nil {
		return nil, rate
	}
	mean.ScaleVec(-1, &mean)
	g, err := measure.NewGaussian(mean.RawVector().Data, cov)
	if err != nil {
		return nil, rate
	}
	return g, rate
}

// growth returns the largest real part of an eigenvalue of a, NaN if there is none.
func growth(a mat.Matrix) float64 {
	var eig mat.Eigen
	if !eig.Factorize(a, mat.EigenNone) {
		return math.NaN()
	}
	rate := math.Inf(-1)
	for _, v := range eig.Values(nil) {
		rate = math.Max(rate, real(v))
	}
	return rate
}

// lyapunov returns the symmetric C with A C + C Aᵀ + 2T I = 0.
func lyapunov(a mat.Matrix, temp float64) (*mat.SymDense, error) {
	d, _ := a.Dims()
	noise := mat.NewSymDense(d, nil)
	for i := range d {
		noise.SetSym(i, i, 2*temp)
	}
	return lyapunovWith(a, noise)
}

// lyapunovWith returns the symmetric C with A C + C Aᵀ + S = 0, by elimination among
// its d(d+1)/2 entries.
func lyapunovWith(a mat.Matrix, s mat.Symmetric) (*mat.SymDense, error) {
	d, _ := a.Dims()
	index := func(i, j int) int { return max(i, j)*(max(i, j)+1)/2 + min(i, j) }
	n := d * (d + 1) / 2
	lhs, rhs := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	for i := range d {
		for j := range i + 1 {
			row := index(i, j)
			for k := range d {
				lhs.Set(row, index(k, j), lhs.At(row, index(k, j))+a.At(i, k))
				lhs.Set(row, index(k, i), lhs.At(row, index(k, i))+a.At(j, k))
			}
			rhs.SetVec(row, -s.At(i, j))
		}
	}
	var x mat.VecDense
	if err := x.SolveVec(lhs, rhs); err != nil {
		return nil, fmt.Errorf("thermo: the Lyapunov equation: %w", err)
	}
	c := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			c.SetSym(i, j, x.AtVec(index(i, j)))
		}
	}
	return c, nil
}
