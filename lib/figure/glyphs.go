package figure

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/vg"
)

// Most of a picture is letters, and most letters stand in it many times. So an SVG
// has the outline of each glyph once, for all sizes, and places it by its name. The
// name says what it looks like and nothing else, since viewers that take pictures
// into one page mix their names up: whichever outline they find by it is the right
// one.

// perEm is the number of units of an outline to an em.
const perEm = 500

// A label is text in a scene: its box and where its baseline starts.
type label struct {
	box
	x, y    float64
	upwards bool
}

// name returns the glyph's name.
func (g placed) name() string { return string(g.face) + strconv.FormatInt(int64(g.r), 36) }

// definitions writes the outlines that the labels of scenes need, each once, in the
// order in which they are needed.
func definitions(b *bytes.Buffer, scenes ...*scene) {
	done := make(map[string]bool)
	for _, s := range scenes {
		for _, p := range s.shapes {
			if p.label == nil {
				continue
			}
			for _, g := range p.label.glyphs {
				name := g.name()
				if done[name] || len(g.segments) == 0 {
					continue
				}
				if len(done) == 0 {
					b.WriteString("<defs>\n")
				}
				done[name] = true
				fmt.Fprintf(b, `<path id="%s" d="`, name)
				pen := pen{b: b}
				for _, c := range (box{glyphs: []placed{{outline: g.outline, size: perEm / perPoint}}}).path(0, 0, false) {
					pen.draw(c)
				}
				b.WriteString("\"/>\n")
			}
		}
	}
	if len(done) > 0 {
		b.WriteString("</defs>\n")
	}
}

// svg writes the label: runs of glyphs of one size on one line, by their names, and
// its rules. Text that runs upwards is turned about its start.
func (l *label) svg(b *bytes.Buffer, c rgb) {
	turn := ""
	if l.upwards {
		turn = "rotate(-90)"
	}
	runs := l.runs()
	one := len(runs) == 1 && len(l.rules) == 0 // needs no group of its own
	x, y := l.x, l.y
	if one && l.upwards {
		x, y = x-runs[0][0].y, y-runs[0][0].x
	} else if one {
		x, y = x+runs[0][0].x, y-runs[0][0].y
	}
	fmt.Fprintf(b, `<g fill="%s" transform="translate(%d %d)%s`, c.hex(), hundredths(x), hundredths(y), turn)
	if !one {
		b.WriteString(`">`)
	}
	for _, run := range runs {
		first := run[0]
		scale := strconv.FormatFloat(first.size*perPoint/perEm, 'g', 4, 64)
		if one {
			fmt.Fprintf(b, `scale(%s)">`, scale)
		} else {
			fmt.Fprintf(b, `<g transform="translate(%d %d)scale(%s)">`, hundredths(first.x), -hundredths(first.y), scale)
		}
		for _, g := range run {
			at := ""
			if x := int(math.Round((g.x - first.x) / g.size * perEm)); x != 0 {
				at = fmt.Sprintf(` x="%d"`, x)
			}
			fmt.Fprintf(b, `<use href="#%s"%s/>`, g.name(), at)
		}
		if !one {
			b.WriteString("</g>")
		}
	}
	for _, r := range l.rules {
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d"/>`, hundredths(r.x), -hundredths(r.y+r.h), hundredths(r.w), max(1, hundredths(r.h)))
	}
	b.WriteString("</g>\n")
}

// runs returns the glyphs that show anything, in runs of one size on one line.
func (l *label) runs() [][]placed {
	var out [][]placed
	for _, g := range l.glyphs {
		if len(g.segments) == 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1][0].size == g.size && out[n-1][0].y == g.y {
			out[n-1] = append(out[n-1], g)
		} else {
			out = append(out, []placed{g})
		}
	}
	return out
}

// path returns the outlines of the box with its baseline starting at (x, y); upwards
// turns it by a quarter.
func (b box) path(x, y float64, upwards bool) vg.Path {
	at := func(px, py float64) vg.Point {
		if upwards {
			px, py = -py, px
		}
		return vg.Point{X: vg.Length(x + px), Y: vg.Length(y - py)}
	}
	var p vg.Path
	for _, g := range b.glyphs {
		pt := func(q point) vg.Point { return at(g.x+q.x*g.size, g.y+q.y*g.size) }
		open := false
		for _, s := range g.segments {
			switch s.op {
			case sfnt.SegmentOpMoveTo:
				if open {
					p.Close()
				}
				open = true
				p.Move(pt(s.args[0]))
			case sfnt.SegmentOpLineTo:
				p.Line(pt(s.args[0]))
			case sfnt.SegmentOpQuadTo:
				p.QuadTo(pt(s.args[0]), pt(s.args[1]))
			case sfnt.SegmentOpCubeTo:
				p.CubeTo(pt(s.args[0]), pt(s.args[1]), pt(s.args[2]))
			}
		}
		if open {
			p.Close()
		}
	}
	for _, r := range b.rules {
		p.Move(at(r.x, r.y))
		p.Line(at(r.x+r.w, r.y))
		p.Line(at(r.x+r.w, r.y+r.h))
		p.Line(at(r.x, r.y+r.h))
		p.Close()
	}
	return p
}
