package figure

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// PNG returns the picture as PNG, scale times as many pixels wide as its SVG
// is; 2 suits most screens. It returns an error if scale isn't between 0.1 and
// 10.
func (f *Figure) PNG(scale float64) ([]byte, error) {
	if !(scale >= 0.1 && scale <= 10) {
		return nil, fmt.Errorf("figure: PNG scale = %v: want 0.1 to 10", scale)
	}
	s, err := f.scene()
	if err != nil {
		return nil, err
	}
	return s.themed(f.Theme).png(scale)
}

func (s *scene) png(scale float64) ([]byte, error) {
	c := vgimg.NewWith(
		vgimg.UseWH(vg.Length(s.width), vg.Length(s.height)),
		vgimg.UseDPI(int(math.Round(96*scale))),
		vgimg.UseBackgroundColor(s.paper().color(1)),
	)
	h := vg.Length(s.height)
	up := func(p vg.Point) vg.Point { return vg.Point{X: p.X, Y: h - p.Y} }
	for _, sh := range s.shapes {
		c.SetColor(sh.color.color(sh.alpha))
		path := make(vg.Path, len(sh.path))
		for i, comp := range sh.path {
			comp.Pos = up(comp.Pos)
			if len(comp.Control) > 0 {
				control := make([]vg.Point, len(comp.Control))
				for j, q := range comp.Control {
					control[j] = up(q)
				}
				comp.Control = control
			}
			path[i] = comp
		}
		switch sh.kind {
		case fill:
			c.Fill(path)
		case stroke:
			dash := make([]vg.Length, len(sh.dash))
			for i, d := range sh.dash {
				dash[i] = vg.Length(d * sh.width)
			}
			c.SetLineDash(dash, 0)
			c.SetLineWidth(vg.Length(sh.width))
			for _, piece := range pieces(path, len(dash) == 0) {
				c.Stroke(piece)
			}
		case dots:
			r := vg.Length(sh.width / 2)
			for _, m := range path {
				var disc vg.Path
				disc.Move(vg.Point{X: m.Pos.X + r, Y: m.Pos.Y})
				disc.Arc(m.Pos, r, 0, 2*math.Pi)
				disc.Close()
				c.Fill(disc)
			}
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed} // two thirds of the time for a few per cent more bytes
	if err := encoder.Encode(&b, c.Image()); err != nil {
		return nil, fmt.Errorf("figure: PNG: %w", err)
	}
	return b.Bytes(), nil
}

// pieces cuts a path where the pen is lifted, and long lines where that can't
// be seen: the time the rasteriser takes grows with the square of what it is
// given at once.
func pieces(p vg.Path, long bool) []vg.Path {
	const most = 256
	var (
		out   []vg.Path
		piece vg.Path
	)
	for i, c := range p {
		if c.Type == vg.MoveComp && len(piece) > 0 {
			out, piece = append(out, piece), nil
		}
		piece = append(piece, c)
		if long && len(piece) >= most && c.Type == vg.LineComp && p[i-1].Type == vg.LineComp {
			// Draw the last stretch twice, so that no corner is missing.
			out, piece = append(out, piece), vg.Path{{Type: vg.MoveComp, Pos: p[i-1].Pos}, c}
		}
	}
	if len(piece) > 0 {
		out = append(out, piece)
	}
	return out
}

func (c rgb) color(alpha float64) color.Color {
	return color.NRGBA{c.r, c.g, c.b, uint8(math.Round(255 * alpha))}
}
