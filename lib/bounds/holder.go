package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Holder is the speed-accuracy relation with Hölder's inequality in place of that of
// Cauchy and Schwarz: for 1/a + 1/b = 1 and h = P̃/P − 1, which the flow carries along,
//
//	|ΔW₁| ≤ (∫ |h|ᵇ P_τ dx)^{1/b} ∫₀^τ (E|ν|ᵃ)^{1/a} dt.
//
// With a > 2 it says something where D₀ is infinite: over N(0, 1) the moment of
// N(0, s²), s > 1, is finite if and only if a > s².
type Holder struct {
	A, B   float64
	Moment relation.Term // (∫ |h|ᵇ P_τ dx)^{1/b}, +Inf where it diverges
	Action relation.Term // ∫ (E|ν|ᵃ)^{1/a} dt
	Change relation.Term // |ΔW₁|
}

// Relation returns the inequality; it is vacuous, |ΔW₁| ≤ +Inf, where Moment diverges.
func (h *Holder) Relation() relation.Inequality {
	hi := relation.Term{Symbol: "‖h‖_b ∫‖ν‖_a dt", Value: h.Moment.Value * h.Action.Value}
	if !math.IsInf(hi.Value, 1) {
		hi.Bound = h.Moment.Bound*(h.Action.Value+h.Action.Bound) + h.Moment.Value*h.Action.Bound
	}
	return relation.Inequality{Name: fmt.Sprintf("Hölder, a = %.3g", h.A), Ref: "Hölder's inequality for (87)", Lo: h.Change, Hi: hi}
}

// HolderRelation computes both sides on the line, for a > 1.
//
// It returns an error if an argument is missing, a measure.ValueError unless 1 < a <
// +Inf, a thermo.UnsupportedError for laws without quantiles and densities on the
// line, the context's error, wrapped, if that ends, and the relation with a
// transport.NotConvergedError if an integral misses its tolerance.
func HolderRelation(ctx context.Context, f flow.Flow, start measure.Measure, a float64, opt Options) (*Holder, error) {
	const fn = "bounds.HolderRelation"
	if err := f.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if start == nil {
		return nil, errors.New(fn + ": start is nil")
	}
	if !(a > 1) || math.IsInf(a, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "a", Value: a, Want: "above 1 and finite"}
	}
	if opt.Tol == 0 {
		opt.Tol = 1e-9
	}
	truth, okT := f.Path.At(f.Tau).(measure.LineDensity)
	estimate, okE := start.(measure.LineDensity)
	if !okT || !okE || truth.Dim() != 1 || estimate.Dim() != 1 {
		return nil, &thermo.UnsupportedError{Func: fn, What: fmt.Sprintf("a %T over a %T: want quantiles and densities on the line", start, f.Path.At(f.Tau))}
	}
	h := &Holder{A: a, B: a / (a - 1), Action: relation.Term{Symbol: "∫‖ν‖_a dt"}, Change: relation.Term{Symbol: "|ΔW₁|"}}
	e := newLineErrorFlow(f, truth, estimate)
	data, _, err := e.at(0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	noise, _, err := e.at(f.Tau)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	h.Change.Value, h.Change.Bound = math.Abs(data.Value-noise.Value), data.Bound+noise.Bound
	h.Moment = moment(truth, estimate, h.B)
	q := num.Quad{Rel: opt.Tol, Noisy: true}
	v, bound, ok := q.Integrate(2, func(t float64, y []float64) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			y[0], y[1] = math.NaN(), 0
			return
		}
		y[0], y[1], err = norm(f, t, a)
	}, []float64{0, f.Tau / 2, f.Tau})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	h.Action.Value, h.Action.Bound = v[0], bound[0]
	if !ok {
		return h, &transport.NotConvergedError{Func: fn, Residual: bound[0]}
	}
	return h, nil
}

// norm returns (E|ν|ᵃ)^{1/a} at a time.
func norm(f flow.Flow, t, a float64) (v, bound float64, err error) {
	law, ok := f.Path.At(t).(measure.LineDensity)
	if !ok {
		return 0, 0, fmt.Errorf("the law at t = %v is a %T: want quantiles and a density on the line", t, f.Path.At(t))
	}
	view := flow.OnLine(law, f.Velocity.At(t))
	m, bound, err := measure.Expect(view.Law, func(x float64) float64 {
		u, _ := view.Velocity(x)
		return math.Pow(math.Abs(u), a)
	})
	// Near an end where the velocity vanishes its rounding errors, to a high power,
	// can keep the last digits from converging: the bound says by how much.
	if err != nil && !(bound < 1e-6*m) {
		return 0, 0, err
	}
	v = math.Pow(max(0, m), 1/a)
	if v == 0 {
		return 0, math.Pow(bound, 1/a), nil
	}
	return v, bound / m * v / a, nil
}

// moment returns (∫ |P̃/P − 1|ᵇ P dx)^{1/b}. It diverges where P̃ᵇ P^{1−b} grows
// outwards, or falls slower than 1/x.
func moment(truth, estimate measure.LineDensity, b float64) relation.Term {
	m := relation.Term{Symbol: "‖h‖_b"}
	logT, logE := measure.Scalar(truth), measure.Scalar(estimate)
	log := func(x float64) float64 { // of |P̃/P − 1|ᵇ P
		t, e := logT(x), logE(x)
		if math.IsInf(t, -1) {
			if math.IsInf(e, -1) {
				return t
			}
			return math.Inf(1)
		}
		if r := e - t; r > 30 {
			return b*r + t
		}
		return b*math.Log(math.Abs(math.Expm1(e-t))) + t
	}
	knots := measure.KnotsOf(estimate, measure.KnotsOf(truth, nil))
	lo, hi := min(truth.LogQuantile(tail, false), estimate.LogQuantile(tail, false)), max(truth.LogQuantile(tail, true), estimate.LogQuantile(tail, true))
	for _, end := range [...]*float64{&lo, &hi} {
		step := (hi - lo) / 16
		if end == &lo {
			step = -step
		}
		x := *end
		for range 200 { // until nothing is left, or it is seen to grow
			a, c := log(x), log(x+step)
			if math.IsInf(a, 1) || math.IsInf(c, 1) || math.IsInf(x, 0) {
				m.Value = math.Inf(1)
				return m
			}
			if math.IsInf(c, -1) || c < tail-8 && c < a {
				break
			}
			if c >= a-1e-3 && math.Abs(x) > 1e6*(hi-lo) || c > 700 {
				m.Value = math.Inf(1)
				return m
			}
			x += step
			knots = append(knots, x)
			step *= 1.3
		}
		*end = x + step
	}
	q := num.Quad{Rel: 1e-11}
	v, bound, _ := q.Integrate1(func(x float64) float64 { return math.Exp(log(x)) }, num.Knots(knots, lo, hi))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		m.Value = math.Inf(1)
		return m
	}
	m.Value = math.Pow(v, 1/b)
	m.Bound = bound / max(v, 1e-300) * m.Value / b
	return m
}
