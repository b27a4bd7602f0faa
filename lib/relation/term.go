package relation

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Term is a number with what is known of its error.
type Term struct {
	// Symbol is what the number is called: text such as "η", or TeX between
	// dollar signs.
	Symbol string

	// Value is the number itself.
	Value float64

	// StdErr is the standard error of an estimate, zero for a number that
	// was computed and not sampled.
	StdErr float64

	// Bound bounds the systematic error: the true value of a computed number
	// is within Bound of Value.
	Bound float64
}

// String returns the value with its errors and without its symbol. The digits
// in parentheses are the standard error in units of the last digit shown, and
// the number after ± is the bound:
//
//	0.00474   0.00474(2)   1.30(12)e-07   0.25 ±1e-09   +Inf
func (t Term) String() string {
	s := t.number()
	if t.Bound != 0 {
		s += " ±" + strconv.FormatFloat(t.Bound, 'g', 2, 64)
	}
	return s
}

func (t Term) number() string {
	if t.StdErr == 0 {
		return strconv.FormatFloat(t.Value, 'g', 6, 64)
	}
	if !finite(t.Value) || !finite(t.StdErr) || t.StdErr < 0 {
		return fmt.Sprintf("%.6g(%.2g)", t.Value, t.StdErr)
	}

	// One digit of the error, or two if it would begin with a 1: rounding
	// 0.14 to 0.1 would lose too much of it.
	digits, last := leading(t.StdErr, 1)
	if digits == "1" {
		digits, last = leading(t.StdErr, 2)
	}
	_, first := leading(math.Max(math.Abs(t.Value), t.StdErr), 1)
	if -5 < first && first < 6 && last <= 0 {
		return strconv.FormatFloat(t.Value, 'f', -last, 64) + "(" + digits + ")"
	}
	m := strconv.FormatFloat(t.Value/math.Pow10(first), 'f', max(0, first-last), 64)
	return fmt.Sprintf("%s(%s)e%+03d", m, digits, first)
}

// leading returns the n leading decimal digits of x > 0, rounded, and the
// place of the last of them: x ≈ digits·10^at.
func leading(x float64, n int) (digits string, at int) {
	s := strconv.FormatFloat(x, 'e', n-1, 64)
	m, e, _ := strings.Cut(s, "e")
	exp, err := strconv.Atoi(e)
	if err != nil {
		panic("relation: no exponent in " + s)
	}
	return strings.Replace(m, ".", "", 1), exp - n + 1
}

// known reports whether the term says anything: a value, and finite errors.
func (t Term) known() bool {
	return !math.IsNaN(t.Value) && finite(t.StdErr) && t.StdErr >= 0 && finite(t.Bound) && t.Bound >= 0
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
