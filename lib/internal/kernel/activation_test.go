package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// bigSigmoid returns σ(x), σ'(x), x σ(x) and the derivative of that, in its
// two terms σ(x) and x σ'(x), for any finite x.
func bigSigmoid(x float64) (s, ds, silu, slope *big.Float) {
	e := bigExp(newBig(-math.Abs(min(x, 1e5))))
	sum := newBig(0).Add(e, newBig(1))
	up, down := newBig(0).Quo(newBig(1), sum), newBig(0).Quo(e, sum)
	s = up
	if x < 0 {
		s = down
	}
	ds = newBig(0).Mul(up, down)
	silu = newBig(0).Mul(newBig(x), s)
	return s, ds, silu, newBig(0).Mul(newBig(x), ds)
}

// activationPoints are dense where the functions bend, and reach into their
// tails until these are below every number.
func activationPoints(r *rand.Rand, tail float64) []float64 {
	x := []float64{0, math.Copysign(0, -1), 1e-30, -1e-30}
	for range scaled(6000) {
		x = append(x, 3*r.NormFloat64(), 40*r.NormFloat64(), tail*(2*r.Float64()-1), -tail*(1+r.Float64()/20))
	}
	return x
}

func TestActivations(t *testing.T) {
	bothTypes(t, testActivations[float64], testActivations[float32])
}

// Beyond normal, e^-|x| is no normal number, and where x multiplies it, it
// multiplies its error.
func testActivations[T Float](t *testing.T) {
	tail, normal := 750.0, 708.0
	if ulp[T](1) > 0x1p-52 {
		tail, normal = 106, 87
	}
	var x []T
	var s, ds, silu, slope []*big.Float
	for _, v := range activationPoints(rand.New(rand.NewPCG(14, 1)), tail) {
		x = append(x, T(v))
		a, b, c, d := bigSigmoid(float64(T(v)))
		s, ds, silu, slope = append(s, a), append(ds, b), append(silu, c), append(slope, d)
	}
	eachForm(t, func(t *testing.T) {
		var worst [5]float64
		y, dy := make([]T, len(x)), make([]T, len(x))
		check := func(what int, name string, x, got T, off, allowed float64) {
			worst[what] = max(worst[what], off)
			if !(off <= allowed) {
				t.Errorf("%s(%v) = %v is off by %.3g ulp", name, x, got, off)
			}
		}
		Sigmoid(y, dy, x)
		for i, v := range x {
			check(0, "σ", v, y[i], ulpsOff(y[i], s[i]), 3)
			check(1, "σ'", v, dy[i], ulpsOff(dy[i], ds[i]), 5)
		}
		SiLU(y, dy, x)
		for i, v := range x {
			if math.Abs(float64(v)) < normal {
				check(2, "SiLU", v, y[i], ulpsOff(y[i], silu[i]), 4)
			} else {
				// In ulp of the tail's last number.
				check(3, "SiLU", v, y[i], ulpsOff(y[i], silu[i]), math.Abs(float64(v))+2)
			}
			sum := newBig(0).Add(s[i], slope[i])
			near, _ := s[i].Float64()
			term, _ := slope[i].Float64()
			off := ulpsOff(dy[i], sum) * lastBit[T](sum) / ulp[T](max(near, math.Abs(term)))
			allowed := 5.0
			if math.Abs(float64(v)) >= normal {
				allowed += math.Abs(float64(v))
			} else {
				check(4, "SiLU'", v, dy[i], off, allowed)
			}
			if !(off <= allowed) {
				t.Errorf("SiLU'(%v) = %v is off by %.3g ulp", v, dy[i], off)
			}
		}
		t.Logf("at worst %.2f ulp: σ, σ', SiLU, its tail, SiLU' (of the larger term)", worst)
	})
}

// lastBit is the ulp that ulpsOff counts in.
func lastBit[T Float](x *big.Float) float64 {
	near, _ := x.Float64()
	return ulp[T](near)
}

func TestActivationsSpecial(t *testing.T) {
	bothTypes(t, testActivationsSpecial[float64], testActivationsSpecial[float32])
}

func testActivationsSpecial[T Float](t *testing.T) {
	inf, nan, zero := T(math.Inf(1)), T(math.NaN()), T(math.Copysign(0, -1))
	most := T(math.MaxFloat32)
	if ulp[T](1) == 0x1p-52 {
		big := math.MaxFloat64
		most = T(big)
	}
	for _, c := range []struct{ x, s, ds, silu, slope T }{
		{0, 0.5, 0.25, 0, 0.5},
		{zero, 0.5, 0.25, zero, 0.5},
		{inf, 1, 0, inf, 1},
		{-inf, 0, 0, zero, 0},
		{most, 1, 0, most, 1},
		{-most, 0, 0, zero, 0},
		{nan, nan, nan, nan, nan},
		{-nan, nan, nan, nan, nan},
		{1000, 1, 0, 1000, 1},
		{-1000, 0, 0, zero, 0},
	} {
		eachForm(t, func(t *testing.T) {
			for _, n := range []int{1, 5, 16, 40} {
				x, y, dy, z, dz := make([]T, n), make([]T, n), make([]T, n), make([]T, n), make([]T, n)
				x[n-1] = c.x
				Sigmoid(y, dy, x)
				SiLU(z, dz, x)
				got, want := []T{y[n-1], dy[n-1], z[n-1], dz[n-1]}, []T{c.s, c.ds, c.silu, c.slope}
				if firstDifference(got, want) >= 0 {
					t.Errorf("σ, σ', SiLU, SiLU' of %v = %v, want %v", c.x, got, want)
				}
			}
		})
	}
}

// TestActivationsInPlace compares with calls in which y is x, or dy nil.
func TestActivationsInPlace(t *testing.T) {
	bothTypes(t, testActivationsInPlace[float64], testActivationsInPlace[float32])
}

func testActivationsInPlace[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(15, 1))
	eachForm(t, func(t *testing.T) {
		for _, f := range []func(y, dy, x []T){Sigmoid[T], SiLU[T]} {
			for _, n := range lengths(255, 256, 257, 1000) {
				x, y, dy := make([]T, n), make([]T, n), make([]T, n)
				for i := range x {
					x[i] = T(5 * r.NormFloat64())
				}
				f(y, dy, x)
				alone, place, slope := make([]T, n), make([]T, n), make([]T, n)
				f(alone, nil, x)
				copy(place, x)
				f(place, slope, place)
				if i := firstDifference(y, alone); i >= 0 {
					t.Errorf("n = %d: without dy [%d] = %v, with it %v", n, i, alone[i], y[i])
				}
				if firstDifference(y, place) >= 0 || firstDifference(dy, slope) >= 0 {
					t.Errorf("n = %d: other results in place", n)
				}
				f(x, nil, x)
				if firstDifference(y, x) >= 0 {
					t.Errorf("n = %d: other results in place without dy", n)
				}
			}
		}
	})
}

func TestActivationPanics(t *testing.T) {
	x := make([]float32, 9)
	panics(t, func() { Sigmoid(x[:8], nil, x) }, "Sigmoid:", "len(y) = 8", "want 9")
	panics(t, func() { Sigmoid(x, x[:7], x) }, "Sigmoid:", "len(dy) = 7", "want 9")
	panics(t, func() { SiLU(x[:8], nil, x) }, "SiLU:", "len(y) = 8", "want 9")
	panics(t, func() { SiLU(x, []float32{}, x) }, "SiLU:", "len(dy) = 0", "want 9")
}
