package diffusion_test

import (
	"context"
	"fmt"

	"github.com/janpfeifer/must"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/metric"
	"github.com/wasserwerk-go/wasserwerk/lib/points"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Samples from NumPy are noised, and generated anew with the exact score of the
// noised samples, down to a time at which they are slightly blurred; how likely
// what was generated is, and how far from the samples.
func Example() {
	ctx, key, s := context.Background(), rng.New(1), diffusion.Cosine{}
	x := must.M1(points.Read("testdata/moons.npy"))
	data := must.M1(measure.NewDiscrete(x, nil))
	noised, y := mat.NewDense(200, 2, nil), mat.NewDense(200, 2, nil)
	data.Noise(s.At(0.5)).Sample(noised, key.Named("noise"))
	grid := must.M1(diffusion.LogSNRTimes(s, 0.999, 0.05, 20))
	must.M(diffusion.Generate(ctx, y, diffusion.Exact(data, s), grid, diffusion.Heun{}, key.Named("start"), diffusion.GenerateOptions{}))
	l := must.M1(diffusion.LogLikelihood(ctx, diffusion.Noising(data, s).Flow, y, 0.05, 0.999, nil, diffusion.LikelihoodOptions{Times: flow.Times(0.05, 0.999, 50)}))
	w := must.M1(metric.Wasserstein(ctx, 2, x, nil, y, nil))

	fmt.Printf("log p  %.2f nats, %.2f bits per dimension\n", diffusion.Mean(l.LogProb()).Value, diffusion.Mean(l.BitsPerDim(0)).Value)
	fmt.Printf("W₂     %.2f, noised %.2f\n", w.Value, must.M1(metric.Wasserstein(ctx, 2, x, nil, noised, nil)).Value)
	// Output:
	// log p  -0.87 nats, 0.62 bits per dimension
	// W₂     0.17, noised 0.53
}
