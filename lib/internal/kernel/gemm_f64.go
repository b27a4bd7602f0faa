package kernel

import "sync"

// gemmWidths64 are the columns of a panel, and of half of one, in the active
// form.
func gemmWidths64() (full, half int) {
	switch form {
	case AVX512:
		return 2 * lanes64, lanes64
	case AVX2:
		return lanes64, lanes64 / 2
	}
	return 4, 4
}

// A gemmSpace64 is what a product needs beside its matrices. The slices grow
// as they have to and keep their length.
type gemmSpace64 struct {
	a []float64 // a block of op(a), if a is transposed
	b []float64 // a block of op(b), panel after panel
	c []float64 // the last panel of c, if it is narrower than panels are
}

var gemmSpaces64 = sync.Pool{New: func() any { return new(gemmSpace64) }}

// grow64 gives x at least n entries.
func grow64(x *[]float64, n int) []float64 {
	if len(*x) < n {
		*x = make([]float64, max(n, 4096)) // whole pages, so aligned
	}
	return *x
}

// gemm64 is Gemm without the checks. A block of b, copied to panels, is used
// for all rows of a, and a panel of it for a block of them.
func gemm64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		gemmScale64(beta, c, ldc, m, n)
		return
	}
	s := gemmSpaces64.Get().(*gemmSpace64)
	defer gemmSpaces64.Put(s)
	full, half := gemmWidths64()
	inPlace := !transB && m <= gemmFewRows
	for first := 0; first < n; first += gemmWidth {
		last, beta := min(first+gemmWidth, n), beta
		for p := 0; p < k; p += gemmDepth {
			depth := min(gemmDepth, k-p)
			panels := grow64(&s.b, (last-first+full-1)/full*full*depth)
			for i := 0; i < m; i += gemmHeight {
				rows := min(gemmHeight, m-i)
				x, ldx := s.block(transA, a, lda, i, p, rows, depth)
				for j := first; j < last; j += full {
					cols, width := min(full, last-j), full
					if cols <= half {
						width = half
					}
					var y []float64
					ldy := width
					if inPlace && cols == width {
						y, ldy = b[p*ldb+j:], ldb
					} else {
						y = panels[(j-first)*depth:][:depth*width]
						if i == 0 {
							gemmPack64(y, width, transB, b, ldb, p, j, depth, cols)
						}
					}
					z := c[i*ldc+j:]
					if cols == width {
						gemmPanel64(z, ldc, x, ldx, y, ldy, rows, width, depth, alpha, beta)
						continue
					}
					wide := grow64(&s.c, gemmHeight*width)
					if beta != 0 {
						gemmCopyAny64(wide, width, z, ldc, rows, cols)
					}
					gemmPanel64(wide, width, x, ldx, y, ldy, rows, width, depth, alpha, beta)
					gemmCopyAny64(z, ldc, wide, width, rows, cols)
				}
			}
			beta = 1
		}
	}
}

// block returns a block of op(a) that begins at (i, p), by rows.
func (s *gemmSpace64) block(trans bool, a []float64, lda, i, p, rows, depth int) (block []float64, ld int) {
	if !trans {
		return a[i*lda+p:], lda
	}
	// An odd number of cache lines apart the rows don't get into one
	// another's way in the cache.
	ld = ((depth+lanes64-1)/lanes64 | 1) * lanes64
	block = grow64(&s.a, rows*ld)
	gemmTransposeAny64(block, ld, a[p*lda+i:], lda, depth, rows)
	return block, ld
}

// gemmPack64 copies a block of op(b) that begins at (p, j) to a panel, and fills
// this up with zeros.
func gemmPack64(panel []float64, width int, trans bool, b []float64, ldb, p, j, depth, cols int) {
	if cols < width {
		clear(panel)
	}
	if trans {
		gemmTransposeAny64(panel, width, b[j*ldb+p:], ldb, cols, depth)
	} else {
		gemmCopyAny64(panel, width, b[p*ldb+j:], ldb, depth, cols)
	}
}

// gemmScale64 multiplies c with beta.
func gemmScale64(beta float64, c []float64, ldc, rows, cols int) {
	for i := range rows {
		row := c[i*ldc:][:cols]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
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
		copy(dst[i*ldd:][:cols], src[i*lds:][:cols])
	}
}

// gemmTransposeAny64 is gemmTranspose64 for any number of rows and columns.
func gemmTransposeAny64(dst []float64, ldd int, src []float64, lds, rows, cols int) {
	r, c := rows&^(lanes64/2-1), cols&^(lanes64/2-1)
	if r > 0 && c > 0 {
		gemmTranspose64(dst, ldd, src, lds, r, c)
	}
	if r > 0 && c < cols {
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

// gemmPanel64Go is the definition of the sums, two rows by four columns at a
// time.
func gemmPanel64Go(c []float64, ldc int, a []float64, lda int, b []float64, ldb, rows, n, k int, alpha, beta float64) {
	for i := 0; i < rows; i += 2 {
		one := i+1 == rows
		x := a[i*lda:][:k]
		y := x
		if !one {
			y = a[(i+1)*lda:][:k]
		}
		for j := 0; j < n; j += 4 {
			var x0, x1, x2, x3, y0, y1, y2, y3 float64
			q := j
			for p, x := range x {
				y, b := y[p], b[q:q+4]
				x0 = fma64(x, b[0], x0)
				x1 = fma64(x, b[1], x1)
				x2 = fma64(x, b[2], x2)
				x3 = fma64(x, b[3], x3)
				y0 = fma64(y, b[0], y0)
				y1 = fma64(y, b[1], y1)
				y2 = fma64(y, b[2], y2)
				y3 = fma64(y, b[3], y3)
				q += ldb
			}
			gemmUpdate64(c[i*ldc+j:], alpha, [4]float64{x0, x1, x2, x3}, beta)
			if !one {
				gemmUpdate64(c[(i+1)*ldc+j:], alpha, [4]float64{y0, y1, y2, y3}, beta)
			}
		}
	}
}

func gemmUpdate64(c []float64, alpha float64, s [4]float64, beta float64) {
	c = c[:4]
	for l, s := range s {
		if beta == 0 {
			c[l] = alpha * s
		} else {
			c[l] = fma64(alpha, s, float64(beta*c[l]))
		}
	}
}
