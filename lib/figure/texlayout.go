package figure

import (
	"fmt"
	"math"
)

// A box is text that has been set: glyphs and rules about a baseline that
// starts at the origin, in points.
type box struct {
	width, ascent, descent float64
	glyphs                 []placed
	rules                  []rectangle
}

type placed struct {
	*outline
	x, y, size float64
}

type rectangle struct{ x, y, w, h float64 }

// put places c with its origin at (x, y); the width is left alone.
func (b *box) put(x, y float64, c box) {
	for _, g := range c.glyphs {
		g.x += x
		g.y += y
		b.glyphs = append(b.glyphs, g)
	}
	for _, r := range c.rules {
		r.x += x
		r.y += y
		b.rules = append(b.rules, r)
	}
	b.ascent = math.Max(b.ascent, c.ascent+y)
	b.descent = math.Max(b.descent, c.descent-y)
}

func (b *box) append(c box) {
	b.put(b.width, 0, c)
	b.width += c.width
}

// Every line of words is as tall as this, so that baselines are even.
const (
	lineAscent  = 0.76
	lineDescent = 0.24
)

// setLabel sets a label on one line.
func setLabel(s string, size float64) (box, error) {
	spans, err := parseLabel(s)
	if err != nil {
		return box{}, err
	}
	out := box{ascent: lineAscent * size, descent: lineDescent * size}
	for _, sp := range spans {
		var b box
		if sp.formula != nil {
			b, err = setList(sp.formula, size, 0)
		} else {
			b, err = setWords(sans(), sp.text, size)
		}
		if err != nil {
			return box{}, fmt.Errorf("label %#q: %w", s, err)
		}
		out.append(b)
	}
	return out, nil
}

// mustSet sets a label that has been set before, or that this package wrote.
func mustSet(s string, size float64) box {
	b, err := setLabel(s, size)
	if err != nil {
		panic("figure: " + err.Error())
	}
	return b
}

func setWords(f *face, s string, size float64) (box, error) {
	var b box
	prev := rune(-1)
	for _, r := range s {
		g, err := f.glyph(r)
		if err != nil && f == sans() {
			// The maths font has signs that the sans has not.
			g, err = maths().glyph(r)
		}
		if err != nil {
			return box{}, err
		}
		if prev >= 0 {
			b.width += f.kern(prev, r) * size
		}
		b.append(glyphBox(g, size))
		prev = r
	}
	return b, nil
}

func glyphBox(g *outline, size float64) box {
	return box{
		width:   g.advance * size,
		ascent:  math.Max(0, g.ymax*size),
		descent: math.Max(0, -g.ymin*size),
		glyphs:  []placed{{g, 0, 0, size}},
	}
}

// Sizes of scripts and of scripts of scripts; smaller would not be legible
// on a telephone.
const (
	scriptScale = 0.74
	minScale    = 0.55
)

func shrink(size float64, level int) float64 {
	if level >= 2 {
		return size
	}
	return size * math.Max(scriptScale, minScale)
}

// setList sets nodes one after the other with the space their classes ask for.
func setList(l list, size float64, level int) (box, error) {
	var out box
	prev := opening // a binary sign at the start is a sign, not an operator
	for i, n := range l {
		b, err := setNode(n, size, level)
		if err != nil {
			return box{}, err
		}
		c := spacing(l, i, prev)
		if _, blank := n.(space); !blank {
			if i > 0 {
				out.width += size * gap(prev, c, level)
			}
			prev = c
		}
		out.append(b)
	}
	return out, nil
}

// spacing is the class of l[i] behind a node of class prev: a binary operator
// without something on both sides is a sign.
func spacing(l list, i int, prev class) class {
	c := nodeClass(l[i])
	if c == binary && (prev == opening || prev == binary || prev == relational || prev == punctuation || i == len(l)-1) {
		return ordinary
	}
	return c
}

// gap is the space between neighbours, in ems.
func gap(l, r class, level int) float64 {
	if level > 0 { // inside scripts things are tight
		if l == relational || r == relational {
			return 1. / 18
		}
		return 0
	}
	switch {
	case l == relational || r == relational:
		if l == r {
			return 0
		}
		return 5. / 18
	case l == binary || r == binary:
		return 4. / 18
	case l == punctuation:
		return 3. / 18
	case l == operator && r == ordinary, l == ordinary && r == operator, l == closing && r == operator:
		return 3. / 18
	}
	return 0
}

func nodeClass(n node) class {
	switch n := n.(type) {
	case atom:
		return n.class
	case word:
		return n.class
	case script:
		return nodeClass(n.base)
	}
	return ordinary
}

func setNode(n node, size float64, level int) (box, error) {
	switch n := n.(type) {
	case atom:
		g, err := maths().glyph(n.r)
		if err != nil {
			return box{}, err
		}
		return glyphBox(g, size), nil
	case word:
		if n.sans {
			return setWords(sans(), n.text, size)
		}
		return setWords(maths(), n.text, size)
	case space:
		return box{width: float64(n) * size}, nil
	case list:
		return setList(n, size, level)
	case script:
		return setScript(n, size, level)
	case accent:
		return setAccent(n, size, level)
	case fraction:
		return setFraction(n, size, level)
	case radical:
		return setRadical(n, size, level)
	}
	panic(fmt.Sprintf("figure: node of type %T", n))
}

func setScript(n script, size float64, level int) (box, error) {
	base, err := setNode(n.base, size, level)
	if err != nil {
		return box{}, err
	}
	small := shrink(size, level)
	out := base
	subAt := base.width
	if isPrimes(n.sup) {
		// The font's primes are high already.
		l := n.sup.(list)
		for len(l) > 0 && l[0] == node(prime) {
			p, err := setNode(prime, size, level)
			if err != nil {
				return box{}, err
			}
			out.append(p)
			l = l[1:]
		}
		base = out
		if n.sup = nil; len(l) > 0 {
			n.sup = l
		}
	}
	end := out.width
	var sub, sup box
	if n.sup != nil {
		if sup, err = setNode(n.sup, small, level+1); err != nil {
			return box{}, err
		}
	}
	if n.sub != nil {
		if sub, err = setNode(n.sub, small, level+1); err != nil {
			return box{}, err
		}
	}
	up := math.Max(0.36*size, base.ascent-0.5*small)
	down := math.Max(0.16*size, base.descent-0.05*size)
	if n.sup != nil && n.sub != nil {
		// Keep the two apart.
		if clear := (up - sup.descent) - (sub.ascent - down); clear < 0.1*size {
			up += 0.4 * (0.1*size - clear)
			down += 0.6 * (0.1*size - clear)
		}
	}
	if n.sup != nil {
		x := base.width
		if k := len(base.glyphs); k > 0 {
			// A slanted letter leans over its advance: clear it.
			last := base.glyphs[k-1]
			x = math.Max(x, last.x+last.xmax*last.size+0.03*size)
		}
		out.put(x, up, sup)
		end = math.Max(end, x+sup.width)
	}
	if n.sub != nil {
		out.put(subAt, -down, sub)
		end = math.Max(end, subAt+sub.width)
	}
	out.width = end + 0.04*size
	return out, nil
}

func setAccent(n accent, size float64, level int) (box, error) {
	out, err := setNode(n.base, size, level)
	if err != nil {
		return box{}, err
	}
	mark, err := maths().glyph(n.mark)
	if err != nil {
		return box{}, err
	}
	// Centre the mark's ink over the ink below, a little to the right because
	// letters slant.
	left, right, top := 0.0, out.width, 0.45*size
	if len(out.glyphs) > 0 {
		left, right, top = math.Inf(1), math.Inf(-1), 0
		for _, g := range out.glyphs {
			left = math.Min(left, g.x+g.xmin*g.size)
			right = math.Max(right, g.x+g.xmax*g.size)
			top = math.Max(top, g.y+g.ymax*g.size)
		}
	}
	x := (left+right)/2 + 0.05*size - (mark.xmin+mark.xmax)/2*size
	y := top + 0.09*size - mark.ymin*size
	out.glyphs = append(out.glyphs, placed{mark, x, y, size})
	out.ascent = math.Max(out.ascent, y+mark.ymax*size)
	return out, nil
}

func setFraction(n fraction, size float64, level int) (box, error) {
	small := shrink(size, level)
	num, err := setNode(n.num, small, level+1)
	if err != nil {
		return box{}, err
	}
	den, err := setNode(n.den, small, level+1)
	if err != nil {
		return box{}, err
	}
	const (
		axis = 0.26 // height of the bar, that of a minus sign
		clr  = 0.09
		bar  = 0.05
	)
	w := math.Max(num.width, den.width) + 0.16*size
	out := box{width: w + 0.1*size}
	out.put(0.05*size+(w-num.width)/2, (axis+clr)*size+num.descent, num)
	out.put(0.05*size+(w-den.width)/2, (axis-clr)*size-den.ascent, den)
	out.rules = append(out.rules, rectangle{0.05 * size, (axis - bar/2) * size, w, bar * size})
	return out, nil
}

func setRadical(n radical, size float64, level int) (box, error) {
	body, err := setNode(n.body, size, level)
	if err != nil {
		return box{}, err
	}
	sign, err := maths().glyph('√')
	if err != nil {
		return box{}, err
	}
	// Scale the sign to the height of what stands under it.
	top := body.ascent + 0.12*size
	scale := (top + body.descent) / (sign.ymax - sign.ymin)
	y := -body.descent - sign.ymin*scale
	out := box{width: sign.xmax*scale + body.width + 0.06*size, ascent: top + 0.06*size, descent: body.descent}
	out.glyphs = append(out.glyphs, placed{sign, 0, y, scale})
	out.put(sign.xmax*scale, 0, body)
	out.rules = append(out.rules, rectangle{sign.xmax*scale - 0.02*size, top - 0.05*size, body.width + 0.08*size, 0.05 * size})
	return out, nil
}
