package figure

import (
	"math"
	"strings"
	"testing"
)

// Every macro must set, and every letter of every alphabet must have a glyph:
// a label never has a silent gap.
func TestEveryMacroHasAGlyph(t *testing.T) {
	var labels []string
	for name := range symbols {
		labels = append(labels, `$\`+name+`$`)
	}
	for name := range accents {
		labels = append(labels, `$\`+name+`{x}$`, `$\`+name+` W_2$`)
	}
	for name := range functions {
		labels = append(labels, `$\`+name+` x$`)
	}
	for name := range spaces {
		labels = append(labels, `$a\`+name+` b$`)
	}
	for name, a := range alphabets {
		for c := 'A'; c <= 'z'; c++ {
			if !isASCIILetter(c) {
				continue
			}
			labels = append(labels, `$\`+name+`{`+string(c)+`}$`)
			if r := a.letter(c); a != upright && a != sansSerif && r == c {
				t.Errorf(`\%s{%c} is set as %c`, name, c, r)
			}
		}
	}
	for c := rune(' '); c <= '~'; c++ {
		if c != '$' && c != '\\' {
			labels = append(labels, string(c))
		}
		if !strings.ContainsRune(`$\{}_^&#%`, c) {
			labels = append(labels, "$"+string(c)+"$")
		}
	}
	for _, l := range labels {
		b, err := setLabel(l, 10)
		if err != nil {
			t.Error(err)
			continue
		}
		blank := strings.TrimSpace(strings.Trim(l, "$")) == "" || l == "$~$"
		if len(b.glyphs) == 0 && !blank {
			t.Errorf("%s: no glyphs", l)
		}
		if _, err := PlainText(l); err != nil {
			t.Errorf("PlainText: %v", err)
		}
	}
	if len(labels) < 700 {
		t.Errorf("only %d labels were tried", len(labels))
	}
}

func TestLabelErrors(t *testing.T) {
	for _, c := range []struct{ label, want string }{
		{`$\foo$`, `unknown macro \foo`},
		{`a $\mathfrak{g}$ b`, `unknown macro \mathfrak`},
		{`$\begin{matrix}$`, `unknown macro \begin`},
		{`cost $c`, `$ without its partner`},
		{`$x_{1$`, `missing '}'`},
		{`$x}$`, `unexpected '}'`},
		{`$x_1_2$`, `two scripts '_'`},
		{`$x^1^2$`, `two scripts '^'`},
		{`$x_$`, `formula ends where a symbol is expected`},
		{`$\frac{1}$`, `formula ends where a symbol is expected`},
		{`$\mathrm{x`, `$ without its partner`},
		{`$\mathrm{x$`, `missing '}'`},
		{`$\mathrm{\alpha}$`, `macro inside text: \alpha`},
		{`$a & b$`, `'&' must be written \&`},
		{"kanji 漢", "no glyph for '漢' (U+6F22)"},
		{"$漢$", "no glyph for '漢' (U+6F22)"},
		{`$` + strings.Repeat("{", 200) + strings.Repeat("}", 200) + `$`, "nested more than"},
	} {
		_, err := setLabel(c.label, 10)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.label, err, c.want)
		}
	}
}

func TestPlainText(t *testing.T) {
	for _, c := range []struct{ label, want string }{
		{`Loss $W_2^2$`, `Loss W₂²`},
		{`$v_{\mathrm{loss}}^2 \le v_2^2$`, `v_loss² ≤ v₂²`},
		{`$\mathcal{N}(0,\sigma^2)$`, `N(0, σ²)`},
		{`$\eta/\tau = -3\times10^{-3}$`, `η/τ = −3 × 10⁻³`},
		{`$\tilde{P}_\tau$`, "P\u0303_τ"},
		{`$\frac{\partial p}{\partial t}$`, `(∂p)/(∂t)`},
		{`$\sqrt{D_0}$`, `√(D₀)`},
		{`\$5 and 10%`, `$5 and 10%`},
		{`$x''_1$`, `x₁′′`},
		{`$x'^2$`, `x′²`},
		{`$\ln x$`, `ln x`},
	} {
		got, err := PlainText(c.label)
		if err != nil {
			t.Error(err)
			continue
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.label, got, c.want)
		}
	}
}

func TestScriptsStandWhereTheyShould(t *testing.T) {
	const size = 10
	base := mustSet(`$x$`, size).glyphs[0]
	b := mustSet(`$x_2^3$`, size)
	if len(b.glyphs) != 3 {
		t.Fatalf("%d glyphs, want 3", len(b.glyphs))
	}
	// Superscripts are put before subscripts.
	x, sup, sub := b.glyphs[0], b.glyphs[1], b.glyphs[2]
	if x.y != 0 || sup.y <= 0.3*size || sub.y >= -0.1*size {
		t.Errorf("baselines %v, %v, %v: want 0, high, low", x.y, sup.y, sub.y)
	}
	if sup.size != scriptScale*size || sub.size != scriptScale*size {
		t.Errorf("sizes of scripts %v, %v, want %v", sup.size, sub.size, scriptScale*size)
	}
	if gap := (sup.y + sup.ymin*sup.size) - (sub.y + sub.ymax*sub.size); gap <= 0 {
		t.Errorf("scripts overlap by %v", -gap)
	}
	if sup.x < base.xmax*size-1e-9 || sub.x <= 0 {
		t.Errorf("scripts start at %v and %v, the letter ends at %v", sup.x, sub.x, base.xmax*size)
	}
	nested := mustSet(`$x_{t_{k+1}}$`, size)
	last := nested.glyphs[len(nested.glyphs)-1]
	if last.size >= scriptScale*size || last.y >= nested.glyphs[1].y {
		t.Errorf("nested script of size %v at %v", last.size, last.y)
	}
	if w := nested.width; w < last.x+last.advance*last.size-1e-9 {
		t.Errorf("box of width %v ends before its last glyph", w)
	}
}

func TestAccentStandsOverItsLetter(t *testing.T) {
	for _, l := range []string{`$\tilde{P}$`, `$\dot{x}$`, `$\hat\eta$`, `$\bar{W}$`, `$\vec{v}$`} {
		b := mustSet(l, 10)
		letter, mark := b.glyphs[0], b.glyphs[1]
		if bottom, top := mark.y+mark.ymin*mark.size, letter.ymax*letter.size; bottom <= top || bottom > top+2 {
			t.Errorf("%s: mark from %v, letter up to %v", l, bottom, top)
		}
		middle := mark.x + (mark.xmin+mark.xmax)/2*mark.size
		if lo, hi := letter.xmin*letter.size, letter.xmax*letter.size; middle < lo || middle > hi {
			t.Errorf("%s: mark at %v, letter from %v to %v", l, middle, lo, hi)
		}
		if b.ascent < mark.y+mark.ymax*mark.size-1e-9 {
			t.Errorf("%s: ascent %v leaves out the mark", l, b.ascent)
		}
	}
}

func TestSpacingByClass(t *testing.T) {
	w := func(s string) float64 { return mustSet(s, 10).width }
	sum := w(`$a$`) + w(`$=$`) + w(`$b$`)
	if got, want := w(`$a=b$`), sum+2*10*5./18; math.Abs(got-want) > 1e-9 {
		t.Errorf("a=b is %v wide, want %v", got, want)
	}
	// A sign isn't an operator.
	if got, want := w(`$-b$`), w(`$-$`)+w(`$b$`); math.Abs(got-want) > 1e-9 {
		t.Errorf("-b is %v wide, want %v", got, want)
	}
	if got, want := w(`$a\,b$`), w(`$a$`)+w(`$b$`)+10*3./18; math.Abs(got-want) > 1e-9 {
		t.Errorf(`a\,b is %v wide, want %v`, got, want)
	}
}

func TestWrapKeepsFormulas(t *testing.T) {
	s := `one two $a + b = c$ three \$4 five`
	lines := wrap(s, 10, 60)
	if len(lines) < 3 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	if strings.Join(lines, " ") != s {
		t.Errorf("lines %q lose text", lines)
	}
	for _, l := range lines {
		b, err := setLabel(l, 10)
		if err != nil {
			t.Error(err)
		}
		if b.width > 60 && strings.Contains(strings.ReplaceAll(l, `$a + b = c$`, ""), " ") {
			t.Errorf("line %q is %v wide", l, b.width)
		}
	}
}

func FuzzLabel(f *testing.F) {
	for _, s := range []string{
		`$W_2^2$`, `a $\frac{1}{\sqrt{2\pi}}$`, `$\tilde{\dot{x}}_{t_{k}}'$`, `\$`, `$\left|x\right|$`, `$`, `$$`, `$\$`, `$x''^2$`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 {
			return
		}
		b, err := setLabel(s, 10)
		if _, plainErr := PlainText(s); err == nil && plainErr != nil {
			t.Errorf("%q sets, but PlainText says %v", s, plainErr)
		}
		if err != nil {
			return
		}
		if !finite(b.width) || !finite(b.ascent) || !finite(b.descent) {
			t.Errorf("%q: box %v %v %v", s, b.width, b.ascent, b.descent)
		}
		wrap(s, 10, 50)
	})
}
