package page

import (
	"math"
	"regexp"
	"strings"
	"testing"
)

func TestGlyphsAreShared(t *testing.T) {
	svgs, _, err := typeset([]formula{{TeX: "x+x"}, {TeX: "x^2"}})
	if err != nil {
		t.Fatal(err)
	}
	var g glyphs
	var out []string
	for i, tex := range []string{`x<"y"`, "x^2"} {
		out = append(out, g.inline(svgs[i], tex, 0))
	}
	if want := 3; len(g.outlines) != want { // x, +, 2
		t.Errorf("%d outlines, want %d", len(g.outlines), want)
	}
	if n := strings.Count(strings.Join(out, ""), `<use href="#m:0"`); n != 3 {
		t.Errorf("x is used %d times, want 3", n)
	}
	if !strings.Contains(out[0], `role="img" aria-label="x&lt;&#34;y&#34;"`) {
		t.Errorf("no description: %s", out[0])
	}
	for _, s := range out {
		if strings.Contains(s, "<path") || strings.Contains(s, "data-") || strings.Contains(s, "http") {
			t.Errorf("not stripped: %s", s)
		}
		if !strings.Contains(s, "vertical-align:") || !strings.Contains(s, "currentColor") || !regexp.MustCompile(` width="[0-9.]+ex"`).MatchString(s) {
			t.Errorf("baseline, colour or size lost: %s", s)
		}
	}
	if n := strings.Count(g.sheet(), "<path id="); n != 3 {
		t.Errorf("the sheet has %d outlines", n)
	}
}

func TestMeasure(t *testing.T) {
	svgs, _, err := typeset([]formula{
		{`\begin{align} a &= b \\ c &= \begin{pmatrix} 1 \\ 2 \end{pmatrix} \\ e &= f \end{align}`, true},
		{`x`, true},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := measure(svgs[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Rows) != 3 || e.Rows[0] <= 0 || e.Rows[0] >= e.Rows[1] || e.Rows[1] >= e.Rows[2] || e.Rows[2] >= e.Height {
		t.Errorf("rows %v of height %v: want three, from the top down", e.Rows, e.Height)
	}
	e, err = measure(svgs[1])
	// MathJax's x is 442 units of a thousandth em high, which is 1 ex.
	if err != nil || math.Abs(e.Baseline-1) > 0.01 || len(e.Rows) != 0 {
		t.Errorf("x: %+v, %v; want a baseline 1 ex below the top", e, err)
	}
	for _, bad := range []string{"", "<svg/>", `<svg viewBox="0 0 1 1" height="0ex"/>`, `<svg viewBox="a"/>`} {
		if e, err := measure(bad); err == nil {
			t.Errorf("measure(%q) = %+v, want an error", bad, e)
		}
	}
}
