package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// A table holds the constants of one assembly file, each once.
type table struct {
	ctx    *build.Context
	base   operand.Mem
	offset map[operand.Constant]int         // of single numbers
	groups map[operand.Constant]operand.Mem // of whole groups
	size   int
}

func newTable(ctx *build.Context) *table {
	return &table{ctx: ctx, offset: map[operand.Constant]int{}, groups: map[operand.Constant]operand.Mem{}}
}

func (t *table) at(c operand.Constant) operand.Mem {
	if t.size == 0 {
		t.base = t.ctx.StaticGlobal("consts")
		t.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	}
	if _, ok := t.offset[c]; !ok {
		// Entries of eight bytes each, so that all are aligned.
		t.offset[c] = t.size
		t.ctx.AddDatum(t.size, c)
		t.size += 8
		if c.Bytes() == 4 {
			t.ctx.AddDatum(t.size-4, operand.U32(0))
		}
	}
	return at(t.base, t.offset[c])
}

// filled is the place of a group of x.
func (g *gen) filled(x float64) operand.Mem {
	t := g.table
	var c operand.Constant = operand.F64(x)
	if g.single {
		c = operand.F32(x)
	}
	if m, ok := t.groups[c]; ok {
		return m
	}
	t.at(c) // there is a table now
	t.size = (t.size + group - 1) &^ (group - 1)
	m := at(t.base, t.size)
	for range g.lanes() {
		t.ctx.AddDatum(t.size, c)
		t.size += g.size()
	}
	t.groups[c] = m
	return m
}

// word is the place of the number with these bits.
func (g *gen) word(bits uint64) operand.Mem {
	if g.single {
		return g.table.at(operand.U32(bits))
	}
	return g.table.at(operand.U64(bits))
}

// number is the place of x in the element type.
func (g *gen) number(x float64) operand.Mem {
	if g.single {
		return g.word(uint64(math.Float32bits(float32(x))))
	}
	return g.word(math.Float64bits(x))
}

// constant is a group of x, to be read only.
func (g *gen) constant(x float64) vec { return g.broadcast(g.number(x)) }
