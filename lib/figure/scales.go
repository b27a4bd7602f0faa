package figure

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
	filled := false
	marked := newExtent(p.XScale)
	z := newExtent(Linear)
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
			z.add(s.Values...)
			p.colored = p.colored || s.Values != nil
		case Segments:
			x.add(s.X0...)
			x.add(s.X1...)
			y.add(s.Y0...)
			y.add(s.Y1...)
			z.notNum += s.unknown()
		case Cells:
			x.add(s.X...)
			y.add(s.Y...)
			z.add(s.Values...)
			p.colored = true
			filled = true
		case Contours:
			x.add(s.X...)
			y.add(s.Y...)
			z.add(s.Values...)
			p.colored = true
			filled = true
		case Paths:
			for i := range s.X {
				x.add(s.X[i]...)
				y.add(s.Y[i]...)
			}
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
	x.free, y.free = p.Equal, p.Equal
	if filled { // cells reach to the ends of the axes
		x.tight, y.tight = true, true
	}
	p.gone = [2]int{x.notNum + y.notNum + z.notNum, x.notPos + y.notPos}
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
	if err := p.colorAxis(z); err != nil {
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
		case Segments:
			c = or(s.Color, Grey)
		case Paths:
			c = or(s.Color, Grey)
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
