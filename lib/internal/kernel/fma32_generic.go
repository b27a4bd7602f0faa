//go:build !(arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package kernel

import "math"

// fma32 returns x·y + z rounded once. In double precision the product is exact
// and the sum is not; rounding it again to single precision is right unless it
// lies halfway between two float32 numbers. Only then does what the first
// rounding dropped decide.
func fma32(x, y, z float32) float32 {
	product, addend := float64(x)*float64(y), float64(z)
	sum := product + addend
	const (
		dropped = 1<<29 - 1 // the bits that float32 has no place for
		halfway = 1 << 28
		normal  = 0x1p-125 // below, it has fewer
	)
	if b := math.Float64bits(sum); b&dropped != halfway && math.Abs(sum) > normal {
		return float32(sum)
	}
	return float32(toOdd(sum, product, addend))
}

// toOdd returns the sum of a and b rounded to odd: sum, which is their rounded
// sum, if it is exact, and otherwise that of its two neighbours around the
// exact sum whose last bit is 1.
func toOdd(sum, a, b float64) float64 {
	// The error of the sum, exactly (Knuth).
	back := sum - a
	rest := (a - (sum - back)) + (b - back)
	bits := math.Float64bits(sum)
	if rest == 0 || rest != rest || bits&1 == 1 {
		return sum
	}
	if (rest > 0) == (sum > 0) {
		return math.Float64frombits(bits + 1)
	}
	return math.Float64frombits(bits - 1)
}
