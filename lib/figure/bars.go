package figure

import (
	"math"

	"gonum.org/v1/plot/vg"
)

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
			p.barLabel(b.Labels[i], u0, u1, end)
		}
	}
	p.s.fill(paths[Auto], l.color, 0.9)
	for c := Blue; int(c) < len(paths); c++ {
		p.s.fill(paths[c], palette[c], 0.9)
	}
	p.s.stroke(errs, ink, 1, nil)
}

// barLabel writes a text at the end of a bar whose sides are at u0 and u1. Lines
// behind it leave a gap, as digits crossed by a line can't be read.
func (p *panel) barLabel(text string, u0, u1, end float64) {
	t := mustSet(text, labelTextSize)
	if p.Sideways {
		x := math.Max(p.frame.left, math.Min(p.frame.right, end)) + 4
		half := math.Min(math.Abs(u1-u0)/2+0.5, 0.7*labelTextSize) // no more than the bar's place
		mid := (u0 + u1) / 2
		p.late = append(p.late, func() {
			p.s.rect(x-2, mid-half, t.width+4, 2*half, paper, 1)
			p.s.text(t, x, mid+0.36*labelTextSize, ink)
		})
		return
	}
	y := math.Max(p.frame.top, math.Min(p.frame.bottom, end))
	p.halo(t, (u0+u1)/2-t.width/2, y-3-t.descent+0.1*labelTextSize, ink)
}

const labelTextSize = 10.5

// halo draws text that stands out from lines behind it, once the lines are
// there.
func (p *panel) halo(t box, x, y float64, c rgb) {
	p.late = append(p.late, func() {
		p.s.rect(x-1.5, y-0.8*labelTextSize, t.width+3, labelTextSize, paper, 0.85)
		p.s.text(t, x, y, c)
	})
}

// barLabels returns how much room the texts at the ends of bars take.
func (p *panel) barLabels() (w, h float64) {
	for _, s := range p.Series {
		if b, ok := s.(Bars); ok {
			for _, t := range b.Labels {
				if t != "" {
					set := mustSet(t, labelTextSize)
					w, h = math.Max(w, set.width), math.Max(h, set.ascent+set.descent)
				}
			}
		}
	}
	return w, h
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
