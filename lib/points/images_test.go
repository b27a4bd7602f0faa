package points

import (
	"bytes"
	"compress/gzip"
	"errors"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
	"testing/fstest"
)

func TestReadIDX(t *testing.T) {
	raw := []byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 255, 5, 6}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(raw)
	z.Close()
	for _, b := range [][]byte{raw, zipped.Bytes()} {
		x, shape, err := ReadIDX(bytes.NewReader(b), Options{})
		if err != nil || !slices.Equal(shape, []int{2, 1, 3}) || x.At(1, 0) != 255 || x.At(0, 2) != 3 {
			t.Errorf("%v, shape %v, %v", x, shape, err)
		}
	}
	for kind, c := range map[byte]struct {
		b    []byte
		want float64
	}{
		idxInt8: {[]byte{0xff}, -1}, idxInt16: {[]byte{0xff, 0xfe}, -2}, idxInt32: {[]byte{0, 0, 1, 0}, 256},
		idxFloat32: {[]byte{0x3f, 0xc0, 0, 0}, 1.5}, idxFloat64: {[]byte{0xc0, 4, 0, 0, 0, 0, 0, 0}, -2.5},
	} {
		x, _, err := ReadIDX(bytes.NewReader(append([]byte{0, 0, kind, 1, 0, 0, 0, 1}, c.b...)), Options{})
		if err != nil || x.At(0, 0) != c.want {
			t.Errorf("kind %#x: %v, %v, want %v", kind, x, err, c.want)
		}
	}
	var format *FormatError
	for name, b := range map[string][]byte{
		"nothing": nil, "magic": {1, 0, 8, 1, 0, 0, 0, 1, 1}, "kind": {0, 0, 7, 1, 0, 0, 0, 1, 1}, "no axes": {0, 0, 8, 0},
		"no lengths": raw[:6], "cut short": raw[:20], "too long": append(slices.Clone(raw), 1),
		"huge": {0, 0, 8, 3, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255}, "gzip": {0x1f, 0x8b, 1},
	} {
		if _, _, err := ReadIDX(bytes.NewReader(b), Options{}); !errors.As(err, &format) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := ReadIDX(bytes.NewReader([]byte{0, 0, 8, 1, 0, 0, 0, 0}), Options{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("no points: %v", err)
	}
	nan := []byte{0, 0, idxFloat32, 1, 0, 0, 0, 1, 0x7f, 0xc0, 0, 0}
	var value *ValueError
	if _, _, err := ReadIDX(bytes.NewReader(nan), Options{}); !errors.As(err, &value) {
		t.Errorf("NaN: %v", err)
	}
	if _, _, err := ReadIDX(bytes.NewReader(nan), Options{KeepNonFinite: true}); err != nil {
		t.Errorf("NaN, to be kept: %v", err)
	}
}

func FuzzReadIDX(f *testing.F) {
	f.Add([]byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 255, 5, 6})
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, shape, err := ReadIDX(bytes.NewReader(b), Options{}); err == nil {
			if n, _ := x.Dims(); n != shape[0] {
				t.Errorf("%d rows of shape %v", n, shape)
			}
		}
	})
}

// picture is a PNG of one colour with a white pixel at the top right.
func picture(t *testing.T, w, h int, c color.Color) *fstest.MapFile {
	t.Helper()
	im := image.NewNRGBA(image.Rect(3, 5, 3+w, 5+h))
	for y := range h {
		for x := range w {
			im.Set(3+x, 5+y, c)
		}
	}
	im.Set(3+w-1, 5, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

func TestReadPNGs(t *testing.T) {
	grey, green := picture(t, 3, 2, color.Gray{0x33}), picture(t, 3, 2, color.NRGBA{0, 255, 0, 255})
	im, err := ReadPNGs(fstest.MapFS{"b/x.png": grey, "a/2.PNG": green, "a/1.png": grey, "a/notes.txt": {}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(im.Names, []string{"a/1.png", "a/2.PNG", "b/x.png"}) || !slices.Equal(im.Labels, []int{0, 0, 1}) || !slices.Equal(im.Classes, []string{"a", "b"}) {
		t.Errorf("%+v", im)
	}
	if im.Width != 3 || im.Height != 2 || im.X.At(0, 0) != .2 || im.X.At(0, 2) != 1 || im.X.At(0, 5) != .2 {
		t.Errorf("%d × %d: %v", im.Width, im.Height, im.X.RawRowView(0))
	}
	if v := im.X.At(1, 0); v < .58 || v > .6 { // 0.587 of green
		t.Errorf("green is %v", v)
	}
	if flat, err := ReadPNGs(fstest.MapFS{"1.png": grey, "0.png": green}); err != nil || flat.Labels != nil || flat.Names[0] != "0.png" {
		t.Errorf("without folders: %+v, %v", flat, err)
	}
	var size *SizeError
	if _, err := ReadPNGs(fstest.MapFS{"1.png": grey, "2.png": picture(t, 2, 3, color.Black)}); !errors.As(err, &size) || size.Name != "2.png" || size.Width != 2 {
		t.Errorf("two sizes: %v", err)
	}
	var format *FormatError
	if _, err := ReadPNGs(fstest.MapFS{"1.png": {Data: []byte("text")}}); !errors.As(err, &format) {
		t.Errorf("not a PNG: %v", err)
	}
	if _, err := ReadPNGs(fstest.MapFS{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("no pictures: %v", err)
	}
	if _, err := ReadPNGs(fstest.MapFS{"1.png": grey, "a/2.png": grey}); err == nil {
		t.Error("pictures beside folders: no error")
	}
}
