package relation

import (
	"fmt"
	"math"
	"strings"
)

// Verdict is what the numbers say about a claim.
type Verdict int

// The verdicts. The zero value claims nothing.
const (
	Undecided Verdict = iota // the errors are too large to tell
	Holds                    // the numbers agree with the claim
	Violated                 // the numbers contradict the claim
)

// String returns "undecided", "holds" or "violated".
func (v Verdict) String() string {
	switch v {
	case Undecided:
		return "undecided"
	case Holds:
		return "holds"
	case Violated:
		return "violated"
	}
	return fmt.Sprintf("relation.Verdict(%d)", int(v))
}

func either(cond bool, yes, no Verdict) Verdict {
	if cond {
		return yes
	}
	return no
}

// width returns what a and b may differ by without contradicting equality.
func width(method string, z float64, a, b Term) float64 {
	if !(z >= 0) {
		panic(fmt.Sprintf("relation: %s: z = %v, want z ≥ 0", method, z))
	}
	w := a.Bound + b.Bound + rounding*math.Max(math.Abs(a.Value), math.Abs(b.Value))
	if e := math.Hypot(a.StdErr, b.StdErr); e != 0 { // z may be +Inf
		w += z * e
	}
	return w
}

// difference returns a − b, and 0 for equal infinities.
func difference(a, b float64) float64 {
	if a == b {
		return 0
	}
	return a - b
}

func sign(x float64) int {
	if x < 0 {
		return -1
	}
	return 1
}

// line returns "name: a ≤ b: 1 ≤ 2 [ref]" without what is empty.
func line(name, ref string, a Term, op string, b Term) string {
	var s strings.Builder
	if name != "" {
		s.WriteString(name + ": ")
	}
	if a.Symbol != "" || b.Symbol != "" {
		s.WriteString(symbol(a) + " " + op + " " + symbol(b) + ": ")
	}
	s.WriteString(a.String() + " " + op + " " + b.String())
	if ref != "" {
		s.WriteString(" [" + ref + "]")
	}
	return s.String()
}

func symbol(t Term) string {
	if t.Symbol == "" {
		return "·"
	}
	return t.Symbol
}
