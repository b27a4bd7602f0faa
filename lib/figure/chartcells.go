package figure

import (
	"fmt"
	"math"
)

// blocks are cells, of many means over so many by so many.
func (b *chartBuilder) blocks(p *panel, s Cells) chartSeries {
	n, m := len(s.X)-1, len(s.Y)-1
	k := 1
	for ((n+k-1)/k)*((m+k-1)/k) > mostChartCells {
		k++
	}
	if k > 1 {
		b.notes = append(b.notes, fmt.Sprintf("The chart shows means over %d by %d cells.", k, k))
	}
	var x, y []float64
	var data []row
	for i := 0; i < n; i += k {
		x = append(x, six(s.X[i]))
		for j := 0; j < m; j += k {
			i1, j1 := min(i+k, n), min(j+k, m)
			if i == 0 {
				y = append(y, six(s.Y[j]))
			}
			data = append(data, row{six((s.X[i] + s.X[i1]) / 2), six((s.Y[j] + s.Y[j1]) / 2), s.mean(i, i1, j, j1)})
		}
	}
	x, y = append(x, six(s.X[n])), append(y, six(s.Y[m]))
	out := b.own("cells", "", look{color: softInk}, data, map[string]any{"x": x, "y": y})
	out.Silent, out.Tooltip = false, nil
	out.Dimensions = []string{named(p.XLabel, "x"), named(p.YLabel, "y"), named(p.ColorLabel, "value")}
	out.Encode = map[string]any{"x": 0, "y": 1, "tooltip": dims(3)}
	return out
}

// mean is that of the finite values in a block of cells, by area, and nil if there
// are none.
func (s Cells) mean(i0, i1, j0, j1 int) any {
	var sum, area float64
	for i := i0; i < i1; i++ {
		for j := j0; j < j1; j++ {
			if v := s.Values[i*(len(s.Y)-1)+j]; finite(v) {
				a := (s.X[i+1] - s.X[i]) * (s.Y[j+1] - s.Y[j])
				sum, area = sum+a*v, area+a
			}
		}
	}
	if area == 0 {
		return nil
	}
	return four(sum / area)
}

// levelSets are contours: lines, or areas from the lowest level up.
func (b *chartBuilder) levelSets(p *panel, s Contours) chartSeries {
	g := newMarch(p, s)
	var colors []string
	var paths, areas []any
	for _, level := range p.levelsOf(s) {
		c := b.color(p.shadeColor(p.shade(level.shade)))
		if !s.Filled {
			for _, loop := range g.loops(level.from) {
				for _, run := range inner(loop) {
					paths, colors = append(paths, p.rows(simplify(run, 0.2))), append(colors, c)
				}
			}
			continue
		}
		var loops [][]row
		for _, loop := range g.loops(level.from) {
			loops = append(loops, p.rows(simplify(places(loop), 0.2)))
		}
		areas, colors = append(areas, loops), append(colors, c)
	}
	if s.Filled {
		return b.own("area", "", look{color: softInk}, parts(len(areas)), map[string]any{"areas": areas, "colors": colors})
	}
	return b.own("paths", "", look{color: softInk}, parts(len(paths)), map[string]any{"paths": paths, "colors": colors, "width": six(contourWidth * 4 / 3)})
}

// visualMap is the bar that says what colours mean, beside its axes.
func (b *chartBuilder) visualMap(p *panel, series []int, dimension int) map[string]any {
	var colors []string
	for k := 0; k < shades; k += 4 {
		colors = append(colors, b.color(p.shadeColor(k)))
	}
	lo, hi := p.z.lo, p.z.hi
	if lo == hi {
		hi = math.Nextafter(lo, math.Inf(1))
	}
	return map[string]any{
		"type": "continuous", "seriesIndex": series, "dimension": dimension, "min": lo, "max": hi, "calculable": true,
		"inRange": map[string]any{"color": colors}, "precision": 4, "show": !p.Bare,
		"left": b.across(p.frame.right + 4), "top": b.down(p.frame.top),
		"itemWidth": pixels(barWidth), "itemHeight": pixels(p.frame.bottom - p.frame.top - 24), "padding": 0,
		"textStyle": text(b.color(ink), pixels(tickSize)),
	}
}
