package page

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// outline gives headings their levels, ids and self-links, and internal links
// their targets.
type outline struct {
	ids      map[string]bool
	headings []*heading
	title    *heading // the first of level 1, nil if there is none
}

type heading struct {
	node  *html.Node
	text  *text // that the heading's marks belong to; nil in outputs
	level int
	id    string
}

// walk calls f for every element below the nodes.
func walk(nodes []*html.Node, f func(*html.Node)) {
	for _, n := range nodes {
		if n.Type == html.ElementNode {
			f(n)
		}
		for d := range n.Descendants() {
			if d.Type == html.ElementNode {
				f(d)
			}
		}
	}
}

// explicit notes the ids that authors wrote. One that stands twice counts
// where it stands first.
func (o *outline) explicit(nodes []*html.Node) {
	walk(nodes, func(n *html.Node) {
		if id := attribute(n, "id"); id != "" && !o.claim(id) {
			setAttribute(n, "id", "")
		}
	})
}

// claim reports whether id was free.
func (o *outline) claim(id string) bool {
	if id == "" || o.ids[id] {
		return false
	}
	o.ids[id] = true
	return true
}

// add takes in the headings of a text. A page has one heading of level 1;
// later ones are lowered to 2.
func (o *outline) add(t *text, nodes []*html.Node) {
	walk(nodes, func(n *html.Node) {
		if len(n.Data) != 2 || n.Data[0] != 'h' || n.Data[1] < '1' || n.Data[1] > '6' {
			return
		}
		h := &heading{node: n, text: t, level: int(n.Data[1] - '0')}
		switch {
		case h.level == 1 && o.title == nil:
			o.title = h
		case h.level == 1:
			h.level = 2
		}
		n.Data = fmt.Sprintf("h%d", h.level)
		o.headings = append(o.headings, h)
	})
}

// number gives every heading an id and a link to itself.
func (o *outline) number() {
	for _, h := range o.headings {
		if h.id = attribute(h.node, "id"); h.id == "" {
			base := slug(h.title())
			h.id = base
			for n := 1; !o.claim(h.id); n++ {
				h.id = fmt.Sprintf("%s-%d", base, n)
			}
			setAttribute(h.node, "id", h.id)
		}
		h.node.AppendChild(element("a", "class", "self", "href", "#"+h.id, "aria-label", "Link to this section"))
	}
}

// title returns the heading's text, formulas as TeX.
func (h *heading) title() string {
	s := textOf(h.node)
	if h.text != nil {
		s = h.text.replace(s, func(i int) string { return h.text.Spans[i].TeX })
	}
	return strings.Join(strings.Fields(s), " ")
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// slug makes an id of a heading as GitHub does: letters in lower case, digits,
// - for spaces, the rest left out.
func slug(title string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-':
			return unicode.ToLower(r)
		case unicode.IsSpace(r):
			return '-'
		}
		return -1
	}, strings.TrimSpace(title))
	if s == "" {
		return "section"
	}
	return s
}

// link points an internal link at the id it names and reports whether there is
// one. Headings are found under the ids that Jupyter and GitHub give them. A
// link to another notebook becomes one to its page.
func (o *outline) link(a *html.Node) bool {
	href := attribute(a, "href")
	target, internal := strings.CutPrefix(href, "#")
	if !internal {
		u, err := url.Parse(href)
		if err == nil && u.Scheme == "" && u.Host == "" && strings.HasSuffix(u.Path, ".ipynb") {
			u.Path = strings.TrimSuffix(u.Path, ".ipynb") + ".html"
			setAttribute(a, "href", u.String())
		}
		return true
	}
	if decoded, err := url.PathUnescape(target); err == nil {
		target = decoded
	}
	if target == "" || strings.EqualFold(target, "top") {
		return true
	}
	for _, id := range []string{target, slug(target)} {
		if o.ids[id] {
			setAttribute(a, "href", "#"+id)
			return true
		}
	}
	return false
}

// contents returns the table of contents, nil for a short page. Each entry is
// what render makes of the heading.
func (o *outline) contents(render func(*heading) (string, error)) (*html.Node, error) {
	if len(o.headings) < 4 {
		return nil, nil
	}
	var b strings.Builder
	for _, h := range o.headings {
		if h.level != 2 && h.level != 3 {
			continue
		}
		entry, err := render(h)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `<li class="l%d"><a href="#%s">%s</a></li>`, h.level, html.EscapeString(h.id), entry)
	}
	return rawNode("<nav class=\"toc\" aria-label=\"Contents\"><p>Contents</p><ul>" + b.String() + "</ul></nav>\n"), nil
}
