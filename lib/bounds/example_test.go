package bounds_test

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// What does it cost to generate bimodal data under the cosine schedule, and how
// much of a wrong mean of the start could that dissipation undo?
func ExampleSpeedAccuracy() {
	data := measure.Bimodal(0.9, math.Sqrt(0.19))
	process := diffusion.Noising(data, diffusion.Cosine{})
	report, err := bounds.SpeedAccuracy(context.Background(), process.Flow, measure.Normal(1, 1), bounds.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("η = %.4f, c₁ = %.4f, c₂ = %.4f, at best %.4f\n",
		report.Eta.Value, report.C1.Value, report.C2.Value, report.Optimal.Cost.Value)
	for _, r := range report.Relations()[:2] {
		fmt.Println(r.Lo.Symbol, "≤", r.Hi.Symbol, r.Check(0))
	}
	// Output:
	// η = 0.0047, c₁ = 0.0080, c₂ = 0.1073, at best 0.0575
	// η ≤ c₁ holds
	// c₁ ≤ c₂ holds
}
