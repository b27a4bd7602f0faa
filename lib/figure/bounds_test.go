package figure

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/bounds"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

func report(eta, c1, c2 relation.Term) *bounds.Report {
	r := &bounds.Report{
		Tau: 2, Eta: eta, C1: c1, C2: c2, D0: relation.Term{Value: 1.7},
		Times: []float64{0, 1, 2}, LossSpeed: []float64{0.1, 0.2, 0.3}, Speed: []float64{0.5, 0.4, 0.6},
	}
	r.Optimal.Cost = relation.Term{Value: 0.05}
	return r
}

func exactly(v float64) relation.Term { return relation.Term{Value: v} }

func TestSpeedAccuracyDrawsSquares(t *testing.T) {
	f := SpeedAccuracy(report(exactly(0.004), exactly(0.08), exactly(0.5)))
	want := map[string][]float64{"v₂², area c₂ = 0.5": {0.25, 0.16, 0.36}, "v_loss², area c₁ = 0.08": {0.01, 0.04, 0.09}}
	for _, s := range f.Series {
		switch s := s.(type) {
		case Curve:
			y, ok := want[mustPlain(s.Name)]
			if !ok {
				t.Errorf("curve %q", mustPlain(s.Name))
				continue
			}
			delete(want, mustPlain(s.Name))
			for i := range y {
				if math.Abs(s.Y[i]-y[i]) > 1e-15 {
					t.Errorf("%s: %v, want %v", mustPlain(s.Name), s.Y, y)
				}
			}
		case Rule:
			if s.At != 0.002 { // η/τ, so that the area under it is η
				t.Errorf("line at %v, want 0.002", s.At)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("missing curves: %v", want)
	}
	if got, want := mustPlain(f.Caption), "η ≤ c₁ holds, c₁ ≤ c₂ holds."; got != want {
		t.Errorf("caption %q, want %q", got, want)
	}
	if _, err := f.SVG(); err != nil {
		t.Error(err)
	}
	r := report(exactly(0), exactly(0), exactly(0.5))
	r.D0.Value = math.Inf(1)
	if got := mustPlain(SpeedAccuracy(r).Caption); !strings.Contains(got, "D₀ is infinite") {
		t.Errorf("caption %q doesn't say that D₀ is infinite", got)
	}
}

func TestHierarchyMarksWhatIsWrong(t *testing.T) {
	good := report(exactly(0.004), exactly(0.08), exactly(0.5))
	wrong := report(exactly(0.004), exactly(0.6), exactly(0.5))
	open := report(relation.Term{Value: 0.08, StdErr: 0.01}, exactly(0.08), exactly(0.5))
	f := Hierarchy([]string{"a", "b", "c"}, []*bounds.Report{good, wrong, open})
	if got, want := mustPlain(f.Caption), "✗ violated: b: c₁ ≤ c₂. ? undecided at 3 standard errors: c: η ≤ c₁."; got != want {
		t.Errorf("caption %q, want %q", got, want)
	}
	eta, c1 := f.Series[0].(Bars), f.Series[1].(Bars)
	for i, want := range []string{"0.004", "0.004", "0.080(10) ?"} {
		if got := mustPlain(eta.Labels[i]); got != want {
			t.Errorf("η of %s is labelled %q, want %q", f.Categories[i], got, want)
		}
	}
	for i, want := range []string{"0.08", "0.6 ✗", "0.08"} {
		if got := mustPlain(c1.Labels[i]); got != want {
			t.Errorf("c₁ of %s is labelled %q, want %q", f.Categories[i], got, want)
		}
	}
	if _, err := f.SVG(); err != nil {
		t.Error(err)
	}
	if got := Hierarchy([]string{"a"}, []*bounds.Report{good}).Caption; got != "All relations hold." {
		t.Errorf("caption %q", got)
	}
}

// A velocity that turns in the plane is compared by w_D.
func TestRotation(t *testing.T) {
	plane, err := measure.NewGaussian([]float64{0, 0}, mat.NewDiagDense(2, []float64{1, 1}))
	if err != nil {
		t.Fatal(err)
	}
	r := report(exactly(0.004), exactly(0.6), exactly(0.5))
	r.WD = exactly(0.7)
	for range r.Times {
		r.Power = append(r.Power, 0.7)
	}
	for _, c := range []struct {
		start    measure.Measure
		gradient bool
		want     string
	}{
		{plane, false, "η ≤ c₁ holds, c₁ ≤ w_D holds."},
		{plane, true, "η ≤ c₁ holds, c₁ ≤ c₂ violated."},
		{measure.Normal(0, 1), false, "η ≤ c₁ holds, c₁ ≤ c₂ violated."}, // every velocity on the line is a gradient
	} {
		r.Start, r.Flow.Gradient = c.start, c.gradient
		f := SpeedAccuracy(r)
		if got := mustPlain(f.Caption); got != c.want {
			t.Errorf("dimension %d, gradient %v: caption %q, want %q", c.start.Dim(), c.gradient, got, c.want)
		}
		for _, series := range f.Series {
			if curve, ok := series.(Curve); ok && curve.Color == Blue && strings.Contains(c.want, "w_D") != (math.Abs(curve.Y[0]-0.7) < 1e-12) {
				t.Errorf("%s: the limit is %v", c.want, curve.Y)
			}
		}
		h := Hierarchy([]string{"a", "b"}, []*bounds.Report{r, report(exactly(0.004), exactly(0.08), exactly(0.5))})
		third, title, caption := h.Series[2].(Bars), mustPlain(h.Title), h.Caption
		if strings.Contains(c.want, "w_D") {
			if third.Y[0] != 0.7 || title != "Hierarchy η ≤ c₁ ≤ w_D" || mustPlain(third.Name) != "w_D = ∫⟨|ν|²⟩ dt" {
				t.Errorf("%q draws %v as %q, want w_D", title, third.Y[0], mustPlain(third.Name))
			}
		} else if third.Y[0] != 0.5 || !strings.Contains(caption, "violated") {
			t.Errorf("%q draws %v: %s", title, third.Y[0], caption)
		}
		for _, f := range []*Figure{f, h} {
			if _, err := f.SVG(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestRelationsSaysVerdicts(t *testing.T) {
	f := Relations([]relation.Inequality{
		{Name: "first", Lo: relation.Term{Symbol: "η", Value: 1}, Hi: relation.Term{Symbol: "c₁", Value: 4}},
		{Name: "second", Lo: exactly(2), Hi: exactly(1)},
		{Name: "third", Lo: relation.Term{Value: 1, StdErr: 1}, Hi: exactly(2)},
	})
	b := f.Series[1].(Bars)
	for i, want := range []struct {
		category, label string
		color           Color
	}{{"first, η ≤ c₁", "0.2500  holds", Blue}, {"second", "2.0000  violated", Vermilion}, {"third", "0.5000  undecided", Grey}} {
		if f.Categories[i] != want.category || b.Labels[i] != want.label || b.Colors[i] != want.color {
			t.Errorf("%q %q %v, want %v", f.Categories[i], b.Labels[i], b.Colors[i], want)
		}
	}
	if _, err := Relations(nil).SVG(); err != nil {
		t.Errorf("no relations: %v", err)
	}
}

func TestFormulaOfNumbers(t *testing.T) {
	for _, c := range []struct {
		term relation.Term
		want string
	}{
		{exactly(0.00474482), "0.004745"},
		{exactly(1.23456e-7), "1.235 × 10⁻⁷"},
		{exactly(-2e21), "−2 × 10²¹"},
		{exactly(math.Inf(1)), "+∞"},
		{exactly(math.NaN()), "NaN"},
		{relation.Term{Value: 1.3e-7, StdErr: 1.2e-8}, "1.30(12) × 10⁻⁷"},
	} {
		if got := mustPlain("$" + formula(c.term) + "$"); got != c.want {
			t.Errorf("%v: got %q, want %q", c.term, got, c.want)
		}
	}
}

func TestMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"SpeedAccuracy: nil":             func() { SpeedAccuracy(nil) },
		"Hierarchy: 1 names":             func() { Hierarchy([]string{"a"}, nil) },
		"Hierarchy: reports[0] is nil":   func() { Hierarchy([]string{"a"}, []*bounds.Report{nil}) },
		"Densities: 2 names for 1":       func() { Densities([]float64{1}, []string{"a", "b"}, []float64{1}) },
		"Lines: 1 names for 0 functions": func() { Lines(nil, []string{"a"}) },
	} {
		func() {
			defer func() {
				if got, ok := recover().(string); !ok || !strings.Contains(got, name) {
					t.Errorf("panic %q, want one with %q", got, name)
				}
			}()
			f()
		}()
	}
}
