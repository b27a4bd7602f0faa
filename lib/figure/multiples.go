package figure

import (
	"fmt"
	"math"
	"slices"
)

// Multiples puts figures side by side, so many in a row, over the same ranges of
// axes and colours, so that they can be compared at a glance. Ranges that a figure
// has are kept. It returns an error if one can't be drawn, and changes none of
// them.
func Multiples(columns int, figures ...*Figure) (*Figure, error) {
	var x, y, z [2]float64
	grow := func(r *[2]float64, a axis, any bool) {
		switch {
		case !any:
		case r[0] == r[1]:
			*r = [2]float64{a.lo, a.hi}
		default:
			*r = [2]float64{math.Min(r[0], a.lo), math.Max(r[1], a.hi)}
		}
	}
	for i, f := range figures {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("figure %d: %w", i, err)
		}
		if len(f.Panels) > 0 {
			return nil, fmt.Errorf("figure: Multiples: figure %d has panels", i)
		}
		p := &panel{Figure: f}
		if err := p.scales(); err != nil {
			return nil, fmt.Errorf("figure %d: %w", i, err)
		}
		grow(&x, p.x, true)
		grow(&y, p.y, true)
		grow(&z, p.z, p.colored)
	}
	all := &Figure{Columns: columns}
	for _, f := range figures {
		c := *f
		c.Series = slices.Clone(f.Series)
		set := func(r *[2]float64, to [2]float64) {
			if r[0] == r[1] {
				*r = to
			}
		}
		set(&c.XRange, x)
		set(&c.YRange, y)
		set(&c.ColorRange, z)
		all.Panels = append(all.Panels, &c)
	}
	return all, nil
}
