package page

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// TeX can say more to MathJax than formulas need: links, pictures, styles. And the
// cache lies beside the notebooks, where anybody may write. So a formula's picture
// goes through here before it comes to a page, of which it becomes a part.

// drawnElements are what typeset formulas consist of.
var drawnElements = setOf("svg g path rect line polygon ellipse text")

// Values of attributes.
var (
	number    = `-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?`
	numbers   = regexp.MustCompile(`^[-\d., e]*$`)
	length    = regexp.MustCompile(`^` + number + `(?:ex|em|px)?$`)
	paint     = regexp.MustCompile(`^(?:[A-Za-z]+|#[0-9A-Fa-f]{3,8}|(?:rgb|hsl)a?\([-\d., %]*\))$`)
	movement  = regexp.MustCompile(`^(?: ?(?:translate|scale|rotate|matrix)\([-\d., e]*\))*$`)
	outlined  = regexp.MustCompile(`^[-\d., eA-Za-z]*$`)
	word      = regexp.MustCompile(`^[\w -]*$`)
	baseline  = regexp.MustCompile(`^vertical-align: ` + number + `(?:ex)?;$`)
	svgSpace  = regexp.MustCompile(`^http://www\.w3\.org/2000/svg$`)
	pictorial = regexp.MustCompile(`^img$`)
)

// drawnAttributes are those of formulas' elements, with what their values look like.
// Besides there are MathJax's own, which begin with data-.
var drawnAttributes = map[string]*regexp.Regexp{
	"style": baseline, "xmlns": svgSpace, "role": pictorial, "focusable": word, "viewBox": numbers,
	"width": length, "height": length, "x": length, "y": length,
	"x1": length, "y1": length, "x2": length, "y2": length, "cx": length, "cy": length, "rx": length, "ry": length,
	"d": outlined, "points": numbers, "transform": movement,
	"fill": paint, "stroke": paint, "stroke-width": length, "stroke-dasharray": numbers, "stroke-linecap": word,
	"font-size": length, "font-family": word, "font-style": word, "font-weight": word,
}

// ruled are the lines and frames of tables, for which MathJax has a style sheet.
var ruled = map[string]string{
	"mjx-solid":  ` fill="none" stroke-width="70"`,
	"mjx-dashed": ` fill="none" stroke-width="70" stroke-dasharray="140"`,
	"mjx-dotted": ` fill="none" stroke-width="70" stroke-dasharray="0,140" stroke-linecap="round"`,
}

// cleanFormula returns a formula's SVG without attributes that formulas don't need.
// The error says what else it has that they don't, or what keeps it from being one
// whole element. What is clean stays as it is.
func cleanFormula(svg string) (string, error) {
	dec := xml.NewDecoder(strings.NewReader(svg))
	var b strings.Builder
	b.Grow(len(svg))
	var open []string
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) && b.Len() > 0 && len(open) == 0 {
			return b.String(), nil
		}
		if err != nil {
			return "", fmt.Errorf("no picture: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			name := tok.Name.Local
			if tok.Name.Space != "" || !drawnElements[name] {
				return "", fmt.Errorf("it makes an element <%s>, which formulas on pages don't have", short(name))
			}
			if len(open) == 0 && (b.Len() > 0 || name != "svg") {
				return "", errors.New("its picture is not one element")
			}
			open = append(open, name)
			b.WriteString("<" + name)
			writeDrawn(&b, tok)
			b.WriteByte('>')
		case xml.EndElement:
			name := tok.Name.Local
			if len(open) == 0 || tok.Name.Space != "" || open[len(open)-1] != name {
				return "", errors.New("its picture is torn")
			}
			open = open[:len(open)-1]
			b.WriteString("</" + name + ">")
		case xml.CharData:
			if len(open) == 0 || open[len(open)-1] != "text" {
				return "", errors.New("its picture has words where none belong")
			}
			_, _ = textEscape.WriteString(&b, string(tok)) // a Builder gives no errors
		default:
			return "", errors.New("its picture has more than elements")
		}
	}
}

// textEscape is MathJax's.
var textEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// writeDrawn writes the attributes that an element may have.
func writeDrawn(b *strings.Builder, e xml.StartElement) {
	rule := ""
	for _, a := range e.Attr {
		if a.Name.Local == "class" && (e.Name.Local == "line" || e.Name.Local == "rect") {
			rule = ruled[a.Value]
		}
	}
	b.WriteString(rule)
	for i, a := range e.Attr {
		name := a.Name.Local
		if a.Name.Space != "" || twice(e.Attr[:i], name) || strings.Contains(rule, " "+name+"=") {
			continue
		}
		value, ok := drawnAttributes[name]
		if !ok && strings.HasPrefix(name, "data-") {
			value, ok = word, word.MatchString(name)
		}
		if ok && value.MatchString(a.Value) {
			b.WriteString(" " + name + `="` + a.Value + `"`)
		}
	}
}

func twice(attrs []xml.Attr, name string) bool {
	for _, a := range attrs {
		if a.Name.Local == name {
			return true
		}
	}
	return false
}
