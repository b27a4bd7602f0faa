package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	nethtml "golang.org/x/net/html"

	"github.com/wasserwerk-go/wasserwerk/lib/figure/chartjs"
)

// An interactive chart is an output of a notebook that holds a description, data
// alone, and a script that draws it. Of these a page takes the description, if it
// says nothing but what descriptions say, and draws it by a script of its own.

// chartType is what an output calls a description of a chart.
const chartType = "application/vnd.wasserwerk.chart+json"

// chart is what a description says beside its option.
type chart struct {
	Width, Height int
	Alt           string
	json          []byte
}

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

// findChart returns the chart that a piece of HTML describes, nil if it has none.
func findChart(source string) (*chart, error) {
	if !strings.Contains(source, chartType) {
		return nil, nil
	}
	doc, err := nethtml.Parse(strings.NewReader(source))
	if err != nil {
		return nil, err
	}
	for n := range doc.Descendants() {
		if n.Data == "script" && attribute(n, "type") == chartType {
			return readChart(textOf(n))
		}
	}
	return nil, nil
}

func readChart(source string) (*chart, error) {
	var c chart
	if err := json.Unmarshal([]byte(source), &c); err != nil {
		return nil, fmt.Errorf("a chart can't be read: %w", err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > 10_000 || c.Height > 10_000 {
		return nil, fmt.Errorf("a chart is %d by %d pixels large", c.Width, c.Height)
	}
	dec := json.NewDecoder(strings.NewReader(source))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("a chart can't be read: %w", err)
	}
	if err := checkChart(v, ""); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil { // < and > are escaped in it
		return nil, err
	}
	c.json = bytes.TrimSpace(b.Bytes())
	return &c, nil
}

// checkChart refuses keys that no description has, and symbols that aren't drawn.
func checkChart(v any, key string) error {
	switch v := v.(type) {
	case map[string]any:
		for k, w := range v {
			if key != "dark" && !chartKeys[k] {
				return fmt.Errorf("a chart has %q, which means nothing here", short(k))
			}
			if err := checkChart(w, k); err != nil {
				return err
			}
		}
	case []any:
		for _, w := range v {
			if err := checkChart(w, key); err != nil {
				return err
			}
		}
	case string:
		if strings.HasPrefix(v, "image://") {
			return fmt.Errorf("a chart would load the picture %s", short(v))
		}
	}
	return nil
}

// nodes returns the place that the chart is drawn in and its description.
func (c *chart) nodes() []*nethtml.Node {
	return []*nethtml.Node{rawNode(fmt.Sprintf(
		`<div class="chart" hidden role="img" aria-label="%s" style="max-width:%dpx;aspect-ratio:%d/%d"></div><script type="application/json">%s</script>`,
		html.EscapeString(c.Alt), c.Width, c.Width, c.Height, c.json))}
}

// drawCharts draws all charts of a page in the places of their pictures, where
// there is room for them.
const drawCharts = `(() => {
const draw = %s;
document.querySelectorAll(".chart").forEach((e) => {
  const figure = e.parentElement;
  if (figure.clientWidth < 480) return;
  e.hidden = false;
  if (draw(e, JSON.parse(e.nextElementSibling.textContent))) figure.classList.add("live");
  else e.hidden = true;
});
})();`

// chartScripts returns what draws the charts of a page, given the library.
func chartScripts(library string) []string {
	return []string{chartjs.Loader(library), fmt.Sprintf(drawCharts, strings.TrimRight(chartjs.Script, "\n"))}
}

// scriptHash is how a page's policy names a script that may run.
func scriptHash(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
