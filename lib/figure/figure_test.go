package figure

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

func grid(n int, lo, hi float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = lo + (hi-lo)*float64(i)/float64(n-1)
	}
	return x
}

func apply(x []float64, f func(float64) float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f(v)
	}
	return y
}

var square = [2]float64{-2, 2}

// hills is a hill and a hollow.
func hills(x, y float64) float64 {
	return math.Exp(-(x+0.5)*(x+0.5)-y*y) - math.Exp(-2*(x-1)*(x-1)-2*y*y)
}

var turn = flow.Linear(mat.NewDense(2, 2, []float64{-0.3, -1, 1, -0.3}), []float64{0, 0})

func filled(c Contours) Contours {
	c.Filled = true
	return c
}

// movie is an animation of a bell that widens.
func movie() *Animation {
	a := &Animation{}
	for _, s := range []float64{0.3, 0.6, 1} {
		x := grid(41, -2, 2)
		y := apply(x, func(v float64) float64 { return math.Exp(-v*v/(2*s*s)) / s })
		f := Lines(x, []string{"bell"}, y)
		f.Title, f.YRange = fmt.Sprintf("$s = %.1f$", s), [2]float64{0, 3.5}
		a.Frames = append(a.Frames, f)
	}
	return a
}

// gallery has every kind of series, scale and layout.
func gallery() map[string]*Figure {
	x := grid(301, 0, 1)
	up := apply(x, func(v float64) float64 { return 0.1 * math.Exp(v) })
	wave := apply(x, func(v float64) float64 { return 0.05 * (1 + math.Sin(9*v)) })
	tiny := apply(x, func(v float64) float64 { return 1e-6 * v })
	term := func(v float64) relation.Term { return relation.Term{Value: v} }
	speed := apply(up, math.Sqrt)
	accounts := []account{
		{tau: 1, times: x, loss: apply(x, func(v float64) float64 { return 0.2 }), speed: speed, eta: term(0.04), c1: term(0.04), c2: term(0.17), cost: term(0.05)},
		{tau: 1, times: x, loss: apply(x, func(v float64) float64 { return 0.02 * (1 + v) }), speed: speed, eta: term(0.0008), c1: term(0.00093), c2: term(0.17), cost: term(0.05)},
		{tau: 1, times: x, loss: apply(x, func(v float64) float64 { return 0.1 }), speed: speed, eta: term(0.02), c1: term(0.01), c2: relation.Term{Value: 0.17, StdErr: 0.01}, cost: term(0.05)},
	}
	names := []string{"cosine", "conditional OT", "optimal transport"}
	return map[string]*Figure{
		"curves": {
			Title: `Speed: $v_{\mathrm{loss}}^2 \le v_2^2$`, XLabel: `$t/\tau$`, YLabel: `$\frac{d}{dt}W_1(P_t,\tilde{P}_t)^2$`,
			Series: []Series{
				Band{X: x, Lo: wave, Hi: up, Color: Blue},
				Curve{Name: "$v_2^2$", X: x, Y: up},
				Curve{Name: "second", X: x, Y: wave},
				Rule{Name: `$\eta$`, At: 0.02},
				Rule{At: 0.5, Vertical: true},
				Note{X: 0.9, Y: 0.25, Text: `here $\nabla\cdot\nu$`},
			},
			Caption: `A caption with $\langle x \rangle$ that is long enough to be broken into two lines when the figure has its usual width of sixteen centimetres.`,
		},
		"points": {
			XScale: Log, YScale: Log, XLabel: "n", YLabel: "error",
			Series: []Series{
				Points{Name: "measured", X: []float64{10, 100, 1e4}, Y: []float64{1e-3, 1e-5, 1e-7}, Err: []float64{1e-4, 2e-5, 1e-8}},
				Curve{X: []float64{10, 1e4}, Y: []float64{1e-2, 1e-8}},
			},
		},
		"tiny":      {XLabel: "x", YLabel: "y", Series: []Series{Curve{X: x, Y: tiny}}},
		"cut":       {XRange: [2]float64{0.2, 0.4}, YRange: [2]float64{0.08, 0.14}, Series: []Series{Curve{X: x, Y: up}, Band{X: x, Lo: wave, Hi: up}, Points{X: x, Y: wave}}},
		"densities": Densities(x, []string{"$P_t$", `$\tilde{P}_t$`}, up, wave),
		"paths":     Trajectories(x, up, wave, tiny),
		"panels": {Title: "Two", Columns: 2, Panels: []*Figure{
			Lines(x, []string{"a"}, up, wave),
			{Title: "bars", Categories: []string{"a", "b"}, Series: []Series{Bars{Name: "u", Y: []float64{1, -2}, Err: []float64{.1, .2}}, Bars{Name: "v", Y: []float64{2, 3}}}},
			Trajectories(x, up),
		}},
		"long names": {
			Categories: []string{"variance preserving with a linear schedule", "sub-VP", "Donaudampfschifffahrtsgesellschaft", "d", "e"},
			Series:     []Series{Bars{Name: "a rather long name for a series of bars, with more words than fit in one line of the legend", Y: []float64{1, 2, 3, 4, 5}}},
		},
		"speed": accounts[0].figure(), "speed log": accounts[1].figure(),
		"hierarchy": hierarchy(names, accounts),
		"colours": {
			Equal: true, ColorMap: Diverging, ColorLabel: "$f$", XLabel: "$x_1$", YLabel: "$x_2$",
			Series: []Series{
				Segments{Name: "pairs", X0: x[:9], Y0: up[:9], X1: up[200:209], Y1: wave[:9], Weights: x[:9], Arrows: true},
				Points{Name: "discs", X: x[:40], Y: up[:40], Values: apply(x[:40], func(v float64) float64 { return math.Sin(50 * v) }), Radii: apply(x[:40], func(v float64) float64 { return 30 * v })},
				Points{Name: "squares", X: wave[:40], Y: x[:40], Values: up[:40], Mark: Square},
			},
		},
		"cells": {
			XLabel: "$x$", YLabel: "$y$", ColorLabel: "density", Title: "Cells",
			Series: []Series{Cells{X: grid(21, -1, 1), Y: grid(16, 0, 2), Values: apply(grid(300, 0, 1), func(v float64) float64 {
				return math.Exp(-20*(v-0.4)*(v-0.4)) * (1 + math.Cos(300*v))
			})}},
		},
		"contours": {
			Title: "Lines and areas", Panels: []*Figure{
				{Title: "lines", Equal: true, ColorMap: Diverging, ColorLabel: "$f$", Series: []Series{Nodes(square, square, 24, hills), Quiver(turn, square, square, 6, Auto)}},
				{Title: "areas", Equal: true, ColorLabel: "$f$", Series: []Series{filled(Nodes(square, square, 24, hills)), Streamlines(turn, square, square, 6, Black)}},
			},
		},
		"histogram": Histogram(8, []string{"a", "b"}, up[:90], wave),
		"pictures":  Pictures(mat.NewDense(3, 4, []float64{0, .25, .5, .75, 1, .75, .5, .25, 0, 1, 0, 1}), 3, 0, 1),
		"dark":      {Theme: Dark, Title: "Dark", Series: []Series{Curve{Name: "a", X: x, Y: up}, Band{X: x, Lo: wave, Hi: up}, filled(Nodes([2]float64{0, 0.5}, [2]float64{0, 0.1}, 12, hills))}},
		"light":     {Theme: Light, Series: []Series{Curve{Name: "a", X: x, Y: up}, Segments{Name: "b", X0: x[:3], Y0: up[:3], X1: up[:3], Y1: up[:3], Weights: []float64{1, 0.5, 0.1}}}},
		"growth":    Growth("Time", []float64{10, 100, 1000}, []string{"a", "b"}, []float64{1e-3, 2e-2, 3e-1}, []float64{1e-4, 2e-2, 4}),
		"relations": Relations([]relation.Inequality{
			{Name: "uniform in time", Lo: relation.Term{Symbol: "η", Value: 0.0049}, Hi: relation.Term{Symbol: "c₁", Value: 0.0061}},
			{Name: `$c_1 \le c_2$`, Lo: term(0.0061), Hi: term(0.17)},
			{Name: "wrong way round", Lo: term(1.3), Hi: term(1)},
			{Name: "estimate", Lo: relation.Term{Value: 1, StdErr: 0.1}, Hi: term(1.1)},
		}),
	}
}

// To look at the figures: go test -run Gallery -artifacts -outputdir FOLDER.
func TestGallery(t *testing.T) {
	for name, f := range gallery() {
		s, err := f.scene()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		insideCard(t, name, s)
		svg, err := f.SVG()
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.SVG()
		if err != nil || !bytes.Equal(svg, again) {
			t.Errorf("%s: the SVG differs between two runs", name)
		}
		wellFormed(t, name, svg)
		if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			t.Errorf("%s: numbers that aren't in the SVG", name)
		}
		img, err := f.PNG(1)
		if err != nil {
			t.Fatal(err)
		}
		c, err := png.DecodeConfig(bytes.NewReader(img))
		if err != nil {
			t.Fatal(err)
		}
		if w := int(math.Round(s.width * 4 / 3)); c.Width < w-1 || c.Width > w+1 {
			t.Errorf("%s: PNG %d pixels wide, SVG %d", name, c.Width, w)
		}
		file := filepath.Join(t.ArtifactDir(), strings.ReplaceAll(name, " ", "-"))
		for ext, data := range map[string][]byte{".svg": svg, ".png": img} {
			if err := os.WriteFile(file+ext, data, 0o644); err != nil {
				t.Error(err)
			}
		}
	}
}

// insideCard fails if a shape leaves the card: nothing is cut off.
func insideCard(t interface{ Errorf(string, ...any) }, name string, s *scene) {
	const slack = 1 // rounding of outlines
	for _, sh := range s.shapes {
		for _, c := range sh.path {
			if c.Type == vg.CloseComp {
				continue
			}
			x, y := float64(c.Pos.X), float64(c.Pos.Y)
			if !(x >= -slack && x <= s.width+slack && y >= -slack && y <= s.height+slack) {
				t.Errorf("%s: point (%.1f, %.1f) outside of the card of %.0f by %.0f", name, x, y, s.width, s.height)
				return
			}
		}
	}
}

func wellFormed(t *testing.T, name string, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	var elements []string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if e, ok := tok.(xml.StartElement); ok {
			elements = append(elements, e.Name.Local)
			if e.Name.Local == "svg" {
				attr := map[string]string{}
				for _, a := range e.Attr {
					attr[a.Name.Local] = a.Value
				}
				if attr["role"] != "img" || attr["aria-label"] == "" || attr["viewBox"] == "" {
					t.Errorf("%s: svg element with %v", name, attr)
				}
			}
		}
	}
	for _, want := range []string{"svg", "desc", "path"} {
		if !strings.Contains(strings.Join(elements, " "), want) {
			t.Errorf("%s: no <%s>", name, want)
		}
	}
	for _, e := range elements {
		switch e {
		case "svg", "title", "desc", "style", "defs", "rect", "g", "path", "use":
		default:
			t.Errorf("%s: element <%s>, which sanitisers may drop", name, e)
		}
	}
}

// A bar's length and a curve's height must be those of the numbers.
func TestDataStandWhereTheyShould(t *testing.T) {
	f := &Figure{
		Categories: []string{"a", "b"},
		YRange:     [2]float64{0, 8},
		Series:     []Series{Bars{Y: []float64{2, 8}, Color: Green}},
	}
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	heights := []float64{}
	for _, sh := range s.shapes {
		if sh.kind == fill && sh.color == palette[Green] {
			for i := 0; i+4 < len(sh.path); i += 5 { // a rectangle: four corners and the end
				lo, hi := math.Inf(1), math.Inf(-1)
				for _, c := range sh.path[i : i+4] {
					lo, hi = math.Min(lo, float64(c.Pos.Y)), math.Max(hi, float64(c.Pos.Y))
				}
				heights = append(heights, hi-lo)
			}
		}
	}
	if len(heights) != 2 || math.Abs(heights[1]/heights[0]-4) > 1e-9 {
		t.Errorf("bars of heights %v, want 1 : 4", heights)
	}

	f = &Figure{XScale: Log, XRange: [2]float64{1, 1e4}, YRange: [2]float64{-1, 1}, Series: []Series{Points{X: []float64{1, 100, 1e4}, Y: []float64{-1, 0, 0.5}}}}
	if s, err = f.scene(); err != nil {
		t.Fatal(err)
	}
	var at []point
	for _, sh := range s.shapes {
		if sh.kind == dots {
			for _, c := range sh.path {
				at = append(at, point{float64(c.Pos.X), float64(c.Pos.Y)})
			}
		}
	}
	if len(at) != 3 {
		t.Fatalf("%d marks, want 3", len(at))
	}
	if r := (at[1].x - at[0].x) / (at[2].x - at[0].x); math.Abs(r-0.5) > 1e-9 {
		t.Errorf("100 stands at %v between 1 and 10⁴ on a logarithmic axis, want 0.5", r)
	}
	if r := (at[0].y - at[2].y) / (at[0].y - at[1].y); math.Abs(r-1.5) > 1e-9 {
		t.Errorf("heights of 0 and 0.5 over −1 have the ratio %v, want 1.5", r)
	}
}

func TestGapsAreSaid(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	f := &Figure{YScale: Log, Series: []Series{Curve{X: []float64{0, 1, 2, 3, 4, 5, 6}, Y: []float64{1, 2, nan, 3, 0, inf, -1}, Color: Green}}}
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	lines, single := 0, 0
	for _, sh := range s.shapes {
		if sh.color == palette[Green] {
			for _, c := range sh.path {
				if c.Type == vg.MoveComp {
					if sh.kind == dots {
						single++
					} else {
						lines++
					}
				}
			}
		}
	}
	if lines != 1 || single != 1 {
		t.Errorf("%d lines and %d lone values, want 1 and 1", lines, single)
	}
	alt, err := f.AltText()
	if err != nil {
		t.Fatal(err)
	}
	if want := "Not drawn: 2 values NaN or infinite; 2 values not positive, on a logarithmic axis."; !strings.Contains(alt, want) {
		t.Errorf("description %q doesn't say %q", alt, want)
	}
	whole := &Figure{YScale: Log, Series: []Series{Curve{X: []float64{0, 1}, Y: []float64{1, 2}}}}
	w, err := whole.scene()
	if err != nil {
		t.Fatal(err)
	}
	if !(s.height > w.height) {
		t.Errorf("no line below the axes says what isn't drawn")
	}
}

func TestErrors(t *testing.T) {
	ok := Curve{X: []float64{0, 1}, Y: []float64{0, 1}}
	for _, c := range []struct {
		f    *Figure
		want string
	}{
		{nil, "nil *Figure"},
		{&Figure{}, "has no series"},
		{&Figure{Series: []Series{nil}}, "series 0 is nil"},
		{&Figure{Series: []Series{ok, Curve{X: []float64{1}, Y: nil}}}, "series 1 (figure.Curve): lengths of X and Y differ: 1 and 0"},
		{&Figure{Series: []Series{Band{X: []float64{1}, Lo: []float64{1}}}}, "lengths of X, Lo and Hi differ"},
		{&Figure{Series: []Series{Points{X: []float64{1}, Y: []float64{1}, Err: []float64{}}}}, "lengths of Y and Err differ"},
		{&Figure{Series: []Series{Bars{Y: []float64{1}}}}, "Categories and Y differ: 0 and 1"},
		{&Figure{Title: `$\eta \lee c$`, Series: []Series{ok}}, `unknown macro \lee`},
		{&Figure{Series: []Series{Curve{Name: "$x", X: ok.X, Y: ok.Y}}}, "$ without its partner"},
		{&Figure{Series: []Series{ok}, Width: 1}, "Width = 1 cm"},
		{&Figure{Series: []Series{ok}, Height: math.NaN()}, "Height = NaN cm"},
		{&Figure{Series: []Series{ok}, XRange: [2]float64{1, 0}}, "XRange = [1 0]"},
		{&Figure{Series: []Series{ok}, YRange: [2]float64{0, 1}, YScale: Log}, "YRange = [0 1] on a logarithmic axis"},
		{&Figure{Series: []Series{ok}, Panels: []*Figure{{Series: []Series{ok}}}}, "both Series and Panels"},
		{&Figure{Panels: []*Figure{nil}}, "panel 0 is nil"},
		{&Figure{Panels: []*Figure{{}}}, "panel 0: figure"},
		{&Figure{Series: []Series{Curve{X: ok.X, Y: ok.Y, Color: 99}}}, "unknown Color 99"},
		{&Figure{Series: []Series{Curve{X: ok.X, Y: []float64{-1e308, 1e308}}}}, "don't fit on a linear axis"},
		{&Figure{Series: []Series{ok}, Width: 3, YLabel: "y", Panels: nil, Categories: nil, Title: "t", XRange: [2]float64{0, 1e9}, YRange: [2]float64{1e9, 1e9 + 1}}, "no room for the axes"},
	} {
		_, err := c.f.SVG()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("error of several lines: %q", err)
		}
		if _, err := c.f.PNG(1); err == nil {
			t.Errorf("PNG: no error, want %q", c.want)
		}
	}
	good := &Figure{Series: []Series{ok}}
	for _, scale := range []float64{0, -1, 11, math.NaN()} {
		if _, err := good.PNG(scale); err == nil {
			t.Errorf("PNG(%v): no error", scale)
		}
	}
	if err := good.WriteFile(filepath.Join(t.TempDir(), "a.pdf")); err == nil {
		t.Error("WriteFile of a .pdf: no error")
	}
}

// Whatever the numbers are, a figure is drawn inside its card, or refused with
// an error because its range is too wide.
func TestAnyNumbers(t *testing.T) {
	special := []float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300, 5e-324, 1e-300, math.MaxFloat64, 1 + 1e-15}
	number := rapid.OneOf(rapid.SampledFrom(special), rapid.Float64Range(-10, 10), rapid.Float64())
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6).Draw(t, "n")
		list := func(name string) []float64 { return rapid.SliceOfN(number, n, n).Draw(t, name) }
		scale := rapid.SampledFrom([]Scale{Linear, Log})
		f := &Figure{
			XScale: scale.Draw(t, "x scale"), YScale: scale.Draw(t, "y scale"),
			Sideways: rapid.Bool().Draw(t, "sideways"),
		}
		if n > 0 && rapid.Bool().Draw(t, "bars") {
			f.Categories = []string{"a", "b", "c", "d", "e", "f"}[:n]
			f.Series = []Series{Bars{Y: list("bars"), Err: list("err")}, Bars{Y: list("bars2"), Labels: f.Categories}, Levels{Y: list("levels")}}
		} else {
			f.Series = []Series{
				Curve{X: list("x"), Y: list("y")},
				Points{X: list("px"), Y: list("py"), Err: list("pe")},
				Band{X: list("bx"), Lo: list("lo"), Hi: list("hi")},
				Rule{At: number.Draw(t, "rule")},
				Note{X: 0, Y: number.Draw(t, "note"), Text: "n"},
			}
		}
		s, err := f.scene()
		if err != nil {
			if !strings.Contains(err.Error(), "don't fit on a linear axis") {
				t.Fatal(err)
			}
			return
		}
		insideCard(t, "", s)
		if _, err := f.AltText(); err != nil {
			t.Fatal(err)
		}
		c, err := f.Chart()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.JSON(); err != nil { // as NaN and infinities would give
			t.Fatal(err)
		}
	})
}

// The first label on the axis may be wider than what stands left of the axis.
func TestWideFirstLabel(t *testing.T) {
	f := &Figure{Categories: []string{"a"}, Sideways: true, Series: []Series{Bars{Y: []float64{0}}, Levels{Y: []float64{-2.3584905655660377e+241}}}}
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	insideCard(t, "wide label", s)
}

func TestDescription(t *testing.T) {
	f := &Figure{
		Title: "Loss", XLabel: "$t$", YLabel: "$W_2^2$", YScale: Log,
		Series: []Series{Curve{Name: `$\eta$`, X: []float64{0, 1, 2}, Y: []float64{1, 10, 5}}},
	}
	alt, err := f.AltText()
	if err != nil {
		t.Fatal(err)
	}
	want := "Loss. Horizontal axis t, from 0 to 2. Vertical axis W₂², logarithmic, from 0.8913 to 11.22. Curve η: 3 values, from (0, 1) to (2, 5), smallest 1, largest 10."
	if alt != want {
		t.Errorf("got  %q\nwant %q", alt, want)
	}
	f.Alt = `<"my & own">`
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`aria-label="&lt;&quot;my &amp; own&quot;&gt;"`).Match(svg) {
		t.Errorf("description isn't escaped: %.300s", svg)
	}
	wellFormed(t, "escaped", svg)
}

func TestSimplifyKeepsTheShape(t *testing.T) {
	var pts []point
	for i := 0; i <= 4000; i++ {
		x := float64(i) / 10
		pts = append(pts, point{x, 50 * math.Sin(x/30)})
	}
	out := simplify(pts, 0.04)
	if len(out) > len(pts)/10 {
		t.Errorf("%d of %d points are left", len(out), len(pts))
	}
	for _, p := range pts {
		best := math.Inf(1)
		for i := 1; i < len(out); i++ {
			best = math.Min(best, distance(p, out[i-1], out[i]))
		}
		if best > 0.04 {
			t.Fatalf("point %v is %v off the line", p, best)
		}
	}
}

func TestClip(t *testing.T) {
	f := frame{left: 0, top: 0, right: 10, bottom: 10}
	parts := f.clipLine([]point{{-5, 5}, {5, 5}, {15, 5}, {15, 20}, {5, 20}, {5, -20}})
	want := [][]point{{{0, 5}, {5, 5}, {10, 5}}, {{5, 10}, {5, 0}}}
	if len(parts) != len(want) {
		t.Fatalf("got %v, want %v", parts, want)
	}
	for i := range want {
		for j := range want[i] {
			if parts[i][j] != want[i][j] {
				t.Errorf("got %v, want %v", parts, want)
			}
		}
	}
	if parts := f.clipLine([]point{{-5, 8}, {8, 20}}); len(parts) != 0 {
		t.Errorf("a line that misses the corner leaves %v", parts)
	}
	area := func(p []point) float64 {
		a := 0.0
		for i, q := range p {
			r := p[(i+1)%len(p)]
			a += q.x*r.y - r.x*q.y
		}
		return math.Abs(a) / 2
	}
	if got := area(f.clipPolygon([]point{{-5, -5}, {5, -5}, {5, 5}, {-5, 5}})); math.Abs(got-25) > 1e-9 {
		t.Errorf("area of the corner is %v, want 25", got)
	}
	if got := f.clipPolygon([]point{{20, 20}, {30, 20}, {30, 30}}); len(got) != 0 {
		t.Errorf("a polygon outside leaves %v", got)
	}
}

// Nothing of plot's package-level state is read for drawing or changed; a
// figure drawn at the same time as another is the same figure.
func TestConcurrentDrawing(t *testing.T) {
	f := gallery()["curves"]
	want, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan []byte)
	for range 8 {
		go func() {
			got, err := f.SVG()
			if err != nil {
				got = []byte(err.Error())
			}
			done <- got
		}()
	}
	for range 8 {
		if got := <-done; !bytes.Equal(got, want) {
			t.Errorf("another picture: %.80s", got)
		}
	}
}

func TestPiecesKeepTheLine(t *testing.T) {
	var p vg.Path
	segments := map[[2]vg.Point]bool{}
	for k := range 3 {
		var last vg.Point
		for i := range 1000 {
			pt := vg.Point{X: vg.Length(i), Y: vg.Length(k*i%17 + k)}
			if i == 0 {
				p.Move(pt)
			} else {
				p.Line(pt)
				segments[[2]vg.Point{last, pt}] = true
			}
			last = pt
		}
	}
	for _, piece := range pieces(p, true) {
		if len(piece) > 256 || piece[0].Type != vg.MoveComp {
			t.Fatalf("piece of %d that starts with %d", len(piece), piece[0].Type)
		}
		for i := 1; i < len(piece); i++ {
			s := [2]vg.Point{piece[i-1].Pos, piece[i].Pos}
			if piece[i].Type != vg.LineComp {
				t.Fatalf("component %d", piece[i].Type)
			}
			delete(segments, s)
		}
	}
	if len(segments) != 0 {
		t.Errorf("%d segments are lost", len(segments))
	}
	if n := len(pieces(p, false)); n != 3 {
		t.Errorf("dashed lines are cut into %d pieces, want 3", n)
	}
}

func BenchmarkSVG(b *testing.B) {
	f := gallery()["curves"]
	for b.Loop() {
		if _, err := f.SVG(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPNG(b *testing.B) {
	f := gallery()["curves"]
	for b.Loop() {
		if _, err := f.PNG(2); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPNGOfManyMarks(b *testing.B) {
	x := grid(5000, 0, 1)
	y := apply(x, func(v float64) float64 { return math.Sin(1e5 * v) })
	f := &Figure{Series: []Series{Curve{X: x, Y: y}, Points{X: x, Y: y, Err: apply(x, func(float64) float64 { return 0.1 })}}}
	for b.Loop() {
		if _, err := f.PNG(2); err != nil {
			b.Fatal(err)
		}
	}
}

// However long they are, texts stay on the card.
func TestLongTextsFit(t *testing.T) {
	texts := []string{
		"", "short", strings.Repeat("long ", 60), strings.Repeat("unbreakable", 15), `$` + strings.Repeat(`\frac{W_2^2}{\tau}+`, 20) + `1$`, "two\nlines",
	}
	text := rapid.SampledFrom(texts)
	rapid.Check(t, func(t *rapid.T) {
		f := &Figure{
			Title: text.Draw(t, "title"), XLabel: text.Draw(t, "x"), YLabel: text.Draw(t, "y"), Caption: text.Draw(t, "caption"),
			Width: rapid.SampledFrom([]float64{0, 8, 30}).Draw(t, "width"), Height: rapid.SampledFrom([]float64{0, 3}).Draw(t, "height"),
		}
		if rapid.Bool().Draw(t, "bars") {
			f.Sideways = rapid.Bool().Draw(t, "sideways")
			f.Categories = []string{text.Draw(t, "a"), "b", text.Draw(t, "c")}
			f.Series = []Series{Bars{Name: text.Draw(t, "name"), Y: []float64{1, 2, 3}, Labels: []string{"1", "", "three"}}}
		} else {
			f.Series = []Series{Curve{Name: text.Draw(t, "name"), X: []float64{0, 1}, Y: []float64{0, 1e-9}}, Note{X: 1, Y: 0, Text: "note"}}
		}
		s, err := f.scene()
		if err != nil {
			t.Fatal(err)
		}
		insideCard(t, "", s)
	})
}
