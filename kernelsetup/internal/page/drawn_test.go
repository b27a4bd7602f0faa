package page

import (
	"strings"
	"testing"
)

func TestCleanFormula(t *testing.T) {
	const start = `<svg style="vertical-align: -0.025ex;" width="1ex" height="1ex" viewBox="0 -442 572 453">`
	for _, test := range []struct{ in, want string }{ // want "" for the same
		{`<g stroke="currentColor" fill="none" stroke-width="0" transform="scale(1,-1)"><path data-c="78" d="M1 2Q3-4.5Z"></path></g>`, ""},
		{`<text font-size="884px" font-family="serif">漢 &amp; &lt;b&gt;</text>`, ""},
		{`<g fill="rgb(1,2,3)" stroke="#ff0000"><svg x="1.5" y="-2" width="3" height="4" viewBox="0 0 1 1"></svg></g>`, ""},
		{`<g fill="url(http://x)" stroke="red;x" transform="url(x)" data-x="(">a</g>`, "refused"},
		{`<g fill="url(http://x)" stroke="red;x" transform="url(x)" data-x="("></g>`, `<g></g>`},
		{`<g id="m:0" class="chart" style="position:fixed" onclick="x" href="javascript:x" fill="red" fill="blue"></g>`, `<g fill="red"></g>`},
		{`<line class="mjx-dashed" x1="1"></line>`, `<line fill="none" stroke-width="70" stroke-dasharray="140" x1="1"></line>`},
		{`<g/>`, `<g></g>`},
		{`<a href="#"><g></g></a>`, "refused"},
		{`<image href="http://x"></image>`, "refused"},
		{`<script>1</script>`, "refused"},
		{`<x:g></x:g>`, "refused"},
		{`<!-- --><g></g>`, "refused"},
		{`<g></svg>`, "refused"},
	} {
		got, err := cleanFormula(start + test.in + "</svg>")
		if test.want == "refused" {
			if err == nil || got != "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %s, %v; want an error", test.in, got, err)
			}
			continue
		}
		want := test.want
		if want == "" {
			want = test.in
		}
		if err != nil || got != start+want+"</svg>" {
			t.Errorf("%s:\n got %s, %v\nwant %s", test.in, got, err, want)
		}
	}
	for _, bad := range []string{"", "x", "<g></g>", start, start + "</svg>" + start + "</svg>", start + "</svg>x"} {
		if got, err := cleanFormula(bad); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

// What MathJax makes of usual formulas passes as it is: the cache need not be made
// anew. Tables with rules get what MathJax has in a style sheet.
func TestUsualFormulasAreClean(t *testing.T) {
	t.Parallel()
	list := []formula{
		{`\int_0^\tau \|v_t\|^2\,dt \le \frac{\mathcal W_2^2(p,q)}{2\tau}`, true},
		{`\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`, true},
		{`\underbrace{abc}_n \overbracket{x}`, true},
		{`\cancel{x} + \boxed{y} + \sqrt[3]{z} + \text{ж}`, false},
		{`\color{red}x \colorbox{yellow}{y} \textcolor{#00ff00}{z}`, false},
		{`\ce{CO2 + C <=> 2 CO}`, false},
		{`\begin{array}{|c:c|}\hline a&b\\\hdashline c&d\\\hline\end{array}`, true},
	}
	svgs, errs, err := typeset(list)
	if err != nil {
		t.Fatal(err)
	}
	for i, svg := range svgs {
		clean, err := cleanFormula(svg)
		if errs[i] != nil || err != nil {
			t.Fatalf("%s: %v, %v", list[i].TeX, errs[i], err)
		}
		if again, err := cleanFormula(clean); again != clean {
			t.Errorf("%s: not clean at once: %v", list[i].TeX, err)
		}
		switch {
		case strings.Contains(svg, `class="mjx-`):
			if strings.Contains(clean, "class") || !strings.Contains(clean, `stroke-dasharray="140"`) || !strings.Contains(clean, `<rect fill="none" stroke-width="70" data-frame="true"`) {
				t.Errorf("rules are lost in %.300s", clean)
			}
		case !strings.Contains(svg, `style="border`) && clean != svg:
			t.Errorf("%s:\n%.300s\nbecame\n%.300s", list[i].TeX, svg, clean)
		}
	}
}

func BenchmarkCleanFormula(b *testing.B) {
	svgs, _, err := typeset([]formula{{`\int_0^\tau \|v_t\|^2\,dt \le \frac{\mathcal W_2^2(p,q)}{2\tau}`, true}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(svgs[0])))
	for b.Loop() {
		if _, err := cleanFormula(svgs[0]); err != nil {
			b.Fatal(err)
		}
	}
}

// Whatever stands in the cache, what passes does no harm and passes again.
func FuzzCleanFormula(f *testing.F) {
	for _, s := range []string{
		`<svg viewBox="0 0 9 9" height="1ex"><g fill="red"><path d="M0 0"></path><text>x&#9;&lt;</text></g></svg>`, `<svg a='"' class="x" onload="1"/>`, `<svg fill="url(x)" fill="red" x:href="y"><a href="z"/></svg>`,
		`<svg><line class="mjx-dotted" fill="red"/></svg>`, `<svg><text>]]&gt;&#x1F600;</text></svg>`,
	} {
		f.Add(s)
	}
	const shell = `<!DOCTYPE html><html><head><title></title><style></style><meta><meta><meta><meta http-equiv="x" content="` + policy + `"></head><body><main>`
	f.Fuzz(func(t *testing.T, s string) {
		clean, err := cleanFormula(s)
		if err != nil {
			return
		}
		if again, err := cleanFormula(clean); again != clean {
			t.Fatalf("%q became %q and %q (%v)", s, clean, again, err)
		}
		if found := harm(shell + clean + "</main></body></html>"); len(found) > 0 {
			t.Fatalf("%q became %q: %v", s, clean, found)
		}
	})
}
