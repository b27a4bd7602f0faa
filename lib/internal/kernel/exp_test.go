package kernel

import (
	"flag"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

var exhaustive = flag.Bool("exhaustive", false, "test exp of all 2³² float32 numbers")

// prec is the precision of the references.
const prec = 240

// bigLn2 is ln 2 = 2 artanh(1/3).
var bigLn2 = func() *big.Float {
	sum, power := newBig(0), newBig(2).Quo(newBig(2), newBig(3))
	for k := 1; power.MantExp(nil) > -prec-8; k += 2 {
		sum.Add(sum, newBig(0).Quo(power, newBig(float64(k))))
		power.Quo(power, newBig(9))
	}
	return sum
}()

// bigTaylor are the 1/k!, the last first.
var bigTaylor = func() (c [18]*big.Float) {
	f := newBig(1)
	for k := range c {
		c[len(c)-1-k] = newBig(0).Quo(newBig(1), f)
		f.Mul(f, newBig(float64(k+1)))
	}
	return c
}()

func newBig(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }

// bigExp is eˣ to some 220 bits, for |x| < 2²⁰: (e^(r/2¹⁰))^(2¹⁰)·2ⁿ.
func bigExp(x *big.Float) *big.Float {
	near, _ := x.Float64()
	n := math.Round(near * math.Log2E)
	r := newBig(0).Sub(x, newBig(0).Mul(newBig(n), bigLn2))
	const squarings = 10
	r.SetMantExp(r, -squarings)
	p := newBig(0)
	for _, c := range bigTaylor {
		p.Mul(p, r).Add(p, c)
	}
	for range squarings {
		p.Mul(p, p)
	}
	return p.SetMantExp(p, int(n))
}

func TestBigExp(t *testing.T) {
	// From a table: e and e⁻¹⁰ to 50 digits.
	for _, c := range []struct {
		x    float64
		want string
	}{
		{1, "2.7182818284590452353602874713526624977572470937000"},
		{-10, "0.000045399929762484851535591515560550610237918088866565"},
		{0, "1"},
	} {
		want, _, err := big.ParseFloat(c.want, 10, prec, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		got := bigExp(newBig(c.x))
		if d := newBig(0).Sub(newBig(0).Quo(got, want), newBig(1)); d.Sign() != 0 && d.MantExp(nil) > -155 {
			t.Errorf("bigExp(%v) = %.50g, want %v", c.x, got, c.want)
		}
	}
	// The functional equation, in which the halvings and powers of 2 differ.
	for _, x := range []float64{1e-9, 0.34, 0.35, 3, -7.5, 709, -745} {
		once, twice := bigExp(newBig(x)), bigExp(newBig(2*x))
		d := newBig(0).Quo(once.Mul(once, once), twice)
		if d.Sub(d, newBig(1)); d.Sign() != 0 && d.MantExp(nil) > -210 {
			t.Errorf("exp(%v)² is off exp(%v) by 2^%d", x, 2*x, d.MantExp(nil))
		}
	}
}

// ulp is the distance of two neighbours among the numbers of type T with the
// binary exponent of x, or of the smallest or largest numbers.
func ulp[T Float](x float64) float64 {
	e := math.MinInt32
	if x != 0 {
		e = math.Ilogb(x)
	}
	if _, single := any(T(0)).(float32); single {
		return math.Ldexp(1, min(max(e, -126), 127)-23)
	}
	return math.Ldexp(1, min(max(e, -1022), 1023)-52)
}

// ulpsOff is the error of got in ulp of the exact number, ±Inf taken for the
// number that would follow the largest.
func ulpsOff[T Float](got T, exact *big.Float) float64 {
	near, _ := exact.Float64()
	if near == 0 || math.Abs(near) < 0x1p-1022 {
		near = 0x1p-1022
	}
	g := newBig(0)
	switch {
	case got != got:
		return math.Inf(1)
	case math.IsInf(float64(got), 0):
		e := 1024
		if _, single := any(got).(float32); single {
			e = 128
		}
		g.SetMantExp(newBig(math.Copysign(1, float64(got))), e)
		if g.Cmp(exact) == -g.Sign() || g.Cmp(exact) == 0 {
			return 0
		}
	default:
		g.SetFloat64(float64(got))
	}
	off, _ := g.Sub(g, exact).Quo(g, newBig(ulp[T](near))).Float64()
	return math.Abs(off)
}

// exactExp is exp(x) for any number x.
func exactExp(x float64) *big.Float {
	return bigExp(newBig(max(min(x, 2000), -2000)))
}

// neighbours appends the 2k+1 numbers around x.
func neighbours(s []float64, x float64, k int) []float64 {
	for range k {
		x = math.Nextafter(x, math.Inf(-1))
	}
	for range 2*k + 1 {
		s = append(s, x)
		x = math.Nextafter(x, math.Inf(1))
	}
	return s
}

// expPoints are dense where exp is a number, denser at the ends of its range
// and of the reduced one, where a result passes a power of 2, and near 0.
func expPoints(r *rand.Rand) []float64 {
	var x []float64
	for range scaled(20000) {
		x = append(x,
			-745.2+r.Float64()*(745.2+709.8),
			-745.2+r.Float64()*(745.2-707.9),
			math.Copysign(math.Ldexp(1+r.Float64(), r.IntN(71)-60), r.Float64()-0.5))
	}
	for n := -1076; n <= 1025; n++ {
		x = neighbours(x, float64(n)*math.Ln2, 2)
		x = neighbours(x, (float64(n)+0.5)*math.Ln2, 2)
	}
	for _, edge := range []float64{
		709.782712893384, 710, -708, -708.3964185322641, -744.4400719213812, -745.1332191019412, -746, 0, 1, -1,
	} {
		x = neighbours(x, edge, 40)
	}
	return x
}

func TestExpAccuracy64(t *testing.T) {
	x := expPoints(rand.New(rand.NewPCG(2, 1)))
	exact := make([]*big.Float, len(x))
	for i, v := range x {
		exact[i] = exactExp(v)
	}
	eachForm(t, func(t *testing.T) {
		y := make([]float64, len(x))
		Exp(y, x)
		worst, at := 0.0, 0.0
		for i, got := range y {
			if off := ulpsOff(got, exact[i]); off > worst {
				worst, at = off, x[i]
			}
		}
		if worst > 1 {
			t.Errorf("exp(%v) is off by %.4f ulp", at, worst)
		}
		t.Logf("%d numbers, at worst %.4f ulp at %v", len(x), worst, at)
	})
}

// TestExpAccuracy32 takes a part of all numbers between those whose
// exponential is 0 and +Inf, or all. The reference is good to a part in 2⁵² and
// an ulp at least one in 2²⁴.
func TestExpAccuracy32(t *testing.T) {
	eachForm(t, func(t *testing.T) {
		step := uint32(211)
		switch {
		case *exhaustive && Active() == Best():
			step = 1
		case Active() == Go, testing.Short():
			step *= 41
		}
		var x, y [4096]float32
		worst, at := 0.0, float32(0)
		for _, sign := range []uint32{0, 1 << 31} {
			end := math.Float32bits(110)
			if step == 1 {
				end = math.MaxUint32 >> 1
			}
			for b := uint32(0); b <= end; {
				n := 0
				for ; n < len(x) && b <= end; n++ {
					x[n] = math.Float32frombits(sign | b)
					b += step
				}
				Exp(y[:n], x[:n])
				for i, v := range x[:n] {
					if off := expOff32(y[i], v); off > worst {
						worst, at = off, v
					}
				}
			}
		}
		if worst > 1 {
			t.Errorf("exp(%v) is off by %.4f ulp", at, worst)
		}
		t.Logf("every %d. number, at worst %.4f ulp at %v", step, worst, at)
	})
}

// expOff32 is the error of got in ulp of exp(x).
func expOff32(got, x float32) float64 {
	exact := math.Exp(float64(x))
	switch {
	case x != x && got != got:
		return 0
	case exact >= 0x1p128 && math.IsInf(float64(got), 1):
		return 0
	case math.IsInf(float64(got), 1):
		return (0x1p128 - exact) / ulp[float32](exact)
	case x != x || got != got:
		return math.Inf(1)
	}
	return math.Abs(float64(got)-exact) / ulp[float32](exact)
}

func TestExpSpecial(t *testing.T) { bothTypes(t, testExpSpecial[float64], testExpSpecial[float32]) }

func testExpSpecial[T Float](t *testing.T) {
	inf := T(math.Inf(1))
	cases := [][2]T{
		{0, 1},
		{T(math.Copysign(0, -1)), 1},
		{inf, inf},
		{-inf, 0},
		{T(math.NaN()), T(math.NaN())},
		{-T(math.NaN()), T(math.NaN())},
		{T(math.MaxFloat32), inf},
		{-T(math.MaxFloat32), 0},
		{1e-30, 1},
		{-1e-30, 1},
		{710, inf},
		{-746, 0},
	}
	switch c := any(&cases).(type) {
	case *[][2]float64:
		*c = append(*c, [][2]float64{
			{math.MaxFloat64, inf64},
			{-math.MaxFloat64, 0},
			{5e-324, 1},
			{709.782712893384, 0x1.fffffffffff2ap1023},
			{math.Nextafter(709.782712893384, 710), inf64},
			{-745.1332191019411, 5e-324},
			{-745.1332191019412, 0},
		}...)
	case *[][2]float32:
		*c = append(*c, [][2]float32{
			{0x1p-149, 1},
			{88.72283, 0x1.ffff08p127},
			{88.72284, inf32},
			{-103.97, 0x1p-149},
			{-103.98, 0},
		}...)
	}
	eachForm(t, func(t *testing.T) {
		for _, c := range cases {
			// Alone, and beside numbers that take the fast path.
			for _, x := range [][]T{{c[0]}, {1, 2, c[0]}, append(make([]T, 37), c[0])} {
				y := make([]T, len(x))
				Exp(y, x)
				got, want := y[len(y)-1], c[1]
				if bitsOf(got) != bitsOf(want) {
					t.Errorf("exp(%v) = %v, want %v", c[0], got, want)
				}
			}
		}
	})
}

func TestExpPanics(t *testing.T) {
	panics(t, func() { Exp(make([]float64, 3), make([]float64, 4)) }, "Exp:", "len(dst) = 3", "want 4")
	panics(t, func() { Exp(make([]float32, 4), nil) }, "Exp:", "len(dst) = 4", "want 0")
}

// FuzzExp puts a number somewhere into a slice of other ones, and looks at all.
func FuzzExp(f *testing.F) {
	for _, x := range []float64{0, 1, -0.5, 709.78, -745.13, -708.4, 88.7, -103.9, -87.3, math.Inf(1), math.NaN()} {
		f.Add(x, -x/3, uint8(9), uint8(3))
	}
	f.Fuzz(func(t *testing.T, x, other float64, n, at uint8) {
		fuzzExp(t, x, other, n, at, func(got, x float64) float64 { return ulpsOff(got, exactExp(x)) })
		fuzzExp(t, float32(x), float32(other), n, at, expOff32)
	})
}

func fuzzExp[T Float](t *testing.T, v, other T, n, at uint8, off func(got, x T) float64) {
	x := make([]T, int(n)+1)
	for i := range x {
		x[i] = other
	}
	x[int(at)%len(x)] = v
	var want []T
	for f := Go; f <= Best(); f++ {
		y := make([]T, len(x))
		restore := Use(f)
		Exp(y, x)
		restore()
		if f == Go {
			want = y
		}
		if i := firstDifference(y, want); i >= 0 {
			t.Fatalf("%v: exp(%v) = %v, in Go %v", f, x[i], y[i], want[i])
		}
	}
	for _, i := range []int{int(at) % len(x), (int(at) + 1) % len(x)} {
		if x[i] != x[i] {
			if want[i] == want[i] {
				t.Fatalf("exp(NaN) = %v", want[i])
			}
		} else if e := off(want[i], x[i]); e > 1 {
			t.Fatalf("exp(%v) = %v is off by %v ulp", x[i], want[i], e)
		}
	}
}
