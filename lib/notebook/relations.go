package notebook

import (
	"fmt"
	"math"
	"strconv"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// sigmas is how many standard errors a verdict allows for.
const sigmas = 3

func inequalities(qs []relation.Inequality) Table {
	t := Table{Header: []string{"relation", "lower side", "", "upper side", "gap", "tightness", "verdict"}}
	refs, errs := false, false
	for _, q := range qs {
		refs = refs || q.Ref != ""
		errs = errs || q.Lo.StdErr != 0 || q.Hi.StdErr != 0
	}
	if refs {
		t.Header = append(t.Header, "source")
	}
	for _, q := range qs {
		row := []any{
			q.Name, equation(q.Lo), "≤", equation(q.Hi),
			digits(number(q.Gap(), 4)), digits(tightness(q.Tightness())), q.Check(sigmas),
		}
		if refs {
			row = append(row, q.Ref)
		}
		t.Rows = append(t.Rows, row)
	}
	return t.explain(errs)
}

func identities(qs []relation.Identity) Table {
	t := Table{Header: []string{"relation", "left side", "", "right side", "difference", "verdict"}}
	refs, errs := false, false
	for _, q := range qs {
		refs = refs || q.Ref != ""
		errs = errs || q.Lhs.StdErr != 0 || q.Rhs.StdErr != 0
	}
	if refs {
		t.Header = append(t.Header, "source")
	}
	for _, q := range qs {
		row := []any{q.Name, equation(q.Lhs), "=", equation(q.Rhs), digits(number(q.Residual(), 3)), q.Check(sigmas)}
		if refs {
			row = append(row, q.Ref)
		}
		t.Rows = append(t.Rows, row)
	}
	return t.explain(errs)
}

// explain says how estimates are judged, if there are any.
func (t Table) explain(estimates bool) Table {
	if estimates {
		t.Note = fmt.Sprintf("Digits in parentheses are standard errors; verdicts allow for %d of them.", sigmas)
	}
	return t
}

// digits is a number that has been written.
type digits string

// equation writes one side of a relation: η = 0.004745.
func equation(t relation.Term) string {
	if t.Symbol == "" {
		return term(t)
	}
	return plain(t.Symbol) + " = " + term(t)
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
		return cell{text: "✓ holds"}
	case relation.Violated:
		return cell{text: "✗ violated", strong: true}
	}
	return cell{text: "? undecided"}
}
