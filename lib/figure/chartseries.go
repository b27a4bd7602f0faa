package figure

import (
	"fmt"
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// A chartSeries is a series of a chart. Those that ECharts has no kind for say in
// Draw what the script makes of them.
type chartSeries struct {
	charts.SingleSeries
	Draw       map[string]any `json:"draw,omitempty"`
	Clip       bool           `json:"clip,omitempty"`
	Silent     bool           `json:"silent,omitempty"`
	Z          int            `json:"z,omitempty"`
	Dimensions []string       `json:"dimensions,omitempty"`
	Encode     map[string]any `json:"encode,omitempty"`
	AtOnce     int            `json:"progressive"` // 0: not bit by bit
	Tooltip    map[string]any `json:"tooltip,omitempty"`
}

// row is a datum: numbers, or nil where there is nothing.
type row = []any

// addSeries adds what panel number i shows.
func (b *chartBuilder) addSeries(i int, p *panel) error {
	first, bars, nth := len(b.series), 0, 0
	for _, s := range p.Series {
		if _, ok := s.(Bars); ok {
			bars++
		}
	}
	var shaded []int // series whose colours stand for numbers, and in which dimension
	dimension := 0
	add := func(s chartSeries) {
		s.XAxisIndex, s.YAxisIndex, s.Z = i, i, 2+len(b.series)-first
		b.series = append(b.series, s)
	}
	for k, s := range p.Series {
		l := p.looks[k]
		switch s := s.(type) {
		case Curve:
			add(b.curve(p, s, l))
		case Band:
			add(b.band(p, s, l))
		case Points:
			if s.Values != nil {
				shaded, dimension = append(shaded, len(b.series)), 2
			}
			add(b.marks(p, s, l))
			if s.Err != nil {
				add(b.pointErrors(p, s, l))
			}
		case Segments:
			add(b.lines(p, s, l))
		case Paths:
			add(b.tracks(p, s, l))
		case Cells:
			shaded, dimension = append(shaded, len(b.series)), 2
			add(b.blocks(p, s))
		case Contours:
			add(b.levelSets(p, s))
			shaded, dimension = append(shaded, len(b.series)), 2
			add(nothing())
		case Bars:
			add(b.columns(p, s, l))
			if s.Err != nil {
				add(b.barErrors(p, s, nth, bars))
			}
			nth++
		case Levels:
			add(b.steps(p, s, l))
		case Rule:
			add(b.straight(p, s, l))
		case Note:
			add(b.writing(p, s, l))
		default:
			return fmt.Errorf("figure: no way to chart a %T", s)
		}
	}
	if len(shaded) > 0 {
		b.visualMaps = append(b.visualMaps, b.visualMap(p, shaded, dimension))
	}
	return nil
}

// own is a series that the script draws, of so many parts.
func (b *chartBuilder) own(kind, name string, l look, data any, draw map[string]any) chartSeries {
	draw["kind"], draw["color"] = kind, b.color(l.color)
	if d := dashed(l.dash); d != nil {
		draw["dash"] = d
	}
	s := chartSeries{Draw: draw, Clip: true, Silent: true}
	s.Type, s.Name, s.Data = types.ChartCustom, mustPlain(name), data
	s.ItemStyle = &opts.ItemStyle{Color: b.color(l.color)}
	s.Tooltip = map[string]any{"show": false}
	return s
}

// nothing is a series for a colour bar to belong to.
func nothing() chartSeries {
	s := chartSeries{Silent: true}
	s.Type, s.Data = types.ChartScatter, []row{}
	return s
}

// parts numbers what a series draws.
func parts(n int) []row {
	out := make([]row, n)
	for i := range out {
		out[i] = row{i}
	}
	return out
}

func dashed(d []float64) []float64 {
	var out []float64
	for _, x := range d {
		out = append(out, x*2)
	}
	return out
}

// digits keeps six of a number, and nothing of what has no place on an axis.
func (a *axis) digits(v float64) any {
	if !a.shows(v) {
		return nil
	}
	return six(v)
}

func six(v float64) float64  { return rounded(v, 6) }
func four(v float64) float64 { return rounded(v, 4) } // colours have fewer steps

func rounded(v float64, digits int) float64 {
	if v == 0 || !finite(v) {
		return v
	}
	e := digits - 1 - int(math.Floor(math.Log10(math.Abs(v))))
	if e > 300 || e < -300 {
		return v
	}
	if r := times10(math.Round(times10(v, e)), -e); finite(r) {
		return r
	}
	return v
}

// every returns the stride that leaves no more than most of n, and notes it.
func (b *chartBuilder) every(n, most int, what string) int {
	stride := (n + most - 1) / most
	if stride > 1 {
		b.notes = append(b.notes, fmt.Sprintf("The chart shows one in %d of %d %s.", stride, n, what))
		return stride
	}
	return 1
}

func (b *chartBuilder) curve(p *panel, c Curve, l look) chartSeries {
	stride := b.every(len(c.X), mostChartPoints, "values")
	var data []row
	for i := 0; i < len(c.X); i += stride {
		data = append(data, row{p.x.digits(c.X[i]), p.y.digits(c.Y[i])})
	}
	width := c.Width
	if width == 0 {
		width = curveWidth
	}
	s := chartSeries{Clip: true}
	s.Type, s.Name, s.Data = types.ChartLine, mustPlain(c.Name), data
	s.ShowSymbol, s.Symbol = opts.Bool(false), "none"
	s.ItemStyle = &opts.ItemStyle{Color: b.color(l.color)}
	s.LineStyle = &opts.LineStyle{Color: b.color(l.color), Width: float32(width * 4 / 3), Type: lineType(l.dash)}
	return s
}

// lineType is the kind of dash that is nearest to d.
func lineType(d []float64) string {
	switch {
	case d == nil:
		return "solid"
	case d[0] < 2:
		return "dotted"
	}
	return "dashed"
}

func (b *chartBuilder) band(p *panel, s Band, l look) chartSeries {
	var runs [][]row
	for _, r := range p.runs(len(s.X), func(i int) bool { return p.x.shows(s.X[i]) && p.y.shows(s.Hi[i]) && finite(s.Lo[i]) }) {
		var run []row
		for i := r[0]; i < r[1]; i++ {
			lo := s.Lo[i]
			if !p.y.shows(lo) {
				lo = p.y.lo / 10
			}
			run = append(run, row{six(s.X[i]), six(lo), six(s.Hi[i])})
		}
		runs = append(runs, run)
	}
	out := b.own("band", s.Name, l, parts(len(runs)), map[string]any{"runs": runs, "opacity": bandAlpha})
	out.ItemStyle.Opacity = opts.Float(2 * bandAlpha)
	return out
}

func (b *chartBuilder) marks(p *panel, m Points, l look) chartSeries {
	stride := b.every(len(m.X), mostChartPoints, "points")
	var data []any
	for i := 0; i < len(m.X); i += stride {
		if !p.x.shows(m.X[i]) || !p.y.shows(m.Y[i]) || m.Values != nil && !finite(m.Values[i]) {
			continue
		}
		at := row{six(m.X[i]), six(m.Y[i])}
		if m.Values != nil {
			at = append(at, six(m.Values[i]))
		}
		if m.Radii == nil {
			data = append(data, at)
		} else {
			data = append(data, map[string]any{"value": at, "symbolSize": six(m.radius(i) * 8 / 3)})
		}
	}
	s := chartSeries{Clip: true}
	s.Type, s.Name, s.Data = types.ChartScatter, mustPlain(m.Name), data
	s.Symbol, s.SymbolSize = "circle", six(dotRadius*8/3)
	if m.Mark == Square {
		s.Symbol = "rect"
	}
	if m.Radii == nil {
		s.SymbolSize = six(m.radius(0) * 8 / 3)
	}
	s.ItemStyle = &opts.ItemStyle{Color: b.color(l.color), Opacity: opts.Float(1)}
	s.Dimensions = []string{named(p.XLabel, "x"), named(p.YLabel, "y")}
	if m.Values != nil {
		s.Dimensions = append(s.Dimensions, named(p.ColorLabel, "value"))
	}
	s.Encode = map[string]any{"x": 0, "y": 1, "tooltip": dims(len(s.Dimensions))}
	return s
}

// named is a label in plain text, or another word.
func named(label, otherwise string) string {
	if s := mustPlain(label); s != "" {
		return s
	}
	return otherwise
}

func dims(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (b *chartBuilder) pointErrors(p *panel, m Points, l look) chartSeries {
	var data []row
	for i, e := range m.Err {
		if e > 0 && p.x.shows(m.X[i]) && p.y.shows(m.Y[i]) && p.y.shows(m.Y[i]+e) {
			lo := math.Max(m.Y[i]-e, p.y.lo)
			data = append(data, row{six(m.X[i]), six(lo), six(m.Y[i] + e)})
		}
	}
	return b.own("errors", "", l, data, map[string]any{})
}

func (b *chartBuilder) lines(p *panel, s Segments, l look) chartSeries {
	stride := b.every(len(s.X0), mostChartPoints, "lines")
	var data []row
	for i, step := range s.steps() {
		if i%stride == 0 && step > 0 && p.x.shows(s.X0[i]) && p.x.shows(s.X1[i]) && p.y.shows(s.Y0[i]) && p.y.shows(s.Y1[i]) {
			data = append(data, row{six(s.X0[i]), six(s.Y0[i]), six(s.X1[i]), six(s.Y1[i]), float64(step) / segmentSteps})
		}
	}
	width := s.Width
	if width == 0 {
		width = segmentWidth
	}
	return b.own("segments", s.Name, l, data, map[string]any{"width": six(width * 4 / 3), "arrows": s.Arrows, "size": six(headSize(width) * 4 / 3)})
}

func (b *chartBuilder) tracks(p *panel, s Paths, l look) chartSeries {
	var paths [][]row
	for i := range s.X {
		for _, r := range p.runs(len(s.X[i]), func(k int) bool { return p.x.shows(s.X[i][k]) && p.y.shows(s.Y[i][k]) }) {
			var pts []point
			for k := r[0]; k < r[1]; k++ {
				pts = append(pts, point{p.x.at(s.X[i][k]), p.y.at(s.Y[i][k])})
			}
			paths = append(paths, p.rows(simplify(pts, 0.2)))
		}
	}
	width := s.Width
	if width == 0 {
		width = 1
	}
	return b.own("paths", s.Name, l, parts(len(paths)), map[string]any{
		"paths": paths, "width": six(width * 4 / 3), "arrows": s.Arrows, "size": six(headSize(width) * 4 / 3),
	})
}

// rows takes places back to numbers.
func (p *panel) rows(pts []point) []row {
	out := make([]row, len(pts))
	for i, q := range pts {
		out[i] = row{six(p.x.value(q.x)), six(p.y.value(q.y))}
	}
	return out
}

func (b *chartBuilder) steps(p *panel, s Levels, l look) chartSeries {
	value := p.values()
	var data []row
	for i, v := range s.Y {
		if value.shows(v) {
			data = append(data, row{i, six(v)})
		}
	}
	out := b.own("levels", s.Name, l, data, map[string]any{"sideways": p.Sideways})
	out.Encode = p.encode([]int{1})
	return out
}

func (b *chartBuilder) straight(p *panel, s Rule, l look) chartSeries {
	a := &p.y
	if s.Vertical {
		a = &p.x
	}
	n := 1
	if !a.shows(s.At) {
		n = 0
	}
	return b.own("rule", s.Name, l, parts(n), map[string]any{"at": a.digits(s.At), "vertical": s.Vertical})
}

func (b *chartBuilder) writing(p *panel, s Note, l look) chartSeries {
	var data []row
	if p.x.shows(s.X) && p.y.shows(s.Y) {
		data = append(data, row{six(s.X), six(s.Y)})
	}
	return b.own("note", "", l, data, map[string]any{"text": mustPlain(s.Text)})
}
