package page

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// svgImage makes a picture of an SVG element: in an <img> no script of it runs
// and nothing of it loads.
func svgImage(n *html.Node) *html.Node {
	alt := attribute(n, "aria-label")
	for child := range n.ChildNodes() {
		if child.Data == "title" && alt == "" {
			alt = textOf(child)
		}
	}
	var b strings.Builder
	_ = html.Render(&b, n) // a Builder gives no errors
	return &html.Node{
		Type: html.ElementNode, Data: "img", DataAtom: atom.Img,
		Attr: []html.Attribute{{Key: "src", Val: svgData(b.String())}, {Key: "alt", Val: alt}},
	}
}

const svgNamespace = `xmlns="http://www.w3.org/2000/svg"`

// svgData returns an SVG document as a data: address, ready for an attribute in
// double quotes: it has none, and no ampersand. What an address can't hold takes less
// room as percent signs than all does as base64.
func svgData(svg string) string {
	if !utf8.ValidString(svg) { // its XML declaration says what it is in
		return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(svg))
	}
	svg = svg[prolog(svg):]
	var b strings.Builder
	b.WriteString("data:image/svg+xml;charset=utf-8,")
	for root := true; svg != ""; {
		n := markup(svg)
		whole := n > 0
		if !whole {
			if n = strings.IndexByte(svg, '<'); n <= 0 {
				n = len(svg)
			}
		}
		part := svg[:n]
		svg = svg[n:]
		if !whole || !isStartTag(part) {
			_, _ = svgEscape.WriteString(&b, part) // a Builder gives no errors
			continue
		}
		if root && needsNamespace(part) {
			part = "<svg " + svgNamespace + part[len("<svg"):]
		}
		root = false
		writeTag(&b, part)
	}
	return b.String()
}

// svgEscape writes what stands between tags, or in single quotes: its own double
// quotes stay what they are.
var svgEscape = strings.NewReplacer("%", "%25", "#", "%23", `"`, "%22", "&", "%26", "\r\n", " ", "\n", " ", "\r", " ", "\t", " ")

// quoteEscape writes a value whose double quotes become single ones, which take less
// room.
var quoteEscape = strings.NewReplacer("%", "%25", "#", "%23", "'", "%26%2339;", "&", "%26", "\r\n", " ", "\n", " ", "\r", " ", "\t", " ")

// writeTag writes a start tag with its values in single quotes.
func writeTag(b *strings.Builder, tag string) {
	for {
		open := strings.IndexAny(tag, `"'`)
		if open < 0 {
			break
		}
		quote := tag[open]
		size := strings.IndexByte(tag[open+1:], quote)
		_, _ = svgEscape.WriteString(b, tag[:open])
		value := tag[open+1 : open+1+size]
		b.WriteByte('\'')
		if quote == '"' {
			_, _ = quoteEscape.WriteString(b, value)
		} else {
			_, _ = svgEscape.WriteString(b, value)
		}
		b.WriteByte('\'')
		tag = tag[open+size+2:]
	}
	_, _ = svgEscape.WriteString(b, tag)
}

// markup returns the length of the tag, comment, instruction or CDATA section at the
// beginning of s, 0 if there is none or it isn't closed.
func markup(s string) int {
	for _, m := range [][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if strings.HasPrefix(s, m[0]) {
			if end := strings.Index(s[len(m[0]):], m[1]); end >= 0 {
				return len(m[0]) + end + len(m[1])
			}
			return 0
		}
	}
	if s[0] != '<' {
		return 0
	}
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		case c == '<':
			return 0
		}
	}
	return 0
}

func isStartTag(s string) bool {
	return len(s) > 1 && s[0] == '<' && !strings.ContainsRune("/!?", rune(s[1]))
}

// prolog returns the length of what stands before a document's first tag and means
// nothing there: declarations without entities, and comments.
func prolog(s string) int {
	n := 0
	for {
		rest := strings.TrimLeft(s[n:], " \t\r\n\uFEFF")
		n = len(s) - len(rest)
		switch {
		case isStartTag(rest):
			return n
		case strings.HasPrefix(rest, "<?") || strings.HasPrefix(rest, "<!"):
			size := markup(rest)
			if size == 0 || strings.HasPrefix(rest, "<![") || strings.HasPrefix(rest, "<!D") && strings.Contains(rest[:size], "[") {
				return n
			}
			n += size
		default:
			return 0
		}
	}
}

var (
	quotedValue = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	namespace   = regexp.MustCompile(`\sxmlns\s*=`)
	svgStart    = regexp.MustCompile(`^<svg[\s/>]`)
)

// needsNamespace reports whether a tag is that of an svg element that doesn't say what
// it is.
func needsNamespace(tag string) bool {
	return svgStart.MatchString(tag) && !namespace.MatchString(quotedValue.ReplaceAllString(tag, "''"))
}
