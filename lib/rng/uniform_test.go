package rng

import (
	"fmt"
	"math"
	"testing"
)

func TestUniform(t *testing.T) {
	const n = 1 << 20
	u := make([]float64, n)
	New(11).Uniform(u)

	if d := kolmogorov(u[:1<<16], func(x float64) float64 { return x }); d > 1.95 {
		t.Errorf("Kolmogorov's statistic is %v", d)
	}
	var ones [52]int
	pairs := make([]int, 64*64)
	for i, v := range u {
		x := uint64(v * 0x1p53) // odd
		for b := range ones {
			ones[b] += int(x >> (b + 1) & 1)
		}
		if i > 0 {
			pairs[int(64*u[i-1])*64+int(64*v)]++
		}
	}
	for b, c := range ones {
		within(t, fmt.Sprintf("frequency of bit %d", b), float64(c)/n, 0.5, 0.5/math.Sqrt(n))
	}
	if e := excess(pairs); math.Abs(e) > 5 {
		t.Errorf("pairs of neighbours: χ² is %v standard deviations from its mean", e)
	}
}

// TestPrefix checks that an entry does not depend on the vector it is part of.
func TestPrefix(t *testing.T) {
	k := New(2)
	for name, f := range map[string]func(dst []float64, offset uint64){"Normal": k.NormalAt, "Uniform": k.UniformAt} {
		var all [64]float64
		f(all[:], 0)
		for offset := range 20 {
			for n := range 20 {
				// The sentinel behind the vector must stay.
				got := append(make([]float64, n), math.Inf(1))
				f(got[:n], uint64(offset))
				for j, v := range got[:n] {
					if v != all[offset+j] {
						t.Fatalf("%sAt(%d entries, %d): entry %d is %v, want %v", name, n, offset, j, v, all[offset+j])
					}
				}
				if !math.IsInf(got[n], 1) {
					t.Fatalf("%sAt(%d entries, %d) wrote behind the vector", name, n, offset)
				}
			}
		}
	}
	var a, b [5]float64
	k.Normal(a[:])
	k.NormalAt(b[:], 0)
	if a != b {
		t.Errorf("Normal gives %v, NormalAt(0) %v", a, b)
	}
	k.Uniform(a[:])
	k.UniformAt(b[:], 0)
	if a != b {
		t.Errorf("Uniform gives %v, UniformAt(0) %v", a, b)
	}
}

func TestNoAllocations(t *testing.T) {
	dst, k := make([]float64, 101), New(1)
	if n := testing.AllocsPerRun(10, func() { k.Fold(3).Named("x").NormalAt(dst, 1); k.Uniform(dst) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
