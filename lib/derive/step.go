package derive

import (
	"context"
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Check evaluates both sides of a statement on the random instance that key
// names. stdErr is the standard error of their difference, 0 where both are
// computed. It may panic, which fails the step.
type Check func(key rng.Key) (lhs, rhs, stdErr float64)

// Claim is what a step says of its two sides.
type Claim uint8

const (
	Equal  Claim = iota // lhs = rhs
	AtMost              // lhs ≤ rhs
)

func (c Claim) String() string {
	if c == AtMost {
		return "≤"
	}
	return "="
}

// Case is a special case of a step: one in which it fails, or is attained.
type Case struct {
	When  string // in words that follow "where": "the field isn't a gradient"
	Check Check
}

// Step is one line of a derivation. Texts are Markdown with formulas between
// dollar signs; Statement is a formula without them.
type Step struct {
	Tag       string   // number of the equation; names the step's instances too
	Name      string   // what it is called
	Statement string   // TeX
	Because   string   // what justifies it
	Given     []string // hypotheses
	Ref       string   // where it comes from

	Claim Claim
	Check Check

	// Control drops a hypothesis: there the claim must fail on an instance. An
	// inequality must have one.
	Control Case

	// Attained are instances in which an inequality is an equality.
	Attained Case

	Instances int     // of each check; default 200
	Tol       float64 // largest difference without a standard error, relative to the larger side; default 1e-9
	Abs       float64 // the same, absolute; default 0
}

// Sides are both sides of a statement on one instance.
type Sides struct{ Lhs, Rhs, StdErr float64 }

// Gap returns Rhs − Lhs, and 0 between equal infinities.
func (s Sides) Gap() float64 {
	if s.Lhs == s.Rhs {
		return 0
	}
	return s.Rhs - s.Lhs
}

// Tightness returns Lhs/Rhs, as [relation.Inequality.Tightness] has it.
func (s Sides) Tightness() float64 {
	return relation.Inequality{Lo: relation.Term{Value: s.Lhs}, Hi: relation.Term{Value: s.Rhs}}.Tightness()
}

// Run evaluates the step on random instances, and its cases too. That a check
// fails, or a control doesn't, is in the result: see [Result.Err]. The error is
// a *[StepError] for a step that can't be checked (no Tag, no Check, an
// inequality without a Control, an Attained of an equality, options out of
// range), and the context's, wrapped, if that ends.
func (s Step) Run(ctx context.Context, key rng.Key) (*Result, error) {
	if err := s.resolve(); err != nil {
		return nil, err
	}
	key = key.Named(s.Tag)
	r := &Result{Step: s}
	for _, part := range []struct {
		outcome *Outcome
		check   Check
		claim   Claim
		key     rng.Key
	}{
		{&r.Outcome, s.Check, s.Claim, key},
		{&r.Control, s.Control.Check, s.Claim, key.Named("control")},
		{&r.Attained, s.Attained.Check, Equal, key.Named("attained")},
	} {
		if part.check == nil {
			continue
		}
		var err error
		if *part.outcome, err = s.outcome(ctx, part.check, part.claim, part.key); err != nil {
			return nil, fmt.Errorf("derive: step %s: %w", s.Tag, err)
		}
	}
	return r, nil
}

// resolve puts defaults in, and refuses what can't be checked.
func (s *Step) resolve() error {
	if s.Instances == 0 {
		s.Instances = 200
	}
	if s.Tol == 0 {
		s.Tol = 1e-9
	}
	refuse := func(why string) error { return &StepError{s.Tag, why} }
	switch {
	case s.Tag == "":
		return refuse("has no Tag to name its instances")
	case s.Check == nil:
		return refuse("has no Check")
	case s.Claim > AtMost:
		return refuse(fmt.Sprintf("has the unknown Claim %d", s.Claim))
	case s.Claim == AtMost && s.Control.Check == nil:
		return refuse("is an inequality without a Control that fails: nothing shows that its check could")
	case s.Claim == Equal && s.Attained.Check != nil:
		return refuse("is an equality, so Attained says nothing")
	case (s.Control.Check != nil) != (s.Control.When != ""), (s.Attained.Check != nil) != (s.Attained.When != ""):
		return refuse("has a case with only one of When and Check")
	case s.Instances < 1:
		return refuse(fmt.Sprintf("asks for %d instances", s.Instances))
	case !(s.Tol > 0 && s.Tol < 1) || !(s.Abs >= 0) || math.IsInf(s.Abs, 1):
		return refuse(fmt.Sprintf("has Tol = %v and Abs = %v", s.Tol, s.Abs))
	}
	return nil
}

// StepError says why a step can't be checked.
type StepError struct{ Tag, Why string }

func (e *StepError) Error() string { return fmt.Sprintf("derive: step %q %s", e.Tag, e.Why) }
