package rng

import "math"

// Uniform fills dst with independent draws from the uniform distribution on
// the open interval (0, 1). Entry j depends on k and j alone. The numbers are
// the odd multiples of 2⁻⁵³, so neither 0 nor 1 occurs and u and 1−u are
// equally likely.
func (k Key) Uniform(dst []float64) { k.UniformAt(dst, 0) }

// UniformAt fills dst with entries offset, offset+1, … of the vector that
// [Key.Uniform] begins.
func (k Key) UniformAt(dst []float64, offset uint64) {
	fill(k, dst, offset, uniformPair)
}

func uniformPair(k Key, i uint64) (u0, u1 float64) {
	x0, x1 := threefry13(k, i, forUniform)
	return unit(x0), unit(x1)
}

// unit maps the upper 52 bits of x to (0, 1). Both steps are exact.
func unit(x uint64) float64 {
	const one = 0x3ff << 52 // the bits of 1
	return math.Float64frombits(x>>12|one) - (1 - 0x1p-53)
}

// fill sets dst[j] to entry offset+j of the sequence whose entries 2i and 2i+1
// are pair(k, i).
func fill(k Key, dst []float64, offset uint64, pair func(Key, uint64) (float64, float64)) {
	i := offset / 2
	if offset%2 == 1 && len(dst) > 0 {
		_, dst[0] = pair(k, i)
		dst = dst[1:]
		i++
	}
	for ; len(dst) >= 2; dst = dst[2:] {
		dst[0], dst[1] = pair(k, i)
		i++
	}
	if len(dst) == 1 {
		dst[0], _ = pair(k, i)
	}
}
