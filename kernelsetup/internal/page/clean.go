package page

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A page takes over from authors' HTML, in Markdown cells and in outputs, what
// shows text, tables and pictures. All else is left out: what runs, what loads
// from elsewhere, what takes input.

// kept elements keep their tags; others that aren't dropped keep only what
// they hold.
var kept = setOf(`a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del
	details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre
	q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th thead
	time tr u ul var wbr`)

// dropped elements go with all they hold.
var dropped = setOf(`audio base button canvas embed form frame frameset head iframe link math meta
	noscript object param script select style template textarea title video`)

var keptAttributes = setOf(`align alt class colspan datetime dir height id lang open role rowspan
	scope span start style title valign width href src`)

func setOf(words string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// cleaner goes over one piece of HTML.
type cleaner struct {
	restore func(string) string // puts formulas' sources back for their marks
	picture func(src string) (string, error)
	refused []string // what was left out, by name
	errs    []error  // what the author has to mend
}

// parse returns the cleaned nodes of a piece of HTML.
func (c *cleaner) parse(source string) ([]*html.Node, error) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(source), body)
	if err != nil {
		return nil, fmt.Errorf("HTML: %w", err)
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	c.children(body, false)
	nodes = nodes[:0]
	for n := range body.ChildNodes() {
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		body.RemoveChild(n)
	}
	return nodes, nil
}

// children cleans what n holds; verbatim text keeps its formulas as source.
func (c *cleaner) children(n *html.Node, verbatim bool) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		switch {
		case child.Type == html.TextNode:
			if verbatim {
				child.Data = c.restore(child.Data)
			}
		case child.Type != html.ElementNode:
			n.RemoveChild(child)
		case child.Data == "svg":
			c.restoreAll(child)
			n.InsertBefore(svgImage(child), child)
			n.RemoveChild(child)
		case child.Namespace != "" || dropped[child.Data]:
			if child.Data != "meta" && child.Data != "title" {
				c.refused = append(c.refused, child.Data)
			}
			n.RemoveChild(child)
		case child.Data == "input":
			if strings.EqualFold(attribute(child, "type"), "checkbox") {
				child.Attr = keepAttributes(child.Attr, func(a html.Attribute) bool { return a.Key == "type" || a.Key == "checked" })
				child.Attr = append(child.Attr, html.Attribute{Key: "disabled"})
			} else {
				c.refused = append(c.refused, "input")
				n.RemoveChild(child)
			}
		case !kept[child.Data]:
			if child.FirstChild != nil {
				next = child.FirstChild
			}
			for child.FirstChild != nil {
				inner := child.FirstChild
				child.RemoveChild(inner)
				n.InsertBefore(inner, child)
			}
			n.RemoveChild(child)
		default:
			c.attributes(child)
			if child.Data == "pre" && highlight(child, c.restore) {
				break
			}
			c.children(child, verbatim || child.Data == "code" || child.Data == "pre")
		}
		child = next
	}
}

func (c *cleaner) attributes(n *html.Node) {
	if name := attribute(n, "name"); n.Data == "a" && name != "" && attribute(n, "id") == "" {
		n.Attr = append(n.Attr, html.Attribute{Key: "id", Val: name})
	}
	for i := range n.Attr {
		a := &n.Attr[i]
		a.Val = c.restore(unescapeMarks(a.Val))
		switch a.Key {
		case "style":
			a.Val = cleanStyle(a.Val)
		case "class":
			a.Val = authorsClasses(a.Val)
		}
	}
	n.Attr = keepAttributes(n.Attr, func(a html.Attribute) bool {
		switch {
		case a.Namespace != "":
			return false
		case a.Key == "style" || a.Key == "class":
			return a.Val != ""
		case a.Key == "href":
			return n.Data == "a" && safeLink(a.Val)
		case a.Key == "src":
			return n.Data == "img"
		case a.Key == "id":
			return a.Val != "" && !strings.ContainsAny(a.Val, " \t\n") && !strings.HasPrefix(a.Val, ownPrefix)
		}
		return keptAttributes[a.Key] || strings.HasPrefix(a.Key, "aria-")
	})
	if n.Data == "img" {
		src, err := c.picture(attribute(n, "src"))
		if err != nil {
			c.errs = append(c.errs, err)
		}
		setAttribute(n, "src", src)
		if !hasAttribute(n, "alt") {
			setAttribute(n, "alt", "")
		}
	}
}

// restoreAll puts the formulas' sources back in all that n holds.
func (c *cleaner) restoreAll(n *html.Node) {
	for i := range n.Attr {
		n.Attr[i].Val = c.restore(n.Attr[i].Val)
	}
	if n.Type == html.TextNode {
		n.Data = c.restore(n.Data)
	}
	for child := range n.ChildNodes() {
		c.restoreAll(child)
	}
}

// safeLink allows addresses that only show something.
func safeLink(href string) bool {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "", "http", "https", "mailto", "doi":
		return true
	}
	return false
}

// highlight colours <pre><code class="language-x">, as goldmark writes fenced
// code, and reports whether it was that.
func highlight(pre *html.Node, restore func(string) string) bool {
	pre.Attr = append(pre.Attr, html.Attribute{Key: "tabindex", Val: "0"})
	code := pre.FirstChild
	if code == nil || code.Data != "code" || code.NextSibling != nil {
		return false
	}
	language, ok := strings.CutPrefix(attribute(code, "class"), "language-")
	text := code.FirstChild
	if !ok || text == nil || text.Type != html.TextNode || text.NextSibling != nil {
		return false
	}
	code.Attr = nil
	code.RemoveChild(text)
	code.AppendChild(rawNode(cellHTML(restore(text.Data), language)))
	return true
}

func keepAttributes(attrs []html.Attribute, keep func(html.Attribute) bool) []html.Attribute {
	var out []html.Attribute
	for _, a := range attrs {
		if keep(a) {
			out = append(out, a)
		}
	}
	return out
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttribute(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// setAttribute sets an attribute, or removes it where value is "", but for alt.
func setAttribute(n *html.Node, key, value string) {
	n.Attr = keepAttributes(n.Attr, func(a html.Attribute) bool { return a.Key != key })
	if value != "" || key == "alt" {
		n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
	}
}

func rawNode(s string) *html.Node {
	return &html.Node{Type: html.RawNode, Data: s}
}

func element(tag string, attrs ...string) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: tag, DataAtom: atom.Lookup([]byte(tag))}
	for i := 0; i < len(attrs); i += 2 {
		n.Attr = append(n.Attr, html.Attribute{Key: attrs[i], Val: attrs[i+1]})
	}
	return n
}
