package flow

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// A contracting, rotating force that weakens with time, at a growing
// temperature: the transition kernel has mean e^{∫H} R(∫G) y and covariance
// σ² I with dσ²/dt = 2Hσ² + 2T. The integrators must find all three, and the
// factor 2 before T.
func TestReferenceLinearForce(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/linearforce.json", "swissforce_kernel") {
		var in struct {
			H, G, Tau, T float64
			TFin         float64 `json:"T_fin"`
		}
		var want struct {
			M      float64 `json:"m_t"`
			Angle  float64
			Sigma2 float64
		}
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		temp := func(t float64) float64 { return in.TFin * (t / in.Tau) * (t / in.Tau) }
		force := FieldFunc(func(t float64) Map {
			h, g := -in.H*(1-t/in.Tau)-temp(t), in.G*(1-t/in.Tau)
			return Linear(mat.NewDense(2, 2, []float64{h, -g, g, h}), []float64{0, 0})
		})
		var angle, last float64
		var end *mat.Dense
		for s, err := range Solve(context.Background(), mat.NewDense(1, 2, []float64{1, 0}), force, Times(0, in.T, 2000), RK4{}) {
			if err != nil {
				t.Fatal(err)
			}
			a := math.Atan2(s.X.At(0, 1), s.X.At(0, 0))
			angle += math.Remainder(a-last, 2*math.Pi)
			last, end = a, s.X
		}
		reftest.Near(t, "m", math.Hypot(end.At(0, 0), end.At(0, 1)), want.M, 0, c.AbsTol)
		reftest.Near(t, "angle", angle, want.Angle, 0, 1e-10)

		const n = 4000
		var cloud *mat.Dense
		for s, err := range SolveSDE(context.Background(), mat.NewDense(n, 2, nil), force, temp, Times(0, in.T, 400), KeyNoise(rng.New(11))) {
			if err != nil {
				t.Fatal(err)
			}
			cloud = s.X
		}
		// Euler-Maruyama's own bias at this step is below half a per cent.
		v := 0.5 * (stat.Variance(mat.Col(nil, 0, cloud), nil) + stat.Variance(mat.Col(nil, 1, cloud), nil))
		reftest.Near(t, "σ²", v, want.Sigma2, 5*math.Sqrt(1./n)+.005, 0)
	}
}
