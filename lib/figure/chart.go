package figure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/wasserwerk-go/wasserwerk/lib/figure/chartjs"
)

// ChartType is the MIME type of a Chart's JSON.
const ChartType = "application/vnd.wasserwerk.chart+json"

// A Chart is a figure that answers to the pointer: it tells values, hides and
// shows series and looks closer. It is a description for the library Apache
// ECharts, made by go-echarts, and holds data alone: what draws it is the script
// of package chartjs, and a page that hasn't the library shows the picture.
//
// The same figure gives the same bytes. NaN, infinities and what has no place on
// a logarithmic axis are gaps.
type Chart struct {
	Option        map[string]any    `json:"option"`         // of ECharts
	Dark          map[string]string `json:"dark"`           // what becomes of colours on dark pages
	Width, Height int               `json:"-"`              // in CSS pixels
	Alt           string            `json:"-"`              // describes it
	Note          string            `json:"note,omitempty"` // what it leaves out, or ""
}

// Marks beyond these numbers make a notebook heavy.
const (
	mostChartPoints = 5000
	mostChartCells  = 4096
)

// Chart returns the figure as an interactive chart, laid out as the picture is.
// Of many points it shows some, and of many cells means over blocks; Note says
// so. It returns an error if the figure can't be drawn.
func (f *Figure) Chart() (*Chart, error) {
	b, err := f.chart(0)
	if err != nil {
		return nil, err
	}
	alt, err := f.AltText()
	return &Chart{
		Option: b.option(), Dark: b.darkColors(), Note: strings.Join(b.notes, " "),
		Width: pixels(b.width), Height: pixels(b.height), Alt: alt,
	}, err
}

// chart gathers the parts of a chart with some free space, in points, at its
// bottom.
func (f *Figure) chart(space float64) (*chartBuilder, error) {
	s, panels, err := f.compose()
	if err != nil {
		return nil, err
	}
	b := &chartBuilder{figure: f, panels: panels, captions: s.captions, width: s.width, height: s.height + space, colors: make(map[rgb]bool)}
	for i, p := range panels {
		if err := b.addSeries(i, p); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// pixels are what points are to a page.
func pixels(points float64) int { return int(math.Round(points * 4 / 3)) }

// JSON returns the chart as a value of the type ChartType.
func (c *Chart) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // escapes <, > and &, so that no text ends a script
	err := enc.Encode(struct {
		*Chart
		Width  int    `json:"width"`
		Height int    `json:"height"`
		Alt    string `json:"alt"`
	}{c, c.Width, c.Height, c.Alt})
	return bytes.TrimSpace(b.Bytes()), err
}

// HTML returns the chart as a piece of a page that draws itself where the page
// has the library, in the global variable echarts or, after the event
// wasserwerk:echarts of its window, later. Elsewhere it says what it would be. It
// may stand on a page twice, and be run again.
func (c *Chart) HTML() (string, error) {
	data, err := c.JSON()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	id := hex.EncodeToString(sum[:6])
	return fmt.Sprintf(`<div data-ww="%s" role="img" aria-label="%s" style="width:100%%;max-width:%dpx;aspect-ratio:%d/%d">This chart is drawn where its notebook runs.</div>
<script type="%s">%s</script>
<script>
(() => {
const draw = %s;
const all = () => document.querySelectorAll('[data-ww="%s"]').forEach((e) => {
  const data = e.nextElementSibling;
  if (!e.dataset.drawn && data && draw(e, JSON.parse(data.textContent))) e.dataset.drawn = "yes";
});
all();
addEventListener("wasserwerk:echarts", all, { once: true });
})();
</script>
`, id, html.EscapeString(c.Alt), c.Width, c.Width, c.Height, ChartType, data, strings.TrimRight(chartjs.Script, "\n"), id), nil
}

// A chartBuilder gathers the parts of an option.
type chartBuilder struct {
	figure        *Figure
	panels        []*panel
	captions      []caption
	width, height float64      // in points
	colors        map[rgb]bool // in use
	notes         []string

	series     []chartSeries
	visualMaps []map[string]any
}

// option lays the chart out as the scene is: each pair of axes has the place that
// it has in the picture.
func (b *chartBuilder) option() map[string]any {
	base := charts.NewLine()
	base.XAxisList, base.YAxisList = nil, nil
	base.Animation = opts.Bool(false)
	base.Initialization.BackgroundColor = b.color(paper)
	base.Tooltip = opts.Tooltip{
		Show: opts.Bool(true), Trigger: b.trigger(), BackgroundColor: b.color(paper), BorderColor: b.color(axisInk),
	}
	base.Toolbox = opts.Toolbox{Show: opts.Bool(true), Top: "0", Right: "8"}
	for _, p := range b.panels {
		base.GridList = append(base.GridList, b.grid(p))
	}
	o := base.JSON()
	delete(o, "color") // every series has its own
	var x, y []chartAxis
	for i, p := range b.panels {
		x = append(x, b.axis(&p.x, p.Figure, i, false))
		y = append(y, b.axis(&p.y, p.Figure, i, true))
	}
	o["xAxis"], o["yAxis"], o["series"] = x, y, b.series
	o["title"], o["legend"] = b.titles(), b.legends()
	o["toolbox"] = merged(o["toolbox"], map[string]any{"feature": map[string]any{
		"dataZoom": map[string]any{"filterMode": "none", "title": map[string]any{"zoom": "Look closer", "back": "Step back"}},
		"restore":  map[string]any{"title": "As it was"},
	}})
	o["tooltip"] = merged(o["tooltip"], map[string]any{"confine": true, "textStyle": text(b.color(ink), 13)})
	if len(b.visualMaps) > 0 {
		o["visualMap"] = b.visualMaps
	}
	return o
}

// trigger is what a pointer asks: curves for their values at a place, all else
// for the mark that it is on.
func (b *chartBuilder) trigger() string {
	curves := false
	for _, p := range b.panels {
		for _, s := range p.Series {
			switch s.(type) {
			case Curve:
				curves = true
			case Band, Rule, Note, Levels:
			default:
				return "item"
			}
		}
	}
	if curves {
		return "axis"
	}
	return "item"
}

// across and down are places as shares of the chart.
func (b *chartBuilder) across(x float64) string { return fmt.Sprintf("%.2f%%", 100*x/b.width) }
func (b *chartBuilder) down(y float64) string   { return fmt.Sprintf("%.2f%%", 100*y/b.height) }

func (b *chartBuilder) grid(p *panel) opts.Grid {
	return opts.Grid{
		Left: b.across(p.frame.left), Top: b.down(p.frame.top),
		Right: b.across(b.width - p.frame.right), Bottom: b.down(b.height - p.frame.bottom),
	}
}

// chartAxis adds to an axis what go-echarts has no field for.
type chartAxis struct {
	opts.XAxis
	StartValue    *float64        `json:"startValue,omitempty"` // where bars stand
	NameTextStyle *opts.TextStyle `json:"nameTextStyle,omitempty"`
}

func (b *chartBuilder) axis(a *axis, f *Figure, grid int, vertical bool) chartAxis {
	ticks := &opts.AxisLabel{
		Show: opts.Bool(!f.Bare), HideOverlap: opts.Bool(true), Color: b.color(ink), FontSize: pixels(tickSize),
		ShowMinLabel: opts.Bool(a.marks(a.lo)), ShowMaxLabel: opts.Bool(a.marks(a.hi)),
	}
	line := &opts.LineStyle{Color: b.color(axisInk)}
	out := chartAxis{XAxis: opts.XAxis{
		Show: opts.Bool(!f.Bare), Type: "value", GridIndex: grid, NameLocation: "middle", Min: a.lo, Max: a.hi,
		AxisLabel: ticks, AxisLine: &opts.AxisLine{Show: opts.Bool(true), OnZero: opts.Bool(false), LineStyle: line},
		AxisTick:  &opts.AxisTick{Show: opts.Bool(true), LineStyle: line},
		SplitLine: &opts.SplitLine{Show: opts.Bool(!f.Bare), LineStyle: &opts.LineStyle{Color: b.color(gridInk)}},
	}, NameTextStyle: &opts.TextStyle{Color: b.color(ink), FontSize: pixels(labelSize)}}
	out.Name, out.NameGap = mustPlain(f.XLabel), 26
	if vertical {
		out.Name, out.NameGap = mustPlain(f.YLabel), pixels(b.panels[grid].frame.left-b.panels[grid].left)-18
	}
	if a.log {
		out.Type, out.StartValue = "log", &a.lo
	}
	if len(f.Categories) > 0 && vertical == f.Sideways {
		out.Type, out.Min, out.Max, out.Inverse = "category", nil, nil, opts.Bool(vertical)
		out.SplitLine.Show = opts.Bool(false)
		names := make([]string, len(f.Categories))
		for i, c := range f.Categories {
			names[i] = mustPlain(c)
		}
		out.Data = names
	}
	return out
}

// marks reports whether an end is as round as the numbers that ECharts writes at an
// axis: about five steps of 1, 2, 3 or 5 times a power of ten. Others would stand
// in the way of these.
func (a *axis) marks(end float64) bool {
	if a.log {
		return slices.ContainsFunc(a.ticks(10), func(t tick) bool { return math.Abs(t.value-end) <= 1e-9*math.Abs(end) })
	}
	step := (a.hi - a.lo) / 5
	power := math.Pow(10, math.Floor(math.Log10(step)))
	digit := 10.
	for _, d := range []struct{ below, digit float64 }{{7, 5}, {4, 3}, {2.5, 2}, {1.5, 1}} {
		if step/power < d.below {
			digit = d.digit
		}
	}
	steps := end / (digit * power)
	return math.Abs(steps-math.Round(steps)) < 1e-6
}

// titles are those of the figure and of its panels, and the captions.
func (b *chartBuilder) titles() []map[string]any {
	out := []map[string]any{}
	add := func(s string, size, left, top, width float64, color rgb) {
		if s == "" {
			return
		}
		var lines []string
		for _, l := range wrap(s, size, width) {
			lines = append(lines, mustPlain(l))
		}
		style := text(b.color(color), pixels(size))
		style["fontWeight"] = "normal"
		out = append(out, map[string]any{
			"text": strings.Join(lines, "\n"), "left": b.across(left), "top": b.down(top), "padding": 0, "textStyle": style,
		})
	}
	if len(b.figure.Panels) > 0 {
		add(b.figure.Title, titleSize, margin, margin, b.width-2*margin, ink)
	}
	for _, p := range b.panels {
		size := titleSize
		if len(b.figure.Panels) > 0 {
			size = labelSize
		}
		add(p.Title, size, p.left, p.titleTop, p.right-p.left, ink)
	}
	for _, c := range b.captions {
		add(c.text, captionSize, margin, c.top, b.width-2*margin, softInk)
	}
	return out
}

// legends stand where the picture has them; one that all panels share stands
// above them.
func (b *chartBuilder) legends() []opts.Legend {
	legend := func(names []map[string]any, left, right, top float64) opts.Legend {
		return opts.Legend{
			Show: opts.Bool(true), Data: names, Left: b.across(left),
			Right: b.across(b.width - right), Top: b.down(top - 2), ItemHeight: 10, ItemWidth: 22, Padding: 2,
			Align: "left", TextStyle: &opts.TextStyle{Color: b.color(ink), FontSize: pixels(legendSize)},
		}
	}
	names := func(entries []entry) []map[string]any {
		var out []map[string]any
		for _, e := range entries {
			n := map[string]any{"name": mustPlain(e.name)}
			switch e.series.(type) {
			case Curve: // the line alone
				n["itemStyle"] = map[string]any{"opacity": 0}
			case Rule, Levels, Segments, Paths:
				n["icon"] = lineIcon(e.look.dash)
			}
			out = append(out, n)
		}
		return out
	}
	if shared := sharedLegend(b.panels); len(shared) > 0 {
		top := margin + 4 + lineHeight*titleSize*float64(len(wrap(b.figure.Title, titleSize, b.width-2*margin)))
		return []opts.Legend{legend(names(shared), margin, b.width-margin, top)}
	}
	out := []opts.Legend{}
	for _, p := range b.panels {
		if n := names(p.legend()); len(n) > 0 {
			out = append(out, legend(n, p.left, p.right, p.legendTop))
		}
	}
	return out
}

// lineIcon is a line in a legend, dashed like its series.
func lineIcon(dash []float64) string {
	const length = 20.0
	if len(dash) == 0 {
		dash = []float64{length, 0}
	}
	var b strings.Builder
	b.WriteString("path://")
	for x, i := 0.0, 0; x < length; i++ {
		step := 1.5 * dash[i%len(dash)]
		if i%2 == 0 {
			fmt.Fprintf(&b, "M%.3g 0h%.3gv2h-%.3[2]gz", x, min(step, length-x))
		}
		x += max(step, 0.1)
	}
	return b.String()
}

// color notes that a colour is used, and writes it.
func (b *chartBuilder) color(c rgb) string {
	b.colors[c] = true
	return c.long()
}

// long writes a colour with six digits, as keys must.
func (c rgb) long() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

// darkColors says what becomes of the colours in use on a dark page.
func (b *chartBuilder) darkColors() map[string]string {
	out := make(map[string]string)
	for c := range b.colors {
		if d := c.dark(); d != c {
			out[c.long()] = d.long()
		}
	}
	return out
}

func text(color string, size int) map[string]any {
	return map[string]any{"color": color, "fontSize": size}
}

// merged returns v, which marshals to an object, with more keys.
func merged(v any, more map[string]any) any {
	data, err := json.Marshal(v)
	if err != nil {
		panic("figure: " + err.Error())
	}
	out := make(map[string]any)
	if err := json.Unmarshal(data, &out); err != nil {
		panic("figure: " + err.Error())
	}
	for k, w := range more {
		out[k] = w
	}
	return out
}
