package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestQuick(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, d := range []int{1, 2, 3, 5} {
		for _, k := range []int{1, 3, 40} {
			w, mean, v := make([]float64, k), make([]float64, k*d), make([]float64, k)
			fac := make([]float64, k*d*d)
			for i := range w {
				w[i], v[i] = r.Float64(), 0.1+r.Float64()
				for c := range d {
					mean[i*d+c] = r.NormFloat64() * 3
					fac[i*d*d+c*d+c] = math.Sqrt(v[i])
				}
			}
			m, f := NewIsotropicMixture[float64](w, mean, v), NewFullMixture[float64](w, mean, fac)
			n := 77
			x := Points[float64]{N: n, D: d, Stride: n, Coord: make([]float64, n*d)}
			for i := range x.Coord {
				x.Coord[i] = r.NormFloat64() * 5
			}
			x.Coord[3] *= 1e200
			x.Coord[4] = math.NaN()
			for f := Go; f <= Best(); f++ {
				func() {
					defer Use(f)()
				}()
			}
			y1, y2 := make([]float64, n*d), make([]float64, n*d)
			l1, l2 := make([]float64, n), make([]float64, n)
			p := x
			p.Coord = y1
			m.Blend(p, l1, m.Score(), x)
			p.Coord = y2
			f.Blend(p, l2, f.Score(), x)
			for j := range n {
				lw := math.Inf(-1)
				var s []float64
				for i := range w {
					q := 0.0
					for c := range d {
						q += math.Pow(x.Coord[c*n+j]-mean[i*d+c], 2)
					}
					l := math.Log(w[i]) - q/2/v[i] - float64(d)/2*math.Log(2*math.Pi*v[i])
					s = append(s, l)
					lw = max(lw, l)
				}
				sum, g := 0.0, 0.0
				for i, l := range s {
					sum += math.Exp(l - lw)
					g += math.Exp(l-lw) * (mean[i*d] - x.Coord[j]) / v[i]
				}
				want := lw + math.Log(sum)
				if math.Abs(l1[j]-want) > 1e-12*math.Abs(want) || math.Abs(l2[j]-want) > 1e-12*math.Abs(want) || l1[j] != l1[j] {
					t.Log(d, k, j, l1[j], l2[j], want)
				}
				g /= sum
				if !(math.Abs(y1[j]-g) < 1e-11*(1+math.Abs(g)) && math.Abs(y2[j]-g) < 1e-11*(1+math.Abs(g))) {
					t.Log(d, k, j, x.Coord[j], y1[j], y2[j], g)
				}
			}
		}
	}
}

func BenchmarkMixture(b *testing.B) {
	benchMixture[float64](b)
}

func BenchmarkMixture32(b *testing.B) {
	benchMixture[float32](b)
}

func benchMixture[T Float](b *testing.B) {
	k, d, n := 16, 2, 65536
	r := rand.New(rand.NewPCG(1, 2))
	w, mean, v := make([]float64, k), make([]float64, k*d), make([]float64, k)
	fac := make([]float64, k*d*d)
	for i := range w {
		w[i], v[i] = r.Float64(), 0.5+r.Float64()
		for c := range d {
			mean[i*d+c] = r.NormFloat64() * 3
			fac[i*d*d+c*d+c] = math.Sqrt(v[i])
		}
	}
	m, f := NewIsotropicMixture[T](w, mean, v), NewFullMixture[T](w, mean, fac)
	x := Points[T]{N: n, D: d, Stride: n, Coord: make([]T, n*d)}
	for i := range x.Coord {
		x.Coord[i] = T(r.NormFloat64() * 5)
	}
	y := x
	y.Coord = make([]T, n*d)
	l := make([]T, n)
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n*k), "ns/el")
		})
	}
	ms, fs := m.Score(), f.Score()
	run("iso-score", func() { m.Blend(y, nil, ms, x) })
	run("iso-score-logp", func() { m.Blend(y, l, ms, x) })
	run("iso-logp", func() { m.LogDensity(l, x) })
	run("full-score", func() { f.Blend(y, nil, fs, x) })
	run("full-logp", func() { f.LogDensity(l, x) })
}
