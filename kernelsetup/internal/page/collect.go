package page

import (
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// text is one Markdown text of a notebook, a cell's or an output's.
type text struct {
	Cell   int    // index
	Output int    // index of the output; -1 for the cell itself
	Source string // with marks for formulas
	Spans  []span
	Eqs    []equation // of Spans, in order
	key    string     // in its marks
}

// collect finds every formula of a notebook, ready to be typeset. Formulas
// that it objects to are problems and empty.
func collect(nb *nbformat.Notebook, ps *problems) (texts []*text, tags map[string]tag) {
	for i, c := range nb.Cells {
		switch c.Type {
		case nbformat.Markdown:
			texts = append(texts, newText(i, -1, c.Source))
		case nbformat.Code:
			for j := range c.Outputs {
				if mime, s := choose(&c.Outputs[j]); mime == "text/markdown" || mime == "text/latex" {
					texts = append(texts, newText(i, j, s))
				}
			}
		}
	}
	// References may stand before what they name.
	tags = make(map[string]tag)
	for _, t := range texts {
		for k, s := range t.Spans {
			eq, err := parseTeX(s.TeX, s.Display)
			if err != nil {
				ps.add(t.Cell+1, t.line(k), "formula %s: %v", short(s.TeX), err)
				eq = equation{}
			}
			for _, tag := range eq.Tags {
				if _, twice := tags[tag.Label]; twice {
					ps.add(t.Cell+1, t.line(k), "formula %s: the label %s stands twice", short(s.TeX), tag.Label)
				} else if tag.Label != "" {
					tags[tag.Label] = tag
				}
			}
			t.Eqs = append(t.Eqs, eq)
		}
	}
	for _, t := range texts {
		for k := range t.Eqs {
			tex, err := resolve(t.Eqs[k].TeX, tags)
			if err != nil {
				ps.add(t.Cell+1, t.line(k), "formula %s: %v", short(t.Spans[k].TeX), err)
				tex = ""
			}
			t.Eqs[k].TeX = tex
		}
	}
	return texts, tags
}

func newText(cell, output int, source string) *text {
	t := &text{Cell: cell, Output: output}
	source, t.Spans = extractMath(source)
	t.key = markKey(source)
	t.Source = replaceMarks(source, t.mark)
	return t
}

// line returns the line of the k-th formula in the cell's source, or 0 for
// outputs.
func (t *text) line(k int) int {
	if t.Output >= 0 {
		return 0
	}
	return t.Spans[k].Line
}

// allFormulas lists what has to be typeset, with repetitions.
func allFormulas(texts []*text) []formula {
	var list []formula
	for _, t := range texts {
		for _, eq := range t.Eqs {
			list = append(list, eq.formula)
			for _, tag := range eq.Tags {
				list = append(list, tag.formula())
			}
		}
	}
	return list
}

// short is how messages quote a formula: on one line, not too long.
func short(tex string) string {
	r := []rune(strings.Join(strings.Fields(tex), " "))
	if len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return string(r)
}
