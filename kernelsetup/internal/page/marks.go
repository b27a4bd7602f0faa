package page

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// A formula's place is marked by its index between two code points that
// Unicode sets aside for such internal use.
const (
	markOpen  = '\uFDD0'
	markClose = '\uFDD1'
)

// A notebook can write these code points in ways that only Markdown, HTML and
// addresses know. So the marks of a text hold its key as well, which depends on
// all that the text says: no text can say its own.
const keyLength = 16

// escapedMark is a mark as goldmark writes it in an address.
var escapedMark = regexp.MustCompile(`%EF%B7%90([0-9a-f]{16}\d+)%EF%B7%91`)

// withoutMarks replaces what is left of the code points on a page.
func withoutMarks(s string) string {
	s = strings.ReplaceAll(s, string(markOpen), "\uFFFD")
	return strings.ReplaceAll(s, string(markClose), "\uFFFD")
}

// unescapeMarks makes marks of what goldmark made of them in an address.
func unescapeMarks(s string) string {
	return escapedMark.ReplaceAllString(s, string(markOpen)+"$1"+string(markClose))
}

// markKey returns the key of a text.
func markKey(source string) string {
	sum := sha256.Sum256([]byte(source))
	return hex.EncodeToString(sum[:keyLength/2])
}

// mark is a mark as extractMath makes it, which knows no key yet.
func mark(i int) string {
	return string(markOpen) + strconv.Itoa(i) + string(markClose)
}

// replaceMarks calls f for each mark in s.
func replaceMarks(s string, f func(i int) string) string {
	return replaceKeyed(s, "", f)
}

func replaceKeyed(s, key string, f func(i int) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, string(markOpen)+key)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		digits, after, _ := strings.Cut(rest, string(markClose))
		if i, err := strconv.Atoi(digits); err == nil {
			b.WriteString(f(i))
		}
		s = after
	}
}

// mark returns the mark of the text's i-th formula.
func (t *text) mark(i int) string {
	return string(markOpen) + t.key + strconv.Itoa(i) + string(markClose)
}

// replace calls f for each of the text's marks in s.
func (t *text) replace(s string, f func(i int) string) string {
	return replaceKeyed(s, t.key, func(i int) string {
		if i < 0 || i >= len(t.Spans) {
			return ""
		}
		return f(i)
	})
}

// restore puts the formulas' sources back for their marks.
func (t *text) restore(s string) string {
	return t.replace(s, func(i int) string { return t.Spans[i].Source })
}
