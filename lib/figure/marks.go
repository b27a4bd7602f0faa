package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// series draws the data.
func (p *panel) series() error {
	bars, nth := 0, 0
	for _, s := range p.Series {
		if _, ok := s.(Bars); ok {
			bars++
		}
	}
	for i, s := range p.Series {
		l := p.looks[i]
		switch s := s.(type) {
		case Curve:
			p.curve(s, l)
		case Band:
			p.band(s, l)
		case Points:
			p.points(s, l)
		case Segments:
			p.segments(s, l)
		case Cells:
			p.cells(s)
		case Contours:
			p.contours(s)
		case Paths:
			p.paths(s, l)
		case Bars:
			p.bars(s, l, nth, bars)
			nth++
		case Levels:
			p.levels(s, l)
		case Rule:
			p.rule(s, l)
		case Note:
			p.note(s, l)
		default:
			return fmt.Errorf("figure: no way to draw a %T", s)
		}
	}
	for _, draw := range p.late {
		draw()
	}
	return nil
}

// runs cuts data into stretches that both axes can show.
func (p *panel) runs(n int, shows func(i int) bool) [][2]int {
	var out [][2]int
	for i := 0; i < n; i++ {
		if !shows(i) {
			continue
		}
		j := i
		for j < n && shows(j) {
			j++
		}
		out = append(out, [2]int{i, j})
		i = j
	}
	return out
}

func (p *panel) curve(c Curve, l look) {
	width := c.Width
	if width == 0 {
		width = curveWidth
	}
	var (
		path   vg.Path
		single []point
	)
	for _, r := range p.runs(len(c.X), func(i int) bool { return p.x.shows(c.X[i]) && p.y.shows(c.Y[i]) }) {
		var pts []point
		for i := r[0]; i < r[1]; i++ {
			pts = append(pts, point{p.x.at(c.X[i]), p.y.at(c.Y[i])})
		}
		if len(pts) == 1 { // a value between two gaps is still a value
			if p.frame.contains(pts[0]) {
				single = append(single, pts[0])
			}
			continue
		}
		for _, part := range p.frame.clipLine(pts) {
			path = append(path, polyline(simplify(part, 0.04))...)
		}
	}
	p.s.stroke(path, l.color, width, l.dash)
	p.s.dots(single, width, l.color)
}

func (p *panel) band(b Band, l look) {
	// On a logarithmic axis a band may reach down out of sight.
	low := func(i int) float64 {
		if p.y.log && b.Lo[i] <= 0 {
			return p.y.start + 1
		}
		return p.y.at(b.Lo[i])
	}
	var path vg.Path
	for _, r := range p.runs(len(b.X), func(i int) bool {
		return p.x.shows(b.X[i]) && p.y.shows(b.Hi[i]) && finite(b.Lo[i])
	}) {
		var upper, lower []point
		for i := r[0]; i < r[1]; i++ {
			x := p.x.at(b.X[i])
			upper = append(upper, point{x, p.y.at(b.Hi[i])})
			lower = append(lower, point{x, low(i)})
		}
		outline := simplify(upper, 0.04)
		back := simplify(lower, 0.04)
		for i := len(back) - 1; i >= 0; i-- {
			outline = append(outline, back[i])
		}
		path = append(path, polygon(p.frame.clipPolygon(outline))...)
	}
	p.s.fill(path, l.color, bandAlpha)
}

const bandAlpha = 0.2

func (p *panel) rule(r Rule, l look) {
	a, ends := &p.y, []point{}
	if r.Vertical {
		a = &p.x
	}
	if !a.shows(r.At) {
		return
	}
	v := a.at(r.At)
	if r.Vertical {
		ends = append(ends, point{v, p.frame.bottom}, point{v, p.frame.top})
	} else {
		ends = append(ends, point{p.frame.left, v}, point{p.frame.right, v})
	}
	for _, part := range p.frame.clipLine(ends) {
		p.s.stroke(polyline(part), l.color, ruleWidth, l.dash)
	}
}

func (p *panel) note(n Note, l look) {
	if !p.x.shows(n.X) || !p.y.shows(n.Y) {
		return
	}
	x, y := p.x.at(n.X), p.y.at(n.Y)
	if !p.frame.contains(point{x, y}) {
		return
	}
	t := mustSet(n.Text, labelTextSize)
	if x+4+t.width > p.frame.right {
		x -= t.width + 4
	} else {
		x += 4
	}
	y -= 4
	if y-t.ascent < p.frame.top {
		y += 8 + t.ascent
	}
	p.halo(t, math.Max(x, p.frame.left), y, l.color)
}
