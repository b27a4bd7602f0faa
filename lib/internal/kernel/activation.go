package kernel

// Sigmoid sets y[i] to σ(x[i]) = 1/(1 + exp(−x[i])) and dy[i] to its derivative
// σ(1 − σ), both to a few ulp in both tails. Dy may be nil if it is not wanted.
// Y may be x. Sigmoid panics if the lengths differ.
func Sigmoid[T Float](y, dy, x []T) {
	activate("Sigmoid", false, y, dy, x)
}

// SiLU sets y[i] to x[i]·σ(x[i]), which tends to 0 as x does to −∞, and dy[i]
// to its derivative σ(x) + x σ'(x). Dy may be nil if it is not wanted. Y may be
// x. SiLU panics if the lengths differ.
func SiLU[T Float](y, dy, x []T) {
	activate("SiLU", true, y, dy, x)
}

func activate[T Float](name string, silu bool, y, dy, x []T) {
	sameLength(name, "y", len(y), len(x))
	if dy != nil {
		sameLength(name, "dy", len(dy), len(x))
	}
	switch y := any(y).(type) {
	case []float64:
		activate64(silu, y, any(dy).([]float64), any(x).([]float64))
	case []float32:
		activate32(silu, y, any(dy).([]float32), any(x).([]float32))
	}
}
