package figure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// option returns a chart's option as a browser reads it.
func option(t *testing.T, c *Chart) map[string]any {
	t.Helper()
	data, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ Option map[string]any }
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out.Option
}

func charted(t *testing.T, f *Figure) (*Chart, map[string]any) {
	t.Helper()
	c, err := f.Chart()
	if err != nil {
		t.Fatal(err)
	}
	return c, option(t, c)
}

// at walks into an option by keys and numbers.
func in(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			v = v.(map[string]any)[p]
		case int:
			v = v.([]any)[p]
		}
	}
	return v
}

// Every figure has a chart, the same each time, with axes where the picture has
// them and a series at least for each of the figure's.
func TestChartOfGallery(t *testing.T) {
	for name, f := range gallery() {
		c, o := charted(t, f)
		html, err := c.HTML()
		if err != nil {
			t.Fatal(err)
		}
		again, _ := charted(t, f)
		if h, _ := again.HTML(); h != html {
			t.Errorf("%s: two charts differ", name)
		}
		panels, series := []*Figure{f}, 0
		if len(f.Panels) > 0 {
			panels = f.Panels
		}
		for i, p := range panels {
			series += len(p.Series)
			for _, side := range []string{"left", "right", "top", "bottom"} {
				var share float64
				if _, err := fmt.Sscanf(in(o, "grid", i, side).(string), "%f%%", &share); err != nil || share < 0 || share > 80 {
					t.Errorf("%s: panel %d: %s = %v", name, i, side, in(o, "grid", i, side))
				}
			}
		}
		if got := len(o["series"].([]any)); got < series || len(o["grid"].([]any)) != len(panels) || len(o["xAxis"].([]any)) != len(panels) {
			t.Errorf("%s: %d series of %d, %d grids", name, got, series, len(panels))
		}
		for _, s := range o["series"].([]any) {
			if s := s.(map[string]any); s["type"] == "custom" && s["draw"].(map[string]any)["kind"] == nil {
				t.Errorf("%s: a custom series of no kind", name)
			}
		}
	}
}

// The numbers of a chart are those of the figure; what can't be drawn is a gap.
func TestChartHoldsTheData(t *testing.T) {
	f := &Figure{YScale: Log, XRange: [2]float64{0, 3}, Series: []Series{
		Curve{Name: "$c_2$", X: []float64{0, 1, 2, 3}, Y: []float64{1, 0, math.NaN(), 1e-3}},
		Band{X: []float64{0, 1, 2}, Lo: []float64{0.5, -1, 2}, Hi: []float64{1, 2, math.Inf(1)}},
		Points{X: []float64{1, math.Inf(1)}, Y: []float64{123456789, 1}, Err: []float64{1, 1}},
	}}
	_, o := charted(t, f)
	curve, _ := json.Marshal(in(o, "series", 0, "data"))
	if got, want := string(curve), "[[0,1],[1,null],[2,null],[3,0.001]]"; got != want {
		t.Errorf("curve %s, want %s", got, want)
	}
	if got := in(o, "series", 0, "name"); got != "c₂" {
		t.Errorf("name %v", got)
	}
	// A band keeps its own places, and reaches below a logarithmic axis where it
	// isn't positive.
	runs := in(o, "series", 1, "draw", "runs").([]any)
	if len(runs) != 1 || len(runs[0].([]any)) != 2 || in(runs, 0, 1, 0) != 1.0 || !(in(runs, 0, 1, 1).(float64) < in(o, "yAxis", 0, "min").(float64)) {
		t.Errorf("band %v above %v", runs, in(o, "yAxis", 0, "min"))
	}
	if data := in(o, "series", 2, "data").([]any); len(data) != 1 || in(data, 0, 1) != 1.23457e8 {
		t.Errorf("points %v", data)
	}
	if in(o, "yAxis", 0, "type") != "log" || in(o, "xAxis", 0, "max") != 3.0 || in(o, "tooltip", "trigger") != "item" {
		t.Errorf("axes %v, %v", o["xAxis"], o["yAxis"])
	}
}

// Whatever a text says, it ends no script and is no mark-up.
func TestChartIsSafe(t *testing.T) {
	const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'`
	f := &Figure{Title: evil, XLabel: evil, Caption: evil, Alt: evil, Series: []Series{Curve{Name: evil, X: []float64{0, 1}, Y: []float64{0, 1}}, Note{Text: evil}}}
	c, _ := charted(t, f)
	html, err := c.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(html, "</script>"); n != 2 {
		t.Errorf("%d scripts end, want the chart's two", n)
	}
	if strings.Contains(html, "<img") || strings.Contains(html, "alert(1)</") {
		t.Errorf("mark-up in\n%s", html)
	}
}

// A chart of very much shows less, and says so.
func TestChartThins(t *testing.T) {
	x := grid(20_000, 0, 1)
	c, o := charted(t, &Figure{Series: []Series{Points{X: x, Y: x}}})
	if n := len(in(o, "series", 0, "data").([]any)); n != mostChartPoints || !strings.Contains(c.Note, "one in 4 of 20000 points") {
		t.Errorf("%d points; %q", n, c.Note)
	}
	// Means over blocks keep the mean, but for the digits that colours don't need.
	cells := Cells{X: grid(101, 0, 1), Y: grid(91, 0, 2), Values: apply(grid(9000, 0, 1), func(v float64) float64 { return 1 + v*v })}
	c, o = charted(t, &Figure{Series: []Series{cells}})
	data := in(o, "series", 0, "data").([]any)
	sum := 0.0
	for _, d := range data {
		sum += in(d, 2).(float64) / float64(len(data))
	}
	mean := 0.0
	for _, v := range cells.Values {
		mean += v / 9000
	}
	if len(data) > mostChartCells || math.Abs(sum-mean) > 1e-4 || !strings.Contains(c.Note, "means over 2 by 2 cells") {
		t.Errorf("%d cells of mean %v, want %v; %q", len(data), sum, mean, c.Note)
	}
	if x := in(o, "series", 0, "draw", "x").([]any); len(x) != 51 || x[50] != 1.0 {
		t.Errorf("edges %v", x)
	}
}

// Contours of a chart run where those of the picture do: on the level.
func TestChartContours(t *testing.T) {
	f := &Figure{Series: []Series{Contours{X: grid(31, -1, 1), Y: grid(31, -1, 1), Values: nil, Levels: []float64{0.25}}}}
	c := f.Series[0].(Contours)
	for _, x := range c.X {
		for _, y := range c.Y {
			c.Values = append(c.Values, x*x+y*y)
		}
	}
	f.Series[0] = c
	_, o := charted(t, f)
	places := 0
	for _, path := range in(o, "series", 0, "draw", "paths").([]any) {
		for _, q := range path.([]any) {
			places++
			if r := math.Hypot(in(q, 0).(float64), in(q, 1).(float64)); math.Abs(r-0.5) > 3e-3 {
				t.Errorf("radius %v at %v, want 0.5", r, q)
			}
		}
	}
	if places < 20 || len(o["visualMap"].([]any)) != 1 {
		t.Errorf("%d places, colour bars %v", places, o["visualMap"])
	}
}

func TestChartOfAnimation(t *testing.T) {
	a := movie()
	c, err := a.Chart()
	if err != nil {
		t.Fatal(err)
	}
	o := option(t, c)
	if n := len(o["options"].([]any)); n != 3 {
		t.Fatalf("%d frames", n)
	}
	if got := fmt.Sprint(in(o, "baseOption", "timeline", "data")); got != "[s = 0.3 s = 0.6 s = 1.0]" {
		t.Errorf("the slider says %s", got)
	}
	peak := func(i int) float64 { return in(o, "options", i, "series", 0, "data", 20, 1).(float64) }
	if peak(0) != six(1/0.3) || peak(2) != 1 {
		t.Errorf("peaks %v, %v", peak(0), peak(2))
	}
	a.Frames[1] = Trajectories([]float64{0, 1}, []float64{0, 1}, []float64{1, 0})
	if _, err := a.Chart(); err == nil || !strings.Contains(err.Error(), "frame 1 has other series") {
		t.Errorf("error %v", err)
	}
	if _, err := (&Animation{}).Chart(); err == nil {
		t.Error("no frames, no error")
	}
}

// The colours that a chart uses have their dark forms, as the pictures do.
func TestChartColors(t *testing.T) {
	c, _ := charted(t, gallery()["curves"])
	data, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, col := range []rgb{paper, ink, palette[Blue]} {
		if c.Dark[col.long()] != col.dark().long() || bytes.Count(data, []byte(col.long())) < 2 {
			t.Errorf("%s becomes %q", col.long(), c.Dark[col.long()])
		}
	}
}
