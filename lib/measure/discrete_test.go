package measure

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func column(x ...float64) *mat.Dense { return mat.NewDense(len(x), 1, x) }

func TestReferenceAtoms(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/atoms.json", "empirical_score") {
		var in struct {
			Y        [][]float64 `json:"Y"`
			X        []float64   `json:"x"`
			Schedule string
			T        float64
		}
		var want struct{ Denoiser, Score, Velocity []float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		if in.Schedule != "cosine" {
			t.Fatalf("%s: schedule %q", c.ID, in.Schedule)
		}
		y := mat.NewDense(len(in.Y), len(in.X), nil)
		for i, r := range in.Y {
			y.SetRow(i, r)
		}
		s, cos := math.Sincos(math.Pi / 2 * in.T)
		n := must(NewDiscrete(y, nil)).Noise(Coeffs{cos, -math.Pi / 2 * s, s * s, math.Pi * s * cos})
		x, got := mat.NewDense(1, len(in.X), in.X), mat.NewDense(1, len(in.X), nil)
		for name, f := range map[string]struct {
			apply func(dst, x *mat.Dense)
			want  []float64
		}{"denoiser": {n.Denoise, want.Denoiser}, "score": {n.Score, want.Score}, "velocity": {n.Velocity, want.Velocity}} {
			f.apply(got, x)
			for k, w := range f.want {
				reftest.Near(t, c.ID+" "+name, got.At(0, k), w, 0, c.AbsTol)
			}
		}
	}
}

// Noised atoms are the mixture of very narrow Gaussians, noised; more points
// than a batch and more dimensions than a kernel call takes.
func TestNoisedAtomsAreAMixture(t *testing.T) {
	key := rng.New(5)
	for _, d := range []int{1, 2, 3, 70} {
		const atoms, n = 7, 130
		y, x := mat.NewDense(atoms, d, nil), mat.NewDense(n, d, nil)
		key.Named("y").Normal(y.RawMatrix().Data)
		key.Named("x").Normal(x.RawMatrix().Data)
		w := []float64{1, 2, 3, 0, 2, 1, 4}
		var parts []*Gaussian
		for i := range atoms {
			cov := mat.NewSymDense(d, nil)
			for k := range d {
				cov.SetSym(k, k, 1e-30)
			}
			parts = append(parts, must(NewGaussian(y.RawRowView(i), cov)))
		}
		c := Coeffs{.7, -.8, .6, 1.1}
		got, want := must(NewDiscrete(y, w)).Noise(c), must(NewMixture(w, parts)).Noise(c)
		type fields interface {
			Noised
			Moments
			VelocityDivergence(dst []float64, x *mat.Dense)
		}
		g, m := got.(fields), want.(fields)
		a, b := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
		la, lb := make([]float64, n), make([]float64, n)
		same := func(name string) {
			t.Helper()
			for i := range n {
				reftest.Near(t, name, la[i], lb[i], 1e-12, 1e-12)
			}
		}
		g.LogProb(la, x)
		m.LogProb(lb, x)
		same("log density")
		g.VelocityDivergence(la, x)
		m.VelocityDivergence(lb, x)
		same("divergence")
		for name, f := range map[string][2]func(dst, x *mat.Dense){
			"score": {g.Score, m.Score}, "velocity": {g.Velocity, m.Velocity}, "denoiser": {g.Denoise, m.Denoise},
		} {
			f[0](a, x)
			f[1](b, x)
			if !mat.EqualApprox(a, b, 1e-11) {
				t.Errorf("d = %d: %s differs", d, name)
			}
		}
		var ca, cb mat.SymDense
		g.Cov(&ca)
		m.Cov(&cb)
		if !mat.EqualApprox(&ca, &cb, 1e-13) || !mat.EqualApprox(mat.NewVecDense(d, g.Mean(nil)), mat.NewVecDense(d, m.Mean(nil)), 1e-14) {
			t.Errorf("d = %d: moments differ", d)
		}
		// A point's values don't depend on its neighbours.
		g.Score(a, x)
		one := mat.NewDense(1, d, nil)
		g.Score(one, mat.DenseCopyOf(x.Slice(100, 101, 0, d)))
		if !mat.Equal(one, a.Slice(100, 101, 0, d)) {
			t.Errorf("d = %d: a point alone differs", d)
		}
		// Mean and variance of draws.
		draws := mat.NewDense(20000, d, nil)
		g.Sample(draws, key.Named("draws"))
		var mean, second float64
		for i := range 20000 {
			mean += draws.At(i, 0) / 20000
			second += draws.At(i, 0) * draws.At(i, 0) / 20000
		}
		variance := second - mean*mean
		reftest.Near(t, "mean of draws", mean, g.Mean(nil)[0], 0, 5*math.Sqrt(ca.At(0, 0)/20000))
		reftest.Near(t, "variance of draws", variance, ca.At(0, 0), .06, 0)
	}
}

// Derivatives by differences: the score is that of the density, the divergence
// that of the velocity, and D = (x + var·score)/m (Tweedie).
func TestNoisedAtomsDerivatives(t *testing.T) {
	d := must(NewDiscrete(mat.NewDense(3, 2, []float64{1, 0, -.5, .8, -.5, -.9}), []float64{.2, .5, .3}))
	c := Coeffs{.6, -.9, .3, .8}
	n := d.Noise(c).(*noisedAtoms)
	at := []float64{.2, .1}
	row := func(f func(dst, x *mat.Dense), p []float64) []float64 {
		dst := mat.NewDense(1, 2, nil)
		f(dst, mat.NewDense(1, 2, p))
		return dst.RawRowView(0)
	}
	logp := func(p []float64) float64 {
		dst := make([]float64, 1)
		n.LogProb(dst, mat.NewDense(1, 2, p))
		return dst[0]
	}
	score, mean := row(n.Score, at), row(n.Denoise, at)
	grad := fd.Gradient(nil, logp, at, &fd.Settings{Formula: fd.Central})
	var div float64
	for k := range at {
		reftest.Near(t, "score", score[k], grad[k], 1e-6, 1e-8)
		reftest.Near(t, "Tweedie", mean[k], (at[k]+c.Var*score[k])/c.M, 1e-13, 1e-14)
		div += fd.Derivative(func(v float64) float64 {
			p := append([]float64(nil), at...)
			p[k] = v
			return row(n.Velocity, p)[k]
		}, at[k], &fd.Settings{Formula: fd.Central})
	}
	got := make([]float64, 1)
	n.VelocityDivergence(got, mat.NewDense(1, 2, at))
	reftest.Near(t, "divergence", got[0], div, 1e-6, 1e-8)
}

// At both ends of a schedule the fields are finite, and what they tend to.
func TestNoisedAtomsAtTheEnds(t *testing.T) {
	for _, dim := range []int{1, 2} {
		y := mat.NewDense(3, dim, nil)
		for i, v := range []float64{-1, 0, 2} {
			y.Set(i, 0, v)
		}
		d := must(NewDiscrete(y, []float64{1, 2, 1}))
		x := mat.NewDense(5, dim, nil)
		for i, v := range []float64{-3, -.5, -.4, 1.5, 1e200} {
			x.Set(i, 0, v)
		}
		got := mat.NewDense(5, dim, nil)
		start := d.Noise(Coeffs{1, -1, 0, 0})
		start.Denoise(got, x)
		// −½ is equally far from −1 and from 0, whose weights are 1 and 2. So far
		// out that squares overflow, the prior mean stands in.
		for i, want := range []float64{-1, -1. / 3, 0, 2, .25} {
			reftest.Near(t, "nearest atom", got.At(i, 0), want, 1e-15, 0)
		}
		start.Velocity(got, x)
		reftest.Near(t, "velocity of the nearest", got.At(3, 0), -2, 1e-15, 0)
		atoms := mat.DenseCopyOf(y)
		lp := make([]float64, 3)
		start.LogProb(lp, atoms)
		score := mat.NewDense(3, dim, nil)
		start.Score(score, atoms)
		if lp[1] != math.Inf(1) || score.At(1, 0) != 0 {
			t.Errorf("at an atom: density %v, score %v", lp[1], score.At(1, 0))
		}
		atoms.Set(1, 0, .25)
		start.LogProb(lp, atoms)
		start.Score(score, atoms)
		if lp[1] != math.Inf(-1) || score.At(1, 0) != math.Inf(-1) {
			t.Errorf("beside an atom: density %v, score %v", lp[1], score.At(1, 0))
		}
		if law, ok := AsDiscrete(start); !ok || law.Len() != 3 {
			t.Error("without noise the law isn't discrete")
		}
		// Little noise tends to none, however little.
		for _, v := range []float64{1e-10, 1e-300, math.SmallestNonzeroFloat64} {
			if dim == 1 && v < 1e-308 {
				continue // no variance of a Normal
			}
			little := d.Noise(Coeffs{1, -1, v, 0})
			near := mat.NewDense(2, dim, nil)
			near.Set(0, 0, -3)
			near.Set(1, 0, 1.5)
			g := mat.NewDense(2, dim, nil)
			little.Denoise(g, near)
			reftest.Near(t, "little noise", g.At(0, 0), -1, 1e-14, 0)
			reftest.Near(t, "little noise", g.At(1, 0), 2, 1e-14, 0)
		}
		// At the noise end nothing is known of x₀.
		end := d.Noise(Coeffs{0, -1, 1, 2})
		end.Denoise(got, x)
		for i := range 4 {
			reftest.Near(t, "prior mean", got.At(i, 0), .25, 1e-14, 0)
		}
		end.Velocity(got, x)
		reftest.Near(t, "velocity at the end", got.At(3, 0), -.25+1.5, 1e-14, 0)
	}
	if v := panics(func() { must(NewDiscrete(column(1, 2), nil)).Noise(Coeffs{}) }); v == nil {
		t.Error("m = var = 0 didn't panic")
	}
}

func panics(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func TestDiscreteOnTheLine(t *testing.T) {
	d := must(NewDiscrete(column(3, -1, 3, 0, 7), []float64{1, 2, 3, 4, 0}))
	inf := math.Inf(1)
	for _, tc := range []struct{ x, below float64 }{{-2, 0}, {-1, .2}, {-.5, .2}, {0, .6}, {2.9, .6}, {3, 1}, {8, 1}} {
		l, u := d.LogCDF(tc.x)
		reftest.Near(t, "P(X ≤ x)", math.Exp(l), tc.below, 1e-15, 0)
		reftest.Near(t, "P(X > x)", math.Exp(u), 1-tc.below, 1e-15, 1e-16)
	}
	for _, tc := range []struct {
		p    float64
		up   bool
		want float64
	}{{0, false, -1}, {.1, false, -1}, {.3, false, 0}, {.7, false, 3}, {1, false, 3}, {1, true, -1}, {.9, true, -1}, {.5, true, 0}, {.1, true, 3}, {0, true, 3}} {
		if got := d.LogQuantile(math.Log(tc.p), tc.up); got != tc.want {
			t.Errorf("quantile %v %v = %v, want %v", tc.p, tc.up, got, tc.want)
		}
	}
	for _, bad := range []float64{.1, math.NaN(), inf} {
		if !math.IsNaN(d.LogQuantile(bad, false)) {
			t.Errorf("a quantile at ln p = %v", bad)
		}
	}
	if k := d.Knots(nil); len(k) != 3 || k[0] != -1 || k[2] != 3 {
		t.Errorf("knots %v", k)
	}
	reftest.Near(t, "mean", d.Mean(nil)[0], 1, 1e-15, 0)
	var c mat.SymDense
	d.Cov(&c)
	reftest.Near(t, "variance", c.At(0, 0), .2*4+.4*4+.4*1, 1e-15, 0)
	// Atoms of little weight keep their digits in both tails.
	far := must(NewDiscrete(column(-9, 0, 9), []float64{1e-200, 1, 2e-200}))
	l, _ := far.LogCDF(-9)
	_, u := far.LogCDF(0)
	reftest.Near(t, "lower tail", l, math.Log(1e-200), 1e-15, 0)
	reftest.Near(t, "upper tail", u, math.Log(2e-200), 1e-15, 0)
}

// The quantile of the distribution function finds each atom again, through
// either tail, however the weights round.
func TestDiscreteQuantileInvertsCDF(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-5, 5), 1, 40).Draw(rt, "x")
		w := rapid.SliceOfN(rapid.Float64Range(1e-12, 1), len(x), len(x)).Draw(rt, "w")
		d := must(NewDiscrete(column(x...), w))
		for _, v := range x {
			l, u := d.LogCDF(v)
			if d.LogQuantile(l, false) != v || d.LogQuantile(u, true) != v || Transfer(d, d, v) != v {
				rt.Fatalf("atom %v not found again", v)
			}
		}
	})
}

func TestDiscreteSamples(t *testing.T) {
	d := must(NewDiscrete(mat.NewDense(4, 2, []float64{0, 1, 2, 3, 4, 5, 6, 7}), []float64{.1, 0, .6, .3}))
	const n = 20000
	x := mat.NewDense(n, 2, nil)
	d.Sample(x, rng.New(2))
	count := map[float64]float64{}
	for i := range n {
		if x.At(i, 1) != x.At(i, 0)+1 {
			t.Fatal("a draw that is no atom")
		}
		count[x.At(i, 0)]++
	}
	for y, w := range map[float64]float64{0: .1, 2: 0, 4: .6, 6: .3} {
		reftest.Near(t, "frequency", count[y]/n, w, 0, 5*math.Sqrt(w*(1-w)/n))
	}
	few := mat.NewDense(10, 2, nil)
	d.Sample(few, rng.New(2))
	if !mat.Equal(few, x.Slice(0, 10, 0, 2)) {
		t.Error("draws depend on their number")
	}
}

func TestNewDiscreteErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	var dim *DimError
	var val *ValueError
	for name, tc := range map[string]struct {
		points mat.Matrix
		w      []float64
		target any
	}{
		"nil":             {nil, nil, &dim},
		"empty":           {new(mat.Dense), nil, &dim},
		"lengths":         {column(1, 2), []float64{1}, &dim},
		"no weights":      {column(1, 2), []float64{}, &dim},
		"NaN point":       {column(1, nan), nil, &val},
		"infinite point":  {column(inf, 1), nil, &val},
		"negative weight": {column(1, 2), []float64{2, -1}, &val},
		"NaN weight":      {column(1, 2), []float64{2, nan}, &val},
		"infinite weight": {column(1, 2), []float64{2, inf}, &val},
		"all zero":        {column(1, 2), []float64{0, 0}, &val},
		"overflow":        {column(1, 2), []float64{1e308, 1e308}, &val},
	} {
		if _, err := NewDiscrete(tc.points, tc.w); !errors.As(err, tc.target) {
			t.Errorf("%s: %v", name, err)
		}
	}
	tiny := must(NewDiscrete(column(1, 2), []float64{1e-320, 3e-320}))
	reftest.Near(t, "tiny weights", tiny.Weights()[0], .25, 1e-3, 0)
	var none *Discrete
	if none.Dim() != 0 || new(Discrete).Dim() != 0 {
		t.Error("a nil or zero Discrete has a dimension")
	}
	plane := must(NewDiscrete(mat.NewDense(1, 2, []float64{1, 2}), nil))
	for name, f := range map[string]func(){
		"LogCDF": func() { plane.LogCDF(0) }, "LogQuantile": func() { plane.LogQuantile(-1, true) }, "Knots": func() { plane.Knots(nil) },
	} {
		if panics(f) == nil {
			t.Errorf("%s in the plane didn't panic", name)
		}
	}
}

func BenchmarkNoisedAtoms(b *testing.B) {
	const atoms, n, d = 1797, 256, 64
	y, x := mat.NewDense(atoms, d, nil), mat.NewDense(n, d, nil)
	rng.New(1).Normal(y.RawMatrix().Data)
	rng.New(2).Normal(x.RawMatrix().Data)
	law := must(NewDiscrete(y, nil)).Noise(Coeffs{.8, -.6, .36, 1})
	dst := mat.NewDense(n, d, nil)
	for b.Loop() {
		law.Velocity(dst, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(atoms*n*d), "ns/term")
}

// One pass over many atoms in the plane, against the same law by the loops of
// mixtures.
func BenchmarkManyAtoms(b *testing.B) {
	for _, d := range []int{2, 8} {
		const atoms, n = 50000, 64
		y, x := mat.NewDense(atoms, d, nil), mat.NewDense(n, d, nil)
		rng.New(1).Normal(y.RawMatrix().Data)
		rng.New(2).Normal(x.RawMatrix().Data)
		c := Coeffs{.8, -.6, .36, 1}
		data := must(NewDiscrete(y, nil))
		dst := mat.NewDense(n, d, nil)
		for name, law := range map[string]Noised{"distances": newNoisedAtoms(data, c), "mixture": newNoised("", data.normals(), c), "distances alone": byDistances(newNoisedAtoms(data, c))} {
			b.Run(fmt.Sprintf("d=%d/%s", d, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					law.Velocity(dst, x)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(atoms*n), "ns/term")
			})
		}
		b.Run(fmt.Sprintf("d=%d/making a mixture", d), func(b *testing.B) {
			for b.Loop() {
				newNoised("", data.normals(), c).velocity.vectorised()
			}
		})
		b.Run(fmt.Sprintf("d=%d/making distances", d), func(b *testing.B) {
			for b.Loop() {
				newNoisedAtoms(data, c)
			}
		})
	}
}

// byDistances keeps n from the loops of mixtures.
func byDistances(n *noisedAtoms) *noisedAtoms {
	n.small = func() smallAtoms { return smallAtoms{} }
	return n
}

// In few dimensions the loops of mixtures give what distances do.
func TestNoisedAtomsInFewDimensions(t *testing.T) {
	const atoms, rows, d = 77, 300, 3
	y, x := mat.NewDense(atoms, d, nil), mat.NewDense(rows, d, nil)
	rng.New(1).Normal(y.RawMatrix().Data)
	rng.New(2).Normal(x.RawMatrix().Data)
	w := make([]float64, atoms)
	rng.New(3).Uniform(w)
	w[7] = 0
	data := must(NewDiscrete(y, w))
	for _, v := range []float64{.9, 1e-3} {
		c := Coeffs{.6, -.9, v, .8}
		fast, slow := newNoisedAtoms(data, c), byDistances(newNoisedAtoms(data, c))
		if fast.small().mix == nil {
			t.Fatal("the loops of mixtures aren't used")
		}
		a, b := make([]float64, rows), make([]float64, rows)
		fast.LogProb(a, x)
		slow.LogProb(b, x)
		for i := range a {
			reftest.Near(t, "log density", a[i], b[i], 2e-15, 1e-14)
		}
		p, q := mat.NewDense(rows, d, nil), mat.NewDense(rows, d, nil)
		for name, f := range map[string][2]func(dst, x *mat.Dense){
			"score": {fast.Score, slow.Score}, "velocity": {fast.Velocity, slow.Velocity}, "denoiser": {fast.Denoise, slow.Denoise},
		} {
			f[0](p, x)
			f[1](q, x)
			for i, want := range q.RawMatrix().Data {
				// Errors of a logit are those of a distance, over the variance.
				reftest.Near(t, name, p.RawMatrix().Data[i], want, 2e-14/v, 2e-14/v)
			}
		}
	}
	if newNoisedAtoms(data, Coeffs{1, -1, 1e-8, 1}).small().mix != nil {
		t.Error("so little noise isn't for the loops of mixtures")
	}
}
