package figure

import (
	"fmt"
	"math"
	"slices"
)

// Histogram draws samples as densities: in each of so many equal bins, from the
// least of all samples to the largest, the share of a sample's values over the
// bin's width. With bins 0 their number follows from Freedman's and Diaconis'
// rule for the first sample. Values that aren't finite are left out, and the
// figure says so. It panics if there are no samples or fewer samples than names.
func Histogram(bins int, names []string, samples ...[]float64) *Figure {
	if len(samples) == 0 || len(names) > len(samples) || bins < 0 {
		panic(fmt.Sprintf("figure: Histogram: %d samples, %d names, %d bins", len(samples), len(names), bins))
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	gone := 0
	for _, x := range samples {
		a, b, n := span2(x)
		if gone += len(x) - n; n > 0 {
			lo, hi = math.Min(lo, a), math.Max(hi, b)
		}
	}
	if !(lo <= hi) {
		lo, hi = 0, 1
	}
	if lo == hi {
		lo, hi = lo-0.5, hi+0.5
	}
	if bins == 0 {
		bins = rule(samples[0], hi-lo)
	}
	f := &Figure{XLabel: "$x$", YLabel: "density"}
	if gone > 0 {
		f.Caption = "Left out: " + count(gone, "value", "values") + " NaN or infinite."
	}
	var curves []Series
	var turn cycle
	for i, x := range samples {
		h := Curve{Color: Auto}
		h.Color, h.Dash = turn.next(Auto, AutoDash)
		if i < len(names) {
			h.Name = names[i]
		}
		h.X, h.Y = steps(x, lo, hi, bins)
		if len(samples) <= 3 {
			f.Series = append(f.Series, Band{X: h.X, Lo: make([]float64, len(h.X)), Hi: h.Y, Color: h.Color})
		}
		curves = append(curves, h)
	}
	f.Series = append(f.Series, curves...)
	return f
}

// steps returns the outline of a histogram.
func steps(x []float64, lo, hi float64, bins int) (xs, ys []float64) {
	counts := make([]float64, bins)
	n := 0.0
	for _, v := range x {
		if finite(v) {
			counts[min(bins-1, int(float64(bins)*((v-lo)/(hi-lo))))]++
			n++
		}
	}
	width := (hi - lo) / float64(bins)
	for i, c := range counts {
		y := 0.0
		if n > 0 {
			y = c / (n * width)
		}
		xs = append(xs, lo+float64(i)*width, lo+float64(i+1)*width)
		ys = append(ys, y, y)
	}
	return xs, ys
}

// rule is that of Freedman and Diaconis: bins of twice the interquartile range
// over the cube root of the number of values.
func rule(x []float64, span float64) int {
	sorted := sortedFinite(x)
	n := len(sorted)
	if n < 4 {
		return 10
	}
	width := 2 * (sorted[3*n/4] - sorted[n/4]) / math.Cbrt(float64(n))
	if !(width > 0) {
		return 10
	}
	return int(math.Max(5, math.Min(100, math.Ceil(span/width))))
}

func sortedFinite(x []float64) []float64 {
	v := slices.DeleteFunc(slices.Clone(x), func(x float64) bool { return !finite(x) })
	slices.Sort(v)
	return v
}
