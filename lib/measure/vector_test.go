package measure

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// scattered returns a mixture of k parts in d dimensions, with covariances that
// are full or of the form vI.
func scattered(k, d int, full bool) *Mixture {
	key := rng.New(uint64(100*k + d))
	means := mat.NewDense(k, d, nil)
	key.Named("means").Normal(means.RawMatrix().Data)
	var parts []*Gaussian
	w := make([]float64, k)
	for i := range k {
		w[i] = 1 + float64(i%3)
		cov := mat.NewSymDense(d, nil)
		for j := range d {
			cov.SetSym(j, j, .05+.02*float64(i%5))
		}
		if full {
			a := mat.NewDense(d, d, nil)
			key.Named("cov").Fold(uint64(i)).Normal(a.RawMatrix().Data)
			var c mat.SymDense
			c.SymOuterK(.3/float64(d), a)
			cov.AddSym(cov, &c)
		}
		mean := means.RawRowView(i)
		for j := range mean {
			mean[j] *= 2
		}
		parts = append(parts, must(NewGaussian(mean, cov)))
	}
	return must(NewMixture(w, parts))
}

// The vector loops give what the plain ones do. A logit l has rounding errors of
// a few |l| ulp, and so has what depends on it.
func TestVectorLoopsAgreeWithPlainOnes(t *testing.T) {
	for _, tc := range []struct {
		k, d int
		full bool
	}{{1, 1, false}, {50, 1, false}, {50, 2, false}, {25, 2, true}, {7, 5, true}, {3, 16, true}, {40, 20, false}} {
		data := scattered(tc.k, tc.d, tc.full)
		for name, c := range map[string]Coeffs{"data end": {1, -.5, 0, .3}, "middle": {.7, -1.1, .4, .9}, "noise end": {1e-9, -1, 1, 2}} {
			n := data.Noise(c)
			law, ok := n.(*noised)
			if !ok {
				t.Fatalf("%T", n)
			}
			const rows = 300 // more than a block
			x := mat.NewDense(rows, tc.d, nil)
			law.Sample(x, rng.New(9))
			for j := range tc.d {
				x.Set(rows-1, j, 30)
			}
			if law.vectorised() == nil || law.velocity.vectorised() == nil {
				t.Fatalf("%+v: the vector loops aren't used", tc)
			}
			got, want := make([]float64, rows), make([]float64, rows)
			law.LogProb(got, x)
			law.logProbPlain(want, x)
			at := fmt.Sprintf("%+v, %s: ", tc, name)
			far := make([]float64, rows)
			for i := range rows {
				far[i] = 1 + math.Abs(want[i])
				if d := math.Abs(got[i] - want[i]); !(d <= 1e-14*far[i]) {
					t.Errorf("%slog density %v, plain %v", at, got[i], want[i])
				}
			}
			near := func(name string, got, want *mat.Dense) {
				t.Helper()
				for i := range rows {
					size := 0.0
					for _, v := range want.RawRowView(i) {
						size = max(size, math.Abs(v))
					}
					for j, w := range want.RawRowView(i) {
						if d := math.Abs(got.At(i, j) - w); !(d <= 1e-13*far[i]*(1+size)) {
							t.Errorf("%s%s %v, plain %v", at, name, got.At(i, j), w)
						}
					}
				}
			}
			a, b := mat.NewDense(rows, tc.d, nil), mat.NewDense(rows, tc.d, nil)
			for name, field := range map[string]*blend{"score": law.scoreBlend(), "velocity": &law.velocity, "denoiser": &law.denoise} {
				field.apply(a, x)
				field.applyPlain(b, x)
				near(name, a, b)
			}
			j, jp := mat.NewDense(rows, tc.d*tc.d, nil), mat.NewDense(rows, tc.d*tc.d, nil)
			law.velocity.jacobian(j, x)
			field := law.velocity
			field.of = &Mixture{weights: law.weights, parts: law.parts} // which has no vector form
			field.jacobian(jp, x)
			near("Jacobian", j, jp)
			// A point's values don't depend on its neighbours.
			one := mat.NewDense(1, tc.d, nil)
			law.Velocity(a, x)
			law.Velocity(one, mat.DenseCopyOf(x.Slice(270, 271, 0, tc.d)))
			if !mat.Equal(one, a.Slice(270, 271, 0, tc.d)) {
				t.Errorf("%sa point alone differs", at)
			}
		}
	}
}

// In place, and on a view into a wider matrix.
func TestFieldsInPlace(t *testing.T) {
	n := scattered(5, 2, true).Noise(Coeffs{.7, -1.1, .4, .9})
	wide := mat.NewDense(10, 5, nil)
	rng.New(1).Normal(wide.RawMatrix().Data)
	view := wide.Slice(2, 9, 1, 3).(*mat.Dense)
	want := mat.NewDense(7, 2, nil)
	n.Velocity(want, view)
	before := wide.At(3, 3)
	n.Velocity(view, view)
	if !mat.Equal(view, want) || wide.At(3, 3) != before {
		t.Error("in place differs")
	}
}

// What the vector loops don't take goes another way.
func TestVectorLoopsLimits(t *testing.T) {
	for name, m := range map[string]*Mixture{
		"a variance whose inverse nearly overflows": Bimodal(1, 1.1e-154),
		"many dimensions": scattered(2, fullDims+1, true),
	} {
		if m.vectorised() != nil {
			t.Errorf("%s: taken", name)
		}
		x, p := mat.NewDense(1, m.Dim(), nil), make([]float64, 1)
		m.parts[0].place(x.RawRowView(0), make([]float64, m.Dim()))
		m.LogProb(p, x)
		if _, g := m.Component(0); !(math.Abs(p[0]-math.Log(m.weights[0])-g.norm) < 1) {
			t.Errorf("%s: log density %v", name, p[0])
		}
	}
}

func BenchmarkMixture(b *testing.B) {
	for _, tc := range []struct {
		k, d int
		full bool
	}{{50, 1, false}, {50, 2, false}, {25, 2, true}, {25, 64, true}} {
		const rows = 1024
		law := scattered(tc.k, tc.d, tc.full).Noise(Coeffs{.7, -1.1, .4, .9}).(*noised)
		x, dst, div := mat.NewDense(rows, tc.d, nil), mat.NewDense(rows, tc.d, nil), make([]float64, rows)
		law.Sample(x, rng.New(9))
		for _, f := range []struct {
			name string
			call func()
		}{
			{"velocity", func() { law.velocity.apply(dst, x) }},
			{"velocity plain", func() { law.velocity.applyPlain(dst, x) }},
			{"density", func() { law.LogProb(div, x) }},
			{"density plain", func() { law.logProbPlain(div, x) }},
			{"divergence", func() { law.VelocityDivergence(div, x) }},
		} {
			b.Run(fmt.Sprintf("k=%d/d=%d/full=%v/%s", tc.k, tc.d, tc.full, f.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f.call()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows/float64(tc.k), "ns/term")
			})
		}
	}
}

func BenchmarkNoise(b *testing.B) {
	m := scattered(50, 2, false)
	b.ReportAllocs()
	for b.Loop() {
		m.Noise(Coeffs{.7, -1.1, .4, .9})
	}
}
