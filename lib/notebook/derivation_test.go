package notebook

import (
	"context"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/derive"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func squares(rhs float64) derive.Check {
	return func(key rng.Key) (float64, float64, float64) {
		u := key.Rand().Float64()
		return u * u, rhs * math.Abs(u), 0
	}
}

func squared() derive.Step {
	return derive.Step{
		Tag: "3", Name: "squares are small", Statement: `u^2 \le u`, Because: "$u$ is at most 1", Given: []string{"$0 \\le u \\le 1$"},
		Claim: derive.AtMost, Check: squares(1), Control: derive.Case{When: "the right side is halved", Check: squares(0.5)},
	}
}

func TestStepBundle(t *testing.T) {
	r, err := squared().Run(context.Background(), rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	b, err := render(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<a id=\"eq-3\"></a>**(3) Squares are small.** $u$ is at most 1. *Given:* $0 \\le u \\le 1$.\n\n$$ u^2 \\le u \\tag{3} $$\n\n> ✓ checked on 200 random instances",
		"<details><summary>", "| the step | `" + r.Key.String() + "` |", "| its control |", "</details>",
	} {
		if !strings.Contains(b.markdown, want) {
			t.Errorf("%q isn't in\n%s", want, b.markdown)
		}
	}
	if b, err = render(derive.Ledger{r}); err != nil || !strings.Contains(b.plain, "(3)   squares are small  ✓         200   200  ") {
		t.Errorf("%v:\n%s", err, b.plain)
	}
}

// A step that fails is shown, and then fails the cell.
func TestShowFailsWithTheStep(t *testing.T) {
	s := squared()
	s.Check = squares(0.9)
	r, err := s.Run(context.Background(), rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{r, derive.Ledger{r}} {
		printed, panicked := shown(v)
		if !strings.Contains(panicked, "derive: step 3 fails on") || !strings.Contains(printed, "✗") {
			t.Errorf("%T: printed %q and panicked with %q", v, printed, panicked)
		}
	}
}

// shown returns what Show prints outside of a notebook, and what it panics with.
func shown(v any) (printed, panicked string) {
	var b strings.Builder
	old := stdout
	stdout = func() io.Writer { return &b }
	defer func() {
		stdout = old
		printed = b.String()
		panicked, _ = recover().(string)
	}()
	Show(v)
	return "", ""
}
