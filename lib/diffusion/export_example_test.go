package diffusion_test

import (
	"fmt"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
)

// A grid in Karras' spacing for a variance-preserving schedule, as a scheduler
// of diffusers takes it: json.Marshal(c) is what Python reads.
func ExampleDiffusers() {
	s := diffusion.VPLinear{}
	times, err := diffusion.SigmaTimes(s, diffusion.KarrasSigmas(5, 0.05, 100, 7))
	if err != nil {
		panic(err)
	}
	c, err := diffusion.Diffusers("EulerDiscreteScheduler", s, times, diffusion.DiffusersOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Printf("times  %.3f\n", c.Times)
	fmt.Printf("sigmas %.3f\n", c.Sigmas)
	// Output:
	// times  [0.957 0.814 0.597 0.222 0.012 0.000]
	// sigmas [100.000 28.160 5.986 0.817 0.050 0.000]
}

// The cosine schedule at a constant rate of log-SNR.
func ExampleRetime() {
	s := diffusion.Cosine{}
	clock, err := diffusion.UniformLogSNR(s, 0.01, 0.99, diffusion.ClockOptions{Duration: 1})
	if err != nil {
		panic(err)
	}
	r, err := diffusion.Retime(s, clock)
	if err != nil {
		panic(err)
	}
	for _, t := range []float64{0, 0.25, 0.5, 0.75, 1} {
		fmt.Printf("%.3f ", r.At(t).LogSNR())
	}
	fmt.Println()
	// Output: 8.307 4.154 0.000 -4.154 -8.307
}
