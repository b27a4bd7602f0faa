package figure

import (
	"reflect"
	"slices"
)

// The legend stands in rows between title and axes, so it never hides data.

const (
	lineSwatch = 24.0 // width of a sample of line
	markSwatch = 10.0
	swatchGap  = 5.0
	entryGap   = 16.0
	legendRow  = 1.5 * legendSize
)

// An entry is a series with a name, and how it looks.
type entry struct {
	name   string
	series Series
	look   look
}

// legend returns the panel's entries. Looks must have been found.
func (p *panel) legend() []entry {
	var out []entry
	for i, s := range p.Series {
		if name := seriesName(s); name != "" {
			out = append(out, entry{name, s, p.looks[i]})
		}
	}
	return out
}

// sharedLegend returns the legend that all panels have in common, and nil if
// they differ.
func sharedLegend(panels []*panel) []entry {
	if len(panels) < 2 {
		return nil
	}
	first := panels[0].legend()
	for _, p := range panels[1:] {
		if !slices.EqualFunc(first, p.legend(), entry.same) {
			return nil
		}
	}
	return first
}

// same reports whether two entries look the same.
func (e entry) same(f entry) bool {
	a, isPoints := e.series.(Points)
	b, _ := f.series.(Points)
	return e.name == f.name && reflect.TypeOf(e.series) == reflect.TypeOf(f.series) &&
		e.look.color == f.look.color && slices.Equal(e.look.dash, f.look.dash) && (!isPoints || a.Radius == b.Radius && a.Mark == b.Mark && (a.Values == nil) == (b.Values == nil))
}

// legend draws entries from y downwards and returns where they end.
func (s *scene) legend(entries []entry, left, y, w float64) float64 {
	x, any := left, false
	for _, e := range entries {
		swatch := lineSwatch
		switch e.series.(type) {
		case Bars, Points:
			swatch = markSwatch
		}
		for k, line := range wrap(e.name, legendSize, w-swatch-swatchGap) {
			b := fit(line, legendSize, w-swatch-swatchGap)
			width := swatch + swatchGap + b.width
			if any && (k > 0 || x+width > left+w) {
				x = left
				y += legendRow
			}
			mid := y + 0.6*legendSize
			if k == 0 {
				s.sample(e, x, mid)
			}
			s.text(b, x+swatch+swatchGap, y+(lineAscent+0.2)*legendSize, ink)
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
func (s *scene) sample(e entry, x, y float64) {
	l := e.look
	switch series := e.series.(type) {
	case Curve:
		s.line(x, y, x+lineSwatch, y, l.color, curveWidth, l.dash)
	case Levels, Rule:
		s.line(x, y, x+lineSwatch, y, l.color, ruleWidth, l.dash)
	case Band:
		s.rect(x, y-4, lineSwatch, 8, l.color, bandAlpha)
	case Segments, Paths:
		s.line(x, y, x+lineSwatch, y, l.color, segmentWidth, nil)
	case Bars:
		s.rect(x, y-4.5, markSwatch, 9, l.color, 0.9)
	case Points:
		r := series.Radius
		if r == 0 {
			r = dotRadius
		}
		if r = min(r, 5); series.Values != nil {
			l.color = softInk
		}
		if series.Mark == Square {
			s.fill(squares([]point{{x + markSwatch/2, y}}, r), l.color, 1)
		} else {
			s.dots([]point{{x + markSwatch/2, y}}, r, l.color)
		}
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
	case Segments:
		return s.Name
	case Paths:
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
