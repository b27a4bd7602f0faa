//go:build !race

// The race detector empties pools at random.

package kernel

import "testing"

func TestGemmDoesNotAllocate(t *testing.T) {
	testGemmAllocs[float64](t)
	testGemmAllocs[float32](t)
}

func testGemmAllocs[T Float](t *testing.T) {
	const n = 50
	a, b, c := make([]T, n*n), make([]T, n*n), make([]T, n*n)
	for trans := range 4 {
		allocs := testing.AllocsPerRun(50, func() {
			Gemm(trans&1 > 0, trans&2 > 0, n, n, n, 1, a, n, b, n, 1, c, n)
		})
		if allocs != 0 {
			t.Errorf("%T, transposed %d: %v allocations", a, trans, allocs)
		}
	}
}
