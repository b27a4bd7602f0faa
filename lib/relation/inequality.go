package relation

import (
	"fmt"
	"math"
)

// rounding is the relative difference that floating point is forgiven.
const rounding = 1e-12

// Inequality claims Lo ≤ Hi.
type Inequality struct {
	Name string // what the claim is called
	Ref  string // where it comes from, such as "Ikeda et al. (2025), Eq. (7)"

	Lo, Hi Term
}

// Gap returns Hi − Lo, which is 0 if both are the same infinity.
func (q Inequality) Gap() float64 { return difference(q.Hi.Value, q.Lo.Value) }

// Tightness returns Lo/Hi: for a claim between non-negative numbers that
// holds, a number from 0 to 1, which is 1 where the claim is attained. It is 1
// where both are 0 or the same infinity, 0 where Hi alone is infinite, and
// +Inf where Hi is 0 and Lo is positive. Where a number is negative the ratio
// says nothing about the claim.
func (q Inequality) Tightness() float64 {
	lo, hi := q.Lo.Value, q.Hi.Value
	switch {
	case lo == hi:
		return 1
	case hi == 0 && !math.IsNaN(lo): // whatever the sign of the zero
		return math.Inf(sign(lo))
	}
	return lo / hi
}

// Check says whether the numbers bear out Lo ≤ Hi, with errors taken at z
// standard errors. With
//
//	band = z·hypot(Lo.StdErr, Hi.StdErr) + Lo.Bound + Hi.Bound + 1e-12·max(|Lo|, |Hi|)
//
// the claim is Violated if the gap is below −band. Otherwise, if neither
// number has a standard error, it Holds. If one has, it Holds if the gap is at
// least band and is Undecided if not, so Lo = Hi between estimates is never
// decided, however many samples they are made from.
//
// Check panics if z is negative or NaN.
func (q Inequality) Check(z float64) Verdict {
	lo, hi := q.Lo, q.Hi
	band := width("Inequality.Check", z, lo, hi)
	gap := q.Gap()
	switch {
	case !lo.known() || !hi.known():
		return Undecided
	case math.IsInf(lo.Value, 0) || math.IsInf(hi.Value, 0):
		return either(lo.Value <= hi.Value, Holds, Violated)
	case gap < -band:
		return Violated
	case lo.StdErr == 0 && hi.StdErr == 0:
		return Holds
	}
	return either(gap >= band, Holds, Undecided)
}

// String returns the claim and its numbers in one line.
func (q Inequality) String() string {
	return line(q.Name, q.Ref, q.Lo, "≤", q.Hi) +
		fmt.Sprintf(", gap %.3g, tightness %.3g", q.Gap(), q.Tightness())
}
