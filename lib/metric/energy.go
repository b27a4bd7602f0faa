package metric

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// Energy1D returns the energy distance
//
//	(2 E|X − Y| − E|X − X′| − E|Y − Y′|)^{1/2} = (2 ∫ (F(x) − G(x))² dx)^{1/2}
//
// between two weighted samples on the line (Székely and Rizzo, J. Stat. Plan.
// Inference 143, 1249, 2013), of the unit of the root of a length, in the time that
// sorting takes. It is computed by the integral, in which nothing cancels.
//
// It returns an error if a sample is empty, if lengths differ, if a value isn't
// finite or their range overflows, if a weight is negative or not finite, or if the
// sum of a sample's weights is 0 or overflows.
func Energy1D(x, xw, y, yw []float64) (float64, error) {
	const fn = "metric.Energy1D"
	type jump struct{ at, mass float64 }
	jumps := make([]jump, 0, len(x)+len(y))
	for _, s := range [...]struct {
		name string
		x, w []float64
		sign float64
	}{{"x", x, xw, 1}, {"y", y, yw, -1}} {
		w, err := shares(fn, s.name, len(s.x), s.w)
		if err != nil {
			return 0, err
		}
		for i, v := range s.x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return 0, fmt.Errorf("%s: %s[%d] is %v, want a finite number", fn, s.name, i, v)
			}
			if w[i] > 0 {
				jumps = append(jumps, jump{v, s.sign * w[i]})
			}
		}
	}
	slices.SortFunc(jumps, func(a, b jump) int { return cmp.Compare(a.at, b.at) })
	scale := jumps[len(jumps)-1].at - jumps[0].at
	switch {
	case scale == 0:
		return 0, nil
	case math.IsInf(scale, 1):
		return 0, fmt.Errorf("%s: the range of the points overflows", fn)
	}
	var gap, sum num.Sum // F − G, ∫ (F − G)²
	for k, j := range jumps[:len(jumps)-1] {
		gap.Add(j.mass)
		if g := gap.Value(); math.Abs(g) > rounding {
			sum.Add((jumps[k+1].at - j.at) / scale * g * g)
		}
	}
	return math.Sqrt(2*sum.Value()) * math.Sqrt(scale), nil
}

// rounding is a difference of shares of the mass that says nothing.
const rounding = 4e-16

// Energy returns the energy distance (2 E|X − Y| − E|X − X′| − E|Y − Y′|)^{1/2}
// between two weighted samples in any dimension, the rows of x and y. It takes all
// pairs of points. The three terms nearly cancel where the samples are close:
// squares below 10⁻¹⁵ of the terms are rounding and returned as 0, so that
// distances below about 3·10⁻⁸ of the root of the distance between points can't be
// told from 0.
//
// It returns an error if a sample is empty, if dimensions or lengths differ, if a
// coordinate isn't finite or distances overflow, if a weight is negative or not
// finite, if the sum of a sample's weights is 0 or overflows, and the context's
// error, wrapped, if that ends.
func Energy(ctx context.Context, x mat.Matrix, xw []float64, y mat.Matrix, yw []float64) (float64, error) {
	const fn = "metric.Energy"
	a, b, err := newSamples(fn, x, xw, y, yw)
	if err != nil {
		return 0, err
	}
	// Powers of two: squares neither overflow nor lose what counts.
	_, e := math.Frexp(max(a.size, b.size))
	a.scale(-e)
	b.scale(-e)
	xy, err := meanDistance(ctx, a, b)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", fn, err)
	}
	xx, err := meanDistance(ctx, a, a)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", fn, err)
	}
	yy, err := meanDistance(ctx, b, b)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", fn, err)
	}
	var sum num.Sum
	for _, v := range [...]float64{xy, -xx, xy, -yy} {
		sum.Add(v)
	}
	squared := sum.Value()
	if squared <= 1e-15*xy {
		return 0, nil
	}
	// √(squared·2^e), where 2^e may be out of range.
	return math.Ldexp(math.Sqrt(math.Ldexp(squared, e&1)), (e-e&1)/2), nil
}

// sample is a weighted sample with coordinates apart, at most 64 at a time.
type sample struct {
	n, dim  int
	weights []float64
	size    float64 // the largest coordinate
	rows    []float64
	parts   []kernel.Points[float64]
}

func newSample(fn, name string, x mat.Matrix, w []float64) (*sample, error) {
	s := new(sample)
	if x != nil {
		s.n, s.dim = x.Dims()
	}
	if s.dim == 0 {
		s.n = 0
	}
	var err error
	if s.weights, err = shares(fn, name, s.n, w); err != nil {
		return nil, err
	}
	s.rows = make([]float64, 0, s.n*s.dim)
	for i := range s.n {
		for k := range s.dim {
			v := x.At(i, k)
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s: coordinate %d of %s[%d] is %v, want a finite number", fn, k, name, i, v)
			}
			s.size = max(s.size, math.Abs(v))
			s.rows = append(s.rows, v)
		}
	}
	return s, nil
}

// scale multiplies the points by 2^e and takes their coordinates apart.
func (s *sample) scale(e int) {
	for i, v := range s.rows {
		s.rows[i] = math.Ldexp(v, e)
	}
	all := kernel.NewPoints(s.rows, s.dim)
	for k := 0; k < s.dim; k += 64 {
		part := all
		part.D = min(64, s.dim-k)
		part.Coord = all.Coord[k*all.Stride : (k+part.D)*all.Stride]
		s.parts = append(s.parts, part)
	}
}

// meanDistance returns Σᵢⱼ aᵢ bⱼ |xᵢ − yⱼ|.
func meanDistance(ctx context.Context, a, b *sample) (float64, error) {
	return meanPairs(ctx, a, b, func(w, row []float64) float64 {
		// The sum and its errors, without branches.
		var sum, lost float64
		for j, v := range row {
			d := w[j] * math.Sqrt(v)
			t := sum + d
			z := t - sum
			lost += (sum - (t - z)) + (d - z)
			sum = t
		}
		return sum + lost
	})
}

// meanPairs returns Σᵢ aᵢ f(b, |xᵢ − y|²), where f sums over parts of y.
func meanPairs(ctx context.Context, a, b *sample, f func(w, squares []float64) float64) (float64, error) {
	const tile = 128
	same := a == b
	sums, err := par.Map(ctx, a.n, tile, func(lo, hi int) num.Sum {
		var total num.Sum
		squares, part := make([]float64, (hi-lo)*tile), make([]float64, (hi-lo)*tile)
		from := 0
		if same { // the tiles below the diagonal are those above
			from = lo
		}
		for l := from; l < b.n; l += tile {
			h := min(l+tile, b.n)
			kernel.SqDist(squares, tile, a.parts[0].Slice(lo, hi), b.parts[0].Slice(l, h))
			for k := 1; k < len(a.parts); k++ {
				kernel.SqDist(part, tile, a.parts[k].Slice(lo, hi), b.parts[k].Slice(l, h))
				for i, v := range part {
					squares[i] += v
				}
			}
			twice := 1.0
			if same && l > lo {
				twice = 2
			}
			for i := lo; i < hi; i++ {
				total.Add(twice * a.weights[i] * f(b.weights[l:h], squares[(i-lo)*tile:][:h-l]))
			}
		}
		return total
	})
	var total num.Sum
	for _, s := range sums {
		total.Add(s.Value())
	}
	return total.Value(), err
}

// shares returns weights that sum to 1.
func shares(fn, name string, n int, w []float64) ([]float64, error) {
	if n == 0 {
		return nil, fmt.Errorf("%s: %s is empty", fn, name)
	}
	if w == nil {
		return slices.Repeat([]float64{1 / float64(n)}, n), nil
	}
	if len(w) != n {
		return nil, fmt.Errorf("%s: %s has %d points and %d weights", fn, name, n, len(w))
	}
	var sum num.Sum
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("%s: weight %s[%d] is %v, want a finite number ≥ 0", fn, name, i, v)
		}
		sum.Add(v)
	}
	total := sum.Value()
	if !(total > 0) || math.IsInf(total, 1) {
		return nil, fmt.Errorf("%s: the weights of %s sum to %v, want a positive finite mass", fn, name, total)
	}
	out := make([]float64, n)
	for i, v := range w {
		out[i] = v / total
	}
	return out, nil
}
