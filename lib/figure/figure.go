package figure

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// A Figure says what to draw: series over two axes, or panels. It holds data
// and words only; how it is drawn is decided when a picture is asked for.
//
// Every text may hold formulas between dollar signs, in the part of TeX that
// the package comment lists.
type Figure struct {
	Title          string
	XLabel, YLabel string

	// XScale and YScale are Linear unless set to Log.
	XScale, YScale Scale

	// XRange and YRange are the ends of the axes; equal ends, the zero value
	// among them, mean that the ends follow from the data.
	XRange, YRange [2]float64

	// Equal makes a unit as long on the one axis as on the other, by letting
	// one of them, both linear, reach beyond its range.
	Equal bool

	// Bare leaves the axes, their marks and the colour bar out: for pictures.
	Bare bool

	// ColorMap, ColorRange and ColorLabel are what the XScale, XRange and XLabel
	// are to places: numbers that series show as colours share them and the
	// bar beside the axes that says what they mean. Numbers beyond a given
	// range have the colour of its end.
	ColorMap   ColorMap
	ColorRange [2]float64
	ColorLabel string

	// Categories name the places 0, 1, 2, … of Bars and Levels. With Sideways
	// they run down the left side and bars lie.
	Categories []string
	Sideways   bool

	// Series are drawn in order, the first at the bottom.
	Series []Series

	// Panels, if there are any, are drawn side by side in place of Series, in
	// equal parts of this figure's space. Columns is how many stand in a row;
	// 0 is all of them.
	Panels  []*Figure
	Columns int

	// Caption stands below the picture and adds to its height.
	Caption string

	// Alt describes the picture to those who don't see it; if empty, AltText
	// derives a description from the data.
	Alt string

	// Theme is Adaptive unless set to Light or Dark; that of a panel has no effect.
	Theme Theme

	// Width and Height are in centimetres; 0 is 16 and 10. A figure grows
	// beyond its height where titles and legend would crush the axes.
	Width, Height float64
}

// Scale is how an axis maps numbers to places.
type Scale uint8

const (
	Linear Scale = iota
	Log          // base 10; values that aren't positive aren't drawn, and the figure says so
)

const (
	pointsPerCm   = 72 / 2.54
	defaultWidth  = 16
	defaultHeight = 10
	maxCm         = 200
)

// size returns the width and height of the picture in points.
func (f *Figure) size() (w, h float64) {
	w, h = f.Width, f.Height
	if w == 0 {
		w = defaultWidth
	}
	if h == 0 {
		h = defaultHeight
		if n := len(f.Panels); n > 0 {
			h *= float64(f.rows())
		}
	}
	return w * pointsPerCm, h * pointsPerCm
}

func (f *Figure) columns() int {
	if f.Columns > 0 {
		return min(f.Columns, len(f.Panels))
	}
	return len(f.Panels)
}

func (f *Figure) rows() int {
	c := f.columns()
	return (len(f.Panels) + c - 1) / c
}

// check reports what makes the figure impossible to draw: lengths that don't
// match, labels that don't parse, ranges that can't be.
func (f *Figure) check() error {
	if f == nil {
		return fmt.Errorf("figure: nil *Figure")
	}
	for _, v := range []struct {
		name string
		cm   float64
	}{{"Width", f.Width}, {"Height", f.Height}} {
		if !(v.cm == 0 || v.cm >= 2 && v.cm <= maxCm) {
			return fmt.Errorf("figure: %s = %v cm: want 0 or a value from 2 to %d", v.name, v.cm, maxCm)
		}
	}
	if f.Theme > Dark {
		return fmt.Errorf("figure: unknown Theme %d", f.Theme)
	}
	if f.Columns < 0 {
		return fmt.Errorf("figure: Columns = %d is negative", f.Columns)
	}
	texts := append([]string{f.Title, f.XLabel, f.YLabel, f.ColorLabel, f.Caption}, f.Categories...)
	for _, t := range texts {
		if err := checkLabel(t); err != nil {
			return err
		}
	}
	if len(f.Panels) > 0 {
		if len(f.Series) > 0 {
			return fmt.Errorf("figure: %q has both Series and Panels", f.Title)
		}
		for i, p := range f.Panels {
			if p == nil {
				return fmt.Errorf("figure: panel %d is nil", i)
			}
			if len(p.Panels) > 0 {
				return fmt.Errorf("figure: panel %d has panels of its own", i)
			}
			if err := p.check(); err != nil {
				return fmt.Errorf("panel %d: %w", i, err)
			}
		}
		return nil
	}
	if len(f.Series) == 0 {
		return fmt.Errorf("figure: %q has no series", f.Title)
	}
	if err := checkRange("XRange", f.XRange, f.XScale); err != nil {
		return err
	}
	if err := checkRange("YRange", f.YRange, f.YScale); err != nil {
		return err
	}
	if err := f.checkColors(); err != nil {
		return err
	}
	if f.Equal && (f.XScale == Log || f.YScale == Log || len(f.Categories) > 0) {
		return fmt.Errorf("figure: %q: Equal needs two linear axes", f.Title)
	}
	for i, s := range f.Series {
		if s == nil {
			return fmt.Errorf("figure: series %d is nil", i)
		}
		if err := s.check(f); err != nil {
			return fmt.Errorf("figure: series %d (%T): %w", i, s, err)
		}
	}
	return nil
}

func checkLabel(s string) error {
	if _, err := setLabel(s, 1); err != nil {
		return fmt.Errorf("figure: %w", err)
	}
	return nil
}

func checkRange(name string, r [2]float64, s Scale) error {
	switch {
	case r[0] == r[1]:
		return nil
	case !(r[0] < r[1]) || math.IsInf(r[0], 0) || math.IsInf(r[1]-r[0], 0):
		return fmt.Errorf("figure: %s = %v isn't a finite range", name, r)
	case s == Log && r[0] <= 0:
		return fmt.Errorf("figure: %s = %v on a logarithmic axis", name, r)
	}
	return nil
}

// WriteFile writes the picture to a file, as SVG or as PNG at twice its size
// according to the name's ending.
func (f *Figure) WriteFile(name string) error {
	var (
		data []byte
		err  error
	)
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".svg":
		data, err = f.SVG()
	case ".png":
		data, err = f.PNG(2)
	default:
		return fmt.Errorf("figure: WriteFile %q: want a name that ends in .svg or .png", name)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}
