package main

import (
	"fmt"
	"math/bits"

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
		g.CMPQ(n, operand.U32(u*g.lanes()))
		g.JLT(operand.LabelRef(end))
		g.Label(top)
		body(u)
		for _, p := range pointers {
			g.ADDQ(operand.U32(u*group), p.Base)
		}
		g.SUBQ(operand.U32(u*g.lanes()), n)
		g.CMPQ(n, operand.U32(u*g.lanes()))
		g.JGE(operand.LabelRef(top))
		g.Label(end)
	}
}

// times emits a loop of n turns, n at least 1; n ends at 0.
func (g *gen) times(n reg.GPVirtual, body func()) {
	top := g.label("times")
	g.Label(top)
	body()
	g.DECQ(n)
	g.JNE(operand.LabelRef(top))
}

// stride is the int parameter in bytes instead of entries.
func (g *gen) stride(name string) reg.GPVirtual {
	n := g.int(name)
	g.SHLQ(g.shift(), n)
	return n
}

// shift is the logarithm of the size of an entry.
func (s shape) shift() operand.Constant {
	return operand.U8(bits.TrailingZeros(uint(s.size())))
}

// copyPointer is the same memory in another register.
func (g *gen) copyPointer(m operand.Mem) operand.Mem {
	base := g.GP64()
	g.MOVQ(m.Base, base)
	m.Base = base
	return m
}

// param is a group of the floating-point parameter.
func (g *gen) param(name string) vec {
	p, err := g.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return g.broadcast(p.Addr)
}
