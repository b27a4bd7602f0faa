package page

import (
	"strings"
	"unicode/utf8"
)

// span is a formula found in Markdown.
type span struct {
	Source  string // with its delimiters, as it stands in the cell
	TeX     string // without them; environments keep \begin and \end
	Display bool
	Line    int // of the source, from 1
}

// extractMath replaces the formulas of a Markdown text by marks that no
// Markdown rule touches, as Jupyter does: a formula may hold what would be
// emphasis, a table's bar, a list item or a heading's underline.
//
// Formulas are $…$, $$…$$, \(…\), \[…\], the last two with doubled
// backslashes as well, and \begin{x}…\end{x}. None holds a blank line. A
// single $ opens a formula if no space follows it, and the next $ closes it
// if no space precedes it and no digit follows: amounts of money are text.
// Code, HTML comments and \$ are left alone.
func extractMath(source string) (string, []span) {
	source = strings.NewReplacer("\r\n", "\n", "\r", "\n", string(markOpen), "\uFFFD", string(markClose), "\uFFFD").Replace(source)
	s := mathScanner{src: source, line: 1}
	for s.pos < len(source) {
		s.step()
	}
	return s.out.String(), s.found
}

type mathScanner struct {
	src   string
	pos   int
	line  int
	out   strings.Builder
	found []span
}

// text copies the next n bytes.
func (s *mathScanner) text(n int) {
	part := s.src[s.pos : s.pos+n]
	s.out.WriteString(part)
	s.line += strings.Count(part, "\n")
	s.pos += n
}

func (s *mathScanner) step() {
	rest := s.src[s.pos:]
	if s.pos == 0 || s.src[s.pos-1] == '\n' {
		if n := fencedBlock(rest); n > 0 {
			s.text(n)
			return
		}
	}
	switch rest[0] {
	case '`':
		s.text(codeSpan(rest))
	case '<':
		if strings.HasPrefix(rest, "<!--") {
			if end := strings.Index(rest, "-->"); end >= 0 {
				s.text(end + len("-->"))
				return
			}
		}
		s.text(1)
	case '$', '\\':
		for _, d := range delimiters {
			if !strings.HasPrefix(rest, d.open) {
				continue
			}
			if n := d.find(rest); n > 0 {
				s.formula(n, rest[len(d.open):n-len(d.close)], d.display)
				return
			}
			if d.open == "$$" {
				s.text(2)
				return
			}
		}
		if n := environment(rest); n > 0 {
			s.formula(n, rest[:n], true)
			return
		}
		_, after := utf8.DecodeRuneInString(rest[1:])
		if rest[0] == '\\' && after > 0 && rest[1] != '\n' {
			s.text(1 + after) // an escape
			return
		}
		s.text(1)
	default:
		next := strings.IndexAny(rest, "`<$\\\n")
		switch {
		case next < 0:
			s.text(len(rest))
		case rest[next] == '\n':
			s.text(next + 1)
		default:
			s.text(next)
		}
	}
}

// formula replaces the next n bytes by a mark.
func (s *mathScanner) formula(n int, tex string, display bool) {
	source := s.src[s.pos : s.pos+n]
	if quote := s.quotePrefix(); quote != "" {
		lines := strings.Split(tex, "\n")
		for i, l := range lines[1:] {
			lines[i+1] = strings.TrimPrefix(strings.TrimLeft(l, " "), quote)
		}
		tex = strings.Join(lines, "\n")
	}
	s.out.WriteString(mark(len(s.found)))
	s.found = append(s.found, span{Source: source, TeX: strings.TrimSpace(tex), Display: display, Line: s.line})
	s.line += strings.Count(source, "\n")
	s.pos += n
}

// quotePrefix returns the > signs that begin the current line, which Markdown
// repeats on every line of the quotation.
func (s *mathScanner) quotePrefix() string {
	line := s.src[strings.LastIndexByte(s.src[:s.pos], '\n')+1 : s.pos]
	rest := strings.TrimLeft(line, "> ")
	return strings.TrimSpace(line[:len(line)-len(rest)])
}

type delimiter struct {
	open, close string
	display     bool
}

// The order matters: $$ is tried before $.
var delimiters = []delimiter{
	{"$$", "$$", true},
	{"$", "$", false},
	{`\\[`, `\\]`, true},
	{`\[`, `\]`, true},
	{`\\(`, `\\)`, false},
	{`\(`, `\)`, false},
}

// find returns the length of the formula at the beginning of s, 0 if there is
// none.
func (d delimiter) find(s string) int {
	dollar := d.open == "$"
	start := len(d.open)
	if dollar && (start == len(s) || isSpace(s[start])) {
		return 0
	}
	depth := 0
	for i := start; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], d.close) && (depth == 0 || d.open[0] == '\\'):
			end := i + len(d.close)
			if strings.TrimSpace(s[start:i]) == "" ||
				dollar && (isSpace(s[i-1]) || end < len(s) && s[end] >= '0' && s[end] <= '9') {
				return 0
			}
			return end
		case s[i] == '\\':
			i++
		case s[i] == '{':
			depth++
		case s[i] == '}':
			depth--
		case s[i] == '\n' && blankLine(s[i+1:]):
			return 0
		}
	}
	return 0
}

// environment returns the length of \begin{x}…\end{x} at the beginning of s.
func environment(s string) int {
	name, _, ok := strings.Cut(strings.TrimPrefix(s, `\begin{`), "}")
	if !ok || !strings.HasPrefix(s, `\begin{`) || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*") != "" || name == "" {
		return 0
	}
	open, shut := `\begin{`+name+"}", `\end{`+name+"}"
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], open):
			depth++
		case strings.HasPrefix(s[i:], shut):
			if depth--; depth == 0 {
				return i + len(shut)
			}
		case s[i] == '\\':
			i++
		case s[i] == '\n' && blankLine(s[i+1:]):
			return 0
		}
	}
	return 0
}

// blankLine reports whether s begins with a line of nothing but spaces.
func blankLine(s string) bool {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line) == ""
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n'
}

// codeSpan returns the length of the code span at the beginning of s, or of
// the backquotes there if none ends it.
func codeSpan(s string) int {
	ticks := len(s) - len(strings.TrimLeft(s, "`"))
	for i := ticks; i < len(s); {
		switch {
		case s[i] == '`':
			n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
			if n == ticks {
				return i + n
			}
			i += n
		case s[i] == '\n' && blankLine(s[i+1:]):
			return ticks
		default:
			i++
		}
	}
	return ticks
}

// fencedBlock returns the length of the fenced code at the beginning of s,
// which may stand in a list or a quotation.
func fencedBlock(s string) int {
	fence := ""
	n := 0
	for line := range strings.Lines(s) {
		text := strings.TrimSpace(line)
		if fence == "" {
			text = strings.TrimLeft(text, " \t>*+-0123456789.)")
			ticks := len(text) - len(strings.TrimLeft(text, "`"))
			tildes := len(text) - len(strings.TrimLeft(text, "~"))
			if max(ticks, tildes) < 3 || ticks > 0 && strings.Contains(text[ticks:], "`") {
				return 0
			}
			fence = text[:max(ticks, tildes)]
		} else {
			text = strings.TrimLeft(text, " >")
			if strings.HasPrefix(text, fence) && strings.Trim(text, fence[:1]) == "" {
				return n + len(line)
			}
		}
		n += len(line)
	}
	return n
}
