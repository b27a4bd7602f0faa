package figure

import "strings"

// fit sets a label, smaller where it would be wider than width.
func fit(s string, size, width float64) box {
	b := mustSet(s, size)
	if b.width > width && width > 0 {
		b = mustSet(s, size*width/b.width)
	}
	return b
}

// wrap breaks a label into lines no wider than width, at blanks outside of
// formulas. A single word that is wider stands alone on its line.
func wrap(s string, size, width float64) []string {
	var lines []string
	line := ""
	for _, w := range splitWords(s) {
		next := w
		if line != "" {
			next = line + " " + w
		}
		if line != "" && mustSet(next, size).width > width {
			lines = append(lines, line)
			next = w
		}
		line = next
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// splitWords splits at blanks outside of formulas.
func splitWords(s string) []string {
	var (
		words   []string
		word    strings.Builder
		formula bool
		escaped bool
	)
	for _, r := range s {
		if !formula && !escaped && (r == ' ' || r == '\n' || r == '\t') {
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
			continue
		}
		if r == '$' && !escaped {
			formula = !formula
		}
		escaped = r == '\\' && !escaped
		word.WriteRune(r)
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}
