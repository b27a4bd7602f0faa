package rng

import (
	"math/rand/v2"
	"testing"
	"time"
)

func BenchmarkNormal(b *testing.B) {
	dst := make([]float64, 1024)
	k := New(1)
	for b.Loop() {
		k.Normal(dst)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(dst)), "ns/normal")
}

func BenchmarkUniform(b *testing.B) {
	dst := make([]float64, 1024)
	k := New(1)
	for b.Loop() {
		k.Uniform(dst)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(dst)), "ns/uniform")
}

func BenchmarkFold(b *testing.B) {
	k := New(1)
	for b.Loop() {
		k = k.Fold(1)
	}
}

// BenchmarkNormalAgainstRand alternates Normal with math/rand/v2 in one run,
// so that both see the same machine, and reports the ratio of the times.
func BenchmarkNormalAgainstRand(b *testing.B) {
	dst := make([]float64, 4096)
	k, r := New(1), rand.New(rand.NewPCG(1, 2))
	var ours, theirs time.Duration
	for b.Loop() {
		t0 := time.Now()
		k.Normal(dst)
		t1 := time.Now()
		for i := range dst {
			dst[i] = r.NormFloat64()
		}
		ours += t1.Sub(t0)
		theirs += time.Since(t1)
	}
	n := float64(b.N * len(dst))
	b.ReportMetric(float64(ours.Nanoseconds())/n, "ns/normal")
	b.ReportMetric(float64(theirs.Nanoseconds())/n, "ns/rand")
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
	b.ReportMetric(0, "ns/op")
}
