package notebook

import (
	"fmt"
	"math"
	"strings"
)

// Exercise compares a reader's answers to what they should be, in words that help
// and don't tell.
//
//	notebook.Show(notebook.Exercise{Name: "2", Level: 1, Answers: []notebook.Answer{
//		notebook.Near("the cost", cost(), report.C2.Value, 1e-6),
//	}})
//
// Showing one never fails the cell: an exercise that hasn't been solved yet is no
// error.
type Exercise struct {
	Name    string
	Level   int // 1, a line; 2, some thought; 3, an evening
	Answers []Answer
}

// Answer is the judgement of one part of an exercise.
type Answer struct {
	Part  string
	Right bool
	Word  string // what to look for, where it isn't right
}

// Right reports whether all answers are.
func (e Exercise) Right() bool {
	for _, a := range e.Answers {
		if !a.Right {
			return false
		}
	}
	return len(e.Answers) > 0
}

// Near judges a number that should be want, to a relative tolerance; NaN is an
// answer that hasn't been given. Of the slips that everybody makes (a sign, a
// factor of two, a square, the reciprocal) it says which it looks like.
func Near(part string, got, want, tol float64) Answer {
	a := Answer{Part: part}
	within := func(x, tol float64) bool { return math.Abs(got-x) <= tol*math.Abs(x) || got == x }
	slip := max(tol, 1e-6)
	switch off := math.Abs(got-want) / math.Abs(want); {
	case math.IsNaN(got):
		a.Word = "no answer yet"
	case within(want, tol):
		a.Right = true
	case want == 0:
		a.Word = "almost everything about it is known: it isn't this"
		if math.Abs(got) < 0.1 {
			a.Word = "almost: too far from where it should be"
		}
	case within(-want, slip):
		a.Word = "almost: look at the sign"
	case within(2*want, slip), within(want/2, slip):
		a.Word = "almost: a factor of 2"
	case within(want*want, slip), want > 0 && within(math.Sqrt(want), slip):
		a.Word = "almost: a square, or a root"
	case within(1/want, slip):
		a.Word = "almost: upside down"
	case off < 0.05:
		a.Word = fmt.Sprintf("almost: off by %.1g of it, where %.0g is asked for", off, tol)
	case math.IsInf(got, 0):
		a.Word = "not yet: it is infinite"
	default:
		a.Word = "not yet"
	}
	return a
}

// Vanishing judges an answer by an error that should not exceed tol: how far a
// plan is from its marginals, a field from a gradient. Any answer with that
// property is right.
func Vanishing(part string, err, tol float64) Answer {
	switch err = math.Abs(err); {
	case math.IsNaN(err):
		return Answer{Part: part, Word: "no answer yet"}
	case err <= tol:
		return Answer{Part: part, Right: true}
	case err <= 100*tol || err < 0.05:
		return Answer{Part: part, Word: fmt.Sprintf("almost: the error is %.1g, and may be %.0g", err, tol)}
	}
	return Answer{Part: part, Word: fmt.Sprintf("not yet: the error is %.1g", err)}
}

// That judges a property, with a word for where it doesn't hold.
func That(part string, right bool, otherwise string) Answer {
	if right {
		otherwise = ""
	}
	return Answer{Part: part, Right: right, Word: otherwise}
}

func (e Exercise) render() bundle {
	var b strings.Builder
	switch {
	case len(e.Answers) == 0:
		fmt.Fprintf(&b, "Exercise %s %s: nothing to check", e.Name, e.stars())
	case e.Right():
		fmt.Fprintf(&b, "Exercise %s %s: ✓ right", e.Name, e.stars())
	default:
		fmt.Fprintf(&b, "Exercise %s %s:", e.Name, e.stars())
		for _, a := range e.Answers {
			mark := "✓"
			if !a.Right {
				mark = "… " + a.Word
			}
			fmt.Fprintf(&b, "\n  %s: %s", plain(a.Part), mark)
		}
	}
	return text(b.String())
}

// stars show the level.
func (e Exercise) stars() string {
	n := min(max(e.Level, 1), 3)
	return strings.Repeat("★", n) + strings.Repeat("☆", 3-n)
}
