package page

import (
	"fmt"
	"regexp"
	"strings"
)

// equation is a formula with what stands beside it. MathJax would set tags
// into the picture at a width fixed in pixels; here they are formulas of their
// own at the page's margin.
type equation struct {
	formula
	Tags []tag
}

// tag is an equation's number.
type tag struct {
	Text  string // as written: "1", "2a"
	Star  bool   // \tag*: no parentheses
	Row   int    // of the environment's rows, from 0; -1 for the whole formula
	Label string // the name that \label gives the row, "" if there is none
}

// formula returns what is typeset for the tag.
func (t tag) formula() formula {
	if t.Star {
		return formula{TeX: `\text{` + t.Text + `}`}
	}
	return formula{TeX: `(\text{` + t.Text + `})`}
}

// unnumbered are the environments that hold one formula, not rows.
var unnumbered = map[string]bool{"equation": true, "equation*": true, "displaymath": true, "math": true}

// parseTeX takes tags and labels out of a formula.
func parseTeX(tex string, display bool) (equation, error) {
	eq := equation{formula: formula{Display: display}}
	var out strings.Builder
	var open []string // environments
	labels := make(map[int]string)
	row := 0
	at := func() int {
		if len(open) > 0 {
			return row
		}
		return -1
	}
	braces := 0
	for i := 0; i < len(tex); {
		rest := tex[i:]
		n := 1
		switch {
		case rest[0] == '{':
			braces++
		case rest[0] == '}':
			braces--
		case rest[0] != '\\':
		case command(rest) == `\begin`:
			name, size := argument(rest[len(`\begin`):])
			n = len(`\begin`) + size
			if !unnumbered[name] {
				open = append(open, name)
			}
		case command(rest) == `\end`:
			name, size := argument(rest[len(`\end`):])
			n = len(`\end`) + size
			if !unnumbered[name] && len(open) > 0 {
				open = open[:len(open)-1]
			}
		case strings.HasPrefix(rest, `\\`):
			n = 2
			if len(open) == 1 && braces == 0 {
				row++
			}
		case command(rest) == `\tag`:
			start := len(`\tag`)
			star := strings.HasPrefix(rest[start:], "*")
			if star {
				start++
			}
			text, size := argument(rest[start:])
			if size == 0 {
				return eq, fmt.Errorf(`\tag has no argument`)
			}
			if !display {
				return eq, fmt.Errorf(`\tag{%s} stands in an inline formula`, text)
			}
			t := tag{Text: text, Star: star, Row: at()}
			for _, other := range eq.Tags {
				if other.Row == t.Row {
					return eq, fmt.Errorf(`\tag{%s} and \tag{%s} stand in one row`, other.Text, text)
				}
			}
			eq.Tags = append(eq.Tags, t)
			i += start + size
			continue
		case command(rest) == `\label`:
			name, size := argument(rest[len(`\label`):])
			if size == 0 {
				return eq, fmt.Errorf(`\label has no argument`)
			}
			labels[at()] = name
			i += len(`\label`) + size
			continue
		default:
			n = min(2, len(rest))
		}
		out.WriteString(rest[:n])
		i += n
	}
	for i := range eq.Tags {
		eq.Tags[i].Label = labels[eq.Tags[i].Row]
	}
	eq.TeX = strings.TrimSpace(out.String())
	return eq, nil
}

// command returns the control word at the beginning of s.
func command(s string) string {
	n := 1
	for n < len(s) && (s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z') {
		n++
	}
	return s[:n]
}

// argument returns the group in braces at the beginning of s and the length of
// it all; 0 if there is none.
func argument(s string) (text string, size int) {
	open := len(s) - len(strings.TrimLeft(s, " \n"))
	if open == len(s) || s[open] != '{' {
		return "", 0
	}
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[open+1 : i], i + 1
			}
		}
	}
	return "", 0
}

var reference = regexp.MustCompile(`\\(eqref|ref)\s*\{([^{}]*)\}`)

// resolve replaces references to labels by the tags they name.
func resolve(tex string, tags map[string]tag) (string, error) {
	var bad error
	tex = reference.ReplaceAllStringFunc(tex, func(s string) string {
		m := reference.FindStringSubmatch(s)
		t, ok := tags[m[2]]
		if !ok {
			bad = fmt.Errorf(`no formula has \tag and \label{%s}`, m[2])
			return s
		}
		if m[1] == "ref" {
			t.Star = true
		}
		return t.formula().TeX
	})
	return tex, bad
}
