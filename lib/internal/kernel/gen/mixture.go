package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// In all of these the lanes are points, and the numbers that belong to a
// component stand in parts in the order in which they are read.
var mixtureKernels = []kernel{
	{
		name:   "isotropicLogits",
		params: "l []F, ld int, top, x []F, stride int, parts []F, k, d int",
		doc: "sets l[i·ld+j] to peak − half·|x_j − mean|² of component i, for k components\n" +
			"and len(top) points in whole groups, and raises top[j] to the largest that is a\n" +
			"number. Parts are the mean, half and peak of each component.",
		body: (*gen).isotropicLogits,
	},
	{
		name:   "fullLogits",
		params: "l []F, ld int, top, x []F, stride int, parts []F, k, d, lower int",
		doc: "is isotropicLogits with peak − |W(x_j − mean)|². Parts are peak, and pairs of\n" +
			"rows of W and the odd one: for each column the mean's entry and those of the\n" +
			"rows. If lower is not 0 columns end at the diagonal's block.",
		body: (*gen).fullLogits,
	},
	{
		name:   "mixtureExp",
		params: "e []F, ld, k int, top, sum []F",
		doc: "replaces k rows of e by 2 to the power of e[i·ld+j] − top[j] and adds them to\n" +
			"sum, for len(top) points in whole groups. What is tiny or NaN becomes 0.",
		body: (*gen).mixtureExp,
	},
	{
		name:   "mixtureLog",
		params: "dst, top, sum []F",
		doc:    "sets dst[j] to ln 2·top[j] + ln sum[j], for len(top) points in whole groups.",
		body:   (*gen).mixtureLog,
	},
	{
		name:   "isotropicField",
		params: "dst []F, ldd int, e []F, ld int, x []F, stride int, parts []F, k, d, n int",
		doc: "adds Σᵢ e[i·ld+j]·(offset + gain·(x_j − mean)) to the rows of dst, for k\n" +
			"components and n points in whole groups. Parts are, row by row, the mean's\n" +
			"entry, gain and the offset's entry of each component.",
		body: (*gen).isotropicField,
	},
	{
		name:   "fullField",
		params: "dst []F, ldd int, e []F, ld int, x []F, stride int, parts []F, k, d, n int",
		doc: "is isotropicField with a matrix for gain. Parts are, for pairs of rows and the\n" +
			"odd one, their offsets, and for each column the mean's entry and the rows'.",
		body: (*gen).fullField,
	},
	{
		name:   "mixtureDivide",
		params: "dst []F, ldd int, src []F, ld, k int, den, check []F",
		doc: "sets dst[i·ldd+j] to src[i·ld+j]/den[j], for k rows of len(den) points in\n" +
			"whole groups, and a lane of check, a group, to NaN if a result is not finite.",
		body: (*gen).mixtureDivide,
	},
}

// unroll is the number of groups at a time: narrow with two registers each, or
// twice as many.
func (g *gen) unroll(narrow int) int {
	if g.wide {
		return 2 * narrow
	}
	return narrow
}

// also is another pointer to what m points to.
func (g *gen) also(m operand.Mem) operand.Mem {
	p := g.GP64()
	g.MOVQ(m.Base, p)
	m.Base = p
	return m
}

// next moves the pointer by n entries.
func (g *gen) next(m operand.Mem, n int) { g.ADDQ(operand.U32(n*g.size()), m.Base) }

func (g *gen) isotropicLogits() {
	l, top, x := g.pointer("l"), g.pointer("top"), g.pointer("x")
	n := g.length("top")
	ld, stride := g.stride("ld"), g.stride("stride")
	g.groups(n, g.unroll(2), func(u int) {
		best := make([]vec, u)
		for i := range best {
			best[i] = g.load(at(top, i*group))
		}
		row, part := g.also(l), g.pointer("parts")
		g.times(g.int("k"), func() {
			q := make([]vec, u)
			for i := range q {
				q[i] = g.zero()
			}
			g.coordinates(g.int("d"), x, stride, part, 1, func(coord, part operand.Mem) {
				mean := g.broadcast(part)
				for i := range q {
					z := g.minus(mean, at(coord, i*group))
					g.addMul(q[i], z, z)
				}
			})
			half := g.broadcast(part)
			peak := g.broadcast(at(part, g.size()))
			g.next(part, 2)
			for i := range q {
				g.float("VFNMADD213", peak, half, q[i])
				g.float("VMAX", best[i], q[i], best[i]) // which stays if q is NaN
				g.store(q[i], at(row, i*group))
			}
			g.ADDQ(ld, row.Base)
		})
		for i := range best {
			g.store(best[i], at(top, i*group))
		}
	}, l, top, x)
}

// minus is a − m.
func (g *gen) minus(a vec, m operand.Mem) vec {
	v := g.vec()
	g.float("VSUB", m, a, v)
	return v
}

func (g *gen) fullLogits() {
	l, top, x := g.pointer("l"), g.pointer("top"), g.pointer("x")
	n := g.length("top")
	ld, stride := g.stride("ld"), g.stride("stride")
	raise := func(row operand.Mem, i int, logit vec) {
		best := g.vec()
		g.float("VMAX", at(top, i*group), logit, best) // which stays if logit is NaN
		g.store(logit, at(row, i*group))
		g.store(best, at(top, i*group))
	}

	general, done := g.label("general"), g.label("done")
	g.CMPQ(g.address("d"), operand.U8(2))
	g.JNE(operand.LabelRef(general))
	g.CMPQ(g.address("lower"), operand.U8(0))
	g.JE(operand.LabelRef(general))
	// In the plane all numbers of a component stay in registers.
	g.groups(n, 4, func(u int) {
		row, part := g.also(l), g.pointer("parts")
		g.times(g.int("k"), func() {
			c := g.numbers(part, 7) // peak, mean 0, W₀₀, W₁₀, mean 1, W₀₁ = 0, W₁₁
			g.next(part, 7)
			for i := range u {
				z := g.minus(c(1), at(x, i*group))
				y0, y1 := g.mul(z, c(2)), g.mul(z, c(3))
				g.addMul(y1, g.minus(c(4), second(x, stride, i*group)), c(6))
				logit := g.copyOf(c(0))
				g.subMul(logit, y0, y0)
				g.subMul(logit, y1, y1)
				raise(row, i, logit)
			}
			g.ADDQ(ld, row.Base)
		})
	}, l, top, x)
	g.JMP(operand.LabelRef(done))

	g.Label(general)
	g.groups(n, g.unroll(2), func(u int) {
		row, part := g.also(l), g.pointer("parts")
		g.times(g.int("k"), func() {
			peak := g.broadcast(part)
			g.next(part, 1)
			for i := range u {
				g.store(peak, at(row, i*group))
			}
			g.rowPairs(func(rows int, end reg.GPVirtual) {
				columns := g.int("d")
				g.CMPQ(g.address("lower"), operand.U8(0))
				g.CMOVQNE(end, columns)
				y := make([][]vec, rows)
				for r := range y {
					for range u {
						y[r] = append(y[r], g.zero())
					}
				}
				g.project(y, columns, x, stride, part)
				for i := range u {
					logit := g.load(at(row, i*group))
					for _, y := range y {
						g.subMul(logit, y[i], y[i])
					}
					g.store(logit, at(row, i*group))
				}
			})
			for i := range u {
				raise(row, i, g.load(at(row, i*group)))
			}
			g.ADDQ(ld, row.Base)
		})
	}, l, top, x)
	g.Label(done)
}

// numbers returns a function for groups of each of the n numbers at m, which
// reads one when it is first asked for.
func (g *gen) numbers(m operand.Mem, n int) func(int) vec {
	c := make([]vec, n)
	m = g.also(m)
	return func(i int) vec {
		if c[i] == nil {
			c[i] = g.broadcast(at(m, i*g.size()))
		}
		return c[i]
	}
}

// second is the memory i bytes past what stands one stride after m.
func second(m operand.Mem, stride reg.GPVirtual, i int) operand.Mem {
	m.Index, m.Scale = stride, 1
	return at(m, i)
}

// address is the memory of the int parameter.
func (g *gen) address(name string) operand.Mem {
	p, err := g.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// rowPairs emits the body for rows 0 and 1, 2 and 3, … below d, and for the last
// alone if it has no partner. End is the number of rows after them.
func (g *gen) rowPairs(body func(rows int, end reg.GPVirtual)) {
	top, odd, done := g.label("pair"), g.label("odd"), g.label("done")
	end, d := g.GP64(), g.address("d")
	g.XORQ(end, end)
	g.Label(top)
	g.ADDQ(operand.U8(2), end)
	g.CMPQ(end, d)
	g.JGT(operand.LabelRef(odd))
	body(2, end)
	g.JMP(operand.LabelRef(top))
	g.Label(odd)
	g.DECQ(end)
	g.CMPQ(end, d)
	g.JGT(operand.LabelRef(done))
	body(1, end)
	g.Label(done)
}

// project subtracts from y the rows' products with mean − x, over the columns,
// which end at 0. Part moves past what was read.
func (g *gen) project(y [][]vec, columns reg.GPVirtual, x operand.Mem, stride reg.GPVirtual, part operand.Mem) {
	g.coordinates(columns, x, stride, part, 1+len(y), func(coord, part operand.Mem) {
		mean := g.broadcast(part)
		var w []vec
		for r := range y {
			w = append(w, g.broadcast(at(part, (1+r)*g.size())))
		}
		for i := range y[0] {
			z := g.minus(mean, at(coord, i*group))
			for r := range y {
				g.subMul(y[r][i], z, w[r])
			}
		}
	})
}

// coordinates emits the body for n coordinates of x, two at a time, each with
// size parts. N ends at 0, and part moves past what was read.
func (g *gen) coordinates(n reg.GPVirtual, x operand.Mem, stride reg.GPVirtual, part operand.Mem, size int,
	body func(coord, part operand.Mem),
) {
	coord := g.also(x)
	top, odd, done := g.label("two"), g.label("one"), g.label("done")
	g.SUBQ(operand.U8(2), n)
	g.JLT(operand.LabelRef(odd))
	g.Label(top)
	body(coord, part)
	body(second(coord, stride, 0), at(part, size*g.size()))
	g.LEAQ(operand.Mem{Base: coord.Base, Index: stride, Scale: 2}, coord.Base)
	g.next(part, 2*size)
	g.SUBQ(operand.U8(2), n)
	g.JGE(operand.LabelRef(top))
	g.Label(odd)
	g.ADDQ(operand.U8(2), n)
	g.JE(operand.LabelRef(done))
	body(coord, part)
	g.next(part, size)
	g.Label(done)
}

func (g *gen) mixtureExp() {
	e, top, sum := g.pointer("e"), g.pointer("top"), g.pointer("sum")
	n := g.length("top")
	ld := g.stride("ld")
	g.groups(n, g.unroll(2), func(u int) {
		row := g.also(e)
		g.times(g.int("k"), func() {
			v := make([]vec, u)
			for i := range v {
				v[i] = g.load(at(row, i*group))
				g.float("VSUB", at(top, i*group), v[i], v[i])
			}
			for i, e := range g.exp2Zero(v, row) {
				g.store(e, at(row, i*group))
				g.float("VADD", at(sum, i*group), e, e)
				g.store(e, at(sum, i*group))
			}
			g.ADDQ(ld, row.Base)
		})
	}, e, top, sum)
}

// exp2Zero returns 2ˣ − 2^low, which is 0 for x below low or NaN. It changes x,
// in [-∞, 0], and what stands at scratch.
func (g *gen) exp2Zero(x []vec, scratch operand.Mem) []vec {
	low, coefficients := -1021.0, []float64{
		0x1.62e42fefa39efp-1, 0x1.ebfbdff82c598p-3, 0x1.c6b08d704a0c2p-5,
		0x1.3b2ab6fba1ddap-7, 0x1.5d87fe78a5276p-10, 0x1.430913096fd9fp-13,
		0x1.ffcbfc670dcd4p-17, 0x1.62bfd47773353p-20, 0x1.b524fae627834p-24,
		0x1.e6063f7217bc6p-28, 0x1.e9d3fe3952179p-32,
	}
	if g.single {
		low, coefficients = -125, []float64{
			0x1.62e430p-1, 0x1.ebfbe0p-3, 0x1.c6af6cp-5, 0x1.3b2a54p-7, 0x1.5f0890p-10, 0x1.44138ap-13,
		}
	}
	limit, magic := g.constant(low), g.constant(g.expansion().magic)
	var squares, p []vec
	for i, x := range x {
		g.float("VMAX", limit, x, x) // limit if x is NaN
		shifted := g.add(x, magic)
		n := g.sub(shifted, magic)
		g.float("VSUB", n, x, x)
		g.integer("VPSLL", operand.U8(g.expansion().mantissa), shifted, shifted)
		g.store(shifted, at(scratch, i*group)) // for want of registers
		squares = append(squares, g.mul(x, x))
	}

	// Two terms at a time: the chain of dependent operations, and the number of
	// registers that it keeps busy, take the time. So constants come from memory.
	pair := func(n int, then func(i int, t vec)) {
		c := g.constant(coefficients[n-2])
		for i := range x {
			t := g.copyOf(c)
			g.float("VFMADD231", g.filled(coefficients[n-1]), x[i], t)
			then(i, t)
		}
	}
	n := len(coefficients) &^ 1
	pair(n, func(i int, t vec) {
		if n < len(coefficients) {
			g.float("VFMADD231", g.filled(coefficients[n]), squares[i], t)
		}
		p = append(p, t)
	})
	for n -= 2; n > 0; n -= 2 {
		pair(n, func(i int, t vec) { g.mulAdd(p[i], squares[i], t) })
	}
	one, tiny := g.constant(1), g.constant(math.Exp2(low))
	for i, p := range p {
		g.mulAdd(p, x[i], one)
		g.integer("VPADD", at(scratch, i*group), p, p)
		g.float("VSUB", tiny, p, p)
	}
	return p
}

func (g *gen) mixtureLog() {
	dst, top, sum := g.pointer("dst"), g.pointer("top"), g.pointer("sum")
	// The bits of 1, of √½, and of a number whose last bit is worth 1.
	one, half, large := uint64(0x3ff<<52), uint64(0x3fe6a09e667f3bcd), uint64(0x433<<52)
	bias, coefficients := 0x1p52+1023, []float64{
		0x1.2b584aae78a57p-3, 0x1.39fe606542ddep-3, 0x1.7462b4ab2ef6bp-3, 0x1.c71c62e5800a1p-3,
		0x1.2492492df148dp-2, 0x1.99999999952e2p-2, 0x1.5555555555558p-1,
	}
	if g.single {
		one, half, large = 127<<23, 0x3f3504f3, 150<<23
		bias, coefficients = 0x1p23+127, []float64{0x1.2ee610p-2, 0x1.997c30p-2, 0x1.55555cp-1}
	}
	mantissa := operand.U8(g.expansion().mantissa)
	g.groups(g.length("top"), 1, func(int) {
		m := g.load(sum)
		n, e := g.vec(), g.vec()
		g.integer("VPADD", g.broadcast(g.word(one-half)), m, n)
		g.integer("VPSRL", mantissa, n, n)
		g.integer("VPSLL", mantissa, n, e)
		g.integer("VPSUB", e, m, m)
		unit := g.broadcast(g.word(one))
		g.integer("VPADD", unit, m, m)
		g.integer("VPADD", g.broadcast(g.word(large)), n, n)
		g.float("VSUB", g.constant(bias), n, n)

		s := g.div(g.sub(m, unit), g.add(m, unit))
		z := g.mul(s, s)
		p := g.spread(g.number(coefficients[0]))
		for _, c := range coefficients[1:] {
			g.mulAdd(p, z, g.constant(c))
		}
		p = g.mul(z, p)
		g.mulAdd(p, s, g.add(s, s))
		ln2 := g.constant(math.Ln2)
		g.addMul(p, n, ln2)
		g.addMul(p, g.load(top), ln2)
		g.store(p, dst)
	}, dst, top, sum)
}

func (g *gen) isotropicField() {
	dst, e, x := g.pointer("dst"), g.pointer("e"), g.pointer("x")
	n := g.int("n")
	ldd, ld, stride := g.stride("ldd"), g.stride("ld"), g.stride("stride")
	g.groups(n, 4, func(u int) {
		row, coord, part := g.also(dst), g.also(x), g.pointer("parts")
		g.times(g.int("d"), func() {
			sum := make([]vec, u)
			for i := range sum {
				sum[i] = g.load(at(row, i*group))
			}
			weight := g.also(e)
			g.times(g.int("k"), func() {
				mean := g.broadcast(part)
				gain := g.broadcast(at(part, g.size()))
				offset := g.broadcast(at(part, 2*g.size()))
				g.next(part, 3)
				for i := range sum {
					y := g.minus(mean, at(coord, i*group))
					g.float("VFNMADD213", offset, gain, y)
					g.float("VFMADD231", at(weight, i*group), y, sum[i])
				}
				g.ADDQ(ld, weight.Base)
			})
			for i := range sum {
				g.store(sum[i], at(row, i*group))
			}
			g.ADDQ(ldd, row.Base)
			g.ADDQ(stride, coord.Base)
		})
	}, dst, e, x)
}

func (g *gen) fullField() {
	dst, e, x := g.pointer("dst"), g.pointer("e"), g.pointer("x")
	n := g.int("n")
	ldd, ld, stride := g.stride("ldd"), g.stride("ld"), g.stride("stride")

	general, done := g.label("general"), g.label("done")
	g.CMPQ(g.address("d"), operand.U8(2))
	g.JNE(operand.LabelRef(general))
	g.groups(n, 4, func(u int) {
		weight, part := g.also(e), g.pointer("parts")
		g.times(g.int("k"), func() {
			c := g.numbers(part, 8) // offsets, mean 0, A₀₀, A₁₀, mean 1, A₀₁, A₁₁
			g.next(part, 8)
			for i := range u {
				y := []vec{g.copyOf(c(0)), g.copyOf(c(1))}
				z := g.minus(c(2), at(x, i*group))
				g.subMul(y[0], z, c(3))
				g.subMul(y[1], z, c(4))
				z = g.minus(c(5), second(x, stride, i*group))
				g.subMul(y[0], z, c(6))
				g.subMul(y[1], z, c(7))
				w := g.load(at(weight, i*group))
				for r, to := range []operand.Mem{at(dst, i*group), second(dst, ldd, i*group)} {
					g.float("VFMADD213", to, w, y[r])
					g.store(y[r], to)
				}
			}
			g.ADDQ(ld, weight.Base)
		})
	}, dst, e, x)
	g.JMP(operand.LabelRef(done))

	g.Label(general)
	g.groups(n, g.unroll(2), func(u int) {
		weight, part := g.also(e), g.pointer("parts")
		g.times(g.int("k"), func() {
			row := g.also(dst)
			g.rowPairs(func(rows int, _ reg.GPVirtual) {
				y := make([][]vec, rows)
				for r := range y {
					offset := g.broadcast(at(part, r*g.size()))
					for range u {
						y[r] = append(y[r], g.copyOf(offset))
					}
				}
				g.next(part, rows)
				g.project(y, g.int("d"), x, stride, part)
				w := make([]vec, u)
				for i := range w {
					w[i] = g.load(at(weight, i*group))
				}
				for _, y := range y {
					for i := range y {
						g.float("VFMADD213", at(row, i*group), w[i], y[i])
						g.store(y[i], at(row, i*group))
					}
					g.ADDQ(ldd, row.Base)
				}
			})
			g.ADDQ(ld, weight.Base)
		})
	}, dst, e, x)
	g.Label(done)
}

func (g *gen) mixtureDivide() {
	dst, src, den, check := g.pointer("dst"), g.pointer("src"), g.pointer("den"), g.pointer("check")
	n := g.length("den")
	ldd, ld := g.stride("ldd"), g.stride("ld")
	zero, bad := g.zero(), g.load(check)
	g.groups(n, 2, func(u int) {
		from, to := g.also(src), g.also(dst)
		by := make([]vec, u)
		for i := range by {
			by[i] = g.load(at(den, i*group))
		}
		g.times(g.int("k"), func() {
			for i := range by {
				v := g.load(at(from, i*group))
				g.float("VDIV", by[i], v, v)
				g.store(v, at(to, i*group))
				g.addMul(bad, v, zero)
			}
			g.ADDQ(ld, from.Base)
			g.ADDQ(ldd, to.Base)
		})
	}, dst, src, den)
	g.store(bad, check)
}
