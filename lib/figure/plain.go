package figure

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// PlainText writes a label without TeX, in Unicode: W₂², η, v_loss². It returns
// an error if the label doesn't parse.
func PlainText(s string) (string, error) {
	spans, err := parseLabel(s)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, sp := range spans {
		if sp.formula != nil {
			b.WriteString(plainList(sp.formula))
		} else {
			b.WriteString(sp.text)
		}
	}
	return b.String(), nil
}

func plainList(l list) string {
	var b strings.Builder
	prev := opening
	for i, n := range l {
		t := plainNode(n)
		c := spacing(l, i, prev)
		switch c {
		case relational, binary:
			t = " " + t + " "
		case punctuation:
			t += " "
		}
		if _, isWord := n.(word); isWord && c == operator {
			t = " " + t + " "
		}
		if _, blank := n.(space); !blank {
			prev = c
		}
		b.WriteString(t)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func plainNode(n node) string {
	switch n := n.(type) {
	case atom:
		// Compatibility decomposition takes the mathematical alphabets back to
		// letters.
		return norm.NFKC.String(string(n.r))
	case word:
		return n.text
	case space:
		return " "
	case list:
		return plainList(n)
	case script:
		s := plainNode(n.base)
		if n.sub != nil {
			s += plainScript(plainNode(n.sub), "_", subscripts)
		}
		if n.sup != nil {
			s += plainScript(plainNode(n.sup), "^", superscripts)
		}
		return s
	case accent:
		return norm.NFC.String(plainNode(n.base) + string(n.mark))
	case fraction:
		return plainGroup(plainNode(n.num)) + "/" + plainGroup(plainNode(n.den))
	case radical:
		return "√" + plainGroup(plainNode(n.body))
	}
	return ""
}

func plainGroup(s string) string {
	if len([]rune(s)) > 1 {
		return "(" + s + ")"
	}
	return s
}

var (
	subscripts   = scriptForms("0123456789+−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
	superscripts = scriptForms("0123456789+−=()′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾′")
)

func scriptForms(from, to string) map[rune]rune {
	m := make(map[rune]rune)
	t := []rune(to)
	for i, r := range []rune(from) {
		m[r] = t[i]
	}
	return m
}

func plainScript(s, mark string, forms map[rune]rune) string {
	var b strings.Builder
	for _, r := range s {
		f, ok := forms[r]
		if !ok {
			if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) < 0 {
				return mark + s
			}
			return mark + plainGroup(s)
		}
		b.WriteRune(f)
	}
	return b.String()
}
