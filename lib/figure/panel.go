package figure

import (
	"fmt"
	"math"
	"strings"
)

// A panel is one pair of axes being drawn.
type panel struct {
	*Figure
	s     *scene
	frame frame
	x, y  axis
	gone  [2]int // values not drawn: not finite, not positive on a logarithmic axis
	looks []look // of the series, by index
	late  []func()
}

// A look is how a series is drawn once the turns of Auto have been taken.
type look struct {
	color rgb
	dash  []float64
}

// scene lays the figure out and draws it.
func (f *Figure) scene() (*scene, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	w, h := f.size()
	s := &scene{width: w}
	top := margin
	var panels []*panel
	if len(f.Panels) == 0 {
		p, bottom, err := f.draw(s, titleSize, margin, top, w-2*margin, h-2*margin)
		if err != nil {
			return nil, err
		}
		panels, top = []*panel{p}, bottom
	} else {
		top = s.lines(wrap(f.Title, titleSize, w-2*margin), titleSize, margin, top, ink)
		if f.Title != "" {
			top += 4
		}
		const gutter = 14
		columns := f.columns()
		each := (w - 2*margin - gutter*float64(columns-1)) / float64(columns)
		tall := (h - margin - top - gutter*float64(f.rows()-1)) / float64(f.rows())
		for i := 0; i < len(f.Panels); i += columns {
			bottom := top
			for j, sub := range f.Panels[i:min(i+columns, len(f.Panels))] {
				p, b, err := sub.draw(s, labelSize, margin+float64(j)*(each+gutter), top, each, tall)
				if err != nil {
					return nil, fmt.Errorf("panel %d: %w", i+j, err)
				}
				panels = append(panels, p)
				bottom = math.Max(bottom, b)
			}
			top = bottom + gutter
		}
		top -= gutter
	}
	for _, text := range []string{f.Caption, notDrawn(panels)} {
		if text != "" {
			top = s.lines(wrap(text, captionSize, w-2*margin), captionSize, margin, top+5, softInk)
		}
	}
	s.height = top + margin
	return s, nil
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

// lines draws lines of text below y and returns where they end.
func (s *scene) lines(text []string, size, x, y float64, c rgb) float64 {
	for _, l := range text {
		b := mustSet(l, size)
		s.text(b, x, y+b.ascent, c)
		y += math.Max(lineHeight*size, b.ascent+b.descent)
	}
	return y
}

// draw draws one pair of axes with title, in type of the given size, and legend
// into a space of w by h, grows it if it must, and returns where it ends.
func (f *Figure) draw(s *scene, size, left, top, w, h float64) (*panel, float64, error) {
	p := &panel{Figure: f, s: s}
	if err := p.scales(); err != nil {
		return nil, 0, err
	}
	bottom := top + h
	y := s.lines(wrap(f.Title, size, w), size, left, top, ink)
	if f.Title != "" {
		y += 3
	}
	p.look()
	y = p.legend(left, y, w)

	// What stands below the axes.
	xTicks, yTicks := &p.x, &p.y
	foot := tickLength + 3 + lineHeight*tickSize
	var names [][]string
	if len(f.Categories) > 0 && !f.Sideways {
		names = wrapAll(f.Categories, tickSize, (w-50)/float64(len(f.Categories))-6)
		most := 0
		for _, n := range names {
			most = max(most, len(n))
		}
		foot = tickLength + 3 + lineHeight*tickSize*float64(most)
	}
	if f.XLabel != "" {
		b := mustSet(f.XLabel, labelSize)
		foot += 3 + b.ascent + b.descent
	}
	head := 7.0
	barLabels := p.barLabels()
	if !f.Sideways && barLabels.w > 0 {
		head += barLabels.h + 2
	}
	p.frame.top = y + head
	p.frame.bottom = math.Max(bottom-foot, p.frame.top+minPlot)
	if n := len(f.Categories); f.Sideways && n > 0 { // a row for each
		p.frame.bottom = math.Max(p.frame.bottom, p.frame.top+float64(n)*1.9*tickSize)
	}
	bottom = p.frame.bottom + foot

	// What stands to the left and to the right of them.
	yTicks.start, yTicks.end = p.frame.bottom, p.frame.top
	var marks []tick
	p.frame.left = left
	if f.YLabel != "" {
		b := mustSet(f.YLabel, labelSize)
		p.frame.left += b.ascent + b.descent + 4
	}
	if f.Sideways && len(f.Categories) > 0 {
		names = wrapAll(f.Categories, tickSize, 0.36*w)
		p.frame.left += widest(names) + 8
	} else {
		marks = p.y.ticks(int((p.frame.bottom - p.frame.top) / (2.3 * tickSize)))
		var wide float64
		for _, t := range marks {
			wide = math.Max(wide, mustSet(t.label, tickSize).width)
		}
		p.frame.left += wide + tickLength + 4
	}
	p.frame.right = left + w - 6
	if f.Sideways && barLabels.w > 0 {
		p.frame.right -= barLabels.w + 4
	}
	if p.frame.right-p.frame.left < 40 {
		return nil, 0, fmt.Errorf("figure: %q: no room for the axes in a width of %.1f cm", f.Title, w/pointsPerCm)
	}

	// Marks below, as many as fit; the last label may not be cut off.
	var below []tick
	if len(f.Categories) == 0 || f.Sideways {
		for n := int((p.frame.right - p.frame.left) / (3.4 * tickSize)); ; n-- {
			below = p.x.ticks(n)
			right := left + w
			for i, t := range below {
				if t.label == "" {
					continue
				}
				over := mustSet(t.label, tickSize).width / 2
				if at := p.frame.left + p.x.share(t.value)*(p.frame.right-p.frame.left); at+over > right && i > 0 {
					p.frame.right -= at + over - right
				}
			}
			p.x.start, p.x.end = p.frame.left, p.frame.right
			if n <= 2 || apart(below, &p.x) {
				break
			}
		}
	}
	xTicks.start, xTicks.end = p.frame.left, p.frame.right
	if f.Sideways && len(f.Categories) > 0 { // the first on top
		yTicks.start, yTicks.end = p.frame.top, p.frame.bottom
	}

	p.grid(below, marks)
	if err := p.series(); err != nil {
		return nil, 0, err
	}
	p.axes(below, marks, names, left, bottom)
	return p, bottom, nil
}

// apart reports whether the labels of ticks leave space between each other.
func apart(ticks []tick, a *axis) bool {
	end := math.Inf(-1)
	for _, t := range ticks {
		if t.label == "" {
			continue
		}
		half := mustSet(t.label, tickSize).width / 2
		if a.at(t.value)-half < end+0.8*tickSize {
			return false
		}
		end = a.at(t.value) + half
	}
	return true
}

func wrapAll(texts []string, size, width float64) [][]string {
	out := make([][]string, len(texts))
	for i, t := range texts {
		out[i] = wrap(t, size, width)
	}
	return out
}

func widest(texts [][]string) float64 {
	var w float64
	for _, lines := range texts {
		for _, l := range lines {
			w = math.Max(w, mustSet(l, tickSize).width)
		}
	}
	return w
}

// grid draws thin lines behind the data at the labelled marks.
func (p *panel) grid(below, left []tick) {
	if len(p.Categories) > 0 && !p.Sideways {
		below = nil
	}
	for _, t := range below {
		if x := p.x.at(t.value); t.label != "" {
			p.s.line(x, p.frame.top, x, p.frame.bottom, gridInk, 0.6, nil)
		}
	}
	for _, t := range left {
		if y := p.y.at(t.value); t.label != "" {
			p.s.line(p.frame.left, y, p.frame.right, y, gridInk, 0.6, nil)
		}
	}
}

// axes draws the axes over the data: lines, marks and what they are called.
func (p *panel) axes(below, leftTicks []tick, names [][]string, left, bottom float64) {
	s, f := p.s, p.frame
	s.line(f.left, f.bottom, f.right, f.bottom, axisInk, 0.9, nil)
	s.line(f.left, f.top, f.left, f.bottom, axisInk, 0.9, nil)
	for _, t := range below {
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
	for _, t := range leftTicks {
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
	for i, lines := range names {
		if p.Sideways {
			y := p.y.at(float64(i)) - float64(len(lines)-1)*lineHeight*tickSize/2 + 0.36*tickSize
			for _, l := range lines {
				b := mustSet(l, tickSize)
				s.text(b, f.left-6-b.width, y, ink)
				y += lineHeight * tickSize
			}
			continue
		}
		x, y := p.x.at(float64(i)), f.bottom+tickLength+3+lineAscent*tickSize
		room := (f.right-f.left)/float64(len(names)) - 4
		for _, l := range lines {
			b := mustSet(l, tickSize)
			if b.width > room { // a word wider than its place
				b = mustSet(l, tickSize*math.Max(0.5, room/b.width))
			}
			s.text(b, x-b.width/2, y, ink)
			y += lineHeight * tickSize
		}
	}
	if p.XLabel != "" {
		b := mustSet(p.XLabel, labelSize)
		s.text(b, (f.left+f.right-b.width)/2, bottom-b.descent, ink)
	}
	if p.YLabel != "" {
		b := mustSet(p.YLabel, labelSize)
		s.textUp(b, left+b.ascent, (f.top+f.bottom+b.width)/2, ink)
	}
}
