package transport

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// marginals computes the logarithms of the row and column sums of π.
func (b *Bridge) marginals(ctx context.Context) (err error) {
	if b.rows, err = b.from.sums(ctx, b.to, b.Eps()); err == nil {
		b.cols, err = b.to.sums(ctx, b.from, b.Eps())
	}
	return err
}

// sums returns ln Σⱼ π[i,j] for the atoms i of s and j of o.
func (s *bridgeSide) sums(ctx context.Context, o *bridgeSide, eps float64) ([]float64, error) {
	level := make([]float64, len(o.logw))
	floats.ScaleTo(level, eps, o.logw)
	out := make([]float64, len(s.logw))
	err := par.For(ctx, len(out), bridgeBlock, func(lo, hi int) {
		c := make([]float64, len(level))
		for i := lo; i < hi; i++ {
			sqDistances(c, s.points.RawRowView(i), o.packed)
			kernel.LogSumExp(out[i:i+1], level, c, len(c), eps)
			out[i] += s.logw[i]
		}
	})
	return out, err
}

func massOf(logw []float64) float64 {
	var s num.Sum
	for _, l := range logw {
		s.Add(math.Exp(l))
	}
	return s.Value()
}

// MarginalErrors returns Σ|rᵢ − aᵢ| and Σ|cⱼ − bⱼ| with the row and column sums r
// and c of π, before it is scaled: 0 but for rounding where the potentials solve
// the static problem.
func (b *Bridge) MarginalErrors() (start, end float64) {
	off := func(logw, mass []float64) float64 {
		var s num.Sum
		for i, l := range logw {
			s.Add(math.Abs(math.Exp(l) - mass[i]))
		}
		return s.Value()
	}
	return off(b.rows, b.from.mass), off(b.cols, b.to.mass)
}

// DualValue returns ⟨f, a⟩ + ⟨g, b⟩ − ε(Σ π − 1), below which the value
// ⟨P, C⟩ + ε KL(P | a⊗b) of no plan P between the measures can lie.
func (b *Bridge) DualValue() float64 {
	var s num.Sum
	for _, side := range [...]*bridgeSide{b.from, b.to} {
		for i, m := range side.mass {
			addProduct(&s, m, side.height[i])
		}
	}
	s.Add(-b.Eps() * (b.total - 1))
	return s.Value()
}

// DualityGap returns by how much the value of a plan P with the right marginals,
// made from π by scaling down and filling up (Altschuler, Weed and Rigollet 2017),
// exceeds DualValue: ε KL(P | π) for masses that differ, which the marginals'
// errors alone don't bound. By Pinsker's inequality it bounds the total variation
// between π and the solution too. It takes three passes over the pairs, and
// returns an error if the context ends.
func (b *Bridge) DualityGap(ctx context.Context) (float64, error) {
	n, m, eps := len(b.rows), len(b.cols), b.Eps()
	// Rows are scaled down to no more than a, then columns to no more than b.
	down := make([]float64, n)
	for i, l := range b.rows {
		down[i] = min(0, math.Log(b.from.mass[i])-l)
	}
	scaled := *b.from
	scaled.logw = make([]float64, n)
	floats.AddTo(scaled.logw, b.from.logw, down)
	cols, err := b.to.sums(ctx, &scaled, eps)
	if err != nil {
		return 0, err
	}
	right, lackCols := make([]float64, m), make([]float64, m)
	for j, l := range cols {
		right[j] = min(0, math.Log(b.to.mass[j])-l)
		lackCols[j] = max(0, b.to.mass[j]-math.Exp(l))
	}
	both := *b.to
	both.logw = make([]float64, m)
	floats.AddTo(both.logw, b.to.logw, right)
	rows, err := scaled.sums(ctx, &both, eps)
	if err != nil {
		return 0, err
	}
	lackRows := make([]float64, n)
	for i, l := range rows {
		lackRows[i] = max(0, b.from.mass[i]-math.Exp(l))
	}
	// What is lacking is filled up in proportion.
	lack := floats.Sum(lackRows)
	sum, err := par.Sum(ctx, n, bridgeBlock, func(lo, hi int) float64 {
		c := make([]float64, m)
		var s num.Sum
		for i := lo; i < hi; i++ {
			sqDistances(c, b.from.points.RawRowView(i), b.to.packed)
			for j, sq := range c {
				l := b.from.logw[i] + b.to.logw[j] - sq/eps
				pi, rise := math.Exp(l), down[i]+right[j]
				// P ln(P/π) − P + π is never negative.
				if fill := lackRows[i] * (lackCols[j] / lack); fill > 0 { // false for 0/0
					p := pi*math.Exp(rise) + fill
					rise = math.Log(p) - l
					if rise > 1 { // π may be 0
						s.Add(p*(rise-1) + pi)
						continue
					}
				}
				s.Add(pi * relativeEntropy(rise))
			}
		}
		return s.Value()
	})
	return eps * sum, err
}

// relativeEntropy returns r ln r − r + 1 of r = eˡ, which near l = 0 is ½l².
func relativeEntropy(l float64) float64 {
	if math.Abs(l) < 1e-3 {
		return l * l * (1./2 + l*(1./3+l*(1./8+l/30)))
	}
	return math.Exp(l)*(l-1) + 1
}
