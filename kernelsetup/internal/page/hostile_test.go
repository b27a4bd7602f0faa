package page

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// Elements that a page has, of HTML and of the formulas' SVG. All others do something
// that a page shouldn't, or nothing that anybody misses.
var (
	pageElements = setOf(`html head meta title style body main nav script`)
	svgElements  = setOf(`svg g defs path rect use text line polygon ellipse`)
)

// pageAttributes are those of elements; in formulas' there are more, but none of
// them holds an address or a style of the author's.
var pageAttributes = setOf(`charset http-equiv content name lang tabindex type checked disabled hidden`)

// ownStyle matches what the page itself says in attributes, in formulas mostly.
var ownStyle = regexp.MustCompile(`^(?:\s*(?:vertical-align|min-width|max-width|width|top|margin-top|aspect-ratio):\s*-?[\d.]+(?:ex|px|%|/\d+)?\s*;?)+$|^border: \d+px solid [#\w]+;$`)

// loading matches what in an attribute of SVG names something elsewhere.
var loading = regexp.MustCompile(`(?i)(?:url|image|src)\s*\(|javascript:`)

// scheme is what browsers take for one: they drop blanks and control characters in
// front, and tabs and line ends anywhere.
func scheme(address string) string {
	address = strings.TrimLeftFunc(address, func(r rune) bool { return r <= ' ' })
	address = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(address)
	name, _, ok := strings.Cut(address, ":")
	if !ok || strings.ContainsAny(name, "/?#") {
		return ""
	}
	return strings.ToLower(name)
}

// harm returns what on a page may run, load or send something, or leave its place.
func harm(page string) []string {
	doc, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	bad := func(n *html.Node, format string, args ...any) {
		found = append(found, fmt.Sprintf("<%s>: ", n.Data)+fmt.Sprintf(format, args...))
	}
	own := make(map[string]bool) // scripts
	for _, s := range chartScripts("0") {
		own[s] = true
	}
	ids := make(map[string]bool)
	var policies []string
	count := make(map[string]int)
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			bad(n, "a comment")
		}
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		switch {
		case n.Namespace == "svg":
			if !svgElements[n.Data] {
				bad(n, "an element that formulas don't have")
			}
		case n.Namespace != "":
			bad(n, "an element of another language")
		case n.Data == "script":
			if t := attribute(n, "type"); t != "application/json" && !own[textOf(n)] {
				bad(n, "a script that isn't the page's: %.60q", textOf(n))
			}
		case n.Data == "meta" && hasAttribute(n, "http-equiv"):
			policies = append(policies, attribute(n, "content"))
		case n.Data == "input":
			if attribute(n, "type") != "checkbox" || !hasAttribute(n, "disabled") {
				bad(n, "it takes input")
			}
		case !kept[n.Data] && !pageElements[n.Data]:
			bad(n, "an element that pages don't have")
		}
		for _, a := range n.Attr {
			switch key := strings.ToLower(a.Key); {
			case strings.HasPrefix(key, "on"):
				bad(n, "%s=%.60q", a.Key, a.Val)
			case key == "href" && n.Namespace == "svg":
				if n.Data != "use" || !strings.HasPrefix(a.Val, "#m:") {
					bad(n, "%s=%.60q", a.Key, a.Val)
				}
			case key == "href":
				if !slices.Contains([]string{"", "http", "https", "mailto", "doi"}, scheme(a.Val)) || n.Data != "a" {
					bad(n, "%s=%.60q", a.Key, a.Val)
				}
			case key == "src":
				if !strings.HasPrefix(a.Val, "data:image/") || n.Data != "img" {
					bad(n, "%s=%.60q", a.Key, a.Val)
				}
			case key == "style":
				if !ownStyle.MatchString(a.Val) && (unsafeStyle.MatchString(a.Val) || n.Namespace == "svg") {
					bad(n, "%s=%.60q", a.Key, a.Val)
				}
			case key == "id":
				if ids[a.Val] {
					bad(n, "the id %q stands twice", a.Val)
				}
				ids[a.Val] = true
			case key == "class":
				if n.Namespace == "svg" && !slices.Contains([]string{"math", "glyphs"}, a.Val) {
					bad(n, "%s=%.60q", a.Key, a.Val)
				}
			case n.Namespace == "svg":
				if loading.MatchString(a.Val) && key != "aria-label" || a.Namespace != "" {
					bad(n, "%s=%.60q", a.Key, a.Val)
				}
			case !keptAttributes[key] && !pageAttributes[key] && !strings.HasPrefix(key, "aria-") && key != "role":
				bad(n, "the attribute %s", a.Key)
			}
		}
	}
	if count["title"] != 1 || count["style"] != 1 || count["meta"] != 4 || count["main"] != 1 || count["body"] != 1 {
		found = append(found, fmt.Sprintf("titles, styles and so on: %v", count))
	}
	if len(policies) != 1 || !strings.HasPrefix(policies[0], policy) {
		found = append(found, fmt.Sprintf("the policies are %q", policies))
	}
	return found
}

const run, get = "alert(1)", "http://127.0.0.1:1/get"

// attempt makes a page. A notebook may be refused, but in words: ok is false then.
func attempt(t *testing.T, what string, nb *nbformat.Notebook, opt Options) (page string, ok bool) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: panic: %v", what, r)
		}
	}()
	var b bytes.Buffer
	if err := shared.Render(context.Background(), &b, nb, opt); err != nil {
		if _, problem := errors.AsType[*Error](err); !problem || strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%s: %v", what, err)
		}
		return "", false
	}
	return b.String(), true
}

// harmless makes a page and wants no harm in it.
func harmless(t *testing.T, what string, nb *nbformat.Notebook, opt Options) (ok bool) {
	t.Helper()
	page, ok := attempt(t, what, nb, opt)
	if !ok {
		return false
	}
	if found := harm(page); len(found) > 0 {
		slices.Sort(found)
		t.Errorf("%s: %s", what, strings.Join(slices.Compact(found), "; "))
	}
	return true
}

func notebookOf(cells ...*nbformat.Cell) *nbformat.Notebook { return &nbformat.Notebook{Cells: cells} }

func TestHostilePlaces(t *testing.T) {
	t.Parallel()
	made := make(map[string]int)
	for _, p := range payloads {
		s := armed(p, run, get)
		// What is tried with formulas has its own test, which takes longer.
		for name, nb := range hostile(strings.NewReplacer("$", "＄", `\(`, "(", `\[`, "[").Replace(s)) {
			if harmless(t, fmt.Sprintf("%q in %s", s, name), nb, Options{Library: func() string { return "0" }}) {
				made[name]++
			}
		}
	}
	for name := range hostile("") {
		if made[name] < len(payloads)/2 {
			t.Errorf("in %s only %d of %d payloads came to a page: the test looks at too little", name, made[name], len(payloads))
		}
	}
}

func TestHostileTitles(t *testing.T) {
	for _, p := range payloads {
		s := armed(p, run, get)
		if what := fmt.Sprintf("title %q", s); !harmless(t, what, notebookOf(markdownCell("x")), Options{Title: s, Lang: s}) {
			t.Errorf("%s: no page", what)
		}
	}
}

func TestHostileGallery(t *testing.T) {
	t.Parallel()
	for _, p := range slices.Concat(payloads, addresses) {
		s := armed(p, run, get)
		var entries []Entry
		for _, nb := range hostile(s) {
			entries = append(entries, Entry{nb, "a.html"})
		}
		entries = append(entries, Entry{&nbformat.Notebook{Cells: []*nbformat.Cell{markdownCell("# " + s + "\n\n" + s)}}, "a.html"})
		var b strings.Builder
		if err := Gallery(&b, s, entries); err != nil {
			t.Fatal(err)
		}
		if found := harm(b.String()); len(found) > 0 {
			t.Errorf("%q: %s", s, strings.Join(found, "; "))
		}
	}
}

// Notebooks' files have names that are no addresses, and their pages' links lead to
// files of these names.
func TestGalleryLinks(t *testing.T) {
	for _, name := range []string{"a b", "a#b", "a?b", "100%", "%41", "a&amp;b", `a"b`, "a'b", "<b>", "ä", "javascript:alert(1)", "http:", "a:b", ".hidden", "-a"} {
		var b strings.Builder
		if err := Gallery(&b, "x", []Entry{{&nbformat.Notebook{}, name + ".html"}}); err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			if n.Data != "a" || !hasAttribute(n, "href") {
				continue
			}
			base := &url.URL{Scheme: "file", Path: "/pages/index.html"}
			if u, err := base.Parse(attribute(n, "href")); err != nil || u.Scheme != "file" || u.Path != "/pages/"+name+".html" {
				t.Errorf("the link to %s.html is %q and leads to %v (%v)", name, attribute(n, "href"), u, err)
			}
		}
	}
}

func TestHostileAddresses(t *testing.T) {
	dir := t.TempDir()
	for _, a := range addresses {
		s := armed(a, run, get)
		for _, source := range []string{
			"[x](" + s + ")", "[x](<" + s + ">)", "![x](" + s + ")", "![x](<" + s + ">)", "<" + s + ">", "[x]\n\n[x]: <" + s + ">",
			`<a href="` + strings.ReplaceAll(s, `"`, "&quot;") + `">x</a>`, `<img src="` + strings.ReplaceAll(s, `"`, "&quot;") + `">`,
		} {
			for _, cell := range []*nbformat.Cell{markdownCell(source), codeCell("x", display("text/html", source)), codeCell("x", display("text/markdown", source))} {
				harmless(t, fmt.Sprintf("%q", source), notebookOf(cell), Options{Dir: dir})
			}
		}
	}
}

// Names that the page's own parts have mean something in its style sheet and to its
// script; an author's element that has one would be taken for the page's.
func TestOwnClasses(t *testing.T) {
	for _, class := range []string{"chart", "figure live", "live", "skip", "toc", "tag", "tags", "self", "glyphs"} {
		source := `<div class="mine ` + class + `">x</div>`
		for _, cell := range []*nbformat.Cell{markdownCell(source), codeCell("x", display("text/html", source))} {
			page := mainOf(mustRender(t, cell))
			doc, err := html.Parse(strings.NewReader(page))
			if err != nil {
				t.Fatal(err)
			}
			for n := range doc.Descendants() {
				if names := strings.Fields(attribute(n, "class")); slices.Contains(names, "mine") && slices.ContainsFunc(strings.Fields(class), func(c string) bool { return slices.Contains(names, c) }) {
					t.Errorf("the class %q is left to an author's element", class)
				}
			}
		}
	}
}

// What moves an element elsewhere may lay a link over all the page.
func TestStylesThatMove(t *testing.T) {
	for _, style := range []string{"position:fixed", "POSITION : absolute", "transform:scale(99)", "translate:0 -100vh", "scale:99", "margin:-100vh 0 0 -100vw", "margin-top:-999px", "zoom:99", "offset:path('M0 0')"} {
		if got, _ := cleanString(t, `<a href="http://example.org" style="`+style+`">x</a>`); strings.Contains(got, "style") {
			t.Errorf("%s is left", style)
		}
	}
}

func TestHostileDescriptions(t *testing.T) {
	for _, p := range chartPayloads {
		s := armed(p, run, get)
		harmless(t, s, notebookOf(chartCell(s)...), Options{Library: func() string { return "0" }})
	}
}

// The check must object to what it is there for.
func TestHarm(t *testing.T) {
	t.Parallel()
	good := mustRender(t, markdownCell("# a\n\n$x\\fcolorbox{red}{blue}{y}$ [b](#a) ![c](data:image/png;base64,AA)\n\n- [x] d\n\n$$z\\tag{1}$$"))
	if found := harm(good); len(found) > 0 {
		t.Fatalf("a good page: %v", found)
	}
	missed := 0
	for _, p := range payloads {
		s := armed(p, run, get)
		if found := harm(strings.Replace(good, "<main id=\"m:text\">\n", "<main id=\"m:text\">\n"+s, 1)); len(found) == 0 && strings.ContainsAny(s, "<") {
			t.Logf("not seen: %q", s)
			missed++
		}
	}
	// Some are Markdown, and some nothing that an up-to-date browser falls for.
	if missed > 25 {
		t.Errorf("%d payloads in the open aren't seen", missed)
	}
	for _, s := range []string{`<svg><a href="javascript:1">x</a></svg>`, `<svg><g style="background:url(x)"></g></svg>`, `<svg><g fill="url(x)"></g></svg>`, `<svg><image href="x"/></svg>`, `<a href="java&#9;script:1">x</a>`, `<p id="m:text">x</p>`} {
		if len(harm(strings.Replace(good, "</main>", s+"</main>", 1))) == 0 {
			t.Errorf("not seen: %s", s)
		}
	}
	if names := slices.Sorted(maps.Keys(hostile(""))); len(names) < 30 || len(payloads) < 60 {
		t.Errorf("%d places, %d payloads", len(names), len(payloads))
	}
}
