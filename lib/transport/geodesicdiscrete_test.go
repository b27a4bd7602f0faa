package transport

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func pointCloud(seed uint64, n, d int) *mat.Dense {
	x := mat.NewDense(n, d, nil)
	rng.New(seed).Normal(x.RawMatrix().Data)
	return x
}

func masses(seed uint64, n int) []float64 {
	w := make([]float64, n)
	rng.New(seed).Uniform(w)
	return w
}

func exactBetween(t testing.TB, p, q *measure.Discrete) *Plan {
	t.Helper()
	plan, err := Exact(t.Context(), p.Weights(), q.Weights(), SquaredEuclidean{p.Points(), q.Points()}, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func cloudLaw(t testing.TB, x mat.Matrix, w []float64) *measure.Discrete {
	t.Helper()
	p, err := measure.NewDiscrete(x, w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlanGeodesic(t *testing.T) {
	for _, d := range []int{1, 2, 70} {
		p, q := cloudLaw(t, pointCloud(1, 12, d), masses(2, 12)), cloudLaw(t, pointCloud(3, 9, d), masses(4, 9))
		plan := exactBetween(t, p, q)
		const tau = 3.0
		f, err := PlanGeodesic(plan, p.Points(), q.Points(), tau)
		if err != nil {
			t.Fatal(err)
		}
		w := math.Sqrt(plan.Cost())
		at := func(t float64) *measure.Discrete { return f.Path.At(t).(*measure.Discrete) }
		for _, st := range [][2]float64{{0, tau}, {0, .4}, {1, 2}, {2.2, tau}} {
			part := exactBetween(t, at(st[0]), at(st[1]))
			reftest.Near(t, "speed", math.Sqrt(part.Cost()), (st[1]-st[0])/tau*w, 1e-12, 0)
		}
		// The velocity carries each atom, and its mean square is W₂²/tau².
		for _, s := range []float64{.1, 1.4, 2.9} {
			law := at(s)
			v := mat.NewDense(law.Len(), d, nil)
			f.Velocity.At(s).Apply(v, law.Points())
			var action float64
			for i, mass := range law.Weights() {
				action += mass * mat.Dot(v.RowView(i), v.RowView(i))
			}
			reftest.Near(t, "action", action, w*w/(tau*tau), 1e-12, 0)
			next := at(s + .05)
			for i := range law.Len() {
				for k := range d {
					reftest.Near(t, "step", law.Points().At(i, k)+.05*v.At(i, k), next.Points().At(i, k), 0, 1e-13)
				}
			}
		}
		x := mat.DenseCopyOf(at(.3).Points())
		if err := flow.Transport(t.Context(), x, f.Velocity, flow.Times(.3, 2.8, 40), flow.RK4{}); err != nil {
			t.Fatal(err)
		}
		x.Sub(x, at(2.8).Points())
		if off := mat.Norm(x, 2); off > 1e-12 {
			t.Errorf("%d dimensions: particles end %g from the atoms", d, off)
		}
	}
}

// An atom that splits has the mean velocity of its parts, and a point off the
// atoms that of the nearest.
func TestPlanGeodesicSplits(t *testing.T) {
	x, y := mat.NewDense(2, 1, []float64{0, 10}), mat.NewDense(3, 1, []float64{-1, 3, 10})
	plan, err := Exact(t.Context(), []float64{4, 1}, []float64{1, 3, 1}, SquaredEuclidean{x, y}, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := PlanGeodesic(plan, x, y, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]float64{{0, 0, 2}, {0, 1, 2}, {.5, 1.5, 3}, {.5, -2, -1}, {1, 3, 3}, {.5, .5, 2}, {0, 9, 0}} {
		reftest.Near(t, "velocity", flow.Scalar(f.Velocity.At(c[0]))(c[1]), c[2], 1e-15, 1e-15)
	}
}

func TestPlanGeodesicRefuses(t *testing.T) {
	x, y := pointCloud(1, 3, 2), pointCloud(2, 4, 2)
	plan, err := Exact(t.Context(), []float64{1, 1, 1}, []float64{1, 1, .5, .5}, SquaredEuclidean{x, y}, ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	bad := mat.DenseCopyOf(x)
	bad.Set(1, 1, math.NaN())
	for name, c := range map[string]struct {
		plan *Plan
		x, y mat.Matrix
		tau  float64
	}{
		"nil plan":   {nil, x, y, 1},
		"nil points": {plan, nil, y, 1},
		"rows":       {plan, y, y, 1},
		"columns":    {plan, x, x, 1},
		"dimensions": {plan, x, pointCloud(1, 4, 3), 1},
		"NaN":        {plan, bad, y, 1},
		"tau":        {plan, x, y, 0},
		"NaN tau":    {plan, x, y, math.NaN()},
	} {
		if _, err := PlanGeodesic(c.plan, c.x, c.y, c.tau); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	// A law of atoms in disguise has quantiles and a log density, but no map.
	atoms := cloudLaw(t, mat.NewDense(2, 1, []float64{-1, 1}), nil)
	frozen := atoms.Noise(measure.Coeffs{M: 1})
	for _, ends := range [][2]measure.Measure{{frozen, measure.Normal(0, 1)}, {measure.Normal(0, 1), atoms}} {
		if _, err := Geodesic(ends[0], ends[1], 1); err == nil {
			t.Errorf("a geodesic from %T to %T", ends[0], ends[1])
		}
	}
	var value *measure.ValueError
	if _, err := PlanGeodesic(plan, bad, y, 1); !errors.As(err, &value) {
		t.Errorf("NaN: %v", err)
	}
}
