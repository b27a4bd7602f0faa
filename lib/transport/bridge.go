package transport

import (
	"context"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// A Bridge is the Schrödinger bridge between two discrete measures: of all
// processes with these ends, the one nearest in relative entropy to Brownian
// motion dx = √(2T) dB on [0, tau]. It draws a pair of atoms from the plan
//
//	π[i,j] = aᵢ bⱼ exp((fᵢ + gⱼ − |xᵢ − yⱼ|²)/ε),  ε = 4T tau
//
// (ε = 2T tau for the cost ½|x − y|²), and goes from one to the other by a
// Brownian bridge. For any potentials it is the bridge between the marginals of
// its own plan, scaled to mass 1; these are [Bridge.Ends], and how far they are
// from the measures that were asked for is [Bridge.MarginalErrors].
type Bridge struct {
	p, q             *measure.Discrete
	temperature, tau float64

	from, to   *bridgeSide
	rows, cols []float64 // logarithms of the marginals of π
	total      float64   // of π
	start, end *measure.Discrete

	once  sync.Once
	cross *mat.Dense
}

// NewBridge returns the bridge from p to q with the entropic potentials f of the
// atoms of p and g of those of q, such as Sinkhorn's iteration finds for the cost
// |x − y|², the entropy KL(π | a⊗b) and ε = 4·temperature·tau. Those of atoms
// without weight don't matter.
//
// It returns an error if a measure is nil, if dimensions or lengths differ, if a
// potential isn't finite, unless temperature and tau are positive and finite, if
// the mass of π underflows or overflows, and if the context ends, which is asked
// between blocks of the plan's rows.
func NewBridge(ctx context.Context, p, q *measure.Discrete, f, g []float64, temperature, tau float64) (*Bridge, error) {
	const fn = "transport.NewBridge"
	if p.Dim() == 0 || q.Dim() == 0 {
		return nil, fmt.Errorf("%s: an end is nil or empty", fn)
	}
	if p.Dim() != q.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "q", Got: q.Dim(), Want: p.Dim()}
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"temperature", temperature}, {"tau", tau}, {"4·temperature·tau", 4 * temperature * tau}} {
		if !(v.value > 0) || math.IsInf(v.value, 1) {
			return nil, &measure.ValueError{Func: fn, Arg: v.name, Value: v.value, Want: "positive and finite"}
		}
	}
	b := &Bridge{p: p, q: q, temperature: temperature, tau: tau}
	var err error
	if b.from, err = newBridgeSide(fn, "f", p, f, b.Eps()); err != nil {
		return nil, err
	}
	if b.to, err = newBridgeSide(fn, "g", q, g, b.Eps()); err != nil {
		return nil, err
	}
	if err := b.marginals(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if b.start, err = b.from.law(b.rows); err == nil {
		b.end, err = b.to.law(b.cols)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the potentials give no plan: %w", fn, err)
	}
	if b.total = massOf(b.rows); !(b.total > 0) || math.IsInf(b.total, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "the mass of the potentials' plan", Value: b.total, Want: "positive and finite"}
	}
	return b, nil
}

// Eps returns ε = 4T tau, the weight of entropy in the static problem with the
// cost |x − y|².
func (b *Bridge) Eps() float64 { return 4 * b.temperature * b.tau }

// Ends returns the laws at 0 and tau: the marginals of π, scaled to mass 1. Atoms
// without weight are left out.
func (b *Bridge) Ends() (start, end *measure.Discrete) { return b.start, b.end }

// Process returns the bridge as a process. Its drift is
//
//	f(x, t) = 2T ∇ ln φ(x, t) = (E[y | x] − x)/(tau − t),  φ(·, t) = Σⱼ bⱼ e^{gⱼ/ε} N(yⱼ, 2T(tau − t)),
//
// and the velocity that carries its laws, which are proportional to φ φ̂ with φ̂
// from the start in the same way, the mean of that forth and of that back,
//
//	v(x, t) = T ∇ ln(φ/φ̂) = ½[(E[y | x] − x)/(tau − t) + (x − E[x₀ | x])/t].
//
// At both ends the law is a *measure.Discrete, and the term without a limit
// there is given its mean over the paths through a point, that of the other:
// v(x, 0) = f(x, 0) = (E[y | x] − x)/tau and v(x, tau) = f(x, tau) =
// (x − E[x₀ | x])/tau. The Euler-Maruyama method needs no drift at tau, and its
// last step ends in an atom but for noise.
//
// Between the ends the laws have densities, scores and moments, at the cost of
// one pass over the atoms for each point; the velocity has its divergence.
func (b *Bridge) Process() flow.Process {
	const fn = "transport.Bridge"
	return flow.Process{
		Flow: flow.Flow{
			Path: flow.PathFunc(func(t float64) measure.Measure {
				switch bridgeClock(fn, t, b.tau) {
				case 0:
					return b.start
				case 1:
					return b.end
				}
				return &bridgeLaw{b, t}
			}),
			Velocity: flow.FieldFunc(func(t float64) flow.Map {
				u := bridgeClock(fn, t, b.tau)
				switch u {
				case 0:
					return &bridgeField{b, t, 1, 0}
				case 1:
					return &bridgeField{b, t, 0, 1}
				}
				return &bridgeField{b, t, 0.5 / (1 - u), 0.5 / u}
			}),
			Tau:      b.tau,
			Gradient: true,
		},
		Drift: flow.FieldFunc(func(t float64) flow.Map {
			u := bridgeClock(fn, t, b.tau)
			if u == 1 {
				return &bridgeField{b, t, 0, 1}
			}
			return &bridgeField{b, t, 1 / (1 - u), 0}
		}),
		Temperature: func(float64) float64 { return b.temperature },
	}
}

// ahead and behind are the variances of Brownian motion from t to the ends.
func (b *Bridge) ahead(t float64) float64  { return 2 * b.temperature * (b.tau - t) }
func (b *Bridge) behind(t float64) float64 { return 2 * b.temperature * t }

// bridgeField is [forth (E[y | x] − x) + back (x − E[x₀ | x])]/tau.
type bridgeField struct {
	b           *Bridge
	t           float64
	forth, back float64
}

var _ flow.Divergencer = (*bridgeField)(nil)

// bridgeBlock is how many points a goroutine takes at once.
const bridgeBlock = 16

// Apply implements flow.Map.
func (f *bridgeField) Apply(dst, x *mat.Dense) {
	n := checkBridgeRows(x, f.b)
	_ = par.For(context.Background(), n, bridgeBlock, func(lo, hi int) { // never cancelled
		to, from := f.b.to.scratch(), f.b.from.scratch()
		for i := lo; i < hi; i++ {
			at, row := x.RawRowView(i), dst.RawRowView(i)
			if f.forth != 0 {
				f.b.to.posterior(to, at, f.b.ahead(f.t))
			}
			if f.back != 0 {
				f.b.from.posterior(from, at, f.b.behind(f.t))
			}
			for k, v := range at {
				var s float64
				if f.forth != 0 {
					s += f.forth * (to.mean[k] - v)
				}
				if f.back != 0 {
					s += f.back * (v - from.mean[k])
				}
				row[k] = s / f.b.tau
			}
		}
	})
}

// Divergence implements flow.Divergencer: E[y | x] has the divergence tr Cov[y | x]
// over the variance of the motion.
func (f *bridgeField) Divergence(dst []float64, x *mat.Dense) {
	n, d := checkBridgeRows(x, f.b), float64(f.b.p.Dim())
	_ = par.For(context.Background(), n, bridgeBlock, func(lo, hi int) { // never cancelled
		to, from := f.b.to.scratch(), f.b.from.scratch()
		for i := lo; i < hi; i++ {
			var s float64
			if f.forth != 0 {
				f.b.to.posterior(to, x.RawRowView(i), f.b.ahead(f.t))
				s += f.forth * (f.b.to.spread(to)/f.b.ahead(f.t) - d)
			}
			if f.back != 0 {
				f.b.from.posterior(from, x.RawRowView(i), f.b.behind(f.t))
				s += f.back * (d - f.b.from.spread(from)/f.b.behind(f.t))
			}
			dst[i] = s / f.b.tau
		}
	})
}

func checkBridgeRows(x *mat.Dense, b *Bridge) int {
	n, d := x.Dims()
	if want := b.p.Dim(); d != want {
		panic((&measure.DimError{Func: "transport.Bridge", Arg: "x", Got: d, Want: want}).Error())
	}
	return n
}
