package notebook

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/wasserwerk-go/wasserwerk/lib/derive"
)

// renderStep writes a step as a textbook would, with what its checks showed, and
// the worst instance folded away.
func renderStep(r *derive.Result) bundle {
	s := r.Step
	var b strings.Builder
	title := fmt.Sprintf("**(%s)**", s.Tag)
	if s.Name != "" {
		title = fmt.Sprintf("**(%s) %s.**", s.Tag, capital(s.Name))
	}
	if s.Because != "" {
		title += " " + capital(s.Because) + "."
	}
	if len(s.Given) > 0 {
		title += " *Given:* " + strings.Join(s.Given, "; ") + "."
	}
	if s.Ref != "" {
		title += " [" + s.Ref + "]"
	}
	// References lead to the id where viewers make none of the equation's tag.
	fmt.Fprintf(&b, "<a id=\"eq-%s\"></a>%s\n\n", slug(s.Tag), title)
	if s.Statement != "" {
		fmt.Fprintf(&b, "$$ %s \\tag{%s} $$\n\n", s.Statement, s.Tag)
	}
	fmt.Fprintf(&b, "> %s.\n\n", r.Badge())
	b.WriteString("<details><summary>Where it came nearest to failing</summary>\n\n")
	b.WriteString(instancesTable(r))
	b.WriteString("\n</details>\n")
	return bundle{plain: fmt.Sprintf("(%s) %s: %s", s.Tag, plain(s.Name), plain(r.Badge())), markdown: b.String()}
}

// instancesTable lists the worst instance of each check.
func instancesTable(r *derive.Result) string {
	var b strings.Builder
	b.WriteString("| | key | left | right |\n|---|---|---:|---:|\n")
	for _, part := range []struct {
		name string
		o    *derive.Outcome
	}{{"the step", &r.Outcome}, {"its control", &r.Control}, {"where it is attained", &r.Attained}} {
		if len(part.o.Sides) == 0 {
			continue
		}
		v := part.o.Extreme()
		left := number(v.Lhs, 6)
		if v.StdErr > 0 {
			left += " ± " + number(v.StdErr, 2)
		}
		fmt.Fprintf(&b, "| %s | `%v` | %s | %s |\n", part.name, part.o.Key, left, number(v.Rhs, 6))
	}
	return b.String()
}

// renderLedger lists steps and what came of them.
func renderLedger(l derive.Ledger) (bundle, error) {
	t := Table{Header: []string{"step", "claim", "", "checked on", "held", "control failed"}}
	attained := slices.ContainsFunc(l, func(r *derive.Result) bool { return len(r.Attained.Sides) > 0 })
	if attained {
		t.Header = append(t.Header, "attained")
	}
	for _, r := range l {
		s := r.Step
		of := func(o *derive.Outcome, n int) any {
			if len(o.Sides) == 0 {
				return nil
			}
			return fmt.Sprintf("%d of %d", n, len(o.Sides))
		}
		mark := "✓"
		if r.Err() != nil {
			mark = "✗"
		}
		row := []any{"(" + s.Tag + ")", lines(plain(s.Name)), mark, len(r.Sides), r.Held, of(&r.Control, r.Control.Violated)}
		if attained {
			row = append(row, of(&r.Attained, r.Attained.Held))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = "Checked means evaluated on random instances, not proved. A control is the same check with one thing wrong, and has to fail."
	return t.render()
}

// capital makes the first letter a capital one, unless a formula begins there.
func capital(s string) string {
	if s == "" || s[0] == '$' {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[0])) + string(r[1:])
}

// slug keeps of a tag what an id may have.
func slug(tag string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, tag)
}
