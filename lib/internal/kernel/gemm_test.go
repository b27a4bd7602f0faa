package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

// A gemmCase is a product of random matrices.
type gemmCase struct {
	transA, transB bool
	m, n, k        int
	alpha, beta    float64
	gap            int // the entries between rows
	nasty          bool
	seed           uint64
}

// A gemmProblem is the case in one element type. All is embedded in NaN, which
// shows reading outside the matrices, and writing there.
type gemmProblem[T Float] struct {
	gemmCase
	alpha, beta   T
	a, b, c       []T
	lda, ldb, ldc int
}

func newGemmProblem[T Float](q gemmCase) gemmProblem[T] {
	p := gemmProblem[T]{gemmCase: q, alpha: T(q.alpha), beta: T(q.beta)}
	r := rand.New(rand.NewPCG(q.seed, 1))
	fill := func(trans bool, rows, cols int) ([]T, int) {
		if trans {
			rows, cols = cols, rows
		}
		ld := cols + q.gap
		x := make([]T, 3+rows*ld+70)
		for i := range x {
			x[i] = T(math.NaN())
		}
		x = x[3:]
		for i := range rows {
			for j := range cols {
				x[i*ld+j] = T(r.NormFloat64())
				if q.nasty && r.IntN(8) == 0 {
					x[i*ld+j] = nasty[T](r)
				}
			}
		}
		return x, ld
	}
	p.a, p.lda = fill(q.transA, q.m, q.k)
	p.b, p.ldb = fill(q.transB, q.k, q.n)
	p.c, p.ldc = fill(false, q.m, q.n)
	return p
}

func nasty[T Float](r *rand.Rand) T {
	tiny, huge := math.SmallestNonzeroFloat64, math.MaxFloat64
	if _, ok := any(T(0)).(float32); ok {
		tiny, huge = math.SmallestNonzeroFloat32, math.MaxFloat32
	}
	x := []float64{0, math.Copysign(0, -1), tiny, -1000 * tiny, huge, -huge / 3, math.Inf(1), math.Inf(-1), math.NaN()}
	return T(x[r.IntN(len(x))])
}

func (p *gemmProblem[T]) at(i, j int) (a, b func(q int) T) {
	return func(q int) T {
			if p.transA {
				return p.a[q*p.lda+i]
			}
			return p.a[i*p.lda+q]
		}, func(q int) T {
			if p.transB {
				return p.b[j*p.ldb+q]
			}
			return p.b[q*p.ldb+j]
		}
}

// run returns c as Gemm leaves it.
func (p *gemmProblem[T]) run(f Form) []T {
	defer Use(f)()
	c := append([]T(nil), p.c...)
	Gemm(p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, c, p.ldc)
	return c
}

// definition returns c as the documentation defines it.
func (p *gemmProblem[T]) definition() []T {
	c := append([]T(nil), p.c...)
	for i := range p.m {
		for j := range p.n {
			a, b := p.at(i, j)
			z := &c[i*p.ldc+j]
			if p.k == 0 || p.alpha == 0 {
				*z *= p.beta
				if p.beta == 0 {
					*z = 0
				}
				continue
			}
			beta := p.beta
			for q := 0; q < p.k; q += 256 {
				var s T
				for l := q; l < min(q+256, p.k); l++ {
					s = fma(a(l), b(l), s)
				}
				if beta == 0 {
					*z = p.alpha * s
				} else {
					*z = fma(p.alpha, s, T(beta**z))
				}
				beta = 1
			}
		}
	}
	return c
}

func fma[T Float](x, y, z T) T {
	switch x := any(x).(type) {
	case float32:
		return T(fma32(x, float32(y), float32(z)))
	case float64:
		return T(math.FMA(x, float64(y), float64(z)))
	}
	panic("unreachable")
}

func forms() []Form {
	var f []Form
	for i := Go; i <= Best(); i++ {
		f = append(f, i)
	}
	return f
}

// checkBits compares every form with the definition, gaps included.
func checkBits[T Float](t *testing.T, q gemmCase) {
	t.Helper()
	p := newGemmProblem[T](q)
	want := p.definition()
	for _, f := range forms() {
		for i, x := range p.run(f) {
			if !sameBits(x, want[i]) {
				t.Fatalf("%v %T %+v: c[%d] = %v, want %v", f, x, q, i, x, want[i])
			}
		}
	}
}

func sameBits[T Float](x, y T) bool {
	return x != x && y != y || x == y && math.Signbit(float64(x)) == math.Signbit(float64(y))
}

// checkAccuracy compares the active form with a triple loop in double
// precision.
func checkAccuracy[T Float](t *testing.T, q gemmCase) {
	t.Helper()
	p := newGemmProblem[T](q)
	unit := 0x1p-53
	if _, ok := any(T(0)).(float32); ok {
		unit = 0x1p-24
	}
	c := p.run(Active())
	for i := range q.m {
		for j := range q.n {
			a, b := p.at(i, j)
			sum, size := 0.0, 0.0
			for l := range q.k {
				x := float64(a(l)) * float64(b(l))
				sum += x
				size += math.Abs(x)
			}
			old := float64(p.beta) * float64(p.c[i*p.ldc+j])
			if p.beta == 0 {
				old = 0
			}
			want := float64(p.alpha)*sum + old
			bound := float64(q.k+4) * unit * (math.Abs(float64(p.alpha))*size + math.Abs(old))
			if unit == 0x1p-53 {
				bound *= 2 // the triple loop rounds as well
			}
			if got := float64(c[i*p.ldc+j]); !(math.Abs(got-want) <= bound) {
				t.Fatalf("%T %+v: c[%d,%d] = %v, want %v within %g", c, q, i, j, got, want, bound)
			}
		}
	}
}

func TestGemmSmall(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 3
	}
	for m := 0; m <= 20; m += step {
		for n := 0; n <= 20; n += step {
			for k := 0; k <= 20; k += step {
				for trans := range 4 {
					q := gemmCase{
						transA: trans&1 > 0, transB: trans&2 > 0, m: m, n: n, k: k,
						alpha: 1.5, beta: float64((m + n + k) % 3), gap: (m ^ n) & 3, seed: uint64(k),
					}
					checkBits[float64](t, q)
					checkBits[float32](t, q)
					checkAccuracy[float64](t, q)
					checkAccuracy[float32](t, q)
				}
			}
		}
	}
}

// Around the multiples of tiles, panels and blocks of all forms.
func TestGemmEdges(t *testing.T) {
	around := func(x ...int) (y []int) {
		for _, x := range x {
			y = append(y, x-1, x, x+1)
		}
		return y
	}
	m, n, k := around(6, 12, 24, gemmFewRows, gemmHeight), around(4, 8, 16, 32, 64), around(4, gemmDepth, 2*gemmDepth)
	r := rand.New(rand.NewPCG(3, 4))
	count := 60
	if testing.Short() {
		count = 10
	}
	for range count {
		q := gemmCase{
			transA: r.IntN(2) == 0, transB: r.IntN(2) == 0,
			m: m[r.IntN(len(m))], n: n[r.IntN(len(n))], k: k[r.IntN(len(k))],
			alpha: r.NormFloat64(), beta: float64(r.IntN(3)) / 2, gap: r.IntN(4), seed: r.Uint64(),
		}
		checkBits[float64](t, q)
		checkBits[float32](t, q)
		checkAccuracy[float64](t, q)
		checkAccuracy[float32](t, q)
	}
	for trans := range 4 {
		for _, n := range around(gemmWidth) {
			q := gemmCase{transA: trans&1 > 0, transB: trans&2 > 0, m: 41, n: n, k: 11, alpha: 1, beta: 0.7, seed: 5}
			checkBits[float64](t, q)
			checkBits[float32](t, q)
		}
	}
}

func TestGemmScalars(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, alpha := range []float64{0, math.Copysign(0, -1), 1, -1, 0.3, inf, nan} {
		for _, beta := range []float64{0, math.Copysign(0, -1), 1, -1, 0.3, inf, nan} {
			for _, k := range []int{0, 1, 5, 260} {
				for _, nasty := range []bool{false, true} {
					q := gemmCase{m: 7, n: 13, k: k, alpha: alpha, beta: beta, gap: 1, nasty: nasty, seed: 6}
					checkBits[float64](t, q)
					checkBits[float32](t, q)
				}
			}
		}
	}
}

// With alpha = 0 the slices of a and b may be nil, and beta = 0 overwrites NaN.
func TestGemmReadsNothing(t *testing.T) {
	for _, f := range forms() {
		restore := Use(f)
		c := []float64{math.NaN(), math.Inf(1)}
		Gemm(false, false, 1, 2, 3, 0, nil, 0, nil, 0, 0, c, 2)
		if c[0] != 0 || c[1] != 0 {
			t.Errorf("%v: alpha = 0: c = %v, want 0 0", f, c)
		}
		c = []float64{math.NaN(), math.Inf(1)}
		Gemm(false, false, 1, 2, 1, 1, []float64{2}, 1, []float64{3, 4}, 2, 0, c, 2)
		if c[0] != 6 || c[1] != 8 {
			t.Errorf("%v: beta = 0: c = %v, want 6 8", f, c)
		}
		restore()
	}
}

// NaN and Inf appear where they do in a plain triple loop.
func TestGemmPropagates(t *testing.T) {
	special := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 0, 0}
	r := rand.New(rand.NewPCG(7, 8))
	for _, f := range forms() {
		restore := Use(f)
		for range 50 {
			m, n, k := 1+r.IntN(20), 1+r.IntN(20), 1+r.IntN(300)
			a, b, c := make([]float64, m*k), make([]float64, k*n), make([]float64, m*n)
			for _, x := range [][]float64{a, b} {
				for i := range x {
					x[i] = r.NormFloat64()
				}
				for range r.IntN(5) {
					x[r.IntN(len(x))] = special[r.IntN(len(special))]
				}
			}
			Gemm(false, false, m, n, k, 1, a, k, b, n, 0, c, n)
			for i := range m {
				for j := range n {
					s := 0.0
					for p := range k {
						s += a[i*k+p] * b[p*n+j]
					}
					got := c[i*n+j]
					if math.IsNaN(s) != math.IsNaN(got) || math.IsInf(s, 1) != math.IsInf(got, 1) || math.IsInf(s, -1) != math.IsInf(got, -1) {
						t.Fatalf("%v: %d×%d×%d: c[%d,%d] = %v, want %v", f, m, n, k, i, j, got, s)
					}
				}
			}
		}
		restore()
	}
}

// A product computed in parts, at once, has the same bits.
func TestGemmParts(t *testing.T) {
	testGemmParts[float64](t)
	testGemmParts[float32](t)
}

func testGemmParts[T Float](t *testing.T) {
	for trans := range 4 {
		p := newGemmProblem[T](gemmCase{
			transA: trans&1 > 0, transB: trans&2 > 0,
			m: 115, n: 70, k: 270, alpha: 1.3, beta: 0.4, gap: 2, seed: 9,
		})
		want := p.run(Active())
		got := append([]T(nil), p.c...)
		var wg sync.WaitGroup
		for i := 0; i < p.m; i += 29 {
			for j := 0; j < p.n; j += 23 {
				wg.Go(func() {
					a, b := i*p.lda, j
					if p.transA {
						a = i
					}
					if p.transB {
						b = j * p.ldb
					}
					Gemm(p.transA, p.transB, min(29, p.m-i), min(23, p.n-j), p.k, p.alpha, p.a[a:], p.lda, p.b[b:], p.ldb, p.beta, got[i*p.ldc+j:], p.ldc)
				})
			}
		}
		wg.Wait()
		for i := range got {
			if !sameBits(got[i], want[i]) {
				t.Fatalf("%T, transposed %d: entry %d is %v in parts, %v at once", got, trans, i, got[i], want[i])
			}
		}
	}
}

func TestGemmPanics(t *testing.T) {
	x := make([]float64, 12)
	for _, c := range []struct {
		want string
		call func()
	}{
		{"m = -1", func() { Gemm(false, false, -1, 2, 3, 1, x, 3, x, 2, 0, x, 2) }},
		{"n = -2", func() { Gemm(false, false, 1, -2, 3, 1, x, 3, x, 2, 0, x, 2) }},
		{"k = -3", func() { Gemm(false, false, 1, 2, -3, 1, x, 3, x, 2, 0, x, 2) }},
		{"lda = 2", func() { Gemm(false, false, 2, 2, 3, 1, x, 2, x, 2, 0, x, 2) }},
		{"ldb = 1", func() { Gemm(false, false, 2, 2, 3, 1, x, 3, x, 1, 0, x, 2) }},
		{"ldb = 2", func() { Gemm(false, true, 2, 2, 3, 1, x, 3, x, 2, 0, x, 2) }},
		{"ldc = -1", func() { Gemm(false, false, 2, 2, 3, 1, x, 3, x, 2, 0, x, -1) }},
		{"a has 5", func() { Gemm(false, false, 2, 2, 3, 1, x[:5], 3, x, 2, 0, x, 2) }},
		{"a has 5", func() { Gemm(true, false, 2, 2, 3, 1, x[:5], 2, x, 2, 0, x, 2) }},
		{"b has 5", func() { Gemm(false, false, 2, 2, 3, 1, x, 3, x[:5], 2, 0, x, 2) }},
		{"c has 3", func() { Gemm(false, false, 2, 2, 3, 1, x, 3, x, 2, 0, x[:3], 2) }},
		{"c has 12", func() { Gemm(false, false, 2, 2, 3, 1, x, 3, x, 2, 0, x, math.MaxInt) }},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, c.want) {
					t.Errorf("the panic is %q, want %q in it", got, c.want)
				}
			}()
			c.call()
		}()
	}
}

func FuzzGemm(f *testing.F) {
	f.Add(uint8(7), uint8(9), uint16(300), uint8(1), 1.5, 0.5, uint64(1))
	f.Add(uint8(97), uint8(33), uint16(3), uint8(6), -1.0, 0.0, uint64(2))
	f.Fuzz(func(t *testing.T, m, n uint8, k uint16, flags uint8, alpha, beta float64, seed uint64) {
		q := gemmCase{
			transA: flags&1 > 0, transB: flags&2 > 0, nasty: flags&4 > 0, gap: int(flags >> 4),
			m: int(m), n: int(n), k: int(k) % 600, alpha: alpha, beta: beta, seed: seed,
		}
		checkBits[float64](t, q)
		checkBits[float32](t, q)
	})
}
