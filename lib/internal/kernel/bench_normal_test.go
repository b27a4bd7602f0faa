package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkSequences times vectors of several lengths, from an odd offset too,
// in every form.
func BenchmarkSequences(b *testing.B) {
	for _, name := range []string{"normal", "uniform"} {
		for _, size := range []int{1, 2, 3, 4, 8, 16, 100, 4096, 1 << 18} {
			for _, offset := range []uint64{0, 1} {
				for f := Go; f <= Best(); f++ {
					b.Run(fmt.Sprintf("%s/%d/from=%d/%v", name, size, offset, f), func(b *testing.B) {
						defer Use(f)()
						dst := make([]float64, size)
						s := sequence{1, 2, 3, name == "normal"}
						for b.Loop() {
							s.draw(dst, offset)
						}
						b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/entry")
					})
				}
			}
		}
	}
}

// BenchmarkNormalAgainstRand alternates Normal with the ziggurat of
// math/rand/v2 in one run and reports both, the median of the turns, and their
// ratio.
func BenchmarkNormalAgainstRand(b *testing.B) {
	dst := make([]float64, 4096)
	r := rand.New(rand.NewPCG(1, 2))
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		Normal(dst, 1, 2, 3, 0)
		middle := time.Now()
		for i := range dst {
			dst[i] = r.NormFloat64()
		}
		ours += middle.Sub(start)
		theirs += time.Since(middle)
	}
	n := float64(b.N * len(dst))
	b.ReportMetric(float64(ours.Nanoseconds())/n, "ns/normal")
	b.ReportMetric(float64(theirs.Nanoseconds())/n, "ns/rand")
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
	b.ReportMetric(0, "ns/op")
}
