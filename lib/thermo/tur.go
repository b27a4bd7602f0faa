package thermo

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// StaticUncertainty is the thermodynamic uncertainty relation of an observable r(x) at
// one time of a flow: how fast its mean changes bounds from below what moves.
//
//	(dE r/dt)²/E|∇r|² ≤ v₂² ≤ E|ν|² = T σ,  dE r/dt = E[∇r·ν].
//
// The first is saturated by the r whose gradient is that part of ν that is one.
type StaticUncertainty struct {
	Time  float64
	Rate  relation.Term // dE r/dt
	Slope relation.Term // E|∇r|²
	Speed relation.Term // v₂²
	Power relation.Term // E|ν|²
}

// Relations returns the two inequalities. The first is 0 ≤ v₂² where r is constant.
func (u *StaticUncertainty) Relations() []relation.Inequality {
	lo := relation.Term{Symbol: "(dE r/dt)²/E|∇r|²"}
	if s := u.Slope.Value; s > 0 {
		lo.Value = u.Rate.Value * u.Rate.Value / s
		lo.Bound = (2*math.Abs(u.Rate.Value)+u.Rate.Bound)*u.Rate.Bound/s + lo.Value*u.Slope.Bound/s
	}
	return []relation.Inequality{
		{Name: "uncertainty of an observable", Ref: "(71)-(74)", Lo: lo, Hi: u.Speed},
		{Name: "gradient part", Ref: "(67)", Lo: u.Speed, Hi: u.Power},
	}
}

// StaticUncertaintyAt computes the relation at time t for an observable given by its
// gradient ∇r: by quadrature on the line, in closed form for affine gradients and
// velocities over laws with moments.
//
// It returns an error for an incomplete flow or no gradient, a measure.ValueError for a
// t outside of [0, Tau], and an UnsupportedError where there is no method.
func StaticUncertaintyAt(f flow.Flow, t float64, gradient flow.Map) (*StaticUncertainty, error) {
	const fn = "thermo.StaticUncertaintyAt"
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if gradient == nil {
		return nil, fmt.Errorf("%s: there is no gradient", fn)
	}
	if !(t >= 0 && t <= f.Tau) {
		return nil, &measure.ValueError{Func: fn, Arg: "t", Value: t, Want: fmt.Sprintf("in [0, %v]", f.Tau)}
	}
	law, v := f.Path.At(t), f.Velocity.At(t)
	rate, err := meanProduct(fn, law, gradient, v)
	if err != nil {
		return nil, err
	}
	slope, err := meanProduct(fn, law, gradient, gradient)
	if err != nil {
		return nil, err
	}
	r, err := ratesAt(fn, newQuad(), law, v, f.Tau, f.Gradient)
	if err != nil {
		return nil, err
	}
	rate.Symbol, slope.Symbol = "dE r/dt", "E|∇r|²"
	return &StaticUncertainty{
		Time: t, Rate: rate, Slope: slope,
		Speed: relation.Term{Symbol: "v₂²", Value: r.v2sq, Bound: r.bound},
		Power: relation.Term{Symbol: "E|ν|²", Value: r.total, Bound: r.bound},
	}, nil
}

// meanProduct returns E[a·b] over a law.
func meanProduct(fn string, law measure.Measure, a, b flow.Map) (relation.Term, error) {
	fa, okA := a.(flow.Affine)
	fb, okB := b.(flow.Affine)
	m, okM := law.(measure.Moments)
	if okA && okB && okM {
		ma, ca := fa.Affine()
		mb, cb := fb.Affine()
		d := law.Dim()
		if len(ca) != d || len(cb) != d {
			return relation.Term{}, &measure.DimError{Func: fn, Arg: "a map", Got: min(len(ca), len(cb)), Want: d}
		}
		var cov mat.SymDense
		m.Cov(&cov)
		var product mat.Dense
		product.Product(ma, &cov, mb.T())
		mean := mat.NewVecDense(d, m.Mean(nil))
		var va, vb mat.VecDense
		va.MulVec(ma, mean)
		vb.MulVec(mb, mean)
		va.AddVec(&va, mat.NewVecDense(d, ca))
		vb.AddVec(&vb, mat.NewVecDense(d, cb))
		v := mat.Trace(&product) + mat.Dot(&va, &vb)
		return relation.Term{Value: v, Bound: 0x1p-46 * (math.Abs(v) + mat.Norm(&va, 2)*mat.Norm(&vb, 2))}, nil
	}
	l, ok := law.(measure.LineDensity)
	if !ok || law.Dim() != 1 {
		return relation.Term{}, &UnsupportedError{fn, fmt.Sprintf("maps of types %T and %T over a %T in %d dimensions: want affine maps, or the line", a, b, law, law.Dim())}
	}
	u, w := flow.Scalar(a), flow.Scalar(b)
	v, bound, err := measure.Expect(l, func(x float64) float64 { return u(x) * w(x) })
	return relation.Term{Value: v, Bound: bound}, err
}

// LinearCurrent is a current J = ∫ (C x)∘dx, in Stratonovich's sense, in the steady
// state of dx = (A x + b) dt + √(2T) dB; b moves the origin only, and x is counted from
// the steady state's mean.
type LinearCurrent struct {
	T        float64
	Mean     relation.Term // ⟨J⟩/t
	Variance relation.Term // Var J/t for long times
	Entropy  relation.Term // σ, the rate of entropy production
}

// Relation returns 2/σ ≤ Var J/⟨J⟩² for unit time: the less is dissipated, the less
// precise a current can be. Where ⟨J⟩ = 0 it says 2/σ ≤ +Inf.
func (c *LinearCurrent) Relation() relation.Inequality {
	q := relation.Inequality{
		Name: "uncertainty of a current", Ref: "Barato and Seifert 2015",
		Lo: relation.Term{Symbol: "2/σ", Value: 2 / c.Entropy.Value}, Hi: relation.Term{Symbol: "Var J/⟨J⟩²", Value: math.Inf(1)},
	}
	q.Lo.Bound = 1e-11 * q.Lo.Value
	if c.Entropy.Value == 0 {
		q.Lo.Bound = 0
	}
	if m := c.Mean.Value; m != 0 {
		q.Hi.Value = c.Variance.Value / (m * m)
		q.Hi.Bound = 1e-11 * q.Hi.Value
	}
	return q
}

// SteadyCurrent computes the mean and the variance of a current, with the steady state's
// covariance Σ, A Σ + Σ Aᵀ + 2T I = 0, and its velocity ν = M x, M = A + T Σ⁻¹:
//
//	⟨J⟩/t = tr(Cᵀ M Σ),  Var J/t = 2T tr((C + 2H) Σ (C + 2H)ᵀ),  σ = tr(M Σ Mᵀ)/T,
//
// where the symmetric H solves H A + Aᵀ H = −½(CᵀA + AᵀC): J is a martingale but for
// what xᵀH x changes by.
//
// It returns a measure.ValueError unless T > 0 is finite, a measure.DimError if the
// matrices don't fit, and a SteadyStateError if A has an eigenvalue whose real part
// isn't negative: a relation of steady states says nothing of others.
func SteadyCurrent(a, c mat.Matrix, temperature float64) (*LinearCurrent, error) {
	const fn = "thermo.SteadyCurrent"
	if !(temperature > 0) || math.IsInf(temperature, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "temperature", Value: temperature, Want: "positive and finite"}
	}
	d, cols := a.Dims()
	if rows, width := c.Dims(); cols != d || rows != d || width != d {
		return nil, &measure.DimError{Func: fn, Arg: "A or C", Got: max(cols, rows, width), Want: d}
	}
	steady, rate := steadyState(a, make([]float64, d), temperature)
	if steady == nil {
		return nil, &SteadyStateError{fn, math.Inf(1), rate}
	}
	m, _ := affineVelocity(flow.Linear(a, make([]float64, d)), steady, temperature)
	var cov mat.SymDense
	steady.Cov(&cov)
	j := &LinearCurrent{T: temperature, Mean: relation.Term{Symbol: "⟨J⟩"}, Variance: relation.Term{Symbol: "Var J"}, Entropy: relation.Term{Symbol: "σ"}}
	var mean, spread, entropy mat.Dense
	mean.Product(c.T(), m, &cov)
	j.Mean.Value = mat.Trace(&mean)
	entropy.Product(m, &cov, m.T())
	j.Entropy.Value = mat.Trace(&entropy) / temperature

	// H A + Aᵀ H = −S is the Lyapunov equation of Aᵀ.
	rhs := mat.NewSymDense(d, nil)
	var ca mat.Dense
	ca.Mul(c.T(), a)
	for i := range d {
		for k := range i + 1 {
			rhs.SetSym(i, k, 0.5*(ca.At(i, k)+ca.At(k, i)))
		}
	}
	h, err := lyapunovWith(a.T(), rhs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	var k mat.Dense
	k.Scale(2, h)
	k.Add(&k, c)
	spread.Product(&k, &cov, k.T())
	j.Variance.Value = 2 * temperature * mat.Trace(&spread)
	for _, term := range []*relation.Term{&j.Mean, &j.Variance, &j.Entropy} {
		term.Bound = 1e-12 * math.Abs(term.Value)
	}
	return j, nil
}
