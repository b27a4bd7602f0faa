package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 300000
	if testing.Short() {
		n = 20000
	}
	for i := range n {
		var x, y, z float32
		switch i % 4 {
		case 0: // anything, NaN and Inf too
			x, y, z = math.Float32frombits(r.Uint32()), math.Float32frombits(r.Uint32()), math.Float32frombits(r.Uint32())
		case 1: // sums of like size, which cancel
			x, y = float32(r.NormFloat64()), float32(r.NormFloat64())
			z = -x * y * (1 + float32(r.IntN(5)-2)*0x1p-23)
		case 2: // products just beside halfway between two numbers
			x, y = 1+float32(r.IntN(4096))*0x1p-12, 1+float32(r.IntN(4096))*0x1p-12
			z = float32(math.Ldexp(float64(r.IntN(2)*2-1), -24-r.IntN(60)))
			if r.IntN(2) == 0 {
				x, y, z = float32(r.IntN(8))*0x1p-24, 1, z*0x1p-10+1
			}
		case 3: // subnormal results
			x, y = float32(r.NormFloat64())*0x1p-70, float32(r.NormFloat64())*0x1p-70
			z = math.Float32frombits(r.Uint32() & 0x80ffffff)
		}
		if got, want := fma32(x, y, z), exactFMA32(x, y, z); !sameBits(got, want) {
			t.Fatalf("fma32(%g, %g, %g) = %g, want %g", x, y, z, got, want)
		}
	}
}

// exactFMA32 rounds the exact value, where there is one.
func exactFMA32(x, y, z float32) float32 {
	d := float64(x)*float64(y) + float64(z)
	if math.IsNaN(d) || math.IsInf(d, 0) || d == 0 {
		return float32(d) // exact: sums of like size don't round to 0
	}
	big32 := func(x float32) *big.Float { return new(big.Float).SetPrec(1000).SetFloat64(float64(x)) }
	s := big32(x)
	s.Mul(s, big32(y))
	s.Add(s, big32(z))
	got, _ := s.Float32()
	return got
}

// A product in the place of z must have been rounded before.
func TestFMA32RoundsItsArguments(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		x, y, u, v := float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())
		z := float32(float64(u) * float64(v))
		if got, want := fma32(x, y, u*v), exactFMA32(x, y, z); got != want {
			t.Fatalf("fma32(%g, %g, %g*%g) = %g, want %g", x, y, u, v, got, want)
		}
	}
}
