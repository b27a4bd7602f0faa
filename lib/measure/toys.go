package measure

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// SwissRoll is a spiral in the plane with noise,
// Scale·t·(cos t, sin t) + Noise·ε with t = (3π/2)(1 + 2u), u uniform on [0, 1]
// and ε ~ N(0, I): a section of the usual set. It has no density in closed form.
type SwissRoll struct {
	Scale float64 // default 1, for radii from 4.7 to 14.1
	Noise float64 // standard deviation on each coordinate
}

// Moons is two half circles that interlock, with equal weights: (cos πu, sin πu)
// and (1 − cos πu, ½ − sin πu), u uniform on [0, 1], with Noise·ε added,
// ε ~ N(0, I). It has no density in closed form.
type Moons struct {
	Noise float64 // standard deviation on each coordinate
}

var (
	_ Measure = SwissRoll{}
	_ Moments = Moons{}
)

// GaussianRing returns k normals of standard deviation sd and equal weights, at
// radius·(cos 2πj/k, sin 2πj/k), j = 0 … k−1. It returns a DimError unless k ≥ 1,
// and the errors of [NewGaussian].
func GaussianRing(k int, radius, sd float64) (*Mixture, error) {
	if k < 1 {
		return nil, &DimError{"measure.GaussianRing", "the ring", k, 1}
	}
	weights, parts := make([]float64, k), make([]*Gaussian, k)
	for j := range k {
		sin, cos := math.Sincos(2 * math.Pi * float64(j) / float64(k))
		g, err := NewGaussian([]float64{radius * cos, radius * sin}, mat.NewDiagDense(2, []float64{sd * sd, sd * sd}))
		if err != nil {
			return nil, err
		}
		weights[j], parts[j] = 1, g
	}
	return NewMixture(weights, parts)
}

// Dim returns 2.
func (SwissRoll) Dim() int { return 2 }

// Sample fills the rows of dst with independent draws. It panics if a field is
// negative or not finite.
func (s SwissRoll) Sample(dst *mat.Dense, key rng.Key) {
	const fn = "measure.SwissRoll.Sample"
	checkToy(fn, "Scale", s.Scale)
	scale := s.Scale
	if scale == 0 {
		scale = 1
	}
	sampleToy(fn, dst, key, s.Noise, func(_, u float64) (x, y float64) {
		t := 1.5 * math.Pi * (1 + 2*u)
		sin, cos := math.Sincos(t)
		return scale * t * cos, scale * t * sin
	})
}

// Dim returns 2.
func (Moons) Dim() int { return 2 }

// Sample fills the rows of dst with independent draws. It panics if Noise is
// negative or not finite.
func (m Moons) Sample(dst *mat.Dense, key rng.Key) {
	sampleToy("measure.Moons.Sample", dst, key, m.Noise, func(branch, u float64) (x, y float64) {
		sin, cos := math.Sincos(math.Pi * u)
		if branch < 0.5 {
			return cos, sin
		}
		return 1 - cos, 0.5 - sin
	})
}

// Mean stores (½, ¼) into dst, which is allocated if nil, and returns it.
func (Moons) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, 2)
	}
	checkLen("measure.Moons.Mean", dst, 2)
	dst[0], dst[1] = 0.5, 0.25
	return dst
}

// Cov stores the covariance into dst, which must be empty or 2×2: with c = 2/π and
// b = c − ¼ it is [¾, −b/2; −b/2, ½ − c² + b²] + Noise² I.
func (m Moons) Cov(dst *mat.SymDense) {
	if dst.IsEmpty() {
		dst.ReuseAsSym(2)
	} else if n := dst.SymmetricDim(); n != 2 {
		panic((&DimError{"measure.Moons.Cov", "dst", n, 2}).Error())
	}
	// About its centre (±½, ±(c − ¼)) from the mean, a branch has the variances
	// ½ and ½ − c², and no covariance.
	c := 2 / math.Pi
	v := m.Noise * m.Noise
	dst.SetSym(0, 0, 0.75+v)
	dst.SetSym(0, 1, -0.5*(c-0.25))
	dst.SetSym(1, 1, 0.5-c*c+(c-0.25)*(c-0.25)+v)
}

func checkToy(fn, name string, v float64) {
	if !(v >= 0) || math.IsInf(v, 1) {
		panic((&ValueError{fn, name, v, "a finite number ≥ 0"}).Error())
	}
}

// sampleToy draws a point of a curve from two uniform numbers, and adds noise.
func sampleToy(fn string, dst *mat.Dense, key rng.Key, noise float64, curve func(branch, u float64) (x, y float64)) {
	checkToy(fn, "Noise", noise)
	n := checkRows(fn, nil, dst, 2)
	u, eps := make([]float64, 2*n), make([]float64, 2*n)
	key.Named("position").Uniform(u)
	key.Named("noise").Normal(eps)
	for i := range n {
		x, y := curve(u[2*i], u[2*i+1])
		dst.Set(i, 0, x+noise*eps[2*i])
		dst.Set(i, 1, y+noise*eps[2*i+1])
	}
}
