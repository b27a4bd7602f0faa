package kernel

import "math"

// What a logit contributes is 2ˣ − 2^low with x its difference from the largest,
// to base 2: 2ⁿ·p(r), n = round(x), r = x − n. Low leaves 2ˣ normal, and the
// subtraction makes what is below it, and NaN, exactly 0. It changes nothing else
// that counts. The coefficients of p interpolate (2ʳ − 1)/r at the Chebyshev
// nodes, to 2⁻⁵⁵ of 2ʳ, and 2⁻²⁶ in single precision.

func exp2Zero64(x float64) float64 {
	const (
		low = -1021
		p1  = 0x1.62e42fefa39efp-1
		p2  = 0x1.ebfbdff82c598p-3
		p3  = 0x1.c6b08d704a0c2p-5
		p4  = 0x1.3b2ab6fba1ddap-7
		p5  = 0x1.5d87fe78a5276p-10
		p6  = 0x1.430913096fd9fp-13
		p7  = 0x1.ffcbfc670dcd4p-17
		p8  = 0x1.62bfd47773353p-20
		p9  = 0x1.b524fae627834p-24
		p10 = 0x1.e6063f7217bc6p-28
		p11 = 0x1.e9d3fe3952179p-32
	)
	if !(x > low) {
		x = low
	}
	shifted := x + expMagic64
	r := x - (shifted - expMagic64)
	z := r * r
	p := math.FMA(z, p11, math.FMA(p10, r, p9))
	p = math.FMA(p, z, math.FMA(p8, r, p7))
	p = math.FMA(p, z, math.FMA(p6, r, p5))
	p = math.FMA(p, z, math.FMA(p4, r, p3))
	p = math.FMA(p, z, math.FMA(p2, r, p1))
	p = math.FMA(p, r, 1)
	return math.Float64frombits(math.Float64bits(p)+math.Float64bits(shifted)<<expBits64) - 0x1p-1021
}

func exp2Zero32(x float32) float32 {
	const (
		low = -125
		p1  = 0x1.62e430p-1
		p2  = 0x1.ebfbe0p-3
		p3  = 0x1.c6af6cp-5
		p4  = 0x1.3b2a54p-7
		p5  = 0x1.5f0890p-10
		p6  = 0x1.44138ap-13
	)
	if !(x > low) {
		x = low
	}
	shifted := x + expMagic32
	r := x - (shifted - expMagic32)
	z := r * r
	p := fma32(p6, r, p5)
	p = fma32(p, z, fma32(p4, r, p3))
	p = fma32(p, z, fma32(p2, r, p1))
	p = fma32(p, r, 1)
	return math.Float32frombits(math.Float32bits(p)+math.Float32bits(shifted)<<expBits32) - 0x1p-125
}
