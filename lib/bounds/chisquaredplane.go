package bounds

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// chiSquaredMixture is for a mixture of N(mᵢ, Cᵢ) over a Gaussian. With the truth at
// N(0, I) and the precisions A = C⁻¹,
//
//	1 + χ² = Σ wᵢ wⱼ (|Aᵢ||Aⱼ|/|Q|)^½ exp ½(gᵀQ⁻¹g − c),  Q = Aᵢ + Aⱼ − I,
//	g = Aᵢ mᵢ + Aⱼ mⱼ,  c = mᵢᵀAᵢ mᵢ + mⱼᵀAⱼ mⱼ,
//
// infinite unless every Q is positive definite.
func chiSquaredMixture(estimate *measure.Mixture, truth *measure.Gaussian) (value, bound float64) {
	d := truth.Dim()
	var whiten mat.SymDense
	truth.Spectral(&whiten, func(v float64) float64 { return 1 / math.Sqrt(v) })
	type part struct {
		w, logDet, c float64
		a            mat.SymDense
		am           mat.VecDense
	}
	parts := make([]part, estimate.Len())
	for k := range parts {
		p := &parts[k]
		w, g := estimate.Component(k)
		p.w = w
		var cov mat.SymDense
		g.Cov(&cov)
		var m mat.Dense
		m.Product(&whiten, &cov, &whiten)
		var chol mat.Cholesky
		if !chol.Factorize(symmetric(&m)) || chol.InverseTo(&p.a) != nil {
			return math.Inf(1), 0
		}
		p.logDet = -chol.LogDet()
		mean := mat.NewVecDense(d, g.Mean(nil))
		mean.SubVec(mean, mat.NewVecDense(d, truth.Mean(nil)))
		mean.MulVec(&whiten, mean)
		p.am.MulVec(&p.a, mean)
		p.c = mat.Dot(mean, &p.am)
	}
	var sum num.Sum
	size := 0.0
	for i := range parts {
		for j := range i + 1 {
			a, b := &parts[i], &parts[j]
			var q mat.SymDense
			q.AddSym(&a.a, &b.a)
			for k := range d {
				q.SetSym(k, k, q.At(k, k)-1)
			}
			var chol mat.Cholesky
			if !chol.Factorize(&q) {
				return math.Inf(1), 0
			}
			var g, x mat.VecDense
			g.AddVec(&a.am, &b.am)
			if err := chol.SolveVecTo(&x, &g); err != nil {
				return math.Inf(1), 0
			}
			form := mat.Dot(&g, &x)
			v := a.w * b.w * math.Exp(0.5*(a.logDet+b.logDet-chol.LogDet()+form-a.c-b.c))
			if i != j {
				v *= 2
			}
			sum.Add(v)
			size += v * (1 + math.Abs(form) + a.c + b.c)
		}
	}
	sum.Add(-1)
	if value = max(0, sum.Value()); math.IsInf(value, 1) || math.IsNaN(value) {
		return math.Inf(1), 0
	}
	return value, 0x1p-47 * float64(d) * (1 + size)
}

func symmetric(m *mat.Dense) *mat.SymDense {
	d, _ := m.Dims()
	s := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			s.SetSym(i, j, 0.5*(m.At(i, j)+m.At(j, i)))
		}
	}
	return s
}

// chiSquaredGrids is for two densities on the cells of one grid: Σ (p̃ − p)²/p over the
// masses. ok is false if they have other axes.
func chiSquaredGrids(estimate, truth *measure.Grid) (value float64, ok bool) {
	if !slices.Equal(estimate.Axes(), truth.Axes()) {
		return 0, false
	}
	var sum num.Sum
	for i, p := range truth.Masses() {
		switch q := estimate.Masses()[i]; {
		case p > 0:
			sum.Add((q - p) / p * (q - p))
		case q > 0:
			return math.Inf(1), true
		}
	}
	return sum.Value(), true
}
