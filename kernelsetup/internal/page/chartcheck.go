package page

import (
	"errors"
	"fmt"
	"strings"
)

// chartKeys are what descriptions consist of. What loads or leads somewhere,
// takes HTML, or has functions in the library that draws them isn't among them.
var chartKeys = setOf(`align alt animation areas arrows at autoPlay axisLabel axisLine axisTick axisType
	back backgroundColor barCategoryGap barGap baseOption borderColor bottom calculable checkpointStyle
	clip color colors confine controlStyle currentIndex dark dash data dataZoom dimension dimensions draw
	encode feature filterMode fontSize fontWeight formatter grid gridIndex height hideOverlap icon inRange
	interval inverse itemHeight itemStyle itemWidth kind label labels left legend lineStyle max min name
	nameGap nameLocation nameTextStyle note nth of onZero opacity option options padding paths playInterval
	position precision progress progressive restore right runs series seriesIndex show showMaxLabel
	showMinLabel showSymbol sideways silent size splitLine startValue symbol symbolSize text textStyle
	timeline title toolbox tooltip top trigger type value vertical visualMap width x xAxis xAxisIndex y
	yAxis yAxisIndex z zoom`)

// chartKinds are the kinds of series that descriptions have, and drawnKinds those
// that the page's script draws.
var (
	chartKinds = setOf("line scatter bar custom")
	drawnKinds = setOf("band area paths segments cells errors levels rule note")
)

// checkChart refuses what no description has. The library that draws charts takes
// much in more than one shape; so that the script's word on tips holds, for one,
// everything must have the shape that package figure gives it.
func checkChart(v any) error {
	if err := checkKeys(v, ""); err != nil {
		return err
	}
	c, _ := v.(map[string]any)
	dark, ok := c["dark"].(map[string]any)
	if !ok && c["dark"] != nil {
		return errors.New("a chart's dark colours are no list")
	}
	for k, w := range dark {
		if _, ok := w.(string); !ok {
			return fmt.Errorf("a chart has no colour for %s", short(k))
		}
	}
	option, ok := c["option"].(map[string]any)
	if !ok {
		return errors.New("a chart has no option")
	}
	if _, ok := option["baseOption"]; !ok {
		return checkOption(option, false)
	}
	base, ok := option["baseOption"].(map[string]any)
	frames, list := option["options"].([]any)
	if !ok || !list || len(option) != 2 {
		return errors.New("a chart's frames can't be read")
	}
	if err := checkOption(base, false); err != nil {
		return err
	}
	for _, f := range frames {
		frame, ok := f.(map[string]any)
		if !ok {
			return errors.New("a chart's frames can't be read")
		}
		if err := checkOption(frame, true); err != nil {
			return err
		}
	}
	return nil
}

// checkOption checks what is drawn at once. A frame need not show anything.
func checkOption(option map[string]any, frame bool) error {
	for _, key := range []string{"baseOption", "options"} {
		if _, ok := option[key]; ok {
			return errors.New("a chart has frames within frames")
		}
	}
	series, ok := option["series"].([]any)
	if !ok {
		return errors.New("a chart has no series")
	}
	shows := frame
	for _, v := range series {
		s, _ := v.(map[string]any)
		kind, _ := s["type"].(string)
		if !chartKinds[kind] {
			return fmt.Errorf("a chart has a series of type %q", short(kind))
		}
		draw, _ := s["draw"].(map[string]any)
		if kind == "custom" {
			how, _ := draw["kind"].(string)
			if !drawnKinds[how] {
				return fmt.Errorf("a chart has a series of kind %q", short(how))
			}
		}
		data, _ := s["data"].([]any)
		shows = shows || len(data) > 0
	}
	if !shows {
		return errors.New("a chart shows nothing")
	}
	return nil
}

// checkKeys refuses keys that no description has, symbols that aren't drawn, and
// tips that the script would not find.
func checkKeys(v any, key string) error {
	switch v := v.(type) {
	case map[string]any:
		for k, w := range v {
			if key != "dark" && !chartKeys[k] {
				return fmt.Errorf("a chart has %q, which means nothing here", short(k))
			}
			if _, ok := w.(map[string]any); k == "tooltip" && key != "encode" && !ok {
				return errors.New("a chart's tips can't be read")
			}
			if err := checkKeys(w, k); err != nil {
				return err
			}
		}
	case []any:
		for _, w := range v {
			if err := checkKeys(w, key); err != nil {
				return err
			}
		}
	case string:
		if strings.Contains(strings.ToLower(v), "image://") { // as in emptyImage://
			return fmt.Errorf("a chart would load the picture %s", short(v))
		}
	}
	return nil
}
