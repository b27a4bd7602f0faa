package figure

import (
	"fmt"
	"strings"
	"unicode"
)

// Labels are words, with formulas between dollar signs. Formulas are a small
// part of TeX: this file parses them, texlayout.go sets them.

// A node is a piece of a formula.
type node interface{}

type (
	// atom is one character of the maths font.
	atom struct {
		r     rune
		class class
	}
	// word is upright text: \mathrm, \mathsf, \text, and names of functions.
	word struct {
		text  string
		class class
		sans  bool
	}
	space  float64 // in ems
	list   []node
	script struct{ base, sub, sup node } // sub and sup may be nil
	accent struct {
		mark rune
		base node
	}
	fraction struct{ num, den node }
	radical  struct{ body node }
)

// A span is a stretch of a label: words, or a formula.
type span struct {
	text    string
	formula list // nil for words
}

// parseLabel splits a label into words and formulas. \$ is a dollar sign.
func parseLabel(s string) ([]span, error) {
	var (
		spans []span
		text  strings.Builder
		rest  = []rune(s)
	)
	flush := func() {
		if text.Len() > 0 {
			spans = append(spans, span{text: text.String()})
			text.Reset()
		}
	}
	for len(rest) > 0 {
		switch {
		case rest[0] == '\\' && len(rest) > 1 && rest[1] == '$':
			text.WriteRune('$')
			rest = rest[2:]
		case rest[0] == '$':
			end := 1
			for end < len(rest) && rest[end] != '$' {
				if rest[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(rest) {
				return nil, fmt.Errorf("label %#q: $ without its partner", s)
			}
			p := parser{src: rest[1:end]}
			formula, err := p.list(0)
			if err != nil {
				return nil, fmt.Errorf("label %#q: %w", s, err)
			}
			flush()
			spans = append(spans, span{formula: formula})
			rest = rest[end+1:]
		default:
			r := rest[0]
			if unicode.IsSpace(r) {
				r = ' '
			}
			text.WriteRune(r)
			rest = rest[1:]
		}
	}
	flush()
	return spans, nil
}

type parser struct {
	src   []rune
	pos   int
	hand  alphabet
	depth int
}

// maxDepth bounds the nesting of braces.
const maxDepth = 50

func (p *parser) peek() rune {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) skipSpace() {
	for p.pos < len(p.src) && unicode.IsSpace(p.src[p.pos]) {
		p.pos++
	}
}

// list parses up to end, which it consumes; 0 is the end of the formula.
func (p *parser) list(end rune) (list, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("braces nested more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	out := list{}
	for {
		p.skipSpace()
		if p.pos >= len(p.src) {
			if end != 0 {
				return nil, fmt.Errorf("missing %q", end)
			}
			return out, nil
		}
		if end != 0 && p.peek() == end {
			p.pos++
			return out, nil
		}
		n, err := p.scripted()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
}

// scripted parses a nucleus with the scripts and primes that follow it.
func (p *parser) scripted() (node, error) {
	var base node = list{}
	if c := p.peek(); c != '_' && c != '^' && c != '\'' {
		n, err := p.nucleus()
		if err != nil {
			return nil, err
		}
		base = n
	}
	var s script
	for {
		p.skipSpace()
		switch c := p.peek(); c {
		case '\'':
			var primes list
			for p.peek() == '\'' {
				primes = append(primes, prime)
				p.pos++
			}
			if s.sup != nil {
				return nil, fmt.Errorf("two superscripts on one symbol")
			}
			s.sup = primes
		case '_', '^':
			p.pos++
			p.skipSpace()
			n, err := p.nucleus()
			if err != nil {
				return nil, err
			}
			switch {
			case c == '_' && s.sub == nil:
				s.sub = n
			case c == '^' && s.sup == nil:
				s.sup = n
			case c == '^' && isPrimes(s.sup):
				s.sup = append(s.sup.(list), n)
			default:
				return nil, fmt.Errorf("two scripts %q on one symbol", c)
			}
		default:
			if s.sub == nil && s.sup == nil {
				return base, nil
			}
			s.base = base
			return s, nil
		}
	}
}

var prime = atom{'′', ordinary}

func isPrimes(n node) bool {
	l, ok := n.(list)
	if !ok || len(l) == 0 {
		return false
	}
	return l[0] == node(prime)
}

// nucleus parses one symbol, group or macro with its arguments.
func (p *parser) nucleus() (node, error) {
	if p.pos >= len(p.src) {
		return nil, fmt.Errorf("formula ends where a symbol is expected")
	}
	c := p.src[p.pos]
	p.pos++
	switch {
	case c == '{':
		return p.list('}')
	case c == '}':
		return nil, fmt.Errorf("unexpected %q", c)
	case c == '_' || c == '^':
		return nil, fmt.Errorf("unexpected %q", c)
	case c == '&' || c == '#' || c == '%':
		return nil, fmt.Errorf("%q must be written \\%c", c, c)
	case c == '\\':
		return p.macro()
	case c == '~':
		return space(spaces[" "]), nil
	}
	return atom{p.hand.letter(c), classOf(c)}.minus(), nil
}

// minus gives the hyphen and the asterisk their mathematical form.
func (a atom) minus() atom {
	switch a.r {
	case '-':
		a.r = '−'
	case '*':
		a.r = '∗'
	}
	return a
}

func classOf(c rune) class {
	switch c {
	case '+', '-', '*', '−', '×', '·', '±':
		return binary
	case '=', '<', '>', '≤', '≥', '≈', '∼', '→', '∈', '∝', ':':
		return relational
	case '(', '[':
		return opening
	case ')', ']':
		return closing
	case ',', ';':
		return punctuation
	case '∫', '∑', '∏':
		return operator
	}
	return ordinary
}

func (p *parser) macro() (node, error) {
	name := p.name()
	if name == "" {
		return nil, fmt.Errorf("formula ends in a backslash")
	}
	if s, ok := symbols[name]; ok {
		return atom{p.hand.letter(s.r), s.class}, nil
	}
	if m, ok := accents[name]; ok {
		base, err := p.argument()
		return accent{m, base}, err
	}
	if f, ok := functions[name]; ok {
		return word{text: f, class: operator}, nil
	}
	if w, ok := spaces[name]; ok {
		return space(w), nil
	}
	if a, ok := alphabets[name]; ok {
		if a == upright || a == sansSerif {
			t, err := p.verbatim()
			return word{text: strings.Join(strings.Fields(t), ""), sans: a == sansSerif}, err
		}
		hand := p.hand
		p.hand = a
		n, err := p.argument()
		p.hand = hand
		return n, err
	}
	switch name {
	case "text", "textrm":
		t, err := p.verbatim()
		return word{text: t}, err
	case "frac", "tfrac", "dfrac":
		num, err := p.argument()
		if err != nil {
			return nil, err
		}
		den, err := p.argument()
		return fraction{num, den}, err
	case "sqrt":
		body, err := p.argument()
		return radical{body}, err
	case "left", "right", "big", "Big", "displaystyle", "textstyle", "limits", "nolimits":
		// Delimiters don't grow here: labels are one line high.
		return list{}, nil
	}
	return nil, fmt.Errorf("unknown macro \\%s", name)
}

// name reads a macro's name: letters, or one other character.
func (p *parser) name() string {
	start := p.pos
	for p.pos < len(p.src) && isASCIILetter(p.src[p.pos]) {
		p.pos++
	}
	if p.pos == start && p.pos < len(p.src) {
		p.pos++
	}
	return string(p.src[start:p.pos])
}

func isASCIILetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// argument parses what a macro applies to: one symbol or a group.
func (p *parser) argument() (node, error) {
	p.skipSpace()
	return p.nucleus()
}

// verbatim reads a macro's argument as plain characters.
func (p *parser) verbatim() (string, error) {
	p.skipSpace()
	if p.pos >= len(p.src) {
		return "", fmt.Errorf("formula ends where {text} is expected")
	}
	if p.src[p.pos] != '{' {
		p.pos++
		return string(p.src[p.pos-1]), nil
	}
	start, depth := p.pos+1, 0
	for ; p.pos < len(p.src); p.pos++ {
		switch p.src[p.pos] {
		case '\\':
			return "", fmt.Errorf("macro inside text: \\%s", string(p.src[p.pos+1:min(p.pos+12, len(p.src))]))
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				p.pos++
				return strings.NewReplacer("{", "", "}", "").Replace(string(p.src[start : p.pos-1])), nil
			}
		}
	}
	return "", fmt.Errorf("missing %q", '}')
}
