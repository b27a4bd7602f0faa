package transport

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// JKOGaussian makes a step of duration h from N(m, Σ) in the potential
// U(x) = ½ (x − c)ᵀA(x − c) at temperature T, in closed form. With B = I + hA and
// the eigenvalues y of Y = B^{−1/2} Σ B^{−1/2}, it leads to N(m′, Σ′),
//
//	m′ = B⁻¹ (m + hAc),  Σ′ = B^{−1/2} X B^{−1/2},
//
// where X has the eigenvectors of Y and the eigenvalues
// x = (y + 2hT + √(y² + 4hTy))/2. The law that stays is that of the Fokker-Planck
// equation, Σ = T A⁻¹, for every h. A nil centre is the origin.
//
// It returns an error if p is nil, if dimensions differ, if a number isn't
// finite, if h isn't positive or T negative, if Σ′ is singular to rounding, and a
// [NotConvexError] unless I + hA is positive definite.
func JKOGaussian(p *measure.Gaussian, a mat.Symmetric, centre []float64, temperature, h float64) (*JKOStep[*measure.Gaussian], error) {
	const fn = "transport.JKOGaussian"
	if p.Dim() == 0 {
		return nil, errors.New(fn + ": p is nil")
	}
	if err := checkJKO(fn, temperature, h); err != nil {
		return nil, err
	}
	d := p.Dim()
	if a == nil || a.SymmetricDim() != d {
		n := 0
		if a != nil {
			n = a.SymmetricDim()
		}
		return nil, &measure.DimError{Func: fn, Arg: "a", Got: n, Want: d}
	}
	if centre == nil {
		centre = make([]float64, d)
	}
	if len(centre) != d {
		return nil, &measure.DimError{Func: fn, Arg: "centre", Got: len(centre), Want: d}
	}
	for i := range d {
		for j := range d {
			if v := a.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("a[%d,%d]", i, j), Value: v, Want: "finite"}
			}
		}
		if v := centre[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("centre[%d]", i), Value: v, Want: "finite"}
		}
	}
	var copyA mat.SymDense
	copyA.ReuseAsSym(d)
	copyA.CopySym(a)
	curvature := math.Inf(1)
	root := spectral(&copyA, func(k float64) float64 { // B^{−1/2}
		curvature = min(curvature, k)
		return 1 / math.Sqrt(1+h*k)
	})
	if !(1+h*curvature > 0) {
		return nil, &NotConvexError{fn, curvature, h}
	}
	var sigma mat.SymDense
	p.Cov(&sigma)
	x := spectral(sandwich(root, &sigma), func(y float64) float64 {
		y = max(y, 0)
		return (y+math.Sqrt(y*(y+4*h*temperature)))/2 + h*temperature
	})
	// m′ = B⁻¹ (m + hAc) = m + hB⁻¹A(c − m), which keeps small steps' digits.
	mean := p.Mean(nil)
	offset := make([]float64, d)
	for i, m := range mean {
		offset[i] = centre[i] - m
	}
	pull := spectral(&copyA, func(k float64) float64 { return h * k / (1 + h*k) })
	var shift mat.VecDense
	shift.MulVec(pull, mat.NewVecDense(d, offset))
	for i := range mean {
		mean[i] += shift.AtVec(i)
	}
	to, err := measure.NewGaussian(mean, sandwich(root, x))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	s := &JKOStep[*measure.Gaussian]{From: p, To: to, Temperature: temperature, H: h}
	u := quadratic{&copyA, centre}
	s.Before, s.After = u.freeEnergy(p, temperature), u.freeEnergy(to, temperature)
	s.SqDist = math.Pow(Bures(to, p), 2)
	s.Gap = u.gap(s, curvature)
	return s, nil
}

// quadratic is the potential ½ (x − c)ᵀA(x − c).
type quadratic struct {
	a      *mat.SymDense
	centre []float64
}

// freeEnergy returns F of a Gaussian.
func (u quadratic) freeEnergy(p *measure.Gaussian, temperature float64) float64 {
	var sigma mat.SymDense
	p.Cov(&sigma)
	offset := p.Mean(nil)
	for i, c := range u.centre {
		offset[i] -= c
	}
	o := mat.NewVecDense(len(offset), offset)
	energy := mat.Inner(o, u.a, o) / 2
	var entropy float64
	for i := range offset {
		for j := range offset {
			energy += u.a.At(i, j) * sigma.At(j, i) / 2
		}
		entropy += 0.5 * math.Log(2*math.Pi*math.E)
	}
	logDet := 0.0
	p.Spectral(&sigma, func(v float64) float64 {
		logDet += math.Log(v)
		return v
	})
	return energy - temperature*(entropy+logDet/2)
}

// gap returns E|g|²/(2λ) for g(x) = A(x − c) − TΣ′⁻¹(x − m′) + (x − 𝒯(x))/h.
func (u quadratic) gap(s *JKOStep[*measure.Gaussian], curvature float64) float64 {
	d := s.To.Dim()
	var inverse, sigma mat.SymDense
	s.To.Spectral(&inverse, func(v float64) float64 { return 1 / v })
	s.To.Cov(&sigma)
	m, from := s.To.Mean(nil), s.From.Mean(nil)
	// The gradient is G(x − m′) + g₀.
	var g, gs mat.Dense
	g.Scale(-1/s.H, gaussianMap(s.To, s.From))
	for i := range d {
		for j := range d {
			v := g.At(i, j) + u.a.At(i, j) - s.Temperature*inverse.At(i, j)
			if i == j {
				v += 1 / s.H
			}
			g.Set(i, j, v)
		}
	}
	gs.Mul(&g, &sigma)
	var square float64
	for i := range d {
		for j := range d {
			square += gs.At(i, j) * g.At(i, j)
		}
		g0 := (m[i] - from[i]) / s.H
		for j := range d {
			g0 += u.a.At(i, j) * (m[j] - u.centre[j])
		}
		square += g0 * g0
	}
	return square / (2 * (1/s.H + curvature))
}
