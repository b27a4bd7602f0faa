package main

import (
	"reflect"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

var gemmKernels = []kernel{{
	name:   "gemmPanel",
	params: "c []F, ldc int, a []F, lda int, b []F, ldb, rows, n, k int, alpha, beta F",
	doc: `sets c to alpha·a·b + beta·c, for n columns, which are the width of a
// panel or half of it, any number of rows, and k > 0. With beta = 0 it doesn't
// read c.`,
	body: (*gen).gemmPanel,
}, {
	name:   "gemmTranspose",
	params: "dst []F, ldd int, src []F, lds, rows, cols int",
	doc: `sets dst[j*ldd+i] to src[i*lds+j] for i < rows and j < cols, both
// multiples of half a group's lanes.`,
	body: (*gen).gemmTranspose,
}, {
	name:   "gemmCopy",
	params: "dst []F, ldd int, src []F, lds, rows, cols int",
	doc: `sets dst[i*ldd+j] to src[i*lds+j] for i < rows, which is not 0, and
// j < cols, a multiple of half a group's lanes.`,
	body: (*gen).gemmCopy,
}}

// gemmRows are the heights of the tiles, from the one that does the work to
// those for what is left of the rows. A tile of the first holds 24 registers
// of 32, or 12 of 16, and two more hold a row of b.
func (s shape) gemmRows() []int {
	if s.wide {
		return []int{12, 8, 4, 2, 1}
	}
	return []int{6, 4, 2, 1}
}

func (g *gen) gemmPanel() {
	t := gemmTile{gen: g}
	t.c, t.a = g.pointer("c"), g.pointer("a")
	t.lda, t.ldb = g.bytes("lda"), g.bytes("ldb")
	t.left = g.int("rows")
	half, done := g.label("half"), g.label("done")

	n := g.int("n")
	g.CMPQ(n, operand.Imm(uint64(g.part()/g.size())))
	g.JEQ(operand.LabelRef(half))
	t.panel(2)
	g.JMP(operand.LabelRef(done))
	g.Label(half)
	t.panel(1)
	g.Label(done)
}

// bytes is the int parameter, a number of entries, in bytes.
func (g *gen) bytes(name string) reg.GPVirtual {
	n := g.int(name)
	if g.single {
		g.SHLQ(operand.U8(2), n)
	} else {
		g.SHLQ(operand.U8(3), n)
	}
	return n
}

// A gemmTile is what the tiles of a panel have in common.
type gemmTile struct {
	*gen
	c, a     operand.Mem // at the tile to come
	lda, ldb reg.GPVirtual
	left     reg.GPVirtual // rows to do
}

// panel emits the loops over the tiles of a panel that is w registers wide.
func (t *gemmTile) panel(w int) {
	for i, r := range t.gemmRows() {
		top, end := t.label("tile"), t.label("end")
		t.Label(top)
		t.CMPQ(t.left, operand.Imm(uint64(r)))
		t.JLT(operand.LabelRef(end))
		unroll := 1
		if i == 0 {
			unroll = 4
		}
		t.tile(r, w, unroll)
		t.SUBQ(operand.Imm(uint64(r)), t.left)
		t.JMP(operand.LabelRef(top))
		t.Label(end)
	}
}

// tile emits the product of r rows of a with b, and moves c and a past them.
func (t *gemmTile) tile(r, w, unroll int) {
	acc := make([][]reg.VecVirtual, r)
	for i := range acc {
		acc[i] = make([]reg.VecVirtual, w)
		for j := range acc[i] {
			acc[i][j] = t.register()
			t.one("VXOR", acc[i][j], acc[i][j], acc[i][j])
		}
	}
	a := t.rows(t.a, t.lda, r)
	b := t.pointer("b")
	step := func(p int) {
		row := make([]reg.VecVirtual, w)
		for j := range row {
			row[j] = t.register()
			t.one("VMOVU", at(b, j*t.part()), row[j])
		}
		for i := range acc {
			x := t.register()
			t.fill(vec{x}, at(a.row(i), p*t.size()))
			for j := range row {
				t.one("VFMADD231", row[j], x, acc[i][j])
			}
		}
		t.ADDQ(t.ldb, b.Base)
	}
	k := t.int("k")
	for _, u := range []int{unroll, 1} {
		top, end := t.label("k"), t.label("end")
		t.SUBQ(operand.Imm(uint64(u)), k)
		t.JLT(operand.LabelRef(end))
		t.Label(top)
		for p := range u {
			step(p)
		}
		for _, base := range a.base {
			t.ADDQ(operand.Imm(uint64(u*t.size())), base.Base)
		}
		t.SUBQ(operand.Imm(uint64(u)), k)
		t.JGE(operand.LabelRef(top))
		t.Label(end)
		if u == 1 {
			break
		}
		t.ADDQ(operand.Imm(uint64(u)), k)
	}
	t.update(acc)
	t.advance(t.a, t.lda, r)
}

// update adds a tile's sums to c and moves c past it.
func (t *gemmTile) update(acc [][]reg.VecVirtual) {
	alpha, beta := t.register(), t.register()
	t.fill(vec{alpha}, t.scalar("alpha"))
	t.fill(vec{beta}, t.scalar("beta"))
	ldc := t.bytes("ldc")
	c := t.rows(t.c, ldc, len(acc))
	overwrite, done := t.label("overwrite"), t.label("done")

	// Without its sign bit beta is 0 as an integer where it is 0.
	if t.single {
		bits := t.GP32()
		t.MOVL(t.scalar("beta"), bits)
		t.ADDL(bits, bits)
	} else {
		bits := t.GP64()
		t.MOVQ(t.scalar("beta"), bits)
		t.ADDQ(bits, bits)
	}
	t.JEQ(operand.LabelRef(overwrite))
	for i := range acc {
		for j, s := range acc[i] {
			x, place := t.register(), at(c.row(i), j*t.part())
			t.one("VMUL", place, beta, x)
			t.one("VFMADD231", alpha, s, x)
			t.one("VMOVU", x, place)
		}
	}
	t.JMP(operand.LabelRef(done))
	t.Label(overwrite)
	for i := range acc {
		for j, s := range acc[i] {
			t.one("VMUL", alpha, s, s)
			t.one("VMOVU", s, at(c.row(i), j*t.part()))
		}
	}
	t.Label(done)
	t.advance(t.c, ldc, len(acc))
}

// A rowsOf is memory in rows, reached from a pointer to each third one.
type rowsOf struct {
	base   []operand.Mem
	stride reg.GPVirtual
}

// rows returns n rows from m on, in pointers of their own.
func (g *gen) rows(m operand.Mem, stride reg.GPVirtual, n int) rowsOf {
	r := rowsOf{stride: stride}
	for i := 0; i < n; i += 3 {
		p := operand.Mem{Base: g.GP64()}
		if i == 0 {
			g.MOVQ(m.Base, p.Base)
		} else {
			before := r.base[len(r.base)-1]
			g.LEAQ(indexed(before, stride, 2), p.Base)
			g.ADDQ(stride, p.Base)
		}
		r.base = append(r.base, p)
	}
	return r
}

func (r rowsOf) row(i int) operand.Mem {
	if i%3 == 0 {
		return r.base[i/3]
	}
	return indexed(r.base[i/3], r.stride, uint8(i%3))
}

func indexed(m operand.Mem, index reg.GPVirtual, scale uint8) operand.Mem {
	m.Index, m.Scale = index, scale
	return m
}

// advance moves m on by n rows.
func (g *gen) advance(m operand.Mem, stride reg.GPVirtual, n int) {
	for _, scale := range []int{8, 4, 2, 1} {
		if n&scale != 0 {
			g.LEAQ(indexed(m, stride, uint8(scale)), m.Base)
		}
	}
}

// scalar is the place of the parameter of the element type.
func (g *gen) scalar(name string) operand.Mem {
	b, err := g.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// one emits an instruction of floating point for one register, not a group.
func (g *gen) one(instruction string, operands ...any) {
	suffix := "PD"
	if g.single {
		suffix = "PS"
	}
	args := make([]reflect.Value, len(operands))
	for i, o := range operands {
		args[i] = reflect.ValueOf(o)
	}
	reflect.ValueOf(g.Context).MethodByName(instruction + suffix).Call(args)
}

// gemmTranspose moves squares as wide as a YMM register, in both forms: it
// moves numbers and doesn't compute.
func (g *gen) gemmTranspose() {
	const part = group / 2
	side := part / g.size()
	dst, src := g.pointer("dst"), g.pointer("src")
	ldd, lds := g.bytes("ldd"), g.bytes("lds")
	left := g.int("rows")
	rows, endRows := g.label("rows"), g.label("end")
	cols, endCols := g.label("cols"), g.label("end")
	from, to, n := operand.Mem{Base: g.GP64()}, operand.Mem{Base: g.GP64()}, g.GP64()

	g.Label(rows)
	g.SUBQ(operand.Imm(uint64(side)), left)
	g.JLT(operand.LabelRef(endRows))
	g.MOVQ(src.Base, from.Base)
	g.MOVQ(dst.Base, to.Base)
	g.Load(g.Param("cols"), n)
	g.Label(cols)
	g.SUBQ(operand.Imm(uint64(side)), n)
	g.JLT(operand.LabelRef(endCols))
	v := make([]reg.VecVirtual, side)
	for i := range v {
		v[i] = g.YMM()
	}
	in := g.rows(from, lds, side)
	for i := range v {
		g.one("VMOVU", in.row(i), v[i])
	}
	v = g.transpose(v)
	out := g.rows(to, ldd, side)
	for i := range v {
		g.one("VMOVU", v[i], out.row(i))
	}
	g.ADDQ(operand.Imm(part), from.Base)
	g.advance(to, ldd, side)
	g.JMP(operand.LabelRef(cols))
	g.Label(endCols)
	g.advance(src, lds, side)
	g.ADDQ(operand.Imm(part), dst.Base)
	g.JMP(operand.LabelRef(rows))
	g.Label(endRows)
}

// transpose returns the columns of a square whose rows are v: it exchanges the
// corners of ever other squares, those within 16 bytes before the halves.
func (g *gen) transpose(v []reg.VecVirtual) []reg.VecVirtual {
	exchange := func(d int, emit func(a, b, low, high reg.VecVirtual)) {
		for i := range v {
			if i&d == 0 {
				low, high := g.YMM(), g.YMM()
				emit(v[i], v[i+d], low, high)
				v[i], v[i+d] = low, high
			}
		}
	}
	for d := len(v) / 4; d >= 1; d /= 2 {
		exchange(d, func(a, b, low, high reg.VecVirtual) {
			g.one("VUNPCKL", b, a, low)
			g.one("VUNPCKH", b, a, high)
		})
	}
	exchange(len(v)/2, func(a, b, low, high reg.VecVirtual) {
		g.VPERM2F128(operand.U8(0x20), b, a, low)
		g.VPERM2F128(operand.U8(0x31), b, a, high)
	})
	return v
}

// gemmCopy copies columns as wide as two YMM registers, and then one.
func (g *gen) gemmCopy() {
	const part = group / 2
	dst, src := g.pointer("dst"), g.pointer("src")
	ldd, lds := g.bytes("ldd"), g.bytes("lds")
	left := g.int("cols")
	for _, w := range []int{2, 1} {
		cols, rows, end := g.label("cols"), g.label("rows"), g.label("end")
		from, to := operand.Mem{Base: g.GP64()}, operand.Mem{Base: g.GP64()}
		g.Label(cols)
		g.CMPQ(left, operand.Imm(uint64(w*part/g.size())))
		g.JLT(operand.LabelRef(end))
		g.MOVQ(src.Base, from.Base)
		g.MOVQ(dst.Base, to.Base)
		n := g.int("rows")
		g.Label(rows)
		for i := range w {
			v := g.YMM()
			g.one("VMOVU", at(from, i*part), v)
			g.one("VMOVU", v, at(to, i*part))
		}
		g.ADDQ(lds, from.Base)
		g.ADDQ(ldd, to.Base)
		g.DECQ(n)
		g.JNE(operand.LabelRef(rows))
		g.ADDQ(operand.Imm(uint64(w*part)), src.Base)
		g.ADDQ(operand.Imm(uint64(w*part)), dst.Base)
		g.SUBQ(operand.Imm(uint64(w*part/g.size())), left)
		g.JMP(operand.LabelRef(cols))
		g.Label(end)
	}
}
