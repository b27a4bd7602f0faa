package figure

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/wasserwerk-go/wasserwerk/lib/figure/figuretest"
)

// readPath reads path data back to absolute coordinates in hundredths of a
// point, control points included; dashes without length are dots.
func readPath(t *testing.T, d string) [][2]int {
	t.Helper()
	lines, err := figuretest.Path(d)
	if err != nil {
		t.Fatal(err)
	}
	var out [][2]int
	for _, l := range lines {
		pts := l.Points
		if len(pts) == 2 && pts[0] == pts[1] {
			pts = pts[:1]
		}
		for _, p := range pts {
			out = append(out, [2]int{int(p.X), int(p.Y)})
		}
	}
	return out
}

var (
	drawnShape = regexp.MustCompile(`(?s)<path [^>]*? d="([^"]*)"/>|<g fill="[^"]*" transform="translate\((-?\d+) (-?\d+)\)(rotate\(-90\))?(?:scale\(([\d.]+)\))?">(.*?)</g>\n`)
	definition = regexp.MustCompile(`<path id="([^"]*)" d="([^"]*)"/>`)
	glyphRun   = regexp.MustCompile(`<g transform="translate\((-?\d+) (-?\d+)\)scale\(([\d.]+)\)">(.*?)</g>|<rect x="(-?\d+)" y="(-?\d+)" width="(\d+)" height="(\d+)"/>`)
	used       = regexp.MustCompile(`<use href="#([^"]*)"(?: x="(-?\d+)")?/>`)
)

// numbersOf reads what a pattern matched.
func numbersOf(t *testing.T, m []string) []int {
	t.Helper()
	out := make([]int, len(m))
	for i, s := range m {
		if s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			out[i] = n
		}
	}
	return out
}

// outlines returns where the outlines of a label in an SVG run.
func outlines(t *testing.T, m []string, defs map[string][][2]int) [][2]int {
	t.Helper()
	at := numbersOf(t, m[2:4])
	var out [][2]int
	put := func(x, y float64) {
		if m[4] != "" {
			x, y = y, -x
		}
		out = append(out, [2]int{at[0] + int(math.Round(x)), at[1] + int(math.Round(y))})
	}
	body := m[6]
	if m[5] != "" { // one run, without a group of its own
		body = `<g transform="translate(0 0)scale(` + m[5] + `)">` + body + "</g>"
	}
	for _, run := range glyphRun.FindAllStringSubmatch(body, -1) {
		if run[3] == "" {
			r := numbersOf(t, run[5:9])
			for _, q := range [][2]int{{0, r[3]}, {r[2], r[3]}, {r[2], 0}, {0, 0}} {
				put(float64(r[0]+q[0]), float64(r[1]+q[1]))
			}
			continue
		}
		start := numbersOf(t, run[1:3])
		scale, err := strconv.ParseFloat(run[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range used.FindAllStringSubmatch(run[4], -1) {
			d, ok := defs[u[1]]
			if !ok {
				t.Fatalf("the glyph %s isn't defined", u[1])
			}
			for _, q := range d {
				put(float64(start[0])+scale*float64(numbersOf(t, u[2:3])[0]+q[0]), float64(start[1])+scale*float64(q[1]))
			}
		}
	}
	return out
}

// The SVG holds the scene's coordinates to a hundredth of a point: moves from
// point to point don't let rounding add up. Letters are where they should be to a
// twentieth of a point.
func TestSVGHoldsTheScene(t *testing.T) {
	for name, f := range gallery() {
		s, err := f.scene()
		if err != nil {
			t.Fatal(err)
		}
		svg := string(s.svg("", "alt", false))
		defs := make(map[string][][2]int)
		for _, m := range definition.FindAllStringSubmatch(svg, -1) {
			defs[m[1]] = readPath(t, m[2])
		}
		if _, after, ok := strings.Cut(svg, "</defs>"); ok {
			svg = after
		}
		drawn := drawnShape.FindAllStringSubmatch(svg, -1)
		shapes := s.merged()
		if len(drawn) != len(shapes) {
			t.Fatalf("%s: %d elements for %d shapes", name, len(drawn), len(shapes))
		}
		for i, sh := range shapes {
			var want [][2]int
			for _, c := range sh.path {
				for _, q := range c.Control {
					want = append(want, [2]int{hundredths(float64(q.X)), hundredths(float64(q.Y))})
				}
				if c.Type != vg.CloseComp {
					p := [2]int{hundredths(float64(c.Pos.X)), hundredths(float64(c.Pos.Y))}
					if n := len(want); c.Type == vg.LineComp && n > 0 && want[n-1] == p {
						continue // a step of no length isn't written
					}
					want = append(want, p)
				}
			}
			got, off := [][2]int(nil), 0
			if sh.label != nil {
				got, off = outlines(t, drawn[i], defs), 5 // units of an outline, twice rounded
			} else {
				got = readPath(t, drawn[i][1])
			}
			if len(got) != len(want) {
				t.Fatalf("%s: shape %d has %d points, want %d", name, i, len(got), len(want))
			}
			for k := range want {
				if far(got[k][0], want[k][0], off) || far(got[k][1], want[k][1], off) {
					t.Fatalf("%s: shape %d, point %d at %v, want %v", name, i, k, got[k], want[k])
				}
			}
		}
	}
}

func far(a, b, off int) bool { return a > b+off || b > a+off }

// The PNG has colours where the scene has shapes.
func TestPNGShowsTheScene(t *testing.T) {
	f := &Figure{Categories: []string{"a", "b"}, Series: []Series{Bars{Y: []float64{1, 4}, Color: Green}}}
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	data, err := f.PNG(2)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	bars := 0
	for _, sh := range s.shapes {
		if sh.kind != fill || sh.color != palette[Green] {
			continue
		}
		for i := 0; i+4 < len(sh.path); i += 5 {
			var x, top float64
			top = math.Inf(1)
			for _, c := range sh.path[i : i+4] {
				x += float64(c.Pos.X) / 4
				top = math.Min(top, float64(c.Pos.Y))
			}
			bars++
			if !green(img, x, top+3) || green(img, x, top-3) {
				t.Errorf("bar %d: no upper end at (%.0f, %.0f)", bars, x, top)
			}
		}
	}
	if bars != 2 {
		t.Errorf("%d bars, want 2", bars)
	}
}

// green looks at a point of the scene in a picture of twice its size.
func green(img image.Image, x, y float64) bool {
	r, g, b, _ := img.At(int(x*2*4/3), int(y*2*4/3)).RGBA()
	return g > r+0x4000 && g > b+0x1000
}
