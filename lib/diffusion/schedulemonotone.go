package diffusion

import "sort"

// monotone is a piecewise cubic that never decreases: Hermite's, with the slopes
// of the parabola through three neighbours, cut to three times the smaller
// secant beside a knot, which is enough (F. Fritsch and R. Carlson, SIAM J.
// Numer. Anal. 17, 1980). Straight lines and, where the cut allows, parabolas
// are reproduced.
//
// It works on the rises between knots, so that the caller can anchor values at
// whichever end of an interval they are small.
type monotone struct {
	x, rise, slope []float64
}

// newMonotone takes strictly increasing knots and the rises ≥ 0 between them.
func newMonotone(x, rise []float64) monotone {
	slope := parabolic(x, rise)
	for i := range slope {
		limit := 0.0
		switch {
		case i == 0:
			limit = 3 * rise[0] / (x[1] - x[0])
		case i == len(rise):
			limit = 3 * rise[i-1] / (x[i] - x[i-1])
		default:
			limit = 3 * min(rise[i-1]/(x[i]-x[i-1]), rise[i]/(x[i+1]-x[i]))
		}
		slope[i] = min(max(slope[i], 0), limit)
	}
	return monotone{x, rise, slope}
}

// parabolic returns the slopes at the knots of the parabolas through each knot
// and its neighbours, or through the three nearest the end.
func parabolic(x, rise []float64) []float64 {
	n := len(rise)
	slope := make([]float64, n+1)
	if n == 1 {
		slope[0] = rise[0] / (x[1] - x[0])
		slope[1] = slope[0]
		return slope
	}
	for i := 1; i < n; i++ {
		h0, h1 := x[i]-x[i-1], x[i+1]-x[i]
		d0, d1 := rise[i-1]/h0, rise[i]/h1
		slope[i] = (h1*d0 + h0*d1) / (h0 + h1)
		if i == 1 {
			slope[0] = d0 + h0*(d0-d1)/(h0+h1)
		}
		if i == n-1 {
			slope[n] = d1 + h1*(d1-d0)/(h0+h1)
		}
	}
	return slope
}

// at returns the interval that t lies in, how far the cubic has risen in it, how
// far it will yet rise, and its slope.
func (m monotone) at(t float64) (i int, risen, left, slope float64) {
	return hermite(m.x, m.rise, m.slope, t)
}

func hermite(knots, rises, slopes []float64, t float64) (i int, risen, left, slope float64) {
	i = min(max(sort.SearchFloat64s(knots, t)-1, 0), len(rises)-1)
	h := knots[i+1] - knots[i]
	x, z := (t-knots[i])/h, (knots[i+1]-t)/h
	r, a, b := rises[i], slopes[i]*h, slopes[i+1]*h
	risen = x * (r*x*(3-2*x) + z*(a*z-b*x))
	left = z * (r*z*(3-2*z) + x*(b*x-a*z))
	slope = (6*r*x*z + a*z*(z-2*x) + b*x*(x-2*z)) / h
	return i, risen, left, slope
}
