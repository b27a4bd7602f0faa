package main

import "github.com/mmcloughlin/avo/operand"

var activationKernels = []kernel{
	{
		name:   "sigmoid",
		params: "y, dy, x []F",
		doc:    "sets y[i] to σ(x[i]) and dy[i] to σ'(x[i]), for len(x) whole groups.",
		body: func(g *gen) {
			activation(g, func(x, s, ds vec) (y, dy vec) { return s, ds })
		},
	},
	{
		name:   "silu",
		params: "y, dy, x []F",
		doc: "sets y[i] to x[i]·σ(x[i]) and dy[i] to its derivative, for len(x) whole\n" +
			"groups.",
		body: func(g *gen) {
			e := g.expansion()
			activation(g, func(x, s, ds vec) (y, dy vec) {
				// Where σ or its derivative is 0, x must not be infinite.
				g.float("VMAX", x, g.constant(e.low), x)
				y = g.mul(x, s)
				g.float("VMIN", x, g.constant(-e.low), x)
				g.addMul(s, x, ds)
				return y, s
			})
		},
	},
}

// activation emits the loop over a function of x, σ(x) and σ'(x). With
// e = exp(−|x|) neither overflows nor cancels:
//
//	σ = (x < 0 ? e : 1)/(1+e),  σ' = e/(1+e)².
func activation(g *gen, f func(x, s, ds vec) (y, dy vec)) {
	y := g.pointer("y")
	dy := g.pointer("dy")
	x := g.pointer("x")
	n := g.length("x")
	g.groups(n, 2, func(u int) {
		sign := g.broadcast(g.word(1 << (8*g.size() - 1)))
		v := make([]vec, u)
		for i := range v {
			v[i] = g.vec()
			g.float("VOR", at(x, i*group), sign, v[i])
		}
		for i, e := range g.exp(v) {
			one := g.constant(1)
			r := g.div(one, g.add(one, e))
			ds := g.mul(g.mul(e, r), r)
			x := g.load(at(x, i*group))
			s := g.mul(g.ifNegative(x, e, one), r)
			value, slope := f(x, s, ds)
			g.store(value, at(y, i*group))
			g.store(slope, at(dy, i*group))
		}
	}, y, dy, x)
}

// ifNegative is a in the lanes where x has the sign bit, and b elsewhere.
func (g *gen) ifNegative(x, a, b vec) vec {
	v := g.vec()
	if !g.wide {
		g.float("VBLENDV", x, a, b, v)
		return v
	}
	k := g.K()
	if g.single {
		g.VPMOVD2M(x[0], k)
	} else {
		g.VPMOVQ2M(x[0], k)
	}
	g.float("VBLENDM", a, b, operand.Op(k), v)
	return v
}
