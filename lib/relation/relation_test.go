package relation

import (
	"fmt"
	"math"
	"testing"
)

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

func TestInequalityCheck(t *testing.T) {
	const z = 5
	for _, test := range []struct {
		name   string
		lo, hi Term
		want   Verdict
	}{
		{"clear", Term{Value: 1}, Term{Value: 2}, Holds},
		{"saturated", Term{Value: 1}, Term{Value: 1}, Holds},
		{"zero is saturated", Term{}, Term{}, Holds},
		{"rounding", Term{Value: 1 + 0.9e-12}, Term{Value: 1}, Holds},
		{"above rounding", Term{Value: 1 + 1.1e-12}, Term{Value: 1}, Violated},
		{"rounding is relative", Term{Value: 1e-20 + 1e-31}, Term{Value: 1e-20}, Violated},
		{"broken", Term{Value: 2}, Term{Value: 1}, Violated},
		{"negative numbers", Term{Value: -2}, Term{Value: -1}, Holds},
		{"negative, broken", Term{Value: -1}, Term{Value: -2}, Violated},
		{"bounds add", Term{Value: 1.29, Bound: 0.1}, Term{Value: 1, Bound: 0.2}, Holds},
		{"beyond bounds", Term{Value: 1.31, Bound: 0.1}, Term{Value: 1, Bound: 0.2}, Violated},
		{"estimate, clear", Term{Value: 1, StdErr: 0.1}, Term{Value: 1.51}, Holds},
		{"estimate, too near", Term{Value: 1, StdErr: 0.1}, Term{Value: 1.49}, Undecided},
		{"estimate, saturated", Term{Value: 1, StdErr: 0.1}, Term{Value: 1}, Undecided},
		{"estimate, wrong side", Term{Value: 1.49, StdErr: 0.1}, Term{Value: 1}, Undecided},
		{"estimate, broken", Term{Value: 1.51}, Term{Value: 1, StdErr: 0.1}, Violated},
		{"errors in quadrature, clear", Term{Value: 1, StdErr: 0.3}, Term{Value: 3.51, StdErr: 0.4}, Holds},
		{"errors in quadrature, near", Term{Value: 1, StdErr: 0.3}, Term{Value: 3.49, StdErr: 0.4}, Undecided},
		{"error and bound", Term{Value: 1, StdErr: 0.1, Bound: 0.5}, Term{Value: 1.9}, Undecided},
		{"infinite above", Term{Value: 1}, Term{Value: inf}, Holds},
		{"infinite above an estimate", Term{Value: 1, StdErr: 9}, Term{Value: inf}, Holds},
		{"both infinite", Term{Value: inf}, Term{Value: inf}, Holds},
		{"infinite below", Term{Value: inf}, Term{Value: 1}, Violated},
		{"minus infinity", Term{Value: -inf}, Term{Value: -inf}, Holds},
		{"minus infinity above", Term{Value: 0}, Term{Value: -inf}, Violated},
		{"huge numbers", Term{Value: -math.MaxFloat64}, Term{Value: math.MaxFloat64}, Holds},
		{"NaN below", Term{Value: nan}, Term{Value: 1}, Undecided},
		{"NaN under infinity", Term{Value: nan}, Term{Value: inf}, Undecided},
		{"NaN above", Term{Value: 1}, Term{Value: nan}, Undecided},
		{"NaN error", Term{Value: 1, StdErr: nan}, Term{Value: 2}, Undecided},
		{"NaN bound", Term{Value: 1}, Term{Value: 2, Bound: nan}, Undecided},
		{"infinite error", Term{Value: 1, StdErr: inf}, Term{Value: 2}, Undecided},
		{"infinite bound", Term{Value: 1}, Term{Value: 2, Bound: inf}, Undecided},
		{"negative error", Term{Value: 1, StdErr: -1}, Term{Value: 2}, Undecided},
		{"negative bound", Term{Value: 1}, Term{Value: 2, Bound: -1}, Undecided},
	} {
		q := Inequality{Lo: test.lo, Hi: test.hi}
		if got := q.Check(z); got != test.want {
			t.Errorf("%s: %v ≤ %v: got %v, want %v", test.name, test.lo, test.hi, got, test.want)
		}
	}
}

func TestIdentityCheck(t *testing.T) {
	const z = 5
	for _, test := range []struct {
		name     string
		lhs, rhs Term
		want     Verdict
	}{
		{"equal", Term{Value: 1}, Term{Value: 1}, Holds},
		{"rounding", Term{Value: 1 + 0.9e-12}, Term{Value: 1}, Holds},
		{"above rounding", Term{Value: 1 + 1.1e-12}, Term{Value: 1}, Violated},
		{"within bounds", Term{Value: 1.29, Bound: 0.1}, Term{Value: 1, Bound: 0.2}, Holds},
		{"beyond bounds", Term{Value: 1.31, Bound: 0.1}, Term{Value: 1, Bound: 0.2}, Violated},
		{"below by more than the bounds", Term{Value: 1, Bound: 0.1}, Term{Value: 1.31, Bound: 0.2}, Violated},
		{"within errors", Term{Value: 1.04, StdErr: 0.01}, Term{Value: 1}, Holds},
		{"beyond errors", Term{Value: 1.06, StdErr: 0.01}, Term{Value: 1}, Violated},
		{"errors as large as the numbers", Term{Value: 0.8, StdErr: 0.5}, Term{Value: 1}, Undecided},
		{"an exact zero", Term{Value: 0.003, StdErr: 0.002}, Term{}, Holds},
		{"an exact zero, broken", Term{}, Term{Value: 0.011, StdErr: 0.002}, Violated},
		{"infinite", Term{Value: inf}, Term{Value: inf}, Holds},
		{"one infinite", Term{Value: inf}, Term{Value: 1}, Violated},
		{"opposite infinities", Term{Value: inf}, Term{Value: -inf}, Violated},
		{"NaN", Term{Value: nan}, Term{Value: nan}, Undecided},
		{"NaN error", Term{Value: 1, StdErr: nan}, Term{Value: 1}, Undecided},
		{"infinite bound", Term{Value: 1, Bound: inf}, Term{Value: 1}, Undecided},
	} {
		q := Identity{Lhs: test.lhs, Rhs: test.rhs}
		if got := q.Check(z); got != test.want {
			t.Errorf("%s: %v = %v: got %v, want %v", test.name, test.lhs, test.rhs, got, test.want)
		}
	}
}

func TestGapAndTightness(t *testing.T) {
	for _, test := range []struct{ lo, hi, gap, tightness float64 }{
		{1, 4, 3, 0.25},
		{4, 1, -3, 4},
		{0, 0, 0, 1},
		{0, 2, 2, 0},
		{2, 0, -2, inf},
		{2, math.Copysign(0, -1), -2, inf},
		{-2, 0, 2, -inf},
		{-2, -1, 1, 2},
		{3, inf, inf, 0},
		{inf, 3, -inf, inf},
		{inf, inf, 0, 1},
		{nan, 1, nan, nan},
		{nan, 0, nan, nan},
		{1, nan, nan, nan},
	} {
		q := Inequality{Lo: Term{Value: test.lo}, Hi: Term{Value: test.hi}}
		if got := q.Gap(); !same(got, test.gap) {
			t.Errorf("gap of %v ≤ %v: got %v, want %v", test.lo, test.hi, got, test.gap)
		}
		if got := q.Tightness(); !same(got, test.tightness) {
			t.Errorf("tightness of %v ≤ %v: got %v, want %v", test.lo, test.hi, got, test.tightness)
		}
		e := Identity{Lhs: q.Hi, Rhs: q.Lo}
		if got := e.Residual(); !same(got, test.gap) {
			t.Errorf("residual of %v = %v: got %v, want %v", test.hi, test.lo, got, test.gap)
		}
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestCheckZ(t *testing.T) {
	exact := Inequality{Lo: Term{Value: 1}, Hi: Term{Value: 2}}
	if got := exact.Check(inf); got != Holds {
		t.Errorf("computed numbers at z = +Inf: got %v, want %v", got, Holds)
	}
	estimate := Inequality{Lo: Term{Value: 1, StdErr: 0.1}, Hi: Term{Value: 2}}
	if got := estimate.Check(inf); got != Undecided {
		t.Errorf("estimates at z = +Inf: got %v, want %v", got, Undecided)
	}
	if got := estimate.Check(0); got != Holds {
		t.Errorf("estimates at z = 0: got %v, want %v", got, Holds)
	}
	for _, z := range []float64{-1, nan} {
		for name, check := range map[string]func(float64) Verdict{
			"Inequality": exact.Check, "Identity": Identity{}.Check,
		} {
			func() {
				defer func() {
					want := fmt.Sprintf("relation: %s.Check: z = %v, want z ≥ 0", name, z)
					if got := recover(); got != want {
						t.Errorf("%s.Check(%v) panics with %v, want %q", name, z, got, want)
					}
				}()
				check(z)
			}()
		}
	}
}

func TestTermString(t *testing.T) {
	for _, test := range []struct {
		term Term
		want string
	}{
		{Term{}, "0"},
		{Term{Symbol: "η", Value: 0.00474}, "0.00474"},
		{Term{Value: 1.0 / 3}, "0.333333"},
		{Term{Value: 0.00474, StdErr: 0.00002}, "0.00474(2)"},
		{Term{Value: 0.004737, StdErr: 0.000014}, "0.004737(14)"},
		{Term{Value: 0.004737, StdErr: 0.0000996}, "0.00474(10)"},
		{Term{Value: -1.25, StdErr: 0.3}, "-1.2(3)"},
		{Term{Value: 12.3, StdErr: 4}, "12(4)"},
		{Term{Value: 0.01, StdErr: 3}, "0(3)"},
		{Term{Value: 123, StdErr: 40}, "1.2(4)e+02"},
		{Term{Value: 1.3e-7, StdErr: 1.2e-8}, "1.30(12)e-07"},
		{Term{Value: 2.5e8, StdErr: 3e6}, "2.50(3)e+08"},
		{Term{Value: 0, StdErr: 0.02}, "0.00(2)"},
		{Term{Value: 0.25, Bound: 1e-9}, "0.25 ±1e-09"},
		{Term{Value: 0.25, StdErr: 0.02, Bound: 0.003}, "0.25(2) ±0.003"},
		{Term{Value: inf}, "+Inf"},
		{Term{Value: -inf}, "-Inf"},
		{Term{Value: nan}, "NaN"},
		{Term{Value: inf, StdErr: 1}, "+Inf(1)"},
		{Term{Value: 1, StdErr: nan}, "1(NaN)"},
		{Term{Value: 1, StdErr: inf}, "1(+Inf)"},
		{Term{Value: math.MaxFloat64, StdErr: math.MaxFloat64}, "2(2)e+308"},
		{Term{Value: math.SmallestNonzeroFloat64, StdErr: 1}, "0.0(10)"},
	} {
		if got := test.term.String(); got != test.want {
			t.Errorf("%#v: got %q, want %q", test.term, got, test.want)
		}
	}
}

func TestVerdictString(t *testing.T) {
	if got := Verdict(0); got != Undecided {
		t.Errorf("the zero Verdict is %v", got)
	}
	if got := Verdict(7).String(); got != "relation.Verdict(7)" {
		t.Errorf("got %q", got)
	}
}

func ExampleInequality() {
	q := Inequality{
		Name: "speed-accuracy",
		Ref:  "Ikeda et al. (2025)",
		Lo:   Term{Symbol: "η", Value: 0.00474, StdErr: 0.00002},
		Hi:   Term{Symbol: "c₁", Value: 0.0125},
	}
	fmt.Println(q)
	fmt.Println(q.Check(5))
	// Output:
	// speed-accuracy: η ≤ c₁: 0.00474(2) ≤ 0.0125 [Ikeda et al. (2025)], gap 0.00776, tightness 0.379
	// holds
}

func ExampleIdentity() {
	q := Identity{
		Name: "Jarzynski",
		Lhs:  Term{Symbol: "⟨exp(−W)⟩", Value: 1.003, StdErr: 0.002},
		Rhs:  Term{Symbol: "exp(−ΔF)", Value: 1},
	}
	fmt.Println(q)
	fmt.Println(q.Check(3))
	// Output:
	// Jarzynski: ⟨exp(−W)⟩ = exp(−ΔF): 1.003(2) = 1, residual 0.003
	// holds
}
