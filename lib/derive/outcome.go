package derive

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Outcome is what came of a check on random instances.
type Outcome struct {
	Sides                     []Sides // by instance
	Held, Violated, Undecided int     // how many did
	Z                         float64 // standard errors that were allowed

	// Worst is the instance nearest to failing: of an inequality the one with the
	// least gap, in standard errors if it has them, of an equality the one with the
	// largest difference, relative or in standard errors. Key draws it again.
	Worst int
	Key   rng.Key
}

// Extreme returns the sides of the worst instance. It panics if nothing was
// checked.
func (o *Outcome) Extreme() Sides { return o.Sides[o.Worst] }

// falseAlarm is the chance that a run of true statements about estimates fails.
const falseAlarm = 1e-3

// outcome evaluates a check on all instances.
func (s *Step) outcome(ctx context.Context, check Check, claim Claim, key rng.Key) (Outcome, error) {
	n := s.Instances
	o := Outcome{Sides: make([]Sides, n), Z: math.Sqrt2 * math.Erfinv(1-falseAlarm/float64(n))}
	worst := math.Inf(1)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return o, fmt.Errorf("stopped after %d of %d instances: %w", i, n, err)
		}
		var v Sides
		v.Lhs, v.Rhs, v.StdErr = check(key.Fold(uint64(i)))
		o.Sides[i] = v
		switch s.verdict(v, claim, o.Z) {
		case relation.Holds:
			o.Held++
		case relation.Violated:
			o.Violated++
		default:
			o.Undecided++
		}
		if m := margin(v, claim); i == 0 || m < worst {
			worst, o.Worst, o.Key = m, i, key.Fold(uint64(i))
		}
	}
	return o, nil
}

// verdict judges one instance.
func (s *Step) verdict(v Sides, claim Claim, z float64) relation.Verdict {
	lhs := relation.Term{Value: v.Lhs, StdErr: v.StdErr}
	rhs := relation.Term{Value: v.Rhs}
	if size := math.Max(math.Abs(v.Lhs), math.Abs(v.Rhs)); !math.IsInf(size, 0) {
		rhs.Bound = s.Abs + s.Tol*size
	}
	switch {
	case math.IsNaN(v.Lhs), math.IsNaN(v.Rhs): // nothing is never evidence
		return relation.Violated
	case claim == AtMost:
		return relation.Inequality{Lo: lhs, Hi: rhs}.Check(z)
	}
	return relation.Identity{Lhs: lhs, Rhs: rhs}.Check(z)
}

// margin orders instances by how far they are from failing.
func margin(v Sides, claim Claim) float64 {
	m := v.Gap()
	if claim == Equal {
		m = -math.Abs(m)
	}
	switch size := math.Max(math.Abs(v.Lhs), math.Abs(v.Rhs)); {
	case math.IsNaN(m):
		return math.Inf(-1)
	case v.StdErr > 0:
		m /= v.StdErr
	case claim == Equal && size > 0 && !math.IsInf(m, 0):
		m /= size
	}
	return m
}
