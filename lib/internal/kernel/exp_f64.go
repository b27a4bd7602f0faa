package kernel

func exp64Go(dst, x []float64) {
	for i, v := range x {
		dst[i] = exp64One(clamp64(v, expLow64, expHigh64))
	}
}

// exps64 is exp64 for any length.
func exps64(dst, x []float64) {
	n := whole64(len(x))
	exp64(dst[:n], x[:n])
	if n < len(x) {
		var t [lanes64]float64
		copy(t[:], x[n:])
		exp64(t[:], t[:])
		copy(dst[n:], t[:])
	}
}

// clamp64 limits x to [low, high], and leaves NaN.
func clamp64(x, low, high float64) float64 {
	if x < low {
		return low
	}
	if x > high {
		return high
	}
	return x
}
