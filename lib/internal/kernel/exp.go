package kernel

import "fmt"

// Exp sets dst[i] to exp(x[i]), within 1 ulp. A result below the smallest
// normal number is rounded once, to a subnormal one or 0; one beyond the
// largest is +Inf; exp(NaN) is NaN. The two slices may be one and the same but
// must not overlap otherwise. Exp panics if their lengths differ.
func Exp[T Float](dst, x []T) {
	sameLength("Exp", "dst", len(dst), len(x))
	switch dst := any(dst).(type) {
	case []float64:
		exps64(dst, any(x).([]float64))
	case []float32:
		exps32(dst, any(x).([]float32))
	}
}

func sameLength(function, name string, n, want int) {
	if n != want {
		panic(fmt.Sprintf("kernel: %s: len(%s) = %d, want %d", function, name, n, want))
	}
}
