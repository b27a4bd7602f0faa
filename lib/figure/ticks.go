package figure

import (
	"math"
	"strconv"
	"strings"
)

// A tick is a mark on an axis; minor ticks have no label.
type tick struct {
	value float64
	label string
}

// linearTicks returns marks at multiples of 1, 2 or 5 times a power of ten
// within [lo, hi]: at most n, unless that would leave fewer than two.
func linearTicks(lo, hi float64, n int) []tick {
	n = max(n, 2)
	mantissa, exp := niceStep((hi - lo) / float64(3*n)) // too fine; coarsened below
	ticks := multiples(lo, hi, mantissa, exp)
	for len(ticks) > n {
		mantissa, exp = nextStep(mantissa, exp)
		fewer := multiples(lo, hi, mantissa, exp)
		if len(fewer) < 2 {
			break
		}
		ticks = fewer
	}
	return ticks
}

// niceStep returns the smallest step m·10^e ≥ x with m in {1, 2, 5}.
func niceStep(x float64) (m, e int) {
	e = int(math.Floor(math.Log10(x)))
	for _, m := range []int{1, 2, 5} {
		if step(m, e) >= x*(1-1e-9) {
			return m, e
		}
	}
	return 1, e + 1
}

func nextStep(m, e int) (int, int) {
	switch m {
	case 1:
		return 2, e
	case 2:
		return 5, e
	}
	return 1, e + 1
}

func step(m, e int) float64 { return times10(float64(m), e) }

// times10 is x·10^e with one rounding where powers of ten are exact.
func times10(x float64, e int) float64 {
	if e < -300 { // 10^-e overflows
		return x * math.Pow10(e)
	}
	if e < 0 {
		return x / math.Pow10(-e)
	}
	return x * math.Pow10(e)
}

func multiples(lo, hi float64, m, e int) []tick {
	d := step(m, e)
	slack := 1e-9
	first, last := math.Ceil(lo/d-slack), math.Floor(hi/d+slack)
	// The power of ten of the whole axis, should the numbers need one.
	mag := int(math.Floor(math.Log10(math.Max(math.Abs(first), math.Abs(last))*d) + 1e-9))
	var ticks []tick
	for i := first; i <= last && len(ticks) < 100; i++ {
		ticks = append(ticks, tick{times10(i*float64(m), e), number(i*float64(m), e, mag)})
	}
	return ticks
}

// number writes k·10^e for an axis whose largest number is of order 10^mag.
func number(k float64, e, mag int) string {
	if k == 0 {
		return "0"
	}
	if mag >= 5 || mag < -3 {
		mantissa := strconv.FormatFloat(times10(k, e-mag), 'f', max(0, mag-e), 64)
		if strings.Contains(mantissa, ".") {
			mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
		}
		return scientific(mantissa, mag)
	}
	return minus(strconv.FormatFloat(times10(k, e), 'f', max(0, -e), 64))
}

// logTicks returns marks for a logarithmic axis with at most n labels: at 1, 2
// and 5, at 1 and 3 or at 1 and 5 times powers of ten where there are few
// decades, whichever gives most; at powers of ten where there are more, thinned
// if need be; and linear marks within a decade. Marks without labels stand
// between them.
func logTicks(lo, hi float64, n int) []tick {
	n = max(n, 2)
	const slack = 1e-9
	span := math.Log10(hi) - math.Log10(lo)
	if span < 0.7 {
		return linearTicks(lo, hi, n)
	}
	first, last := int(math.Ceil(math.Log10(lo)-slack)), int(math.Floor(math.Log10(hi)+slack))
	inside := func(v float64) bool { return v >= lo*(1-slack) && v <= hi*(1+slack) }
	count := func(mantissas [10]bool) int {
		k := 0
		for e := first - 1; e <= last; e++ {
			for m, on := range mantissas {
				if on && inside(step(m, e)) {
					k++
				}
			}
		}
		return k
	}
	labelled, every := [10]bool{1: true}, 1 // mantissas and powers
	if span < 3.2 {
		most := 0
		for _, set := range [][10]bool{{1: true, 2: true, 5: true}, {1: true, 3: true}, {1: true, 5: true}, {1: true}, {2: true, 5: true}, {3: true, 7: true}} {
			if k := count(set); k > most && k <= n {
				most, labelled = k, set
			}
		}
		if most < 2 { // for a short axis
			return linearTicks(lo, hi, n)
		}
	}
	for (count(labelled)+every-1)/every > n {
		every++
	}
	plain := first >= -2 && last <= 4
	var ticks []tick
	for e := first - 1; e <= last; e++ {
		for m := 1; m <= 9; m++ {
			v := step(m, e)
			if !inside(v) {
				continue
			}
			switch {
			case labelled[m] && mod(e, every) == 0:
				ticks = append(ticks, tick{v, power(m, e, plain)})
			case m == 1 || every == 1 && span <= 7:
				ticks = append(ticks, tick{value: v})
			}
		}
	}
	return ticks
}

func mod(a, b int) int { return ((a % b) + b) % b }

// power writes m·10^e on a logarithmic axis.
func power(m, e int, plain bool) string {
	if plain {
		return strconv.FormatFloat(step(m, e), 'f', max(0, -e), 64)
	}
	return scientific(strconv.Itoa(m), e)
}

// scientific writes mantissa·10^e in the digits of the other marks.
func scientific(mantissa string, e int) string {
	power := `$\mathsf{10}^{\mathsf{` + minus(strconv.Itoa(e)) + `}}$`
	switch mantissa {
	case "1":
		return power
	case "-1":
		return "−" + power
	}
	return minus(mantissa) + `$\,{\times}\,$` + power
}

// minus makes a hyphen a minus sign.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }
