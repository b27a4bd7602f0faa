package page

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

func TestChoose(t *testing.T) {
	const svg, png, html, md, plain = "image/svg+xml", "image/png", "text/html", "text/markdown", "text/plain"
	for _, test := range []struct {
		types []string
		want  string
	}{
		{[]string{plain, html, png, svg}, svg},
		{[]string{plain, html, png}, png},
		{[]string{plain, html, md}, html},
		{[]string{plain, md}, md},
		{[]string{plain}, plain},
		{[]string{"application/javascript"}, ""},
		{nil, ""},
	} {
		var pairs []string
		for _, mime := range test.types {
			pairs = append(pairs, mime, "x")
		}
		o := display(pairs...)
		if got, _ := choose(&o); got != test.want {
			t.Errorf("of %v %s is shown, want %s", test.types, got, test.want)
		}
	}
	// What is blank shows nothing, so it is not the best there is.
	o := display(html, " \n", plain, "x")
	if got, _ := choose(&o); got != plain {
		t.Errorf("a blank text/html was chosen: %s", got)
	}
}

func TestOutputs(t *testing.T) {
	stream := func(name, text string) nbformat.Output {
		return nbformat.Output{Type: nbformat.Stream, Name: name, Text: text}
	}
	svg := display("image/svg+xml", "<svg width='1'/>", "text/plain", "a \"line\"\nof two")
	alt := display("image/png", "QUJD\n", "text/plain", "plain")
	alt.Metadata = map[string]json.RawMessage{"image/png": json.RawMessage(`{"alt":"given","width":240,"height":1.5}`)}
	odd := display("image/png", "QUJD")
	odd.Metadata = map[string]json.RawMessage{"image/png": json.RawMessage(`[1]`)}
	for _, test := range []struct {
		name string
		out  nbformat.Output
		want []string
	}{
		{"stdout", stream("stdout", "a < b\n"), []string{`<pre class="text stream" tabindex="0">a &lt; b</pre>`}},
		{"stderr", stream("stderr", "\x1b[31mx"), []string{`class="text stream stderr"`, `<span class="a31">x</span>`}},
		{"progress", stream("stdout", "1%\r100%\n"), []string{">100%</pre>"}},
		{"long", stream("stdout", strings.Repeat("x\n", 12345)), []string{"<details><summary>stdout: 12,345 lines</summary><pre", "</pre></details>"}},
		{"svg", svg, []string{`<div class="figure"><img alt="a &#34;line&#34; of two" src="data:image/svg+xml;`}},
		{"png", alt, []string{`alt="given"`, `width="240"`, `height="1"`, `src="data:image/png;base64,QUJD"`}},
		{"png without alt", odd, []string{`alt="Figure without a description"`}},
		{"html", display("text/html", "<table><tr><td onclick='x'>1</td></tr></table>"), []string{"<td>1</td>"}},
		{"script alone", display("text/html", "<div style='height:500px'></div><script>x</script>", "text/plain", "a chart"), []string{"<div class=\"output\">\n<pre class=\"text\" tabindex=\"0\">a chart</pre>", "Not shown on this page: script."}},
		{"markdown", display("text/markdown", "*a* $x$"), []string{"<em>a</em>", `aria-label="x"`}},
		{"latex", display("text/latex", "$\\displaystyle x$"), []string{`aria-label="\displaystyle x"`}},
		{"plain", display("text/plain", "[1 2]"), []string{`<pre class="text" tabindex="0">[1 2]</pre>`}},
		{"javascript", display("application/javascript", "alert(1)"), []string{"Not shown on this page: an output of type application/javascript."}},
		{"error", nbformat.Output{Type: nbformat.Error, EName: "E", EValue: "v", Traceback: []string{"\x1b[31mpanic", "at"}}, []string{`class="text stream failure"`, ">panic\nat</span></pre>"}},
		{"bare error", nbformat.Output{Type: nbformat.Error, EName: "E", EValue: "v"}, []string{">E: v</pre>"}},
	} {
		got := mainOf(mustRender(t, codeCell("x", test.out)))
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in\n%.600s", test.name, want, got)
			}
		}
		if strings.Contains(got, "<script") || strings.Contains(got, "onclick") || strings.Contains(got, "alert(") {
			t.Errorf("%s: something that runs is left in %s", test.name, got)
		}
	}
	if got := mainOf(mustRender(t, codeCell("x", display("text/plain", ""), stream("stdout", "\n")))); strings.Contains(got, `class="output"`) {
		t.Errorf("blank outputs are shown: %s", got)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{7: "7", 999: "999", 1000: "1,000", 100000: "100,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s", n, got)
		}
	}
}
