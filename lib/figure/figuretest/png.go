package figuretest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// PNG returns an error unless two PNG pictures have the same size and no more than
// a share of their pixels differ by more than a sixteenth of the range of a colour:
// edges that a rounding error moves by part of a pixel may look different.
func PNG(got, want []byte, share float64) error {
	a, err := decoded(got)
	if err != nil {
		return fmt.Errorf("the PNG that should be compared: %w", err)
	}
	b, err := decoded(want)
	if err != nil {
		return fmt.Errorf("the PNG to compare with: %w", err)
	}
	if a.Bounds().Size() != b.Bounds().Size() {
		return fmt.Errorf("%v pixels, want %v", a.Bounds().Size(), b.Bounds().Size())
	}
	size := b.Bounds().Size()
	off, first := 0, image.Point{}
	for y := range size.Y {
		for x := range size.X {
			if differ(a.At(a.Bounds().Min.X+x, a.Bounds().Min.Y+y), b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y)) {
				if off == 0 {
					first = image.Pt(x, y)
				}
				off++
			}
		}
	}
	if all := size.X * size.Y; float64(off) > share*float64(all) {
		return fmt.Errorf("%d of %d pixels differ, the first at %v; %.3g%% are allowed", off, all, first, 100*share)
	}
	return nil
}

// maxPixels bounds the pictures that are compared. A few bytes can say that they are
// of more pixels than there is memory.
const maxPixels = 1 << 24

func decoded(data []byte) (image.Image, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if c.Width > maxPixels/max(1, c.Height) {
		return nil, fmt.Errorf("%d×%d pixels are too many", c.Width, c.Height)
	}
	return png.Decode(bytes.NewReader(data))
}

func differ(a, b color.Color) bool {
	const least = 0x1000
	r, g, bl, al := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	far := func(x, y uint32) bool { return x > y+least || y > x+least }
	return far(r, r2) || far(g, g2) || far(bl, b2) || far(al, a2)
}
