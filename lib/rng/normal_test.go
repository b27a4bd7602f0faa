package rng

import (
	"fmt"
	"math"
	"math/big"
	"testing"
)

func TestNormalMoments(t *testing.T) {
	const n = 1 << 22
	x := make([]float64, n)
	New(5).Normal(x)
	var m [9]float64
	beyond := [...]int{0, 0, 0, 0, 0, 0}
	for _, v := range x {
		p := 1.0
		for i := range m {
			m[i] += p / n
			p *= v
		}
		for c := range beyond {
			if math.Abs(v) > float64(c) {
				beyond[c]++
			}
		}
	}
	for _, test := range []struct {
		order    int
		want, sd float64 // of xⁿ
	}{
		{1, 0, 1},
		{2, 1, math.Sqrt(3 - 1)},
		{3, 0, math.Sqrt(15)},
		{4, 3, math.Sqrt(105 - 9)},
		{5, 0, math.Sqrt(945)},
		{6, 15, math.Sqrt(10395 - 225)},
		{8, 105, math.Sqrt(2027025 - 105*105)},
	} {
		within(t, fmt.Sprintf("moment %d", test.order), m[test.order], test.want, test.sd/math.Sqrt(n))
	}
	for c, count := range beyond {
		p := math.Erfc(float64(c) / math.Sqrt2)
		within(t, fmt.Sprintf("draws beyond ±%d", c), float64(count), n*p, math.Sqrt(n*p*(1-p))+1e-9)
	}
	if d := kolmogorov(x[:1<<20], phi); d > 1.95 {
		t.Errorf("Kolmogorov's statistic is %v", d)
	}
}

// TestNormalTail looks at the two ends of the radius of a block.
func TestNormalTail(t *testing.T) {
	if got, want := math.Sqrt(-2*ln(unit(0))), 8.571674348652905; math.Abs(got-want) > 2e-15 {
		t.Errorf("largest radius: got %v, want √(106 ln 2) = %v", got, want)
	}
	if got, want := math.Sqrt(-2*ln(unit(math.MaxUint64))), 0x1p-26; math.Abs(got/want-1) > 2e-15 {
		t.Errorf("smallest radius: got %v, want %v", got, want)
	}
}

// TestNormalIndependence correlates neighbours in one stream, and the streams
// of keys that are related.
func TestNormalIndependence(t *testing.T) {
	const n = 1 << 20
	k := New(9)
	x, y := make([]float64, n), make([]float64, n)
	k.Normal(x)
	for _, lag := range []int{1, 2, 3, 4, 7, 8, 16, 256, 1024} {
		if c := correlation(x[:n-lag], x[lag:]); math.Abs(c) > 5 {
			t.Errorf("lag %d: the correlation is %v standard errors", lag, c)
		}
	}
	squares := make([]float64, n)
	for i, v := range x {
		squares[i] = (v*v - 1) / math.Sqrt2
	}
	for _, lag := range []int{1, 2, 3} {
		if c := correlation(squares[:n-lag], squares[lag:]); math.Abs(c) > 5 {
			t.Errorf("squares at lag %d: the correlation is %v standard errors", lag, c)
		}
	}
	related := map[string]func(){
		"Fold(0)":       func() { k.Fold(0).Normal(y) },
		"Fold(1)":       func() { k.Fold(1).Normal(y) },
		"Named":         func() { k.Named("child").Normal(y) },
		"the next seed": func() { New(10).Normal(y) },
		"Uniform": func() {
			k.Uniform(y)
			for i := range y {
				y[i] = (y[i] - 0.5) * math.Sqrt(12)
			}
		},
		"Rand": func() {
			r := k.Rand()
			for i := range y {
				y[i] = r.NormFloat64()
			}
		},
	}
	for name, draw := range related {
		draw()
		if c := correlation(x, y); math.Abs(c) > 5 {
			t.Errorf("%s: the correlation is %v standard errors", name, c)
		}
	}

	// The first draw of each of many children is a sample as well.
	for i := range y {
		k.Fold(uint64(i)).Normal(y[i : i+1])
	}
	if d := kolmogorov(y, phi); d > 1.95 {
		t.Errorf("first draws of the children: Kolmogorov's statistic is %v", d)
	}
	if c := correlation(y[1:], y[:n-1]); math.Abs(c) > 5 {
		t.Errorf("first draws of neighbouring children: the correlation is %v standard errors", c)
	}
}

// TestNormalPairs puts neighbours, whether they share a block or not, into
// equally likely cells of the plane.
func TestNormalPairs(t *testing.T) {
	const n, side = 1 << 20, 32
	x := make([]float64, n)
	New(4).Normal(x)
	for start := range 2 {
		cells := make([]int, side*side)
		for i := start; i+1 < n; i += 2 {
			cells[int(side*phi(x[i]))*side+int(side*phi(x[i+1]))]++
		}
		if e := excess(cells); math.Abs(e) > 5 {
			t.Errorf("pairs from %d: χ² is %v standard deviations from its mean", start, e)
		}
	}
}

// TestNormalAccuracy compares the parts of the transform with the same
// functions in 128 bits.
func TestNormalAccuracy(t *testing.T) {
	const rootHalf = 0xb504f333f9de6484 // √½ of 2⁶⁴
	words := []uint64{0, 1 << 12, 2 << 12, math.MaxUint64, math.MaxUint64 - 1<<12, 1 << 63, 1<<63 - 1, 1 << 62, 3 << 62, 3<<62 - 1, 1 << 61}
	for i := range uint64(1 << 12) {
		x, y := threefry20(New(6), i, 0)
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
