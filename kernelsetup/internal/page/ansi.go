package page

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

// escapeCode matches a terminal's control sequences: with parameters and a
// final letter, strings such as window titles, and the short ones.
var escapeCode = regexp.MustCompile("\x1b(?:\\[([0-?]*)[ -/]*([@-~])|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])?")

// terminalHTML shows text as a terminal would leave it: colours become spans,
// and of a line that was written over again and again the last state stays.
func terminalHTML(s string) string {
	s = overwrite(s)
	var b strings.Builder
	var style ansiStyle
	write := func(text string) {
		text = html.EscapeString(printable(text))
		if attrs := style.attributes(); attrs != "" && text != "" {
			text = "<span" + attrs + ">" + text + "</span>"
		}
		b.WriteString(text)
	}
	from := 0
	for _, m := range escapeCode.FindAllStringSubmatchIndex(s, -1) {
		write(s[from:m[0]])
		from = m[1]
		if m[4] >= 0 && s[m[4]:m[5]] == "m" {
			style.apply(s[m[2]:m[3]])
		}
	}
	write(s[from:])
	return b.String()
}

// overwrite keeps of each line what follows its last carriage return.
func overwrite(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		lines[i] = line[strings.LastIndexByte(line, '\r')+1:]
	}
	return strings.Join(lines, "\n")
}

// printable removes control characters, which HTML does not allow.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

// ansiStyle is the state that the sequences ending in m set. Colours are the
// terminal's numbers for text, "31" or "92".
type ansiStyle struct {
	bold, faint, italic, underline, inverse bool
	fg, bg                                  string
}

func (a *ansiStyle) apply(params string) {
	codes := strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' })
	if len(codes) == 0 {
		*a = ansiStyle{}
	}
	for i := 0; i < len(codes); i++ {
		n, err := strconv.Atoi(codes[i])
		if err != nil {
			continue
		}
		switch {
		case n == 0:
			*a = ansiStyle{}
		case n == 1:
			a.bold = true
		case n == 2:
			a.faint = true
		case n == 3:
			a.italic = true
		case n == 4:
			a.underline = true
		case n == 7:
			a.inverse = true
		case n == 22:
			a.bold, a.faint = false, false
		case n == 23:
			a.italic = false
		case n == 24:
			a.underline = false
		case n == 27:
			a.inverse = false
		case n >= 30 && n <= 37, n >= 90 && n <= 97:
			a.fg = strconv.Itoa(n)
		case n >= 40 && n <= 47, n >= 100 && n <= 107:
			a.bg = strconv.Itoa(n - 10)
		case n == 39:
			a.fg = ""
		case n == 49:
			a.bg = ""
		case n == 38 || n == 48:
			colour, used := extendedColour(codes[i+1:])
			i += used
			if n == 38 {
				a.fg = colour
			} else {
				a.bg = colour
			}
		}
	}
}

// extendedColour reads "5;n", one of 256 colours, or "2;r;g;b", and returns the
// nearest of the eight, which are legible on light and on dark paper.
func extendedColour(codes []string) (colour string, used int) {
	value := make([]int, 0, 4)
	for _, c := range codes[:min(4, len(codes))] {
		n, err := strconv.Atoi(c)
		if err != nil || n < 0 || n > 255 {
			break
		}
		value = append(value, n)
	}
	switch {
	case len(value) >= 4 && value[0] == 2:
		return nearestColour(value[1], value[2], value[3]), 4
	case len(value) >= 2 && value[0] == 5:
		n := value[1]
		switch {
		case n < 8:
			return strconv.Itoa(30 + n), 2
		case n < 16:
			return strconv.Itoa(82 + n), 2
		case n < 232: // a cube of six levels
			n -= 16
			return nearestColour(n/36, n/6%6, n%6), 2
		}
		return "", 2 // greys
	}
	return "", len(codes)
}

// nearestColour returns the terminal's colour that has the channels which are
// in the upper half of the range of the three; "" for greys.
func nearestColour(r, g, b int) string {
	lo, hi := min(r, g, b), max(r, g, b)
	if 4*(hi-lo) < hi || hi == lo {
		return ""
	}
	code := 30
	for i, v := range []int{r, g, b} {
		if 2*v > lo+hi {
			code += 1 << i
		}
	}
	return strconv.Itoa(code)
}

func (a *ansiStyle) attributes() string {
	var classes []string
	for _, c := range []struct {
		on   bool
		name string
	}{
		{a.bold, "ab"},
		{a.faint, "af"},
		{a.italic, "ai"},
		{a.underline, "au"},
		{a.inverse, "av"},
		{a.fg != "", "a" + a.fg},
		{a.bg != "", "b" + a.bg},
	} {
		if c.on {
			classes = append(classes, c.name)
		}
	}
	if len(classes) == 0 {
		return ""
	}
	return ` class="` + strings.Join(classes, " ") + `"`
}
