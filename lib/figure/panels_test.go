package figure

import (
	"testing"

	"gonum.org/v1/plot/vg"
)

// swatches counts the samples of a colour that a legend draws for bars.
func swatches(t *testing.T, f *Figure, c Color) int {
	t.Helper()
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, sh := range s.shapes {
		if sh.kind == fill && sh.color == palette[c] && sh.alpha == 0.9 && len(sh.path) == 5 &&
			sh.path[1].Pos.X-sh.path[0].Pos.X == markSwatch {
			n++
		}
	}
	return n
}

// What all panels say is said once.
func TestPanelsShareLegendAndCaption(t *testing.T) {
	panel := func(name, caption string, c Color) *Figure {
		return &Figure{
			Categories: []string{"a", "b"}, Caption: caption,
			Series: []Series{Bars{Name: name, Y: []float64{1, 2}, Color: c}, Levels{Name: "line", Y: []float64{3, 3}}},
		}
	}
	height := func(f *Figure) float64 {
		s, err := f.scene()
		if err != nil {
			t.Fatal(err)
		}
		return s.height
	}
	same := &Figure{Columns: 2, Panels: []*Figure{panel("u", "All hold.", Green), panel("u", "All hold.", Green), panel("u", "All hold.", Green)}}
	if n := swatches(t, same, Green); n != 1 {
		t.Errorf("%d legends for three panels that have the same, want 1", n)
	}
	for _, other := range []*Figure{panel("v", "All hold.", Green), panel("u", "All hold.", Sky)} {
		f := &Figure{Panels: []*Figure{panel("u", "All hold.", Green), other}}
		if n := swatches(t, f, Green) + swatches(t, f, Sky); n != 2 {
			t.Errorf("%d legends for two panels that differ, want 2", n)
		}
	}
	other := &Figure{Columns: 2, Panels: []*Figure{panel("u", "All hold.", Green), panel("u", "None holds.", Green), panel("u", "All hold.", Green)}}
	if line := height(other) - height(same); line < captionSize {
		t.Errorf("another caption adds %.1f points to the height", line)
	}
	other.Panels[2].Caption = "Some hold."
	if line := height(other) - height(same); line < 2*captionSize {
		t.Errorf("two other captions add %.1f points to the height", line)
	}
}

// A line that crosses the number at the end of a bar leaves a gap there, and
// the gap leaves the bars beside it whole.
func TestNumbersStandInGaps(t *testing.T) {
	f := &Figure{
		Categories: []string{"a"}, Sideways: true, XRange: [2]float64{0, 10}, Height: 3,
		Series: []Series{
			Bars{Y: []float64{2}, Labels: []string{"0.12345"}, Color: Green},
			Bars{Y: []float64{9}, Color: Sky},
			Levels{Y: []float64{3}, Color: Purple},
		},
	}
	s, err := f.scene()
	if err != nil {
		t.Fatal(err)
	}
	box := func(sh shape) (b frame) {
		b = frame{left: float64(sh.path[0].Pos.X), right: float64(sh.path[0].Pos.X), top: float64(sh.path[0].Pos.Y), bottom: float64(sh.path[0].Pos.Y)}
		for _, c := range sh.path {
			if c.Type != vg.CloseComp {
				x, y := float64(c.Pos.X), float64(c.Pos.Y)
				b = frame{min(b.left, x), min(b.top, y), max(b.right, x), max(b.bottom, y)}
			}
		}
		return b
	}
	var line, neighbour, gap frame
	lineAt, gapAt := 0, 0
	for i, sh := range s.shapes {
		switch {
		case sh.color == palette[Purple]:
			line, lineAt = box(sh), i
		case sh.color == palette[Sky]:
			neighbour = box(sh)
		case sh.kind == fill && sh.color == paper:
			gap, gapAt = box(sh), i
			text := box(s.shapes[i+1])
			if sh.alpha != 1 || text.left < gap.left || text.right > gap.right || text.top < gap.top || text.bottom > gap.bottom {
				t.Errorf("number in %+v, gap %+v of opacity %v", text, gap, sh.alpha)
			}
		}
	}
	if !(gapAt > lineAt && gap.left < line.left && gap.right > line.right) {
		t.Errorf("gap %+v doesn't interrupt the line %+v", gap, line)
	}
	if gap.bottom > neighbour.top {
		t.Errorf("gap %+v covers the bar %+v", gap, neighbour)
	}
}

// In a narrow panel whose range has no two round numbers, labels are left out
// rather than run into each other.
func TestNarrowPanelsKeepLabelsApart(t *testing.T) {
	f := &Figure{Width: 16}
	for range 3 {
		f.Panels = append(f.Panels, Lines([]float64{0.02, 0.98}, nil, []float64{-2, 2}))
	}
	for _, sub := range f.Panels {
		p, err := sub.newPanel(&scene{width: 150})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.draw(nil, labelSize, 0, 0, 140, 120); err != nil {
			t.Fatal(err)
		}
		if !apart(p.xTicks, &p.x) {
			t.Errorf("labels run into each other: %v", p.xTicks)
		}
	}
}
