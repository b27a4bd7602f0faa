package figuretest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"
)

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 500"><title>A curve of 3 values</title>` +
	`<g stroke="#0072b2"><path d="M100 100l100 50h100v-50z" stroke-width="18"/><path d="m0,0c1 2 3 4 5 6q1 1 2 2L1e2 -.5"/></g></svg>`

// What looks the same is the same, and each way to look different is found.
func TestSVG(t *testing.T) {
	for _, same := range []string{
		picture,
		strings.ReplaceAll(picture, "l100 50", "l100.4 50"),
		strings.ReplaceAll(picture, "l100 50h100", "L200,150L300,150"),
		strings.ReplaceAll(picture, "l100 50h100", "l50 25.3l50 24.7h100"), // one corner more, on the line
		strings.ReplaceAll(picture, "1e2 -.5", "100-0.5"),
		strings.ReplaceAll(picture, `"18"`, `"18.3"`),
		strings.ReplaceAll(picture, "><g", ">\n <g"),
	} {
		if err := SVG([]byte(same), []byte(picture), 1e-3); err != nil {
			t.Errorf("%v\n%s", err, same)
		}
	}
	for _, test := range []struct{ old, new, want string }{
		{"l100 50", "l103 50", "line 1 runs 3 away"},
		{"<g ", `<g opacity="0.2" `, "attribute opacity"},
		{"l100 50h100", "l50 30l50 20h100", "runs"},
		{"l100 50h100", "l100 50h100m9 9h2", "2 lines, want 1"},
		{"v-50z", "v-50", "closed is false"},
		{"#0072b2", "#0072b3", "#0072b3"},
		{"3 values", "4 values", "4, want 3 (relative error 0.33)"},
		{"A curve", "A line", "line"},
		{`"18"`, `"21"`, "21, want 18"},
		{`stroke="#0072b2"`, `stroke="#0072b2" fill-opacity="0.3"`, "fill-opacity"},
		{` stroke-width="18"`, "", "no attribute stroke-width"},
		{`<g stroke`, `<g fill="red" stroke`, "has the attribute fill"},
		{`<title>`, `<desc/><title>`, "<desc> at depth 1"},
		{`</g>`, `<path d="M0 0"/></g>`, "6 elements, want 5"},
		{"l100 50", "k100 50", "operation"},
		{"l100 50", "l100", "numbers"},
		{"<title>", "<title", "XML"},
	} {
		err := SVG([]byte(strings.ReplaceAll(picture, test.old, test.new)), []byte(picture), 1e-3)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s for %s: error %v, want %q", test.new, test.old, err, test.want)
		}
	}
	if err := SVG([]byte(""), []byte(picture), 1); err == nil {
		t.Error("no picture is the same as one")
	}
}

func TestTexts(t *testing.T) {
	for _, test := range []struct {
		got, want string
		ok        bool
	}{
		{"W₂ = 0.5", "W₂ = 0.5000001", true},
		{"−1.5e−03", "-1.5e-3", true},
		{"c2 is 3", "c1 is 3", false}, // the digit belongs to the name
		{"x  y\n", "x y", true},
		{"1 2", "1 2 3", false},
		{"NaN", "1", false},
		{"1", "NaN", false},
		{"0", "1e-7", true},
		{"1e−11 below", "1e-11 below", true},
		{"1.02", "1", false},
	} {
		if err := Texts(test.got, test.want, 1e-6, 1e-6); (err == nil) != test.ok {
			t.Errorf("Texts(%q, %q) = %v", test.got, test.want, err)
		}
	}
	var e *NumberError
	if err := Texts("7.5", "5", 0, 0.1); err == nil || err.Error() != "7.5, want 5 (relative error 0.5)" {
		t.Error(err, e)
	}
}

func TestPNG(t *testing.T) {
	draw := func(w int, at func(x, y int) uint8) []byte {
		img := image.NewGray(image.Rect(0, 0, w, 10))
		for x := range w {
			for y := range 10 {
				img.SetGray(x, y, color.Gray{Y: at(x, y)})
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	ramp := func(x, y int) uint8 { return uint8(10 * x) }
	want := draw(20, ramp)
	if err := PNG(draw(20, func(x, y int) uint8 { return ramp(x, y) + 3 }), want, 0); err != nil {
		t.Error(err)
	}
	spot := func(x, y int) uint8 {
		if x == 3 && y == 4 {
			return 200
		}
		return ramp(x, y)
	}
	if err := PNG(draw(20, spot), want, 0.01); err != nil {
		t.Error(err)
	}
	if err := PNG(draw(20, spot), want, 0.001); err == nil || !strings.Contains(err.Error(), "1 of 200 pixels differ, the first at (3,4)") {
		t.Error(err)
	}
	if err := PNG(draw(21, ramp), want, 1); err == nil {
		t.Error("pictures of two sizes are the same")
	}
	if err := PNG([]byte("x"), want, 1); err == nil {
		t.Error("no picture is the same as one")
	}
}

func TestPathPlaces(t *testing.T) {
	got, err := Path("m1 2 3 4h5v-6z l1 1M9,9a1 1 0 0 1 2,2s1 1 2 2")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]Point{
		{{1, 2}, {4, 6}, {9, 6}, {9, 0}},
		{{1, 2}, {2, 3}},
		{{9, 9}, {11, 11}, {12, 12}, {13, 13}},
	}
	if len(got) != len(want) {
		t.Fatalf("%d lines: %v", len(got), got)
	}
	for i := range want {
		for k, p := range want[i] {
			if len(got[i].Points) != len(want[i]) || math.Hypot(got[i].Points[k].X-p.X, got[i].Points[k].Y-p.Y) > 1e-12 {
				t.Errorf("line %d: %v, want %v", i, got[i].Points, want[i])
				break
			}
		}
	}
	for _, bad := range []string{"l1 1", "z", "M1", "M1 2x3"} {
		if _, err := Path(bad); err == nil {
			t.Errorf("Path(%q): no error", bad)
		}
	}
}

func FuzzPath(f *testing.F) {
	f.Add("M100 100l100 50h100v-50z")
	f.Add("m1e5-.5.5,1c1 2 3 4 5 6")
	f.Fuzz(func(t *testing.T, d string) {
		lines, err := Path(d)
		if err != nil {
			return
		}
		for _, l := range lines {
			if len(l.Points) == 0 {
				t.Fatalf("a line without places in %q", d)
			}
		}
	})
}
