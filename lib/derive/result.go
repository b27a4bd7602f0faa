package derive

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Result is a step with what came of its checks.
type Result struct {
	Step Step // with defaults in place
	Outcome

	Control  Outcome // of the control, if there is one
	Attained Outcome // of the equality case, if there is one
}

// Err returns a *[FailedError] unless the step was borne out: no instance of it
// violated and not all undecided, its control violated on one at least, and its
// equality case nowhere.
func (r *Result) Err() error {
	n := len(r.Sides)
	var why string
	switch {
	case r.Violated > 0:
		w := r.Extreme()
		why = fmt.Sprintf("fails on %d of %d instances, such as %v: %v %v %v is false", r.Violated, n, r.Key, w.Lhs, r.Step.Claim, w.Rhs)
	case r.Undecided == n:
		why = fmt.Sprintf("is undecided on all of %d instances: their errors are too large", n)
	case len(r.Control.Sides) > 0 && r.Control.Violated == 0:
		why = fmt.Sprintf("holds on all of %d instances where %s, though it should not: its check can't fail", len(r.Control.Sides), r.Step.Control.When)
	case r.Attained.Violated > 0:
		w := r.Attained.Extreme()
		why = fmt.Sprintf("isn't attained where %s, on %d of %d instances: %v = %v is false", r.Step.Attained.When, r.Attained.Violated, len(r.Attained.Sides), w.Lhs, w.Rhs)
	default:
		return nil
	}
	return &FailedError{r.Step.Tag, why}
}

// FailedError is a step that its checks don't bear out.
type FailedError struct{ Tag, Why string }

func (e *FailedError) Error() string { return fmt.Sprintf("derive: step %s %s", e.Tag, e.Why) }

// Badge says in a line of plain text what was checked and what came of it.
func (r *Result) Badge() string {
	n := len(r.Sides)
	mark := "✓"
	if r.Err() != nil {
		mark = "✗"
	}
	parts := []string{fmt.Sprintf("%s checked on %s: %s", mark, instances(n), r.finding())}
	if c := len(r.Control.Sides); c > 0 {
		parts = append(parts, fmt.Sprintf("control: where %s it fails on %d of %d", r.Step.Control.When, r.Control.Violated, c))
	}
	if a := len(r.Attained.Sides); a > 0 {
		parts = append(parts, fmt.Sprintf("attained where %s, on %d of %d", r.Step.Attained.When, a-r.Attained.Violated, a))
	}
	return strings.Join(parts, "; ")
}

func instances(n int) string {
	if n == 1 {
		return "one instance"
	}
	return fmt.Sprintf("%d random instances", n)
}

// finding is what the check itself showed.
func (r *Result) finding() string {
	w := r.Extreme()
	switch {
	case r.Violated > 0:
		return fmt.Sprintf("fails on %d", r.Violated)
	case r.Undecided == len(r.Sides):
		return "undecided"
	case r.Step.Claim == Equal && w.StdErr > 0:
		return fmt.Sprintf("largest difference %.1f standard errors, of %.1f allowed", math.Abs(w.Gap())/w.StdErr, r.Z) + r.open()
	case r.Step.Claim == Equal:
		return "equal to within " + r.tolerance()
	case w.StdErr > 0:
		return fmt.Sprintf("least slack %.1f standard errors", w.Gap()/w.StdErr) + r.open()
	case w.Gap() <= r.Step.Abs+r.Step.Tol*math.Max(math.Abs(w.Lhs), math.Abs(w.Rhs)):
		return "least slack 0, to within " + r.tolerance()
	}
	return fmt.Sprintf("least slack %.2g", w.Gap())
}

// open tells of instances whose errors are too large.
func (r *Result) open() string {
	if r.Undecided == 0 {
		return ""
	}
	return fmt.Sprintf(", undecided on %d", r.Undecided)
}

func (r *Result) tolerance() string {
	s := fmt.Sprintf("%.0e", r.Step.Tol)
	if r.Step.Abs > 0 {
		s += fmt.Sprintf(", or %.0e absolutely", r.Step.Abs)
	}
	return s
}

// Ledger lists what was derived and what came of it.
type Ledger []*Result

// Run checks steps in order with one key. The error is that of the first step
// that can't be checked; what failed is in the ledger: see [Ledger.Err].
func Run(ctx context.Context, key rng.Key, steps ...Step) (Ledger, error) {
	var l Ledger
	seen := make(map[string]bool)
	for _, s := range steps {
		if seen[s.Tag] {
			return nil, &StepError{s.Tag, "has the Tag of another"}
		}
		seen[s.Tag] = true
		r, err := s.Run(ctx, key)
		if err != nil {
			return nil, err
		}
		l = append(l, r)
	}
	return l, nil
}

// Err returns the error of the first step that failed.
func (l Ledger) Err() error {
	for _, r := range l {
		if err := r.Err(); err != nil {
			return err
		}
	}
	return nil
}
