package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestGemmQuick(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range [][3]int{{5, 7, 3}, {13, 17, 300}, {150, 40, 20}, {7, 500, 3}} {
		m, n, k := s[0], s[1], s[2]
		for tr := range 4 {
			a, b, c := make([]float64, m*k), make([]float64, k*n), make([]float64, m*n)
			for i := range a {
				a[i] = r.NormFloat64()
			}
			for i := range b {
				b[i] = r.NormFloat64()
			}
			lda, ldb := k, n
			if tr&1 > 0 {
				lda = m
			}
			if tr&2 > 0 {
				ldb = k
			}
			Gemm(tr&1 > 0, tr&2 > 0, m, n, k, 1, a, lda, b, ldb, 0, c, n)
			for i := range m {
				for j := range n {
					s := 0.0
					for p := range k {
						ai, bi := i*lda+p, p*ldb+j
						if tr&1 > 0 {
							ai = p*lda + i
						}
						if tr&2 > 0 {
							bi = j*ldb + p
						}
						s += a[ai] * b[bi]
					}
					if math.Abs(s-c[i*n+j]) > 1e-12 {
						t.Fatal(m, n, k, tr, i, j, s, c[i*n+j])
					}
				}
			}
		}
	}
	_ = fmt.Sprint
}
