package measure

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Pinwheel is normals on rays, with equal weights, bent into the arms of a wheel: a
// point (a, b) with a ~ N(1, Radial²) and b ~ N(0, Tangential²) is turned by
// 2πj/Arms + Bend eᵃ for arm j. It has no density in closed form. See M. Johnson et
// al., Composing graphical models with neural networks, NeurIPS 2016.
type Pinwheel struct {
	Arms       int     // default 5
	Radial     float64 // default 0.3
	Tangential float64 // default 0.1
	Bend       float64 // default ¼
}

var _ Measure = Pinwheel{}

// Dim returns 2.
func (Pinwheel) Dim() int { return 2 }

// Sample fills the rows of dst with independent draws. It panics if a field is
// negative or not finite.
func (p Pinwheel) Sample(dst *mat.Dense, key rng.Key) {
	const fn = "measure.Pinwheel.Sample"
	checkToy(fn, "Arms", float64(p.Arms))
	arms := cmp.Or(p.Arms, 5)
	radial, tangential := orToy(fn, "Radial", p.Radial, 0.3), orToy(fn, "Tangential", p.Tangential, 0.1)
	bend := orToy(fn, "Bend", p.Bend, 0.25)
	n := checkRows(fn, nil, dst, 2)
	u, eps := make([]float64, n), make([]float64, 2*n)
	key.Named("position").Uniform(u)
	key.Named("noise").Normal(eps)
	for i := range n {
		a, b := 1+radial*eps[2*i], tangential*eps[2*i+1]
		sin, cos := math.Sincos(2*math.Pi*float64(part(u[i], arms))/float64(arms) + bend*math.Exp(a))
		dst.Set(i, 0, a*cos-b*sin)
		dst.Set(i, 1, a*sin+b*cos)
	}
}
