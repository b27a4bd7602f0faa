package rng

import (
	"math"
	"slices"
	"testing"
)

// within reports got if it is further than five standard errors from want.
func within(t *testing.T, what string, got, want, stderr float64) {
	t.Helper()
	if !near(got, want, stderr) {
		t.Errorf("%s: got %v, want %v ± %v (%.1f standard errors)", what, got, want, stderr, math.Abs(got-want)/stderr)
	}
}

func near(got, want, stderr float64) bool { return math.Abs(got-want) <= 5*stderr }

// kolmogorov returns √n times the largest distance between the empirical
// distribution function of x and cdf. It exceeds 1.95 once in a thousand
// samples that follow cdf.
func kolmogorov(x []float64, cdf func(float64) float64) float64 {
	x = slices.Sorted(slices.Values(x))
	n, d := float64(len(x)), 0.0
	for i, v := range x {
		p := cdf(v)
		d = max(d, p-float64(i)/n, float64(i+1)/n-p)
	}
	return math.Sqrt(n) * d
}

// excess returns the chi-squared statistic of equally likely cells as a
// deviation from its mean in standard deviations.
func excess(cells []int) float64 {
	n := 0
	for _, c := range cells {
		n += c
	}
	mean, chi2 := float64(n)/float64(len(cells)), 0.0
	for _, c := range cells {
		chi2 += (float64(c) - mean) * (float64(c) - mean) / mean
	}
	dof := float64(len(cells) - 1)
	return (chi2 - dof) / math.Sqrt(2*dof)
}

// correlation returns √n times the mean product of two samples of mean zero
// and variance one.
func correlation(x, y []float64) float64 {
	s := 0.0
	for i := range x {
		s += x[i] * y[i]
	}
	return s / math.Sqrt(float64(len(x)))
}

func phi(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// TestStatistics feeds the helpers what they must reject.
func TestStatistics(t *testing.T) {
	if near(1.6, 1, 0.1) || near(math.NaN(), 1, 0.1) || !near(1.4, 1, 0.1) {
		t.Error("near is wrong")
	}
	x := make([]float64, 1<<16)
	New(1).Normal(x)
	for i := range x {
		x[i] = 1.01*x[i] + 0.03
	}
	if d := kolmogorov(x, phi); d < 1.95 {
		t.Errorf("kolmogorov accepts a shifted sample: %v", d)
	}
	if c := correlation(x, x); c < 5 {
		t.Errorf("correlation accepts equal samples: %v", c)
	}
	if e := excess([]int{1000, 1000, 1200, 1000}); e < 5 {
		t.Errorf("excess accepts unequal cells: %v", e)
	}
	if e := excess([]int{1000, 1030, 980, 990}); e > 5 {
		t.Errorf("excess rejects ordinary cells: %v", e)
	}
}
