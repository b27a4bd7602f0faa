package transport

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func sym(rows [][]float64) *mat.SymDense {
	s := mat.NewSymDense(len(rows), nil)
	for i := range rows {
		for j := range rows {
			s.SetSym(i, j, rows[i][j])
		}
	}
	return s
}

func TestReferenceBuresBarycentre(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/barycentres.json", "bures_bary") {
		var in struct {
			Covs    [][][]float64
			Weights []float64
		}
		var want struct{ Cov [][]float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Expected, &want)
		var covs []mat.Symmetric
		for _, s := range in.Covs {
			covs = append(covs, sym(s))
		}
		b, err := CovarianceBarycentre(t.Context(), covs, in.Weights, BarycentreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Cov {
			for j, v := range want.Cov[i] {
				reftest.Near(t, c.ID, b.Cov.At(i, j), v, c.RTol, c.ATol)
			}
		}
		if gap := b.DualityGap(); !(math.Abs(gap) < 1e-13*b.Value()) {
			t.Errorf("%s: gap %g of %g", c.ID, gap, b.Value())
		}
	}
}

// The barycentre of two is a point of the geodesic.
func TestGaussianBarycentreOfTwo(t *testing.T) {
	p, q := twoGaussians(t)
	b, err := GaussianBarycentre(t.Context(), []*measure.Gaussian{p, q}, []float64{.7, .3}, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := b.Gaussian()
	if err != nil {
		t.Fatal(err)
	}
	f, err := Geodesic(p, q, 1)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "distance to the geodesic", Bures(g, f.Path.At(.3).(*measure.Gaussian)), 0, 0, 1e-9)
	w := Bures(p, q)
	reftest.Near(t, "value", b.Value(), .21*w*w, 1e-12, 0)
	if gap := b.DualityGap(); !(math.Abs(gap) < 1e-12) {
		t.Errorf("gap %g", gap)
	}
}

// Away from the barycentre, the gap covers what the value is too large by.
func TestBuresBarycentreGapReacts(t *testing.T) {
	covs := []mat.Symmetric{sym([][]float64{{3, 1}, {1, .5}}), sym([][]float64{{.2, 0}, {0, 4}}), sym([][]float64{{1, -.9}, {-.9, 1}})}
	best, err := CovarianceBarycentre(t.Context(), covs, nil, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	early, err := CovarianceBarycentre(t.Context(), covs, nil, BarycentreOptions{MaxIterations: 1})
	var stopped *NotConvergedError
	if !errors.As(err, &stopped) || !errors.Is(err, ErrLimit) || stopped.Residual != early.Residual || early.Iterations != 1 {
		t.Fatalf("after one iteration: %v", err)
	}
	excess := early.Value() - best.Value()
	if gap := early.DualityGap(); !(excess > 1e-9 && gap >= excess && gap < 1) {
		t.Errorf("the gap is %g, the value is %g too large", gap, excess)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b, err := CovarianceBarycentre(ctx, covs, nil, BarycentreOptions{})
	if !errors.Is(err, context.Canceled) || b == nil || b.Cov == nil {
		t.Errorf("cancelled: %v, %v", b, err)
	}
}

// Two segments in the plane move as one: x = z u and y = z v with the same
// normal z, and the barycentre is a segment along u + v.
func TestBuresBarycentreSingular(t *testing.T) {
	u, v := []float64{1, 0}, []float64{.6, .8}
	outer := func(u []float64) *mat.SymDense {
		s := mat.NewSymDense(2, nil)
		s.SymRankOne(s, 1, mat.NewVecDense(2, u))
		return s
	}
	b, err := CovarianceBarycentre(t.Context(), []mat.Symmetric{outer(u), outer(v)}, nil, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := outer([]float64{.8, .4})
	for i := range 2 {
		for j := range 2 {
			reftest.Near(t, "segment", b.Cov.At(i, j), want.At(i, j), 0, 1e-9)
		}
	}
	if gap := b.DualityGap(); !math.IsInf(gap, 1) {
		t.Errorf("the gap of a singular barycentre is %v", gap)
	}
	if _, err := b.Gaussian(); err == nil {
		t.Error("a segment is no Gaussian with a density")
	}
	// Axes that commute: the root mean of the variances.
	b, err = CovarianceBarycentre(t.Context(), []mat.Symmetric{sym([][]float64{{4, 0}, {0, 0}}), sym([][]float64{{0, 0}, {0, 1}})}, []float64{.25, .75}, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "xx", b.Cov.At(0, 0), .25, 1e-12, 0)
	reftest.Near(t, "yy", b.Cov.At(1, 1), .5625, 1e-12, 0)
	// One singular part beside regular ones.
	b, err = CovarianceBarycentre(t.Context(), []mat.Symmetric{outer(v), sym([][]float64{{2, .3}, {.3, 1}})}, nil, BarycentreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if b.Residual > 1e-10 || !(b.Value() > 0) {
		t.Errorf("residual %g, value %g", b.Residual, b.Value())
	}
	zero, err := CovarianceBarycentre(t.Context(), []mat.Symmetric{mat.NewSymDense(2, nil)}, nil, BarycentreOptions{})
	if err != nil || mat.Norm(zero.Cov, 2) != 0 {
		t.Errorf("of a point: %v, %v", zero, err)
	}
}

func TestBuresBarycentreRefuses(t *testing.T) {
	one := sym([][]float64{{1}})
	for name, c := range map[string]struct {
		covs    []mat.Symmetric
		weights []float64
		opt     BarycentreOptions
	}{
		"nothing":           {},
		"nil":               {covs: []mat.Symmetric{nil}},
		"NaN":               {covs: []mat.Symmetric{sym([][]float64{{math.NaN()}})}},
		"negative variance": {covs: []mat.Symmetric{sym([][]float64{{-1}})}},
		"indefinite":        {covs: []mat.Symmetric{sym([][]float64{{1, 2}, {2, 1}})}},
		"dimensions":        {covs: []mat.Symmetric{one, sym([][]float64{{1, 0}, {0, 1}})}},
		"lengths":           {covs: []mat.Symmetric{one}, weights: []float64{1, 1}},
		"negative weight":   {covs: []mat.Symmetric{one, one}, weights: []float64{2, -1}},
		"no weight":         {covs: []mat.Symmetric{one}, weights: []float64{0}},
		"NaN weight":        {covs: []mat.Symmetric{one}, weights: []float64{math.NaN()}},
		"tolerance":         {covs: []mat.Symmetric{one}, opt: BarycentreOptions{Tolerance: -1}},
		"iterations":        {covs: []mat.Symmetric{one}, opt: BarycentreOptions{MaxIterations: -1}},
	} {
		if b, err := CovarianceBarycentre(t.Context(), c.covs, c.weights, c.opt); err == nil || b != nil {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
	if _, err := GaussianBarycentre(t.Context(), []*measure.Gaussian{nil}, nil, BarycentreOptions{}); err == nil {
		t.Error("a nil part is taken")
	}
}
