package bounds

import (
	"math"
	"slices"
)

// Tail says how far a mean of positive ratios can be trusted that few of them may rule.
type Tail struct {
	// Effective is the number of equal ratios that would know their mean as well,
	// (Σ w)²/Σ w².
	Effective float64
	// Shape is the exponent k of a generalised Pareto law fitted to the largest ratios: their
	// moments exist below 1/k. Beyond ½ there is no standard error, and beyond 0.7 a mean isn't to
	// be trusted: as a rule it is too small. NaN for less than 25 ratios.
	Shape float64
}

// Trusted tells whether the mean is.
func (t Tail) Trusted() bool { return t.Shape < 0.7 }

// tailOf returns the tail of ratios given by their logarithms.
//
// J. Zhang and M. Stephens, Technometrics 51, 316 (2009), with the prior and the number of
// ratios of A. Vehtari et al., arXiv:1507.02646.
func tailOf(logs []float64) Tail {
	n := len(logs)
	top := slices.Max(logs)
	w := make([]float64, n)
	var sum, squares float64
	for i, l := range logs {
		w[i] = math.Exp(l - top)
		sum += w[i]
		squares += w[i] * w[i]
	}
	t := Tail{Effective: sum * sum / squares, Shape: math.NaN()}
	m := int(math.Min(float64(n)/5, 3*math.Sqrt(float64(n))))
	if n < 25 {
		return t
	}
	slices.Sort(w)
	x := w[n-m:]
	threshold := w[n-m-1]
	for i := range x {
		x[i] -= threshold
	}
	if x[0] <= 0 || x[m-1]-x[0] <= 1e-12*x[m-1] { // equal ratios have no tail
		t.Shape = 0
		return t
	}
	shape := func(theta float64) (k float64) {
		for _, v := range x {
			k += math.Log1p(-theta * v)
		}
		return k / float64(m)
	}
	grid := 30 + int(math.Sqrt(float64(m)))
	quartile := x[(m+2)/4-1]
	thetas, likelihoods := make([]float64, grid), make([]float64, grid)
	for j := range thetas {
		theta := 1/x[m-1] + (1-math.Sqrt(float64(grid)/(float64(j)+0.5)))/(3*quartile)
		k := shape(theta)
		thetas[j], likelihoods[j] = theta, float64(m)*(math.Log(-theta/k)-k-1)
	}
	best := slices.Max(likelihoods)
	var theta, weight float64
	for j, l := range likelihoods {
		p := math.Exp(l - best)
		theta += p * thetas[j]
		weight += p
	}
	t.Shape = (shape(theta/weight)*float64(m) + 5) / float64(m+10)
	return t
}
