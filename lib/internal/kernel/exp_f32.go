package kernel

import "math"

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

func exp32Go(dst, x []float32) {
	for i, v := range x {
		dst[i] = exp32One(clamp32(v, expLow32, expHigh32))
	}
}

func clamp32(x, low, high float32) float32 {
	if x < low {
		return low
	}
	if x > high {
		return high
	}
	return x
}
