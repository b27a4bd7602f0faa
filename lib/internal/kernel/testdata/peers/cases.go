package main

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

const (
	few        = 4096  // elements that stay in the first cache
	many       = 65536 // elements or points that don't
	side       = 1024  // of a matrix
	components = 16
	samples    = 64 // elements of a sample
)

// uniform is number i of a stream, in [0, 1).
func uniform(stream, i int) float64 {
	z := (uint64(stream)<<32 + uint64(i) + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) * 0x1p-53
}

func random[T kernel.Float](stream, n int, low, width float64) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(low + width*uniform(stream, i))
	}
	return x
}

func kernels() ours {
	return append(kernelsOf[float64]("/float64"), kernelsOf[float32]("/float32")...)
}

func kernelsOf[T kernel.Float](kind string) (all ours) {
	add := func(operation string, out []T, run func()) {
		all = append(all, series{operation + kind, run, vector[T](out)})
	}
	var (
		out       = make([]T, side*side)
		numbers   = random[T](1, many, -16, 32)
		potential = random[T](2, side, 0, 1)
		costs     = random[T](3, side*side, 0, 8)
		x         = kernel.Points[T]{N: side, D: 64, Stride: side, Coord: random[T](4, 64*side, 0, 1)}
		y         = kernel.Points[T]{N: side, D: 64, Stride: side, Coord: random[T](5, 64*side, 0, 1)}
	)
	plane := func(p kernel.Points[T]) kernel.Points[T] { p.D = 2; return p }

	add("exp", out[:few], func() { kernel.Exp(out[:few], numbers[:few]) })
	add("silu", out[:2*many], func() { kernel.SiLU(out[:many], out[many:2*many], numbers) })
	if kind == "/float64" { // the peers' normals
		add("normal", out[:many], func() { kernel.Normal(out[:many], 12, 0, 0, 0) })
	}
	add("lse", out[:side], func() { kernel.LogSumExp(out[:side], potential, costs, side, 0.5) })
	add("lse-plane", out[:side], func() {
		kernel.LogSumExpDist(out[:side], potential, plane(x), plane(y), kernel.SqEuclidean, 0.0625)
	})
	add("sqdist-2", out, func() { kernel.SqDist(out, side, plane(x), plane(y)) })
	add("sqdist-64", out, func() { kernel.SqDist(out, side, x, y) })

	points := kernel.Points[T]{N: many, D: 2, Stride: many, Coord: random[T](6, 2*many, -4, 8)}
	score := kernel.Points[T]{N: many, D: 2, Stride: many, Coord: out[:2*many]}
	iso, full := mixtures[T]()
	isoScore, fullScore := iso.Score(), full.Score()
	add("score-iso", score.Coord, func() { iso.Blend(score, nil, isoScore, points) })
	add("score-full", score.Coord, func() { full.Blend(score, nil, fullScore, points) })

	a, b := random[T](7, side*side, -1, 2), random[T](8, side*side, -1, 2)
	gemm := func(name string, transA, transB bool, m, n, k int) {
		lda, ldb := k, n
		if transA {
			lda = m
		}
		if transB {
			ldb = k
		}
		add(name, out[:m*n], func() { kernel.Gemm(transA, transB, m, n, k, 1, a, lda, b, ldb, 0, out, n) })
	}
	gemm("gemm-nn", false, false, 512, 128, 128)
	gemm("gemm-tn", true, false, 128, 128, 512)
	gemm("gemm-nt", false, true, 512, 128, 128)
	gemm("gemm-large", false, false, side, side, side)
	return all
}

// mixtures returns the mixtures of the peers: their means, and precisions that
// have at least 1 on the diagonal and at most ½ beside it.
func mixtures[T kernel.Float]() (iso, full *kernel.Mixture[T]) {
	var weights, means, variances, factors []float64
	for j := range components {
		weights = append(weights, 0.5+uniform(9, j))
		means = append(means, 8*uniform(10, 2*j)-4, 8*uniform(10, 2*j+1)-4)
		xx, xy, yy := 1+uniform(11, 3*j), uniform(11, 3*j+1)-0.5, 1+uniform(11, 3*j+2)
		variances = append(variances, 1/xx)
		det := xx*yy - xy*xy
		l := math.Sqrt(yy / det) // of the covariance (yy −xy; −xy xx)/det
		factors = append(factors, l, 0, -xy/det/l, 1/math.Sqrt(yy))
	}
	return kernel.NewIsotropicMixture[T](weights, means, variances), kernel.NewFullMixture[T](weights, means, factors)
}
