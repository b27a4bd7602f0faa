package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var expKernels = []kernel{{
	name:   "exp",
	params: "dst, x []F",
	doc:    "sets dst[i] to the exponential of x[i], for len(x) whole groups.",
	body: func(g *gen) {
		dst := g.pointer("dst")
		x := g.pointer("x")
		n := g.length("x")
		g.groups(n, 2, func(u int) {
			v := make([]vec, u)
			for i := range v {
				v[i] = g.load(at(x, i*group))
			}
			for i, e := range g.exp(v) {
				g.store(e, at(dst, i*group))
			}
		}, dst, x)
	},
}}

// An expansion is what the exponential is computed with: eˣ = 2ⁿ·p(r),
// n = round(x log₂e), r = x − n ln 2. The twin says the same in Go.
type expansion struct {
	low, high    float64   // where the result is 0 and where it is +Inf
	normal       float64   // up to this |x|, 2ⁿ and the result are normal
	magic        float64   // adding it leaves n in the low bits
	ln2hi, ln2lo float64   // their sum is ln 2; n·ln2hi is exact
	coefficients []float64 // of p, the highest power first, without 1 + r
	mantissa     uint64    // the number of its bits, and the bits of 1
	one          uint64
}

func (s shape) expansion() expansion {
	if s.single {
		return expansion{
			low: -105, high: 90, normal: 87,
			magic: 0x1.8p23,
			ln2hi: 0x1.62e4p-1, ln2lo: 0x1.7f7d1cp-20,
			coefficients: []float64{
				0x1.6d110ap-10, 0x1.120b6ep-7, 0x1.55551ap-5, 0x1.5554dcp-3, 0x1p-1,
			},
			mantissa: 23, one: 127 << 23,
		}
	}
	return expansion{
		low: -746, high: 710, normal: 708,
		magic: 0x1.8p52,
		ln2hi: 0x1.62e42fefa38p-1, ln2lo: 0x1.ef35793c7673p-45,
		coefficients: []float64{
			0x1.af38a9b0ec855p-26, 0x1.289185613a3d6p-22, 0x1.71de0dae63bb3p-19,
			0x1.a019b90d2ae7ap-16, 0x1.a01a01a7c41d5p-13, 0x1.6c16c1788bd90p-10,
			0x1.11111111109b3p-7, 0x1.5555555553d63p-5, 0x1.5555555555556p-3,
			0x1.0000000000001p-1,
		},
		mantissa: 52, one: 1023 << 52,
	}
}

// reduce returns n, n + magic and p(r) for each x, in whose place r is left.
func (g *gen) reduce(x []vec) (n, shifted, p []vec) {
	e := g.expansion()
	magic := g.constant(e.magic)
	for _, x := range x {
		s := g.spread(g.number(math.Log2E))
		g.mulAdd(s, x, magic)
		shifted = append(shifted, s)
	}
	for _, s := range shifted {
		n = append(n, g.sub(s, magic))
	}
	for _, part := range []float64{e.ln2hi, e.ln2lo} {
		c := g.constant(part)
		for i := range x {
			g.subMul(x[i], n[i], c)
		}
	}
	for range x {
		p = append(p, g.spread(g.number(e.coefficients[0])))
	}
	for _, a := range append(e.coefficients[1:], 1, 1) {
		c := g.constant(a)
		for i := range x {
			g.mulAdd(p[i], x[i], c)
		}
	}
	return n, shifted, p
}

// exp returns the exponentials of x, which it changes, right over the whole
// range.
func (g *gen) exp(x []vec) []vec {
	e := g.expansion()
	if g.wide {
		g.clamp(x, e.low, e.high)
		n, _, p := g.reduce(x)
		for i := range p {
			g.float("VSCALEF", n[i], p[i], p[i])
		}
		return p
	}

	// Without that instruction a subnormal result, and one beyond 2¹⁰²³,
	// takes two factors. They are rare.
	clamped, slow, done := g.label("clamped"), g.label("slow"), g.label("scaled")
	rare := g.outside(x, e.normal)
	g.TESTL(rare, rare)
	g.JEQ(operand.LabelRef(clamped))
	g.clamp(x, e.low, e.high)
	g.Label(clamped)
	_, shifted, p := g.reduce(x)
	g.TESTL(rare, rare)
	g.JNE(operand.LabelRef(slow))
	for i := range p {
		g.scale(p[i], shifted[i])
	}
	g.JMP(operand.LabelRef(done))

	g.Label(slow)
	one := g.broadcast(g.word(e.one))
	for i := range p {
		half := g.vec()
		g.emit("VPSRAD", operand.U8(1), shifted[i], half)
		g.emit("VPSUBD", half, shifted[i], shifted[i])
		for _, f := range []vec{half, shifted[i]} {
			g.integer("VPSLL", operand.U8(e.mantissa), f, f)
			g.integer("VPADD", one, f, f)
			g.float("VMUL", f, p[i], p[i])
		}
	}
	g.Label(done)
	return p
}

// clamp limits x to [low, high], and leaves NaN.
func (g *gen) clamp(x []vec, low, high float64) {
	// The operand that is returned if either is NaN is the first one here.
	l, h := g.constant(low), g.constant(high)
	for _, x := range x {
		g.float("VMAX", x, l, x)
		g.float("VMIN", x, h, x)
	}
}

// scale multiplies p by 2ⁿ by adding n to its exponent: both must be normal.
func (g *gen) scale(p, shifted vec) {
	f := g.vec()
	g.integer("VPSLL", operand.U8(g.expansion().mantissa), shifted, f)
	g.integer("VPADD", f, p, p)
}

// expNormal returns the exponentials of x in [-∞, normal], which it changes;
// those below −normal are taken for it. NaN becomes any number, but the sum
// seen becomes NaN with it, and else no more than twice what was added.
func (g *gen) expNormal(x []vec, seen reg.VecVirtual) []vec {
	low := g.constant(-g.expansion().normal)
	for _, x := range x {
		g.float("VMAX", x, low, x)
	}
	_, shifted, p := g.reduce(x)
	for i := range p {
		for _, r := range p[i] {
			if g.single {
				g.VADDPS(r, seen, seen)
			} else {
				g.VADDPD(r, seen, seen)
			}
		}
		g.scale(p[i], shifted[i])
	}
	return p
}

// outside returns a mask that is not 0 if some |x| exceeds bound by more than a
// part in 10⁶, or is NaN. As integers, |x| have the same order, and the upper
// halves of float64 numbers will do.
func (g *gen) outside(x []vec, bound float64) reg.GPVirtual {
	abs := g.broadcast(g.word(1<<(8*g.size()-1) - 1))
	var worst reg.VecVirtual
	for _, x := range x {
		a := g.vec()
		g.float("VAND", abs, x, a)
		for _, r := range a {
			if worst == nil {
				worst = r
				continue
			}
			g.VPMAXSD(r, worst, worst)
		}
	}
	g.VPCMPGTD(g.constant(bound)[0], worst, worst)
	mask := g.GP32()
	if g.single {
		g.VMOVMSKPS(worst, mask)
	} else {
		g.VMOVMSKPD(worst, mask)
	}
	return mask
}
