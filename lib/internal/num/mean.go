package num

import "math"

// MeanStdErr returns the mean of independent values, and its standard error, which is
// NaN for a single one.
func MeanStdErr(x []float64) (mean, err float64) {
	var sum, squares Sum
	for _, v := range x {
		sum.Add(v)
	}
	n := float64(len(x))
	mean = sum.Value() / n
	for _, v := range x {
		squares.Add((v - mean) * (v - mean))
	}
	return mean, math.Sqrt(squares.Value() / (n - 1) / n)
}

// Simpson returns the i-th weight, in steps, of Simpson's rule on an even number of
// equal steps.
func Simpson(i, steps int) float64 {
	switch {
	case i == 0 || i == steps:
		return 1. / 3
	case i%2 == 1:
		return 4. / 3
	}
	return 2. / 3
}

// Trapezoid returns the i-th weight, in steps, of the trapezoid rule.
func Trapezoid(i, steps int) float64 {
	if i == 0 || i == steps {
		return 0.5
	}
	return 1
}
