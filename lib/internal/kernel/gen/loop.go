package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pointer is the memory at the first entry of the slice parameter.
func (g *gen) pointer(name string) operand.Mem {
	return operand.Mem{Base: g.Load(g.Param(name).Base(), g.GP64())}
}

// length is the length of the slice parameter.
func (g *gen) length(name string) reg.GPVirtual {
	return g.Load(g.Param(name).Len(), g.GP64()).(reg.GPVirtual)
}

// int is the int parameter.
func (g *gen) int(name string) reg.GPVirtual {
	return g.Load(g.Param(name), g.GP64()).(reg.GPVirtual)
}

// label is a label that no other of the function has.
func (g *gen) label(name string) string {
	g.labels++
	return fmt.Sprintf("%s%d", name, g.labels)
}

// groups emits loops over n entries, a number of whole groups: u groups at a
// time while there are as many, and so with half of u, down to one. After each
// turn the pointers have moved along; n ends at 0.
func (g *gen) groups(n reg.GPVirtual, u int, body func(u int), pointers ...operand.Mem) {
	for ; u >= 1; u /= 2 {
		top, end := g.label("loop"), g.label("done")
		g.CMPQ(n, operand.Imm(uint64(u*g.lanes())))
		g.JLT(operand.LabelRef(end))
		g.Label(top)
		body(u)
		for _, p := range pointers {
			g.ADDQ(operand.Imm(uint64(u*group)), p.Base)
		}
		g.SUBQ(operand.Imm(uint64(u*g.lanes())), n)
		g.CMPQ(n, operand.Imm(uint64(u*g.lanes())))
		g.JGE(operand.LabelRef(top))
		g.Label(end)
	}
}
