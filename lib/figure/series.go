package figure

import "fmt"

// A Series is something drawn over the axes: Curve, Band, Points, Segments,
// Paths, Cells, Contours, Bars, Levels, Rule or Note. Series with a name appear in the legend.
//
// NaN and infinite values, and values that aren't positive on a logarithmic
// axis, aren't drawn: a curve breaks there, and a line below the figure counts
// them.
type Series interface {
	check(f *Figure) error
}

// Curve joins the points (X[i], Y[i]) in order.
type Curve struct {
	Name  string
	X, Y  []float64
	Color Color
	Dash  Dash
	Width float64 // in points; 0 is 1.8
}

// Band fills the space between Lo and Hi over X, as for a confidence band or
// the area under a curve.
type Band struct {
	Name      string
	X, Lo, Hi []float64
	Color     Color
}

// Points marks the points (X[i], Y[i]), with bars of Y[i] ± Err[i] if Err
// isn't nil. Points with Values have the colours of the figure's ColorMap, and
// those with Radii their own sizes; small ones lie above large ones.
type Points struct {
	Name   string
	X, Y   []float64
	Err    []float64
	Values []float64 // shown as colours, or nil
	Radii  []float64 // in points, ≥ 0, in place of Radius; or nil
	Mark   Mark
	Color  Color
	Radius float64 // in points; 0 is 3
}

// Mark is the shape of points.
type Mark uint8

const (
	Disc   Mark = iota
	Square      // as large as a disc
)

// Bars draws a bar up to Y[i] at the figure's i-th category; several Bars
// stand in groups. On a logarithmic axis they start at the axis' lower end.
type Bars struct {
	Name   string
	Y      []float64
	Err    []float64 // half-length of error bars, or nil
	Labels []string  // text at the end of each bar, or nil
	Color  Color
	Colors []Color // of single bars, where not Auto; or nil
}

// Levels draws a line across the whole of the i-th category at Y[i].
type Levels struct {
	Name  string
	Y     []float64
	Color Color // Auto is black
	Dash  Dash  // AutoDash is dashed
}

// Rule is a straight line across the axes: at Y = At, or at X = At if Vertical.
type Rule struct {
	Name     string
	At       float64
	Vertical bool
	Color    Color // Auto is grey
	Dash     Dash  // AutoDash is dashed
}

// Note is a text at the point (X, Y): above and to the right of it, or where
// there is room.
type Note struct {
	X, Y  float64
	Text  string
	Color Color // Auto is black
}

func same(names string, want int, got ...int) error {
	for _, n := range got {
		if n != want {
			return fmt.Errorf("lengths of %s differ: %d and %d", names, want, n)
		}
	}
	return nil
}

func checkStyle(name string, c Color, d Dash) error {
	if int(c) >= len(palette) {
		return fmt.Errorf("unknown Color %d", c)
	}
	if int(d) >= len(dashes) {
		return fmt.Errorf("unknown Dash %d", d)
	}
	return checkLabel(name)
}

func (s Curve) check(*Figure) error {
	if err := same("X and Y", len(s.X), len(s.Y)); err != nil {
		return err
	}
	if !(s.Width >= 0 && s.Width < 100) {
		return fmt.Errorf("line width %v", s.Width)
	}
	return checkStyle(s.Name, s.Color, s.Dash)
}

func (s Band) check(*Figure) error {
	if err := same("X, Lo and Hi", len(s.X), len(s.Lo), len(s.Hi)); err != nil {
		return err
	}
	return checkStyle(s.Name, s.Color, 0)
}

func (s Points) check(*Figure) error {
	if err := same("X and Y", len(s.X), len(s.Y)); err != nil {
		return err
	}
	if s.Err != nil {
		if err := same("Y and Err", len(s.Y), len(s.Err)); err != nil {
			return err
		}
	}
	if s.Values != nil {
		if err := same("X and Values", len(s.X), len(s.Values)); err != nil {
			return err
		}
	}
	if s.Radii != nil {
		if err := same("X and Radii", len(s.X), len(s.Radii)); err != nil {
			return err
		}
	}
	for i, r := range append([]float64{s.Radius}, s.Radii...) {
		switch {
		case r >= 0 && r < 100:
		case i == 0:
			return fmt.Errorf("radius %v", r)
		default:
			return fmt.Errorf("radius %d is %v, want 0 to 100", i-1, r)
		}
	}
	if s.Mark > Square {
		return fmt.Errorf("unknown Mark %d", s.Mark)
	}
	return checkStyle(s.Name, s.Color, 0)
}

func (s Bars) check(f *Figure) error {
	if err := same("the figure's Categories and Y", len(f.Categories), len(s.Y)); err != nil {
		return err
	}
	if s.Err != nil {
		if err := same("Y and Err", len(s.Y), len(s.Err)); err != nil {
			return err
		}
	}
	if s.Labels != nil {
		if err := same("Y and Labels", len(s.Y), len(s.Labels)); err != nil {
			return err
		}
	}
	if s.Colors != nil {
		if err := same("Y and Colors", len(s.Y), len(s.Colors)); err != nil {
			return err
		}
	}
	for _, c := range s.Colors {
		if err := checkStyle("", c, 0); err != nil {
			return err
		}
	}
	for _, l := range s.Labels {
		if err := checkLabel(l); err != nil {
			return err
		}
	}
	return checkStyle(s.Name, s.Color, 0)
}

func (s Levels) check(f *Figure) error {
	if err := same("the figure's Categories and Y", len(f.Categories), len(s.Y)); err != nil {
		return err
	}
	return checkStyle(s.Name, s.Color, s.Dash)
}

func (s Rule) check(*Figure) error { return checkStyle(s.Name, s.Color, s.Dash) }

func (s Note) check(*Figure) error {
	if s.Text == "" {
		return fmt.Errorf("empty text")
	}
	return checkStyle(s.Text, s.Color, 0)
}
