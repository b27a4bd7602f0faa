package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestLSEQuick(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 7, 8, 9, 100, 1024, 5000} {
		a := make([]float64, n)
		c := make([]float64, 3*n)
		for i := range a {
			a[i] = r.NormFloat64()
		}
		for i := range c {
			c[i] = r.NormFloat64()
		}
		var dst, want [3]float64
		LogSumExp(dst[:], a, c, n, 0.1)
		restore := Use(Go)
		LogSumExp(want[:], a, c, n, 0.1)
		restore()
		ref := 0.0
		for j := range a {
			ref += math.Exp((a[j] - c[n+j]) / 0.1)
		}
		t.Log(dst, want, math.Log(ref))
		if dst != want {
			t.Error("bits")
		}
	}
}

func BenchmarkLSE(b *testing.B) {
	const n = 1024
	r := rand.New(rand.NewPCG(1, 2))
	a := make([]float64, n)
	c := make([]float64, n*n)
	for i := range a {
		a[i] = r.NormFloat64()
	}
	for i := range c {
		c[i] = r.Float64()
	}
	dst := make([]float64, n)
	b.Run("dense", func(b *testing.B) {
		for b.Loop() {
			LogSumExp(dst, a, c, n, 0.1)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/n, "ns/el")
	})
	x := NewPoints(c[:2*n], 2)
	b.Run("free2", func(b *testing.B) {
		for b.Loop() {
			LogSumExpDist(dst, a, x, x, SqEuclidean, 0.1)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/n, "ns/el")
	})
	b.Run("sqdist2", func(b *testing.B) {
		for b.Loop() {
			SqDist(c, n, x, x)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/n, "ns/el")
	})
	x64 := NewPoints(make([]float64, 64*n), 64)
	b.Run("sqdist64", func(b *testing.B) {
		for b.Loop() {
			SqDist(c, n, x64, x64)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/n, "ns/el")
	})
	b.Run("silu", func(b *testing.B) {
		for b.Loop() {
			SiLU(c[:4096], c[4096:8192], c[8192:8192+4096])
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/el")
	})
}
