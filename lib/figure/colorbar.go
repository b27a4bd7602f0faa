package figure

import (
	"fmt"
	"math"
)

// The colour bar stands to the right of the axes and is as tall as they are.
const (
	barGap   = 10.0
	barWidth = 12.0
)

// colorAxis finds the numbers that the colours run between. Where all values
// are equal it has one number and one colour.
func (p *panel) colorAxis(e extent) error {
	var err error
	switch r := p.ColorRange; {
	case r[0] < r[1]:
		p.z = axis{lo: r[0], hi: r[1]}
		return nil
	case p.ColorMap == Diverging && e.any:
		most := math.Max(math.Abs(e.lo), math.Abs(e.hi))
		e.lo, e.hi = -most, most
	}
	if e.any && e.lo == e.hi {
		p.z = axis{lo: e.lo, hi: e.hi}
		return nil
	}
	e.tight = true
	p.z, err = e.axis(p.ColorRange)
	return err
}

// layColorBar finds the bar's marks and returns how much room it takes to the
// right of the axes.
func (p *panel) layColorBar() float64 {
	if !p.colored {
		return 0
	}
	p.z.start, p.z.end = p.frame.bottom, p.frame.top
	if p.z.lo == p.z.hi {
		p.zTicks = []tick{{p.z.lo, brief(p.z.lo)}}
	} else {
		p.zTicks = p.z.ticks(int((p.frame.bottom - p.frame.top) / (2.3 * tickSize)))
	}
	room := barGap + barWidth + tickLength + 3
	var wide float64
	for _, t := range p.zTicks {
		wide = math.Max(wide, mustSet(t.label, tickSize).width)
	}
	room += wide
	if p.ColorLabel != "" {
		b := mustSet(p.ColorLabel, labelSize)
		room += 4 + b.ascent + b.descent
	}
	return room
}

func (p *panel) colorBar() {
	if !p.colored {
		return
	}
	s, f := p.s, p.frame
	left := f.right + barGap
	right := left + barWidth
	if p.z.lo == p.z.hi {
		s.fillShade(polygon([]point{{left, f.top}, {right, f.top}, {right, f.bottom}, {left, f.bottom}}), p.shadeColor(p.shade(p.z.lo)))
	} else {
		// Each colour lies over the last, so that no seams show between them.
		for k := range shades {
			from := math.Max(0, (float64(k)-0.5)/(shades-1))
			y := f.bottom - from*(f.bottom-f.top)
			s.fillShade(polygon([]point{{left, f.top}, {left + barWidth, f.top}, {left + barWidth, y}, {left, y}}), p.shadeColor(k))
		}
	}
	s.stroke(polygon([]point{{left, f.top}, {right, f.top}, {right, f.bottom}, {left, f.bottom}}), axisInk, 0.6, nil)
	end := right
	for _, t := range p.zTicks {
		y := (f.top + f.bottom) / 2
		if p.z.lo < p.z.hi {
			y = p.z.at(t.value)
		}
		s.line(right, y, right+tickLength, y, axisInk, 0.9, nil)
		if t.label != "" {
			b := mustSet(t.label, tickSize)
			s.text(b, right+tickLength+3, y+0.36*tickSize, ink)
			end = math.Max(end, right+tickLength+3+b.width)
		}
	}
	if p.ColorLabel != "" {
		b := fit(p.ColorLabel, labelSize, p.bottom-f.top)
		y := math.Min(p.bottom, math.Max(f.top+b.width, (f.top+f.bottom+b.width)/2))
		s.textUp(b, end+4+b.ascent, y, ink)
	}
}

func (f *Figure) checkColors() error {
	if int(f.ColorMap) >= len(shadeTable{}) {
		return fmt.Errorf("figure: unknown ColorMap %d", f.ColorMap)
	}
	if r := f.ColorRange; f.ColorMap == Diverging && r[0] != -r[1] {
		return fmt.Errorf("figure: ColorRange = %v of a diverging map isn't symmetric about 0", r)
	}
	return checkRange("ColorRange", f.ColorRange, Linear)
}

// describeColors tells what the colours mean.
func (p *panel) describeColors() string {
	if !p.colored {
		return ""
	}
	s := "Colour"
	if p.ColorLabel != "" {
		s += " " + mustPlain(p.ColorLabel)
	}
	if p.z.lo == p.z.hi {
		return fmt.Sprintf("%s: %s everywhere.", s, brief(p.z.lo))
	}
	how := "faint to strong"
	if p.ColorMap == Diverging {
		how = "blue below and red above 0"
	}
	return fmt.Sprintf("%s, %s, from %s to %s.", s, how, brief(p.z.lo), brief(p.z.hi))
}
