package transport_test

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Mass in a well with two minima, at T = 0.2: each step lowers the free energy by
// at least W₂²/2h.
func ExampleJKO() {
	well := transport.Potential{
		U:         func(x float64) float64 { return math.Pow(x*x-1, 2) / 4 },
		DU:        func(x float64) float64 { return x*x*x - x },
		DDU:       func(x float64) float64 { return 3*x*x - 1 },
		Curvature: -1,
	}
	var p measure.Line = measure.Normal(0, 0.1)
	for range 3 {
		step, err := transport.JKO(context.Background(), p, well, 0.2, 0.5, transport.JKOOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("F from %.3f to %.3f, W₂²/2h = %.3f\n", step.Before, step.After, step.SqDist/(2*step.H))
		p = step.To
	}
	// Output:
	// F from 0.422 to 0.059, W₂²/2h = 0.116
	// F from 0.059 to -0.054, W₂²/2h = 0.043
	// F from -0.054 to -0.094, W₂²/2h = 0.015
}
