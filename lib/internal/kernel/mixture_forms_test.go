package kernel

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// results are all that a mixture can say of points.
type results[T Float] struct {
	logp, logpToo, logpThree []T
	score, blend, weights    Points[T]
}

// resultsOf computes them into memory with canaries around and in the gaps.
func resultsOf[T Float](t *testing.T, c mixtureCase, m *Mixture[T], x Points[T]) results[T] {
	t.Helper()
	const canary, gap = 12345, 3
	var check []func()
	line := func() []T {
		s := make([]T, x.N+2*gap)
		for i := range s {
			s[i] = canary
		}
		check = append(check, func() {
			for i := range gap {
				if s[i] != canary || s[len(s)-1-i] != canary {
					t.Errorf("%s, n = %d: written outside", c.Name, x.N)
				}
			}
		})
		return s[gap : gap+x.N]
	}
	points := func(d int) Points[T] {
		stride := x.N + gap
		s := make([]T, gap+d*stride)
		for i := range s {
			s[i] = canary
		}
		check = append(check, func() {
			for i := range gap {
				for k := range d + 1 {
					if s[i+k*stride] != canary {
						t.Errorf("%s, n = %d: written outside", c.Name, x.N)
					}
				}
			}
		})
		return Points[T]{N: x.N, D: d, Stride: stride, Coord: s[gap:]}
	}
	r := results[T]{line(), line(), line(), points(m.Dim()), points(m.Dim()), points(m.Len())}
	m.LogDensity(r.logp, x)
	m.Blend(r.score, r.logpToo, m.Score(), x)
	m.Blend(r.blend, nil, m.NewBlend(c.Offsets, c.Gains), x)
	m.Responsibilities(r.weights, r.logpThree, x)
	for _, f := range check {
		f()
	}
	return r
}

// same fails unless point i of r has the bits of point j of q.
func (r results[T]) same(t *testing.T, i int, q results[T], j int) {
	t.Helper()
	bits := func(what string, a, b T) {
		if a != b && (a == a || b == b) || math.Signbit(float64(a)) != math.Signbit(float64(b)) && a == a {
			t.Errorf("%s of point %d is %v, and %v", what, i, a, b)
		}
	}
	bits("log density", r.logp[i], q.logp[j])
	bits("log density beside a blend", r.logpToo[i], q.logp[j])
	bits("log density beside responsibilities", r.logpThree[i], q.logpThree[j])
	for _, p := range []struct {
		what string
		a, b Points[T]
	}{{"score", r.score, q.score}, {"blend", r.blend, q.blend}, {"responsibility", r.weights, q.weights}} {
		for k := range p.a.D {
			bits(p.what, p.a.Coord[k*p.a.Stride+i], p.b.Coord[k*p.b.Stride+j])
		}
	}
}

var extremes = []float64{
	0, math.Copysign(0, -1), 1e-320, 1e-40, 1e10, 1e20, 1e30, 1e150, -1e200, 1.5e308,
	math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(0x7ff8000000000fff),
}

// TestMixtureForms compares the bits of all forms, lengths and neighbours.
func TestMixtureForms(t *testing.T) {
	testMixtureForms[float64](t)
	testMixtureForms[float32](t)
}

func testMixtureForms[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	const n = 130
	for _, full := range []bool{false, true} {
		for _, k := range []int{1, 5, 32, 70} {
			for _, d := range []int{1, 2, 3, 4, 9} {
				if testing.Short() && k*d > 30 {
					continue
				}
				c := randomCase(r, full, k, d, n)
				c.Weights[k/2] = 0
				if k == 1 {
					c.Weights[0] = 2
				}
				for range 30 {
					c.Points[r.IntN(len(c.Points))] = extremes[r.IntN(len(extremes))]
				}
				m, x := mixtureOf[T](c), pointsOf[T](c.Points, d)
				var twin results[T]
				for f := Go; f <= Best(); f++ {
					func() {
						defer Use(f)()
						whole := resultsOf(t, c, m, x)
						if f == Go {
							twin = whole
						}
						for i := range n {
							whole.same(t, i, twin, i)
						}
					}()
				}
				if k != 5 || d > 3 {
					continue
				}
				for n := range n + 1 {
					from := (130 - n) / 2
					part := resultsOf(t, c, m, x.Slice(from, from+n))
					for i := range n {
						part.same(t, i, twin, from+i)
					}
				}
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// TestMixtureInPlace takes the points for the place of the results, and blocks
// of them in parallel.
func TestMixtureInPlace(t *testing.T) {
	const n, d = 1000, 3
	c := randomCase(rand.New(rand.NewPCG(9, 10)), true, 40, d, n)
	c.Points[300] = 1e200
	m, x := mixtureOf[float64](c), pointsOf[float64](c.Points, d)
	want, score := newPoints[float64](n, d), m.Score()
	m.Blend(want, nil, score, x)
	if err := par.For(context.Background(), n, 70, func(lo, hi int) {
		block := x.Slice(lo, hi)
		m.Blend(block, nil, score, block)
	}); err != nil {
		t.Fatal(err)
	}
	for i, v := range want.Coord {
		if x.Coord[i] != v {
			t.Fatalf("entry %d is %v in place, and %v", i, x.Coord[i], v)
		}
	}
}

// FuzzMixture compares the forms on any points and components.
func FuzzMixture(f *testing.F) {
	f.Add([]byte("a seed of some more than eight bytes, for three points"), uint8(3), uint8(2), false)
	f.Add([]byte{0xff, 0xf8, 0, 0, 0, 0, 0, 1, 0x7f, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, uint8(40), uint8(1), true)
	f.Fuzz(func(t *testing.T, text []byte, k, d uint8, full bool) {
		fuzzMixture[float64](t, text, 1+int(k)%50, 1+int(d)%5, full)
		fuzzMixture[float32](t, text, 1+int(k)%50, 1+int(d)%5, full)
	})
}

func fuzzMixture[T Float](t *testing.T, text []byte, k, d int, full bool) {
	c := randomCase(rand.New(rand.NewPCG(uint64(k), uint64(d))), full, k, d, 0)
	for len(text) >= 8 && len(c.Points) < 64*d {
		v := math.Float64frombits(binary.BigEndian.Uint64(text))
		c.Points = append(c.Points, v)
		text = text[8:]
	}
	c.Points = c.Points[:len(c.Points)/d*d]
	if len(c.Points) == 0 {
		return
	}
	m, x := mixtureOf[T](c), pointsOf[T](c.Points, d)
	restore := Use(Go)
	twin := resultsOf(t, c, m, x)
	restore()
	for f := AVX2; f <= Best(); f++ {
		restore := Use(f)
		r := resultsOf(t, c, m, x)
		restore()
		for i := range x.N {
			r.same(t, i, twin, i)
		}
	}
	for i := range x.N {
		finite, sum := true, 0.0
		for a := range d {
			v := float64(x.Coord[a*x.Stride+i])
			finite = finite && v-v == 0
		}
		for a := range k {
			sum += float64(twin.weights.Coord[a*twin.weights.Stride+i])
		}
		if finite && (math.IsNaN(float64(twin.logp[i])) || math.Abs(sum-1) > 1e-5) {
			t.Errorf("point %d: the log density is %v and the responsibilities sum to %v", i, twin.logp[i], sum)
		}
		for a := range d {
			if s := twin.score.Coord[a*x.N+a*3+i]; finite && s != s {
				t.Errorf("point %d: the score is %v", i, s)
			}
		}
	}
}
