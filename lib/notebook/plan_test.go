package notebook

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// stated is a plan that says how it was found.
type stated struct{ *transport.Plan }

type method int

func (method) String() string  { return "by hand" }
func (stated) Method() method  { return 1 }
func (stated) Reason() string  { return "there is one source" }
func (stated) Pivots() int     { return 17 }
func (stated) Strange(int) int { return 0 }

func TestPlan(t *testing.T) {
	cost := transport.MatrixCost{Matrix: mat.NewDense(2, 3, []float64{1, 2, 6, 4, 1, 1})}
	p, err := transport.Exact(t.Context(), []float64{0.5, 0.5}, []float64{0.25, 0.25, 0.5}, cost, transport.ExactOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := render(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sources, sinks                 2, 3", "pairs that mass moves between  3", "cost ⟨P, C⟩                    1.25", "duality gap                    < 1e−11", "potential f", " to "} {
		if !strings.Contains(b.plain, want) {
			t.Errorf("no %q in\n%s", want, b.plain)
		}
	}
	for _, no := range []string{"method", "because"} {
		if strings.Contains(b.plain, no) {
			t.Errorf("%q in\n%s", no, b.plain)
		}
	}
	keptByGitHub(t, b.html)
	if b, err = render(stated{p}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"pivots                         17", "method                         by hand", "because                        there is one source"} {
		if !strings.Contains(b.plain, want) {
			t.Errorf("no %q in\n%s", want, b.plain)
		}
	}
	if _, err := render((*transport.Plan)(nil)); err == nil {
		t.Error("nil plan is shown")
	}
}

// A plan that isn't optimal is seen not to be.
func TestPlanWithGap(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cost := transport.MatrixCost{Matrix: mat.NewDense(2, 2, []float64{5, 1, 1, 5})}
	p, err := transport.Exact(ctx, []float64{1, 1}, []float64{1, 1}, cost, transport.ExactOptions{})
	if p == nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("plan %v, error %v", p, err)
	}
	if p.DualityGap() < 1 {
		t.Fatalf("the gap of the first plan is %v", p.DualityGap())
	}
	b, err := render(p)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.plain, "duality gap                    <") {
		t.Errorf("the gap %v isn't seen in\n%s", p.DualityGap(), b.plain)
	}
}
