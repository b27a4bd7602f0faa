package catalogue

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

func boundsEntries() []Entry {
	return []Entry{
		{
			Name: "speed and accuracy at an instant", Statement: `v_{\mathrm{loss}}^2 \le T\sigma = \mathbb E\,|\nu_t|^2`,
			Given: "truth and estimate follow the same velocity", Tight: "if $\\lvert h\\rvert$ is proportional to $\\lvert\\nu\\rvert$ where the potential is steep", Spoilt: "$v_2^2$ stands on the right though the velocity is no gradient", Ref: "(80)",
			Function: "bounds.SpeedAccuracy", Notebook: "04-speed-accuracy", Holds: instant(false), Fails: instant(true),
		},
		{
			Name: "uniform in time", Statement: `\eta = \frac{(\Delta W_1)^2}{\tau D_0} \le c_1 = \int_0^\tau v_{\mathrm{loss}}^2\,dt`,
			Given: "truth and estimate follow the same velocity", Tight: "if $W_1$ changes at a constant rate: on the line's geodesic", Ref: "(81)",
			Function: "bounds.Report.TimeEfficiency", Notebook: "04-speed-accuracy",
			Holds: func(ctx context.Context) (relation.Inequality, error) {
				r, err := relate(ctx, line(), measure.Normal(1, 1))
				if err != nil {
					return relation.Inequality{}, err
				}
				return between(r.Eta, r.C1), nil
			},
		},
		{
			Name: "speed and accuracy", Statement: `\eta \le w_D = \int_0^\tau T\sigma\,dt`,
			Given: "truth and estimate follow the same velocity; $D_0 = \\chi^2(\\tilde P_\\tau \\Vert P_\\tau)$, estimate over truth", Tight: "small shifts on the geodesic: attained", Spoilt: "$\\chi^2$ is taken the other way round", Ref: "(77)",
			Function: "bounds.SpeedAccuracy", Notebook: "04-speed-accuracy", Holds: mismatch(false), Fails: mismatch(true),
		},
		{
			Name: "speed and accuracy, conservative", Statement: `\eta \le c_2 = \int_0^\tau v_2^2\,dt`,
			Given: "the velocity is a gradient", Tight: "small shifts on the geodesic: attained", Spoilt: "points circulate in a steady state", Ref: "(79), (83)",
			Function: "bounds.SpeedAccuracy", Notebook: "05-swiss-roll", Holds: conservative, Fails: turning,
		},
		{
			Name: "the optimal protocol", Statement: `\frac{W_2^2(P_0, P_\tau)}{\tau} \le c_2`,
			Given: "fixed ends and duration", Tight: "on the geodesic", Spoilt: "the protocol ends elsewhere", Ref: "(92)",
			Function: "bounds.Optimal", Notebook: "07-designing-the-noise-schedule", Holds: optimal(1), Fails: optimal(0.2),
		},
		{
			Name: "the conditional cost", Statement: `c_2 \le \int_0^\tau (\dot m^2\,\mathbb E|x_0|^2 + n_d\,\dot\sigma^2)\,dt`,
			Given: "$x_t = m x_0 + \\sigma\\varepsilon$", Tight: "data that are one point", Spoilt: "the variance stands for the second moment", Ref: "(93)-(95)",
			Function: "bounds.ConditionalCost", Notebook: "07-designing-the-noise-schedule", Holds: conditional(false), Fails: conditional(true),
		},
		{
			Name: "KL and χ²", Statement: `\mathrm{KL}(\tilde P_\tau \Vert P_\tau) \le \ln(1 + D_0)`,
			Given: "$D_0 = \\chi^2(\\tilde P_\\tau \\Vert P_\\tau)$", Tight: "small mismatch, up to a factor 2", Spoilt: "$\\chi^2$ is taken the other way round", Ref: "Gibbs and Su 2002",
			Function: "bounds.ChiSquared", Notebook: "08-which-bound", Holds: klChi(false), Fails: klChi(true),
		},
		{
			Name: "learned velocity", Statement: `\frac{|\Delta W_1|}{\sqrt{\tau D_{\max}}} \le \sqrt{w_D} + \sqrt{1 + \tfrac{1}{D_{\max}}}\,\sqrt{\tau L}`,
			Given: "$L = \\tfrac1\\tau\\int \\mathbb E_{P_t}|\\nu - \\tilde\\nu|^2\\,dt$; $D_{\\max}$, the largest $\\chi^2(\\tilde P_t \\Vert P_t)$, is finite", Tight: "as for the exact velocity, when $L \\to 0$", Spoilt: "the learned term is left out", Ref: "(100)",
			Function: "bounds.LearnedGaussian", Notebook: "08-which-bound", Holds: learned(true), Fails: learned(false),
		},
		{
			Name: "Hölder's form", Statement: `|\Delta W_1| \le \|h\|_b \int_0^\tau \|\nu_t\|_a\,dt`,
			Given: "$1/a + 1/b = 1$", Tight: "near $a = 2$, as the relation", Spoilt: "the exponents don't belong together", Ref: "Hölder's inequality for (87)",
			Function: "bounds.HolderRelation", Notebook: "08-which-bound", Holds: holder(1), Fails: holder(3),
		},
		{
			Name: "Talagrand", Statement: `W_1(q, p) \le \sqrt{2\,\mathrm{KL}/\rho}`,
			Given: "$q$ has the log-Sobolev constant $\\rho$", Tight: "shifts of normal data", Spoilt: "$\\rho$ is overstated", Ref: "Otto and Villani 2000",
			Function: "bounds.Compare", Notebook: "08-which-bound", Holds: talagrand(4), Fails: talagrand(5),
		},
		{
			Name: "Pinsker", Statement: `W_1(q, p) \le R\,\sqrt{\mathrm{KL}/2}`,
			Given: "$R$ is the diameter of the data's support", Tight: "small masses moved across it, up to a factor", Spoilt: "$R$ is understated", Ref: "Pinsker's inequality",
			Function: "bounds.Compare", Notebook: "08-which-bound", Holds: pinsker(2), Fails: pinsker(0.2),
		},
		{
			Name: "sub-Gaussian transport", Statement: `W_1(q, p) \le \sqrt{2\,v\,\mathrm{KL}}`,
			Given: "$\\mathbb E_q e^{\\lambda(f - \\mathbb E_q f)} \\le e^{\\lambda^2 v/2}$ for all $f$ of slope up to 1; two modes $\\pm a$ of width $s$ have $v = a^2 + s^2$", Tight: "wrong masses of two narrow modes", Spoilt: "$v = s^2$, as for one mode", Ref: "Bobkov and Götze 1999",
			Function: "thermo.KL", Notebook: "08-which-bound", Holds: subGaussian(1), Fails: subGaussian(0.19),
		},
		{
			Name: "Grönwall", Statement: `W_2(q, p) \le W_2(P_\tau, \tilde P_\tau)\,e^{\int \mathrm{Lip}\,dt}`,
			Given: "$\\mathrm{Lip}$ is the one-sided constant of the reverse flow, $-\\inf \\partial_x\\nu$ on the line", Tight: "affine flows, shifts", Spoilt: "the flow is taken forwards", Ref: "Grönwall's inequality",
			Function: "bounds.Compare", Notebook: "08-which-bound", Holds: groenwall(1), Fails: groenwall(-1),
		},
	}
}

// line is the noising of two modes.
func line() flow.Flow {
	return diffusion.Noising(measure.Bimodal(0.9, math.Sqrt(0.19)), diffusion.Cosine{}).Flow
}

func relate(ctx context.Context, f flow.Flow, start measure.Measure) (*bounds.Report, error) {
	return bounds.SpeedAccuracy(ctx, f, start, bounds.Options{})
}

// ellipse is a still law whose points circulate, for a quarter of a turn; the start is
// shifted.
func ellipse() (flow.Flow, measure.Measure, error) {
	cov := mat.NewSymDense(2, []float64{4, 0, 0, 1})
	still, err := measure.NewGaussian([]float64{0, 0}, cov)
	if err != nil {
		return flow.Flow{}, nil, err
	}
	start, err := measure.NewGaussian([]float64{0, 0.5}, cov)
	v := flow.Linear(mat.NewDense(2, 2, []float64{0, -2, 0.5, 0}), []float64{0, 0})
	return flow.Flow{
		Path:     flow.PathFunc(func(float64) measure.Measure { return still }),
		Velocity: flow.FieldFunc(func(float64) flow.Map { return v }), Tau: math.Pi / 2,
	}, start, err
}

// instant looks at the time at which the relation is tightest.
func instant(turns bool) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		f, start, err := ellipse()
		if err != nil {
			return relation.Inequality{}, err
		}
		r, err := relate(ctx, f, start)
		if err != nil {
			return relation.Inequality{}, err
		}
		k := 0
		for i, v := range r.LossSpeed {
			if v > r.LossSpeed[k] {
				k = i
			}
		}
		hi := exactly("E|ν|²", r.Power[k])
		if turns {
			hi = relation.Term{Symbol: "v₂²", Value: r.Speed[k] * r.Speed[k], Bound: 1e-9}
		}
		return between(exactly("v_loss²", r.LossSpeed[k]*r.LossSpeed[k]), hi), nil
	}
}

// mismatch starts much too narrow a noise, so that truth and estimate differ.
func mismatch(swapped bool) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		f, err := transport.Geodesic(measure.Normal(0, 0.5), measure.Normal(0, 1), 1)
		if err != nil {
			return relation.Inequality{}, err
		}
		start := measure.Normal(0, 0.2)
		r, err := relate(ctx, f, start)
		if err != nil {
			return relation.Inequality{}, err
		}
		if !swapped {
			return between(r.Eta, r.WD), nil
		}
		// A start that is too wide: D₀ is infinite, its reverse isn't.
		wide := measure.Normal(0, 3)
		d, err := bounds.ChiSquared(measure.Normal(0, 1), wide)
		if err != nil {
			return relation.Inequality{}, err
		}
		if r, err = relate(ctx, f, wide); err != nil {
			return relation.Inequality{}, err
		}
		change := r.W1Data().Value - r.W1Noise().Value
		return between(exactly("η", change*change/d.Value), r.WD), nil
	}
}

func conservative(ctx context.Context) (relation.Inequality, error) {
	r, err := relate(ctx, line(), measure.Normal(1, 1))
	if err != nil {
		return relation.Inequality{}, err
	}
	return between(r.Eta, r.C2), nil
}

func turning(ctx context.Context) (relation.Inequality, error) {
	f, start, err := ellipse()
	if err != nil {
		return relation.Inequality{}, err
	}
	r, err := relate(ctx, f, start)
	if err != nil {
		return relation.Inequality{}, err
	}
	return between(r.Eta, r.Account.C2), nil
}

func optimal(until float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		r, err := relate(ctx, line(), measure.Normal(1, 1))
		if err != nil {
			return relation.Inequality{}, err
		}
		f := line()
		f.Tau *= until
		a, err := thermo.Dissipation(ctx, f, thermo.Options{})
		if err != nil {
			return relation.Inequality{}, err
		}
		return between(r.Optimal.Cost, a.C2), nil
	}
}

func conditional(central bool) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		data, mean := measure.Normal(2, 0.3), 2.
		a, err := thermo.Dissipation(ctx, diffusion.Noising(data, diffusion.CondOT{}).Flow, thermo.Options{})
		if err != nil {
			return relation.Inequality{}, err
		}
		if central {
			mean = 0
		}
		hi, err := bounds.ConditionalCost(ctx, diffusion.CondOT{}, measure.Normal(mean, 0.3))
		return between(a.C2, hi), err
	}
}

func klChi(swapped bool) example {
	return func(context.Context) (relation.Inequality, error) {
		p, q := measure.Normal(0, 0.3), measure.Normal(0, 1)
		if swapped {
			p, q = measure.Normal(0, 4), measure.Normal(0, 1)
		}
		kl, err := thermo.KL(p, q)
		if err != nil {
			return relation.Inequality{}, err
		}
		if swapped {
			p, q = q, p
		}
		d, err := bounds.ChiSquared(p, q)
		return between(kl, exactly("ln(1 + D₀)", math.Log1p(d.Value))), err
	}
}

func learned(whole bool) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		// The cosine schedule moves these data nowhere: all the error is learned.
		f := diffusion.Noising(measure.Normal(0, 1), diffusion.Cosine{}).Flow
		wrong := flow.FieldFunc(func(t float64) flow.Map {
			m, c := f.Velocity.At(t).(flow.Affine).Affine()
			return flow.Linear(m, []float64{c[0] + 1.5})
		})
		l, err := bounds.LearnedGaussian(ctx, f, wrong, measure.Normal(0.01, 1), bounds.Options{Tol: 1e-7})
		if err != nil {
			return relation.Inequality{}, err
		}
		q := l.Relation()
		if !whole {
			q.Hi = exactly("√w_D", math.Sqrt(l.WD.Value))
		}
		return q, nil
	}
}

func holder(factor float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		f, err := transport.Geodesic(measure.Normal(0, 0.5), measure.Normal(0, 1), 1)
		if err != nil {
			return relation.Inequality{}, err
		}
		start := measure.Normal(0.1, 1)
		h, err := bounds.HolderRelation(ctx, f, start, 2, bounds.Options{})
		if err != nil {
			return relation.Inequality{}, err
		}
		other, err := bounds.HolderRelation(ctx, f, start, 2*factor, bounds.Options{})
		if err != nil {
			return relation.Inequality{}, err
		}
		return between(h.Change, exactly("‖h‖_b ∫‖ν‖_a dt", other.Moment.Value*h.Action.Value)), nil
	}
}

// compared sets bounds beside each other for data, CondOT, and a start with the
// wrong mean.
func compared(ctx context.Context, data measure.Noisable, shift float64, opt bounds.ComparisonOptions) (*bounds.Comparison, error) {
	return bounds.Compare(ctx, diffusion.Noising(data, diffusion.CondOT{}).Flow, measure.Normal(shift, 1), opt)
}

func talagrand(rho float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		c, err := compared(ctx, measure.Normal(0, 0.5), 0.3, bounds.ComparisonOptions{LogSobolev: rho})
		if err != nil {
			return relation.Inequality{}, err
		}
		return c.Relations[2], nil
	}
}

func pinsker(diameter float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		data, err := measure.NewUniform(-1, 1)
		if err != nil {
			return relation.Inequality{}, err
		}
		f, err := transport.Geodesic(data, measure.Normal(0, 1), 1)
		if err != nil {
			return relation.Inequality{}, err
		}
		c, err := bounds.Compare(ctx, f, measure.Normal(0.3, 1), bounds.ComparisonOptions{Diameter: diameter})
		if err != nil {
			return relation.Inequality{}, err
		}
		return c.Relations[1], nil
	}
}

func subGaussian(v float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		c, err := compared(ctx, measure.Bimodal(0.9, math.Sqrt(0.19)), 1, bounds.ComparisonOptions{})
		if err != nil {
			return relation.Inequality{}, err
		}
		return between(c.Report.W1Data(), exactly("√(2v KL)", math.Sqrt(2*v*c.KL.Value))), nil
	}
}

func groenwall(sign float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		const shift = 0.3 // W₂ of the starts, and W₁
		c, err := compared(ctx, measure.Normal(0, 2), shift, bounds.ComparisonOptions{})
		if err != nil {
			return relation.Inequality{}, err
		}
		q := c.Relations[3]
		q.Hi.Symbol, q.Hi.Value = "W₂(start) e^∫Lip", shift*math.Exp(sign*c.Lip.Value)
		return between(q.Lo, q.Hi), nil
	}
}
