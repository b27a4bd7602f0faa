package notebook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// sigmas is how many standard errors a verdict allows for.
const sigmas = 3

// A claim is a relation as a table shows it. Verdicts stand before the numbers
// so that a telephone shows them without scrolling.
type claim struct {
	name, ref   string
	left, right relation.Term
	sign        string
	verdict     relation.Verdict
	derived     []any // what is made from both sides
}

func inequalities(qs []relation.Inequality) Table {
	claims := make([]claim, len(qs))
	for i, q := range qs {
		claims[i] = claim{
			q.Name, q.Ref, q.Lo, q.Hi, "≤", q.Check(sigmas),
			[]any{digits(difference(q.Gap(), q.Lo, q.Hi, 4)), digits(tightness(q))},
		}
	}
	return claimed(claims, "lower", "upper", "gap", "tightness")
}

func identities(qs []relation.Identity) Table {
	claims := make([]claim, len(qs))
	for i, q := range qs {
		claims[i] = claim{
			q.Name, q.Ref, q.Lhs, q.Rhs, "=", q.Check(sigmas),
			[]any{digits(difference(q.Residual(), q.Lhs, q.Rhs, 3))},
		}
	}
	return claimed(claims, "left", "right", "difference")
}

// claimed makes a table of claims. A column in which nothing would stand is
// left out.
func claimed(claims []claim, numbers ...string) Table {
	var (
		t                        Table
		sources                  []string
		named, symbols, estimate bool
	)
	for _, c := range claims {
		named = named || c.name != "" || c.ref != ""
		symbols = symbols || c.left.Symbol != "" || c.right.Symbol != ""
		estimate = estimate || c.left.StdErr != 0 || c.right.StdErr != 0
	}
	if named {
		t.Header = append(t.Header, "relation")
	}
	if symbols {
		t.Header = append(t.Header, "claim")
	}
	t.Header = append(append(t.Header, "verdict"), numbers...)
	for _, c := range claims {
		var row []any
		if named {
			var name string
			name, sources = sourced(c.name, c.ref, sources)
			row = append(row, lines(name))
		}
		if symbols {
			row = append(row, c.words())
		}
		row = append(row, c.verdict, digits(term(c.left)), digits(term(c.right)))
		t.Rows = append(t.Rows, append(row, c.derived...))
	}
	var notes []string
	if estimate {
		notes = append(notes, fmt.Sprintf("Digits in parentheses are standard errors; verdicts allow for %d of them.", sigmas))
	}
	for i, s := range sources {
		notes = append(notes, fmt.Sprintf("[%d] %s", i+1, s))
	}
	t.Note = strings.Join(notes, " ")
	return t
}

// sourced writes a claim's name and where it comes from: a short reference
// itself, a long one as a number into the sources.
func sourced(name, ref string, sources []string) (string, []string) {
	name, ref = plain(name), plain(ref)
	if ref == "" {
		return name, sources
	}
	if width(ref) > 12 {
		i := slices.Index(sources, ref)
		if i < 0 {
			i, sources = len(sources), append(sources, ref)
		}
		ref = fmt.Sprintf("[%d]", i+1)
	}
	switch {
	case name == "":
		return ref, sources
	case strings.HasPrefix(ref, "("), strings.HasPrefix(ref, "["):
		return name + " " + ref, sources
	}
	return name + ", " + ref, sources
}

// words writes what is claimed: η ≤ c₁. A long claim may be broken after the
// sign.
func (c claim) words() phrase {
	if c.left.Symbol == "" && c.right.Symbol == "" {
		return ""
	}
	side := func(t relation.Term) string {
		if t.Symbol == "" {
			return number(t.Value, 6)
		}
		return plain(t.Symbol)
	}
	l, r := side(c.left)+" "+c.sign, side(c.right)
	if width(l)+width(r) < 14 {
		return phrase(l + " " + r)
	}
	return phrase(l + "\n" + r)
}

// lines lets a name be broken into lines of a few words, but not into single
// words, which is what browsers make of it beside columns that can't be broken.
func lines(name string) phrase {
	const least = 16
	words := strings.Fields(name)
	var b strings.Builder
	w := 0
	for i, word := range words {
		if i > 0 {
			sep := " "
			// A reference stands with the word before it.
			last := i == len(words)-1 && strings.ContainsAny(word[:1], "([")
			if w++; w+width(word) > least && !last {
				sep, w = "\n", 0
			}
			b.WriteString(sep)
		}
		b.WriteString(word)
		w += width(word)
	}
	return phrase(b.String())
}

// Texts that have been written: digits is a number, and a phrase may be broken
// into lines at "\n" only.
type (
	digits string
	phrase string
)

// equation writes a term with its symbol: η = 0.004745.
func equation(t relation.Term) phrase {
	if t.Symbol == "" {
		return phrase(term(t))
	}
	return phrase(plain(t.Symbol) + " = " + term(t))
}

func verdict(v relation.Verdict) cell {
	switch v {
	case relation.Holds:
		return cell{text: "✓ holds", together: true}
	case relation.Violated:
		return cell{text: "✗ violated", strong: true, together: true}
	}
	return cell{text: "? undecided", together: true}
}
