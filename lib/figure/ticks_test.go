package figure

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func labels(ticks []tick) []string {
	out := []string{}
	for _, t := range ticks {
		if t.label != "" {
			out = append(out, mustPlain(t.label))
		}
	}
	return out
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		log    bool
		n      int
		want   []string
	}{
		{0, 1, false, 6, []string{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
		{0, 1, false, 11, []string{"0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0"}},
		{-1.5, 1.5, false, 4, []string{"−1", "0", "1"}},
		{-30, 170, false, 5, []string{"0", "50", "100", "150"}},
		{0, 2.1e-5, false, 3, []string{"0", "10⁻⁵", "2×10⁻⁵"}},
		{0, 2.1e-5, false, 5, []string{"0", "0.5×10⁻⁵", "10⁻⁵", "1.5×10⁻⁵", "2×10⁻⁵"}},
		{-2e7, 2e7, false, 3, []string{"−2×10⁷", "0", "2×10⁷"}},
		{1000, 1000.3, false, 4, []string{"1000.0", "1000.1", "1000.2", "1000.3"}},
		{1e-5, 1e1, true, 10, []string{"10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"}},
		{1e-5, 1e1, true, 4, []string{"10⁻⁴", "10⁻²", "10⁰"}},
		{0.003, 0.9, true, 4, []string{"0.01", "0.1"}},
		{0.01, 1000, true, 8, []string{"0.01", "0.1", "1", "10", "100", "1000"}},
		{0.003, 0.9, true, 5, []string{"0.003", "0.01", "0.03", "0.1", "0.3"}},
		{0.036, 0.55, true, 4, []string{"0.05", "0.1", "0.2", "0.5"}},
		{0.036, 0.55, true, 3, []string{"0.05", "0.1", "0.5"}},
		{0.036, 0.55, true, 2, []string{"0.1", "0.3"}},
		{0.11, 0.9, true, 2, []string{"0.2", "0.5"}},
		{0.0018, 0.63, true, 3, []string{"0.01", "0.1"}},
		{0.05, 2, true, 8, []string{"0.05", "0.1", "0.2", "0.5", "1", "2"}},
		{2, 4, true, 5, []string{"2.0", "2.5", "3.0", "3.5", "4.0"}},
		{1e-9, 1e-8, true, 5, []string{"10⁻⁹", "2×10⁻⁹", "5×10⁻⁹", "10⁻⁸"}},
	} {
		a := axis{lo: c.lo, hi: c.hi, log: c.log}
		if got := labels(a.ticks(c.n)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("[%g, %g] log %v n %d:\n got %q\nwant %q", c.lo, c.hi, c.log, c.n, got, c.want)
		}
	}
}

// A label must say what stands at its mark.
func TestTickLabelsAreTheirValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := math.Pow(10, rapid.Float64Range(-280, 280).Draw(t, "magnitude"))
		mid := rapid.Float64Range(-1, 1).Draw(t, "middle")
		half := math.Pow(10, rapid.Float64Range(-6, 1).Draw(t, "half width"))
		lo, hi := (mid-half)*scale, (mid+half)*scale
		n := rapid.IntRange(2, 15).Draw(t, "n")
		ticks := linearTicks(lo, hi, n)
		if len(ticks) > max(n, 5) {
			t.Fatalf("%d ticks, want at most %d", len(ticks), n)
		}
		if len(ticks) < 2 && n >= 3 {
			t.Fatalf("%d ticks in [%g, %g] with n = %d", len(ticks), lo, hi, n)
		}
		for i, k := range ticks {
			if k.value < lo-1e-8*(hi-lo) || k.value > hi+1e-8*(hi-lo) {
				t.Fatalf("tick %g outside [%g, %g]", k.value, lo, hi)
			}
			if i > 0 && k.value <= ticks[i-1].value {
				t.Fatalf("ticks don't ascend: %g after %g", k.value, ticks[i-1].value)
			}
			if got := parseTick(t, k.label); math.Abs(got-k.value) > 1e-9*math.Max(math.Abs(k.value), hi-lo) {
				t.Fatalf("tick at %g says %q, which is %g", k.value, mustPlain(k.label), got)
			}
		}
	})
}

func parseTick(t interface{ Fatalf(string, ...any) }, label string) float64 {
	s := strings.NewReplacer("−", "-", " ", "").Replace(mustPlain(label))
	mantissa, power, scientific := strings.Cut(s, "×")
	if !scientific && strings.ContainsAny(s, "⁰¹²³⁴⁵⁶⁷⁸⁹") {
		mantissa, power = "1", s
		if strings.HasPrefix(s, "-") {
			mantissa, power = "-1", s[1:]
		}
	}
	exp := "0"
	if power != "" {
		exp = strings.NewReplacer("⁰", "0", "¹", "1", "²", "2", "³", "3", "⁴", "4", "⁵", "5", "⁶", "6", "⁷", "7", "⁸", "8", "⁹", "9", "⁻", "-").
			Replace(strings.TrimPrefix(power, "10"))
	}
	v, err := strconv.ParseFloat(mantissa+"e"+exp, 64)
	if err != nil {
		t.Fatalf("label %q: %v", label, err)
	}
	return v
}

func TestLogTicksStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(-300, 299).Draw(t, "log10 lo")
		lo := math.Pow(10, a)
		hi := math.Pow(10, math.Min(307, a+math.Pow(10, rapid.Float64Range(-3, 2.7).Draw(t, "decades"))))
		n := rapid.IntRange(2, 12).Draw(t, "n")
		var labelled int
		for _, k := range logTicks(lo, hi, n) {
			if k.value < lo*(1-1e-8) || k.value > hi*(1+1e-8) {
				t.Fatalf("tick %g outside [%g, %g]", k.value, lo, hi)
			}
			if k.label != "" {
				labelled++
				if got := parseTick(t, k.label); math.Abs(got/k.value-1) > 1e-8 {
					t.Fatalf("tick at %g says %q", k.value, mustPlain(k.label))
				}
			}
		}
		if n >= 6 && labelled < 2 && math.Log10(hi/lo) > 0.1 {
			t.Fatalf("%d labels on [%g, %g]", labelled, lo, hi)
		}
	})
}
