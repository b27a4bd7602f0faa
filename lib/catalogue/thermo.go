package catalogue

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

func sqrt(x float64) float64 { return math.Sqrt(x) }

func thermoEntries() []Entry {
	return []Entry{
		{
			Name: "second law", Statement: `0 \le S_{\mathrm{tot}} = \Delta S_{\mathrm{sys}} + \Delta S_{\mathrm{bath}}`,
			Given: "system and bath are counted", Tight: "in equilibrium", Spoilt: "the bath isn't counted", Ref: "(36)-(40)",
			Function: "thermo.EntropyProduction", Notebook: "03-stochastic-thermodynamics", Holds: secondLaw(true), Fails: secondLaw(false),
		},
		{
			Name: "constant speed is cheapest", Statement: `\frac{1}{\tau}\Bigl(\int_0^\tau v_2\,dt\Bigr)^2 \le \int_0^\tau v_2^2\,dt = c_2`,
			Given: "the duration is $\\tau$", Tight: "if $v_2$ is constant", Spoilt: "the path takes twice as long as is counted", Ref: "(64), (68)",
			Function: "thermo.Account.LengthFloor", Notebook: "03-stochastic-thermodynamics", Holds: pace(1), Fails: pace(2),
		},
		{
			Name: "uncertainty of observables", Statement: `\Bigl(\frac{d}{dt}\mathbb E\,r\Bigr)^2 \le \mathbb E\,|\nabla r|^2\;v_2^2`,
			Given: "$r(x)$ doesn't depend on time", Tight: "if $\\nabla r$ is the gradient part of the velocity", Spoilt: "$\\mathbb E\\,|\\nabla r|$ is taken to the square", Ref: "(71)-(74)",
			Function: "thermo.StaticUncertaintyAt", Notebook: "03-stochastic-thermodynamics", Holds: observable(true), Fails: observable(false),
		},
		{
			Name: "uncertainty of currents", Statement: `\frac{2\langle J\rangle^2}{\mathrm{Var}\,J} \le \sigma`,
			Given: "steady state, long times; $\\langle J\\rangle$ and $\\mathrm{Var}\\,J$ per unit of time", Tight: "for slow turning", Spoilt: "$2T$ stands for $T$", Ref: "Barato and Seifert 2015",
			Function: "thermo.SteadyCurrent", Notebook: "03-stochastic-thermodynamics", Holds: current(1), Fails: current(2),
		},
		{
			Name: "two kinds of housekeeping", Statement: `\sigma_{\mathrm{hk}}^{\mathrm{MN}} \le \sigma_{\mathrm{hk}}^{\mathrm{HS}}`,
			Given: "the force has a steady state", Tight: "in the steady state, and for gradients", Ref: "Dechant, Sasa and Ito 2022",
			Function: "thermo.SplitAt", Notebook: "03-stochastic-thermodynamics", Holds: housekeeping,
		},
		{
			Name: "work and free energy", Statement: `\Delta F \le \langle W\rangle`,
			Given: "the start is in equilibrium", Tight: "if driven infinitely slowly", Spoilt: "the start is much colder than the bath", Ref: "Jarzynski 1997",
			Function: "thermo.Quench.MeanWork", Notebook: "03-stochastic-thermodynamics", Holds: quench(1), Fails: quench(0.2),
		},
		{
			Name: "Landauer's bound", Statement: `T\ln 2 \le T\ln 2 + \frac{W_2^2}{\tau} = Q_{\min}`,
			Given: "a bit is erased: two congruent states to one", Tight: "for long times, along the geodesic", Spoilt: "nothing is erased", Ref: "Aurell et al. 2012",
			Function: "thermo.LeastHeat", Notebook: "03-stochastic-thermodynamics", Holds: erase(1, 0), Fails: erase(2, -1),
		},
		{
			Name: "relative entropy decays", Statement: `\mathrm{KL}(P_t \Vert P_\infty) \le e^{-2kt}\,\mathrm{KL}(P_0 \Vert P_\infty)`,
			Given: "$U'' \\ge k$", Tight: "if only the mean is off", Spoilt: "$k$ is overstated", Ref: "Bakry and Émery 1985",
			Function: "thermo.KL", Notebook: "03-stochastic-thermodynamics", Holds: decay(1), Fails: decay(1.2),
		},
	}
}

func secondLaw(bath bool) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		// Data that are wider than the noise: the system loses entropy.
		p := diffusion.Noising(measure.Normal(0, 3), diffusion.Cosine{})
		e, err := thermo.EntropyProduction(ctx, p, thermo.EntropyOptions{From: 0.1, To: 0.9})
		if err != nil {
			return relation.Inequality{}, err
		}
		total := e.Total
		if !bath {
			total = e.System
		}
		return between(relation.Term{Symbol: "0"}, total), nil
	}
}

func pace(stretch float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		a, err := thermo.Dissipation(ctx, diffusion.Noising(measure.Normal(1, 0.5), diffusion.CondOT{}).Flow, thermo.Options{})
		if err != nil {
			return relation.Inequality{}, err
		}
		hi := a.C2
		hi.Value, hi.Bound = hi.Value/stretch, hi.Bound/stretch // the cost falls with the time that is taken
		return between(a.LengthFloor(), hi), nil
	}
}

func observable(right bool) example {
	return func(context.Context) (relation.Inequality, error) {
		f := diffusion.Noising(measure.Normal(0, 0.2), diffusion.CondOT{}).Flow
		r := flow.Linear(mat.NewDense(1, 1, []float64{1}), []float64{0}) // ∇ of x²/2
		u, err := thermo.StaticUncertaintyAt(f, 0.5, r)
		if err != nil {
			return relation.Inequality{}, err
		}
		slope := u.Slope.Value
		if !right {
			slope *= 2 / math.Pi // (E|x|)² of a centred normal
		}
		return between(exactly("(dE r/dt)²", u.Rate.Value*u.Rate.Value), exactly("E|∇r|² v₂²", slope*u.Speed.Value)), nil
	}
}

func current(factor float64) example {
	return func(context.Context) (relation.Inequality, error) {
		c, err := thermo.SteadyCurrent(mat.NewDense(2, 2, []float64{-1, -0.5, 0.5, -1}), mat.NewDense(2, 2, []float64{0, -1, 1, 0}), 1)
		if err != nil {
			return relation.Inequality{}, err
		}
		return between(exactly("2⟨J⟩²/Var J", factor*2*c.Mean.Value*c.Mean.Value/c.Variance.Value), c.Entropy), nil
	}
}

func housekeeping(ctx context.Context) (relation.Inequality, error) {
	start, err := measure.NewGaussian([]float64{1, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 0.5}))
	if err != nil {
		return relation.Inequality{}, err
	}
	force := flow.FieldFunc(func(float64) flow.Map {
		return flow.Linear(mat.NewDense(2, 2, []float64{-1, -1.5, 1.5, -2}), []float64{0, 0})
	})
	p, err := thermo.Langevin(ctx, start, force, func(float64) float64 { return 0.5 }, thermo.LangevinOptions{})
	if err != nil {
		return relation.Inequality{}, err
	}
	s, err := thermo.SplitAt(p, 0.3)
	if err != nil {
		return relation.Inequality{}, err
	}
	return s.Relations()[0], nil
}

// quench starts at a temperature that is heat times the bath's.
func quench(heat float64) example {
	return func(context.Context) (relation.Inequality, error) {
		q := thermo.Quench{K0: 1, K1: 3, T: 1}
		return between(exactly("ΔF", q.FreeEnergy()), exactly("⟨W⟩", heat*q.MeanWork())), nil
	}
}

// erase takes the uniform law on [−1, 1] to one on [low, high].
func erase(high, low float64) example {
	return func(context.Context) (relation.Inequality, error) {
		from, err := measure.NewUniform(-1, 1)
		if err != nil {
			return relation.Inequality{}, err
		}
		to, err := measure.NewUniform(low, high)
		if err != nil {
			return relation.Inequality{}, err
		}
		e, err := thermo.LeastHeat(from, to, 1, 10)
		if err != nil {
			return relation.Inequality{}, err
		}
		return between(exactly("T ln 2", math.Ln2), e.Heat), nil
	}
}

func decay(factor float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		force := flow.FieldFunc(func(float64) flow.Map { return flow.Linear(mat.NewDense(1, 1, []float64{-1}), []float64{0}) })
		p, err := thermo.Langevin(ctx, measure.Normal(1, 0.9), force, func(float64) float64 { return 1 }, thermo.LangevinOptions{})
		if err != nil {
			return relation.Inequality{}, err
		}
		before, err := thermo.KL(p.Path.At(0), measure.Normal(0, 1))
		if err != nil {
			return relation.Inequality{}, err
		}
		after, err := thermo.KL(p.Path.At(1), measure.Normal(0, 1))
		return between(after, exactly("e^{−2kt} KL₀", math.Exp(-2*factor)*before.Value)), err
	}
}
