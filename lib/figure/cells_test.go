package figure

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

// winding is how often closed paths go around a point.
func winding(p vg.Path, x, y float64) int {
	n := 0
	var first, last vg.Point
	for _, c := range p {
		next := c.Pos
		switch c.Type {
		case vg.MoveComp:
			first, last = next, next
			continue
		case vg.CloseComp:
			next = first
		}
		if float64(next.X) > x && next.X == last.X {
			switch {
			case float64(last.Y) < y && y < float64(next.Y):
				n++
			case float64(next.Y) < y && y < float64(last.Y):
				n--
			}
		}
		last = next
	}
	return n
}

// Borders go once around every cell that is inside, holes and corners that touch
// included, and around no other.
func TestBorders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 7).Draw(t, "n"), rapid.IntRange(1, 7).Draw(t, "m")
		in := rapid.SliceOfN(rapid.Bool(), n*m, n*m).Draw(t, "in")
		x, y := grid(n+2, 0, float64(n+1))[:n+1], grid(m+2, 0, float64(m+1))[:m+1]
		path := borders(n, m, x, y, func(i, j int) bool { return in[i*m+j] })
		for i := range n {
			for j := range m {
				want := 0
				if in[i*m+j] {
					want = 1
				}
				if got := winding(path, x[i]+0.5, y[j]+0.5); got != want {
					t.Fatalf("winding %d about cell (%d, %d), want %d: %v", got, i, j, want, in)
				}
			}
		}
		for k := 1; k+1 < len(path); k++ {
			a, b, c := path[k-1], path[k], path[k+1]
			if a.Type != vg.CloseComp && b.Type == vg.LineComp && c.Type == vg.LineComp &&
				(a.Pos.X == b.Pos.X && b.Pos.X == c.Pos.X || a.Pos.Y == b.Pos.Y && b.Pos.Y == c.Pos.Y) {
				t.Fatalf("a corner at %v where the line runs on", b.Pos)
			}
		}
	})
}

// In the picture each cell has the colour of its value.
func TestCellsInThePicture(t *testing.T) {
	const n, m = 7, 5
	v := make([]float64, n*m)
	for k := range v {
		v[k] = float64(k * k % 11)
	}
	v[17] = math.NaN()
	f := &Figure{Series: []Series{Cells{X: grid(n+1, -1, 1), Y: grid(m+1, 0, 3), Values: v}}}
	p, err := f.newPanel(&scene{width: 400})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.draw(nil, titleSize, margin, margin, 380, 280); err != nil {
		t.Fatal(err)
	}
	p.s.height = 300
	data, err := p.s.png(1)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for j := range m {
			x, y := p.x.at(-1+2*(float64(i)+0.6)/n), p.y.at(3*(float64(j)+0.6)/m) // off the lines of the grid
			r, g, b, _ := img.At(int(x*4/3), int(y*4/3)).RGBA()
			got := rgb{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}
			want := paper
			if k := i*m + j; k != 17 {
				want = p.shadeColor(p.shade(v[k]))
			}
			if got != want {
				t.Errorf("cell (%d, %d) is %s, want %s", i, j, got.hex(), want.hex())
			}
		}
	}
}

// Neighbours of near colours have nothing lighter or darker between them, however
// their edges lie between pixels.
func TestCellsHaveNoSeams(t *testing.T) {
	const n = 61
	v := make([]float64, n*n)
	for k := range v {
		v[k] = float64(k%2)*0.02 + 0.5
	}
	f := &Figure{ColorRange: [2]float64{0, 1}, Series: []Series{Cells{X: grid(n+1, 0, 1), Y: grid(n+1, 0, 1), Values: v}}}
	data, err := f.PNG(1.3)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	a, b := shadesOf()[Sequential][32], shadesOf()[Sequential][33]
	between := func(v, a, b uint8) bool { return v+2 >= min(a, b) && v <= max(a, b)+2 }
	for y := 100; y < 300; y++ {
		for x := 150; x < 500; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			if c := (rgb{uint8(r >> 8), uint8(g >> 8), uint8(bl >> 8)}); !between(c.r, a.r, b.r) || !between(c.g, a.g, b.g) || !between(c.b, a.b, b.b) {
				t.Fatalf("pixel (%d, %d) is %s between cells of %s and %s", x, y, c.hex(), a.hex(), b.hex())
			}
		}
	}
}

// Whatever the cells hold, they are drawn inside the axes.
func TestAnyCells(t *testing.T) {
	special := []float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300, 5e-324, 1 + 1e-15}
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 5).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "m")
		v := rapid.SliceOfN(rapid.SampledFrom(special), n*m, n*m).Draw(t, "v")
		f := &Figure{
			XScale: rapid.SampledFrom([]Scale{Linear, Log}).Draw(t, "scale"), Equal: false,
			ColorMap: rapid.SampledFrom([]ColorMap{Sequential, Diverging}).Draw(t, "map"),
			Series:   []Series{Cells{X: grid(n+1, 1, 9), Y: grid(m+1, -1, 1), Values: v}},
		}
		if rapid.Bool().Draw(t, "cut") {
			f.XRange = [2]float64{2, 3}
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
	})
}

// Whatever points' colours and sizes and lines' weights are, they are drawn.
func TestAnyColors(t *testing.T) {
	special := []float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300, 5e-324, 1 + 1e-15}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5).Draw(t, "n")
		list := func(name string, from ...float64) []float64 {
			return rapid.SliceOfN(rapid.SampledFrom(from), n, n).Draw(t, name)
		}
		f := &Figure{
			Equal:    rapid.Bool().Draw(t, "equal"),
			ColorMap: rapid.SampledFrom([]ColorMap{Sequential, Diverging}).Draw(t, "map"),
			Series: []Series{
				Segments{
					X0: list("x0", special...), Y0: list("y0", special...), X1: list("x1", special...), Y1: list("y1", special...),
					Weights: list("w", 0, 1, 5e-324, 1e308, math.NaN()), Arrows: rapid.Bool().Draw(t, "arrows"),
				},
				Points{
					X: list("x", special...), Y: list("y", special...), Values: list("v", special...), Radii: list("r", 0, 1, 0.03, 6),
					Mark: rapid.SampledFrom([]Mark{Disc, Square}).Draw(t, "mark"),
				},
			},
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
	})
}

func TestErrorsOfColorsAndCells(t *testing.T) {
	nan := math.NaN()
	one := []float64{1}
	for _, c := range []struct {
		f    Figure
		want string
	}{
		{Figure{Series: []Series{Points{X: one, Y: one, Values: []float64{}}}}, "lengths of X and Values differ: 1 and 0"},
		{Figure{Series: []Series{Points{X: one, Y: one, Radii: []float64{1, 2}}}}, "lengths of X and Radii differ: 1 and 2"},
		{Figure{Series: []Series{Points{X: one, Y: one, Radii: []float64{nan}}}}, "radius 0 is NaN"},
		{Figure{Series: []Series{Points{X: one, Y: one, Mark: 9}}}, "unknown Mark 9"},
		{Figure{Series: []Series{Segments{X0: one, X1: one, Y0: one}}}, "lengths of X0, Y0, X1 and Y1 differ"},
		{Figure{Series: []Series{Segments{X0: one, X1: one, Y0: one, Y1: one, Weights: []float64{-1}}}}, "weight 0 is -1"},
		{Figure{Series: []Series{Cells{X: one, Y: one}}}, "1 edges in X"},
		{Figure{Series: []Series{Cells{X: []float64{0, 1}, Y: []float64{1, 0}, Values: one}}}, "Y[1] = 0, want finite edges that increase"},
		{Figure{Series: []Series{Cells{X: []float64{0, nan}, Y: []float64{0, 1}, Values: one}}}, "X[1] = NaN"},
		{Figure{Series: []Series{Cells{X: []float64{0, 1}, Y: []float64{0, 1}, Values: nil}}}, "lengths of Values and cells differ: 0 and 1"},
		{Figure{XScale: Log, Series: []Series{Cells{X: []float64{0, 1}, Y: []float64{0, 1}, Values: one}}}, "X[0] = 0 on a logarithmic axis"},
		{Figure{ColorMap: 7, Series: []Series{Points{}}}, "unknown ColorMap 7"},
		{Figure{ColorRange: [2]float64{2, 1}, Series: []Series{Points{}}}, "ColorRange = [2 1]"},
		{Figure{ColorMap: Diverging, ColorRange: [2]float64{0, 1}, Series: []Series{Points{}}}, "isn't symmetric about 0"},
		{Figure{Equal: true, YScale: Log, Series: []Series{Points{}}}, "Equal needs two linear axes"},
		{Figure{ColorLabel: "$", Series: []Series{Points{}}}, "$ without its partner"},
	} {
		if _, err := c.f.SVG(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
}
