package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A panel is one pair of axes being drawn.
type panel struct {
	*Figure
	s    *scene
	x, y axis
	z    axis // of colours

	colored bool // numbers are shown as colours

	left, right, bottom float64 // of the space that the panel fills
	titleTop, legendTop float64
	frame               frame // of the axes in it
	names               [][]string
	xTicks, yTicks      []tick
	zTicks              []tick
	gone                [2]int // values not drawn: not finite, not positive on a logarithmic axis
	looks               []look // of the series, by index
	late                []func()
}

// A look is how a series is drawn once the turns of Auto have been taken.
type look struct {
	color rgb
	dash  []float64
}

// scene lays the figure out and draws it.
func (f *Figure) scene() (*scene, error) {
	s, _, err := f.compose()
	return s, err
}

// compose returns the picture and the axes in it.
func (f *Figure) compose() (*scene, []*panel, error) {
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	w, h := f.size()
	s := &scene{width: w}
	top := margin
	var (
		panels   []*panel
		captions []string
	)
	if len(f.Panels) == 0 {
		p, err := f.newPanel(s)
		if err != nil {
			return nil, nil, err
		}
		if top, err = p.draw(p.legend(), titleSize, margin, top, w-2*margin, h-2*margin); err != nil {
			return nil, nil, err
		}
		panels = []*panel{p}
	} else {
		for i, sub := range f.Panels {
			p, err := sub.newPanel(s)
			if err != nil {
				return nil, nil, fmt.Errorf("panel %d: %w", i, err)
			}
			panels = append(panels, p)
			if !slices.Contains(captions, sub.Caption) {
				captions = append(captions, sub.Caption)
			}
		}
		if err := f.drawPanels(s, panels, h); err != nil {
			return nil, nil, err
		}
		top = s.height
	}
	for _, text := range append(captions, f.Caption, notDrawn(panels)) {
		if text != "" {
			s.captions = append(s.captions, caption{text, top + 5})
			top = s.lines(text, captionSize, margin, top+5, w-2*margin, softInk)
		}
	}
	s.height = top + margin
	return s, panels, nil
}

// drawPanels draws the panels in rows below the title, into a figure of height
// h, and leaves the scene as high as that takes. A legend that all panels have
// stands above them, once.
func (f *Figure) drawPanels(s *scene, panels []*panel, h float64) error {
	const gutter = 14
	w := s.width - 2*margin
	top := s.lines(f.Title, titleSize, margin, margin, w, ink)
	if f.Title != "" {
		top += 4
	}
	shared := sharedLegend(panels)
	top = s.legend(shared, margin, top, w)
	if len(shared) > 0 {
		top += 5
	}
	columns := f.columns()
	each := (w - gutter*float64(columns-1)) / float64(columns)
	tall := (h - margin - top - gutter*float64(f.rows()-1)) / float64(f.rows())
	for i := 0; i < len(panels); i += columns {
		bottom := top
		for j, p := range panels[i:min(i+columns, len(panels))] {
			legend := p.legend()
			if len(shared) > 0 {
				legend = nil
			}
			b, err := p.draw(legend, labelSize, margin+float64(j)*(each+gutter), top, each, tall)
			if err != nil {
				return fmt.Errorf("panel %d: %w", i+j, err)
			}
			bottom = math.Max(bottom, b)
		}
		top = bottom + gutter
	}
	s.height = top - gutter
	return nil
}

// notDrawn says what the panels leave out.
func notDrawn(panels []*panel) string {
	var notNum, notPos int
	for _, p := range panels {
		notNum += p.gone[0]
		notPos += p.gone[1]
	}
	var parts []string
	if notNum > 0 {
		parts = append(parts, fmt.Sprintf("%s NaN or infinite", count(notNum, "value", "values")))
	}
	if notPos > 0 {
		parts = append(parts, fmt.Sprintf("%s not positive, on a logarithmic axis", count(notPos, "value", "values")))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not drawn: " + strings.Join(parts, "; ") + "."
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// lines draws text below y, in lines no wider than w, and returns where they
// end.
func (s *scene) lines(text string, size, x, y, w float64, c rgb) float64 {
	for _, l := range wrap(text, size, w) {
		b := fit(l, size, w)
		s.text(b, x, y+b.ascent, c)
		y += math.Max(lineHeight*size, b.ascent+b.descent)
	}
	return y
}

// grid draws thin lines behind the data at the labelled marks.
func (p *panel) grid() {
	for _, t := range p.xTicks {
		if x := p.x.at(t.value); t.label != "" {
			p.s.line(x, p.frame.top, x, p.frame.bottom, gridInk, 0.6, nil)
		}
	}
	for _, t := range p.yTicks {
		if y := p.y.at(t.value); t.label != "" {
			p.s.line(p.frame.left, y, p.frame.right, y, gridInk, 0.6, nil)
		}
	}
}

// axes draws the axes over the data: lines, marks and what they are called.
func (p *panel) axes() {
	p.colorBar()
	s, f := p.s, p.frame
	s.line(f.left, f.bottom, f.right, f.bottom, axisInk, 0.9, nil)
	s.line(f.left, f.top, f.left, f.bottom, axisInk, 0.9, nil)
	for _, t := range p.xTicks {
		x, long := p.x.at(t.value), tickLength
		if t.label == "" {
			long /= 2
		}
		s.line(x, f.bottom, x, f.bottom+long, axisInk, 0.9, nil)
		if t.label != "" {
			b := mustSet(t.label, tickSize)
			s.text(b, x-b.width/2, f.bottom+tickLength+3+lineAscent*tickSize, ink)
		}
	}
	for _, t := range p.yTicks {
		y, long := p.y.at(t.value), tickLength
		if t.label == "" {
			long /= 2
		}
		s.line(f.left-long, y, f.left, y, axisInk, 0.9, nil)
		if t.label != "" {
			b := mustSet(t.label, tickSize)
			s.text(b, f.left-tickLength-3-b.width, y+0.36*tickSize, ink)
		}
	}
	for i, lines := range p.names {
		if p.Sideways {
			y := p.y.at(float64(i)) - float64(len(lines)-1)*lineHeight*tickSize/2 + 0.36*tickSize
			for _, l := range lines {
				b := fit(l, tickSize, f.left-6-p.left)
				s.text(b, f.left-6-b.width, y, ink)
				y += lineHeight * tickSize
			}
			continue
		}
		x, y := p.x.at(float64(i)), f.bottom+tickLength+3+lineAscent*tickSize
		room := (f.right-f.left)/float64(len(p.names)) - 4
		for _, l := range lines {
			b := fit(l, tickSize, room)
			s.text(b, x-b.width/2, y, ink)
			y += lineHeight * tickSize
		}
	}
	if p.XLabel != "" {
		b := fit(p.XLabel, labelSize, p.right-p.left)
		// Below the middle of the axis, or as near to that as the card allows.
		x := math.Max(p.left, math.Min(p.right-b.width, (f.left+f.right-b.width)/2))
		s.text(b, x, p.bottom-b.descent, ink)
	}
	if p.YLabel != "" {
		b := fit(p.YLabel, labelSize, p.bottom-f.top)
		y := math.Max(f.top+b.width, (f.top+f.bottom+b.width)/2)
		s.textUp(b, p.left+b.ascent, y, ink)
	}
}
