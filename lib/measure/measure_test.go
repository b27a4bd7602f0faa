package measure

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func full3(t testing.TB) *Mixture {
	t.Helper()
	g := func(m []float64, c ...float64) *Gaussian { return must(NewGaussian(m, mat.NewSymDense(2, c))) }
	return must(NewMixture([]float64{.5, .3, .2}, []*Gaussian{
		g([]float64{-1, 0}, .3, .1, .1, .2), g([]float64{1.5, .5}, .1, -.05, -.05, .4), g([]float64{0, -2}, .05, 0, 0, .6),
	}))
}

func TestReferenceFields(t *testing.T) {
	coeffs := map[string]func(t float64) Coeffs{
		"cosine": func(t float64) Coeffs {
			s, c := math.Sincos(math.Pi / 2 * t)
			return Coeffs{c, -math.Pi / 2 * s, s * s, math.Pi * s * c}
		},
		"condot": func(t float64) Coeffs { return Coeffs{1 - t, -1, t * t, 2 * t} },
		"vp-linear": func(t float64) Coeffs {
			b, bb := .1+t*19.9, .1*t+19.9*t*t/2
			return Coeffs{math.Exp(-bb / 2), -b / 2 * math.Exp(-bb/2), -math.Expm1(-bb), b * math.Exp(-bb)}
		},
		"ve": func(t float64) Coeffs {
			r := math.Log(5000)
			v := 1e-4 * math.Exp(2*r*t)
			return Coeffs{1, 0, v, 2 * r * v}
		},
		"edm": func(t float64) Coeffs { return Coeffs{1, 0, t * t, 2 * t} },
		"sub-vp": func(t float64) Coeffs {
			b, bb := .1+t*19.9, .1*t+19.9*t*t/2
			m, sd := math.Exp(-bb/2), -math.Expm1(-bb)
			return Coeffs{m, -b / 2 * m, sd * sd, 2 * sd * b * math.Exp(-bb)}
		},
	}
	for _, c := range reftest.Load(t, "testdata/fields.json", "gmm/") {
		var in struct {
			Schedule string
			T        float64
			X        [][]float64
			Mixture  struct {
				W  []float64
				Mu [][]float64
				S  [][][]float64 `json:"cov"`
			}
		}
		reftest.Decode(t, c.Input, &in)
		var want struct {
			LogP                   []float64
			Score, X0hat, Velocity [][]float64
			Div                    []float64 `json:"div_velocity"`
			Laplacian              []float64 `json:"laplacian_logp"`
		}
		reftest.Decode(t, c.Want, &want)
		var parts []*Gaussian
		for k, mu := range in.Mixture.Mu {
			cov := mat.NewSymDense(len(mu), nil)
			for i := range mu {
				for j := range mu {
					cov.SetSym(i, j, in.Mixture.S[k][i][j])
				}
			}
			parts = append(parts, must(NewGaussian(mu, cov)))
		}
		n := must(NewMixture(in.Mixture.W, parts)).Noise(coeffs[in.Schedule](in.T))
		x := mat.NewDense(len(in.X), 2, nil)
		for i, r := range in.X {
			x.SetRow(i, r)
		}
		logp, div := make([]float64, len(in.X)), make([]float64, len(in.X))
		score, den, vel := mat.NewDense(len(in.X), 2, nil), mat.NewDense(len(in.X), 2, nil), mat.NewDense(len(in.X), 2, nil)
		n.LogProb(logp, x)
		n.Score(score, x)
		n.Denoise(den, x)
		n.Velocity(vel, x)
		lap := make([]float64, len(in.X))
		n.(CurvedNoised).VelocityDivergence(div, x)
		n.(CurvedNoised).ScoreDivergence(lap, x)
		for i := range in.X {
			reftest.Near(t, c.ID+" log density", logp[i], want.LogP[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" Laplacian", lap[i], want.Laplacian[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" divergence", div[i], want.Div[i], c.RTol, c.ATol)
			for j := range 2 {
				reftest.Near(t, c.ID+" score", score.At(i, j), want.Score[i][j], c.RTol, c.ATol)
				reftest.Near(t, c.ID+" denoiser", den.At(i, j), want.X0hat[i][j], c.RTol, c.ATol)
				reftest.Near(t, c.ID+" velocity", vel.At(i, j), want.Velocity[i][j], c.RTol, c.ATol)
			}
		}
	}
}

// The hand-written derivatives against finite differences: score of the log
// density, divergence of the velocity.
func TestDerivativesByFiniteDifferences(t *testing.T) {
	n := full3(t).Noise(Coeffs{M: .7, DM: -1.1, Var: .4, DVar: .9}).(*noised)
	one := func(x []float64) *mat.Dense { return mat.NewDense(1, 2, append([]float64(nil), x...)) }
	for _, x := range [][]float64{{.3, -.7}, {2, .1}, {-1.2, 1.4}} {
		got := mat.NewDense(1, 2, nil)
		n.Score(got, one(x))
		want := fd.Gradient(nil, func(x []float64) float64 {
			p := make([]float64, 1)
			n.LogProb(p, one(x))
			return p[0]
		}, x, &fd.Settings{Formula: fd.Central})
		reftest.Near(t, "score 0", got.At(0, 0), want[0], 1e-7, 1e-8)
		reftest.Near(t, "score 1", got.At(0, 1), want[1], 1e-7, 1e-8)

		var trace float64
		for j := range 2 {
			trace += fd.Derivative(func(h float64) float64 {
				y := append([]float64(nil), x...)
				y[j] = h
				v := mat.NewDense(1, 2, nil)
				n.Velocity(v, one(y))
				return v.At(0, j)
			}, x[j], &fd.Settings{Formula: fd.Central})
		}
		div := make([]float64, 1)
		n.VelocityDivergence(div, one(x))
		reftest.Near(t, "divergence", div[0], trace, 1e-7, 1e-8)
	}
}

// The regular form of the velocity agrees with f − T∇ln p where that is finite.
func TestVelocityIsDriftMinusDiffusion(t *testing.T) {
	c := Coeffs{M: .6, DM: -1.3, Var: .5, DVar: .8}
	n := full3(t).Noise(c)
	x := mat.NewDense(3, 2, []float64{.3, -.7, 2, .1, -1.2, 1.4})
	v, s, d := mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil)
	n.Velocity(v, x)
	n.Score(s, x)
	n.Denoise(d, x)
	for i := range 3 {
		for j := range 2 {
			reftest.Near(t, "velocity", v.At(i, j), c.Drift()*x.At(i, j)-c.T()*s.At(i, j), 1e-12, 1e-12)
			reftest.Near(t, "Tweedie", d.At(i, j), (x.At(i, j)+c.Var*s.At(i, j))/c.M, 1e-12, 1e-12)
		}
	}
}

func TestVelocityAtBothEnds(t *testing.T) {
	// At the data end of a variance-preserving schedule ν = ½σ²' (C⁻¹-part) − …:
	// all that is left of f − T∇ln p, with m = 1, ṁ = 0 and finite T.
	data := Bimodal(.9, .5)
	n := data.Noise(Coeffs{M: 1, DM: -.05, Var: 0, DVar: .1}).(*noised)
	x, s := mat.NewDense(1, 1, []float64{.3}), mat.NewDense(1, 1, nil)
	data.Score(s, x)
	reftest.Near(t, "data end", n.Velocity1(.3), -.05*.3-.05*s.At(0, 0), 1e-14, 0)
	// At the noise end with m = 0 the parts coincide: ν = ṁ E x₀ + ½σ²'x/σ².
	mix := must(NewMixture([]float64{.3, .7}, []*Gaussian{Normal(-2, .4), Normal(1, .7)}))
	n = mix.Noise(Coeffs{M: 0, DM: -1, Var: 1, DVar: 2}).(*noised)
	reftest.Near(t, "noise end", n.Velocity1(.8), -(.3*-2+.7*1)+.8, 1e-15, 0)
}

func TestScalarFormsAgreeWithBatches(t *testing.T) {
	n := must(NewMixture([]float64{.3, .7}, []*Gaussian{Normal(-2, .4), Normal(1, .7)})).Noise(Coeffs{M: .8, DM: -.5, Var: .3, DVar: .7}).(*noised)
	for _, v := range []float64{-60, -3, 0, .4, 50} {
		x, dst, lp := mat.NewDense(1, 1, []float64{v}), mat.NewDense(1, 1, nil), make([]float64, 1)
		n.Velocity(dst, x)
		reftest.Near(t, "velocity", n.Velocity1(v), dst.At(0, 0), 1e-13, 0)
		n.LogProb(lp, x)
		reftest.Near(t, "log density", n.LogProb1(v), lp[0], 1e-14, 0)
		reftest.Near(t, "Scalar", Scalar(n)(v), lp[0], 1e-14, 0)
	}
}

func TestLines(t *testing.T) {
	lines := map[string]Line{
		"gaussian":  Normal(1, .3),
		"bimodal":   Bimodal(2, .3),
		"lopsided":  must(NewMixture([]float64{1e-9, 1}, []*Gaussian{Normal(-40, 1e-3), Normal(3, 2)})),
		"uniform":   must(NewUniform(-1, 3)),
		"noised":    Bimodal(2, .3).Noise(Coeffs{M: .5, Var: .75}).(Line),
		"many wide": must(NewMixture([]float64{1, 2, 3}, []*Gaussian{Normal(0, 1), Normal(.1, 10), Normal(-1, .1)})),
	}
	for name, l := range lines {
		for _, logp := range []float64{-700, -300, -40, -22, -5, -1, -.7, -.3, -1e-3, -1e-12} {
			for _, upper := range []bool{false, true} {
				x := l.LogQuantile(logp, upper)
				lo, up := l.LogCDF(x)
				got := lo
				if upper {
					got = up
				}
				// A quantile is right if the mass below it is, to what one ulp of x changes.
				lo2, up2 := l.LogCDF(x + 4e-16*math.Abs(x))
				slack := math.Abs(lo2-lo) + math.Abs(up2-up)
				if d := math.Abs(got - logp); !(d <= 1e-13*math.Abs(logp)+4e-16+slack) {
					if _, isUniform := l.(*Uniform); isUniform && logp < -36 {
						continue // beside −1 and 3 such tails are below rounding of x
					}
					t.Errorf("%s: quantile(%v, %v) = %v holds %v", name, logp, upper, x, got)
				}
			}
		}
		if !math.IsNaN(l.LogQuantile(.1, false)) {
			t.Errorf("%s: quantile of p > 1 isn't NaN", name)
		}
	}
}

// The distribution functions integrate the densities.
func TestCDFIsIntegralOfDensity(t *testing.T) {
	for _, l := range []Line{Normal(1, .3), Bimodal(2, .3), must(NewUniform(-1, 3))} {
		p := Scalar(l.(LogDensity))
		for _, x := range []float64{-1.9, .2, 1.4, 2.8} {
			lo := l.LogQuantile(-80, false)
			if !(lo < x) {
				continue
			}
			var q num.Quad
			got, _, ok := q.Integrate1(func(x float64) float64 { return math.Exp(p(x)) }, num.Knots(KnotsOf(l, nil), lo, x))
			if !ok {
				t.Fatal("no convergence")
			}
			want, _ := l.LogCDF(x)
			reftest.Near(t, "P(X ≤ x)", got, math.Exp(want), 1e-12, 1e-15)
		}
	}
}

func TestSamplesHaveTheMoments(t *testing.T) {
	const n = 40000
	key := rng.New(7)
	for name, m := range map[string]Moments{"full3": full3(t), "gaussian": full3(t).parts[1], "uniform": must(NewUniform(-1, 3)), "bimodal": Bimodal(1, .2)} {
		d := m.Dim()
		x := mat.NewDense(n, d, nil)
		m.Sample(x, key.Named(name))
		mean := m.Mean(nil)
		var cov, got mat.SymDense
		m.Cov(&cov)
		stat.CovarianceMatrix(&got, x, nil)
		for i := range d {
			col := mat.Col(nil, i, x)
			se := math.Sqrt(cov.At(i, i) / n)
			reftest.Near(t, name+" mean", stat.Mean(col, nil), mean[i], 0, 5*se)
			for j := range d {
				// Var of a sample covariance is at most about (kurtosis) · C_ii C_jj / n.
				reftest.Near(t, name+" covariance", got.At(i, j), cov.At(i, j), 0, 5*math.Sqrt(3*cov.At(i, i)*cov.At(j, j)/n))
			}
		}
		few := mat.NewDense(10, d, nil)
		m.Sample(few, key.Named(name))
		if !mat.Equal(few, x.Slice(0, 10, 0, d)) {
			t.Errorf("%s: the first rows depend on how many there are", name)
		}
	}
}

func TestSpectral(t *testing.T) {
	cov := mat.NewSymDense(3, []float64{2, .5, -.3, .5, 1, .2, -.3, .2, .7})
	g := must(NewGaussian([]float64{1, 2, 3}, cov))
	var root mat.SymDense
	g.Spectral(&root, math.Sqrt)
	var sq mat.Dense
	sq.Mul(&root, &root)
	if !mat.EqualApprox(&sq, cov, 1e-14) {
		t.Errorf("the square of the root is %v", mat.Formatted(&sq))
	}
}

func TestBadArguments(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	var dim *DimError
	var val *ValueError
	var pd *NotPositiveDefiniteError
	for name, tc := range map[string]struct {
		err  error
		want any
	}{
		"empty":          {errOf(NewGaussian(nil, mat.NewSymDense(1, []float64{1}))), &dim},
		"sizes":          {errOf(NewGaussian([]float64{1, 2}, mat.NewSymDense(1, []float64{1}))), &dim},
		"NaN mean":       {errOf(NewGaussian([]float64{nan}, mat.NewSymDense(1, []float64{1}))), &val},
		"Inf covariance": {errOf(NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{inf}))), &val},
		"indefinite":     {errOf(NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 2, 2, 1}))), &pd},
		"singular":       {errOf(NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 1, 1, 1}))), &pd},
		"zero variance":  {errOf(NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{0}))), &pd},
		"no parts":       {errOf(NewMixture(nil, nil)), &dim},
		"weights":        {errOf(NewMixture([]float64{1}, []*Gaussian{Normal(0, 1), Normal(1, 1)})), &dim},
		"negative":       {errOf(NewMixture([]float64{-1, 2}, []*Gaussian{Normal(0, 1), Normal(1, 1)})), &val},
		"all zero":       {errOf(NewMixture([]float64{0}, []*Gaussian{Normal(0, 1)})), &val},
		"NaN weight":     {errOf(NewMixture([]float64{nan}, []*Gaussian{Normal(0, 1)})), &val},
		"empty interval": {errOf(NewUniform(1, 1)), &val},
		"NaN interval":   {errOf(NewUniform(nan, 1)), &val},
	} {
		if tc.err == nil || !errors.As(tc.err, tc.want) {
			t.Errorf("%s: error %v, want a %T", name, tc.err, tc.want)
		}
	}
	for name, f := range map[string]func(){
		"sd":     func() { Normal(0, 0) },
		"NaN":    func() { Normal(nan, 1) },
		"coeffs": func() { Normal(0, 1).Noise(Coeffs{M: 1, Var: -1}) },
		"zero":   func() { Normal(0, 1).Noise(Coeffs{}) },
		"shape":  func() { Normal(0, 1).Score(mat.NewDense(1, 1, nil), mat.NewDense(2, 1, nil)) },
		"dims":   func() { full3(t).LogCDF(0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestAffineVelocityOfGaussian(t *testing.T) {
	g := full3(t).parts[0]
	n := g.Noise(Coeffs{M: .7, DM: -1.1, Var: .4, DVar: .9}).(*noisedGaussian)
	a, b := n.VelocityAffine()
	x, v := mat.NewDense(1, 2, []float64{.4, -1.3}), mat.NewDense(1, 2, nil)
	n.Velocity(v, x)
	for j := range 2 {
		reftest.Near(t, "A x + b", a.At(j, 0)*.4+a.At(j, 1)*-1.3+b[j], v.At(0, j), 1e-14, 1e-15)
	}
	if back, ok := AsGaussian(n); !ok || math.Abs(back.Mean(nil)[0] - -.7) > 1e-16 {
		t.Errorf("AsGaussian gave %v, %v", back, ok)
	}
}

// At m = 0 the parts coincide and the law is made simpler: that must be the
// limit of m → 0, in the plane and with unequal covariances too.
func TestNoiseEndIsTheLimit(t *testing.T) {
	mix := full3(t)
	x := mat.NewDense(2, 2, []float64{.3, -.4, 2, 1})
	at := func(m float64) []*mat.Dense {
		n := mix.Noise(Coeffs{M: m, DM: -1.2, Var: .8, DVar: .5})
		out := []*mat.Dense{mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)}
		n.Velocity(out[0], x)
		n.Denoise(out[1], x)
		n.Score(out[2], x)
		return out
	}
	end, near := at(0), at(1e-7)
	for i, name := range []string{"velocity", "denoiser", "score"} {
		if !mat.EqualApprox(end[i], near[i], 1e-5) {
			t.Errorf("%s at 0: %v, at 1e-7: %v", name, end[i].RawMatrix().Data, near[i].RawMatrix().Data)
		}
	}
}
