package figure

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

func (m Points) radius(i int) float64 {
	switch {
	case m.Radii != nil:
		return math.Round(m.Radii[i]*10) / 10 // so that few sizes are many points
	case m.Radius != 0:
		return m.Radius
	}
	return dotRadius
}

// rim is how far the dark edge of a coloured point reaches beyond it: pale
// colours need one on white.
const rim = 0.6

// points draws marks by sizes, the largest first, and by colours.
func (p *panel) points(m Points, l look) {
	type kind struct {
		radius float64
		shade  int
	}
	var bars vg.Path
	at := make(map[kind][]point)
	for i := range m.X {
		if !p.x.shows(m.X[i]) || !p.y.shows(m.Y[i]) || m.Values != nil && !finite(m.Values[i]) {
			continue
		}
		q := point{p.x.at(m.X[i]), p.y.at(m.Y[i])}
		if p.frame.contains(q) {
			k := kind{radius: m.radius(i)}
			if m.Values != nil {
				k.shade = p.shade(m.Values[i])
			}
			if k.radius > 0 {
				at[k] = append(at[k], q)
			}
		}
		if m.Err != nil {
			bars = append(bars, p.errorBar(q.x, m.Y[i], m.Err[i], false)...)
		}
	}
	p.s.stroke(bars, l.color, 1, nil)
	kinds := make([]kind, 0, len(at))
	for k := range at {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int {
		return cmp.Or(cmp.Compare(b.radius, a.radius), cmp.Compare(a.shade, b.shade))
	})
	draw := func(pts []point, r float64, c rgb) {
		if m.Mark == Square {
			p.s.fill(squares(pts, r), c, 1)
		} else {
			p.s.dots(pts, r, c)
		}
	}
	for i := 0; i < len(kinds); {
		j, r := i, kinds[i].radius
		var all []point
		for ; j < len(kinds) && kinds[j].radius == r; j++ {
			all = append(all, at[kinds[j]]...)
		}
		if m.Values == nil {
			draw(all, r, l.color)
		} else {
			draw(all, r+rim, softInk)
			for _, k := range kinds[i:j] {
				draw(at[k], r, p.shadeColor(k.shade))
				p.s.number()
			}
		}
		i = j
	}
}

// squares returns squares that are as large as discs of a radius.
func squares(at []point, radius float64) vg.Path {
	h := math.Sqrt(math.Pi) / 2 * radius
	var path vg.Path
	for _, q := range at {
		path = append(path, polygon([]point{{q.x - h, q.y - h}, {q.x + h, q.y - h}, {q.x + h, q.y + h}, {q.x - h, q.y + h}})...)
	}
	return path
}
