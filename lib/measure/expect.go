package measure

import (
	"fmt"
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
)

// Expect returns E f(X) of a measure on the line and a bound on the error, by
// adaptive quadrature to about 12 digits. Further knots say where f jumps or
// bends. The tails beyond a probability of e⁻⁴⁸ are left out.
//
// It returns an error if the integral doesn't converge, with the best value
// found, and if f isn't finite. It panics if the dimension isn't 1.
func Expect(m LineDensity, f func(x float64) float64, knots ...float64) (value, bound float64, err error) {
	const fn, tail = "measure.Expect", -48
	logp := Scalar(m)
	q := num.Quad{Rel: 1e-12}
	// Where the terms cancel, what counts is accuracy beside their size.
	v, e, ok := q.Integrate(2, func(x float64, y []float64) {
		fx := f(x)
		y[1] = math.Exp(logp(x)) * math.Abs(fx)
		y[0] = math.Exp(logp(x)) * (fx + math.Abs(fx))
	}, num.Knots(KnotsOf(m, append([]float64(nil), knots...)), m.LogQuantile(tail, false), m.LogQuantile(tail, true)))
	value, bound = v[0]-v[1], e[0]+e[1]
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		return value, bound, fmt.Errorf("%s: the function isn't finite on the support", fn)
	case !ok:
		return value, bound, fmt.Errorf("%s: not converged: the estimated error is %.3g", fn, bound)
	}
	return value, bound, nil
}
