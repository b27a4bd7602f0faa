package page

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// A listener is a server on this machine that payloads call: what runs asks for
// /run/…, what is fetched for /get/….
type listener struct {
	*httptest.Server
	mu    sync.Mutex
	heard map[string]bool
}

func listen(t *testing.T) *listener {
	l := &listener{heard: make(map[string]bool)}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if r.URL.Path != "/favicon.ico" {
			l.heard[r.URL.Path] = true
		}
	}))
	t.Cleanup(l.Close)
	return l
}

// take returns what was heard since the last time.
func (l *listener) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.Sorted(maps.Keys(l.heard))
	clear(l.heard)
	return list
}

// thorough skips a test that asks the browser for some seconds, where nobody has asked
// for all tests.
func thorough(t *testing.T) {
	t.Helper()
	if os.Getenv("WASSERWERK_NO_SKIP") == "" {
		t.Skip("takes some seconds in a browser; set WASSERWERK_NO_SKIP to run it")
	}
}

// armed makes the n-th payload call the listener. Its script has no quotes and no
// blanks, which would end the attributes that it stands in.
func (l *listener) armed(payload string, n int) string {
	run := fmt.Sprintf("document.title=/owned/.source,new/**/Image().src=`%s/run/%d`,void(0)", l.URL, n)
	return armed(payload, run, fmt.Sprintf("%s/get/%d", l.URL, n))
}

// drive does to a page what a reader might: it points at everything, clicks on
// everything, and shows the tips of charts. Links that lead to other pages are not
// followed; those that are scripts are.
const drive = `<script>
addEventListener("click", (e) => {
  const a = e.target.closest && e.target.closest("a");
  const href = a && String(a.href && a.href.baseVal || a.href);
  if (a && !/^\s*(javascript|data):/i.test(href)) e.preventDefault();
}, true);
addEventListener("load", () => {
  for (const e of document.querySelectorAll("body *:not(script)")) {
    for (const name of ["mouseover", "mouseenter", "pointerover", "focus", "toggle", "beforematch"]) e.dispatchEvent(new Event(name));
    e.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, view: window}));
  }
  if (globalThis.echarts) for (const e of document.querySelectorAll(".chart")) {
    const chart = echarts.getInstanceByDom(e);
    for (let i = 0; chart && i < 4; i++) chart.dispatchAction({type: "showTip", seriesIndex: i, dataIndex: 0});
  }
});
</script>`

// driven returns a page with what drives it at its end. There is a </body> in the
// library of charts too.
func driven(page string) string {
	at := strings.LastIndex(page, "</body>")
	return page[:at] + drive + page[at:]
}

// open shows a page to the browser, with its policy and without, so that neither
// hides what the other lets through, and reports what the page did.
func (l *listener) open(t *testing.T, what, page string) {
	t.Helper()
	bare := strings.Replace(page, `<meta http-equiv="Content-Security-Policy"`, `<meta name="none"`, 1)
	if bare == page {
		t.Fatalf("%s: it has no policy", what)
	}
	bare = driven(bare)
	for how, s := range map[string]string{"as it is": page, "without its policy": bare} {
		l.take()
		dom := string(browser(t, writePage(t, s), "--virtual-time-budget=5000", "--window-size=1200,900", "--dump-dom"))
		if !strings.Contains(dom, "</html>") {
			t.Errorf("%s, %s: the browser shows another page: %.200s", what, how, dom)
		}
		if heard := l.take(); len(heard) > 0 || strings.Contains(dom, "<title>owned</title>") {
			t.Errorf("%s, %s: it asked for %v", what, how, heard)
		}
	}
}

// whole returns a page of all payloads: each where browsers read HTML, and each in one
// of the other places in turn.
func (l *listener) whole(t *testing.T) string {
	t.Helper()
	all := new(nbformat.Notebook)
	places := slices.Sorted(maps.Keys(hostile("")))
	for i, p := range payloads {
		s := l.armed(p, i)
		notebooks := hostile(strings.NewReplacer("$", "＄", `\(`, "(", `\[`, "[").Replace(s))
		for _, place := range []string{"markdown", "html", "html, inside", "svg", "attachment", places[i%len(places)]} {
			// What is refused alone would be refused with the others.
			if nb := notebooks[place]; nb.Metadata == nil {
				if _, ok := attempt(t, p, nb, Options{}); ok {
					all.Cells = append(all.Cells, nb.Cells...)
				}
			}
		}
	}
	page, ok := attempt(t, "all of them", all, Options{Title: l.armed(payloads[0], 0)})
	if !ok || len(all.Cells) < 4*len(payloads) {
		t.Fatalf("%d cells on the page: the test looks at too little", len(all.Cells))
	}
	return page
}

// The payloads work where nothing keeps them from it, or the tests below show nothing.
func TestPayloadsWork(t *testing.T) {
	t.Parallel()
	thorough(t)
	l := listen(t)
	var b strings.Builder
	tried := 0
	for i, p := range payloads {
		// Some would take the page from the others.
		if !strings.Contains(p, "<") || slices.ContainsFunc([]string{"http-equiv", "<base", "<plaintext", "<frameset"}, func(s string) bool { return strings.Contains(p, s) }) {
			continue
		}
		tried++
		fmt.Fprintf(&b, "<iframe srcdoc=\"%s\"></iframe>\n", strings.NewReplacer("&", "&amp;", `"`, "&quot;").Replace(l.armed(p, i)))
	}
	browser(t, writePage(t, "<!DOCTYPE html><body>"+b.String()), "--dump-dom")
	heard := l.take()
	ran := 0
	for _, s := range heard {
		if strings.HasPrefix(s, "/run/") {
			ran++
		}
	}
	if ran < 30 || len(heard)-ran < 10 {
		t.Errorf("of %d payloads %d ran and %d fetched something: %v", tried, ran, len(heard)-ran, heard)
	}
	// Links are clicked.
	var links strings.Builder
	for i, p := range []string{`<a href="javascript:RUN">x</a>`, `<svg><a href="javascript:RUN"><text y="9">x</text></a></svg>`} {
		links.WriteString(l.armed(p, i))
	}
	browser(t, writePage(t, "<!DOCTYPE html><body>"+links.String()+drive+"</body>"), "--virtual-time-budget=5000", "--dump-dom")
	if heard := l.take(); len(heard) != 2 {
		t.Errorf("of two links that are clicked %d ran: %v", len(heard), heard)
	}
}

func TestHostilePageInTheBrowser(t *testing.T) {
	t.Parallel()
	thorough(t)
	l := listen(t)
	l.open(t, "all payloads", l.whole(t))
}

func TestHostileGalleryInTheBrowser(t *testing.T) {
	t.Parallel()
	thorough(t)
	l := listen(t)
	var entries []Entry
	for i, p := range payloads {
		s := l.armed(p, i)
		entries = append(entries, Entry{notebookOf(shown("image/svg+xml", s)...), "a.html"}, Entry{notebookOf(markdownCell("# " + oneLine(s) + "\n\n" + s)), "a.html"})
	}
	var b strings.Builder
	if err := Gallery(&b, l.armed(payloads[0], 0), entries); err != nil {
		t.Fatal(err)
	}
	l.open(t, "the gallery", b.String())
}

func TestHostileFormulasInTheBrowser(t *testing.T) {
	t.Parallel()
	thorough(t)
	l := listen(t)
	together := new(nbformat.Notebook)
	for i, p := range texPayloads {
		together.Cells = append(together.Cells, markdownCell("$$"+l.armed(p, i)+"$$"))
	}
	shared.Prefetch(t.Context(), together)
	all := notebookOf(markdownCell("# Formulas"))
	for i, p := range texPayloads {
		if _, ok := attempt(t, p, notebookOf(together.Cells[i]), Options{}); ok {
			all.Cells = append(all.Cells, together.Cells[i])
		}
	}
	page, ok := attempt(t, "all formulas", all, Options{})
	if !ok {
		t.Fatal("no page of all of them")
	}
	l.open(t, "formulas", page)
}

// tips are descriptions of charts that try to have HTML in their tips.
var tips = []string{
	`"tooltip":{"trigger":"item","formatter":"<img src=x onerror=RUN><img src=GET>"}`,
	`"tooltip":[{"trigger":"item","show":true,"formatter":"<img src=x onerror=RUN><img src=GET>"}]`,
	`"tooltip":{"trigger":"item"},"baseOption":{"tooltip":[{"trigger":"item","formatter":"<img src=x onerror=RUN><img src=GET>"}]}`,
	`"tooltip":{"trigger":"item","confine":true},"legend":{"icon":"image:// GET","show":true}`,
	`"legend":{"icon":"emptyImage://GET","show":true}`,
	`"tooltip":{"show":true},"toolbox":{"show":true,"feature":{"restore":{"show":true,"icon":"path://M0 0","title":"<img src=x onerror=RUN>"}}}`,
	`"tooltip":{"trigger":"item"},"name":"<img src=x onerror=RUN>"`,
}

// The library that draws charts can do more than draw. What a description may say
// makes it do no more than that.
func TestHostileChartsInTheBrowser(t *testing.T) {
	t.Parallel()
	thorough(t)
	lib := library(t)
	l := listen(t)
	const series = `"xAxis":{},"yAxis":{},"series":[{"type":"line","name":"<img src=x onerror=RUN>","data":[[0,1],[1,2]],"showSymbol":true,"tooltip":{"formatter":"<img src=x onerror=RUN>"}}]`
	all := new(nbformat.Notebook)
	for i, tip := range tips {
		cells := chartCell(l.armed(`{"width":400,"height":300,"dark":{},"option":{`+tip+`,`+series+`}}`, i))
		if page, ok := attempt(t, tip, notebookOf(cells...), Options{Library: lib}); ok && strings.Contains(page, `<script type="application/json">`) {
			all.Cells = append(all.Cells, cells...)
		}
	}
	page, ok := attempt(t, "all tips", all, Options{Library: lib})
	if !ok || len(all.Cells) == 0 {
		t.Fatalf("a page of %d charts: the test looks at too little", len(all.Cells))
	}
	l.open(t, "charts", page)
	// Where tips are HTML, those that are shown here do call.
	html := strings.Replace(page, `renderMode: "richText"`, `renderMode: "html"`, 1)
	html = strings.Replace(html, `<meta http-equiv="Content-Security-Policy"`, `<meta name="none"`, 1)
	browser(t, writePage(t, driven(html)), "--virtual-time-budget=5000", "--window-size=1200,900", "--dump-dom")
	if heard := l.take(); len(heard) == 0 {
		t.Error("no tip is shown: the test looks at too little")
	}
}

// A chart that can't be drawn keeps no other from it.
func TestBrokenChartsInTheBrowser(t *testing.T) {
	t.Parallel()
	thorough(t)
	lib := library(t)
	const good = `{"width":400,"height":300,"alt":"good","dark":{},"option":{"xAxis":{},"yAxis":{},"series":[{"type":"line","data":[[0,1],[1,2]]}]}}`
	broken := []string{
		`{"draw":{"kind":"nosuch"},"type":"custom","data":[1]}`, `{"type":"custom","data":[1]}`, `{"type":"nosuch","data":[1]}`, `"x"`, `null`,
		`{"draw":{"kind":"band"},"type":"custom","data":[1]}`, `{"draw":{"kind":"paths","paths":{}},"type":"custom","data":[[1,2]]}`, // these come as far as the script
	}
	dir := t.TempDir()
	frames, made := "", 0
	for i, b := range broken {
		for k, dark := range []string{"", `"dark":{},`} {
			description := `{"width":400,"height":300,` + dark + `"option":{"series":[` + b + `]}}`
			page, ok := attempt(t, description, notebookOf(slices.Concat(chartCell(description), chartCell(good))...), Options{Library: lib})
			if !ok || !strings.Contains(page, "nextElementSibling") {
				continue
			}
			name := fmt.Sprintf("%d-%d.html", i, k)
			if err := os.WriteFile(filepath.Join(dir, name), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
			made++
			frames += `<iframe width="900" height="900" src="` + name + `" title="` + html.EscapeString(description) + `"></iframe>`
		}
	}
	const count = `<pre id="result"></pre><script>
const shows = (e) => e && e.getClientRects().length > 0;
onload = () => document.getElementById("result").textContent = [...document.querySelectorAll("iframe")].filter((f) => {
  const good = f.contentDocument.querySelector("[aria-label=good]"), figure = f.contentDocument.querySelector(".figure");
  return !shows(good && good.querySelector("canvas")) || !shows(figure.querySelector("img")) || figure.querySelector("canvas");
}).map((f) => f.title).join("\n");
</script>`
	if err := os.WriteFile(filepath.Join(dir, "frames.html"), []byte("<body>"+frames+count), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"0", "1"} {
		dom := string(browser(t, filepath.Join(dir, "frames.html"), "--window-size=1200,900", "--allow-file-access-from-files", "--blink-settings=preferredColorScheme="+scheme, "--virtual-time-budget=5000", "--dump-dom"))
		_, result, ok := strings.Cut(dom, `<pre id="result">`)
		result, _, _ = strings.Cut(result, "</pre>")
		if !ok || result != "" {
			t.Errorf("colour scheme %s, %d pages: the picture is missing, or the chart behind\n%s", scheme, made, html.UnescapeString(result))
		}
	}
}

// A chart is what was checked: an author's element that calls itself one isn't.
func TestOnlyChartsAreDrawn(t *testing.T) {
	t.Parallel()
	thorough(t)
	lib := library(t)
	const option = `{"width":400,"height":300,"dark":{},"option":{"xAxis":{},"yAxis":{},"title":{"text":"x","link":"javascript:alert(1)"},"series":[{"type":"line","data":[[0,1],[1,2]]}]}}`
	source := `<div><div class="chart" style="width:600px;height:300px"></div><p>` + option + `</p></div>`
	for _, cell := range []*nbformat.Cell{markdownCell(source), codeCell("x", display("text/html", source))} {
		page, ok := attempt(t, "a chart of the author's", notebookOf(cell, chartCell(`{"width":400,"height":300,"alt":"good","dark":{},"option":{"xAxis":{},"yAxis":{},"series":[{"type":"line","data":[[0,1]]}]}}`)[0]), Options{Library: lib})
		if !ok {
			t.Fatal("no page")
		}
		dom := string(browser(t, writePage(t, page), "--window-size=1200,900", "--dump-dom"))
		if n := strings.Count(dom, "<canvas"); n != 1 {
			t.Errorf("%d charts are drawn, want the one that is one", n)
		}
	}
}
