package main

import "github.com/mmcloughlin/avo/operand"

var distKernels = []kernel{
	{
		name:   "sqDist",
		params: "dst []F, ld int, x, y []F, d, n int",
		doc: "sets dst[i·ld+j] to Σₖ (x[i·d+k] − y[k·n+j])² for the len(x)/d ≥ 1 rows\n" +
			"of x, k < d and j < n, n whole groups.",
		body: func(g *gen) {
			dst := g.pointer("dst")
			ld := g.stride("ld")
			x := g.pointer("x")
			end := operand.Mem{Base: g.length("x")}
			g.SHLQ(g.shift(), end.Base)
			g.ADDQ(x.Base, end.Base)
			ldy := g.stride("n")
			u := 4
			if g.wide {
				u = 8
			}
			row := g.label("row")
			g.Label(row)
			y := g.pointer("y")
			n := g.int("n")
			out := g.copyPointer(dst)
			next := operand.Mem{Base: g.GP64()}
			g.groups(n, u, func(u int) {
				d := g.int("d")
				g.MOVQ(x.Base, next.Base)
				yk := g.copyPointer(y)
				sum := make([]vec, u)
				// step takes one coordinate of all points, i past the next.
				step := func(i int, use func(j int, t vec)) {
					xk := g.broadcast(at(next, i*g.size()))
					from := yk
					if i == 1 {
						from.Index, from.Scale = ldy, 1
					}
					for j := range u {
						t := g.vec()
						g.float("VSUB", at(from, j*group), xk, t)
						use(j, t)
					}
				}
				add := func(j int, t vec) { g.addMul(sum[j], t, t) }
				advance := func() {
					g.ADDQ(operand.U32(g.size()), next.Base)
					g.ADDQ(ldy, yk.Base)
				}
				step(0, func(j int, t vec) { sum[j] = g.mul(t, t) })
				advance()
				even, last := g.label("even"), g.label("last")
				g.DECQ(d)
				g.TESTQ(operand.U32(1), d)
				g.JE(operand.LabelRef(even))
				step(0, add)
				advance()
				g.Label(even)
				g.SHRQ(operand.U8(1), d)
				g.JE(operand.LabelRef(last))
				g.times(d, func() {
					step(0, add)
					step(1, add)
					g.ADDQ(operand.U32(2*g.size()), next.Base)
					g.LEAQ(operand.Mem{Base: yk.Base, Index: ldy, Scale: 2}, yk.Base)
				})
				g.Label(last)
				for j, s := range sum {
					g.store(s, at(out, j*group))
				}
			}, out, y)
			g.ADDQ(ld, dst.Base)
			g.MOVQ(next.Base, x.Base)
			g.CMPQ(x.Base, end.Base)
			g.JNE(operand.LabelRef(row))
		},
	},
	{
		name:   "sqrt",
		params: "x []F",
		doc:    "replaces x[i] by its square root, for len(x) whole groups.",
		body: func(g *gen) {
			x := g.pointer("x")
			g.groups(g.length("x"), 2, func(u int) {
				for i := range u {
					v := g.vec()
					g.float("VSQRT", at(x, i*group), v)
					g.store(v, at(x, i*group))
				}
			}, x)
		},
	},
}
