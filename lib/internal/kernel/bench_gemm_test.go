package kernel

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// gemmShapes are those of training a network that is 128 wide on batches of
// 512 (forward, and backward to the weights and to the input), a large square,
// and odd ones.
var gemmShapes = []struct {
	transA, transB bool
	m, n, k        int
}{
	{false, false, 512, 128, 128},
	{true, false, 128, 128, 512},
	{false, true, 512, 128, 128},
	{false, false, 1024, 1024, 1024},
	{true, false, 1024, 1024, 1024},
	{false, true, 1024, 1024, 1024},
	{false, false, 100, 50, 30},
	{false, false, 513, 129, 127},
	{false, false, 64, 2, 64},
	{false, false, 512, 128, 3},
	{false, false, 1, 128, 128},
	{false, true, 1, 128, 128},
	{false, false, 16, 128, 128},
}

func BenchmarkGemm(b *testing.B) {
	benchmarkGemm(b, "f64", Gemm[float64])
	benchmarkGemm(b, "f32", Gemm[float32])
}

// BenchmarkGonumGemm is to compare with. It uses all processors that it may.
func BenchmarkGonumGemm(b *testing.B) {
	benchmarkGemm(b, "f64", func(transA, transB bool, m, n, k int, alpha float64, x []float64, ldx int, y []float64, ldy int, beta float64, z []float64, ldz int) {
		blas64.Implementation().Dgemm(gonumTrans(transA), gonumTrans(transB), m, n, k, alpha, x, ldx, y, ldy, beta, z, ldz)
	})
	benchmarkGemm(b, "f32", func(transA, transB bool, m, n, k int, alpha float32, x []float32, ldx int, y []float32, ldy int, beta float32, z []float32, ldz int) {
		blas32.Implementation().Sgemm(gonumTrans(transA), gonumTrans(transB), m, n, k, alpha, x, ldx, y, ldy, beta, z, ldz)
	})
}

func gonumTrans(trans bool) blas.Transpose {
	if trans {
		return blas.Trans
	}
	return blas.NoTrans
}

func benchmarkGemm[T Float](b *testing.B, name string, gemm func(bool, bool, int, int, int, T, []T, int, []T, int, T, []T, int)) {
	for _, s := range gemmShapes {
		letter := map[bool]string{false: "N", true: "T"}
		b.Run(fmt.Sprintf("%s/%s%s/%dx%dx%d", name, letter[s.transA], letter[s.transB], s.m, s.n, s.k), func(b *testing.B) {
			x, y, z := make([]T, s.m*s.k), make([]T, s.k*s.n), make([]T, s.m*s.n)
			for i := range x {
				x[i] = T(i%7) - 3
			}
			for i := range y {
				y[i] = T(i%5) - 2
			}
			ldx, ldy := s.k, s.n
			if s.transA {
				ldx = s.m
			}
			if s.transB {
				ldy = s.k
			}
			for b.Loop() {
				gemm(s.transA, s.transB, s.m, s.n, s.k, 1, x, ldx, y, ldy, 0, z, s.n)
			}
			flops := 2 * float64(s.m) * float64(s.n) * float64(s.k) * float64(b.N)
			b.ReportMetric(flops/float64(b.Elapsed().Nanoseconds()), "Gflop/s")
		})
	}
}
