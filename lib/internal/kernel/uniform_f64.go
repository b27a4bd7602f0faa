package kernel

import "math"

func uniform64Go(dst []float64, hi, lo, purpose, block uint64) {
	for ; len(dst) >= 2; dst = dst[2:] {
		x0, x1 := threefry13(hi, lo, block, purpose)
		dst[0], dst[1] = unit(x0), unit(x1)
		block++
	}
}

// unit maps the upper 52 bits of x to (0, 1). Both steps are exact.
func unit(x uint64) float64 {
	const one = 0x3ff << 52 // the bits of 1
	return math.Float64frombits(x>>12|one) - (1 - 0x1p-53)
}
