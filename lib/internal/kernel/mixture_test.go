package kernel

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"
)

// A mixtureCase is a mixture and a blend, and what they are at some points.
type mixtureCase struct {
	Name                                 string
	Weights, Means, Variances, Factors   []float64
	Offsets, Gains                       []float64
	Points                               []float64 // one after another, as are
	Logp, Responsibilities, Score, Blend []float64
}

func mixtureOf[T Float](c mixtureCase) *Mixture[T] {
	if c.Factors != nil {
		return NewFullMixture[T](c.Weights, c.Means, c.Factors)
	}
	return NewIsotropicMixture[T](c.Weights, c.Means, c.Variances)
}

func (c *mixtureCase) dim() int { return len(c.Means) / len(c.Weights) }

// pointsOf returns the points whose coordinates stand one after another.
func pointsOf[T Float](x []float64, d int) Points[T] {
	return NewPoints(appendAs[T](nil, x...), d)
}

func newPoints[T Float](n, d int) Points[T] { return NewPoints(make([]T, n*d), d) }

// randomCase returns a mixture of k components, whose weights span many orders
// of magnitude, and n points. All are numbers of float32 but for the variances.
func randomCase(r *rand.Rand, full bool, k, d, n int) mixtureCase {
	single := func(x float64) float64 { return float64(float32(x)) }
	c := mixtureCase{Name: fmt.Sprintf("full %v, k = %d, d = %d", full, k, d)}
	for range k {
		c.Weights = append(c.Weights, single(math.Exp(3*r.NormFloat64())))
		if full {
			for i := range d {
				for j := range d {
					switch {
					case j < i:
						c.Factors = append(c.Factors, 0.4*r.NormFloat64()/math.Sqrt(float64(d)))
					case j == i:
						c.Factors = append(c.Factors, 0.5+r.Float64())
					default:
						c.Factors = append(c.Factors, math.NaN()) // not read
					}
				}
			}
		} else {
			c.Variances = append(c.Variances, 0.1+r.Float64())
		}
	}
	for range k * d {
		c.Means = append(c.Means, single(2*r.NormFloat64()))
		c.Offsets = append(c.Offsets, single(r.NormFloat64()))
	}
	gains := k
	if full {
		gains = k * d * d
	}
	for range gains {
		c.Gains = append(c.Gains, single(r.NormFloat64()))
	}
	for range n * d {
		c.Points = append(c.Points, single(3*r.NormFloat64()))
	}
	return c
}

func TestMixtureReference(t *testing.T) {
	text, err := os.ReadFile("testdata/mixture.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []mixtureCase }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			eachForm(t, func(t *testing.T) {
				checkCase[float64](t, c, 3e-13)
				if c.Name != "far" { // of which float32 has not the digits
					checkCase[float32](t, c, 1e-4)
				}
			})
		})
	}
}

func checkCase[T Float](t *testing.T, c mixtureCase, tol float64) {
	t.Helper()
	m, d := mixtureOf[T](c), c.dim()
	x := pointsOf[T](c.Points, d)
	near := func(what string, i int, got T, want, scale float64) {
		if !(math.Abs(float64(got)-want) <= tol*max(1, scale)) {
			t.Errorf("%T: %s %d is %v, want %v", got, what, i, got, want)
		}
	}
	logp := make([]T, x.N)
	m.LogDensity(logp, x)
	for i, l := range logp {
		near("log density", i, l, c.Logp[i], math.Abs(c.Logp[i]))
	}
	r := newPoints[T](x.N, m.Len())
	m.Responsibilities(r, nil, x)
	for i, want := range c.Responsibilities {
		near("responsibility", i, at2(r, i), want, 1)
	}
	y := newPoints[T](x.N, d)
	for what, field := range map[string]*Blend[T]{"score": m.Score(), "blend": m.NewBlend(c.Offsets, c.Gains)} {
		want := c.Score
		if what == "blend" {
			want = c.Blend
		}
		m.Blend(y, nil, field, x)
		for i, want := range want {
			near(what, i, at2(y, i), want, 10*math.Abs(want))
		}
	}
}

// at2 is number i of the coordinates of p, one point after another.
func at2[T Float](p Points[T], i int) T { return p.Coord[i%p.D*p.Stride+i/p.D] }

// exact computes the logits of c at x in 300 bits, and the scores of the
// components. The sizes are of what these are the differences and sums of.
func (c *mixtureCase) exact(x []float64) (logits []*big.Float, logitSizes []float64, scores, sizes [][]float64) {
	d := len(x)
	real := func(v float64) *big.Float { return new(big.Float).SetPrec(300).SetFloat64(v) }
	for k, w := range c.Weights {
		l := func(r, s int) *big.Float {
			switch {
			case c.Factors != nil:
				return real(c.Factors[(k*d+r)*d+s])
			case r == s:
				return new(big.Float).Sqrt(real(c.Variances[k]))
			}
			return real(0)
		}
		peak := math.Log(w) - 0.5*float64(d)*math.Log(2*math.Pi)
		y := make([]*big.Float, d) // L⁻¹(x − μ)
		q := real(0)
		for r := range d {
			y[r] = real(0).Sub(real(x[r]), real(c.Means[k*d+r]))
			for s := range r {
				y[r].Sub(y[r], real(0).Mul(l(r, s), y[s]))
			}
			y[r].Quo(y[r], l(r, r))
			q.Add(q, real(0).Mul(y[r], y[r]))
			diagonal, _ := l(r, r).Float64()
			peak -= math.Log(diagonal)
		}
		half, _ := q.Quo(q, real(2)).Float64()
		logitSizes = append(logitSizes, 1+math.Abs(peak)+half)
		logits = append(logits, q.Sub(real(peak), q))
		size := make([]float64, d)
		score := make([]float64, d)
		for r := d - 1; r >= 0; r-- { // Lᵀ·C⁻¹(x − μ) = y
			for s := r + 1; s < d; s++ {
				y[r].Sub(y[r], real(0).Mul(l(s, r), y[s]))
			}
			y[r].Quo(y[r], l(r, r))
			score[r], _ = y[r].Float64()
			score[r] = -score[r]
			for s := range d {
				size[r] += math.Abs(x[s] - c.Means[k*d+s])
			}
			size[r] *= 8 // no entry of C⁻¹ is larger, but few
		}
		scores, sizes = append(scores, score), append(sizes, size)
	}
	return logits, logitSizes, scores, sizes
}

// TestMixtureAccuracy finds errors beyond a few rounding errors of what the
// documentation names.
func TestMixtureAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, full := range []bool{false, true} {
		for _, k := range []int{1, 2, 16, 33, 100} {
			for _, d := range []int{1, 2, 3, 8, 17} {
				if testing.Short() && k*d > 100 {
					continue
				}
				c := randomCase(r, full, k, d, 5)
				for i := range 2 * d { // two points that are far from all
					c.Points[i] *= 1000
				}
				checkMixture[float64](t, c, 0x1p-53)
				checkMixture[float32](t, c, 0x1p-24)
			}
		}
	}
}

func checkMixture[T Float](t *testing.T, c mixtureCase, unit float64) {
	t.Helper()
	m, d := mixtureOf[T](c), c.dim()
	x := pointsOf[T](c.Points, d)
	y, r := newPoints[T](x.N, d), newPoints[T](x.N, m.Len())
	logp := make([]T, x.N)
	m.Blend(y, logp, m.Score(), x)
	m.Responsibilities(r, nil, x)
	for j := range x.N {
		logits, logitSizes, scores, sizes := c.exact(c.Points[j*d : (j+1)*d])
		best := 0
		for k, l := range logits {
			if l.Cmp(logits[best]) > 0 {
				best = k
			}
		}
		top, _ := logits[best].Float64()
		sum := 0.0
		w := make([]float64, len(logits))
		for k, l := range logits {
			diff, _ := new(big.Float).Sub(l, logits[best]).Float64()
			w[k] = math.Exp(diff)
			sum += w[k]
		}
		units := 5 + 0.5*float64(d)
		scale := 0.0 // what the logits of the components that matter are computed from
		for k, size := range logitSizes {
			w[k] /= sum
			scale += w[k] * size
		}
		scale *= units
		check := func(what string, got T, want, size float64) {
			if err := math.Abs(float64(got) - want); !(err <= unit*size+lowestSum[T]()) {
				t.Errorf("%s: %T: %s %v, want %v: %.3g of what is allowed", c.Name, got, what, got, want, err/unit/size)
			}
		}
		check("log density", logp[j], top+math.Log(sum), scale)
		for k := range w {
			check("responsibility", r.Coord[k*r.Stride+j], w[k], w[k]*(scale+units*logitSizes[k]))
		}
		for i := range d {
			want, size := 0.0, 0.0
			for k := range w {
				want += w[k] * scores[k][i]
				size += w[k] * (math.Abs(scores[k][i])*(scale+logitSizes[k]*units) + 4*sizes[k][i])
			}
			check("score", y.Coord[i*y.Stride+j], want, size)
		}
	}
}

// lowestSum is the absolute error of a responsibility.
func lowestSum[T Float]() float64 {
	if T(1e-300) == 0 {
		return 0x1p-124
	}
	return 0x1p-1020
}

func TestMixtureScoreIsGradient(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, full := range []bool{false, true} {
		for _, d := range []int{1, 2, 3, 6} {
			c := randomCase(r, full, 7, d, 1)
			m := mixtureOf[float64](c)
			x, y := pointsOf[float64](c.Points, d), newPoints[float64](1, d)
			m.Blend(y, nil, m.Score(), x)
			for i := range d {
				const h = 1e-3
				var l [4]float64
				for s, f := range []float64{-2, -1, 1, 2} {
					z := pointsOf[float64](c.Points, d)
					z.Coord[i] += f * h
					m.LogDensity(l[s:s+1], z)
				}
				want := (8*(l[2]-l[1]) - (l[3] - l[0])) / (12 * h)
				if math.Abs(y.Coord[i]-want) > 1e-7*(1+math.Abs(want)) {
					t.Errorf("%s: score %v, want %v", c.Name, y.Coord[i], want)
				}
			}
		}
	}
}

// TestMixtureIntegrals checks the masses of the components, and that the score
// has the mean 0, with the trapezoidal rule, which is exact to rounding here.
func TestMixtureIntegrals(t *testing.T) {
	weights, means := []float64{0.25, 0.125, 0.625}, []float64{-2, 0.5, 3}
	m := NewIsotropicMixture[float64](weights, means, []float64{0.25, 1, 0.5})
	const n, h = 1000, 0.02
	x := newPoints[float64](n, 1)
	for j := range x.Coord {
		x.Coord[j] = (float64(j) - n/2) * h
	}
	logp, r, s := make([]float64, n), newPoints[float64](n, 3), newPoints[float64](n, 1)
	m.Responsibilities(r, logp, x)
	m.Blend(s, nil, m.Score(), x)
	total := 0.0
	for k, w := range weights {
		mass, mean := 0.0, 0.0
		for j, l := range logp {
			p := math.Exp(l) * h * r.Coord[k*r.Stride+j]
			mass += p
			mean += p * x.Coord[j]
			total += p * s.Coord[j]
		}
		if math.Abs(mass-w) > 1e-13 || math.Abs(mean-w*means[k]) > 1e-13 {
			t.Errorf("component %d has mass %v and mean %v, want %v and %v", k, mass, mean/mass, w, means[k])
		}
	}
	if math.Abs(total) > 1e-13 {
		t.Errorf("the mean score is %v", total)
	}
}

// TestMixtureFormsOfCovariance compares the three ways to give one covariance.
func TestMixtureFormsOfCovariance(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, d := range []int{1, 2, 3, 5} {
		const k, n = 6, 40
		c := randomCase(r, false, k, d, n)
		x := pointsOf[float64](c.Points, d)
		var factors, whitening, peaks []float64
		for i, v := range c.Variances {
			peaks = append(peaks, math.Log(c.Weights[i])-0.5*float64(d)*math.Log(2*math.Pi*v))
			// Any rotation will do: a reflection of a random vector.
			u := make([]float64, d)
			norm := 0.0
			for a := range u {
				u[a] = r.NormFloat64()
				norm += u[a] * u[a]
			}
			for a := range d {
				for b := range d {
					one := 0.0
					if a == b {
						one = 1
					}
					factors = append(factors, one*math.Sqrt(v))
					whitening = append(whitening, (one-2*u[a]*u[b]/norm)/math.Sqrt(v))
				}
			}
		}
		iso := mixtureOf[float64](c)
		want, y := newPoints[float64](n, d), newPoints[float64](n, d)
		wantP, logp := make([]float64, n), make([]float64, n)
		iso.Blend(want, wantP, iso.Score(), x)
		for name, m := range map[string]*Mixture[float64]{
			"full":     NewFullMixture[float64](c.Weights, c.Means, factors),
			"whitened": NewWhitenedMixture[float64](peaks, c.Means, whitening),
		} {
			m.Blend(y, logp, m.Score(), x)
			for j := range n {
				if math.Abs(logp[j]-wantP[j]) > 1e-13*max(1, math.Abs(wantP[j])) {
					t.Errorf("%s, d = %d: log density %v, want %v", name, d, logp[j], wantP[j])
				}
			}
			for j, v := range y.Coord {
				if math.Abs(v-want.Coord[j]) > 1e-11*max(1, math.Abs(want.Coord[j])) {
					t.Errorf("%s, d = %d: score %v, want %v", name, d, v, want.Coord[j])
				}
			}
		}
	}
}

// exp2 is 2ˣ in 100 bits, for x in [-1, 1].
func exp2(x float64) *big.Float {
	real := func(v float64) *big.Float { return new(big.Float).SetPrec(100).SetFloat64(v) }
	y := real(math.Ln2)
	y.Add(y, real(0x1.abc9e3b39803fp-56)) // the rest of ln 2
	y.Mul(y, real(x))
	sum, term := real(1), real(1)
	for i := range 30 {
		term.Quo(term.Mul(term, y), real(float64(i+1)))
		sum.Add(sum, term)
	}
	return sum
}

func TestExp2Zero(t *testing.T) {
	worst := 0.0
	for x := 0.0; x > -1; x -= 0x1.2345p-15 {
		e := exp2(x)
		err, _ := new(big.Float).Sub(e, new(big.Float).SetFloat64(exp2Zero64(x))).Float64()
		size, _ := e.Float64()
		worst = max(worst, math.Abs(err)/size)
		for _, n := range []float64{-1, -57, -900} {
			// x loses digits; what remains has the same fraction.
			if y := x + n; exp2Zero64(y) != math.Ldexp(exp2Zero64(y-n), int(n)) {
				t.Errorf("2^%v is not 2^%v·2^%v", y, y-n, n)
			}
		}
	}
	if worst > 0x1.ep-53 {
		t.Errorf("error %v ulp", worst*0x1p52)
	}
	worst = 0
	for x := float32(0); x > -124; x -= 0.00113 {
		e := math.Exp2(float64(x))
		worst = max(worst, (math.Abs(float64(exp2Zero32(x))-e)-0x1p-125)/e)
	}
	if worst > 0x1p-23 {
		t.Errorf("float32: error %v ulp", worst*0x1p23)
	}
	for _, x := range []float64{-1021, -1e5, math.Inf(-1), math.NaN()} {
		if e := exp2Zero64(x); e != 0 {
			t.Errorf("exp2Zero64(%v) = %v, want 0", x, e)
		}
		if e := exp2Zero32(float32(x)); e != 0 {
			t.Errorf("exp2Zero32(%v) = %v, want 0", x, e)
		}
	}
	if exp2Zero64(0) != 1 || exp2Zero32(0) != 1 {
		t.Error("2⁰ is not 1")
	}
}
