package main

import "github.com/mmcloughlin/avo/operand"

// block is the number of groups that are summed before the sum goes to a
// compensated one; the twin's constant has the same name.
const block = 32

var lseKernels = []kernel{
	{
		name:   "maxDiff",
		params: "lanes, a, c []F",
		doc:    "raises lanes[l] to the largest a[j] − c[j] with j ≡ l, for len(a) whole groups.",
		body: func(g *gen) {
			lanes := g.pointer("lanes")
			a := g.pointer("a")
			c := g.pointer("c")
			n := g.length("a")
			most := []vec{g.load(lanes)}
			for range 3 {
				most = append(most, g.copyOf(most[0]))
			}
			g.groups(n, 4, func(u int) {
				for i := range u {
					v := g.load(at(a, i*group))
					g.float("VSUB", at(c, i*group), v, v)
					// If either is NaN, what was there stays.
					g.float("VMAX", most[i], v, most[i])
				}
			}, a, c)
			for _, m := range most[1:] {
				g.float("VMAX", most[0], m, most[0])
			}
			g.store(most[0], lanes)
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
			sum := g.zero()
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
				for _, e := range g.expNormal(v) {
					g.addTo(sum, e)
				}
			}, a, c)

			// Knuth's exact sum.
			sums := g.pointer("sums")
			old := g.load(sums)
			total := g.add(old, sum)
			back := g.sub(total, old)
			rest := g.sub(old, g.sub(total, back))
			g.addTo(rest, g.sub(sum, back))
			g.addTo(rest, g.load(at(sums, group)))
			g.store(total, sums)
			g.store(rest, at(sums, group))
			g.JMP(operand.LabelRef(top))
			g.Label(end)
		},
	},
}
