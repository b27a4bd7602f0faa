// Package plaintext makes text of notebooks, which may come from anybody, fit to be
// shown on a terminal: control characters could hide or forge what is said.
package plaintext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s on one line. Control characters and line ends of any kind are
// written as Go's escapes.
func Line(s string) string { return escaped(s, "\t") }

// Text returns s with its lines and tabs. Other control characters are written as
// Go's escapes.
func Text(s string) string { return escaped(s, "\t\n") }

func escaped(s, keep string) string {
	odd := func(r rune) bool {
		return !strings.ContainsRune(keep, r) && (unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || bidi(r))
	}
	if utf8.ValidString(s) && !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !odd(r):
			b.WriteString(s[:size])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

// bidi reports whether r turns the direction in which what follows it is read.
func bidi(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }
