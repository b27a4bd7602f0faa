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

// The log density is ln 2·top + ln sum, with top the largest logit to base 2. With
// sum = 2ⁿm, √½ ≤ m < √2, and s = (m−1)/(m+1), ln sum is
//
//	n ln 2 + 2 artanh s,  2 artanh s = 2s + s z P(z),  z = s² < 0.0295,
//
// and the coefficients of P interpolate at the Chebyshev nodes of z, to 2⁻⁵⁷ of
// the whole and to 2⁻²⁸.

func logSum64(top, sum float64) float64 {
	const (
		p0 = 0x1.5555555555558p-1
		p1 = 0x1.99999999952e2p-2
		p2 = 0x1.2492492df148dp-2
		p3 = 0x1.c71c62e5800a1p-3
		p4 = 0x1.7462b4ab2ef6bp-3
		p5 = 0x1.39fe606542ddep-3
		p6 = 0x1.2b584aae78a57p-3

		one     = 0x3ff << 52        // the bits of 1
		rootTwo = 0x3fe6a09e667f3bcd // the bits of √½
		two52   = 0x433 << 52        // the bits of 2⁵²
	)
	b := math.Float64bits(sum)
	e := (b + (one - rootTwo)) >> 52 // biased by 1023
	m := math.Float64frombits(b - e<<52 + one)
	n := math.Float64frombits(e+two52) - (0x1p52 + 1023)

	s := (m - 1) / (m + 1)
	z := s * s
	p := math.FMA(p6, z, p5)
	p = math.FMA(p, z, p4)
	p = math.FMA(p, z, p3)
	p = math.FMA(p, z, p2)
	p = math.FMA(p, z, p1)
	p = math.FMA(p, z, p0)
	p = math.FMA(z*p, s, s+s)
	return math.FMA(top, math.Ln2, math.FMA(n, math.Ln2, p))
}

func logSum32(top, sum float32) float32 {
	const (
		p0 = 0x1.55555cp-1
		p1 = 0x1.997c30p-2
		p2 = 0x1.2ee610p-2

		one     = 0x7f << 23
		rootTwo = 0x3f3504f3
		two23   = 0x96 << 23
	)
	b := math.Float32bits(sum)
	e := (b + (one - rootTwo)) >> 23
	m := math.Float32frombits(b - e<<23 + one)
	n := math.Float32frombits(e+two23) - (0x1p23 + 127)

	s := (m - 1) / (m + 1)
	z := s * s
	p := fma32(p2, z, p1)
	p = fma32(p, z, p0)
	p = fma32(z*p, s, s+s)
	return fma32(top, math.Ln2, fma32(n, math.Ln2, p))
}
