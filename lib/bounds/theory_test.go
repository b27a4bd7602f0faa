package bounds

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// Steps 0 and 1 of the proof: P̃/P − 1 is carried along, so χ²(P̃_t‖P_t) is the
// same at every time. P̃_t comes from trajectories alone, d ln p̃/dt = −∇·ν along
// them; P_t is the flow's own law.
func TestDivergenceIsConserved(t *testing.T) {
	data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	const n, steps = 400, 200 // points from −10 to 10: the sum below is exact to rounding
	for _, s := range []diffusion.Schedule{diffusion.CondOT{}, diffusion.Cosine{Duration: 2}, diffusion.VPLinear{}} {
		f := diffusion.Noising(data, s).Flow
		start := measure.Normal(.3, .9)
		d0, err := ChiSquared(start, f.Path.At(f.Tau))
		if err != nil {
			t.Fatal(err)
		}
		// Rows: the point, ln of dx_t/dx_τ. Both move with the velocity.
		x := mat.NewDense(n+1, 2, nil)
		for i := range n + 1 {
			x.Set(i, 0, -10+20*float64(i)/n)
		}
		logE, logT := make([]float64, n+1), make([]float64, n+1)
		truth := measure.Scalar(f.Path.At(f.Tau).(measure.LogDensity))
		for i := range logE {
			logE[i], logT[i] = start.LogProb1(x.At(i, 0)), truth(x.At(i, 0))
		}
		joint := flow.FieldFunc(func(t float64) flow.Map {
			v := f.Velocity.At(t)
			return flow.MapFunc(func(dst, x *mat.Dense) {
				at := mat.NewDense(n+1, 1, mat.Col(nil, 0, x))
				div := make([]float64, n+1)
				v.(flow.Divergencer).Divergence(div, at)
				v.Apply(at, at)
				for i := range div {
					dst.SetRow(i, []float64{at.At(i, 0), div[i]})
				}
			})
		})
		step := -1
		for state, err := range flow.Solve(context.Background(), x, joint, flow.Times(f.Tau, .02*f.Tau, steps), flow.RK4{}) {
			if err != nil {
				t.Fatal(err)
			}
			if step++; step%50 != 0 {
				continue
			}
			logp := measure.Scalar(f.Path.At(state.T).(measure.LogDensity))
			var dt float64
			for i := range n + 1 {
				at, stretch := state.X.At(i, 0), state.X.At(i, 1)
				p, estimate := logp(at), logE[i]-stretch
				if math.Abs(logT[i]) < 30 { // pointwise, where the tails leave digits
					reftest.Near(t, "ln P̃/P along the flow", estimate-p, logE[i]-logT[i], 1e-6, 1e-6)
				}
				h := math.Expm1(estimate - p)
				dt += 20. / n * h * h * math.Exp(p+stretch)
			}
			reftest.Near(t, "D_t", dt, d0.Value, 1e-7, 0)
		}
		// And in closed form: the carried law of Carry.
		path, err := Carry(f, start)
		if err != nil {
			t.Fatal(err)
		}
		for _, share := range []float64{0, .3, .9} {
			got, err := ChiSquared(path.At(share*f.Tau), f.Path.At(share*f.Tau))
			if err != nil {
				t.Fatal(err)
			}
			reftest.Near(t, "D_t of Carry", got.Value, d0.Value, 1e-10, 0)
		}
	}
}

// A flow that isn't a gradient obeys the relation with w_D and breaks the one
// with c₂: an ellipse that turns in itself, from a start shifted along its axis
// b. The shift turns towards a in a quarter of a turn; between Gaussians of
// equal covariance W₁ is the distance of the means.
func TestRotatingEllipse(t *testing.T) {
	ctx := context.Background()
	const a, b, eps, omega, tau = 2, .5, .3, 1.5, math.Pi / 3 // ωτ = π/2
	gauss := func(mean ...float64) *measure.Gaussian {
		g, err := measure.NewGaussian(mean, mat.NewSymDense(2, []float64{a * a, 0, 0, b * b}))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	law := gauss(0, 0)
	f := flow.Flow{
		Path: flow.PathFunc(func(float64) measure.Measure { return law }),
		Velocity: flow.FieldFunc(func(float64) flow.Map {
			return flow.Linear(mat.NewDense(2, 2, []float64{0, -omega * a / b, omega * b / a, 0}), []float64{0, 0})
		}),
		Tau: tau,
	}
	account, err := thermo.Dissipation(ctx, f, thermo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d0, err := ChiSquared(gauss(0, eps*b), law)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "D₀", d0.Value, math.Expm1(eps*eps), 1e-13, 0)
	mean := mat.NewDense(1, 2, []float64{0, eps * b})
	if err := flow.Transport(ctx, mean, f.Velocity, flow.Times(tau, 0, 200), flow.RK4{}); err != nil {
		t.Fatal(err)
	}
	change := math.Hypot(mean.At(0, 0), mean.At(0, 1)) - eps*b
	eta := relation.Term{Value: change * change / (tau * d0.Value), Bound: 1e-8}
	reftest.Near(t, "η", eta.Value, (a-b)*(a-b)*eps*eps/(tau*math.Expm1(eps*eps)), 0, 1e-8)
	reftest.Near(t, "w_D", account.WD.Value, omega*omega*(a*a+b*b)*tau, 1e-12, 0)
	if v := (relation.Inequality{Lo: eta, Hi: account.WD}).Check(0); v != relation.Holds {
		t.Errorf("η ≤ w_D: %v", v)
	}
	if v := (relation.Inequality{Lo: eta, Hi: account.C2}).Check(0); v != relation.Violated {
		t.Errorf("η ≤ c₂ must fail here: %v, η = %v, c₂ = %v", v, eta, account.C2)
	}
}

// W₂²/τ ≤ L²/τ ≤ c₂ ≤ ∫ E|ẋ_t|² dt, with room to spare in each link, so that a
// lost factor 2 would show in one of them.
func TestChainOfCosts(t *testing.T) {
	ctx := context.Background()
	wide := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	for _, data := range []*measure.Mixture{dataA, wide} {
		for _, s := range []diffusion.Schedule{diffusion.CondOT{}, diffusion.Cosine{}, diffusion.CondOT{Duration: 5}} {
			a, err := thermo.Dissipation(ctx, diffusion.Noising(data, s).Flow, thermo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			top, err := ConditionalCost(ctx, s, data)
			if err != nil {
				t.Fatal(err)
			}
			chain := []relation.Term{a.Floor(), a.LengthFloor(), a.C2, top}
			for i := range chain[1:] {
				q := relation.Inequality{Lo: chain[i], Hi: chain[i+1]}
				if q.Check(0) != relation.Holds || q.Tightness() > .99 {
					t.Errorf("%T: %v", s, q)
				}
			}
		}
	}
	// The gap of the last link is ∫ E Var[ẋ_t | x_t] dt: for N(0, s²) under CondOT
	// the integral of s²/((1−t)² s² + t²), which is s π/2.
	const s = .5
	a, err1 := thermo.Dissipation(ctx, diffusion.Noising(measure.Normal(0, s), diffusion.CondOT{}).Flow, thermo.Options{})
	top, err2 := ConditionalCost(ctx, diffusion.CondOT{}, measure.Normal(0, s))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	reftest.Near(t, "gap", top.Value-a.C2.Value, s*math.Pi/2, 1e-10, 0)
}
