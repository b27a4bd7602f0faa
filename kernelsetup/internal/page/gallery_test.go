package page

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// inert matches a picture's address, in which a document is only a picture: browsers run
// no script of it.
var inert = regexp.MustCompile(`src="data:image/[^"]*"`)

func TestGallery(t *testing.T) {
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	data, err := json.Marshal(svg)
	if err != nil {
		t.Fatal(err)
	}
	nb := &nbformat.Notebook{Cells: []*nbformat.Cell{
		{Type: nbformat.Markdown, Source: "# Bounds & *costs*\n\nWhat does $\\tilde P_0$ **cost**? See [there](x.ipynb). " + strings.Repeat("More words follow here. ", 20)},
		{Type: nbformat.Code, Outputs: []nbformat.Output{{Type: nbformat.DisplayData, Data: map[string]json.RawMessage{"image/svg+xml": data}}}},
	}}
	var b strings.Builder
	if err := Gallery(&b, "All <of> them", []Entry{{nb, "a&b.html"}, {&nbformat.Notebook{}, "empty.html"}}); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{
		"<h1>All &lt;of&gt; them</h1>", `<a href="a&amp;b.html">`, "<h2>Bounds &amp; costs</h2>", "<p>What does P̃₀ cost? See there. More words",
		`<img class="thumb" alt="" src="data:image/svg`, `<span class="thumb">`, "<h2>Notebook</h2>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the gallery", want)
		}
	}
	if s := inert.ReplaceAllString(page, ""); strings.Contains(s, "<script") || !strings.Contains(s, "<img") {
		t.Error("a script")
	}
	if n := strings.Count(page, "More words follow"); n > 10 {
		t.Errorf("%d sentences", n)
	}
}
