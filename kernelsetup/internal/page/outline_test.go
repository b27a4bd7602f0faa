package page

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func outlineOf(t *testing.T, source string) (*outline, []*html.Node) {
	t.Helper()
	c := &cleaner{restore: func(s string) string { return s }, picture: outputPicture}
	nodes, err := c.parse(source)
	if err != nil {
		t.Fatal(err)
	}
	o := &outline{ids: make(map[string]bool)}
	o.explicit(nodes)
	o.add(nil, nodes)
	o.number()
	return o, nodes
}

func TestOutline(t *testing.T) {
	o, _ := outlineOf(t, `<h3>Before</h3><h1>The title!</h1><h2>A check</h2><h2>A  check</h2><h1>Again</h1><h4 id="own">Four</h4><h2>?</h2><p id="four"></p>`)
	var got []string
	for _, h := range o.headings {
		got = append(got, h.node.Data+"="+h.id)
	}
	want := "h3=before h1=the-title h2=a-check h2=a-check-1 h2=again h4=own h2=section"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if o.title == nil || o.title.id != "the-title" {
		t.Errorf("title %+v", o.title)
	}
}

func TestOutlineKeepsTheFirstOfTwoIDs(t *testing.T) {
	_, nodes := outlineOf(t, `<p id="x">a</p><p id="x">b</p>`)
	if a, b := attribute(nodes[0], "id"), attribute(nodes[1], "id"); a != "x" || b != "" {
		t.Errorf("ids %q and %q", a, b)
	}
}

func TestLink(t *testing.T) {
	o, _ := outlineOf(t, `<h2>Größe, and $W_2$</h2><h2>My Check</h2><p id="Own:1">x</p>`)
	for _, test := range []struct{ href, want string }{ // want "" for a dangling link
		{"#my-check", "#my-check"},
		{"#My-Check", "#my-check"},
		{"#Own:1", "#Own:1"},
		{"#own:1", ""},
		{"#gr%C3%B6%C3%9Fe-and-w_2", "#größe-and-w_2"},
		{"#nowhere", ""},
		{"#", "#"},
		{"#top", "#top"},
		{"04-other.ipynb#x", "04-other.html#x"},
		{"../a/b.ipynb", "../a/b.html"},
		{"https://example.org/a.ipynb", "https://example.org/a.ipynb"},
		{"README.md", "README.md"},
	} {
		a := element("a", "href", test.href)
		ok := o.link(a)
		if got := attribute(a, "href"); ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%s: %v, %s; want %s", test.href, ok, got, test.want)
		}
	}
}

func TestContents(t *testing.T) {
	words := func(h *heading) (string, error) { return html.EscapeString(h.title()), nil }
	o, _ := outlineOf(t, `<h1>T</h1><h2>A</h2><h2>B</h2>`)
	if n, err := o.contents(words); n != nil || err != nil {
		t.Errorf("contents of three headings: %v, %v", n, err)
	}
	o, _ = outlineOf(t, `<h1>T</h1><h2>A &amp; b</h2><h3>C</h3><h4>D</h4>`)
	n, err := o.contents(words)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := html.Render(&b, n); err != nil {
		t.Fatal(err)
	}
	want := `<ul><li class="l2"><a href="#a--b">A &amp; b</a></li><li class="l3"><a href="#c">C</a></li></ul>`
	if !strings.Contains(b.String(), want) {
		t.Errorf("got %s, want %s in it", b.String(), want)
	}
}
