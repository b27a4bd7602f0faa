package diffusion

import (
	"context"
	"runtime"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
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

// BenchmarkThreads alternates one and two processors, and reports the ratio.
func BenchmarkThreads(b *testing.B) {
	run := bench10000(b, Exact(toy(b, "grid25"), VPLinear{}), Heun{})
	var took [2]time.Duration
	for b.Loop() {
		for i := range took {
			before := runtime.GOMAXPROCS(i + 1)
			start := time.Now()
			run()
			took[i] += time.Since(start)
			runtime.GOMAXPROCS(before)
		}
	}
	b.ReportMetric(float64(took[0])/float64(took[1]), "speedup")
}
