package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// scales finds the axes that hold the data, and counts what they can't.
func (p *panel) scales() error {
	x, y := newExtent(p.XScale), newExtent(p.YScale)
	if len(p.Categories) > 0 {
		if p.Sideways {
			x, y = newExtent(p.XScale), newExtent(Linear)
		} else {
			x, y = newExtent(Linear), newExtent(p.YScale)
		}
	}
	value := &y // the axis that bars run along
	if p.Sideways {
		value = &x
	}
	x.tight = true
	marked := newExtent(p.XScale)
	for _, s := range p.Series {
		switch s := s.(type) {
		case Curve:
			x.add(s.X...)
			y.add(s.Y...)
		case Band:
			x.add(s.X...)
			y.add(s.Lo...)
			y.add(s.Hi...)
		case Points:
			x.add(s.X...)
			y.add(s.Y...)
			for i, e := range s.Err {
				y.reach(s.Y[i] + e)
				y.reach(s.Y[i] - e)
			}
			marked.add(s.X...)
		case Bars:
			value.add(s.Y...)
			for i, e := range s.Err {
				value.reach(s.Y[i] + e)
				value.reach(s.Y[i] - e)
			}
			value.zero = true
		case Levels:
			value.add(s.Y...)
		case Rule:
			switch {
			case s.Vertical:
				x.add(s.At)
			default:
				y.add(s.At)
			}
		case Note:
			x.add(s.X)
			y.add(s.Y)
		}
	}
	// Curves may end on the axes; marks would be cut in half there.
	if marked.any && (marked.lo <= x.lo || marked.hi >= x.hi) {
		x.tight = false
	}
	p.gone = [2]int{x.notNum + y.notNum, x.notPos + y.notPos}
	if value.zero {
		value.tight = false
	}
	var err error
	if p.x, err = x.axis(p.XRange); err != nil {
		return err
	}
	if p.y, err = y.axis(p.YRange); err != nil {
		return err
	}
	if n := len(p.Categories); n > 0 {
		places := axis{lo: -0.5, hi: float64(n) - 0.5}
		if p.Sideways {
			p.y = places
		} else {
			p.x = places
		}
	}
	return nil
}

// look gives each series its colour and its dashes.
func (p *panel) look() {
	var turn cycle
	for _, s := range p.Series {
		var (
			c Color
			d Dash
		)
		switch s := s.(type) {
		case Curve:
			c, d = turn.next(s.Color, s.Dash)
		case Band:
			c, _ = turn.next(s.Color, Solid)
		case Points:
			c, _ = turn.next(s.Color, Solid)
		case Bars:
			c, _ = turn.next(s.Color, Solid)
		case Levels:
			c, d = or(s.Color, Black), orDash(s.Dash, Dashed)
		case Rule:
			c, d = or(s.Color, Grey), orDash(s.Dash, Dashed)
		case Note:
			c = or(s.Color, Black)
		}
		p.looks = append(p.looks, look{palette[c], dashes[d]})
	}
}

func or(c, otherwise Color) Color {
	if c == Auto {
		return otherwise
	}
	return c
}

func orDash(d, otherwise Dash) Dash {
	if d == AutoDash {
		return otherwise
	}
	return d
}

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

func (p *panel) points(m Points, l look) {
	radius := m.Radius
	if radius == 0 {
		radius = dotRadius
	}
	var (
		at   []point
		bars vg.Path
	)
	for i := range m.X {
		if !p.x.shows(m.X[i]) || !p.y.shows(m.Y[i]) {
			continue
		}
		q := point{p.x.at(m.X[i]), p.y.at(m.Y[i])}
		if p.frame.contains(q) {
			at = append(at, q)
		}
		if m.Err != nil {
			bars = append(bars, p.errorBar(q.x, m.Y[i], m.Err[i], false)...)
		}
	}
	p.s.stroke(bars, l.color, 1, nil)
	p.s.dots(at, radius, l.color)
}

// errorBar draws v ± e at a place across the axis of v.
func (p *panel) errorBar(across, v, e float64, sideways bool) vg.Path {
	if !(e > 0) || !finite(e) || !finite(v) {
		return nil
	}
	a := &p.y
	if sideways {
		a = &p.x
	}
	lo, hi := v-e, v+e
	if a.log && lo <= 0 {
		lo = a.lo
	}
	if !a.shows(hi) {
		return nil
	}
	const cap = 2.5
	u, v := a.at(lo), a.at(hi)
	var path vg.Path
	for _, seg := range [][2]point{
		{{across, u}, {across, v}}, {{across - cap, u}, {across + cap, u}}, {{across - cap, v}, {across + cap, v}},
	} {
		s, t := seg[0], seg[1]
		if sideways {
			s, t = point{s.y, s.x}, point{t.y, t.x}
		}
		for _, part := range p.frame.clipLine([]point{s, t}) {
			path = append(path, polyline(part)...)
		}
	}
	return path
}

// barShare is how much of a category's place its bars fill.
const barShare = 0.76

// bars draws the nth of count bars of each category.
func (p *panel) bars(b Bars, l look, nth, count int) {
	value, place := &p.y, &p.x
	if p.Sideways {
		value, place = place, value
	}
	var errs vg.Path
	paths := make([]vg.Path, len(palette)) // by colour; that of Auto is the series' own
	for i, v := range b.Y {
		if !value.shows(v) {
			continue
		}
		width := barShare / float64(count)
		from := float64(i) - barShare/2 + float64(nth)*width
		u0, u1 := place.at(from+0.04*width), place.at(from+0.96*width)
		base := value.lo
		if !value.log {
			base = math.Max(value.lo, math.Min(value.hi, 0))
		}
		v0, v1 := value.at(base), value.at(v)
		corners := []point{{u0, v0}, {u0, v1}, {u1, v1}, {u1, v0}}
		if p.Sideways {
			for k, c := range corners {
				corners[k] = point{c.y, c.x}
			}
		}
		var c Color
		if b.Colors != nil {
			c = b.Colors[i]
		}
		paths[c] = append(paths[c], polygon(p.frame.clipPolygon(corners))...)
		end := v1
		if b.Err != nil {
			errs = append(errs, p.errorBar((u0+u1)/2, v, b.Err[i], p.Sideways)...)
			if hi := v + b.Err[i]; value.shows(hi) {
				end = value.at(hi)
			}
		}
		if b.Labels != nil && b.Labels[i] != "" {
			p.barLabel(b.Labels[i], (u0+u1)/2, end)
		}
	}
	p.s.fill(paths[Auto], l.color, 0.9)
	for c := Blue; int(c) < len(paths); c++ {
		p.s.fill(paths[c], palette[c], 0.9)
	}
	p.s.stroke(errs, ink, 1, nil)
}

func (p *panel) barLabel(text string, across, end float64) {
	t := mustSet(text, labelTextSize)
	if p.Sideways {
		x := math.Max(p.frame.left, math.Min(p.frame.right, end))
		p.halo(t, x+4, across+0.36*labelTextSize)
		return
	}
	y := math.Max(p.frame.top, math.Min(p.frame.bottom, end))
	p.halo(t, across-t.width/2, y-3-t.descent+0.1*labelTextSize)
}

const labelTextSize = 10.5

// halo draws text that stands out from lines behind it, once the lines are
// there.
func (p *panel) halo(t box, x, y float64) {
	p.late = append(p.late, func() {
		p.s.rect(x-1.5, y-0.8*labelTextSize, t.width+3, labelTextSize, paper, 0.85)
		p.s.text(t, x, y, ink)
	})
}

// barLabels returns how much room the texts at the ends of bars take.
func (p *panel) barLabels() struct{ w, h float64 } {
	var room struct{ w, h float64 }
	for _, s := range p.Series {
		if b, ok := s.(Bars); ok {
			for _, t := range b.Labels {
				if t != "" {
					set := mustSet(t, labelTextSize)
					room.w = math.Max(room.w, set.width)
					room.h = math.Max(room.h, set.ascent+set.descent)
				}
			}
		}
	}
	return room
}

func (p *panel) levels(s Levels, l look) {
	value, place := &p.y, &p.x
	if p.Sideways {
		value, place = place, value
	}
	var path vg.Path
	for i := 0; i < len(s.Y); i++ {
		v, first := s.Y[i], i
		if !value.shows(v) {
			continue
		}
		for i+1 < len(s.Y) && s.Y[i+1] == v { // one line for all neighbours
			i++
		}
		a, b := point{place.at(float64(first) - 0.5), value.at(v)}, point{place.at(float64(i) + 0.5), value.at(v)}
		if p.Sideways {
			a, b = point{a.y, a.x}, point{b.y, b.x}
		}
		for _, part := range p.frame.clipLine([]point{a, b}) {
			path = append(path, polyline(part)...)
		}
	}
	p.s.stroke(path, l.color, ruleWidth+0.3, l.dash)
}

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
	p.s.text(t, math.Max(x, p.frame.left), y, l.color)
}
