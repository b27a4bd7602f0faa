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

// As in double precision, with 2⁻²⁶ for the error of p.
const (
	expLow32   = -105
	expHigh32  = 90
	expMagic32 = 0x1.8p23
	expOne32   = 127
	expBits32  = 23

	ln2Hi32 = 0x1.62e4p-1 // 15 bits
	ln2Lo32 = 0x1.7f7d1cp-20
)

func exp32One(x float32) float32 {
	const (
		p2 = 0x1p-1
		p3 = 0x1.5554dcp-3
		p4 = 0x1.55551ap-5
		p5 = 0x1.120b6ep-7
		p6 = 0x1.6d110ap-10
	)
	shifted := fma32(x, math.Log2E, expMagic32)
	n := shifted - expMagic32
	r := fma32(-n, ln2Hi32, x)
	r = fma32(-n, ln2Lo32, r)
	p := fma32(p6, r, p5)
	p = fma32(p, r, p4)
	p = fma32(p, r, p3)
	p = fma32(p, r, p2)
	p = fma32(p, r, 1)
	p = fma32(p, r, 1)

	i := int32(math.Float32bits(shifted)) - int32(math.Float32bits(expMagic32))
	half := i >> 1
	p *= math.Float32frombits(uint32(expOne32+half) << expBits32)
	return p * math.Float32frombits(uint32(expOne32+i-half)<<expBits32)
}

// The exponential of x in [-∞, 1] as the loops compute it that do without
// subnormal numbers.

func exp64Normal(x float64) float64 {
	if x < -708 {
		x = -708
	}
	return exp64One(x)
}

func exp32Normal(x float32) float32 {
	if x < -87 {
		x = -87
	}
	return exp32One(x)
}
