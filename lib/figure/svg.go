package figure

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
)

// SVG returns the picture as SVG. Text is drawn as outlines, so it looks alike
// wherever the picture is shown; a card lies behind it, so it can be read on
// light and on dark pages. The same figure gives the same bytes.
func (f *Figure) SVG() ([]byte, error) {
	s, err := f.scene()
	if err != nil {
		return nil, err
	}
	alt, err := f.AltText()
	if err != nil {
		return nil, err
	}
	title, err := PlainText(f.Title)
	if err != nil {
		return nil, err
	}
	return s.themed(f.Theme).svg(title, alt, f.Theme == Adaptive), nil
}

// The unit of the SVG's user space is a hundredth of a point, so that all
// coordinates are whole numbers.
const perPoint = 100

// hundredths rounds. Layout makes many exact halves, which a machine that fuses
// products and sums may find a bit below; they all go up.
func hundredths(x float64) int { return int(math.Floor(x*perPoint + 0.5 + 1e-6)) }

func (s *scene) svg(title, alt string, adaptive bool) []byte {
	var b bytes.Buffer
	s.open(&b, title, alt)
	if adaptive {
		b.WriteString(s.adaptive())
	}
	definitions(&b, s)
	for _, p := range s.merged() {
		p.svg(&b)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

// open writes what comes before the shapes: the element, what it shows in words,
// and the card.
func (s *scene) open(b *bytes.Buffer, title, alt string) {
	w, h := hundredths(s.width), hundredths(s.height)
	// A point is 4/3 of a CSS pixel.
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" class="ww" width="%d" height="%d" viewBox="0 0 %d %d" style="max-width:100%%;height:auto" role="img" aria-label="%s">`,
		int(math.Round(s.width*4/3)), int(math.Round(s.height*4/3)), w, h, escape(alt))
	b.WriteByte('\n')
	if title != "" {
		fmt.Fprintf(b, "<title>%s</title>\n", escape(title))
	}
	fmt.Fprintf(b, "<desc>%s</desc>\n", escape(alt))
	fmt.Fprintf(b, `<rect width="%d" height="%d" rx="400" fill="%s"/>`+"\n", w, h, s.paper().hex())
	b.WriteString(`<g stroke-linejoin="round">` + "\n")
}

// paper is the colour of the card.
func (s *scene) paper() rgb {
	if s.card == (rgb{}) {
		return paper
	}
	return s.card
}

func (p shape) svg(b *bytes.Buffer) {
	if p.label != nil {
		p.label.svg(b, p.color)
		return
	}
	b.WriteString("<path ")
	switch p.kind {
	case fill:
		if p.fixed() { // where no style sheet changes it
			fmt.Fprintf(b, `style="fill:%s" `, p.color.hex())
		} else {
			fmt.Fprintf(b, `fill="%s" `, p.color.hex())
		}
		if p.alpha < 1 {
			fmt.Fprintf(b, `fill-opacity="%s" `, strconv.FormatFloat(p.alpha, 'g', 3, 64))
		}
	case stroke, dots:
		if p.fixed() {
			fmt.Fprintf(b, `fill="none" style="stroke:%s" stroke-width="%d" `, p.color.hex(), hundredths(p.width))
		} else {
			fmt.Fprintf(b, `fill="none" stroke="%s" stroke-width="%d" `, p.color.hex(), hundredths(p.width))
		}
		if p.kind == dots {
			b.WriteString(`stroke-linecap="round" `)
		}
		if len(p.dash) > 0 {
			var d []string
			for _, x := range p.dash {
				d = append(d, strconv.Itoa(hundredths(x*p.width)))
			}
			fmt.Fprintf(b, `stroke-dasharray="%s" `, strings.Join(d, " "))
		}
	}
	b.WriteString(`d="`)
	pen := pen{b: b, discs: p.kind == dots}
	for _, c := range p.path {
		pen.draw(c)
	}
	b.WriteString("\"/>\n")
}

// A pen writes path data with relative moves from where the last rounded
// coordinate left it, so that rounding doesn't add up.
type pen struct {
	b              *bytes.Buffer
	discs          bool
	x, y           int // where the pen is
	startX, startY int // where the present outline began
	last           byte
}

func (p *pen) draw(c vg.PathComp) {
	x, y := hundredths(float64(c.Pos.X)), hundredths(float64(c.Pos.Y))
	switch c.Type {
	case vg.MoveComp:
		p.put('m', x-p.x, y-p.y)
		if p.discs { // a dash without length, with round ends
			p.b.WriteString("h0")
			p.last = 'h'
		}
		p.startX, p.startY = x, y
	case vg.LineComp:
		switch dx, dy := x-p.x, y-p.y; {
		case dx == 0 && dy == 0:
			return
		case dy == 0:
			p.put('h', dx)
		case dx == 0:
			p.put('v', dy)
		default:
			p.put('l', dx, dy)
		}
	case vg.CurveComp:
		var v []int
		for _, q := range c.Control {
			v = append(v, hundredths(float64(q.X))-p.x, hundredths(float64(q.Y))-p.y)
		}
		v = append(v, x-p.x, y-p.y)
		if len(c.Control) == 1 {
			p.put('q', v...)
		} else {
			p.put('c', v...)
		}
	case vg.CloseComp:
		p.b.WriteByte('z')
		p.last = 'z'
		x, y = p.startX, p.startY
	}
	p.x, p.y = x, y
}

func (p *pen) put(op byte, v ...int) {
	repeated := op == p.last && op != 'm'
	if !repeated {
		p.b.WriteByte(op)
		p.last = op
	}
	for i, n := range v {
		if n >= 0 && (i > 0 || repeated) {
			p.b.WriteByte(' ')
		}
		p.b.WriteString(strconv.Itoa(n))
	}
}

func (c rgb) hex() string {
	if c.r>>4 == c.r&15 && c.g>>4 == c.g&15 && c.b>>4 == c.b&15 {
		return fmt.Sprintf("#%x%x%x", c.r&15, c.g&15, c.b&15)
	}
	return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b)
}

// escape makes text safe inside elements and quoted attributes; characters
// that XML can't hold become U+FFFD.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF:
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
