package course

import (
	"fmt"
	"math"
	"strings"
)

// Answer is the judgement of one part of an exercise.
type Answer struct {
	Part  string `json:"part"`
	Right bool   `json:"right"`
	Word  string `json:"word,omitempty"` // what to look for, where it isn't right
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

// UpTo says in what two vectors may differ and still be the same answer.
type UpTo uint8

const (
	Exactly  UpTo = iota
	Sign          // the whole vector's, as of an eigenvector
	Constant      // one number added to all, as to the potentials of a transport plan
)

// Tolerance is how far numbers may be apart: |got − want| ≤ Abs + Rel |want|, each.
type Tolerance struct{ Abs, Rel float64 }

// NearAll judges numbers in their order. Up to a constant, the means are made equal
// first.
func NearAll(part string, got, want []float64, tol Tolerance, upTo UpTo) Answer {
	a := Answer{Part: part}
	if len(got) == 0 && len(want) > 0 {
		a.Word = "no answer yet"
		return a
	}
	if len(got) != len(want) {
		a.Word = fmt.Sprintf("not yet: there are %d numbers, and %d are asked for", len(got), len(want))
		return a
	}
	wrong, worst := apart(got, want, 1, 0, tol)
	switch upTo {
	case Sign:
		if w, e := apart(got, want, -1, 0, tol); w < wrong {
			wrong, worst = w, e
		}
	case Constant:
		if w, e := apart(got, want, 1, mean(want)-mean(got), tol); w < wrong {
			wrong, worst = w, e
		}
	}
	switch {
	case wrong == 0:
		a.Right = true
	case math.IsNaN(worst):
		a.Word = "not yet: there is a NaN"
	case wrong < len(want):
		a.Word = fmt.Sprintf("almost: %d of %d are right", len(want)-wrong, len(want))
	default:
		a.Word = fmt.Sprintf("not yet: the worst is off by %.1g", worst)
	}
	return a
}

// apart counts the numbers that differ, once got is multiplied and shifted, and
// returns the largest difference.
func apart(got, want []float64, times, plus float64, tol Tolerance) (n int, worst float64) {
	for i, x := range want {
		off := math.Abs(times*got[i] + plus - x)
		if got[i] == x && times == 1 && plus == 0 {
			off = 0 // infinities too
		}
		if !(off <= tol.Abs+tol.Rel*math.Abs(x)) { // NaN is wrong
			n++
			if off > worst || math.IsNaN(off) { // a NaN stays the worst
				worst = off
			}
		}
	}
	return n, worst
}

func mean(x []float64) (m float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

// Within judges a Monte Carlo estimate by standard errors: its own and that of what
// it should be. An estimate whose standard error exceeds most, if that is positive, is
// too vague.
func Within(part string, got, stdErr, want, wantErr, sigmas, most float64) Answer {
	a := Answer{Part: part}
	off := math.Abs(got - want)
	switch {
	case math.IsNaN(got) || math.IsNaN(stdErr):
		a.Word = "no answer yet"
	case stdErr < 0 || math.IsInf(stdErr, 0):
		a.Word = "not yet: that is no standard error"
	case most > 0 && stdErr > most:
		a.Word = fmt.Sprintf("almost: the standard error is %.1g, and may be %.1g", stdErr, most)
	case off <= sigmas*math.Hypot(stdErr, wantErr):
		a.Right = true
	default:
		a.Word = fmt.Sprintf("not yet: off by %.1f standard errors, and %.0f are allowed", off/math.Hypot(stdErr, wantErr), sigmas)
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

// Say writes judgements below a title.
func Say(title string, answers []Answer) string {
	right := len(answers) > 0
	for _, a := range answers {
		right = right && a.Right
	}
	switch {
	case len(answers) == 0:
		return title + ": nothing to check"
	case right:
		return title + ": ✓ right"
	}
	var b strings.Builder
	b.WriteString(title + ":")
	for _, a := range answers {
		mark := "✓"
		if !a.Right {
			mark = "… " + a.Word
		}
		fmt.Fprintf(&b, "\n  %s: %s", a.Part, mark)
	}
	return b.String()
}
