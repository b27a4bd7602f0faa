package learn

import "math"

// A rate takes the number of a step, from 1, to the learning rate over that of the
// optimiser. These are the usual ones, for TrainOptions.Rate.

// Warmup rises linearly to 1 over so many steps and stays.
func Warmup(steps int) func(step int) float64 {
	return func(step int) float64 { return math.Min(1, float64(step)/float64(max(steps, 1))) }
}

// CosineDecay rises linearly to 1 over warmup steps and falls as ½(1 + cos) to 0 at total.
func CosineDecay(warmup, total int) func(step int) float64 {
	rise := Warmup(warmup)
	return func(step int) float64 {
		if step <= warmup {
			return rise(step)
		}
		u := math.Min(1, float64(step-warmup)/float64(max(total-warmup, 1)))
		return 0.5 * (1 + math.Cos(math.Pi*u))
	}
}

// ExponentialDecay halves every so many steps.
func ExponentialDecay(halfLife float64) func(step int) float64 {
	return func(step int) float64 { return math.Exp2(-float64(step-1) / halfLife) }
}
