package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkMixture(b *testing.B) {
	benchmarkMixture[float64](b)
	benchmarkMixture[float32](b)
}

func benchmarkMixture[T Float](b *testing.B) {
	const n = 8192
	for _, full := range []bool{false, true} {
		for _, size := range []struct{ k, d int }{{16, 2}, {100, 2}, {16, 64}} {
			c := randomCase(rand.New(rand.NewPCG(1, 2)), full, size.k, size.d, n)
			m, x := mixtureOf[T](c), pointsOf[T](c.Points, size.d)
			score, y, logp := m.Score(), newPoints[T](n, size.d), make([]T, n)
			r := newPoints[T](n, size.k)
			for _, what := range []struct {
				name string
				run  func()
			}{
				{"density", func() { m.LogDensity(logp, x) }},
				{"responsibilities", func() { m.Responsibilities(r, nil, x) }},
				{"score", func() { m.Blend(y, nil, score, x) }},
				{"both", func() { m.Blend(y, logp, score, x) }},
			} {
				b.Run(fmt.Sprintf("%T/full=%v/k=%d,d=%d/%s", T(0), full, size.k, size.d, what.name), func(b *testing.B) {
					for b.Loop() {
						what.run()
					}
					each := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / n
					b.ReportMetric(each/float64(size.k), "ns/component")
				})
			}
		}
	}
}
