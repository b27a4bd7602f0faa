package figure

// The legend stands in rows between title and axes, so it never hides data.

const (
	lineSwatch = 24.0 // width of a sample of line
	markSwatch = 10.0
	swatchGap  = 5.0
	entryGap   = 16.0
	legendRow  = 1.5 * legendSize
)

// legend draws the named series from y downwards and returns where it ends.
func (p *panel) legend(left, y, w float64) float64 {
	x, any := left, false
	for i, s := range p.Series {
		name := seriesName(s)
		if name == "" {
			continue
		}
		swatch := lineSwatch
		switch s.(type) {
		case Bars, Points:
			swatch = markSwatch
		}
		for k, line := range wrap(name, legendSize, w-swatch-swatchGap) {
			b := fit(line, legendSize, w-swatch-swatchGap)
			width := swatch + swatchGap + b.width
			if any && (k > 0 || x+width > left+w) {
				x = left
				y += legendRow
			}
			mid := y + 0.6*legendSize
			if k == 0 {
				p.sample(s, p.looks[i], x, mid)
			}
			p.s.text(b, x+swatch+swatchGap, y+(lineAscent+0.2)*legendSize, ink)
			x += width + entryGap
			any = true
		}
	}
	if any {
		y += legendRow + 2
	}
	return y
}

// sample draws what a series looks like about (x, y).
func (p *panel) sample(s Series, l look, x, y float64) {
	switch s := s.(type) {
	case Curve:
		p.s.line(x, y, x+lineSwatch, y, l.color, curveWidth, l.dash)
	case Levels, Rule:
		p.s.line(x, y, x+lineSwatch, y, l.color, ruleWidth, l.dash)
	case Band:
		p.s.rect(x, y-4, lineSwatch, 8, l.color, bandAlpha)
	case Bars:
		p.s.rect(x, y-4.5, markSwatch, 9, l.color, 0.9)
	case Points:
		r := s.Radius
		if r == 0 {
			r = dotRadius
		}
		p.s.dots([]point{{x + markSwatch/2, y}}, min(r, 5), l.color)
	}
}

func seriesName(s Series) string {
	switch s := s.(type) {
	case Curve:
		return s.Name
	case Band:
		return s.Name
	case Points:
		return s.Name
	case Bars:
		return s.Name
	case Levels:
		return s.Name
	case Rule:
		return s.Name
	}
	return ""
}
