package figure

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"regexp"
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

// The SVG holds the scene's coordinates to a hundredth of a point: moves from
// point to point don't let rounding add up.
func TestSVGHoldsTheScene(t *testing.T) {
	for name, f := range gallery() {
		s, err := f.scene()
		if err != nil {
			t.Fatal(err)
		}
		paths := regexp.MustCompile(` d="([^"]*)"`).FindAllSubmatch(s.svg("", "alt", false), -1)
		if len(paths) != len(s.shapes) {
			t.Fatalf("%s: %d paths for %d shapes", name, len(paths), len(s.shapes))
		}
		for i, sh := range s.shapes {
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
			got := readPath(t, string(paths[i][1]))
			if len(got) != len(want) {
				t.Fatalf("%s: shape %d has %d points, want %d", name, i, len(got), len(want))
			}
			for k := range want {
				if got[k] != want[k] {
					t.Fatalf("%s: shape %d, point %d at %v, want %v", name, i, k, got[k], want[k])
				}
			}
		}
	}
}

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
