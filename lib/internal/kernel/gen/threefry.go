package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A counter makes Threefry blocks, eight at a time: a group of their first
// words and one of their second words.
type counter struct {
	*gen
	first  vec                       // of the blocks to come, after the first round
	second operand.Mem               // the same for all blocks: the purpose, turned by that round
	keys   [3][2]operand.Mem         // added to the two words after rounds 4, 8 and 12
	bytes  map[uint64]reg.VecVirtual // which VPSHUFB turns by so many bits
}

// counter reads the parameters hi, lo, purpose and block.
func (g *gen) counter() *counter {
	c := &counter{gen: g, bytes: map[uint64]reg.VecVirtual{}}
	frame, saved := g.AllocLocal(8*8), 0
	save := func(r reg.Register, plus int) operand.Mem {
		m := at(frame, 8*saved)
		saved++
		sum := g.GP64()
		g.LEAQ(operand.Mem{Base: r, Disp: plus}, sum)
		g.MOVQ(sum, m)
		return m
	}
	const parity = 0x1bd11bdaa9fc1a22
	k0, k1, k2 := g.int("hi"), g.int("lo"), g.GP64()
	g.MOVQ(operand.U64(parity), k2)
	g.XORQ(k0, k2)
	g.XORQ(k1, k2)
	for i, k := range [][2]reg.Register{{k1, k2}, {k2, k0}, {k0, k1}} {
		c.keys[i] = [2]operand.Mem{save(k[0], 0), save(k[1], i+1)}
	}

	x0, x1 := g.int("block"), g.int("purpose")
	g.ADDQ(k1, x1)
	g.ADDQ(k0, x0)
	g.ADDQ(x1, x0)
	g.ROLQ(operand.U8(16), x1)
	c.second = save(x1, 0)
	c.first = g.spread(save(x0, 0))
	g.emit("VPADDQ", g.table.words(g.order()...), c.first, c.first)
	if !g.wide {
		for _, r := range []uint64{16, 24} {
			// Byte i of a word comes from byte i−r/8.
			var low uint64
			for i := range uint64(8) {
				low |= (i - r/8) % 8 << (8 * i)
			}
			high := low + 0x0808080808080808
			c.bytes[r] = g.YMM()
			g.VMOVDQU(g.table.words(low, high, low, high), c.bytes[r])
		}
	}
	return c
}

// order is the order of eight blocks in the lanes, such that unpacking the
// lanes of their first and second words gives the pairs in order.
func (s shape) order() []uint64 {
	if s.wide {
		return []uint64{0, 4, 1, 5, 2, 6, 3, 7}
	}
	return []uint64{0, 2, 1, 3, 4, 6, 5, 7}
}

// next returns the words of the next u times eight blocks.
func (c *counter) next(u int) (x0, x1 []vec) {
	for range u {
		x0 = append(x0, c.copyOf(c.first))
		c.emit("VPADDQ", c.broadcast(c.word(uint64(c.lanes()))), c.first, c.first)
	}
	for i := range u {
		x1 = append(x1, c.vec())
		c.logic("VPXOR", c.broadcast(c.second), x0[i], x1[i])
	}
	for round, r := range []uint64{42, 12, 31, 16, 32, 24, 21, 16, 42, 12, 31, 16} {
		if round%4 == 3 {
			for i, x := range [][]vec{x0, x1} {
				key := c.broadcast(c.keys[round/4][i])
				for _, x := range x {
					c.emit("VPADDQ", key, x, x)
				}
			}
		}
		for i := range u {
			c.emit("VPADDQ", x1[i], x0[i], x0[i])
			c.rotate(x1[i], r)
		}
		for i := range u {
			c.logic("VPXOR", x0[i], x1[i], x1[i])
		}
	}
	return x0, x1
}

// rotate turns the words of x left by r bits.
func (c *counter) rotate(x vec, r uint64) {
	switch bytes, ok := c.bytes[r]; {
	case c.wide:
		c.emit("VPROLQ", operand.U8(r), x, x)
	case r == 32:
		c.emit("VPSHUFD", operand.U8(0b10_11_00_01), x, x)
	case ok:
		c.emit("VPSHUFB", bytes, x, x)
	default:
		t := c.vec()
		c.emit("VPSRLQ", operand.U8(64-r), x, t)
		c.emit("VPSLLQ", operand.U8(r), x, x)
		c.emit("VPOR", t, x, x)
	}
}

// logic emits a bitwise instruction, whose name on AVX-512 ends with a size.
func (g *gen) logic(instruction string, operands ...any) {
	if g.wide {
		instruction += "Q"
	}
	g.emit(instruction, operands...)
}

// words is the place of a row of words.
func (t *table) words(w ...uint64) operand.Mem {
	row := operand.String(fmt.Sprint(w)) // stands for them among the offsets
	if _, ok := t.offset[row]; !ok {
		t.at(operand.U64(w[0])) // there is a table now
		t.offset[row] = t.size
		for _, w := range w {
			t.ctx.AddDatum(t.size, operand.U64(w))
			t.size += 8
		}
	}
	return at(t.base, t.offset[row])
}
