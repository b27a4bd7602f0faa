package measure

import (
	"cmp"
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

// Rings is circles about the origin with equal weights, Radii[j]·(cos 2πu, sin 2πu)
// with u uniform on [0, 1], and Noise·ε added, ε ~ N(0, I). It has no density in
// closed form.
type Rings struct {
	Radii []float64 // default ¼, ½, ¾, 1
	Noise float64   // standard deviation on each coordinate
}

// Spirals is arms that wind out from the origin, with equal weights: r (cos φ, sin φ)
// with φ = 2π (Turns r/Radius + j/Arms) for arm j, plus Noise·ε, ε ~ N(0, I); r² is
// uniform on [0, Radius²]. It has no density in closed form.
type Spirals struct {
	Arms   int     // default 2
	Turns  float64 // of an arm; default 1½
	Radius float64 // default 1
	Noise  float64 // standard deviation on each coordinate
}

var (
	_ Measure = SwissRoll{}
	_ Moments = Moons{}
	_ Moments = Rings{}
	_ Measure = Spirals{}
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
	scale := orToy(fn, "Scale", s.Scale, 1)
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
	reuseToy("measure.Moons.Cov", dst)
	// About its centre (±½, ±(c − ¼)) from the mean, a branch has the variances
	// ½ and ½ − c², and no covariance.
	c := 2 / math.Pi
	v := m.Noise * m.Noise
	dst.SetSym(0, 0, 0.75+v)
	dst.SetSym(0, 1, -0.5*(c-0.25))
	dst.SetSym(1, 1, 0.5-c*c+(c-0.25)*(c-0.25)+v)
}

// Dim returns 2.
func (Rings) Dim() int { return 2 }

// Sample fills the rows of dst with independent draws. It panics if Noise or a radius
// is negative or not finite.
func (r Rings) Sample(dst *mat.Dense, key rng.Key) {
	const fn = "measure.Rings.Sample"
	radii := r.radii()
	for _, v := range radii {
		checkToy(fn, "a radius", v)
	}
	sampleToy(fn, dst, key, r.Noise, func(branch, u float64) (x, y float64) {
		sin, cos := math.Sincos(2 * math.Pi * u)
		radius := radii[part(branch, len(radii))]
		return radius * cos, radius * sin
	})
}

// Mean stores 0 into dst, which is allocated if nil, and returns it.
func (Rings) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, 2)
	}
	checkLen("measure.Rings.Mean", dst, 2)
	clear(dst)
	return dst
}

// Cov stores the covariance into dst, which must be empty or 2×2: half the mean
// squared radius, plus Noise², times I.
func (r Rings) Cov(dst *mat.SymDense) {
	reuseToy("measure.Rings.Cov", dst)
	v := 0.0
	for _, radius := range r.radii() {
		v += radius * radius / 2
	}
	v = v/float64(len(r.radii())) + r.Noise*r.Noise
	dst.SetSym(0, 0, v)
	dst.SetSym(0, 1, 0)
	dst.SetSym(1, 1, v)
}

func (r Rings) radii() []float64 {
	if len(r.Radii) == 0 {
		return []float64{0.25, 0.5, 0.75, 1}
	}
	return r.Radii
}

// Dim returns 2.
func (Spirals) Dim() int { return 2 }

// Sample fills the rows of dst with independent draws. It panics if a field is
// negative or not finite.
func (s Spirals) Sample(dst *mat.Dense, key rng.Key) {
	const fn = "measure.Spirals.Sample"
	checkToy(fn, "Arms", float64(s.Arms))
	arms, turns, radius := cmp.Or(s.Arms, 2), orToy(fn, "Turns", s.Turns, 1.5), orToy(fn, "Radius", s.Radius, 1)
	sampleToy(fn, dst, key, s.Noise, func(branch, u float64) (x, y float64) {
		r := math.Sqrt(u)
		sin, cos := math.Sincos(2 * math.Pi * (turns*r + float64(part(branch, arms))/float64(arms)))
		return radius * r * cos, radius * r * sin
	})
}

// part returns which of n equal parts of [0, 1] holds u.
func part(u float64, n int) int { return min(int(u*float64(n)), n-1) }

// orToy returns v, or its default for 0.
func orToy(fn, name string, v, otherwise float64) float64 {
	checkToy(fn, name, v)
	return cmp.Or(v, otherwise)
}

func reuseToy(fn string, dst *mat.SymDense) {
	if dst.IsEmpty() {
		dst.ReuseAsSym(2)
	} else if n := dst.SymmetricDim(); n != 2 {
		panic((&DimError{fn, "dst", n, 2}).Error())
	}
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
