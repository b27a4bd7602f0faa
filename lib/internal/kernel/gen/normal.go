package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var normalKernels = []kernel{{
	name:   "normal",
	params: "dst []F, hi, lo, purpose, block uint64",
	doc:    "fills dst, an even number of groups, with the normals of the blocks from block on.",
	double: true,
	// Three passes, each over many blocks. In a single one the processor would
	// wait for most operations: the chain of a block is so long that it
	// doesn't see the next block from there.
	body: func(g *gen) {
		dst := g.pointer("dst")
		n := g.length("dst")
		c := g.counter()
		g.pairs(dst, n, 2, func(p []pair) {
			x0, x1 := c.next(len(p))
			for i, p := range p {
				g.store(x0[i], p.first)
				g.store(x1[i], p.second)
			}
		})
		g.pairs(dst, n, 2, g.logarithm)
		g.pairs(dst, n, 2, g.polar)
	},
}, {
	name:   "uniform",
	params: "dst []F, hi, lo, purpose, block uint64",
	doc:    "fills dst, an even number of groups, with the uniforms of the blocks from block on.",
	double: true,
	body: func(g *gen) {
		dst := g.pointer("dst")
		n := g.length("dst")
		c := g.counter()
		g.pairs(dst, n, 2, func(p []pair) {
			x0, x1 := c.next(len(p))
			for i, p := range p {
				g.unit(x0[i])
				g.unit(x1[i])
				g.interleave(x0[i], x1[i], p)
			}
		})
	},
}}

// A pair is the place of two groups: the two words, or what was made of them,
// of eight blocks.
type pair struct{ first, second operand.Mem }

// pairs emits a pass over the n entries at dst, u pairs of groups at a time
// while there are as many, and changes neither.
func (g *gen) pairs(dst operand.Mem, n reg.GPVirtual, u int, body func(p []pair)) {
	here, left := g.copyPointer(dst), g.GP64()
	g.MOVQ(n, left)
	g.SHRQ(operand.U8(1), left) // so that a turn over two groups counts one
	g.groups(left, u, func(u int) {
		p := make([]pair, u)
		for i := range p {
			p[i] = pair{at(here, 2*i*group), at(here, (2*i+1)*group)}
		}
		body(p)
	}, here, here)
}

// interleave stores a[0], b[0], a[1], b[1], … of blocks whose order in the
// lanes is that of a counter.
func (g *gen) interleave(a, b vec, p pair) {
	low, high := g.binary("VUNPCKL", a, b), g.binary("VUNPCKH", a, b)
	for i := range low {
		m := at(p.first, 2*i*g.part())
		g.VMOVUPD(low[i], m)
		g.VMOVUPD(high[i], at(m, g.part()))
	}
}

const (
	one     uint64 = 0x3ff << 52        // the bits of 1
	rootTwo uint64 = 0x3fe6a09e667f3bcd // the bits of √½
	two52   uint64 = 0x433 << 52        // the bits of 2⁵²
)

// unit maps the words of x to (0, 1), in place.
func (g *gen) unit(x vec) {
	g.emit("VPSRLQ", operand.U8(12), x, x)
	g.logic("VPOR", g.broadcast(g.word(one)), x, x)
	g.float("VSUB", g.constant(1-0x1p-53), x, x)
}

// logarithm puts −2 ln u in the place of the first words, u = unit(x).
func (g *gen) logarithm(p []pair) {
	s, z := make([]vec, len(p)), make([]vec, len(p))
	for i, p := range p {
		x := g.load(p.first)
		g.unit(x)
		// The upper bits of the sum are e, and the lower ones those of m less
		// those of √½.
		g.emit("VPADDQ", g.broadcast(g.word(one-rootTwo)), x, x)
		m := g.vec()
		g.logic("VPAND", g.broadcast(g.word(1<<52-1)), x, m)
		g.emit("VPADDQ", g.broadcast(g.word(rootTwo)), m, m)
		g.emit("VPSRLQ", operand.U8(52), x, x)
		g.logic("VPOR", g.broadcast(g.word(two52)), x, x)
		g.float("VSUB", g.constant(0x1p52+1023), x, x)
		g.store(x, p.first) // n

		c := g.constant(1)
		g.float("VSUB", c, m, x)
		g.float("VADD", c, m, m)
		g.float("VDIV", m, x, x)
		s[i], z[i] = x, g.mul(x, x)
	}
	// The logarithm is n ln 2 + (2s + s z P(z)).
	a := g.horner(z,
		0x1.2b584aae78a57p-3, 0x1.39fe606542ddep-3, 0x1.7462b4ab2ef6bp-3, 0x1.c71c62e5800a1p-3,
		0x1.2492492df148dp-2, 0x1.99999999952e2p-2, 0x1.5555555555558p-1)
	for i := range p {
		g.float("VMUL", z[i], a[i], a[i])
		g.float("VADD", s[i], s[i], z[i])
		g.addMul(z[i], s[i], a[i])
		g.float("VFMADD231", p[i].first, g.constant(math.Ln2), z[i])
		g.float("VMUL", g.constant(-2), z[i], z[i])
		g.store(z[i], p[i].first)
	}
}

// polar replaces squared radii and second words by normals.
func (g *gen) polar(p []pair) {
	y, w := make([]vec, len(p)), make([]vec, len(p))
	for i, p := range p {
		y[i] = g.load(p.second)
		g.emit("VPSLLQ", operand.U8(2), y[i], y[i])
		g.unit(y[i])
		g.float("VSUB", g.constant(0.5), y[i], y[i])
		w[i] = g.mul(y[i], y[i])
	}
	// The sine is (π/2)y + y w Q(w), the cosine P(w).
	sine := g.horner(w,
		0x1.e4a9d9166f052p-25, -0x1.e3027dea82bd7p-19, 0x1.50783208843ebp-13,
		-0x1.32d2cce500387p-8, 0x1.466bc6775a476p-4, -0x1.4abbce625be52p-1)
	for i, q := range sine {
		g.float("VMUL", w[i], q, q)
		g.float("VMUL", y[i], q, q)
		g.float("VFMADD231", y[i], g.constant(math.Pi/2), q)
	}
	cosine := g.horner(w,
		-0x1.b2f3eb054afcdp-28, 0x1.f9ce245cada0bp-22, -0x1.a6d1eef479be1p-16, 0x1.e1f5068688d5bp-11,
		-0x1.55d3c7e3cb241p-6, 0x1.03c1f081b5ac0p-2, -0x1.3bd3cc9be45dep+0, 1)
	for i, p := range p {
		// The top bit is the sign of the cosine, and the next one swaps the two.
		x, r, sign := g.load(p.second), g.vec(), g.vec()
		g.float("VSQRT", p.first, r)
		g.logic("VPAND", g.broadcast(g.word(1<<63)), x, sign)
		g.logic("VPXOR", sign, cosine[i], cosine[i])
		g.emit("VPADDQ", x, x, x)
		c, s := g.swap(x, cosine[i], sine[i])
		g.float("VMUL", r, c, c)
		g.float("VMUL", r, s, s)
		g.interleave(c, s, p)
	}
}

// swap returns a and b, exchanged in the lanes in which x has its top bit set.
// It changes b.
func (g *gen) swap(x, a, b vec) (vec, vec) {
	v := g.vec()
	if g.wide {
		k := g.K()
		g.emit("VPMOVQ2M", x, k)
		g.emit("VBLENDMPD", b, a, k, v)
		g.emit("VBLENDMPD", a, b, k, b)
	} else {
		g.emit("VBLENDVPD", x, b, a, v)
		g.emit("VBLENDVPD", x, a, b, b)
	}
	return v, b
}

// horner returns the polynomials in x with the coefficients a, the highest
// power first.
func (g *gen) horner(x []vec, a ...float64) []vec {
	p := make([]vec, len(x))
	for i := range p {
		p[i] = g.spread(g.number(a[0]))
	}
	for _, a := range a[1:] {
		c := g.constant(a)
		for i, x := range x {
			g.mulAdd(p[i], x, c)
		}
	}
	return p
}
