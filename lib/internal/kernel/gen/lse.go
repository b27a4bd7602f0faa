package main

import "github.com/mmcloughlin/avo/operand"

// block is the number of groups that are summed, in pairs, before the sum goes
// to a compensated one, as the twin has it.
const block = 8

var lseKernels = []kernel{
	{
		name:   "maxDiff",
		params: "most, a, c []F",
		doc: "raises most[0] to the largest a[j] − c[j] that is a number, for len(a)\n" +
			"whole groups.",
		body: func(g *gen) {
			most := g.pointer("most")
			a := g.pointer("a")
			c := g.pointer("c")
			n := g.length("a")
			m := []vec{g.spread(most)}
			for range 3 {
				m = append(m, g.copyOf(m[0]))
			}
			g.groups(n, 4, func(u int) {
				for i := range u {
					v := g.load(at(a, i*group))
					g.float("VSUB", at(c, i*group), v, v)
					// If either is NaN, what was there stays.
					g.float("VMAX", m[i], v, m[i])
				}
			}, a, c)
			for _, v := range m[1:] {
				g.float("VMAX", m[0], v, m[0])
			}
			g.foldMax(m[0], most)
		},
	},
	{
		name:   "sumExp",
		params: "sums, a, c []F, scale, shift F",
		doc: "adds exp((a[j] − c[j] − shift)·scale) to the sums of the lanes, for\n" +
			"len(a) whole groups. The sums are followed by their errors.",
		body: func(g *gen) {
			a := g.pointer("a")
			c := g.pointer("c")
			n := g.length("a")
			top, end := g.label("block"), g.label("end")
			g.Label(top)
			g.TESTQ(n, n)
			g.JE(operand.LabelRef(end))
			some := g.GP64()
			g.MOVQ(operand.U32(block*g.lanes()), some)
			g.CMPQ(n, some)
			g.CMOVQLT(n, some)
			g.SUBQ(some, n)
			sum, seen := g.zero(), g.zero()[0]
			g.groups(some, 2, func(u int) {
				scale, shift := g.param("scale"), g.param("shift")
				v := make([]vec, u)
				for i := range v {
					v[i] = g.load(at(a, i*group))
					g.float("VSUB", at(c, i*group), v[i], v[i])
				}
				for i := range v {
					g.float("VSUB", shift, v[i], v[i])
				}
				for i := range v {
					g.float("VMUL", scale, v[i], v[i])
				}
				e := g.expNormal(v, seen)
				if u == 2 {
					g.addTo(e[0], e[1])
				}
				g.addTo(sum, e[0])
			}, a, c)

			// Knuth's exact sum.
			sums := g.pointer("sums")
			old := g.load(sums)
			total := g.add(old, sum)
			back := g.sub(total, old)
			rest := g.sub(old, g.sub(total, back))
			g.addTo(rest, g.sub(sum, back))
			g.addTo(rest, g.load(at(sums, group)))
			none := g.vec() // zeros, or NaN if that was seen
			g.float("VSUB", seen, seen, none)
			g.addTo(rest, none)
			g.store(total, sums)
			g.store(rest, at(sums, group))
			g.JMP(operand.LabelRef(top))
			g.Label(end)
		},
	},
}

// foldMax stores the largest lane of v.
func (g *gen) foldMax(v vec, m operand.Mem) {
	max := g.VMAXPD
	if g.single {
		max = g.VMAXPS
	}
	y, x := g.YMM(), g.XMM()
	if g.wide {
		g.VEXTRACTF64X4(operand.U8(1), v[0], y)
		max(v[0].AsY(), y, y)
	} else {
		max(v[0], v[1], y)
	}
	g.VEXTRACTF128(operand.U8(1), y, x)
	max(y.AsX(), x, x)
	swapped := g.XMM()
	g.VPERMILPD(operand.U8(1), x, swapped)
	max(swapped, x, x)
	if g.single {
		g.VPERMILPS(operand.U8(1), x, swapped)
		g.VMAXSS(swapped, x, x)
		g.VMOVSS(x, m)
	} else {
		g.VMOVSD(x, m)
	}
}
