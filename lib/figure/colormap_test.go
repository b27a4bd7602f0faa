package figure

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// labOf takes a colour back to Oklab.
func labOf(c rgb) (l, a, b float64) {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	r, g, bl := linear(c.r), linear(c.g), linear(c.b)
	l1 := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*bl)
	m1 := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*bl)
	s1 := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*bl)
	return 0.2104542553*l1 + 0.7936177850*m1 - 0.0040720468*s1,
		1.9779984951*l1 - 2.4285922050*m1 + 0.4505937099*s1,
		0.0259040371*l1 + 0.7827717662*m1 - 0.8086757660*s1
}

// Equal steps of the number are equal steps of the colour, and no colour is
// outside of what a screen has.
func TestColorMapsAreEven(t *testing.T) {
	for m, want := range map[ColorMap]float64{
		Sequential: math.Hypot(0.70, 0.095*185*math.Pi/180),
		Diverging:  2 * math.Hypot(0.44, 0.155),
	} {
		const stride = 4 // a step of one shade is near to the rounding of bytes
		for k := 0; k+stride < shades; k += stride {
			c, d := shadesOf()[m][k], shadesOf()[m][k+stride]
			l0, a0, b0 := labOf(c)
			l1, a1, b1 := labOf(d)
			step := math.Sqrt((l1-l0)*(l1-l0) + (a1-a0)*(a1-a0) + (b1-b0)*(b1-b0))
			if rel := step * (shades - 1) / stride / want; math.Abs(rel-1) > 0.09 {
				t.Errorf("map %d: the step from %s to %s is %.3f of the mean", m, c.hex(), d.hex(), rel)
			}
			if m == Sequential && !(l1 < l0) {
				t.Errorf("%s isn't darker than %s", d.hex(), c.hex())
			}
		}
	}
	// Computed elsewhere from the same formulas.
	for m, want := range map[ColorMap][3]string{
		Sequential: {"#fef9ae", "#29979a", "#281a50"},
		Diverging:  {"#1162b9", "#ebebeb", "#a83903"},
	} {
		for i, k := range []int{0, shades / 2, shades - 1} {
			if got := shadesOf()[m][k].hex(); got != want[i] {
				t.Errorf("map %d: shade %d is %s, want %s", m, k, got, want[i])
			}
		}
	}
	for k := range shades {
		low, _, _ := labOf(shadesOf()[Diverging][k])
		high, _, _ := labOf(shadesOf()[Diverging][shades-1-k])
		if math.Abs(low-high) > 0.005 {
			t.Errorf("shade %d of the diverging map is as light as %.3f, its opposite %.3f", k, low, high)
		}
	}
	if _, a, b := labOf(shadesOf()[Diverging][shades/2]); math.Hypot(a, b) > 0.002 {
		t.Errorf("0 isn't grey")
	}
}

func TestColorMapsStayInGamut(t *testing.T) {
	in := func(name string, lightness, chroma, hue float64) {
		b, a := math.Sincos(hue * math.Pi / 180)
		red, green, blue := oklabLinear(lightness, chroma*a, chroma*b)
		if lo, hi := min(red, green, blue), max(red, green, blue); lo < -1e-3 || hi > 1+1e-3 {
			t.Errorf("%s: linear (%.4f, %.4f, %.4f)", name, red, green, blue)
		}
	}
	for k := range 101 {
		s := float64(k) / 100
		in("sequential", 0.97-0.70*s, 0.095, 105+185*s)
		in("below 0", 0.94-0.44*s, 0.155*s, 255)
		in("above 0", 0.94-0.44*s, 0.155*s, 40)
	}
}

// colored returns a panel with its colour axis.
func colored(t *testing.T, f *Figure) *panel {
	t.Helper()
	p, err := f.newPanel(&scene{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func values(v ...float64) *Figure {
	x := make([]float64, len(v))
	for i := range x {
		x[i] = float64(i)
	}
	return &Figure{Series: []Series{Points{X: x, Y: x, Values: v}}}
}

func TestColorAxis(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		m      ColorMap
		given  [2]float64
		v      []float64
		lo, hi float64
	}{
		{Sequential, [2]float64{}, []float64{3, -1, 2}, -1, 3},
		{Sequential, [2]float64{}, []float64{3, nan, 2, inf}, 2, 3},
		{Sequential, [2]float64{0, 2}, []float64{3, -1, 2}, 0, 2},
		{Sequential, [2]float64{}, []float64{7, 7}, 7, 7},
		{Sequential, [2]float64{}, nil, 0, 1},
		{Diverging, [2]float64{}, []float64{3, -1, 2}, -3, 3},
		{Diverging, [2]float64{}, []float64{-5, -1}, -5, 5},
		{Diverging, [2]float64{}, []float64{0, 0}, 0, 0},
		{Diverging, [2]float64{-1, 1}, []float64{-5, -1}, -1, 1},
	} {
		f := values(c.v...)
		f.ColorMap, f.ColorRange = c.m, c.given
		p := colored(t, f)
		if p.z.lo != c.lo || p.z.hi != c.hi {
			t.Errorf("%v on map %d: colours from %v to %v, want %v to %v", c.v, c.m, p.z.lo, p.z.hi, c.lo, c.hi)
		}
		if c.m == Diverging && p.shade(0) != shades/2 {
			t.Errorf("%v: 0 has shade %d", c.v, p.shade(0))
		}
		if c.lo < c.hi && (p.shade(c.lo) != 0 || p.shade(c.hi) != shades-1 || p.shade(c.hi+1) != shades-1 || p.shade(c.lo-1) != 0) {
			t.Errorf("%v: shades of the ends %d and %d", c.v, p.shade(c.lo), p.shade(c.hi))
		}
	}
}

// A bar of one value has one colour and one mark, and the description says it.
func TestOneColor(t *testing.T) {
	f := values(2, 2, 2)
	f.ColorLabel = "$f$"
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[rgb]bool{}
	for _, sh := range s.shapes {
		if sh.kind == fill && len(sh.path) == 5 {
			seen[sh.color] = true
		}
	}
	if mid := shadesOf()[Sequential][shades/2]; len(seen) != 1 || !seen[mid] {
		t.Errorf("the bar has the colours %v, want the one %s", seen, mid.hex())
	}
	if alt, err := f.AltText(); err != nil || !strings.Contains(alt, "Colour f: 2 everywhere.") {
		t.Errorf("description %q, %v", alt, err)
	}
}

// Points have the colours of their values, the bar's numbers stand where its
// colours are, and what has no value isn't drawn, and is counted.
func TestColoredPoints(t *testing.T) {
	f := values(-4, 0, 2, math.NaN())
	f.ColorMap = Diverging
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	at := map[rgb]int{}
	for _, sh := range s.shapes {
		if sh.kind == dots {
			at[sh.color] += len(sh.path)
		}
	}
	table := shadesOf()[Diverging]
	for c, want := range map[rgb]int{table[0]: 1, table[32]: 1, table[48]: 1, softInk: 3} {
		if at[c] != want {
			t.Errorf("%d points of colour %s, want %d", at[c], c.hex(), want)
		}
	}
	if alt, _ := f.AltText(); !strings.Contains(alt, "Colour, blue below and red above 0, from −4 to 4.") || !strings.Contains(alt, "Not drawn: 1 value NaN or infinite.") {
		t.Errorf("description %q", alt)
	}
	// The colour that begins at height y of the bar is that of the number there.
	p := colored(t, f)
	p.z.start, p.z.end = 100, 0
	if k := p.shade(2.01); k != 48 {
		t.Errorf("2.01 has shade %d", k)
	}
	if y := p.z.at(2); math.Abs(y-25) > 1e-12 {
		t.Errorf("2 stands at %v of a bar from 100 up to 0, want 25", y)
	}
}

func TestRadiiAndSquares(t *testing.T) {
	f := &Figure{Series: []Series{
		Points{X: []float64{0, 1, 2}, Y: []float64{0, 1, 2}, Radii: []float64{2, 5, 0}, Color: Green},
		Points{X: []float64{1}, Y: []float64{0}, Mark: Square, Radius: 4, Color: Purple},
	}}
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	var widths []float64
	for _, sh := range s.shapes {
		switch {
		case sh.kind == dots && sh.color == palette[Green]:
			widths = append(widths, sh.width)
		case sh.kind == fill && sh.color == palette[Purple]:
			if side := float64(sh.path[1].Pos.X - sh.path[0].Pos.X); math.Abs(side*side-math.Pi*16) > 1e-9 {
				t.Errorf("a square of area %v, want that of a disc, %v", side*side, math.Pi*16)
			}
		}
	}
	if len(widths) != 2 || widths[0] != 10 || widths[1] != 4 {
		t.Errorf("discs of diameters %v, want 10 and then 4", widths)
	}
}

// Units are as long on one axis as on the other, and nothing leaves the axes.
func TestEqualUnits(t *testing.T) {
	for _, c := range []struct{ w, h float64 }{{1, 1}, {1000, 1}, {1, 300}, {0, 2}, {2, 0}, {1e-8, 2e-8}} {
		f := &Figure{Equal: true, ColorLabel: "v", Series: []Series{
			Points{X: []float64{5, 5 + c.w}, Y: []float64{-3, -3 + c.h}, Values: []float64{0, 1}},
		}}
		p, err := f.newPanel(&scene{})
		if err != nil {
			t.Fatal(err)
		}
		x, y := p.x, p.y
		if _, err := p.draw(nil, titleSize, margin, margin, 400, 300); err != nil {
			t.Fatal(err)
		}
		ux := (p.frame.right - p.frame.left) / (p.x.hi - p.x.lo)
		uy := (p.frame.bottom - p.frame.top) / (p.y.hi - p.y.lo)
		if math.Abs(ux/uy-1) > 1e-6 {
			t.Errorf("%v by %v: units of %v and %v points", c.w, c.h, ux, uy)
		}
		if p.x.lo > x.lo || p.x.hi < x.hi || p.y.lo > y.lo || p.y.hi < y.hi {
			t.Errorf("%v by %v: the range shrinks", c.w, c.h)
		}
	}
}

func TestSegments(t *testing.T) {
	f := &Figure{XRange: [2]float64{0, 1}, YRange: [2]float64{0, 1}, Series: []Series{Segments{
		X0: []float64{0, 0, 0, 0, 0}, Y0: []float64{0, 0.25, 0.5, 0.75, 1},
		X1: []float64{1, 1, 1, 1, 1}, Y1: []float64{0, 0.25, 0.5, 0.75, 1},
		Weights: []float64{2, 1, 0, 1e-9, math.NaN()}, Color: Blue, Width: 2, Arrows: true,
	}}}
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[float64]rgb{}
	heads := 0
	for _, sh := range s.shapes {
		switch {
		case sh.kind == stroke && (sh.color == palette[Blue] || sh.color.b > sh.color.r+20):
			if len(sh.path) != 2 {
				t.Errorf("%d lines of width %v", len(sh.path)/2, sh.width)
			}
			drawn[sh.width] = sh.color
		case sh.kind == fill && sh.color.b > sh.color.r+20:
			heads += len(sh.path) / 4
		}
	}
	if len(drawn) != 3 || drawn[2] != palette[Blue] || drawn[1] != palette[Blue].mixed(0.65) || heads != 3 {
		t.Errorf("lines %v with %d heads, want one each of the widths 2, 1 and least", drawn, heads)
	}
	alt, err := f.AltText()
	if err != nil || !strings.Contains(alt, "3 lines, the longest of length 1") || !strings.Contains(alt, "1 value NaN") {
		t.Errorf("description %q, %v", alt, err)
	}
}

// A head has its tip at the end and points away from the beginning.
func TestHead(t *testing.T) {
	h := head(point{0, 0}, point{30, 40}, 10)
	if h[0].Pos != (vg.Point{X: 30, Y: 40}) {
		t.Errorf("tip at %v", h[0].Pos)
	}
	mid := point{float64(h[1].Pos.X+h[2].Pos.X) / 2, float64(h[1].Pos.Y+h[2].Pos.Y) / 2}
	if math.Hypot(mid.x-24, mid.y-32) > 1e-12 {
		t.Errorf("back at %v, want (24, 32)", mid)
	}
}
