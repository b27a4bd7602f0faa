package kernel

import (
	"math"
	"math/big"
	"testing"
)

func TestUnit(t *testing.T) {
	for _, test := range []struct {
		x    uint64
		want float64
	}{
		{0, 0x1p-53},
		{1<<12 - 1, 0x1p-53},
		{1 << 12, 0x3p-53},
		{1<<63 - 1, 0.5 - 0x1p-53},
		{1 << 63, 0.5 + 0x1p-53},
		{math.MaxUint64, 1 - 0x1p-53},
	} {
		if got := unit(test.x); got != test.want {
			t.Errorf("unit(%#x): got %x, want %x", test.x, got, test.want)
		}
	}
}

// TestRadius looks at the two ends of the radius of a block.
func TestRadius(t *testing.T) {
	if got, want := math.Sqrt(-2*ln(unit(0))), 8.571674348652905; math.Abs(got-want) > 2e-15 {
		t.Errorf("largest radius: got %v, want √(106 ln 2) = %v", got, want)
	}
	if got, want := math.Sqrt(-2*ln(unit(math.MaxUint64))), 0x1p-26; math.Abs(got/want-1) > 2e-15 {
		t.Errorf("smallest radius: got %v, want %v", got, want)
	}
}

// TestPolarAccuracy compares the parts of the transform with the same
// functions in 128 bits.
func TestPolarAccuracy(t *testing.T) {
	const rootHalf = 0xb504f333f9de6484 // √½ of 2⁶⁴
	words := []uint64{0, 1 << 12, 2 << 12, math.MaxUint64, math.MaxUint64 - 1<<12, 1 << 63, 1<<63 - 1, 1 << 62, 3 << 62, 3<<62 - 1, 1 << 61}
	for i := range uint64(1 << 12) {
		x, y := Threefry20(0, 6, i, 0)
		words = append(words, x, x>>(y%52))
		// Around √½, where ln changes branch, and around 1.
		words = append(words, rootHalf+x>>(20+y%32), rootHalf-x>>(20+y%32), ^(x >> (y % 52)))
	}
	var lnErr, dirErr float64
	for _, x := range words {
		u := unit(x)
		lnErr = max(lnErr, ulps(ln(u), bigLn(u)))
		c, s := direction(x)
		wantC, wantS := bigDirection(x)
		dirErr = max(dirErr, ulps(c, wantC), ulps(s, wantS))
	}
	t.Logf("largest errors: ln %.2f ulp, direction %.2f ulp", lnErr, dirErr)
	if lnErr > 3 {
		t.Errorf("ln is off by %v ulp", lnErr)
	}
	if dirErr > 2 {
		t.Errorf("direction is off by %v ulp", dirErr)
	}
}

// ulps returns |got−want| in units of the last place of want.
func ulps(got float64, want *big.Float) float64 {
	w, _ := want.Float64()
	d, _ := new(big.Float).Sub(exact(got), want).Float64()
	return math.Abs(d) / (math.Nextafter(math.Abs(w), math.Inf(1)) - math.Abs(w))
}

func exact(x float64) *big.Float { return new(big.Float).SetPrec(128).SetFloat64(x) }

var lnTwo = artanh2(new(big.Float).Quo(exact(1), exact(3)))

func bigLn(u float64) *big.Float {
	m, e := math.Frexp(u)
	l := artanh2(new(big.Float).Quo(exact(m-1), new(big.Float).Add(exact(m), exact(1))))
	return l.Add(l, new(big.Float).Mul(lnTwo, exact(float64(e))))
}

// artanh2 sums 2(s + s³/3 + s⁵/5 + …) for |s| ≤ ⅓.
func artanh2(s *big.Float) *big.Float {
	square := new(big.Float).Mul(s, s)
	sum, power := exact(0), new(big.Float).Set(s)
	for i := 1; i < 80; i += 2 {
		sum.Add(sum, new(big.Float).Quo(power, exact(float64(i))))
		power.Mul(power, square)
	}
	return sum.Mul(sum, exact(2))
}

// bigDirection states by the quarters of the circle what direction does by
// moving bits.
func bigDirection(x uint64) (c, s *big.Float) {
	pi, _, err := big.ParseFloat("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899", 10, 128, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	a := pi.Mul(pi, exact((unit(x<<2)-0.5)/2))
	c, s = exact(0), exact(0)
	term := exact(1)
	for i := range 40 {
		switch i % 4 {
		case 0:
			c.Add(c, term)
		case 1:
			s.Add(s, term)
		case 2:
			c.Sub(c, term)
		case 3:
			s.Sub(s, term)
		}
		term.Mul(term, a).Quo(term, exact(float64(i+1)))
	}
	switch x >> 62 {
	case 1:
		return s, c
	case 2:
		return c.Neg(c), s
	case 3:
		return s, c.Neg(c)
	}
	return c, s
}
