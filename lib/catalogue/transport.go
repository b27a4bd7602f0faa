package catalogue

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

func transportEntries() []Entry {
	return []Entry{
		{
			Name: "weak duality", Statement: `\sum_i f_i a_i + \sum_j g_j b_j \le \sum_{ij} P_{ij} C_{ij}`,
			Given: "$f_i + g_j \\le C_{ij}$; $P$ has the marginals $a$, $b$", Tight: "for optimal potentials and plans",
			Spoilt: "a potential is raised above what is admissible", Ref: "Kantorovich 1942",
			Function: "transport.Exact", Notebook: "02-optimal-transport", Holds: duality(0), Fails: duality(1),
		},
		{
			Name: "W₁ is at most W₂", Statement: `W_1(P, Q) \le W_2(P, Q)`,
			Given: "$P$ and $Q$ are probabilities", Tight: "if everything is moved by the same distance",
			Spoilt: "both have the mass 2", Ref: "Villani 2009",
			Function: "transport.WassersteinLine", Notebook: "02-optimal-transport", Holds: moments(1), Fails: moments(2),
		},
		{
			Name: "geodesics are shortest", Statement: `W_2(P_0, P_\tau) \le \int_0^\tau v_2\,dt`,
			Given: "the path joins $P_0$ and $P_\\tau$", Tight: "on the geodesic",
			Spoilt: "the path ends elsewhere", Ref: "(66)",
			Function: "thermo.Dissipation", Notebook: "03-stochastic-thermodynamics", Holds: shortest(1), Fails: shortest(0.3),
		},
	}
}

// duality solves a small problem and raises a potential.
func duality(raise float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		x, y := mat.NewDense(3, 1, []float64{0, 1, 2.5}), mat.NewDense(2, 1, []float64{0.5, 3})
		a, b := []float64{0.3, 0.3, 0.4}, []float64{0.5, 0.5}
		plan, err := transport.Exact(ctx, a, b, transport.SquaredEuclidean{X: x, Y: y}, transport.ExactOptions{})
		if err != nil {
			return relation.Inequality{}, err
		}
		f, g := plan.Potentials()
		f[0] += raise
		dual := 0.0
		for i := range a {
			dual += f[i] * a[i]
		}
		for j := range b {
			dual += g[j] * b[j]
		}
		return between(exactly("Σfa + Σgb", dual), exactly("⟨P, C⟩", plan.Cost())), nil
	}
}

// moments compares W₁ to W₂ of laws with a mass.
func moments(mass float64) example {
	return func(context.Context) (relation.Inequality, error) {
		p, q := measure.Bimodal(0.9, 0.4), measure.Normal(0.5, 1)
		w1, e1, err := transport.WassersteinLine(1, p, q)
		if err != nil {
			return relation.Inequality{}, err
		}
		w2, e2, err := transport.WassersteinLine(2, p, q)
		// The cost grows with the mass, and W₂ is its root.
		lo := relation.Term{Symbol: "W₁", Value: mass * w1, Bound: e1}
		return between(lo, relation.Term{Symbol: "W₂", Value: sqrt(mass) * w2, Bound: e2}), err
	}
}

// shortest compares the distance of the ends to the length of a path that stops
// early.
func shortest(until float64) example {
	return func(ctx context.Context) (relation.Inequality, error) {
		f := diffusion.Noising(measure.Normal(2, 0.5), diffusion.Cosine{}).Flow
		whole, err := thermo.Dissipation(ctx, f, thermo.Options{})
		if err != nil {
			return relation.Inequality{}, err
		}
		f.Tau *= until
		part, err := thermo.Dissipation(ctx, flow.Flow{Path: f.Path, Velocity: f.Velocity, Tau: f.Tau, Gradient: true}, thermo.Options{})
		if err != nil {
			return relation.Inequality{}, err
		}
		return between(whole.W2, part.Length), nil
	}
}
