package notebook

import (
	"math"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

func TestTerms(t *testing.T) {
	for _, c := range []struct {
		value, stderr, bound float64
		want                 string
	}{
		{0.00474482, 0, 0, "0.00474482"},
		{0.123456789, 0, 1e-12, "0.123457"},                                      // six digits hide the bound
		{1.54599e-10, 0, 1.1e-10, "2e−10 ±2e−10"},                                // no digit below the bound
		{1.54599e-10, 0, 1.6e-10, "2e−10 ±1e−09"},                                // as large as the number
		{0.16, 0.04, 0.23, "0.16(4) ±0.3"},                                       // larger than the number
		{0.123456789, 0, 0.00031, "0.123 ±0.0004"},                               // it counts: one digit, up
		{0.123456789, 0, 0.0003, "0.123 ±0.0003"},                                // no further up
		{0.123456789, 0, 2.3e-6, "0.12346 ±1e−05"},                               // it hardly counts
		{1234.5678, 0, 20, "1.2e+03 ±20"},                                        //
		{0, 0, 3e-17, "0 ±1e−16"},                                                //
		{0.5, 0.1, 0.01, "0.50(10) ±0.01"},                                       // the standard error says how many digits
		{math.Inf(1), 0, 0, "∞"},                                                 //
		{math.NaN(), 0, 1, "NaN"},                                                //
		{1, 0, math.Inf(1), "1 ±∞"},                                              //
		{math.MaxFloat64, 0, math.MaxFloat64, "2e+308 ±1.7976931348623157e+308"}, //
		{5e-324, 0, 5e-324, "5e−324 ±1e−307"},                                    //
	} {
		if got := term(relation.Term{Value: c.value, StdErr: c.stderr, Bound: c.bound}); got != c.want {
			t.Errorf("%v(%v) ±%v: got %q, want %q", c.value, c.stderr, c.bound, got, c.want)
		}
	}
}

func TestDifferences(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		a, b, boundA, boundB float64
		want                 string
	}{
		{1, 1, 0, 0, "< 1e−12"},
		{1, 1 - 1e-15, 0, 0, "< 1e−12"},
		{1e-5, 1e-5 * (1 + 1e-13), 0, 0, "< 1e−17"},
		{1, 1 - 1e-9, 2e-9, 3e-9, "< 1e−08"},
		{1, 1 - 1.2345e-8, 2e-9, 3e-9, "1e−08"}, // above the bounds, but for one digit
		{1, 1 - 1.23456e-3, 2e-9, 3e-9, "0.001235"},
		{1, 0.5, 0, 0, "0.5"},
		{0, 0, 0, 0, "0"},
		{0, 0, 1e-3, 0, "< 0.001"},
		{inf, 1, 0, 0, "∞"},
		{inf, inf, 0, 0, "0"},
		{math.NaN(), 1, 0, 0, "NaN"},
		{1, 0.5, inf, 0, "0.5"},
	} {
		q := relation.Identity{Lhs: relation.Term{Value: c.a, Bound: c.boundA}, Rhs: relation.Term{Value: c.b, Bound: c.boundB}}
		if got := difference(q.Residual(), q.Lhs, q.Rhs, 4); got != c.want {
			t.Errorf("%v ±%v − %v ±%v: got %q, want %q", c.a, c.boundA, c.b, c.boundB, got, c.want)
		}
	}
}

// What rounding changes must not be seen.
func TestRoundingIsNotSeen(t *testing.T) {
	table := func(noise float64) string {
		b, err := render([]relation.Inequality{
			{Name: "saturated", Lo: relation.Term{Value: 0.107325}, Hi: relation.Term{Value: 0.107325 * (1 + noise)}},
			{Name: "within its bound", Lo: relation.Term{Value: 1, Bound: 2e-9 + noise}, Hi: relation.Term{Value: 1 + 1e-10}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return b.plain
	}
	want := table(1e-15)
	for _, noise := range []float64{0, 3e-16, 2.1e-15, -4.2e-14} {
		if got := table(noise); got != want {
			t.Errorf("noise %g: got\n%s\nwant\n%s", noise, got, want)
		}
	}
	if table(1e-7) == want {
		t.Error("a difference that counts isn't seen")
	}
	for _, lo := range []float64{1e-17, -3e-15} {
		q := relation.Inequality{Lo: relation.Term{Value: lo}, Hi: relation.Term{Value: 3}}
		if got, want := tightness(q), "< 1e−12"; got != want {
			t.Errorf("tightness of %g ≤ 3: got %q, want %q", lo, got, want)
		}
	}
}
