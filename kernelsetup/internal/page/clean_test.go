package page

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func cleanString(t *testing.T, source string) (string, *cleaner) {
	t.Helper()
	c := &cleaner{restore: func(s string) string { return s }, picture: outputPicture}
	nodes, err := c.parse(source)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, n := range nodes {
		if err := html.Render(&b, n); err != nil {
			t.Fatal(err)
		}
	}
	return b.String(), c
}

func TestClean(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`<p class="a" style="color:red" onclick="x()">t</p>`, `<p class="a" style="color:red">t</p>`},
		{`a<script>alert(1)</script>b`, `ab`},
		{`<style>*{}</style><b>x</b>`, `<b>x</b>`},
		{`<a href="javascript:alert(1)">x</a>`, `<a>x</a>`},
		{`<a href=" JaVaScRiPt:alert(1)">x</a>`, `<a>x</a>`},
		{`<a href="data:text/html,x">x</a>`, `<a>x</a>`},
		{`<a href="https://example.org/">x</a>`, `<a href="https://example.org/">x</a>`},
		{`<a name="here"></a>`, `<a id="here"></a>`},
		{`<p style="background:url(http://a/b)">x</p>`, `<p>x</p>`},
		{`<p style="background:u\72l(//a)">x</p>`, `<p>x</p>`},
		{`<p style="position:fixed">x</p>`, `<p>x</p>`},
		{`<iframe src="http://a"></iframe><object data="x"></object><video src="x"></video>`, ``},
		{`<custom-tag><b>in</b> side</custom-tag>`, `<b>in</b> side`},
		{`<form><input name="q"></form><input type="checkbox" checked onclick="x">`, `<input type="checkbox" checked="" disabled=""/>`},
		{`<img src="data:image/png;base64,AA" onerror="x">`, `<img alt="" src="data:image/png;base64,AA"/>`},
		{`<!-- c --><td>x</td>`, `x`},
		{`<math><mi>x</mi></math>`, ``},
		{`<p id="m:0">x</p><p id="a b">y</p>`, `<p>x</p><p>y</p>`},
		{`<pre><code class="language-go">var x</code></pre>`, `<pre tabindex="0"><code><span class="k">var</span> x</code></pre>`},
	} {
		got, _ := cleanString(t, test.in)
		// The order of attributes is not the point.
		got = strings.Replace(got, `<img src="data:image/png;base64,AA" alt=""/>`, `<img alt="" src="data:image/png;base64,AA"/>`, 1)
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.in, got, test.want)
		}
	}
}

func TestCleanMakesPicturesOfSVG(t *testing.T) {
	got, c := cleanString(t, `<svg width="9" viewBox="0 0 9 9"><title>A line</title><script>alert(1)</script><path d="M0 0"/></svg>`)
	if !strings.HasPrefix(got, `<img src="data:image/svg+xml;charset=utf-8,&lt;svg xmlns=`) || !strings.Contains(got, `alt="A line"`) || strings.Contains(got, "<svg") {
		t.Errorf("got %s", got)
	}
	if len(c.errs)+len(c.refused) > 0 {
		t.Errorf("%v, %v", c.errs, c.refused)
	}
}

func TestCleanSaysWhatItLeavesOut(t *testing.T) {
	_, c := cleanString(t, `<script></script><img src="https://example.org/a.png"><iframe></iframe>`)
	if got := strings.Join(c.refused, " "); got != "script iframe" {
		t.Errorf("refused %q", got)
	}
	if err := errors.Join(c.errs...); err == nil || !strings.Contains(err.Error(), "https://example.org/a.png") {
		t.Errorf("errors %v: want one that names the picture", err)
	}
}

func TestSVGData(t *testing.T) {
	got := svgData("<?xml version=\"1.0\"?>\n<!-- c -->\n<svg width=\"1\">\n<path d=\"#%&\"/></svg>")
	want := `data:image/svg+xml;charset=utf-8,<svg xmlns='http://www.w3.org/2000/svg' width='1'> <path d='%23%25%26'/></svg>`
	if got != strings.ReplaceAll(want, "%27", "'") {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := svgData(`<svg a="it's"/>`); !strings.HasSuffix(got, "a='it%26%2339;s'/>") {
		t.Errorf("a quote became %s", got)
	}
	if got := svgData(`<svg><style>a{content:'"'}</style></svg>`); !strings.HasSuffix(got, `><style>a{content:'%22'}</style></svg>`) {
		t.Errorf("both quotes: %s", got)
	}
}

var unsafeHTML = regexp.MustCompile(`(?i)<(script|style|iframe|object|embed|form|link|meta|base|svg|math|template)[\s>/]|<[^>]* on[a-z]+=|javascript:`)

func FuzzClean(f *testing.F) {
	f.Add(`<p style="x" onclick=y><svg><script>z</script></svg><a href=javascript:1>`)
	f.Add(`<math><mtext><table><mglyph><style><img src=x onerror=1>`)
	f.Add(`<noscript><p title="</noscript><img src=x onerror=1>">`)
	f.Fuzz(func(t *testing.T, source string) {
		c := &cleaner{restore: func(s string) string { return s }, picture: outputPicture}
		nodes, err := c.parse(source)
		if err != nil {
			return
		}
		var check func(n *html.Node)
		check = func(n *html.Node) {
			if n.Type == html.ElementNode {
				if !kept[n.Data] && n.Data != "input" || n.Namespace != "" {
					t.Fatalf("%q: <%s> is left", source, n.Data)
				}
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || a.Key == "src" && !strings.HasPrefix(a.Val, "data:image/") || a.Key == "href" && !safeLink(a.Val) {
						t.Fatalf("%q: %s=%q is left", source, a.Key, a.Val)
					}
				}
			}
			for child := range n.ChildNodes() {
				check(child)
			}
		}
		for _, n := range nodes {
			check(n)
		}
		// What a browser makes of the bytes must be as harmless.
		var b bytes.Buffer
		for _, n := range nodes {
			if err := html.Render(&b, n); err != nil {
				t.Fatal(err)
			}
		}
		again := html.NewTokenizer(bytes.NewReader(b.Bytes()))
		for again.Next() != html.ErrorToken {
			tok := again.Token()
			if tok.Type == html.StartTagToken || tok.Type == html.SelfClosingTagToken {
				if tag := (&html.Token{Type: html.StartTagToken, Data: tok.Data}).String(); unsafeHTML.MatchString(tag) {
					t.Fatalf("%q: %s in %s", source, tag, b.Bytes())
				}
			}
		}
	})
}
