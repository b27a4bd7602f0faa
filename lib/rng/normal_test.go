package rng

import (
	"fmt"
	"math"
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
