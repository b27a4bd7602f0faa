package page

import (
	"encoding/xml"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// glyphs are the outlines that a page's formulas share: each is written once
// and referred to by number.
type glyphs struct {
	index    map[string]int
	outlines []string
}

// ownPrefix begins the ids that pages make for themselves. Neither headings nor
// footnotes have such, and authors may not.
const ownPrefix = "m:"

// Groups that only move one outline, and groups that do nothing.
var (
	moved   = regexp.MustCompile(`<g transform="translate\((-?\d+),? ?(-?\d+)\)"><use href="([^"]*)"/></g>`)
	scaled  = regexp.MustCompile(`<g (transform="[^"]*")><use (href="[^"]*")/></g>`)
	idle    = regexp.MustCompile(`<g>((?:<(?:use|rect)\b[^<>]*/>)*)</g>|<g transform="[^"]*"></g>`)
	decimal = regexp.MustCompile(`translate\([^)]*\)`)
)

// flat writes a formula with fewer groups, in whole thousandths of an em.
func flat(svg string) string {
	svg = decimal.ReplaceAllStringFunc(svg, func(s string) string {
		var x, y float64
		if n, _ := fmt.Sscanf(strings.ReplaceAll(s, ",", " "), "translate(%g %g)", &x, &y); n != 2 {
			return s
		}
		return fmt.Sprintf("translate(%.0f,%.0f)", x+0, y+0)
	})
	svg = strings.ReplaceAll(svg, "></rect>", "/>")
	for before := ""; before != svg; {
		before = svg
		svg = moved.ReplaceAllString(svg, `<use href="$3" x="$1" y="$2"/>`)
		svg = scaled.ReplaceAllString(svg, `<use $1 $2/>`)
		svg = idle.ReplaceAllString(svg, "$1")
	}
	return strings.NewReplacer(` x="0"`, "", ` y="0"`, "", `x="-0"`, "", ` y="-0"`, "").Replace(svg)
}

var (
	glyphPath = regexp.MustCompile(`<path data-c="[0-9A-F]*" d="([^"]*)"([^>]*)></path>`)
	noise     = regexp.MustCompile(` (?:data-[a-z-]+|xmlns|xmlns:xlink|role|focusable)="[^"]*"`)
)

// inline returns MathJax's SVG element ready for the page: outlines shared,
// and named by its TeX for those who don't see it. A formula too wide for its
// line is drawn smaller, but no narrower than least, in ex, unless that is 0.
func (g *glyphs) inline(svg, tex string, least float64) string {
	svg = glyphPath.ReplaceAllStringFunc(svg, func(path string) string {
		m := glyphPath.FindStringSubmatch(path)
		if m[1] == "" {
			return ""
		}
		i, ok := g.index[m[1]]
		if !ok {
			if g.index == nil {
				g.index = make(map[string]int)
			}
			i = len(g.outlines)
			g.index[m[1]] = i
			g.outlines = append(g.outlines, m[1])
		}
		return fmt.Sprintf(`<use href="#%s%d"%s/>`, ownPrefix, i, m[2])
	})
	svg = flat(noise.ReplaceAllString(svg, ""))
	if least > 0 {
		svg = strings.Replace(svg, `<svg style="`, fmt.Sprintf(`<svg style="min-width:%.3fex;`, least), 1)
	}
	return `<svg class="math" role="img" aria-label="` + html.EscapeString(tex) + `"` + strings.TrimPrefix(svg, "<svg")
}

// sheet returns the invisible element that holds the outlines.
func (g *glyphs) sheet() string {
	if len(g.outlines) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<svg class="glyphs" width="0" height="0" aria-hidden="true"><defs>`)
	for i, d := range g.outlines {
		fmt.Fprintf(&b, `<path id="%s%d" d="%s"/>`, ownPrefix, i, d)
	}
	b.WriteString("</defs></svg>\n")
	return b.String()
}

// extent is the size of a formula in ex.
type extent struct {
	Width    float64
	Height   float64
	Baseline float64   // below the top
	Rows     []float64 // baselines of the outermost table's rows, below the top
}

// measure reads a formula's extent from MathJax's SVG.
func measure(svg string) (extent, error) {
	var e extent
	dec := xml.NewDecoder(strings.NewReader(svg))
	var perEx, top float64
	depth, table := 0, -1
	for {
		tok, err := dec.Token()
		if tok == nil {
			if perEx == 0 {
				return e, fmt.Errorf("formula without a size: %w", err)
			}
			return e, nil
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			depth++
			attr := make(map[string]string)
			for _, a := range tok.Attr {
				attr[a.Name.Local] = a.Value
			}
			node := attr["data-mml-node"]
			switch {
			case depth == 1:
				var minX, width, height float64
				if _, err := fmt.Sscan(attr["viewBox"], &minX, &top, &width, &height); err != nil {
					return e, fmt.Errorf("viewBox %q: %w", attr["viewBox"], err)
				}
				ex, err := strconv.ParseFloat(strings.TrimSuffix(attr["height"], "ex"), 64)
				if err != nil || ex <= 0 || height <= 0 {
					return e, fmt.Errorf("height %q", attr["height"])
				}
				perEx = height / ex
				e.Width, e.Height, e.Baseline = width/perEx, ex, -top/perEx
			case node == "mtable" && table < 0:
				table = depth
			case node == "mtr" && depth == table+1:
				var up float64
				if _, y, ok := strings.Cut(attr["transform"], ","); ok {
					up, _ = strconv.ParseFloat(y[:strings.IndexByte(y+")", ')')], 64)
				}
				e.Rows = append(e.Rows, (-top-up)/perEx)
			}
		case xml.EndElement:
			if depth == table {
				table = 1 << 30 // later tables stand elsewhere
			}
			depth--
		}
	}
}
