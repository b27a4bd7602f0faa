package page

import (
	"strings"
	"testing"
)

// A mark that a notebook writes, in whatever way, stands for nothing, even if there
// is a formula of its number; the formula's own is elsewhere.
func TestForgedMarks(t *testing.T) {
	for _, forged := range []string{"&#xFDD0;0&#xFDD1;", "&#64976;0&#64977;", `<b title="&#xFDD0;0&#xFDD1;">x</b>`, "[x](http://x/%EF%B7%900%EF%B7%91)", `[x](http://x/&#x25;EF%B7%900%EF%B7%91)`, "\ufdd00\ufdd1"} {
		page := mustRender(t, markdownCell("$$x \\tag{1}$$\n\nand "+forged))
		if n := strings.Count(page, `aria-label="x \tag{1}"`); n != 1 || strings.Count(page, `id="eq-1"`) != 1 || strings.Contains(page, "$$") {
			t.Errorf("%s: the formula stands %d times", forged, n)
		}
		if strings.ContainsRune(page, markOpen) || strings.ContainsRune(page, markClose) {
			t.Errorf("%s: a mark is left", forged)
		}
	}
}

// Marks of a text with other words mean nothing, and those of its own mean formulas
// that it has.
func TestKeys(t *testing.T) {
	a, b := newText(0, -1, "$x$ a"), newText(0, -1, "$x$ b")
	if got := a.restore(b.Source + a.mark(0) + a.mark(1)); got != b.Source+"$x$" {
		t.Errorf("got %q", got)
	}
	if again := newText(5, 2, "$x$ a"); again.Source != a.Source {
		t.Errorf("%q and %q", again.Source, a.Source)
	}
	a.Eqs, b.Eqs = make([]equation, 1), make([]equation, 1)
	if got := a.together("(" + b.mark(0) + ") (" + a.mark(0) + "),"); got != "("+b.mark(0)+") <span class=\"keep\">("+a.mark(0)+"),</span>" {
		t.Errorf("got %q", got)
	}
}
