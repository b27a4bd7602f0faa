package derive

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// jensen is (E X)² ≤ E X² of two values with weights that sum to total.
func jensen(total float64) Check {
	return func(key rng.Key) (lhs, rhs, stdErr float64) {
		u := make([]float64, 3)
		key.Uniform(u)
		w, v := u[0]*total, (1-u[0])*total
		mean := w*u[1] + v*u[2]
		return mean * mean, w*u[1]*u[1] + v*u[2]*u[2], 0
	}
}

func step() Step {
	return Step{
		Tag: "1", Claim: AtMost, Check: jensen(1),
		Control:  Case{"the weights sum to 2", jensen(2)},
		Attained: Case{"both values are equal", func(key rng.Key) (lhs, rhs, stdErr float64) { return 4, 4, 0 }},
	}
}

func mustRun(t *testing.T, s Step) *Result {
	t.Helper()
	r, err := s.Run(context.Background(), rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestInequality(t *testing.T) {
	r := mustRun(t, step())
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if r.Held != 200 || r.Control.Violated < 50 || r.Attained.Held != 200 {
		t.Errorf("held %d, control violated %d, attained %d", r.Held, r.Control.Violated, r.Attained.Held)
	}
	lhs, rhs, _ := r.Step.Check(r.Key)
	if w := r.Extreme(); w.Lhs != lhs || w.Rhs != rhs {
		t.Errorf("the worst instance's key gives %v and %v, want %v", lhs, rhs, w)
	}
	for i, v := range r.Sides {
		if v.Gap() < r.Extreme().Gap() {
			t.Errorf("instance %d has the gap %v, the worst has %v", i, v.Gap(), r.Extreme().Gap())
		}
	}
	for _, want := range []string{"✓ checked on 200 random instances: least slack ", "; control: where the weights sum to 2 it fails on ", "attained where both values are equal, on 200 of 200"} {
		if !strings.Contains(r.Badge(), want) {
			t.Errorf("badge %q, want %q in it", r.Badge(), want)
		}
	}
}

// What must not pass does not.
func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*Step)
		want  string
	}{
		"false":                  {func(s *Step) { s.Check = jensen(1.5) }, "fails on "},
		"control passes":         {func(s *Step) { s.Control.Check = jensen(1) }, "its check can't fail"},
		"not attained":           {func(s *Step) { s.Attained.Check = jensen(1) }, "isn't attained"},
		"NaN":                    {func(s *Step) { s.Check = both(math.NaN(), 1, 0) }, "fails on 200"},
		"NaN in an equality":     {func(s *Step) { *s = Step{Tag: "1", Check: both(math.NaN(), math.NaN(), 0)} }, "fails on 200"},
		"an equality":            {func(s *Step) { *s = Step{Tag: "1", Check: both(1, 1+2e-9, 0)} }, "fails on 200"},
		"errors say nothing":     {func(s *Step) { *s = Step{Tag: "1", Check: both(1, 2, 5)} }, "undecided on all"},
		"beyond standard errors": {func(s *Step) { *s = Step{Tag: "1", Check: both(1, 1.6, 0.1)} }, "fails on 200"},
		"NaN standard error":     {func(s *Step) { *s = Step{Tag: "1", Check: both(1, 1, math.NaN())} }, "undecided on all"},
	} {
		s := step()
		test.spoil(&s)
		r := mustRun(t, s)
		var failed *FailedError
		if err := r.Err(); !errors.As(err, &failed) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want a FailedError with %q", name, err, test.want)
		}
		if !strings.HasPrefix(r.Badge(), "✗") {
			t.Errorf("%s: badge %q", name, r.Badge())
		}
	}
}

func both(lhs, rhs, stdErr float64) Check {
	return func(rng.Key) (float64, float64, float64) { return lhs, rhs, stdErr }
}

func TestStepsThatCannotBeChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Step){
		"no tag":               func(s *Step) { s.Tag = "" },
		"no check":             func(s *Step) { s.Check = nil },
		"no control":           func(s *Step) { s.Control = Case{} },
		"half a control":       func(s *Step) { s.Control.When = "" },
		"half an equality":     func(s *Step) { s.Attained.Check = nil },
		"attained equality":    func(s *Step) { s.Claim = Equal },
		"claim":                func(s *Step) { s.Claim = 2 },
		"negative instances":   func(s *Step) { s.Instances = -1 },
		"negative tolerance":   func(s *Step) { s.Tol = -1 },
		"NaN for a tolerance":  func(s *Step) { s.Tol = math.NaN() },
		"an infinite absolute": func(s *Step) { s.Abs = math.Inf(1) },
	} {
		s := step()
		spoil(&s)
		_, err := s.Run(context.Background(), rng.New(1))
		var refused *StepError
		if !errors.As(err, &refused) {
			t.Errorf("%s: error %v, want a StepError", name, err)
		}
	}
}

// Of many true statements about estimates almost none fails, though one
// standard error or two are exceeded all the time.
func TestMonteCarlo(t *testing.T) {
	normal := func(shift float64) Check {
		return func(key rng.Key) (lhs, rhs, stdErr float64) {
			z := make([]float64, 1)
			key.Normal(z)
			return 10 + 0.1*z[0] + shift, 10, 0.1
		}
	}
	failed := 0
	for seed := range uint64(100) {
		s := Step{Tag: "mc", Check: normal(0), Control: Case{"it is biased", normal(0.6)}}
		r, err := s.Run(context.Background(), rng.New(seed))
		if err != nil {
			t.Fatal(err)
		}
		if r.Err() != nil {
			failed++
		}
		if w := r.Extreme(); math.Abs(w.Gap())/w.StdErr < 2 {
			t.Errorf("seed %d: the worst of 200 is off by %v standard errors", seed, w.Gap()/w.StdErr)
		}
	}
	if failed > 2 {
		t.Errorf("%d of 100 runs of true statements failed", failed)
	}
}

func TestLedger(t *testing.T) {
	second := step()
	second.Tag = "2"
	l, err := Run(context.Background(), rng.New(1), step(), second)
	if err != nil || l.Err() != nil {
		t.Fatal(err, l.Err())
	}
	if got, want := l[0].Extreme(), mustRun(t, step()).Extreme(); got != want {
		t.Errorf("in a ledger %v, alone %v", got, want)
	}
	if l[0].Extreme() == l[1].Extreme() {
		t.Error("two steps have the same instances")
	}
	second.Check = jensen(1.5)
	if l, err = Run(context.Background(), rng.New(1), step(), second); err != nil || l.Err() == nil {
		t.Errorf("errors %v and %v, want the second step's", err, l.Err())
	}
	if _, err := Run(context.Background(), rng.New(1), step(), step()); err == nil {
		t.Error("two steps with one tag")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, rng.New(1), step()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}
