package figure

import (
	"fmt"
	"math"

	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

func (b *chartBuilder) columns(p *panel, s Bars, l look) chartSeries {
	value, position := p.values(), "top"
	if p.Sideways {
		position = "right"
	}
	var data []any
	for i, v := range s.Y {
		item := map[string]any{"value": value.digits(v)}
		if s.Colors != nil && s.Colors[i] != Auto {
			item["itemStyle"] = map[string]any{"color": b.color(palette[s.Colors[i]])}
		}
		if l := labelOf(s.Labels, i); l != "" && s.Err == nil {
			style := text(b.color(ink), pixels(labelTextSize))
			style["show"], style["position"], style["formatter"] = true, position, l
			item["label"] = style
		}
		data = append(data, item)
	}
	out := chartSeries{Clip: true}
	out.Type, out.Name, out.Data = types.ChartBar, mustPlain(s.Name), data
	out.BarGap, out.BarCategoryGap = "0%", fmt.Sprintf("%.0f%%", 100*(1-barShare))
	out.ItemStyle = &opts.ItemStyle{Color: b.color(l.color)}
	return out
}

// labelOf is a bar's, in plain text.
func labelOf(labels []string, i int) string {
	if labels == nil {
		return ""
	}
	return mustPlain(labels[i])
}

// values is the axis that bars run along.
func (p *panel) values() *axis {
	if p.Sideways {
		return &p.x
	}
	return &p.y
}

// encode says which numbers of a row lie along which axis, the first being a
// category.
func (p *panel) encode(values []int) map[string]any {
	if p.Sideways {
		return map[string]any{"x": values, "y": 0}
	}
	return map[string]any{"x": 0, "y": values}
}

func (b *chartBuilder) barErrors(p *panel, s Bars, nth, of int) chartSeries {
	value := p.values()
	data, labels := []row{}, []string{}
	for i, e := range s.Err {
		if e >= 0 && value.shows(s.Y[i]) && value.shows(s.Y[i]+e) {
			data = append(data, row{i, six(math.Max(s.Y[i]-e, value.lo)), six(s.Y[i] + e)})
			labels = append(labels, labelOf(s.Labels, i))
		}
	}
	out := b.own("errors", "", look{color: ink}, data, map[string]any{"nth": nth, "of": of, "sideways": p.Sideways, "labels": labels})
	out.Encode = p.encode([]int{1, 2})
	return out
}
