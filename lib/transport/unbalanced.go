package transport

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
)

// UnbalancedOptions are the options of [Unbalanced]. The zero value is ready to
// use.
type UnbalancedOptions struct {
	// Eps is the temperature ε, in units of the cost; 0 means 0.05 times the
	// mean of C − min C under a⊗b, or 1 if the cost is constant.
	Eps float64
	// Rho is what it costs to make or destroy mass, in units of the cost; 0
	// means the mean of C − min C under a⊗b, or 1 if the cost is constant.
	Rho float64
	// Rho1 and Rho2 are used instead for the sources and the sinks, where they
	// aren't 0.
	Rho1, Rho2 float64
	// Tol is the distance in L1 of the marginals from where they are optimal,
	// relative to the mass that moves; 0 means 10⁻⁹.
	Tol float64
	// MaxIter bounds the number of iterations, which go through all pairs
	// twice; 0 means 10,000.
	MaxIter int
	// Warm are potentials g of the sinks to begin with, if not nil.
	Warm []float64
	// Table is as in [SinkhornOptions].
	Table int
}

// Unbalanced returns the plan P ≥ 0 that has the least
//
//	⟨P, C⟩ + ε KL(P|a⊗b) + ρ₁ KL(P1|a) + ρ₂ KL(Pᵀ1|b),
//
// KL(p|q) = Σ p ln(p/q) − p + q. The masses a and b need not have the same sum.
// The value of the objective is [Plan.Value]. No plan has less than
// [Plan.DualValue],
//
//	ρ₁ Σ a (1 − e^{−f/ρ₁}) + ρ₂ Σ b (1 − e^{−g/ρ₂}) − ε (Σ P − Σ a Σ b)
//
// with the [Plan.Potentials] f and g, and [Plan.DualityGap] is the difference,
//
//	ρ₁ KL(P1|a e^{−f/ρ₁}) + ρ₂ KL(Pᵀ1|b e^{−g/ρ₂}).
//
// The method is Sinkhorn's scaling in logarithms with damped steps (Chizat et
// al. 2018), after each of which the constant that may move between f and g is
// chosen best (Séjourné et al. 2022), accelerated by Anderson's method. The
// number of iterations doesn't grow with ρ/ε.
//
// Errors are as for [Sinkhorn], but for those of unequal masses and of
// forbidden pairs that leave no plan; that ρ isn't positive and finite is one.
// The plan of a [NotConvergedError] is for the ε that is wanted.
func Unbalanced(ctx context.Context, a, b []float64, cost Cost, opt UnbalancedOptions) (*Plan, error) {
	const fn = "transport.Unbalanced"
	ma, err := checkMasses(fn, "a", a)
	if err != nil {
		return nil, err
	}
	if _, err := checkMasses(fn, "b", b); err != nil {
		return nil, err
	}
	for k, v := range []float64{opt.Rho, opt.Rho1, opt.Rho2} {
		if !(v >= 0) || math.IsInf(v, 1) || v != 0 && math.IsInf(1/v, 1) {
			return nil, fmt.Errorf("%s: %s is %v, want a positive finite number, or 0", fn, []string{"Rho", "Rho1", "Rho2"}[k], v)
		}
	}
	all := SinkhornOptions{Eps: opt.Eps, Tol: opt.Tol, MaxIter: opt.MaxIter, Warm: opt.Warm, Table: opt.Table}
	if err := all.resolve(fn, len(b)); err != nil {
		return nil, err
	}
	plan := &Plan{a: append([]float64(nil), a...), b: append([]float64(nil), b...), total: ma, cost: cost}
	e, err := newEntropic(ctx, fn, plan, all, 1)
	if err != nil {
		return nil, err
	}
	rho := opt.Rho
	if rho == 0 {
		if rho = e.c.mean; !(rho > 0 && !math.IsInf(1/rho, 1)) {
			rho = 1
		}
	}
	e.rho = [2]float64{rho, rho}
	if opt.Rho1 > 0 {
		e.rho[0] = opt.Rho1
	}
	if opt.Rho2 > 0 {
		e.rho[1] = opt.Rho2
	}
	err = e.runUnbalanced(ctx, fn)
	if e.f == nil {
		return nil, e.unconverged(fn, err)
	}
	plan.ent = e
	if err != nil {
		return plan, e.unconverged(fn, err)
	}
	return plan, nil
}

// entAlone is the potential, in ρ, of what all pairs are forbidden of: its mass
// is destroyed, and e^{−f/ρ} is 0.
const entAlone = 1000

// runUnbalanced iterates on g. It returns the context's error or ErrLimit.
func (e *entropic) runUnbalanced(ctx context.Context, fn string) error {
	n, m := e.c.n, e.c.m
	back, err := e.back(ctx, fn)
	if err != nil {
		return err
	}
	eps := e.opt.Eps
	e.eps, e.off = eps, math.Inf(1)
	k1, k2 := e.rho[0]/(e.rho[0]+eps), e.rho[1]/(e.rho[1]+eps)
	logA, logB := logOf(e.alpha), logOf(e.beta)
	f, g := make([]float64, n), make([]float64, m)
	if e.opt.Warm != nil {
		for l, j := range e.sinks {
			g[l] = e.opt.Warm[j]
		}
	}
	hf, hg := make([]float64, n), make([]float64, m)
	soft, x, step := make([]float64, m), make([]float64, m), make([]float64, m)
	past := anderson{weight: entWeights(e.p.b, e.sinks, totalOf(e.p.b))}
	for e.iterations < e.opt.MaxIter {
		for l := range hg {
			hg[l] = g[l] + eps*logB[l]
		}
		if err := e.c.softmin(ctx, f, hg, eps); err != nil {
			return err
		}
		for k := range f {
			if f[k] *= k1; math.IsInf(f[k], 1) {
				f[k] = entAlone * e.rho[0]
			}
			hf[k] = f[k] + eps*logA[k]
		}
		if err := back.softmin(ctx, soft, hf, eps); err != nil {
			return err
		}
		e.iterations++
		var off, mass float64
		for l, b := range e.beta {
			if math.IsInf(soft[l], 1) {
				g[l], soft[l] = entAlone*e.rho[1], entAlone*e.rho[1]/k2
				continue
			}
			have, want := math.Exp(min((g[l]-soft[l])/eps, 600)), math.Exp(min(-g[l]/e.rho[1], 600))
			off += b * math.Abs(have-want)
			mass += b * want
		}
		if e.f == nil {
			e.f, e.g = make([]float64, n), make([]float64, m)
		}
		copy(e.f, f)
		copy(e.g, g)
		if e.off = off; mass > 0 {
			e.off /= mass
		}
		if e.off <= e.opt.Tol {
			return nil
		}
		// The constant that makes the dual value largest.
		for l := range soft {
			soft[l] *= k2
		}
		shift := (logMean(f, logA, e.rho[0]) - logMean(soft, logB, e.rho[1])) / (1/e.rho[0] + 1/e.rho[1])
		for l := range step {
			x[l] = g[l] / eps
			if step[l] = (soft[l] - shift - g[l]) / eps; g[l] == entAlone*e.rho[1] {
				step[l] = 0
			}
		}
		value, size := e.unbalancedValue(f, g)
		past.next(x, step, e.off, value, 1e-14*size)
		for l := range g {
			g[l] = min(max(g[l]+eps*step[l], -largestCost), largestCost)
		}
	}
	return ErrLimit
}

// unbalancedValue returns the dual value, but for a constant, of potentials of
// which f is best for g, and the size of what it is summed from.
func (e *entropic) unbalancedValue(f, g []float64) (value, size float64) {
	var sum num.Sum
	for k, v := range f {
		d := math.Exp(min(-v/e.rho[0], 600))
		sum.Add(e.alpha[k] * (e.rho[0]*(1-d) - e.eps*d))
		size += e.alpha[k] * (e.rho[0]*(1+d) + e.eps*d)
	}
	for l, v := range g {
		d := math.Exp(min(-v/e.rho[1], 600))
		sum.Add(e.beta[l] * e.rho[1] * (1 - d))
		size += e.beta[l] * e.rho[1] * (1 + d)
	}
	return sum.Value(), size
}

func logOf(w []float64) []float64 {
	logs := make([]float64, len(w))
	for i, v := range w {
		logs[i] = math.Log(v)
	}
	return logs
}

// logMean returns ln Σ exp(logW − f/ρ).
func logMean(f, logW []float64, rho float64) float64 {
	most := math.Inf(-1)
	for i, v := range f {
		most = max(most, logW[i]-v/rho)
	}
	sum := 0.0
	for i, v := range f {
		sum += math.Exp(logW[i] - v/rho - most)
	}
	return most + math.Log(sum)
}

func (e *entropic) unbalancedGap() float64 {
	f, g := e.potentials()
	e.sum()
	var gap num.Sum
	for k, i := range e.sources {
		gap.Add(e.rho[0] * klTerm(e.rows[k], e.p.a[i]*math.Exp(-f[i]/e.rho[0])))
	}
	for l, j := range e.sinks {
		gap.Add(e.rho[1] * klTerm(e.cols[l], e.p.b[j]*math.Exp(-g[j]/e.rho[1])))
	}
	return gap.Value()
}
