package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// eachBenchmark runs f, which handles so many entries, in every form.
func eachBenchmark(b *testing.B, name string, entries int, f func()) {
	for form := Go; form <= Best(); form++ {
		b.Run(fmt.Sprintf("%s/%v", name, form), func(b *testing.B) {
			defer Use(form)()
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(entries), "ns/entry")
		})
	}
}

func normals[T Float](n int) []T {
	r := rand.New(rand.NewPCG(1, 1))
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

func BenchmarkExp(b *testing.B) {
	benchmarkExp[float64](b, "float64")
	benchmarkExp[float32](b, "float32")
}

func benchmarkExp[T Float](b *testing.B, name string) {
	x := normals[T](4096)
	dst := make([]T, len(x))
	eachBenchmark(b, name, len(x), func() { Exp(dst, x) })
	for i := range x {
		x[i] = -1000 // beyond the range
	}
	eachBenchmark(b, name+"/rare", len(x), func() { Exp(dst, x) })
}

func BenchmarkSigmoid(b *testing.B) {
	benchmarkActivation(b, "float64", Sigmoid[float64])
	benchmarkActivation(b, "float32", Sigmoid[float32])
}

func BenchmarkSiLU(b *testing.B) {
	benchmarkActivation(b, "float64", SiLU[float64])
	benchmarkActivation(b, "float32", SiLU[float32])
}

func benchmarkActivation[T Float](b *testing.B, name string, f func(y, dy, x []T)) {
	x := normals[T](4096)
	y, dy := make([]T, len(x)), make([]T, len(x))
	eachBenchmark(b, name, len(x), func() { f(y, dy, x) })
	eachBenchmark(b, name+"/alone", len(x), func() { f(y, nil, x) })
}

func BenchmarkLogSumExp(b *testing.B) {
	benchmarkLogSumExp[float64](b, "float64")
	benchmarkLogSumExp[float32](b, "float32")
}

func benchmarkLogSumExp[T Float](b *testing.B, name string) {
	const m, n = 256, 1024
	a, c, dst := normals[T](n), normals[T](m*n), make([]T, m)
	eachBenchmark(b, name, m*n, func() { LogSumExp(dst, a, c, n, 0.1) })
	eachBenchmark(b, name+"/a", n, func() { LogSumExp(dst[:1], a, nil, 0, 0.1) })
	const short = 20
	eachBenchmark(b, name+"/short", m*short, func() { LogSumExp(dst, a[:short], c, short, 0.1) })
}

func BenchmarkLogSumExpDist(b *testing.B) {
	benchmarkDist(b, "float64", func(_, dst, a []float64, x, y Points[float64]) {
		LogSumExpDist(dst, a, x, y, SqEuclidean, 0.1)
	})
	benchmarkDist(b, "float64/Euclidean", func(_, dst, a []float64, x, y Points[float64]) {
		LogSumExpDist(dst, a, x, y, Euclidean, 0.1)
	})
	benchmarkDist(b, "float32", func(_, dst, a []float32, x, y Points[float32]) {
		LogSumExpDist(dst, a, x, y, SqEuclidean, 0.1)
	})
}

func BenchmarkSqDist(b *testing.B) {
	benchmarkDist(b, "float64", func(c, _, _ []float64, x, y Points[float64]) { SqDist(c, y.N, x, y) })
	benchmarkDist(b, "float32", func(c, _, _ []float32, x, y Points[float32]) { SqDist(c, y.N, x, y) })
}

func benchmarkDist[T Float](b *testing.B, name string, f func(c, dst, a []T, x, y Points[T])) {
	const m, n = 256, 1024
	c, dst, a := make([]T, m*n), make([]T, m), normals[T](n)
	for _, d := range []int{1, 2, 3, 16, 64} {
		x, y := NewPoints(normals[T](m*d), d), NewPoints(normals[T](n*d), d)
		eachBenchmark(b, fmt.Sprintf("%s/d=%d", name, d), m*n, func() { f(c, dst, a, x, y) })
	}
}
