package relation

import (
	"fmt"
	"math"
)

// Identity claims Lhs = Rhs.
type Identity struct {
	Name string // what the claim is called
	Ref  string // where it comes from

	Lhs, Rhs Term
}

// Residual returns Lhs − Rhs, which is 0 if both are the same infinity.
func (q Identity) Residual() float64 { return difference(q.Lhs.Value, q.Rhs.Value) }

// Check says whether the numbers bear out Lhs = Rhs, with errors taken at z
// standard errors. With
//
//	band = z·hypot(Lhs.StdErr, Rhs.StdErr) + Lhs.Bound + Rhs.Bound + 1e-12·max(|Lhs|, |Rhs|)
//
// the claim is Violated if |residual| exceeds band. Otherwise it Holds, which
// for estimates means that they agree within their errors.
//
// Agreement is worth little if the errors are as large as the numbers, so the
// verdict is Undecided if one side has a standard error and band is at least
// as large as both sides: such numbers agree with zero as well. An identity
// that has an exact zero on one side sets no scale to judge the errors by, and
// is spared this test.
//
// Check panics if z is negative or NaN.
func (q Identity) Check(z float64) Verdict {
	l, r := q.Lhs, q.Rhs
	band := width("Identity.Check", z, l, r)
	switch {
	case !l.known() || !r.known():
		return Undecided
	case math.IsInf(l.Value, 0) || math.IsInf(r.Value, 0):
		return either(l.Value == r.Value, Holds, Violated)
	case math.Abs(q.Residual()) > band:
		return Violated
	case l.StdErr == 0 && r.StdErr == 0, exactZero(l), exactZero(r):
		return Holds
	}
	scale := math.Max(math.Abs(l.Value), math.Abs(r.Value))
	return either(band < scale, Holds, Undecided)
}

// String returns the claim and its numbers in one line.
func (q Identity) String() string {
	return line(q.Name, q.Ref, q.Lhs, "=", q.Rhs) + fmt.Sprintf(", residual %.3g", q.Residual())
}

func exactZero(t Term) bool { return t.Value == 0 && t.StdErr == 0 && t.Bound == 0 }
