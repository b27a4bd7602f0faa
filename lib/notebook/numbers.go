package notebook

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// rounding is the relative size of what floating point makes of nothing.
const rounding = 1e-12

// number writes x with a number of significant digits.
func number(x float64, digits int) string {
	switch {
	case x == 0: // without the sign that a zero may have
		return "0"
	case math.IsInf(x, 1):
		return "∞"
	case math.IsInf(x, -1):
		return "−∞"
	}
	return minus(strconv.FormatFloat(x, 'g', digits, 64))
}

func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

// term writes a number with those of its errors that six digits can show.
func term(t relation.Term) string {
	size, bound := math.Abs(t.Value), t.Bound
	if bound <= 5e-7*size || !finite(t.Value) && t.StdErr == 0 {
		bound = 0
	}
	var s string
	if t.StdErr != 0 {
		s = minus(relation.Term{Value: t.Value, StdErr: t.StdErr}.String())
	} else {
		s = number(t.Value, meaningful(t.Value, t.Bound, 6))
	}
	if bound != 0 {
		s += " ±" + rounded(bound, size)
	}
	return s
}

// difference writes what is left between two sides. Below what their bounds
// and rounding allow for, its digits are another machine's to write
// differently, and only its order is written.
func difference(d float64, a, b relation.Term, most int) string {
	band := a.Bound + b.Bound + rounding*math.Max(math.Abs(a.Value), math.Abs(b.Value))
	switch {
	case !finite(a.Value), !finite(b.Value), !finite(band), band == 0:
		return number(d, most)
	case math.Abs(d) <= band:
		return "< " + decade(band)
	}
	return number(d, meaningful(d, band, most))
}

// tightness is written with four decimals, so that rows compare, and with four
// digits where those would say 0.
func tightness(q relation.Inequality) string {
	r := q.Tightness()
	if a := math.Abs(r); a >= 0.001 && a < 100 {
		return minus(strconv.FormatFloat(r, 'f', 4, 64))
	}
	// A lower side that is next to nothing is none.
	if lo, hi := q.Lo, math.Abs(q.Hi.Value); r != 0 && finite(r) && math.Abs(lo.Value) <= lo.Bound+rounding*hi {
		return "< " + decade((lo.Bound+rounding*hi)/hi)
	}
	return number(r, 4)
}

// meaningful is how many significant digits of x stand above its bound: at
// least one and at most most.
func meaningful(x, bound float64, most int) int {
	if !(bound > 0) || !finite(bound) || x == 0 || !finite(x) {
		return most
	}
	return max(1, min(most, order(math.Abs(x))-above(bound)+1))
}

// rounded writes a bound on a number of the given size with one digit, rounded
// up, and as a power of ten where it is a matter of rounding: beside its number,
// or as large as that and tiny.
func rounded(bound, size float64) string {
	if !finite(bound) || !(bound >= 1e-3*size && (bound < size || bound > 1e-6)) {
		return decade(bound)
	}
	e := order(bound)
	return decimal(math.Ceil(bound/math.Pow10(e)-1e-9), e, bound)
}

// decade writes the power of ten that is at least x.
func decade(x float64) string {
	if !finite(x) || !(x > 0) {
		return number(x, 2)
	}
	return decimal(1, above(x), x)
}

// decimal writes d·10^e, or x itself if that is out of range.
func decimal(d float64, e int, x float64) string {
	v, err := strconv.ParseFloat(fmt.Sprintf("%ge%d", d, e), 64)
	if err != nil || v == 0 {
		v = x
	}
	return number(v, -1)
}

// order is the power of ten of the first digit of x > 0, and above that of the
// power of ten which is at least x.
func order(x float64) int { return int(math.Floor(math.Log10(x) + 1e-9)) }
func above(x float64) int { return int(math.Ceil(math.Log10(x) - 1e-9)) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
