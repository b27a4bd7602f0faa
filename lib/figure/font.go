package figure

import (
	"fmt"
	"sync"

	"codeberg.org/go-fonts/dejavu/dejavumathtexgyre"
	"codeberg.org/go-fonts/dejavu/dejavusans"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// A face is one font, read glyph by glyph as outlines whose unit is the em,
// with y upwards.
type face struct {
	name byte
	font *sfnt.Font
	em   fixed.Int26_6

	mu     sync.Mutex
	buf    sfnt.Buffer
	glyphs map[rune]*outline
	kerns  map[[2]rune]float64
}

// An outline is the shape of a glyph.
type outline struct {
	face                   byte
	r                      rune
	segments               []segment
	advance                float64
	xmin, ymin, xmax, ymax float64
}

type segment struct {
	op   sfnt.SegmentOp
	args [3]point
}

type point struct{ x, y float64 }

// Words are set in sans, formulas in maths; both belong to one design.
var (
	sans  = sync.OnceValue(func() *face { return newFace('s', dejavusans.TTF) })
	maths = sync.OnceValue(func() *face { return newFace('m', dejavumathtexgyre.TTF) })
)

func newFace(name byte, data []byte) *face {
	f, err := sfnt.Parse(data)
	if err != nil {
		panic("figure: built-in font: " + err.Error())
	}
	return &face{
		name:   name,
		font:   f,
		em:     fixed.Int26_6(f.UnitsPerEm()),
		glyphs: make(map[rune]*outline),
		kerns:  make(map[[2]rune]float64),
	}
}

// units turns font units into ems. Glyphs are loaded with as many 64ths of a
// pixel per em as the font has units, so that a raw Int26_6 is a font unit.
func (f *face) units(v fixed.Int26_6) float64 { return float64(v) / float64(f.em) }

// glyph returns the outline of r, or an error if the font has none: a missing
// glyph must never be a silent gap in a label.
func (f *face) glyph(r rune) (*outline, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if g := f.glyphs[r]; g != nil {
		return g, nil
	}
	id, err := f.font.GlyphIndex(&f.buf, r)
	if err != nil {
		return nil, fmt.Errorf("glyph of %q: %w", r, err)
	}
	if id == 0 {
		return nil, fmt.Errorf("no glyph for %q (%U)", r, r)
	}
	bounds, advance, err := f.font.GlyphBounds(&f.buf, id, f.em, font.HintingNone)
	if err != nil {
		return nil, fmt.Errorf("glyph of %q: %w", r, err)
	}
	segments, err := f.font.LoadGlyph(&f.buf, id, f.em, nil)
	if err != nil {
		return nil, fmt.Errorf("glyph of %q: %w", r, err)
	}
	g := &outline{
		face: f.name, r: r,
		advance: f.units(advance),
		xmin:    f.units(bounds.Min.X), xmax: f.units(bounds.Max.X),
		ymin: -f.units(bounds.Max.Y), ymax: -f.units(bounds.Min.Y),
	}
	for _, s := range segments {
		t := segment{op: s.Op}
		for i, a := range s.Args {
			t.args[i] = point{f.units(a.X), -f.units(a.Y)}
		}
		g.segments = append(g.segments, t)
	}
	f.glyphs[r] = g
	return g, nil
}

// kern returns by how much r moves towards l, in ems; 0 where the font says
// nothing about the pair.
func (f *face) kern(l, r rune) float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if k, ok := f.kerns[[2]rune{l, r}]; ok {
		return k
	}
	var k float64
	a, errA := f.font.GlyphIndex(&f.buf, l)
	b, errB := f.font.GlyphIndex(&f.buf, r)
	if errA == nil && errB == nil {
		if v, err := f.font.Kern(&f.buf, a, b, f.em, font.HintingNone); err == nil {
			k = f.units(v)
		}
	}
	f.kerns[[2]rune{l, r}] = k
	return k
}
