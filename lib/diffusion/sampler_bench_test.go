package diffusion

import (
	"context"
	"math"
	"runtime"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// bench10000 is 10,000 particles in the plane and 100 steps.
func bench10000(b *testing.B, m Model, s Sampler) func() {
	x := mat.NewDense(10000, 2, nil)
	rng.New(1).Normal(x.RawMatrix().Data)
	grid, noise := flow.Times(1, .001, 100), flow.KeyNoise(rng.New(2))
	return func() {
		for _, err := range Sample(context.Background(), x, m, grid, s, noise, SampleOptions{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// still is a field that costs next to nothing, so what remains is the loop.
var still = flow.FieldFunc(func(float64) flow.Map {
	return flow.MapFunc(func(dst, x *mat.Dense) { copy(dst.RawMatrix().Data, x.RawMatrix().Data) })
})

func BenchmarkSamplers(b *testing.B) {
	for _, c := range []struct {
		name string
		m    Model
		s    Sampler
	}{
		{"Heun/isotropic", Exact(toy(b, "grid25"), VPLinear{}), Heun{}},
		{"Heun/full", Exact(toy(b, "full25"), VPLinear{}), Heun{}},
		{"Heun/loop alone", FromVelocity(still, VPLinear{}), Heun{}},
		{"DPMSolver2M/isotropic", Exact(toy(b, "grid25"), VPLinear{}), DPMSolver2M{}},
		{"DPMSolver2M/loop alone", FromDenoiser(still, VPLinear{}), DPMSolver2M{}},
		{"Ancestral/isotropic", Exact(toy(b, "grid25"), VPLinear{}), Ancestral{}},
		{"Ancestral/loop alone", FromDenoiser(still, VPLinear{}), Ancestral{}},
		{"Adaptive/isotropic", Exact(toy(b, "grid25"), VPLinear{}), Adaptive{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			run := bench10000(b, c.m, c.s)
			for b.Loop() {
				run()
			}
		})
	}
}

// BenchmarkThreads alternates one and two processors, and reports the ratio; beside
// it what the machine gives two loops that share nothing, which is the most that
// can be had.
func BenchmarkThreads(b *testing.B) {
	var took [2][2]time.Duration
	measure := func(what int, run func()) {
		for i := range 2 {
			before := runtime.GOMAXPROCS(i + 1)
			start := time.Now()
			run()
			took[what][i] += time.Since(start)
			runtime.GOMAXPROCS(before)
		}
	}
	run := bench10000(b, Exact(toy(b, "grid25"), VPLinear{}), Heun{})
	for b.Loop() {
		measure(0, run)
		measure(1, func() {
			_ = par.For(context.Background(), 2, 1, func(int, int) {
				x := 1.0
				for range 20_000_000 {
					x = math.FMA(x, .5, 1)
				}
				if x > 3 {
					b.Error(x)
				}
			})
		})
	}
	b.ReportMetric(float64(took[0][0])/float64(took[0][1]), "speedup")
	b.ReportMetric(float64(took[1][0])/float64(took[1][1]), "possible")
}
