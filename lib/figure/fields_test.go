package figure

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// swirl turns about the origin.
var swirl = flow.MapFunc(func(dst, x *mat.Dense) {
	n, _ := x.Dims()
	for i := range n {
		a, b := x.At(i, 0), x.At(i, 1)
		dst.SetRow(i, []float64{-b, a})
	}
})

// The contour of a cone at a level is a circle, of which nothing is missing; a
// filled one has the circle's area; a saddle parts or joins; a hole stays empty.
func TestContoursOfACone(t *testing.T) {
	cone := Nodes([2]float64{-1, 1}, [2]float64{-1, 1}, 41, math.Hypot)
	cone.Levels = []float64{0.5}
	f := &Figure{Series: []Series{cone}, Equal: true}
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	var xs, ys []float64
	for _, p := range s.shapes {
		if p.kind == stroke && p.width == contourWidth {
			for _, c := range p.path {
				xs, ys = append(xs, float64(c.Pos.X)), append(ys, float64(c.Pos.Y))
			}
		}
	}
	lo, hi, _ := span2(xs)
	bottom, top, _ := span2(ys)
	mx, my, r := (lo+hi)/2, (bottom+top)/2, (hi-lo)/2
	if len(xs) < 30 || math.Abs((top-bottom)/2-r) > 0.01*r {
		t.Fatalf("%d points, %v by %v", len(xs), hi-lo, top-bottom)
	}
	quadrants := map[[2]bool]bool{}
	for i := range xs {
		if d := math.Hypot(xs[i]-mx, ys[i]-my); math.Abs(d-r) > 0.01*r {
			t.Errorf("a point at %v of the radius", d/r)
		}
		quadrants[[2]bool{xs[i] > mx, ys[i] > my}] = true
	}
	if len(quadrants) != 4 {
		t.Errorf("the circle is in %d quadrants", len(quadrants))
	}
}

func loopsOf(t *testing.T, c Contours, level float64) [][]crossing {
	t.Helper()
	p := &panel{Figure: &Figure{Series: []Series{c}}}
	if err := p.scales(); err != nil {
		t.Fatal(err)
	}
	p.x.end, p.y.end = 1, 1 // places are shares of the ranges
	return newMarch(p, c).loops(level)
}

// area is that inside a loop, positive if the inside is to its left.
func area(loop []crossing) float64 {
	a := 0.0
	for i, p := range loop {
		q := loop[(i+1)%len(loop)]
		a += (p.x*q.y - q.x*p.y) / 2
	}
	return a
}

func TestBordersOfSets(t *testing.T) {
	unit := [2]float64{0, 1}
	total := func(c Contours, level float64) (n int, sum float64) {
		loops := loopsOf(t, c, level)
		for _, l := range loops {
			sum += area(l)
		}
		return len(loops), sum
	}
	ramp := Nodes(unit, unit, 5, func(x, _ float64) float64 { return x })
	if n, a := total(ramp, 0.3); n != 1 || math.Abs(a-0.7) > 1e-12 {
		t.Errorf("ramp: %d loops around %v, want one around 0.7", n, a)
	}
	if n, a := total(ramp, math.Inf(-1)); n != 1 || math.Abs(a-1) > 1e-12 {
		t.Errorf("everything: %d loops around %v", n, a)
	}
	if n, a := total(ramp, 2); n != 0 || a != 0 {
		t.Errorf("nothing: %d loops around %v", n, a)
	}
	pit := Nodes(unit, unit, 81, func(x, y float64) float64 { return math.Hypot(x-0.5, y-0.5) })
	if n, a := total(pit, 0.25); n != 2 || math.Abs(a-(1-math.Pi/16)) > 1e-3 {
		t.Errorf("a square with a round hole: %d loops around %v, want 2 around %v", n, a, 1-math.Pi/16)
	}
	pit.Values[40*81+40] = math.NaN()
	if n, _ := total(pit, -1); n != 2 {
		t.Errorf("a missing node makes %d loops, want the border and a hole", n)
	}
	saddle := Contours{X: unit[:], Y: unit[:], Values: []float64{1, 0, 0, 1}}
	if n, _ := total(saddle, 0.4); n != 1 {
		t.Errorf("saddle below its mean: %d loops, want one", n)
	}
	if n, _ := total(saddle, 0.6); n != 2 {
		t.Errorf("saddle above its mean: %d loops, want two", n)
	}
}

func TestContourErrors(t *testing.T) {
	ok := Nodes([2]float64{0, 1}, [2]float64{0, 1}, 3, math.Hypot)
	for name, spoil := range map[string]func(*Contours){
		"nodes": func(c *Contours) { c.X = c.X[:2] }, "order": func(c *Contours) { c.X = []float64{0, 2, 1} },
		"one node": func(c *Contours) { c.Y = c.Y[:1] }, "levels": func(c *Contours) { c.Levels = []float64{1, 1} },
		"NaN level": func(c *Contours) { c.Levels = []float64{math.NaN()} },
	} {
		c := ok
		spoil(&c)
		if _, err := (&Figure{Series: []Series{c}}).SVG(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Streamlines of a turning field are arcs about the origin, and keep apart.
func TestStreamlines(t *testing.T) {
	box := [2]float64{-1, 1}
	s := Streamlines(swirl, box, box, 12, Auto)
	if len(s.X) < 4 || len(s.X) > 40 {
		t.Errorf("%d lines", len(s.X))
	}
	for i := range s.X {
		r := math.Hypot(s.X[i][0], s.Y[i][0])
		for k := range s.X[i] {
			if d := math.Hypot(s.X[i][k], s.Y[i][k]); math.Abs(d-r) > 0.02 {
				t.Fatalf("line %d goes from radius %v to %v", i, r, d)
			}
			if k > 0 { // against the clock
				if turn := s.X[i][k-1]*s.Y[i][k] - s.X[i][k]*s.Y[i][k-1]; turn < 0 {
					t.Fatalf("line %d runs backwards", i)
				}
			}
		}
	}
	still := flow.MapFunc(func(dst, x *mat.Dense) { dst.Zero() })
	if s := Streamlines(still, box, box, 12, Auto); len(s.X) != 0 {
		t.Errorf("%d lines of no field", len(s.X))
	}
	if q := Quiver(still, box, box, 5, Auto); len(q.X0) != 0 {
		t.Errorf("%d arrows of no field", len(q.X0))
	}
	q := Quiver(swirl, box, box, 5, Auto)
	longest := 0.0
	for k := range q.X0 {
		dx, dy := q.X1[k]-q.X0[k], q.Y1[k]-q.Y0[k]
		longest = math.Max(longest, math.Hypot(dx, dy))
		if x, y := (q.X0[k]+q.X1[k])/2, (q.Y0[k]+q.Y1[k])/2; math.Abs(x*dx+y*dy) > 1e-12 || x*dy-y*dx < -1e-12 {
			t.Errorf("an arrow at (%v, %v) points to (%v, %v)", x, y, dx, dy)
		}
	}
	if math.Abs(longest-0.4) > 1e-12 {
		t.Errorf("the longest arrow is %v, points are 0.4 apart", longest)
	}
}

// Lines that run into a ridge end there, and don't go to and fro over it.
func TestStreamlinesEndOnRidges(t *testing.T) {
	ridge := flow.MapFunc(func(dst, x *mat.Dense) { // towards y = 0, and slowly along it
		n, _ := x.Dims()
		for i := range n {
			dst.SetRow(i, []float64{0.01, -x.At(i, 1)})
		}
	})
	s := Streamlines(ridge, square, square, 10, Auto)
	turns := 0
	for i := range s.X {
		for k := 2; k < len(s.X[i]); k++ {
			ax, ay := s.X[i][k-1]-s.X[i][k-2], s.Y[i][k-1]-s.Y[i][k-2]
			bx, by := s.X[i][k]-s.X[i][k-1], s.Y[i][k]-s.Y[i][k-1]
			if ax*bx+ay*by < 0 {
				turns++
			}
		}
	}
	if len(s.X) < 10 || turns > 0 {
		t.Errorf("%d lines turn back %d times", len(s.X), turns)
	}
}

func TestHistogram(t *testing.T) {
	x := []float64{0, 0.1, 0.2, 0.9, 1, math.NaN()}
	f := Histogram(2, []string{"sample"}, x)
	c := f.Series[1].(Curve)
	if fmt.Sprint(c.X, c.Y) != "[0 0.5 0.5 1] [1.2 1.2 0.8 0.8]" {
		t.Errorf("%v %v", c.X, c.Y)
	}
	if !strings.Contains(f.Caption, "1 value") {
		t.Errorf("caption %q", f.Caption)
	}
	for _, hostile := range [][]float64{nil, {3}, {math.Inf(1)}, {1, 1, 1, 1, 1}} {
		if _, err := Histogram(0, nil, hostile).SVG(); err != nil {
			t.Errorf("%v: %v", hostile, err)
		}
	}
}

func TestInTime(t *testing.T) {
	f := InTime(diffusion.Noising(measure.Normal(0, 1), diffusion.Cosine{}).Path, 0, 1, [2]float64{-4, 4})
	c := f.Series[0].(Cells)
	if got, want := c.Values[64], math.Exp(-0.5*c.Y[0]*c.Y[0])/math.Sqrt(2*math.Pi); math.Abs(got-0.3989) > 0.001 || want > got {
		t.Errorf("density %v in the middle", got)
	}
	if _, err := f.SVG(); err != nil {
		t.Error(err)
	}
}

func TestMultiples(t *testing.T) {
	a, b := Lines([]float64{0, 1}, nil, []float64{0, 1}), Lines([]float64{2, 3}, nil, []float64{5, 6})
	f, err := Multiples(2, a, b)
	if err != nil {
		t.Fatal(err)
	}
	p, q := f.Panels[0], f.Panels[1]
	if p.XRange != q.XRange || p.YRange != q.YRange || p.XRange != [2]float64{0, 3} || p.YRange[1] < 6 {
		t.Errorf("ranges %v %v and %v %v", p.XRange, p.YRange, q.XRange, q.YRange)
	}
	if a.XRange != ([2]float64{}) {
		t.Error("a figure has been changed")
	}
	if _, err := Multiples(2, f); err == nil {
		t.Error("panels in panels")
	}
}

// Every colour that the light theme uses is another on the dark card, and stands
// out from it.
func TestThemes(t *testing.T) {
	luminance := func(c rgb) float64 {
		linear := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.04045 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
	}
	contrast := func(a, b rgb) float64 {
		x, y := luminance(a), luminance(b)
		return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
	}
	for _, c := range append([]rgb{ink, softInk, axisInk}, palette...) {
		if r := contrast(c.dark(), paper.dark()); r < 4.5 {
			t.Errorf("%v on the dark card has the contrast %.1f", c.dark(), r)
		}
	}
	for name, f := range gallery() {
		s, err := f.scene()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.shapes {
			if _, ok := darkMixes()[p.color]; !ok && !p.shade {
				t.Errorf("%s: the colour %v has no dark form", name, p.color)
			}
		}
	}
	f := Lines([]float64{0, 1}, nil, []float64{0, 1})
	svgs := map[Theme][]byte{}
	for _, theme := range []Theme{Adaptive, Light, Dark} {
		f.Theme = theme
		var err error
		if svgs[theme], err = f.SVG(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Contains(svgs[Adaptive], []byte("prefers-color-scheme")) || bytes.Contains(svgs[Light], []byte("<style>")) || bytes.Contains(svgs[Dark], []byte(`"#fff"`)) {
		t.Error("themes don't say what they should")
	}
	data, err := f.PNG(1)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := img.At(1, 1).RGBA(); r>>8 != uint32(paper.dark().r) {
		t.Errorf("a dark picture's card is %v", img.At(1, 1))
	}
	f.Theme = 3
	if _, err := f.SVG(); err == nil {
		t.Error("an unknown theme")
	}
}

func TestAnimation(t *testing.T) {
	frame := func(y float64) *Figure {
		f := Lines([]float64{0, 1}, []string{"x"}, []float64{y, y})
		f.YRange = [2]float64{0, 1}
		return f
	}
	a := Animation{Frames: []*Figure{frame(0.1), frame(0.5), frame(0.9)}}
	svg, err := a.SVG()
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, "animation", svg)
	one, err := frame(0.1).SVG()
	if err != nil {
		t.Fatal(err)
	}
	if len(svg) > len(one)+3000 {
		t.Errorf("three frames take %d bytes, one %d", len(svg), len(one))
	}
	if n := bytes.Count(svg, []byte(`<g class="f`)); n != 3 {
		t.Errorf("%d frames", n)
	}
	small := frame(1)
	small.Width = 8
	for name, bad := range map[string]Animation{
		"none": {}, "sizes": {Frames: []*Figure{frame(0), small}}, "time": {Frames: a.Frames, Seconds: -1}, "nil": {Frames: []*Figure{nil}},
	} {
		if _, err := bad.SVG(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
