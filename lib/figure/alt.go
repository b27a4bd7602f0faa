package figure

import (
	"fmt"
	"math"
	"strings"
)

// AltText describes the figure in words: Alt if it is set, and otherwise its
// title, axes and series with their ranges. Formulas are written out in
// Unicode. It returns an error if the figure can't be drawn.
func (f *Figure) AltText() (string, error) {
	if err := f.check(); err != nil {
		return "", err
	}
	if f.Alt != "" {
		return f.Alt, nil
	}
	var parts []string
	if f.Title != "" {
		parts = append(parts, sentence(mustPlain(f.Title)))
	}
	if len(f.Panels) > 0 {
		parts = append(parts, fmt.Sprintf("%d panels.", len(f.Panels)))
		for i, p := range f.Panels {
			a, err := p.AltText()
			if err != nil {
				return "", err
			}
			parts = append(parts, fmt.Sprintf("Panel %d: %s", i+1, a))
		}
	} else {
		d, err := f.describe()
		if err != nil {
			return "", err
		}
		parts = append(parts, d...)
	}
	if f.Caption != "" {
		parts = append(parts, sentence(mustPlain(f.Caption)))
	}
	return strings.Join(parts, " "), nil
}

// mostSeries is how many series a description goes through one by one.
const mostSeries = 8

func (f *Figure) describe() ([]string, error) {
	p := &panel{Figure: f}
	if err := p.scales(); err != nil {
		return nil, err
	}
	var out []string
	for _, s := range []string{
		f.describeAxis("Horizontal", f.XLabel, &p.x, len(f.Categories) > 0 && !f.Sideways),
		f.describeAxis("Vertical", f.YLabel, &p.y, len(f.Categories) > 0 && f.Sideways),
		p.describeColors(),
	} {
		if s != "" {
			out = append(out, s)
		}
	}
	var series []Series
	for _, s := range f.Series {
		if b, ok := s.(Band); ok && b.Name == "" {
			continue // shading of a curve that is described
		}
		series = append(series, s)
	}
	for i, s := range series {
		if i == mostSeries && len(series) > mostSeries+1 {
			out = append(out, fmt.Sprintf("And %d more series.", len(series)-mostSeries))
			break
		}
		out = append(out, describeSeries(f, s))
	}
	if n := notDrawn([]*panel{p}); n != "" {
		out = append(out, n)
	}
	return out, nil
}

func (f *Figure) describeAxis(which, label string, a *axis, categories bool) string {
	s := which + " axis"
	if label != "" {
		s += " " + mustPlain(label)
	}
	if categories {
		return s + ": categories."
	}
	switch {
	case f.Equal && label == "":
		return ""
	case f.Equal: // how far an axis reaches depends on the room
		return s + "."
	}
	if a.log {
		s += ", logarithmic"
	}
	return fmt.Sprintf("%s, from %s to %s.", s, brief(a.lo), brief(a.hi))
}

func describeSeries(f *Figure, s Series) string {
	kind, name := "", mustPlain(seriesName(s))
	if name != "" {
		name = " " + name
	}
	switch s := s.(type) {
	case Curve:
		kind = "Curve" + name + ": " + course(s.X, s.Y)
	case Points:
		kind = "Points" + name + ": " + course(s.X, s.Y)
		if f.Equal {
			kind = "Points" + name + ": " + cloud(s.X, s.Y)
		}
		if s.Values != nil {
			lo, hi, n := span2(s.Values)
			if n > 0 {
				kind += fmt.Sprintf("; as colour: smallest %s, largest %s", brief(lo), brief(hi))
			}
		}
	case Segments:
		kind = "Lines" + name + ": " + s.describe()
	case Cells:
		kind = "Cells: " + s.describe()
	case Contours:
		kind = "Contours " + s.describe()
	case Paths:
		kind = "Paths" + name + ": " + count(len(s.X), "curve", "curves")
	case Band:
		lo, _, _ := span2(s.Lo)
		_, hi, n := span2(s.Hi)
		if n == 0 {
			return "Band" + name + ": empty."
		}
		kind = fmt.Sprintf("Band%s: between %s and %s", name, brief(lo), brief(hi))
	case Bars:
		kind = "Bars" + name + ": " + byCategory(f, s.Y, s.Labels)
	case Levels:
		kind = "Levels" + name + ": " + byCategory(f, s.Y, nil)
	case Rule:
		where := "horizontal"
		if s.Vertical {
			where = "vertical"
		}
		kind = fmt.Sprintf("Reference line%s: %s at %s", name, where, brief(s.At))
	case Note:
		kind = fmt.Sprintf("Note at (%s, %s): %s", brief(s.X), brief(s.Y), mustPlain(s.Text))
	}
	return sentence(kind)
}

// course tells how many points there are, where they begin and end and how far
// they reach.
func course(x, y []float64) string {
	first, last := -1, -1
	for i := range y {
		if finite(x[i]) && finite(y[i]) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return "no finite values"
	}
	lo, hi, n := span2(y)
	// What is next to nothing is a matter of rounding, and has other digits on
	// other machines.
	value := func(v float64) string {
		if math.Abs(v) < 1e-12*math.Max(math.Abs(lo), math.Abs(hi)) {
			v = 0
		}
		return brief(v)
	}
	return fmt.Sprintf("%s, from (%s, %s) to (%s, %s), smallest %s, largest %s", count(n, "value", "values"),
		brief(x[first]), value(y[first]), brief(x[last]), value(y[last]), value(lo), value(hi))
}

// cloud tells how many points there are and where, if their order means nothing.
func cloud(x, y []float64) string {
	var u, v []float64
	for i := range x {
		if finite(x[i]) && finite(y[i]) {
			u, v = append(u, x[i]), append(v, y[i])
		}
	}
	if len(u) == 0 {
		return "no finite values"
	}
	xlo, xhi, _ := span2(u)
	ylo, yhi, _ := span2(v)
	return fmt.Sprintf("%s, horizontally from %s to %s, vertically from %s to %s", count(len(u), "value", "values"),
		brief(xlo), brief(xhi), brief(ylo), brief(yhi))
}

func span2(v []float64) (lo, hi float64, n int) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, x := range v {
		if finite(x) {
			lo, hi, n = math.Min(lo, x), math.Max(hi, x), n+1
		}
	}
	return lo, hi, n
}

func byCategory(f *Figure, y []float64, labels []string) string {
	var parts []string
	for i, v := range y {
		s := mustPlain(f.Categories[i]) + " " + brief(v)
		if labels != nil && labels[i] != "" {
			s += " (" + mustPlain(labels[i]) + ")"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

func brief(v float64) string {
	return minus(fmt.Sprintf("%.4g", v))
}

func sentence(s string) string {
	if s == "" || strings.ContainsRune(".!?", rune(s[len(s)-1])) {
		return s
	}
	return s + "."
}

func mustPlain(s string) string {
	p, err := PlainText(s)
	if err != nil {
		panic("figure: " + err.Error())
	}
	return p
}
