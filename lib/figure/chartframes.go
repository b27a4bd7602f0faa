package figure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Chart returns the animation as an interactive chart with a slider over its
// frames. They must be alike: the same axes, and series of the same kinds. It
// returns an error if they aren't, or one can't be drawn.
func (a *Animation) Chart() (*Chart, error) {
	alt, err := a.AltText()
	if err != nil {
		return nil, err
	}
	out := &Chart{Alt: alt, Dark: make(map[string]string)}
	var first *chartBuilder
	var base map[string]any
	var frames []any
	var names []string
	for i, f := range a.Frames {
		b, err := f.chart(timelineHeight)
		if err != nil {
			return nil, fmt.Errorf("frame %d: %w", i, err)
		}
		switch {
		case i == 0:
			first, base = b, b.option()
		case !slices.EqualFunc(b.series, first.series, func(s, t chartSeries) bool { return s.Type == t.Type }):
			return nil, fmt.Errorf("figure: frame %d has other series than the first", i)
		}
		frames = append(frames, map[string]any{"title": b.titles(), "series": b.series})
		names = append(names, frameName(f, i))
		maps.Copy(out.Dark, b.darkColors())
		out.Note = strings.Join(b.notes, " ")
	}
	mark := first.color(palette[Blue])
	base["timeline"] = map[string]any{
		"axisType": "category", "data": names, "currentIndex": len(names) - 1, "autoPlay": false,
		"playInterval": 600, "bottom": 0, "left": "4%", "right": "4%", "symbolSize": 7,
		"label":           map[string]any{"color": first.color(ink), "interval": "auto"},
		"lineStyle":       map[string]any{"color": first.color(gridInk)},
		"itemStyle":       map[string]any{"color": mark},
		"checkpointStyle": map[string]any{"color": mark, "borderColor": first.color(paper)},
		"progress":        map[string]any{"lineStyle": map[string]any{"color": mark}, "itemStyle": map[string]any{"color": mark}},
		"controlStyle":    map[string]any{"color": first.color(axisInk), "borderColor": first.color(axisInk)},
	}
	maps.Copy(out.Dark, first.darkColors())
	out.Option = map[string]any{"baseOption": base, "options": frames}
	out.Width, out.Height = pixels(first.width), pixels(first.height)
	return out, nil
}

const timelineHeight = 40 // in points, below the axes

// frameName is what the slider calls a frame: its title.
func frameName(f *Figure, i int) string {
	if t := mustPlain(f.Title); t != "" {
		return t
	}
	return fmt.Sprint(i + 1)
}
