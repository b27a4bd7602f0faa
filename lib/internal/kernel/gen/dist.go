package main

import "github.com/mmcloughlin/avo/operand"

// rows is the number of rows of a squared-distance kernel.
const rows = 4

var distKernels = []kernel{
	{
		name:   "sqDist",
		params: "dst []F, ld int, x []F, ldx int, y []F, ldy, d, n int",
		doc: "sets dst[i·ld+j] to Σₖ (x[k·ldx+i] − y[k·ldy+j])² for four i, n values\n" +
			"of j in whole groups, and k below d.",
		body: func(g *gen) {
			dst := g.pointer("dst")
			ld, ldx, ldy := g.stride("ld"), g.stride("ldx"), g.stride("ldy")
			y := g.pointer("y")
			n := g.int("n")
			u := 1
			if g.wide {
				u = 2
			}
			g.groups(n, u, func(u int) {
				xk, yk := g.pointer("x"), operand.Mem{Base: g.GP64()}
				g.MOVQ(y.Base, yk.Base)
				sum := make([][]vec, rows)
				for i := range sum {
					for range u {
						sum[i] = append(sum[i], g.zero())
					}
				}
				d := g.int("d")
				g.times(d, func() {
					var v []vec
					for j := range u {
						v = append(v, g.load(at(yk, j*group)))
					}
					for i := range rows {
						x := g.broadcast(at(xk, i*g.size()))
						for j := range u {
							t := g.sub(x, v[j])
							g.addMul(sum[i][j], t, t)
						}
					}
					g.ADDQ(ldx, xk.Base)
					g.ADDQ(ldy, yk.Base)
				})
				row := operand.Mem{Base: g.GP64()}
				g.MOVQ(dst.Base, row.Base)
				for i := range rows {
					for j := range u {
						g.store(sum[i][j], at(row, j*group))
					}
					if i+1 < rows {
						g.ADDQ(ld, row.Base)
					}
				}
			}, dst, y)
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
