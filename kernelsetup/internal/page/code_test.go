package page

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

func TestCellHTML(t *testing.T) {
	for _, test := range []struct {
		source, language string
		want             []string
		not              []string
	}{
		{"%%\nx := 1 % 2", "go", []string{`<span class="magic">%%</span>` + "\n", `<span class="n">1</span>`}, nil},
		{"!*go get a && b\nvar x int", "go", []string{`<span class="magic">!*go get a &amp;&amp; b</span>`, `<span class="k">var</span>`}, nil},
		{"!echo a \\\n  b\nfunc f()", "go", []string{`<span class="magic">  b</span>`, `<span class="k">func</span>`}, nil},
		{"%% arg\nfunc f()", "go", []string{`<span class="k">func</span>`}, nil},
		{"%%writefile a.txt\nfunc <b>", "go", []string{"func &lt;b&gt;"}, []string{`class="k"`}},
		{"a := b %\n\tc", "go", nil, []string{"magic"}},
		{"// c\n\"s\" `r` 'x'", "go", []string{`<span class="c">// c`, `<span class="s">&#34;s&#34;</span>`}, nil},
		{"def f(): pass", "python", []string{`<span class="k">def</span>`}, nil},
		{"a <b>", "no such language", []string{"a &lt;b&gt;"}, []string{"span"}},
		{"%x", "python", nil, []string{"magic"}},
	} {
		got := cellHTML(test.source, test.language)
		for _, w := range test.want {
			if !strings.Contains(got, w) {
				t.Errorf("%q: no %s in %s", test.source, w, got)
			}
		}
		for _, n := range test.not {
			if strings.Contains(got, n) {
				t.Errorf("%q: %s in %s", test.source, n, got)
			}
		}
	}
}

var tags = regexp.MustCompile(`</?span[^>]*>`)

// Colours change nothing else.
func FuzzCellHTML(f *testing.F) {
	f.Add("%%\nfunc f() string { return `<a>` }\n!ls\n")
	f.Add("\"unfinished\n/* too")
	f.Fuzz(func(t *testing.T, source string) {
		want := strings.ToValidUTF8(strings.ReplaceAll(source, "\r\n", "\n"), "")
		got := html.UnescapeString(tags.ReplaceAllString(cellHTML(want, "go"), ""))
		if got != want {
			t.Fatalf("source %q is shown as %q", want, got)
		}
	})
}
