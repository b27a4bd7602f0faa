package page

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	nethtml "golang.org/x/net/html"
)

// anchor is a tag of a formula.
type anchor struct {
	text *text
	eq   int
	tag  int
}

// shrink is how far a displayed formula may be narrowed before it scrolls.
const shrink = 0.75

// placeAnchors gives tags their ids, where these are free.
func (b *builder) placeAnchors() {
	b.anchors = make(map[anchor]string)
	for _, t := range b.inOrder() {
		for i, eq := range t.Eqs {
			for k, tag := range eq.Tags {
				if id := tag.id(); b.outline.claim(id) {
					b.anchors[anchor{t, i, k}] = id
				}
			}
		}
	}
}

// inOrder returns the texts as the notebook has them.
func (b *builder) inOrder() []*text {
	var list []*text
	for _, t := range b.texts {
		list = append(list, t)
	}
	slices.SortFunc(list, func(s, t *text) int {
		if s.Cell != t.Cell {
			return s.Cell - t.Cell
		}
		return s.Output - t.Output
	})
	return list
}

// attached matches a mark with the punctuation about it.
var attached = regexp.MustCompile(`[(\[]*` + string(markOpen) + `([0-9a-f]+)` + string(markClose) + `[.,;:!?)\]’”-]*`)

// together keeps a formula in its line on one line with the punctuation about it,
// from which browsers would break it.
func (t *text) together(source string) string {
	return attached.ReplaceAllStringFunc(source, func(s string) string {
		m := attached.FindStringSubmatch(s)
		digits, ok := strings.CutPrefix(m[1], t.key)
		i, err := strconv.Atoi(digits)
		if !ok || err != nil || s == t.mark(i) || i >= len(t.Eqs) || t.Eqs[i].Display {
			return s
		}
		return `<span class="keep">` + s + "</span>"
	})
}

// fill puts formulas in the place of their marks. These stand in texts alone: the
// cleaner has put the sources back in attributes, pictures and code.
func (b *builder) fill(t *text, nodes []*nethtml.Node, anchors map[anchor]string) error {
	if t == nil || len(t.Spans) == 0 {
		return nil
	}
	for _, n := range nodes {
		if err := b.fillNode(t, n, anchors); err != nil {
			return err
		}
		for d := range n.Descendants() {
			if err := b.fillNode(t, d, anchors); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *builder) fillNode(t *text, n *nethtml.Node, anchors map[anchor]string) error {
	if n.Type != nethtml.TextNode || !strings.ContainsRune(n.Data, markOpen) {
		return nil
	}
	var failed error
	n.Type = nethtml.RawNode
	n.Data = t.replace(t.together(nethtml.EscapeString(n.Data)), func(i int) string {
		if failed != nil {
			return ""
		}
		s, err := b.equation(t, i, anchors)
		if err != nil {
			failed = fmt.Errorf("cell %d: formula %s: %w", t.Cell+1, short(t.Spans[i].TeX), err)
		}
		return s
	})
	return failed
}

// equation returns the HTML of the i-th formula of a text.
func (b *builder) equation(t *text, i int, anchors map[anchor]string) (string, error) {
	eq, tex := t.Eqs[i], t.Spans[i].TeX
	if eq.TeX == "" && len(eq.Tags) == 0 {
		return "", nil // it is among the problems already
	}
	if m := reference.FindStringSubmatch(tex); m != nil && m[0] == tex {
		return b.referenceLink(m[2], m[1] == "ref"), nil
	}
	svg, err := b.typeset(t, i, eq.formula)
	if svg == "" || err != nil {
		return "", err
	}
	if !eq.Display {
		return b.glyphs.inline(svg, tex, 0), nil
	}
	size, err := measure(svg)
	if err != nil {
		return "", err
	}
	body := `<span class="scroll">` + b.glyphs.inline(svg, tex, shrink*size.Width) + "</span>"
	if len(eq.Tags) == 0 {
		return `<span class="display">` + body + "</span>", nil
	}
	width := 0.0
	var tags strings.Builder
	for k, tag := range eq.Tags {
		baseline := size.Baseline
		if tag.Row >= 0 && tag.Row < len(size.Rows) {
			baseline = size.Rows[tag.Row]
		}
		svg, err := b.typeset(t, i, tag.formula())
		if svg == "" || err != nil {
			return "", err
		}
		own, err := measure(svg)
		if err != nil {
			return "", err
		}
		width = max(width, own.Width)
		id := ""
		if name, ok := anchors[anchor{t, i, k}]; ok {
			id = ` id="` + html.EscapeString(name) + `"`
		}
		// The share of the height holds for a formula drawn smaller, too.
		fmt.Fprintf(&tags, `<span class="tag"%s style="top:%.2f%%;margin-top:%.3fex">%s</span>`,
			id, 100*baseline/size.Height, -own.Baseline, b.glyphs.inline(svg, tag.label(), 0))
	}
	return fmt.Sprintf(`<span class="display tagged">%s<span class="tags" style="width:%.3fex">%s</span></span>`, body, width, tags.String()), nil
}

// typeset returns a formula's SVG, or "" after noting what is wrong with it.
func (b *builder) typeset(t *text, i int, f formula) (string, error) {
	svg, bad, err := b.formulas.get(b.ctx, f)
	if bad != nil {
		b.problems.add(t.Cell+1, t.line(i), "formula %s: %v", short(t.Spans[i].TeX), bad)
	}
	return svg, err
}

// referenceLink returns a link to a label. Both exist, or the formula would be
// among the problems.
func (b *builder) referenceLink(label string, bare bool) string {
	t := b.tags[label]
	t.Star = t.Star || bare
	return fmt.Sprintf(`<a href="#%s">%s</a>`, html.EscapeString(t.id()), html.EscapeString(t.label()))
}

// id returns the id of a tag's place on the page.
func (t tag) id() string {
	return "eq-" + slug(t.Text)
}

// label returns a tag as plain text.
func (t tag) label() string {
	if t.Star {
		return t.Text
	}
	return "(" + t.Text + ")"
}
