package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestExpQuick(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 1<<16)
	for i := range x {
		x[i] = (r.Float64()*2 - 1) * 750
	}
	want := make([]float64, len(x))
	exp64Go(want, x)
	got := make([]float64, len(x))
	exp64AVX2(got, x)
	worst := 0.0
	for i := range x {
		if got[i] != want[i] {
			t.Fatal(x[i], got[i], want[i])
		}
		worst = max(worst, math.Abs(got[i]-math.Exp(x[i]))/math.Exp(x[i]))
	}
	t.Log(worst)
	y := make([]float32, 1<<16)
	wy := make([]float32, 1<<16)
	gy := make([]float32, 1<<16)
	wu := 0.0
	for b := 0; b < 1<<32; b += len(y) {
		for i := range y {
			y[i] = math.Float32frombits(uint32(b + i))
		}
		exp32AVX2(gy, y)
		if b%(1<<24) == 0 {
			exp32Go(wy, y)
			for i := range y {
				if gy[i] != wy[i] && !(gy[i] != gy[i] && wy[i] != wy[i]) {
					t.Fatal(y[i], gy[i], wy[i])
				}
			}
		}
		for i := range y {
			if y[i] > -104 && y[i] < 88.8 {
				e := math.Exp(float64(y[i]))
				ulp := max(math.Ldexp(1, math.Ilogb(e)-23), 0x1p-149)
				wu = max(wu, math.Abs(float64(gy[i])-e)/ulp)
			}
		}
	}
	t.Log(wu)
	_ = big.NewFloat
}

func BenchmarkExp(b *testing.B) {
	x := make([]float64, 4096)
	for i := range x {
		x[i] = -float64(i) / 100
	}
	y := make([]float64, 4096)
	b.Run("avx2", func(b *testing.B) {
		for b.Loop() {
			exp64AVX2(y, x)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/el")
	})
	b.Run("go", func(b *testing.B) {
		for b.Loop() {
			exp64Go(y, x)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/el")
	})
	x3 := make([]float32, 4096)
	for i := range x3 {
		x3[i] = -float32(i) / 100
	}
	y3 := make([]float32, 4096)
	b.Run("avx2-32", func(b *testing.B) {
		for b.Loop() {
			exp32AVX2(y3, x3)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/el")
	})
	b.Run("go-32", func(b *testing.B) {
		for b.Loop() {
			exp32Go(y3, x3)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/el")
	})
}
