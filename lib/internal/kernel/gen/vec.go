package main

import (
	"reflect"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A shape is what distinguishes the assembly forms of one kernel: the element
// type and the width of the registers.
type shape struct {
	single bool // float32, not float64
	wide   bool // AVX-512, not AVX2
}

// group is the size in bytes of what a kernel treats as one vector, whatever
// the registers: one of 64 bytes or two of 32. Its eight (or sixteen) lanes
// are those in which every form sums, so that all give the same bits.
const group = 64

// element is the Go type of an entry, bits the digits in its name.
func (s shape) element() string { return "float" + s.bits() }

func (s shape) bits() string {
	if s.single {
		return "32"
	}
	return "64"
}

// size is the number of bytes of an entry, lanes the entries of a group.
func (s shape) size() int {
	if s.single {
		return 4
	}
	return 8
}

func (s shape) lanes() int { return group / s.size() }

func (s shape) form() string {
	if s.wide {
		return "AVX512"
	}
	return "AVX2"
}

// parts is the number of registers of a group, part their size in bytes.
func (s shape) parts() int {
	if s.wide {
		return 1
	}
	return 2
}

func (s shape) part() int { return group / s.parts() }

// A vec is a group in registers.
type vec []reg.VecVirtual

// A gen writes one function. Its arithmetic methods emit an instruction for
// each register of a group. Most return the result in new registers; those
// named as an assignment (addTo, mulAdd, ...) change their first operand.
type gen struct {
	*build.Context
	shape
	table  *table
	labels int
}

func (g *gen) vec() vec {
	v := make(vec, g.parts())
	for i := range v {
		v[i] = g.register()
	}
	return v
}

func (g *gen) register() reg.VecVirtual {
	if g.wide {
		return g.ZMM()
	}
	return g.YMM()
}

// emit emits the instruction once for each register of a group. Its operands
// stand as in Go's assembler, the destination last: a vec, memory that the
// registers follow one another in, or anything that all share.
func (g *gen) emit(instruction string, operands ...any) {
	method := reflect.ValueOf(g.Context).MethodByName(instruction)
	if !method.IsValid() {
		panic("no instruction " + instruction)
	}
	for i := range g.parts() {
		args := make([]reflect.Value, len(operands))
		for j, o := range operands {
			switch o := o.(type) {
			case vec:
				args[j] = reflect.ValueOf(o[i])
			case operand.Mem:
				args[j] = reflect.ValueOf(at(o, i*g.part()))
			default:
				args[j] = reflect.ValueOf(o)
			}
		}
		method.Call(args)
	}
}

// float emits an instruction of floating point, whose name ends with the type.
func (g *gen) float(instruction string, operands ...any) {
	if g.single {
		g.emit(instruction+"PS", operands...)
	} else {
		g.emit(instruction+"PD", operands...)
	}
}

// integer emits an instruction on integers of the size of an entry.
func (g *gen) integer(instruction string, operands ...any) {
	if g.single {
		g.emit(instruction+"D", operands...)
	} else {
		g.emit(instruction+"Q", operands...)
	}
}

// at is the memory i bytes past m.
func at(m operand.Mem, i int) operand.Mem {
	m.Disp += i
	return m
}

func (g *gen) load(m operand.Mem) vec {
	v := g.vec()
	g.float("VMOVU", m, v)
	return v
}

func (g *gen) store(v vec, m operand.Mem) { g.float("VMOVU", v, m) }

func (g *gen) copyOf(a vec) vec {
	v := g.vec()
	g.float("VMOVA", a, v)
	return v
}

// broadcast is the group whose lanes all are the number at m. Its registers
// are one and the same and must not be changed; those of spread may be.
func (g *gen) broadcast(m operand.Mem) vec {
	v := g.vec()
	for i := range v {
		v[i] = v[0]
	}
	g.fill(v[:1], m)
	return v
}

func (g *gen) spread(m operand.Mem) vec {
	v := g.vec()
	g.fill(v, m)
	return v
}

func (g *gen) fill(v vec, m operand.Mem) {
	for _, r := range v {
		if g.single {
			g.VBROADCASTSS(m, r)
		} else {
			g.VBROADCASTSD(m, r)
		}
	}
}

func (g *gen) zero() vec {
	v := g.vec()
	g.float("VXOR", v, v, v)
	return v
}

// binary is the group a ∘ b.
func (g *gen) binary(instruction string, a, b vec) vec {
	v := g.vec()
	g.float(instruction, b, a, v)
	return v
}

func (g *gen) add(a, b vec) vec { return g.binary("VADD", a, b) }
func (g *gen) sub(a, b vec) vec { return g.binary("VSUB", a, b) }
func (g *gen) mul(a, b vec) vec { return g.binary("VMUL", a, b) }
func (g *gen) div(a, b vec) vec { return g.binary("VDIV", a, b) }

// addTo sets a to a + b.
func (g *gen) addTo(a, b vec) { g.float("VADD", b, a, a) }

// mulAdd sets p to p·x + c, rounded once.
func (g *gen) mulAdd(p, x, c vec) { g.float("VFMADD213", c, x, p) }

// addMul sets s to s + a·b, rounded once, and subMul to s − a·b.
func (g *gen) addMul(s, a, b vec) { g.float("VFMADD231", b, a, s) }
func (g *gen) subMul(s, a, b vec) { g.float("VFNMADD231", b, a, s) }
