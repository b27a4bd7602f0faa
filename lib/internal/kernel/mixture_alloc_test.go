//go:build !race

// The race detector empties pools at random.

package kernel

import (
	"math/rand/v2"
	"testing"
)

func TestMixtureAllocations(t *testing.T) {
	testMixtureAllocations[float64](t)
	testMixtureAllocations[float32](t)
}

func testMixtureAllocations[T Float](t *testing.T) {
	const n, k, d = 100, 40, 5
	for _, full := range []bool{false, true} {
		c := randomCase(rand.New(rand.NewPCG(1, 1)), full, k, d, n)
		c.Points[7] = 1e30
		m, x := mixtureOf[T](c), pointsOf[T](c.Points, d)
		y, r, logp, score := newPoints[T](n, d), newPoints[T](n, k), make([]T, n), m.Score()
		if a := testing.AllocsPerRun(20, func() {
			m.LogDensity(logp, x)
			m.Responsibilities(r, logp, x)
			m.Blend(y, logp, score, x)
			m.Blend(y.Slice(3, 9), nil, score, x.Slice(3, 9))
		}); a != 0 {
			t.Errorf("%T, full %v: %v allocations", logp, full, a)
		}
	}
}
