package diffusion

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// The reference runs in s = 1 − t from noise x0 to data x1.
func TestReferenceTargets(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/likelihood.json", "cfm/") {
		var in struct {
			X0, X1, E [][]float64
			S         float64
		}
		var want map[string][][]float64
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		noise, data, e := rowsOf(in.X0), rowsOf(in.X1), rowsOf(in.E)
		n, d := data.Dims()
		x, u := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
		for name, p := range map[string]Interpolant{
			"icfm": StraightPath{Sigma: .1}, "fm": LipmanPath{SigmaMin: .1},
			"sb": BridgePath{Sigma: .5}, "vp": TrigonometricPath{Sigma: .1},
		} {
			if err := Interpolate(x, u, p, slices.Repeat([]float64{1 - in.S}, n), data, noise, e); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				for j := range d {
					reftest.Near(t, name+" x", x.At(i, j), want[name+"_x"][i][j], c.RTol, c.ATol)
					reftest.Near(t, name+" u", -u.At(i, j), want[name+"_u"][i][j], c.RTol, c.ATol)
				}
			}
		}
	}
}

func TestInterpolantDerivatives(t *testing.T) {
	for _, p := range []Interpolant{
		StraightPath{.2},
		LipmanPath{.1},
		TrigonometricPath{.3},
		BridgePath{},
		BridgePath{.4},
		SchedulePath{Cosine{Duration: 2}},
		SchedulePath{CondOT{}},
		SchedulePath{VPLinear{}},
	} {
		for _, s := range []float64{.1, .4, .5, .9} {
			at := s * p.Tau()
			c := p.At(at)
			for k, want := range []float64{c.DData, c.DNoise, c.DSpread} {
				got := fd.Derivative(func(t float64) float64 {
					c := p.At(t)
					return [...]float64{c.Data, c.Noise, c.Spread}[k]
				}, at, &fd.Settings{Formula: fd.Central})
				reftest.Near(t, "derivative", got, want, 1e-7, 1e-7)
			}
		}
		if a, b := p.At(0), p.At(p.Tau()); a.Data != 1 || math.Abs(b.Data) > 1e-2 {
			t.Errorf("%T: ends %+v, %+v", p, a, b)
		}
	}
}

// The law of the path between pairs from the plan is that of transport's bridge,
// and that between Gaussians for many pairs.
func TestBridgePath(t *testing.T) {
	ctx := context.Background()
	path := BridgePath{Sigma: .8}
	const n = 40
	x, y := gaussians(1, n, 2), gaussians(2, n, 2)
	y.Apply(func(_, j int, v float64) float64 { return 2*v + float64(j) }, y)
	pairs, err := path.Coupling().Couple(ctx, x, y, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	p, err := measure.NewDiscrete(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	q, err := measure.NewDiscrete(y, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, g := pairs.Plan.Potentials()
	bridge, err := transport.NewBridge(ctx, p, q, f, g, path.Temperature(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if e0, e1 := bridge.MarginalErrors(); e0+e1 > 1e-6 {
		t.Errorf("the plan isn't the bridge's: %g, %g", e0, e1)
	}
	if bridge.Eps() != path.Eps() {
		t.Errorf("ε = %v, bridge's %v", path.Eps(), bridge.Eps())
	}
	for _, at := range []float64{.2, .5, .9} {
		c := path.At(at)
		law := bridge.Process().Path.At(at).(measure.Moments)
		var cov mat.SymDense
		law.Cov(&cov)
		mean := law.Mean(nil)
		for j := range 2 {
			var first, second float64
			for pair, mass := range pairs.Plan.All() {
				v := c.Data*x.At(pair.I, j) + c.Noise*y.At(pair.J, j)
				first += mass * v
				second += mass * v * v
			}
			reftest.Near(t, "mean", first, mean[j], 1e-7, 1e-7)
			reftest.Near(t, "variance", second-first*first+c.Spread*c.Spread, cov.At(j, j), 1e-7, 0)
		}
	}
	// Between N(0, 1) and N(1, 4).
	end, start := measure.Normal(1, 2), measure.Normal(0, 1)
	process, err := transport.GaussianBridge(start, end, path.Temperature(), 1)
	if err != nil {
		t.Fatal(err)
	}
	const m = 600
	a, b, z := gaussians(3, m, 1), gaussians(4, m, 1), gaussians(5, m, 1)
	b.Apply(func(_, _ int, v float64) float64 { return 1 + 2*v }, b)
	if pairs, err = path.Coupling().Couple(ctx, a, b, rng.New(6)); err != nil {
		t.Fatal(err)
	}
	xs, ys := pairs.Rows(a, b)
	at, u := mat.NewDense(m, 1, nil), mat.NewDense(m, 1, nil)
	if err := Interpolate(at, u, path, slices.Repeat([]float64{.5}, m), xs, ys, z); err != nil {
		t.Fatal(err)
	}
	var want mat.SymDense
	process.Path.At(.5).(measure.Moments).Cov(&want)
	var sum, square float64
	for i := range m {
		sum += at.At(i, 0) / m
		square += at.At(i, 0) * at.At(i, 0) / m
	}
	// Sampled ends and pairs: var of a variance is 2/m, twice over.
	reftest.Near(t, "bridge of Gaussians", square-sum*sum, want.At(0, 0), 5*math.Sqrt(4./m), 0)
}

func TestInterpolateErrors(t *testing.T) {
	x0, x1, z := gaussians(1, 2, 2), gaussians(2, 2, 2), gaussians(3, 2, 2)
	x, u := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
	half := []float64{.5, .5}
	bad := mat.NewDense(2, 2, []float64{1, 2, 3, math.NaN()})
	for name, err := range map[string]error{
		"path":    Interpolate(x, u, nil, half, x0, x1, z),
		"times":   Interpolate(x, u, StraightPath{}, half[:1], x0, x1, z),
		"t":       Interpolate(x, u, StraightPath{}, []float64{.5, 1.1}, x0, x1, z),
		"NaN t":   Interpolate(x, u, StraightPath{}, []float64{.5, math.NaN()}, x0, x1, z),
		"nil x":   Interpolate(nil, u, StraightPath{}, half, x0, x1, z),
		"shape":   Interpolate(x, mat.NewDense(2, 1, nil), StraightPath{}, half, x0, x1, z),
		"rows":    Interpolate(x, u, StraightPath{}, half, x0, gaussians(1, 3, 2), z),
		"no z":    Interpolate(x, u, StraightPath{Sigma: 1}, half, x0, x1, nil),
		"NaN":     Interpolate(x, u, StraightPath{}, half, x0, bad, z),
		"NaN z":   Interpolate(x, u, StraightPath{Sigma: 1}, half, x0, x1, bad),
		"end":     Interpolate(x, u, BridgePath{}, []float64{.5, 1}, x0, x1, z),
		"σ̇ at 0": Interpolate(x, u, SchedulePath{VPLinear{}}, []float64{0, .5}, x0, x1, nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := Interpolate(x, u, StraightPath{}, half, x0, x1, nil); err != nil {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("σ < 0: no panic")
		}
	}()
	StraightPath{Sigma: -1}.At(.5)
}
