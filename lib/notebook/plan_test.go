package notebook

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

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
	for _, want := range []string{"sources, sinks                 2, 3", "pairs that mass moves between  3", "cost ⟨P, C⟩                    1.25", "duality gap                    < 1e−11", "potential f", " to ", "pivots  ", "method                         network simplex", "because                        transport.Exact was called"} {
		if !strings.Contains(b.plain, want) {
			t.Errorf("no %q in\n%s", want, b.plain)
		}
	}
	keptByGitHub(t, b.html)
	if p, err = transport.Sinkhorn(t.Context(), []float64{0.5, 0.5}, []float64{0.25, 0.25, 0.5}, cost, transport.SinkhornOptions{Eps: 0.125}); err != nil {
		t.Fatal(err)
	}
	if b, err = render(p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"temperature ε                  0.125", "iterations", "error of the marginals"} {
		if !strings.Contains(b.plain, want) {
			t.Errorf("no %q in\n%s", want, b.plain)
		}
	}
	if strings.Contains(b.plain, "pivots") {
		t.Errorf("a plan without pivots has some in\n%s", b.plain)
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
