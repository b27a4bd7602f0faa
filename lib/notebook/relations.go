package notebook

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// sigmas is how many standard errors a verdict allows for.
const sigmas = 3

func inequalities(qs []relation.Inequality) Table {
	t := Table{Header: []string{"relation", "lower side", "", "upper side", "gap", "tightness", "verdict"}}
	estimates := false
	for _, q := range qs {
		t.Rows = append(t.Rows, []any{
			sourced(q.Name, q.Ref), equation(q.Lo), "≤", equation(q.Hi),
			digits(number(q.Gap(), 4)), digits(tightness(q.Tightness())), q.Check(sigmas),
		})
		estimates = estimates || q.Lo.StdErr != 0 || q.Hi.StdErr != 0
	}
	return t.explain(estimates)
}

func identities(qs []relation.Identity) Table {
	t := Table{Header: []string{"relation", "left side", "", "right side", "difference", "verdict"}}
	estimates := false
	for _, q := range qs {
		t.Rows = append(t.Rows, []any{
			sourced(q.Name, q.Ref), equation(q.Lhs), "=", equation(q.Rhs),
			digits(number(q.Residual(), 3)), q.Check(sigmas),
		})
		estimates = estimates || q.Lhs.StdErr != 0 || q.Rhs.StdErr != 0
	}
	return t.explain(estimates)
}

// sourced writes a claim's name and where it comes from.
func sourced(name, ref string) string {
	switch {
	case ref == "" || name == "":
		return name + ref
	case strings.HasPrefix(ref, "("):
		return name + " " + ref
	}
	return name + ", " + ref
}

// explain says how estimates are judged, if there are any.
func (t Table) explain(estimates bool) Table {
	if estimates {
		t.Note = fmt.Sprintf("Digits in parentheses are standard errors; verdicts allow for %d of them.", sigmas)
	}
	return t
}

// digits is a number that has been written, phrase a text to be kept on one line.
type (
	digits string
	phrase string
)

// equation writes one side of a relation: η = 0.004745.
func equation(t relation.Term) phrase {
	if t.Symbol == "" {
		return phrase(term(t))
	}
	return phrase(plain(t.Symbol) + " = " + term(t))
}

// term writes a number with those of its errors that six digits can show.
func term(t relation.Term) string {
	switch {
	case math.IsInf(t.Value, 0) && t.StdErr == 0:
		return number(t.Value, 6)
	case t.Bound <= 5e-7*math.Abs(t.Value):
		t.Bound = 0
	}
	return minus(t.String())
}

// tightness is written with four decimals, so that rows compare, and with four
// digits where those would say 0.
func tightness(r float64) string {
	if a := math.Abs(r); a >= 0.001 && a < 100 {
		return minus(strconv.FormatFloat(r, 'f', 4, 64))
	}
	return number(r, 4)
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
