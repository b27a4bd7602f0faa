package page

import (
	"context"
	"fmt"
	"image"
	"os"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/echarts"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	drawing "github.com/wasserwerk-go/wasserwerk/lib/figure"
)

// charted is a cell that showed a figure and its chart.
func charted(t *testing.T, f *drawing.Figure) *nbformat.Cell {
	t.Helper()
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Chart()
	if err != nil {
		t.Fatal(err)
	}
	html, err := c.HTML()
	if err != nil {
		t.Fatal(err)
	}
	return codeCell("x", display("image/svg+xml", string(svg), "text/plain", "alt"), display("text/html", html, "text/plain", "chart"))
}

func curve(name string) *drawing.Figure {
	return &drawing.Figure{Title: name, Series: []drawing.Series{
		drawing.Curve{Name: name, X: []float64{0, 1, 2}, Y: []float64{0, 1, 0}},
		drawing.Band{X: []float64{0, 1, 2}, Lo: []float64{0, 0.5, 0}, Hi: []float64{0, 1.5, 0.5}, Color: drawing.Green},
		drawing.Points{X: []float64{1}, Y: []float64{0.3}, Color: drawing.Purple, Radius: 9},
	}}
}

// Without the library a page has the picture alone, no script, and nothing of the
// chart's description.
func TestChartWithoutLibrary(t *testing.T) {
	for name, library := range map[string]func() string{"nil": nil, "none": func() string { return "" }} {
		s, err := render(t, Options{Library: library}, charted(t, curve("one")))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(s, "<script>") || strings.Contains(s, "script-src") || strings.Count(s, "<img") != 1 {
			t.Errorf("%s: scripts, or %d pictures", name, strings.Count(s, "<img"))
		}
		if strings.Contains(s, "http:") && strings.Contains(strings.ReplaceAll(s, "http://www.w3.org", ""), "http:") {
			t.Errorf("%s: an address of the network", name)
		}
	}
}

// What a description may not say is left out with a word, and so is an output that
// only pretends to be a chart.
func TestHostileCharts(t *testing.T) {
	good := charted(t, curve("one"))
	html, _ := good.Outputs[1].DataText("text/html")
	for _, test := range []struct{ name, old, new, want string }{
		{"function", `"trigger":"item"`, `"onclick":"alert(1)"`, "which means nothing here"},
		{"link", `"text":"one"`, `"link":"javascript:alert(1)"`, "which means nothing here"},
		{"picture", `"symbol":"none"`, `"symbol":"image://http://x/y.png"`, "would load the picture"},
		{"graphic", `"animation":false`, `"graphic":[]`, "which means nothing here"},
		{"torn", `"option":`, `"option":[`, "can&#39;t be read"},
		{"size", `"width":605`, `"width":-1`, "-1 by"},
	} {
		bad := strings.Replace(html, test.old, test.new, 1)
		if bad == html {
			t.Fatalf("%s: %s isn't in the chart", test.name, test.old)
		}
		s, err := render(t, Options{Library: func() string { return "0" }}, codeCell("x", good.Outputs[0], display("text/html", bad)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(s, test.want) || strings.Contains(s, "<script") {
			t.Errorf("%s: no %q, or a script, in\n%.1500s", test.name, test.want, mainOf(s))
		}
	}
	// A text that ends the element it is in ends nothing here.
	s, err := render(t, Options{Library: func() string { return "0" }}, charted(t, curve("</script><script>alert(1)</script>")))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s, "alert(1)<") || strings.Count(s, "<script") != 3 {
		t.Errorf("%d scripts", strings.Count(s, "<script"))
	}
	// A chart without its picture is no chart.
	if s := mustRender(t, codeCell("x", display("text/html", html, "text/plain", "words"))); !strings.Contains(s, "words") && !strings.Contains(s, "drawn where its notebook runs") {
		t.Errorf("nothing of a chart alone in %s", mainOf(s))
	}
}

// library is the real one.
func library(t *testing.T) func() string {
	t.Helper()
	s, err := echarts.Get(context.Background())
	if err != nil {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatalf("ECharts can't be had, and WASSERWERK_NO_SKIP is set: %v", err)
		}
		t.Skipf("ECharts can't be had: %v", err)
	}
	return func() string { return s }
}

// inked counts the pixels of a colour.
func inked(img image.Image, r, g, b uint32) int {
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if R, G, B, _ := img.At(x, y).RGBA(); R>>8 == r && G>>8 == g && B>>8 == b {
				n++
			}
		}
	}
	return n
}

// In a browser the chart is drawn, in light and in dark; on a narrow screen and
// on paper there is the picture.
func TestChartsInTheBrowser(t *testing.T) {
	t.Parallel()
	lib := library(t)
	s, err := render(t, Options{Library: lib}, charted(t, curve("one")), charted(t, curve("two")))
	if err != nil {
		t.Fatal(err)
	}
	dom := func(args ...string) string { return string(browser(t, writePage(t, s), append(args, "--dump-dom")...)) }
	if n := strings.Count(dom("--window-size=1200,900"), "<canvas"); n != 2 {
		t.Errorf("%d charts are drawn, want 2", n)
	}
	thorough(t)
	if n := strings.Count(dom("--window-size=400,900"), "<canvas"); n != 0 {
		t.Errorf("%d charts are drawn on a narrow screen", n)
	}
	// A big disc: the sketch's one colour that nothing is drawn over.
	disc := [2][3]uint32{{0xCC, 0x79, 0xA7}, {0xDD, 0x9D, 0xC1}}
	for i, args := range [][]string{nil, {"--blink-settings=preferredColorScheme=0"}} {
		img := screenshot(t, s, append(args, "--window-size=1200,1100")...)
		if n := inked(img, disc[i][0], disc[i][1], disc[i][2]); n < 200 {
			t.Errorf("scheme %d: %d pixels of the disc's colour", i, n)
		}
	}
}

// A page whose module loader is there gets its global variable all the same, and a
// cell that is run again is drawn again.
func TestChartInANotebook(t *testing.T) {
	t.Parallel()
	lib := library(t)()
	c, err := curve("one").Chart()
	if err != nil {
		t.Fatal(err)
	}
	html, err := c.HTML()
	if err != nil {
		t.Fatal(err)
	}
	page := fmt.Sprintf(`<!DOCTYPE html><script>globalThis.define = () => {}; define.amd = {};</script>
<div id="cell">%s</div><script>%s</script>
<script>
const cell = document.getElementById("cell"), source = %q;
const canvases = () => document.querySelectorAll("canvas").length;
document.title = "first " + canvases();
cell.innerHTML = source;
for (const old of cell.querySelectorAll("script")) { // as front ends do
  const fresh = document.createElement("script");
  fresh.type = old.type; fresh.textContent = old.textContent; old.replaceWith(fresh);
}
document.title += ", again " + canvases();
</script>`, html, "(function(define,exports,module){"+lib+"\n}).call(globalThis);dispatchEvent(new Event('wasserwerk:echarts'));",
		strings.ReplaceAll(html, "</script>", `<\/script>`))
	page = strings.ReplaceAll(page, `<\\/script>`, `<\/script>`)
	dom := string(browser(t, writePage(t, page), "--window-size=1200,900", "--dump-dom"))
	if !strings.Contains(dom, "<title>first 1, again 1</title>") {
		_, title, _ := strings.Cut(dom, "<title>")
		t.Errorf("title %.60q", title)
	}
}
