package kernel

import "math"

// The exponential is 2ⁿ·p(r) with n = round(x log₂e) and r = x − n ln 2, so
// |r| < 0.3466. The coefficients of p interpolate (eʳ − 1 − r)/r² at the
// Chebyshev nodes, to 2⁻⁵⁵ of eʳ.
const (
	expLow64   = -746 // below, the result rounds to 0
	expHigh64  = 710  // above, it is beyond the largest number
	expMagic64 = 0x1.8p52
	expOne64   = 1023
	expBits64  = 52

	ln2Hi64 = 0x1.62e42fefa38p-1 // 42 bits, so that n·ln2Hi64 is exact
	ln2Lo64 = 0x1.ef35793c7673p-45
)

// exp64One is the definition of the exponential, of x in [low, high].
func exp64One(x float64) float64 {
	const (
		p2  = 0x1.0000000000001p-1
		p3  = 0x1.5555555555556p-3
		p4  = 0x1.5555555553d63p-5
		p5  = 0x1.11111111109b3p-7
		p6  = 0x1.6c16c1788bd90p-10
		p7  = 0x1.a01a01a7c41d5p-13
		p8  = 0x1.a019b90d2ae7ap-16
		p9  = 0x1.71de0dae63bb3p-19
		p10 = 0x1.289185613a3d6p-22
		p11 = 0x1.af38a9b0ec855p-26
	)
	shifted := math.FMA(x, math.Log2E, expMagic64) // n stands in the low bits
	n := shifted - expMagic64
	r := math.FMA(-n, ln2Hi64, x)
	r = math.FMA(-n, ln2Lo64, r)
	p := math.FMA(p11, r, p10)
	p = math.FMA(p, r, p9)
	p = math.FMA(p, r, p8)
	p = math.FMA(p, r, p7)
	p = math.FMA(p, r, p6)
	p = math.FMA(p, r, p5)
	p = math.FMA(p, r, p4)
	p = math.FMA(p, r, p3)
	p = math.FMA(p, r, p2)
	p = math.FMA(p, r, 1)
	p = math.FMA(p, r, 1)

	// In two factors, so that a subnormal result is rounded once.
	i := int64(int32(math.Float64bits(shifted)))
	half := i >> 1
	p *= math.Float64frombits(uint64(expOne64+half) << expBits64)
	return p * math.Float64frombits(uint64(expOne64+i-half)<<expBits64)
}

func exp64Go(dst, x []float64) {
	for i, v := range x {
		dst[i] = exp64One(clamp64(v, expLow64, expHigh64))
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
