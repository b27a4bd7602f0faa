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
	if err := checkChart(v); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil { // < and > are escaped in it
		return nil, err
	}
	c.json = bytes.TrimSpace(b.Bytes())
	return &c, nil
}

// nodes returns the place that the chart is drawn in and its description.
func (c *chart) nodes() []*nethtml.Node {
	return []*nethtml.Node{rawNode(fmt.Sprintf(
		`<div class="chart" hidden role="img" aria-label="%s" style="max-width:%dpx;aspect-ratio:%d/%d"></div><script type="application/json">%s</script>`,
		html.EscapeString(c.Alt), c.Width, c.Width, c.Height, c.json))}
}

// drawCharts draws all charts of a page in the places of their pictures, where
// there is room for them. What follows a chart's place is its description: an
// author's element has no script behind it. A chart that fails leaves its picture.
const drawCharts = `(() => {
const draw = %s;
const attempt = (e, data) => {
  try {
    const chart = JSON.parse(data.textContent);
    chart.dark = Object.assign(Object.create(null), chart.dark);
    return draw(e, chart) && e.querySelector("canvas");
  } catch (err) {
    console.error(err);
  }
};
document.querySelectorAll(".figure > .chart").forEach((e) => {
  const figure = e.parentElement, data = e.nextElementSibling;
  if (!data || !data.matches("script[type='application/json']") || figure.clientWidth < 480) return;
  e.hidden = false;
  if (attempt(e, data)) {
    figure.classList.add("live");
    return;
  }
  e.hidden = true;
  globalThis.echarts?.getInstanceByDom(e)?.dispose();
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
