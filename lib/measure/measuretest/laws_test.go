package measuretest

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestLaws(t *testing.T) {
	cov := mat.NewSymDense(2, []float64{1, .6, .6, 2})
	wide := must(measure.NewGaussian([]float64{1, -2}, cov))
	two := must(measure.NewMixture([]float64{.3, .7}, []*measure.Gaussian{wide, must(measure.NewGaussian([]float64{-2, 0}, mat.NewDiagDense(2, []float64{.3, .5})))}))
	line := LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	atoms := must(measure.NewDiscrete(mat.NewDense(4, 2, []float64{0, 0, 1, 0, 0, 2, -1, 1}), []float64{1, 2, 3, 4}))
	onLine := must(measure.NewDiscrete(mat.NewDense(3, 1, []float64{-1, 0, 4}), []float64{1, 2, 2}))
	part := measure.Coeffs{M: .8, DM: -1, Var: .36, DVar: 1}
	for name, m := range map[string]measure.Measure{
		"normal":                 measure.Normal(2, .3),
		"Gaussian":               wide,
		"mixture":                two,
		"mixture on the line":    line,
		"bimodal":                measure.Bimodal(.9, .4),
		"uniform":                must(measure.NewUniform(-1, 3)),
		"ring of normals":        must(measure.GaussianRing(8, 2, .2)),
		"noised Gaussian":        wide.Noise(part),
		"noised mixture":         two.Noise(part),
		"noised line":            line.Noise(part),
		"noised atoms":           atoms.Noise(part),
		"noised atoms on a line": onLine.Noise(part),
		"atoms":                  atoms,
		"atoms on a line":        onLine,
		"frozen atoms":           atoms.Noise(measure.Coeffs{M: 1}),
		"histogram":              must(measure.NewHistogram([]float64{-1, 0, 2, 3}, []float64{1, 3, 2})),
		"grid":                   must(measure.NewGrid([]float64{1, 2, 3, 4, 0, 6}, measure.Axis{Lo: -1, Hi: 1, N: 2}, measure.Axis{Lo: 0, Hi: 3, N: 3})),
		"Swiss roll":             measure.SwissRoll{Noise: .1},
		"moons":                  measure.Moons{Noise: .1},
		"rings":                  measure.Rings{Noise: .05},
		"rings of their own":     measure.Rings{Radii: []float64{1, 3}},
		"spirals":                measure.Spirals{Noise: .02},
		"checkerboard":           measure.Checkerboard{},
		"checkerboard of two":    measure.Checkerboard{Squares: 2, Half: 1},
		"pinwheel":               measure.Pinwheel{},
	} {
		t.Run(name, func(t *testing.T) { Laws(t, m) })
	}
}

// wrong is a measure with one ability spoilt.
type wrong struct {
	*measure.Mixture
	sample   func(dst *mat.Dense, key rng.Key)
	mean     func(dst []float64) []float64
	cov      func(dst *mat.SymDense)
	logProb  func(dst []float64, x *mat.Dense)
	score    func(dst, x *mat.Dense)
	cdf      func(x float64) (lower, upper float64)
	quantile func(logp float64, upper bool) float64
}

func (w *wrong) Sample(dst *mat.Dense, key rng.Key)        { w.sample(dst, key) }
func (w *wrong) Mean(dst []float64) []float64              { return w.mean(dst) }
func (w *wrong) Cov(dst *mat.SymDense)                     { w.cov(dst) }
func (w *wrong) LogProb(dst []float64, x *mat.Dense)       { w.logProb(dst, x) }
func (w *wrong) Score(dst, x *mat.Dense)                   { w.score(dst, x) }
func (w *wrong) LogCDF(x float64) (lower, upper float64)   { return w.cdf(x) }
func (w *wrong) LogQuantile(logp float64, up bool) float64 { return w.quantile(logp, up) }

func TestLawsRefuseWrongMeasures(t *testing.T) {
	m := LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	right := func() *wrong {
		return &wrong{m, m.Sample, m.Mean, m.Cov, m.LogProb, m.Score, m.LogCDF, m.LogQuantile}
	}
	scaled := func(x *mat.Dense, f func(v float64) float64) {
		x.Apply(func(_, _ int, v float64) float64 { return f(v) }, x)
	}
	for name, spoil := range map[string]func(w *wrong){
		"": func(*wrong) {},
		"draws depend on their number": func(w *wrong) {
			w.sample = func(dst *mat.Dense, key rng.Key) {
				n, _ := dst.Dims()
				m.Sample(dst, key.Fold(uint64(n)))
			}
		},
		"draws are wider": func(w *wrong) {
			w.sample = func(dst *mat.Dense, key rng.Key) {
				m.Sample(dst, key)
				scaled(dst, func(v float64) float64 { return 1.05 * v })
			}
		},
		"a draw isn't finite": func(w *wrong) {
			w.sample = func(dst *mat.Dense, key rng.Key) { m.Sample(dst, key); dst.Set(0, 0, math.NaN()) }
		},
		"mean": func(w *wrong) {
			w.mean = func(dst []float64) []float64 { dst = m.Mean(dst); dst[0] += .06; return dst }
		},
		"standard deviation for variance": func(w *wrong) {
			w.cov = func(dst *mat.SymDense) { m.Cov(dst); dst.SetSym(0, 0, math.Sqrt(dst.At(0, 0))) }
		},
		"mass": func(w *wrong) {
			w.logProb = func(dst []float64, x *mat.Dense) {
				m.LogProb(dst, x)
				for i := range dst {
					dst[i] += .02
				}
			}
		},
		"density of something else": func(w *wrong) {
			w.logProb = func(dst []float64, x *mat.Dense) {
				y := mat.DenseCopyOf(x)
				scaled(y, func(v float64) float64 { return v + .05 })
				m.LogProb(dst, y)
			}
		},
		"sign of the score": func(w *wrong) {
			w.score = func(dst, x *mat.Dense) { m.Score(dst, x); dst.Scale(-1, dst) }
		},
		"score": func(w *wrong) {
			w.score = func(dst, x *mat.Dense) { m.Score(dst, x); dst.Scale(1.001, dst) }
		},
		"sides": func(w *wrong) {
			w.cdf = func(x float64) (float64, float64) { lower, upper := m.LogCDF(x); return upper, lower }
		},
		"sum of the sides": func(w *wrong) {
			w.cdf = func(x float64) (float64, float64) { lower, upper := m.LogCDF(x); return lower, upper - .01 }
		},
		"quantile": func(w *wrong) {
			w.quantile = func(logp float64, upper bool) float64 { return m.LogQuantile(logp, upper) + 1e-3 }
		},
		"quantiles of the other side": func(w *wrong) {
			w.quantile = func(logp float64, upper bool) float64 { return m.LogQuantile(logp, !upper) }
		},
	} {
		w, r := right(), &recorder{TB: t}
		spoil(w)
		func() {
			defer func() {
				if v := recover(); v != nil && v != fatal {
					panic(v)
				}
			}()
			Laws(r, w)
		}()
		if r.failed != (name != "") {
			t.Errorf("%q: failed is %v", name, r.failed)
		}
	}
}

const fatal = "fatal"

// recorder notes failures.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true; panic(fatal) }
