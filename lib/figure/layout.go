package figure

import (
	"fmt"
	"math"
	"slices"
)

// newPanel makes a pair of axes ready to be drawn.
func (f *Figure) newPanel(s *scene) (*panel, error) {
	p := &panel{Figure: f, s: s}
	if err := p.scales(); err != nil {
		return nil, err
	}
	p.look()
	return p, nil
}

// draw draws a pair of axes with title, in type of the given size, and legend
// into a space of w by h, grows it if it must, and returns where it ends.
func (p *panel) draw(legend []entry, size, left, top, w, h float64) (float64, error) {
	p.left, p.right, p.bottom = left, left+w, top+h
	p.titleTop = top
	y := p.s.lines(p.Title, size, left, top, w, ink)
	if p.Title != "" {
		y += 3
	}
	p.legendTop = y
	y = p.s.legend(legend, left, y, w)
	x0, y0 := p.x, p.y
	// The room for marks depends on the ranges and these, for equal units, on
	// the room; it settles at once or almost.
	for range 8 {
		p.layRows(y)
		if err := p.layColumns(); err != nil {
			return 0, err
		}
		if !p.Equal || !p.equalise(x0, y0) {
			break
		}
	}
	if p.Bare {
		return p.bottom, p.series()
	}
	p.grid()
	if err := p.series(); err != nil {
		return 0, err
	}
	p.axes()
	return p.bottom, nil
}

// equalise makes the range of one axis wider than it has to be, so that units
// are as long on both, and reports whether that changed a range.
func (p *panel) equalise(x, y axis) bool {
	unit := math.Max((x.hi-x.lo)/(p.frame.right-p.frame.left), (y.hi-y.lo)/(p.frame.bottom-p.frame.top))
	before := [4]float64{p.x.lo, p.x.hi, p.y.lo, p.y.hi}
	widen := func(a *axis, r axis) {
		spare := math.Max(0, unit*math.Abs(a.end-a.start)-(r.hi-r.lo))
		a.lo, a.hi = r.lo-spare/2, r.hi+spare/2
	}
	widen(&p.x, x)
	widen(&p.y, y)
	return before != [4]float64{p.x.lo, p.x.hi, p.y.lo, p.y.hi}
}

// Categories stand below the axes or, sideways, to the left of them.
func (p *panel) namesBelow() bool { return len(p.Categories) > 0 && !p.Sideways }
func (p *panel) namesLeft() bool  { return len(p.Categories) > 0 && p.Sideways }

// layRows finds the upper and lower ends of the axes, below y.
func (p *panel) layRows(y float64) {
	if p.Bare {
		p.frame.top, p.frame.bottom = y, math.Max(p.bottom, y+minPlot)
		p.bottom = p.frame.bottom
		p.y.start, p.y.end = p.frame.bottom, p.frame.top
		return
	}
	w := p.right - p.left
	foot := tickLength + 3 + lineHeight*tickSize
	if p.namesBelow() {
		p.names = wrapAll(p.Categories, tickSize, (w-50)/float64(len(p.Categories))-6)
		foot = tickLength + 3 + lineHeight*tickSize*float64(most(p.names))
	}
	if p.XLabel != "" {
		b := mustSet(p.XLabel, labelSize)
		foot += 3 + b.ascent + b.descent
	}
	head := 7.0
	if _, h := p.barLabels(); !p.Sideways && h > 0 {
		head += h + 2
	}
	p.frame.top = y + head
	p.frame.bottom = math.Max(p.bottom-foot, p.frame.top+minPlot)
	if p.namesLeft() {
		p.names = wrapAll(p.Categories, tickSize, 0.36*w)
		row := math.Max(1.9, lineHeight*float64(most(p.names))+0.4) * tickSize
		p.frame.bottom = math.Max(p.frame.bottom, p.frame.top+float64(len(p.names))*row)
	}
	p.bottom = p.frame.bottom + foot

	p.y.start, p.y.end = p.frame.bottom, p.frame.top
	if p.namesLeft() { // the first on top
		p.y.start, p.y.end = p.frame.top, p.frame.bottom
	} else {
		p.yTicks = p.y.ticks(int((p.frame.bottom - p.frame.top) / (2.3 * tickSize)))
	}
}

// layColumns finds the left and right ends of the axes.
func (p *panel) layColumns() error {
	if p.Bare {
		p.frame.left, p.frame.right = p.left, p.right
		p.x.start, p.x.end = p.left, p.right
		return nil
	}
	w := p.right - p.left
	p.frame.left = p.left
	if p.YLabel != "" {
		b := mustSet(p.YLabel, labelSize)
		p.frame.left += b.ascent + b.descent + 4
	}
	if p.namesLeft() {
		p.frame.left += math.Min(widest(p.names), 0.4*w) + 8
	} else {
		var wide float64
		for _, t := range p.yTicks {
			wide = math.Max(wide, mustSet(t.label, tickSize).width)
		}
		p.frame.left += wide + tickLength + 4
	}
	p.frame.right = p.right - 6
	if p.colored {
		p.frame.right = p.right - p.layColorBar()
	}
	if w, _ := p.barLabels(); p.Sideways && w > 0 {
		p.frame.right -= w + 4
	}
	if p.frame.right-p.frame.left < 40 {
		return fmt.Errorf("figure: %q: no room for the axes in a width of %.1f cm", p.Title, w/pointsPerCm)
	}
	p.x.start, p.x.end = p.frame.left, p.frame.right
	if !p.namesBelow() {
		p.layTicksBelow()
	}
	return nil
}

// layTicksBelow finds as many marks as their labels leave room for, and draws
// the axes in where the first or the last label would be cut off.
func (p *panel) layTicksBelow() {
	least := 3.4 * tickSize // between marks
	if p.x.log {
		least = 2.2 * tickSize // which don't stand at equal distances
	}
	for n := int((p.frame.right - p.frame.left) / least); ; n-- {
		p.xTicks = p.x.ticks(n)
		for _, t := range p.xTicks {
			if t.label == "" {
				continue
			}
			at, half := p.x.at(t.value), mustSet(t.label, tickSize).width/2
			if over := at + half - p.right; over > 0 && p.x.share(t.value) > 0.5 {
				p.frame.right -= over
				p.x.end = p.frame.right
			}
			if over := p.left - (at - half); over > 0 && p.x.share(t.value) < 0.5 {
				p.frame.left += over
				p.x.start = p.frame.left
			}
		}
		if apart(p.xTicks, &p.x) {
			return
		}
		if n <= 2 {
			p.xTicks = thinned(p.xTicks, &p.x)
			return
		}
	}
}

// thinned leaves out labels, all but each second one, each third one and so on,
// until the others stand apart.
func thinned(ticks []tick, a *axis) []tick {
	for stride := 2; stride <= len(ticks); stride++ {
		fewer := slices.Clone(ticks)
		for i := range fewer {
			if i%stride != 0 {
				fewer[i].label = ""
			}
		}
		if apart(fewer, a) {
			return fewer
		}
	}
	return ticks
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

// most is the largest number of lines.
func most(texts [][]string) int {
	n := 0
	for _, lines := range texts {
		n = max(n, len(lines))
	}
	return n
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
