package kernel

import (
	"fmt"
	"math"
)

// Gemm sets c to alpha·op(a)·op(b) + beta·c, where op(a) is a, or its transpose
// if transA, and op(b) likewise. op(a) is m×k, op(b) k×n, c m×n. The matrices
// are stored by rows: entry (i, j) of a, as it is stored, is a[i*lda+j], and so
// for b and c. The entries between the rows of c are not written.
//
// With alpha = 0 or k = 0 it reads neither a nor b; with beta = 0 it doesn't
// read c, so that NaN there is overwritten. NaN and Inf in a and b go into c as
// they do in the sum that defines an entry. c must not overlap a or b.
//
// Entry (i, j) depends on row i of op(a), column j of op(b) and its old value
// alone: it is a sum over k in order, each product added with one rounding, in
// blocks of 256 whose sums s are added as alpha·s + c with one rounding (after
// c is multiplied with beta, if that isn't 0). So the bits are those of every
// other form, and of a c that is computed in parts: callers that run on several
// processors call Gemm at once on blocks of rows, or columns, of one product.
// Splitting k changes the rounding.
//
// The Go form is several times slower in single precision than in double on
// amd64, where the compiler has no fused multiply-add for it.
//
// It panics if m, n or k is negative, if a row doesn't fit the distance between
// rows, or a matrix its slice.
func Gemm[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if m < 0 || n < 0 || k < 0 {
		panic(fmt.Sprintf("kernel: Gemm: a size is negative: m = %d, n = %d, k = %d", m, n, k))
	}
	checkMatrix("c", m, n, len(c), ldc)
	if alpha != 0 {
		checkOperand("a", transA, m, k, len(a), lda)
		checkOperand("b", transB, k, n, len(b), ldb)
	}
	switch c := any(c).(type) {
	case []float64:
		gemm64(transA, transB, m, n, k, float64(alpha), any(a).([]float64), lda, any(b).([]float64), ldb, float64(beta), c, ldc)
	case []float32:
		gemm32(transA, transB, m, n, k, float32(alpha), any(a).([]float32), lda, any(b).([]float32), ldb, float32(beta), c, ldc)
	}
}

// checkOperand panics if op(x), of this size, doesn't fit.
func checkOperand(name string, trans bool, rows, cols, length, ld int) {
	if trans {
		rows, cols = cols, rows
	}
	checkMatrix(name, rows, cols, length, ld)
}

func checkMatrix(name string, rows, cols, length, ld int) {
	if rows == 0 || cols == 0 {
		return
	}
	if ld < cols {
		panic(fmt.Sprintf("kernel: Gemm: ld%s = %d is less than the %d columns of %[1]s", name, ld, cols))
	}
	// Written so that it can't overflow.
	if length < cols || (length-cols)/ld < rows-1 {
		panic(fmt.Sprintf("kernel: Gemm: %s has %d entries, too few for %d rows, %d apart, of %d", name, length, rows, ld, cols))
	}
}

// How a product is cut up. The depth is part of the definition of the result.
const (
	gemmDepth   = 256 // of a block of a, and of one of b
	gemmHeight  = 96  // of a block of a: it stays in the second cache
	gemmWidth   = 480 // of a block of b: whole panels of every form
	gemmFewRows = 36  // with no more, copying b costs more than it saves
)

// fma64 is math.FMA under the name whose single-precision twin is fma32.
func fma64(x, y, z float64) float64 { return math.FMA(x, y, z) }
