package page

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

//go:embed page.css
var styleSheet string

// policy forbids the browser to load or run anything but what the page holds.
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

// lay finds the page's ids and headings, and what links lead to.
func (b *builder) lay(pieces []piece) {
	for _, p := range pieces {
		b.outline.explicit(p.nodes)
	}
	for _, p := range pieces {
		b.outline.add(p.text, p.nodes)
	}
	b.outline.number()
	b.placeAnchors()
	b.checkLinks(pieces)
}

// scripts returns what the page runs, and the policy that allows just that.
func (b *builder) scripts() (elements, allowed string) {
	if b.charts == 0 || b.opt.Library == nil {
		return "", policy
	}
	library := b.opt.Library()
	if library == "" {
		return "", policy
	}
	allowed = policy + "; script-src"
	for _, s := range chartScripts(library) {
		elements += "<script>" + s + "</script>\n"
		allowed += " " + scriptHash(s)
	}
	return elements, allowed
}

// builder holds one page in the making.
type builder struct {
	ctx      context.Context
	nb       *nbformat.Notebook
	opt      Options
	formulas *formulas
	texts    map[place]*text
	tags     map[string]tag
	anchors  map[anchor]string
	outline  outline
	glyphs   glyphs
	problems problems
	charts   int // on the page

	formulaList []formula // to typeset
}

// place is a cell, with output -1, or one of its outputs.
type place struct{ cell, output int }

// piece is what one cell's source or one output becomes.
type piece struct {
	cell  int   // index; -1 for a title that no cell gives
	text  *text // that the nodes' marks belong to; nil if they have none
	nodes []*nethtml.Node
	class string // of the element around the nodes; none if ""
}

// page builds the whole page. What it has against the notebook is in
// b.problems; an error is about something else.
func (b *builder) page() ([]byte, error) {
	pieces := b.pieces()
	b.lay(pieces)
	title := b.opt.Title
	if h := b.outline.title; h != nil {
		title = cmp.Or(title, h.title())
	} else {
		title = cmp.Or(title, "Notebook")
		h1 := element("h1")
		h1.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: title})
		pieces = slices.Insert(pieces, 0, piece{cell: -1, nodes: []*nethtml.Node{h1}})
	}
	contents, err := b.outline.contents(b.entry)
	if err != nil {
		return nil, err
	}
	if contents != nil {
		insertContents(pieces, contents)
	}
	body, err := b.body(pieces)
	if err != nil {
		return nil, err
	}
	scripts, allowed := b.scripts()
	var page strings.Builder
	fmt.Fprintf(&page, `<!DOCTYPE html>
<html lang="%s">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>
%s</style>
</head>
<body>
<a class="skip" href="#m:text">Skip to the text</a>
%s<main id="m:text">
%s%s</main>
%s</body>
</html>
`, html.EscapeString(b.opt.Lang), allowed, html.EscapeString(title), styleSheet, b.glyphs.sheet(), body, provenance(b.nb), scripts)
	return []byte(withoutMarks(page.String())), nil
}

// pieces turns cells and outputs into nodes.
func (b *builder) pieces() []piece {
	var list []piece
	lang := language(b.nb)
	for i, c := range b.nb.Cells {
		switch c.Type {
		case nbformat.Markdown:
			t := b.texts[place{i, -1}]
			list = append(list, piece{cell: i, text: t, nodes: b.markdown(t)})
		case nbformat.Code:
			if source := strings.TrimRight(c.Source, " \n"); source != "" {
				pre := `<pre class="code" tabindex="0"><code>` + cellHTML(source, lang) + "</code></pre>\n"
				list = append(list, piece{cell: i, nodes: []*nethtml.Node{rawNode(pre)}})
			}
			for j := range c.Outputs {
				if b.chart(i, &c.Outputs[j], list) {
					continue
				}
				if nodes := b.output(i, j, &c.Outputs[j]); len(nodes) > 0 {
					list = append(list, piece{cell: i, text: b.texts[place{i, j}], nodes: nodes, class: "output"})
				}
			}
		case nbformat.Raw:
			list = append(list, piece{cell: i, nodes: plainText(c.Source, "", "text")})
		}
	}
	return list
}

// chart puts the chart that an output of a cell describes, if it does, beside the
// picture before it, and reports whether there is nothing left to show.
func (b *builder) chart(cell int, o *nbformat.Output, before []piece) bool {
	mime, source := choose(o)
	if mime != "text/html" || len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	if last.cell != cell || len(last.nodes) != 1 || attribute(last.nodes[0], "class") != "figure" {
		return false
	}
	c, err := findChart(source)
	if err != nil {
		last.nodes[0].AppendChild(note("Not shown on this page: " + err.Error() + "."))
		return true
	}
	if c == nil {
		return false
	}
	for _, n := range c.nodes() {
		last.nodes[0].AppendChild(n)
	}
	b.charts++
	return true
}

// checkLinks points internal links at their targets, or reports them.
func (b *builder) checkLinks(pieces []piece) {
	for _, p := range pieces {
		walk(p.nodes, func(n *nethtml.Node) {
			if n.Data != "a" || !hasAttribute(n, "href") || b.outline.link(n) {
				return
			}
			words := textOf(n)
			if p.text != nil {
				words = p.text.restore(words)
			}
			href := attribute(n, "href")
			b.problems.add(p.cell+1, b.line(p.cell, href), "the link [%s] leads to %s, and nothing on the page has that id", short(words), href)
		})
	}
}

// line returns the line of a cell's source that holds words, 0 if none does.
func (b *builder) line(cell int, words string) int {
	before, _, ok := strings.Cut(b.nb.Cells[cell].Source, words)
	if !ok {
		return 0
	}
	return 1 + strings.Count(before, "\n")
}

// insertContents puts the table of contents behind the page's title.
func insertContents(pieces []piece, contents *nethtml.Node) {
	for i := range pieces {
		p := &pieces[i]
		for k, n := range p.nodes {
			if n.Data == "h1" {
				p.nodes = slices.Insert(p.nodes, k+1, contents)
				return
			}
			for d := range n.Descendants() {
				if d.Data == "h1" {
					d.Parent.InsertBefore(contents, d.NextSibling)
					return
				}
			}
		}
	}
}

// entry returns a heading's text and formulas for the table of contents.
func (b *builder) entry(h *heading) (string, error) {
	var nodes []*nethtml.Node
	for n := range h.node.ChildNodes() {
		if n.Data != "a" || attribute(n, "class") != "self" {
			nodes = append(nodes, withoutLinks(n))
		}
	}
	if err := b.fill(h.text, nodes, nil); err != nil {
		return "", err
	}
	return rendered(nodes)
}

// rendered writes nodes as HTML.
func rendered(nodes []*nethtml.Node) (string, error) {
	var out strings.Builder
	for _, n := range nodes {
		if err := nethtml.Render(&out, n); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// withoutLinks copies a node; links become spans and nothing keeps its id, for
// the copy stands inside a link.
func withoutLinks(n *nethtml.Node) *nethtml.Node {
	c := &nethtml.Node{Type: n.Type, Data: n.Data}
	if n.Data == "a" {
		c.Data = "span"
	} else {
		c.Attr = keepAttributes(n.Attr, func(a nethtml.Attribute) bool { return a.Key != "id" })
	}
	for child := range n.ChildNodes() {
		c.AppendChild(withoutLinks(child))
	}
	return c
}

// body writes the pieces, those of one cell in one element.
func (b *builder) body(pieces []piece) (string, error) {
	var w strings.Builder
	cell := -1
	for _, p := range pieces {
		if p.cell != cell {
			if cell >= 0 {
				w.WriteString("</div>\n")
			}
			cell = p.cell
			fmt.Fprintf(&w, "<div class=\"cell\" id=\"%scell%d\">\n", ownPrefix, cell+1)
		}
		if err := b.fill(p.text, p.nodes, b.anchors); err != nil {
			return "", err
		}
		s, err := rendered(p.nodes)
		if err != nil {
			return "", fmt.Errorf("cell %d: %w", p.cell+1, err)
		}
		if p.class != "" {
			s = "<div class=\"" + p.class + "\">\n" + s + "\n</div>\n"
		}
		w.WriteString(s)
	}
	if cell >= 0 {
		w.WriteString("</div>\n")
	}
	return w.String(), nil
}

// language returns the name of the language of a notebook's code: what the
// kernel or the language information says, else Go.
func language(nb *nbformat.Notebook) string {
	var spec struct{ Language string }
	var info struct{ Name string }
	// Fields of another shape are other tools' own.
	_ = json.Unmarshal(nb.Metadata["kernelspec"], &spec)
	_ = json.Unmarshal(nb.Metadata["language_info"], &info)
	for _, name := range []string{spec.Language, info.Name} {
		if name != "" {
			return strings.ToLower(name)
		}
	}
	return "go"
}
