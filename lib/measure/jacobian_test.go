package measure

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Jacobians against differences, and divergences against their traces, for laws
// in each of the forms: by vector loops, by plain ones, by distances to atoms.
func TestJacobians(t *testing.T) {
	c := Coeffs{.7, -1.1, .4, .9}
	atoms := mat.NewDense(6, 3, nil)
	rng.New(4).Normal(atoms.RawMatrix().Data)
	cloud := must(NewDiscrete(atoms, nil))
	for name, law := range map[string]Noised{
		"full": full3(t).Noise(c), "isotropic": scattered(9, 3, false).Noise(c), "atoms": cloud.Noise(c),
		"atoms by distances": byDistances(newNoisedAtoms(cloud, c)), "line": Bimodal(1, .4).Noise(c),
		"many dimensions": scattered(2, fullDims+1, true).Noise(c),
	} {
		n, d := law.(CurvedNoised), law.Dim()
		x := mat.NewDense(1, d, nil)
		law.Sample(x, rng.New(8))
		at := x.RawRowView(0)
		for field, f := range map[string]struct{ value, jacobian func(dst, x *mat.Dense) }{
			"velocity": {n.Velocity, n.VelocityJacobian}, "score": {n.Score, n.ScoreJacobian}, "denoiser": {n.Denoise, n.DenoiseJacobian},
		} {
			got, want := mat.NewDense(1, d*d, nil), mat.NewDense(d, d, nil)
			f.jacobian(got, x)
			fd.Jacobian(want, func(y, x []float64) {
				f.value(mat.NewDense(1, d, y), mat.NewDense(1, d, append([]float64(nil), x...)))
			}, at, &fd.JacobianSettings{Formula: fd.Central})
			var trace float64
			for i := range d {
				trace += got.At(0, i*d+i)
				for j := range d {
					reftest.Near(t, fmt.Sprintf("%s: %s, ∂%d of %d", name, field, j, i), got.At(0, i*d+j), want.At(i, j), 1e-6, 1e-7)
				}
			}
			div := make([]float64, 1)
			switch field {
			case "velocity":
				n.VelocityDivergence(div, x)
			case "score":
				n.ScoreDivergence(div, x)
			default:
				continue
			}
			reftest.Near(t, name+": divergence of the "+field, div[0], trace, 1e-12, 1e-12)
		}
	}
}

// The log density in many dimensions is that by a Cholesky factor.
func TestLogDensityInManyDimensions(t *testing.T) {
	for _, d := range []int{1, 5, 16, 64} {
		g := scattered(1, d, true).parts[0]
		var cov mat.SymDense
		g.Cov(&cov)
		want, ok := distmv.NewNormal(g.mean, &cov, nil)
		if !ok {
			t.Fatal("not positive definite")
		}
		x, got := mat.NewDense(4, d, nil), make([]float64, 4)
		g.Sample(x, rng.New(1))
		g.LogProb(got, x)
		for i := range got {
			reftest.Near(t, fmt.Sprint("d = ", d), got[i], want.LogProb(x.RawRowView(i)), 1e-12, 1e-12)
		}
	}
}
