package kernel

import "sync"

// gemmWidths64 are the columns of a panel of b, and of half of one, in the
// active form.
func gemmWidths64() (full, half int) {
	switch form {
	case AVX512:
		return 2 * lanes64, lanes64
	case AVX2:
		return lanes64, lanes64 / 2
	}
	return 4, 4
}

// A gemmSpace64 holds what a product needs beside its matrices. Its slices
// grow as needed and keep their length.
type gemmSpace64 struct {
	a []float64 // a block of op(a)
	b []float64 // a block of op(b), panel after panel
	c []float64 // a panel of c, where c is narrower
}

var gemmSpaces64 = sync.Pool{New: func() any { return new(gemmSpace64) }}

// atLeast64 returns x, or a new slice, with n entries.
func atLeast64(x []float64, n int) []float64 {
	if len(x) < n {
		return make([]float64, max(n, 4096)) // whole pages, so aligned
	}
	return x
}

func gemm64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		gemmScale64(m, n, beta, c, ldc)
		return
	}
	s := gemmSpaces64.Get().(*gemmSpace64)
	defer gemmSpaces64.Put(s)
	for j := 0; j < n; j += gemmWidth {
		beta := beta
		for p := 0; p < k; p += gemmDepth {
			q := gemmBlock64{
				gemmSpace64: s,
				n:           min(gemmWidth, n-j), k: min(gemmDepth, k-p),
				alpha: alpha, beta: beta,
				ldc: ldc, lda: lda, ka: 1, transB: transB, ldb: ldb,
			}
			if transB {
				q.in = b[j*ldb+p:]
			} else {
				q.in = b[p*ldb+j:]
			}
			if transA {
				q.lda, q.ka = 1, lda
			}
			for i := 0; i < m; i += gemmHeight {
				q.rows(c[i*ldc+j:], a[i*q.lda+p*q.ka:], min(gemmHeight, m-i), i == 0)
			}
			beta = 1
		}
	}
}

type gemmBlock64 struct {
	*gemmSpace64
	n, k        int
	alpha, beta float64
	ldc         int
	lda, ka     int
	transB      bool
	in          []float64
	ldb         int
}

func (q *gemmBlock64) rows(c, a []float64, m int, first bool) {
	lda, ka := q.lda, q.ka
	if ka != 1 || packA {
		ld := q.k + 8
		q.a = atLeast64(q.a, m*ld)
		if ka != 1 {
			gemmTransposeAny64(q.a, ld, a, ka, q.k, m)
		} else {
			gemmCopyAny64(q.a, ld, a, lda, m, q.k)
		}
		a, lda, ka = q.a, ld, 1
	}
	full, half := gemmWidths64()
	if first {
		q.b = atLeast64(q.b, (q.n+full-1)/full*full*q.k)
	}
	for j := 0; j < q.n; j += full {
		cols := min(full, q.n-j)
		width := full
		if cols <= half {
			width = half
		}
		panel := q.b[j*q.k:][:width*q.k]
		if first {
			if q.transB {
				gemmTransposeAny64(panel, width, q.in[j*q.ldb:], q.ldb, cols, q.k)
			} else {
				gemmCopyAny64(panel, width, q.in[j:], q.ldb, q.k, cols)
			}
			for p := 0; p < q.k && cols < width; p++ {
				clear(panel[p*width:][cols:width])
			}
		}
		if cols == width {
			gemmPanel64(c[j:], q.ldc, a, lda, ka, panel, width, m, width, q.k, q.alpha, q.beta)
			continue
		}
		q.c = atLeast64(q.c, m*width)
		if q.beta != 0 {
			gemmCopyAny64(q.c, width, c[j:], q.ldc, m, cols)
		}
		gemmPanel64(q.c, width, a, lda, ka, panel, width, m, width, q.k, q.alpha, q.beta)
		gemmCopyAny64(c[j:], q.ldc, q.c, width, m, cols)
	}
}

// gemmCopyAny64 is gemmCopy64 for any number of columns.
func gemmCopyAny64(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	whole := cols &^ (lanes64/2 - 1)
	if whole > 0 {
		gemmCopy64(dst, ldd, src, lds, rows, whole)
	}
	if whole < cols {
		gemmCopy64Go(dst[whole:], ldd, src[whole:], lds, rows, cols-whole)
	}
}

func gemmCopy64Go(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	for i := range rows {
		to := dst[i*ldd:][:cols]
		for j, x := range src[i*lds:][:cols] {
			to[j] = x
		}
	}
}

// gemmTransposeAny64 is gemmTranspose64 for any number of rows and columns.
func gemmTransposeAny64(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	r, c := rows&^(lanes64/2-1), cols&^(lanes64/2-1)
	if r > 0 && c > 0 {
		gemmTranspose64(dst, ldd, src, lds, r, c)
	}
	if c < cols && r > 0 {
		gemmTranspose64Go(dst[c*ldd:], ldd, src[c:], lds, r, cols-c)
	}
	if r < rows {
		gemmTranspose64Go(dst[r:], ldd, src[r*lds:], lds, rows-r, cols)
	}
}

func gemmTranspose64Go(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	for i := range rows {
		for j, x := range src[i*lds:][:cols] {
			dst[j*ldd+i] = x
		}
	}
}

// gemmScale64 multiplies c with beta.
func gemmScale64(m, n int, beta float64, c []float64, ldc int) {
	for i := range m {
		row := c[i*ldc:][:n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

func gemmPanel64Go(c []float64, ldc int, a []float64, lda, ka int, b []float64, ldb, rows, n, k int, alpha, beta float64) {
	for i := 0; i < rows; i++ {
		for j := 0; j < n; j += 4 {
			var s [4]float64
			for p := range k {
				x := a[i*lda+p*ka]
				for l, y := range (*[4]float64)(b[p*ldb+j:]) {
					s[l] = fma64(x, y, s[l])
				}
			}
			row := (*[4]float64)(c[i*ldc+j:])
			for l := range row {
				if beta == 0 {
					row[l] = alpha * s[l]
				} else {
					row[l] = fma64(alpha, s[l], beta*row[l])
				}
			}
		}
	}
}
