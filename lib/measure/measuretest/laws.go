package measuretest

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

const (
	draws = 40000 // of a measure
	z     = 5.5   // standard errors that are let pass
)

// Laws tests what must hold of any measure, as far as its abilities go: that a draw
// depends on its key and number alone; that moments, density and distribution function
// agree with the draws and the density has mass 1 (in at most three dimensions); that
// the score is the density's gradient; and that quantiles invert the distribution
// function. It draws with fixed keys, so that it says the same every time.
func Laws(t testing.TB, m measure.Measure) {
	t.Helper()
	d := m.Dim()
	if d < 1 {
		t.Fatalf("dimension %d", d)
	}
	x := mat.NewDense(draws, d, nil)
	m.Sample(x, rng.New(11))
	sampling(t, m, x)
	if m, ok := m.(measure.Moments); ok {
		moments(t, m, x)
	}
	if m, ok := m.(measure.LogDensity); ok && d <= 3 {
		density(t, m, x)
	}
	if m, ok := m.(measure.Scorer); ok {
		score(t, m, x)
	}
	if m, ok := m.(measure.Line); ok && d == 1 {
		line(t, m, mat.Col(nil, 0, x))
	}
}

func sampling(t testing.TB, m measure.Measure, x *mat.Dense) {
	t.Helper()
	d := m.Dim()
	few := mat.NewDense(7, d, nil)
	m.Sample(few, rng.New(11))
	if !mat.Equal(few, x.Slice(0, 7, 0, d)) {
		t.Errorf("the first draws depend on how many there are")
	}
	// A view of a larger matrix, as blocks are.
	wide := mat.NewDense(7, d+2, nil)
	m.Sample(wide.Slice(0, 7, 1, d+1).(*mat.Dense), rng.New(11))
	if !mat.Equal(few, wide.Slice(0, 7, 1, d+1)) {
		t.Errorf("draws into a part of a matrix differ")
	}
	for i, v := range x.RawMatrix().Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("draw %d isn't finite", i/d)
		}
	}
}

func moments(t testing.TB, m measure.Moments, x *mat.Dense) {
	t.Helper()
	d := m.Dim()
	mean, cov := m.Mean(nil), new(mat.SymDense)
	m.Cov(cov)
	into := make([]float64, d)
	if got := m.Mean(into); !slices.Equal(got, mean) || &got[0] != &into[0] {
		t.Errorf("Mean(dst) is %v and Mean(nil) %v", got, mean)
	}
	products := make([]float64, draws)
	for j := range d {
		near(t, "mean", mat.Col(nil, j, x), mean[j])
		for k := range j + 1 {
			for i := range products {
				products[i] = (x.At(i, j) - mean[j]) * (x.At(i, k) - mean[k])
			}
			near(t, "covariance", products, cov.At(j, k))
		}
	}
}

// density compares averages over the draws with integrals of the density, which it
// takes over draws from a normal that is wide enough.
func density(t testing.TB, m measure.LogDensity, x *mat.Dense) {
	t.Helper()
	d := m.Dim()
	logp := make([]float64, draws)
	m.LogProb(logp, x)
	if math.IsInf(slices.Max(logp), 1) {
		return // atoms
	}
	if math.IsInf(slices.Min(logp), -1) {
		t.Errorf("there are draws outside of the support")
	}
	mean, cov := make([]float64, d), new(mat.SymDense)
	for j := range d {
		mean[j] = stat.Mean(mat.Col(nil, j, x), nil)
	}
	stat.CovarianceMatrix(cov, x, nil)
	cov.ScaleSym(2, cov)
	q, err := measure.NewGaussian(mean, cov)
	if err != nil {
		t.Fatalf("the draws have no covariance: %v", err)
	}
	y, logq := mat.NewDense(10*draws, d, nil), make([]float64, 10*draws)
	q.Sample(y, rng.New(12))
	q.LogProb(logq, y)
	ratio := make([]float64, 10*draws)
	m.LogProb(ratio, y)
	for i := range ratio {
		ratio[i] = math.Exp(ratio[i] - logq[i])
	}
	near(t, "mass of the density", ratio, 1)
	// Bounded functions have means that the draws know well.
	for j := range d {
		for _, f := range []func(u float64) float64{math.Sin, math.Cos, func(u float64) float64 { return math.Cos(3 * u) }} {
			at := func(v float64) float64 { return f((v - mean[j]) / math.Sqrt(cov.At(j, j))) }
			over, under := make([]float64, draws), make([]float64, len(ratio))
			for i := range over {
				over[i] = at(x.At(i, j))
			}
			for i := range under {
				under[i] = ratio[i] * at(y.At(i, j))
			}
			a, sa := stat.MeanStdDev(over, nil)
			b, sb := stat.MeanStdDev(under, nil)
			if e := math.Hypot(sa/math.Sqrt(draws), sb/math.Sqrt(float64(len(under)))); !(math.Abs(a-b) <= z*e+1e-12) {
				t.Errorf("coordinate %d has a mean of %v over draws and %v by the density, standard error %v", j, a, b, e)
			}
		}
	}
}

func score(t testing.TB, m measure.Scorer, x *mat.Dense) {
	t.Helper()
	const n, h = 200, 1e-5
	d := m.Dim()
	x = mat.DenseCopyOf(x.Slice(0, n, 0, d))
	got, up, down := mat.NewDense(n, d, nil), make([]float64, n), make([]float64, n)
	m.LogProb(up, x)
	if math.IsInf(slices.Max(up), 1) {
		return // atoms
	}
	m.Score(got, x)
	for j := range d {
		col := mat.Col(nil, j, x)
		scale := stat.StdDev(col, nil)
		shifted := func(dst []float64, by float64) {
			y := mat.DenseCopyOf(x)
			for i, v := range col {
				y.Set(i, j, v+by)
			}
			m.LogProb(dst, y)
		}
		shifted(up, h*scale)
		shifted(down, -h*scale)
		for i := range n {
			want := (up[i] - down[i]) / (2 * h * scale)
			if math.IsNaN(want) || math.IsInf(want, 0) {
				continue // at a jump
			}
			if !(math.Abs(got.At(i, j)-want)*scale <= 1e-5*(1+math.Abs(want)*scale)*(1+math.Abs(want)*scale)) {
				t.Errorf("score at %v in coordinate %d: %v, differences of the density say %v", x.RawRowView(i), j, got.At(i, j), want)
				return
			}
		}
	}
}

func line(t testing.TB, m measure.Line, x []float64) {
	t.Helper()
	slices.Sort(x)
	scale := x[len(x)-1] - x[0]
	worst := 0.0
	for i, v := range x {
		lower, upper := m.LogCDF(v)
		if sum := math.Exp(lower) + math.Exp(upper); !(math.Abs(sum-1) <= 1e-10) {
			t.Fatalf("the two sides of %v have a mass of %v", v, sum)
		}
		if i > 0 && x[i-1] == v || i+1 < len(x) && x[i+1] == v {
			continue // an atom, where the distribution function jumps
		}
		worst = max(worst, math.Abs(math.Exp(lower)-(float64(i)+.5)/draws))
	}
	if worst*math.Sqrt(draws) > 2.5 { // the Kolmogorov-Smirnov statistic, p about 1e-5
		t.Errorf("the draws are not of the distribution function: %v apart", worst)
	}
	for _, p := range []float64{1e-9, 1e-3, .2, .5, .7, .999} {
		for _, upper := range []bool{false, true} {
			// No more mass beyond the quantile than p, and no less with it.
			q := m.LogQuantile(math.Log(p), upper)
			side := func(v float64) float64 {
				lo, up := m.LogCDF(v)
				if upper {
					return math.Exp(up)
				}
				return math.Exp(lo)
			}
			a, b := side(q-1e-9*scale), side(q+1e-9*scale)
			if !(min(a, b) <= p*(1+1e-6) && max(a, b) >= p*(1-1e-6)) {
				t.Errorf("quantile %v (upper %v) is %v, beyond which there is between %v and %v", p, upper, q, min(a, b), max(a, b))
			}
		}
	}
	if !math.IsNaN(m.LogQuantile(.1, false)) {
		t.Errorf("the quantile of a probability above 1 isn't NaN")
	}
}

// near compares the mean of independent values with what it should be.
func near(t testing.TB, what string, values []float64, want float64) {
	t.Helper()
	mean, sd := stat.MeanStdDev(values, nil)
	e := sd / math.Sqrt(float64(len(values)))
	if !(math.Abs(mean-want) <= z*e+1e-12*math.Abs(want)) {
		t.Errorf("%s: %v, and %v from draws, standard error %v", what, want, mean, e)
	}
}
