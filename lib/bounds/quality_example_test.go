package bounds_test

import (
	"context"
	"fmt"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Which way of generating is best for 16 evaluations of the model?
func ExampleQuality() {
	data := measure.Normal(2, 0.1)
	s := diffusion.Cosine{}
	model := diffusion.Exact(data, s)
	uniform := func(steps int) ([]float64, error) { return flow.Times(1, 0, steps), nil }
	logSNR := func(steps int) ([]float64, error) { return diffusion.LogSNRTimes(s, 0.999, 0.001, steps) }
	q, err := bounds.Quality(context.Background(), data, []bounds.Contender{
		{Name: "Euler, equal steps", Model: model, Grid: uniform, Sampler: diffusion.Euler{}},
		{Name: "DPM-Solver++, equal steps in log-SNR", Model: model, Grid: logSNR, Sampler: diffusion.DPMSolver2M{}},
	}, []int{8, 16}, rng.New(1), bounds.QualityOptions{Particles: 500})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range q.Runs {
		fmt.Printf("%-36s %2.0f evaluations  W₂ = %v\n", r.Name, r.Evaluations, r.Distance())
	}
	best, clear := q.Best(16)
	fmt.Printf("floor %v; best: %s (clearly: %v)\n", q.Floor(), best.Name, clear)
	// Output:
	// Euler, equal steps                    8 evaluations  W₂ = 0.0720(13)
	// Euler, equal steps                   16 evaluations  W₂ = 0.0388(14)
	// DPM-Solver++, equal steps in log-SNR  8 evaluations  W₂ = 0.011(2)
	// DPM-Solver++, equal steps in log-SNR 16 evaluations  W₂ = 0.011(2)
	// floor 0.0095(9); best: DPM-Solver++, equal steps in log-SNR (clearly: true)
}
