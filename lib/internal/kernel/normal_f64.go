package kernel

import "math"

func normal64Go(dst []float64, hi, lo, purpose, block uint64) {
	for ; len(dst) >= 2; dst = dst[2:] {
		dst[0], dst[1] = polar(threefry13(hi, lo, block, purpose))
		block++
	}
}

// polar is the Box-Muller transform of the two words of a block: the point at
// the distance √(−2 ln u) from the origin, in a uniform direction.
//
// It has no table, no branch and no conversion between integers and floats
// that a vector unit lacks.
func polar(x0, x1 uint64) (z0, z1 float64) {
	r := math.Sqrt(-2 * ln(unit(x0)))
	c, s := direction(x1)
	return r * c, r * s
}

// ln returns the natural logarithm of u in [2⁻⁵³, 1) to 3 ulp. With u = 2ᵉm,
// √½ ≤ m < √2, and s = (m−1)/(m+1), it is
//
//	e ln 2 + 2 artanh s,  2 artanh s = 2s + s z P(z),  z = s² < 0.0295.
func ln(u float64) float64 {
	// The coefficients of P interpolate at the Chebyshev nodes of z, to 2⁻⁵⁷
	// of the whole.
	const (
		p0 = 0x1.5555555555558p-1
		p1 = 0x1.99999999952e2p-2
		p2 = 0x1.2492492df148dp-2
		p3 = 0x1.c71c62e5800a1p-3
		p4 = 0x1.7462b4ab2ef6bp-3
		p5 = 0x1.39fe606542ddep-3
		p6 = 0x1.2b584aae78a57p-3
	)
	const (
		one     = 0x3ff << 52        // the bits of 1
		rootTwo = 0x3fe6a09e667f3bcd // the bits of √½
		two52   = 0x433 << 52        // the bits of 2⁵²
	)
	b := math.Float64bits(u)
	e := (b + (one - rootTwo)) >> 52 // biased by 1023
	m := math.Float64frombits(b - (e-1023)<<52)
	n := math.Float64frombits(e|two52) - (0x1p52 + 1023)

	s := (m - 1) / (m + 1)
	z := s * s
	p := math.FMA(z, p6, p5)
	p = math.FMA(z, p, p4)
	p = math.FMA(z, p, p3)
	p = math.FMA(z, p, p2)
	p = math.FMA(z, p, p1)
	p = math.FMA(z, p, p0)
	return math.FMA(n, math.Ln2, math.FMA(s, z*p, 2*s))
}

// direction returns a point of the unit circle to 2 ulp, uniform if x is. The
// two upper bits of x choose a quarter of the circle and the next 52 bits the
// angle πy/2, |y| < ½, within it.
func direction(x uint64) (c, s float64) {
	// The coefficients interpolate (sin(πy/2)/y − π/2)/y² and
	// (cos(πy/2) − 1)/y² at the Chebyshev nodes of y² in [0, ¼], to 2⁻⁵⁵.
	const (
		s0 = math.Pi / 2
		s1 = -0x1.4abbce625be52p-1
		s2 = 0x1.466bc6775a476p-4
		s3 = -0x1.32d2cce500387p-8
		s4 = 0x1.50783208843ebp-13
		s5 = -0x1.e3027dea82bd7p-19
		s6 = 0x1.e4a9d9166f052p-25

		c1 = -0x1.3bd3cc9be45dep+0
		c2 = 0x1.03c1f081b5ac0p-2
		c3 = -0x1.55d3c7e3cb241p-6
		c4 = 0x1.e1f5068688d5bp-11
		c5 = -0x1.a6d1eef479be1p-16
		c6 = 0x1.f9ce245cada0bp-22
		c7 = -0x1.b2f3eb054afcdp-28
	)
	y := unit(x<<2) - 0.5
	w := y * y

	q := math.FMA(w, s6, s5)
	q = math.FMA(w, q, s4)
	q = math.FMA(w, q, s3)
	q = math.FMA(w, q, s2)
	q = math.FMA(w, q, s1)
	q = math.FMA(y, s0, y*(w*q))

	p := math.FMA(w, c7, c6)
	p = math.FMA(w, p, c5)
	p = math.FMA(w, p, c4)
	p = math.FMA(w, p, c3)
	p = math.FMA(w, p, c2)
	p = math.FMA(w, p, c1)
	p = math.FMA(w, p, 1)

	// The sine has the sign of y. The top bit is the sign of the cosine, and
	// the next one swaps the two.
	a := math.Float64bits(p) ^ x&(1<<63)
	b := math.Float64bits(q)
	swap := (a ^ b) & -(x >> 62 & 1)
	return math.Float64frombits(a ^ swap), math.Float64frombits(b ^ swap)
}
