package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// A dd is the unevaluated sum of two float64 numbers, lo at most half an ulp of
// hi: some 105 bits, and much faster than big.Float, with which
// TestDoubleDouble compares it.
type dd struct{ hi, lo float64 }

func twoSum(a, b float64) dd {
	s := a + b
	if math.IsInf(s, 0) {
		return dd{s, 0}
	}
	t := s - a
	return dd{s, (a - (s - t)) + (b - t)}
}

func (x dd) add(y dd) dd {
	s, t := twoSum(x.hi, y.hi), twoSum(x.lo, y.lo)
	s = twoSum(s.hi, s.lo+t.hi)
	return twoSum(s.hi, s.lo+t.lo)
}

func (x dd) neg() dd { return dd{-x.hi, -x.lo} }

func (x dd) mul(y dd) dd {
	p := x.hi * y.hi
	return twoSum(p, math.FMA(x.hi, y.hi, -p)+(x.hi*y.lo+x.lo*y.hi))
}

func (x dd) over(y float64) dd {
	q := x.hi / y
	if q == 0 || math.IsInf(q, 0) {
		return dd{q, 0}
	}
	s := twoSum(q, (math.FMA(-q, y, x.hi)+x.lo)/y)
	rest := x.add(dd{s.hi, 0}.mul(dd{y, 0}).neg())
	return twoSum(s.hi, rest.hi/y)
}

func (x dd) sqrt() dd {
	s := math.Sqrt(x.hi)
	if s == 0 || math.IsInf(s, 0) {
		return dd{s, 0}
	}
	return twoSum(s, x.add(dd{s, 0}.mul(dd{-s, 0})).hi/(2*s))
}

// exp is the exponential; where it is not well inside float64's range, only
// such as math.Exp gives it.
func (x dd) exp() dd {
	if !(x.hi > -650 && x.hi < 709) {
		return dd{math.Exp(x.hi), 0}
	}
	n := math.Round(x.hi * math.Log2E)
	// The first part has 42 bits, so that its product with n is exact.
	r := x
	for _, part := range []float64{0x1.62e42fefa38p-1, 0x1.ef35793c7673p-45, 0x1.f97b57a079a19p-103} {
		r = r.add(dd{-n, 0}.mul(dd{part, 0}))
	}
	// e^r − 1 from its series at r/2⁹.
	const doublings = 9
	r = dd{math.Ldexp(r.hi, -doublings), math.Ldexp(r.lo, -doublings)}
	p := dd{}
	for _, c := range ddTaylor {
		p = p.mul(r).add(c)
	}
	p = p.mul(r)
	for range doublings {
		p = p.add(p).add(p.mul(p))
	}
	p = p.add(dd{1, 0})
	return dd{math.Ldexp(p.hi, int(n)), math.Ldexp(p.lo, int(n))}
}

// ddTaylor are the 1/k! from k = 10 to 1.
var ddTaylor = func() (c [10]dd) {
	f := dd{1, 0}
	for k := 1; k <= len(c); k++ {
		f = f.over(float64(k))
		c[len(c)-k] = f
	}
	return c
}()

// log is the logarithm, by a step of Newton's method.
func (x dd) log() dd {
	y := dd{math.Log(x.hi), 0}
	return y.add(x.mul(y.neg().exp()).add(dd{-1, 0}))
}

func (x dd) big() *big.Float { return newBig(x.hi).Add(newBig(x.hi), newBig(x.lo)) }

func TestDoubleDouble(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	check := func(what string, got dd, want *big.Float, bits int) {
		t.Helper()
		d := newBig(0).Quo(got.big(), want)
		if d.Sub(d, newBig(1)); d.Sign() != 0 && d.MantExp(nil) > -bits {
			t.Errorf("%s is off by 2^%d", what, d.MantExp(nil))
		}
	}
	for range scaled(4000) {
		x := twoSum(r.NormFloat64()*100, r.NormFloat64()*1e-15)
		y := math.Exp(3 * r.NormFloat64())
		e := x.exp()
		check(fmt.Sprintf("exp(%v)", x), e, bigExp(x.big()), 92)
		check("quotient", x.over(y), newBig(0).Quo(x.big(), newBig(y)), 98)
		a := dd{math.Abs(x.hi), math.Copysign(x.lo, x.hi*x.lo)}
		check("square root", a.sqrt(), newBig(0).Sqrt(a.big()), 98)
		// The logarithm is right if its exponential is.
		l := e.log()
		back := bigExp(l.big())
		check(fmt.Sprintf("log(%v)", e), e, back, 92)
	}
}

// logSumExp is the logarithm of the sum of the exponentials, and the largest of
// 1, its size and theirs.
func logSumExp(terms []dd) (result dd, size float64) {
	most, size := dd{math.Inf(-1), 0}, 1.0
	for _, t := range terms {
		if t.hi != t.hi {
			return dd{math.NaN(), 0}, size
		}
		if t.hi > most.hi || t.hi == most.hi && t.lo > most.lo {
			most = t
		}
		if !math.IsInf(t.hi, 0) {
			size = max(size, math.Abs(t.hi))
		}
	}
	if math.IsInf(most.hi, 0) {
		return most, size
	}
	sum := dd{}
	var last, e dd // rows repeat numbers often
	for i, t := range terms {
		if i == 0 || t != last {
			last, e = t, dd{}
			if t.hi-most.hi > -80 { // as a part of the sum, e^-80 is nothing
				e = t.add(most.neg()).exp()
			}
		}
		sum = sum.add(e)
	}
	result = sum.log().add(most)
	return result, max(size, math.Abs(result.hi))
}

// TestLogSumExpReference checks the reference with big.Float.
func TestLogSumExpReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	for _, spread := range []float64{0.1, 1, 30, 1000} {
		var terms []dd
		sum := newBig(0)
		for range 200 {
			x := spread * r.NormFloat64()
			terms = append(terms, dd{x, 0})
			sum.Add(sum, bigExp(newBig(x)))
		}
		got, _ := logSumExp(terms)
		d := newBig(0).Quo(bigExp(got.big()), sum)
		if d.Sub(d, newBig(1)); d.Sign() != 0 && d.MantExp(nil) > -88 {
			t.Errorf("spread %v: off by 2^%d", spread, d.MantExp(nil))
		}
	}
}

// arguments are (a − c)/ε, c nil for zeros.
func arguments[T Float](a, c []T, eps T) []dd {
	terms := make([]dd, len(a))
	for j, v := range a {
		d := dd{float64(v), 0}
		if c != nil {
			d = twoSum(float64(v), -float64(c[j]))
		}
		terms[j] = d.over(float64(eps))
	}
	return terms
}

// lseOff is the error of got in ulp of size, or +Inf where the exact result is
// not a number that got is not. A result beyond the largest number is +Inf.
func lseOff[T Float](got T, exact dd, size float64) float64 {
	if want := T(exact.hi); want != want || math.IsInf(float64(want), 0) {
		if bitsOf(got) == bitsOf(want) {
			return 0
		}
		return math.Inf(1)
	}
	d := twoSum(float64(got), -exact.hi)
	off := math.Abs(d.hi+(d.lo-exact.lo)) / ulp[T](size)
	if off != off {
		return math.Inf(1)
	}
	return off
}

// lseUlps is the error that the documentation of LogSumExp allows.
const lseUlps = 4

// A lseRow is one row with what distinguishes it.
type lseRow[T Float] struct {
	name string
	a, c []T
	eps  T
}

func lseRows[T Float]() []lseRow[T] {
	r := rand.New(rand.NewPCG(6, 1))
	var rows []lseRow[T]
	row := func(name string, n int, eps float64, a func(j int) float64) {
		s := make([]T, n)
		for j := range s {
			s[j] = T(a(j))
		}
		rows = append(rows, lseRow[T]{name, s, nil, T(eps)})
	}
	withCost := func(name string, n int, eps float64, ac func(j int) (a, c float64)) {
		c := make([]T, n)
		row(name, n, eps, func(j int) float64 {
			a, cost := ac(j)
			c[j] = T(cost)
			return a
		})
		rows[len(rows)-1].c = c
	}
	inf, large := math.Inf(1), 1e300
	if T(large) > math.MaxFloat32 && math.IsInf(float64(T(large)), 1) {
		large = 1e37
	}
	million, many := scaled(1000000), scaled(100000)

	row("nothing", 0, 1, nil)
	for _, x := range []float64{0, 1, -1, 1e-30, 700, -800, large, -large, inf, -inf, math.NaN()} {
		for _, n := range []int{1, 8, 16, 17, 1025} {
			row(fmt.Sprintf("%d times %v", n, x), n, 1, func(int) float64 { return x })
		}
		row(fmt.Sprintf("%v at the end", x), 1400, 1, func(j int) float64 {
			if j == 1399 {
				return x
			}
			return 0.5
		})
		row(fmt.Sprintf("%v amid -Inf", x), 1400, 1, func(j int) float64 {
			if j == 700 {
				return x
			}
			return -inf
		})
	}
	row("NaN, then +Inf", 2200, 1, func(j int) float64 {
		return []float64{math.NaN(), 0, inf}[j/1000]
	})
	row("+Inf, then NaN", 2200, 1, func(j int) float64 {
		return []float64{inf, 0, math.NaN()}[j/1000]
	})
	withCost("all forbidden", 50, 0.1, func(int) (a, c float64) { return 1, inf })
	withCost("-Inf at infinite cost", 50, 0.1, func(j int) (a, c float64) {
		if j%2 == 0 {
			return -inf, inf
		}
		return 1, float64(j)
	})
	withCost("+Inf at infinite cost", 50, 0.1, func(j int) (a, c float64) { return inf, inf })
	withCost("unbounded", 50, 0.1, func(j int) (a, c float64) { return 0, -inf })

	for _, n := range []int{2, 7, 31, 130, 1023, 1024, 1025, 3000} {
		for _, eps := range []float64{1e-30, 1e-3, 0.1, 0.7, 1, 3, 1e4, 1e30} {
			withCost("random", n, eps, func(int) (a, c float64) {
				return r.NormFloat64(), r.Float64()
			})
			withCost("of size ε", n, eps, func(int) (a, c float64) {
				return 10 * eps * r.NormFloat64(), eps * r.Float64()
			})
			withCost("far off", n, eps, func(int) (a, c float64) {
				return (1e4 + r.NormFloat64()) * eps, 1e4 * eps
			})
		}
	}
	for _, eps := range []float64{1 / large, 1e-20, 1, 1e20, large} {
		row("spread", 1000, eps, func(j int) float64 { return large * (r.Float64() - 0.5) })
		row("spread exponents", 1000, eps, func(j int) float64 {
			return math.Copysign(math.Exp(math.Log(large)*(2*r.Float64()-1)), r.Float64()-0.5)
		})
		row("from -huge to huge", 5000, eps, func(j int) float64 { return large / 4 * (float64(j)/5000 - 0.5) })
	}

	for _, low := range []float64{14, 17, 23.5, 30, 36.7, 40} {
		for _, at := range []int{0, many / 2, many - 1} {
			n := many
			if at == many/2 {
				n = million
			}
			row(fmt.Sprintf("one above many at -%v", low), n, 1, func(j int) float64 {
				if j == at {
					return 0
				}
				return -low
			})
		}
	}
	row("a million alike", million, 1, func(int) float64 { return 0.1 })
	row("a million at random", million, 1, func(int) float64 { return 3 * r.NormFloat64() })
	row("a million rising slowly", million, 1, func(j int) float64 { return 1e-5 * float64(j) })
	for _, step := range []float64{1e-5, 1e-3, 1. / 1024, 0.999 / 1024, 1.001 / 1024, 0.05} {
		n := min(many, int(100/step))
		row(fmt.Sprintf("rising by %v", step), n, 1, func(j int) float64 { return step * float64(j) })
		row(fmt.Sprintf("falling by %v", step), n, 1, func(j int) float64 { return -step * float64(j) })
		// The largest is below 1, so that every ulp counts.
		row(fmt.Sprintf("up to 0 by %v", step), n, 1, func(j int) float64 { return step * float64(j+1-n) })
	}
	return rows
}

func TestLogSumExpAccuracy(t *testing.T) {
	bothTypes(t, testLogSumExpAccuracy[float64], testLogSumExpAccuracy[float32])
}

func testLogSumExpAccuracy[T Float](t *testing.T) {
	rows := lseRows[T]()
	type reference struct {
		exact dd
		size  float64
	}
	var exact []reference
	for _, row := range rows {
		e, size := logSumExp(arguments(row.a, row.c, row.eps))
		exact = append(exact, reference{e, size})
	}
	eachForm(t, func(t *testing.T) {
		worst, of := 0.0, ""
		for i, row := range rows {
			if Active() == Go && len(row.a) > 100000 && (testing.Short() || i%4 != 0) {
				continue // the plain form has the same bits, and is slow
			}
			var dst [1]T
			LogSumExp(dst[:], row.a, row.c, len(row.a), row.eps)
			off := lseOff(dst[0], exact[i].exact, exact[i].size)
			if off > lseUlps {
				t.Errorf("%s, n = %d, ε = %v: %v is off by %.3g ulp of %.3g, want %v",
					row.name, len(row.a), row.eps, dst[0], off, exact[i].size, exact[i].exact.hi)
			}
			if off > worst {
				worst, of = off, fmt.Sprintf("%s, n = %d, ε = %v", row.name, len(row.a), row.eps)
			}
		}
		t.Logf("at worst %.2f ulp: %s", worst, of)
	})
}

// TestLogSumExpHostile looks for rows on which the errors add up: one number
// above many equal ones, so that the rounding errors of their sum and of their
// arguments are alike, with a size just below a power of 2. Each is improved a
// little by chance.
func TestLogSumExpHostile(t *testing.T) {
	bothTypes(t, testLogSumExpHostile[float64], testLogSumExpHostile[float32])
}

func testLogSumExpHostile[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	type row struct {
		n                     int
		top, low, c0, c1, eps T
	}
	off := func(p row) float64 {
		a, c := make([]T, p.n), make([]T, p.n)
		for j := range a {
			a[j], c[j] = p.low, p.c1
		}
		a[p.n/2], c[p.n/2] = p.top, p.c0
		var dst [1]T
		LogSumExp(dst[:], a, c, p.n, p.eps)
		exact, size := logSumExp(arguments(a, c, p.eps))
		return lseOff(dst[0], exact, size)
	}
	worst, of := 0.0, row{}
	for range scaled(40) {
		eps := math.Exp(r.Float64())
		size := []float64{1.99, 3.99, 3.99, 7.99}[r.IntN(4)]
		weight := 0.2 + 0.7*r.Float64() // of the many
		top, low := size+math.Log(1-weight), -size
		if r.IntN(2) == 0 {
			low = top - r.Float64()
			low, top = low-2*top, -top
		}
		n := min(8000, 2+int(math.Exp(top-low)*weight/(1-weight)))
		c0, c1 := eps*r.NormFloat64(), eps*r.NormFloat64()
		p := row{n, T(top*eps + c0), T(low*eps + c1), T(c0), T(c1), T(eps)}
		best := off(p)
		for range 60 {
			q := p
			by := T(1 + r.NormFloat64()*math.Pow(10, -2-6*r.Float64()))
			switch r.IntN(6) {
			case 0:
				q.top *= by
			case 1:
				q.low *= by
			case 2:
				q.c0 *= by
			case 3:
				q.c1 *= by
			case 4:
				q.eps *= by
			case 5:
				q.n = max(2, q.n+r.IntN(65)-32)
			}
			if e := off(q); e >= best {
				p, best = q, e
			}
		}
		if best > worst {
			worst, of = best, p
		}
	}
	if worst > lseUlps {
		t.Errorf("off by %.2f ulp: %+v", worst, of)
	}
	t.Logf("at worst %.2f ulp: %+v", worst, of)
}

// TestLogSumExpRows gives rows in blocks and compares the bits.
func TestLogSumExpRows(t *testing.T) {
	bothTypes(t, testLogSumExpRows[float64], testLogSumExpRows[float32])
}

func testLogSumExpRows[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	const m, n, ldc = 150, 700, 711
	a, c, coord := make([]T, n), make([]T, m*ldc), make([]T, 5*n)
	for _, s := range [][]T{a, c, coord} {
		for i := range s {
			s[i] = T(r.NormFloat64())
		}
	}
	y := Points[T]{N: n, D: 5, Stride: n, Coord: coord}
	x := y.Slice(3, 3+m)
	eachForm(t, func(t *testing.T) {
		whole, parts := make([]T, m), make([]T, m)
		for _, f := range []func(dst []T, i, j int){
			func(dst []T, i, j int) { LogSumExp(dst, a, c[i*ldc:], ldc, 0.1) },
			func(dst []T, i, j int) { LogSumExpDist(dst, a, x.Slice(i, j), y, SqEuclidean, 0.1) },
			func(dst []T, i, j int) { LogSumExpDist(dst, a, x.Slice(i, j), y, Euclidean, 0.1) },
		} {
			f(whole, 0, m)
			for i := 0; i < m; {
				j := min(m, i+1+r.IntN(70))
				f(parts[i:j], i, j)
				i = j
			}
			if i := firstDifference(whole, parts); i >= 0 {
				t.Errorf("row %d alone is %v, and %v with others", i, parts[i], whole[i])
			}
		}
	})
}

func TestLogSumExpDist(t *testing.T) {
	bothTypes(t, testLogSumExpDist[float64], testLogSumExpDist[float32])
}

// distances returns the exact costs of x and every point of y.
func distances[T Float](x, y Points[T], i int, cost Cost) []dd {
	c := make([]dd, y.N)
	for j := range c {
		for k := range x.D {
			d := twoSum(float64(x.Coord[k*x.Stride+i]), -float64(y.Coord[k*y.Stride+j]))
			c[j] = c[j].add(d.mul(d))
		}
		if cost == Euclidean {
			c[j] = c[j].sqrt()
		}
	}
	return c
}

// In d dimensions a squared distance has d + 2 roundings of half an ulp, which
// rarely go one way. What they add to the error of an argument is allowed for.
func testLogSumExpDist[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	type problem struct {
		d, m, n int
		shift   float64
		cost    Cost
		eps     T
	}
	var problems []problem
	for d := 1; d <= maxDim; d++ {
		for _, cost := range []Cost{SqEuclidean, Euclidean} {
			shift := []float64{0, 0, 1e3}[r.IntN(3)]
			eps := T(float64(d) * math.Exp(3*r.NormFloat64()-2))
			n := 1 + r.IntN(1+scaled(300))
			problems = append(problems, problem{d, 1 + r.IntN(3), n, shift, cost, eps})
		}
	}
	for _, d := range []int{1, 2, 5, 64} {
		problems = append(problems,
			problem{d, 67, scaled(600), 0, SqEuclidean, 0.3},
			problem{d, 2, 1500, 0, Euclidean, 0.3},
			problem{d, 2, 0, 0, Euclidean, 0.3},
			problem{d, 0, 5, 0, SqEuclidean, 0.3})
	}
	worst, over := map[Form]float64{}, map[Form]float64{}
	for _, p := range problems {
		x, y := randomPoints[T](r, p.m, p.d, p.shift), randomPoints[T](r, p.n, p.d, p.shift)
		a := make([]T, p.n)
		for j := range a {
			a[j] = T(r.NormFloat64() * float64(p.d))
		}
		costs := make([][]dd, p.m)
		for i := range costs {
			costs[i] = distances(x, y, i, p.cost)
		}
		for f := Go; f <= Best(); f++ {
			restore := Use(f)
			got := make([]T, p.m)
			LogSumExpDist(got, a, x, y, p.cost, p.eps)
			// The same with the costs as they are computed.
			sq := make([]T, p.m*p.n)
			SqDist(sq, p.n, x, y)
			restore()
			for i := range got {
				terms, rounded := make([]dd, p.n), sq[i*p.n:][:p.n]
				for j := range terms {
					terms[j] = costs[i][j].neg().add(dd{float64(a[j]), 0}).over(float64(p.eps))
					if p.cost == Euclidean {
						rounded[j] = T(math.Sqrt(float64(rounded[j])))
					}
				}
				exact, size := logSumExp(arguments(a, rounded, p.eps))
				off := lseOff(got[i], exact, size)
				if off > lseUlps {
					t.Errorf("%v: %+v: row %d is %v, off by %.3g ulp of %v", f, p, i, got[i], off, size)
				}
				worst[f] = max(worst[f], off)
				exact, size = logSumExp(terms)
				off = lseOff(got[i], exact, size)
				if off > lseUlps+float64(p.d+2)/2 {
					t.Errorf("%v: %+v: row %d is %v, off by %.3g ulp of %v from that of exact costs", f, p, i, got[i], off, size)
				}
				over[f] = max(over[f], off)
			}
		}
	}
	for f := Go; f <= Best(); f++ {
		t.Logf("%v: at worst %.2f ulp from that of rounded costs, %.2f from that of exact ones", f, worst[f], over[f])
	}
}

func TestLogSumExpPanics(t *testing.T) {
	a, c, dst := make([]float64, 4), make([]float64, 11), make([]float64, 3)
	for _, eps := range []float64{0, -1, math.NaN(), inf64, 1e-310} {
		panics(t, func() { LogSumExp(dst, a, nil, 0, eps) }, "LogSumExp:", fmt.Sprintf("eps = %v", eps))
	}
	panics(t, func() { LogSumExp(make([]float32, 1), nil, nil, 0, 1e-40) }, "LogSumExp:", "eps = 1e-40")
	panics(t, func() { LogSumExp(dst, a, c, 4, 1) }, "LogSumExp:", "len(c) = 11", "ldc = 4", "3 × 4")
	panics(t, func() { LogSumExp(dst, a, make([]float64, 20), 3, 1) }, "LogSumExp:", "ldc = 3")
	panics(t, func() { LogSumExp(dst, a, []float64{}, 4, 1) }, "LogSumExp:", "len(c) = 0")

	x, y := NewPoints(c[:6], 2), NewPoints(c[:8], 2)
	dist := func(dst, a []float64, x, y Points[float64], cost Cost, eps float64) func() {
		return func() { LogSumExpDist(dst, a, x, y, cost, eps) }
	}
	panics(t, dist(dst, a, x, y, Euclidean, 0), "LogSumExpDist:", "eps = 0")
	panics(t, dist(dst[:2], a, x, y, Euclidean, 1), "LogSumExpDist:", "len(dst) = 2", "want 3")
	panics(t, dist(dst, a[:1], x, y, Euclidean, 1), "LogSumExpDist:", "len(a) = 1", "want 4")
	panics(t, dist(dst, a, x, y, 2, 1), "LogSumExpDist:", "no cost 2")
	panics(t, dist(dst, a, x, NewPoints(c[:8], 4), Euclidean, 1), "LogSumExpDist:", "y has dimension 4", "2")
}

// FuzzLogSumExp takes its numbers from bytes, as float64 or float32 bits, and
// compares with the reference and among forms.
func FuzzLogSumExp(f *testing.F) {
	bytes := func(x ...float64) (b []byte) {
		for _, v := range x {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return b
	}
	f.Add(bytes(1, 2, 3, 4), 1.0, false)
	f.Add(bytes(0, -1, -2, inf64), 0.1, true)
	f.Add(bytes(inf64, inf64, -inf64, inf64), 0.1, true)
	f.Add(bytes(1e300, -1e300, math.NaN(), 5e-324, 700, 12), 1e-300, false)
	f.Add(bytes(1e300, -1e300, 1e299, 1e298), 1e300, false)
	f.Fuzz(func(t *testing.T, data []byte, eps float64, cost bool) {
		var x []float64
		var y []float32
		for ; len(data) >= 8; data = data[8:] {
			b := binary.LittleEndian.Uint64(data)
			x = append(x, math.Float64frombits(b))
			y = append(y, math.Float32frombits(uint32(b>>32)), float32(math.Float64frombits(b)))
		}
		fuzzLogSumExp(t, x, eps, cost, math.MaxFloat64/4)
		fuzzLogSumExp(t, y, float32(eps), cost, math.MaxFloat32/4)
	})
}

// Finite numbers are at most as large as most, so that their differences are
// finite too.
func fuzzLogSumExp[T Float](t *testing.T, data []T, eps T, cost bool, most float64) {
	if !(eps > 0) || math.IsInf(float64(eps), 0) || math.IsInf(float64(1/eps), 0) {
		return
	}
	a, c := data, []T(nil)
	if cost {
		n := len(data) / 2
		a, c = data[:n], data[n:2*n]
	}
	for _, v := range data {
		if a := math.Abs(float64(v)); a > most && !math.IsInf(a, 0) {
			return
		}
	}
	exact, size := logSumExp(arguments(a, c, eps))
	var want T
	for f := Go; f <= Best(); f++ {
		var dst [1]T
		restore := Use(f)
		LogSumExp(dst[:], a, c, len(a), eps)
		restore()
		if f == Go {
			want = dst[0]
		}
		if bitsOf(dst[0]) != bitsOf(want) {
			t.Fatalf("%v: %v, in Go %v", f, dst[0], want)
		}
	}
	if off := lseOff(want, exact, size); off > lseUlps {
		t.Fatalf("%v is off by %v ulp of %v, want %v", want, off, size, exact.hi)
	}
}
