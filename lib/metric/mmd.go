package metric

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
)

// MMDOptions are the options of MMDSquared. The zero value is ready to use.
type MMDOptions struct {
	// Widths are the standard deviations h of the Gaussian kernels
	// exp(−|x − y|²/(2h²)), whose mean is taken. nil means one, MedianDistance
	// of the samples together: give that of a reference where distances are to
	// be compared with each other.
	Widths []float64
	// Unbiased leaves the pairs of a point with itself out, so that the mean over
	// samples of equal weights is that of the laws; the value may then be
	// negative. Otherwise it is that of the measures on the points, ≥ 0.
	Unbiased bool
}

// MMDSquared returns the square of the maximum mean discrepancy
//
//	E k(X, X′) + E k(Y, Y′) − 2 E k(X, Y)
//
// between two weighted samples, for a mean k of Gaussian kernels (A. Gretton et al.,
// J. Mach. Learn. Res. 13, 723, 2012). It has no unit. All pairs of points are taken.
//
// It returns an error for the samples that Energy refuses, if a width isn't positive and
// finite, if the median distance is 0 and no width is given, if an unbiased one is
// asked for of a sample whose weight is in one point, and the context's error, wrapped,
// if that ends.
func MMDSquared(ctx context.Context, x mat.Matrix, xw []float64, y mat.Matrix, yw []float64, opt MMDOptions) (float64, error) {
	const fn = "metric.MMDSquared"
	a, b, err := newSamples(fn, x, xw, y, yw)
	if err != nil {
		return 0, err
	}
	widths := opt.Widths
	if widths == nil {
		h, err := MedianDistance(x, y)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", fn, err)
		}
		widths = []float64{h}
	}
	if len(widths) == 0 {
		return 0, fmt.Errorf("%s: there are no widths", fn)
	}
	// Powers of two: squares neither overflow nor lose what counts.
	_, e := math.Frexp(max(a.size, b.size))
	a.scale(-e)
	b.scale(-e)
	rates := make([]float64, len(widths))
	for k, h := range widths {
		if !(h > 0) || math.IsInf(h, 1) {
			return 0, fmt.Errorf("%s: Widths[%d] is %v, want a positive finite number", fn, k, h)
		}
		h = math.Ldexp(h, -e)
		rates[k] = min(0.5/h/h, math.MaxFloat64) // 0·∞ isn't 0
	}
	share := 1 / float64(len(rates))
	kernels := func(w, row []float64) float64 {
		var sum, lost float64 // and its errors, without branches
		k := make([]float64, len(row))
		for _, r := range rates {
			for j, v := range row {
				k[j] = -v * r
			}
			kernel.Exp(k, k)
			for j, v := range k {
				d := w[j] * v
				t := sum + d
				z := t - sum
				lost += (sum - (t - z)) + (d - z)
				sum = t
			}
		}
		return (sum + lost) * share
	}
	var total num.Sum
	for _, part := range [...]struct {
		a, b *sample
		sign float64
	}{{a, a, 1}, {b, b, 1}, {a, b, -2}} {
		mean, err := meanPairs(ctx, part.a, part.b, kernels)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", fn, err)
		}
		if opt.Unbiased && part.a == part.b {
			var self num.Sum // the weight of the pairs (i, i), at k = 1
			for _, w := range part.a.weights {
				self.Add(w * w)
			}
			s := self.Value()
			if !(s < 1) {
				return 0, fmt.Errorf("%s: a sample has its weight in one point, want two for an unbiased value", fn)
			}
			mean = (mean - s) / (1 - s)
		}
		total.Add(part.sign * mean)
	}
	if v := total.Value(); opt.Unbiased || v > 1e-15 {
		return v, nil
	}
	return 0, nil
}

// MedianDistance returns the median of the distances between different points of two
// samples together, of at most about 1,000 of them, evenly chosen: the median
// heuristic for the width of a kernel. Weights don't count. It returns an error for
// the samples that Energy refuses, and if the median is 0 or overflows.
func MedianDistance(x, y mat.Matrix) (float64, error) {
	const fn, most = "metric.MedianDistance", 1000
	a, b, err := newSamples(fn, x, nil, y, nil)
	if err != nil {
		return 0, err
	}
	rows := append(slices.Clone(a.rows), b.rows...)
	n, d := a.n+b.n, a.dim
	step := (n + most - 1) / most
	var all []float64
	for i := 0; i < n; i += step {
		for j := 0; j < i; j += step {
			var r float64
			for k, v := range rows[i*d:][:d] {
				r = math.Hypot(r, v-rows[j*d+k])
			}
			all = append(all, r)
		}
	}
	slices.Sort(all)
	if h := all[len(all)/2]; h > 0 && !math.IsInf(h, 1) {
		return h, nil
	}
	return 0, fmt.Errorf("%s: the median distance is %v, want a positive finite number", fn, all[len(all)/2])
}
