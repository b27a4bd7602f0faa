package notebook

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"

	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// Table is a table of any values. Numbers stand to the right, with six
// significant digits and their decimal points below each other, and so does
// text that is a number, with the digits that it has; a relation.Term shows its
// errors; other text may hold formulas between dollar signs.
//
//	notebook.Show(notebook.Table{
//		Header: []string{"protocol", "$c_2$"},
//		Rows:   [][]any{{"cosine", 0.1073}, {"CondOT", 0.4975}},
//	})
type Table struct {
	Header []string
	Rows   [][]any
	Note   string // a line below the table
}

// A cell is what stands in one place of a table.
type cell struct {
	text     string
	number   bool
	strong   bool
	together bool // to be broken into lines at "\n" only
}

func (t Table) render() (bundle, error) {
	columns := len(t.Header)
	if columns == 0 {
		return bundle{}, fmt.Errorf("notebook.Table without Header")
	}
	header := make([]cell, columns)
	for i, h := range t.Header {
		header[i] = cell{text: plain(h)}
	}
	rows := make([][]cell, len(t.Rows))
	for i, r := range t.Rows {
		if len(r) != columns {
			return bundle{}, fmt.Errorf("notebook.Table: row %d has %d cells, the header has %d", i, len(r), columns)
		}
		rows[i] = make([]cell, columns)
		for j, v := range r {
			rows[i][j] = format(v)
		}
	}
	note := plain(t.Note)
	return bundle{plain: plainTable(header, rows, note), html: htmlTable(header, rows, note)}, nil
}

func format(v any) cell {
	switch v := v.(type) {
	case nil:
		return cell{}
	case phrase:
		return cell{text: string(v), together: true}
	case digits:
		return cell{text: string(v), number: true, together: true}
	case string:
		if isNumber(v) {
			return cell{text: minus(v), number: true, together: true}
		}
		return cell{text: plain(v)}
	case float64:
		return cell{text: number(v, 6), number: true}
	case float32:
		return cell{text: number(float64(v), 6), number: true}
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return cell{text: minus(fmt.Sprint(v)), number: true}
	case relation.Term:
		return cell{text: string(equation(v)), number: v.Symbol == "", together: true}
	case relation.Verdict:
		return verdict(v)
	}
	return cell{text: plain(fmt.Sprint(v))}
}

// isNumber reports whether text is a number that was formatted by the caller.
func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil && strings.ContainsAny(s[:1], "+-.0123456789")
}

// plain writes formulas in Unicode, which every viewer shows; text that isn't
// meant as a formula stays as it is.
func plain(s string) string {
	if p, err := figure.PlainText(s); err == nil {
		return p
	}
	return s
}

// width is how many columns text takes up in a terminal.
func width(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.Is(unicode.Mn, r) {
			n++
		}
	}
	return n
}

// A column is numeric if it has numbers and nothing else.
func numeric(rows [][]cell, j int) bool {
	any := false
	for _, r := range rows {
		if r[j].text == "" {
			continue
		}
		if !r[j].number {
			return false
		}
		any = true
	}
	return any
}

// align pads the numbers of a column so that their decimal points stand below
// each other.
func align(rows [][]cell, j int) {
	tail := func(s string) int {
		value, _, _ := strings.Cut(s, " ±")
		if i := strings.IndexAny(value, ".e("); i >= 0 {
			value = value[:i]
		}
		return width(s[len(value):])
	}
	most := 0
	for _, r := range rows {
		most = max(most, tail(r[j].text))
	}
	for _, r := range rows {
		if r[j].text != "" {
			r[j].text += strings.Repeat(" ", most-tail(r[j].text))
		}
	}
}

func plainTable(header []cell, rows [][]cell, note string) string {
	columns := len(header)
	widths := make([]int, columns)
	right := make([]bool, columns)
	padded := make([][]cell, len(rows))
	for i, r := range rows {
		for _, c := range r {
			c.text = strings.ReplaceAll(c.text, "\n", " ")
			padded[i] = append(padded[i], c)
		}
	}
	for j := range header {
		if right[j] = numeric(rows, j); right[j] {
			align(padded, j)
		}
		widths[j] = width(header[j].text)
		for _, r := range padded {
			widths[j] = max(widths[j], width(r[j].text))
		}
	}
	var b strings.Builder
	line := func(r []cell) {
		var l strings.Builder
		for j, c := range r {
			pad := strings.Repeat(" ", widths[j]-width(c.text))
			if right[j] {
				l.WriteString(pad + c.text)
			} else {
				l.WriteString(c.text + pad)
			}
			l.WriteString("  ")
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(header)
	for _, w := range widths {
		b.WriteString(strings.Repeat("-", w) + "  ")
	}
	s := strings.TrimRight(b.String(), " ") + "\n"
	b.Reset()
	b.WriteString(s)
	for _, r := range padded {
		line(r)
	}
	if note != "" {
		b.WriteString(note + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// unbroken keeps text on one line: browsers break at blanks and after slashes.
var unbroken = strings.NewReplacer(" ", "\u00a0", "/", "/\u2060", "\n", " ")

// htmlTable writes a table without styles, ids or scripts: what GitHub keeps.
func htmlTable(header []cell, rows [][]cell, note string) string {
	var b strings.Builder
	b.WriteString("<table>\n<thead><tr>")
	for j, h := range header {
		fmt.Fprintf(&b, "<th align=\"%s\">%s</th>", side(rows, j), html.EscapeString(h.text))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, r := range rows {
		b.WriteString("<tr>")
		for j, c := range r {
			s := html.EscapeString(c.text)
			if c.together {
				s = unbroken.Replace(s)
			}
			if c.strong {
				s = "<strong>" + s + "</strong>"
			}
			fmt.Fprintf(&b, "<td align=\"%s\">%s</td>", side(rows, j), s)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
	if note != "" {
		b.WriteString("<p>" + html.EscapeString(note) + "</p>\n")
	}
	return b.String()
}

func side(rows [][]cell, j int) string {
	if numeric(rows, j) {
		return "right"
	}
	return "left"
}
