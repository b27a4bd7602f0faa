package metric

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
)

// Neighbourhood compares generated points with real ones by the balls around each
// point that reach to its k-th nearest neighbour in its own sample.
type Neighbourhood struct {
	K int
	// Precision is the part of the generated points in a ball of a real one, Recall
	// that of the real points in a ball of a generated one (T. Kynkäänniemi et al.,
	// NeurIPS 2019).
	Precision, Recall float64
	// Density is the mean number of real balls that a generated point is in, over k;
	// its mean is 1 for one law. Coverage is the part of the real balls with a
	// generated point in them (M. Naeem et al., ICML 2020).
	Density, Coverage float64
}

// Neighbours returns the precision and recall of generated points, the rows of y,
// against real ones, the rows of x. A ball contains its border. k is 3 or 5 as a
// rule.
//
// It returns an error for samples that Energy refuses, unless 1 ≤ k < the number of
// points of each, and the context's error, wrapped, if that ends.
func Neighbours(ctx context.Context, x, y mat.Matrix, k int) (*Neighbourhood, error) {
	const fn = "metric.Neighbours"
	a, b, err := newSamples(fn, x, nil, y, nil)
	if err != nil {
		return nil, err
	}
	if k < 1 || k >= min(a.n, b.n) {
		return nil, fmt.Errorf("%s: k is %d, want at least 1 and below the %d and %d points", fn, k, a.n, b.n)
	}
	// Powers of two: squares neither overflow nor lose what counts.
	_, e := math.Frexp(max(a.size, b.size))
	a.scale(-e)
	b.scale(-e)
	radii := func(s *sample) ([]float64, error) {
		out := make([]float64, s.n)
		return out, par.For(ctx, s.n, 32, func(lo, hi int) {
			near := make([]float64, s.n)
			for i := lo; i < hi; i++ {
				for j := range near {
					near[j] = s.square(i, s, j)
				}
				slices.Sort(near)
				out[i] = near[k] // near[0] is the point itself
			}
		})
	}
	ra, err := radii(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	rb, err := radii(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	type counts struct{ precise, balls, recalled, covered int }
	parts, err := par.Map(ctx, a.n+b.n, 32, func(lo, hi int) (c counts) {
		for i := lo; i < hi; i++ {
			var inside, recalled, covered int
			if i < a.n {
				for j := range b.n {
					r := a.square(i, b, j)
					recalled |= within(r, rb[j])
					covered |= within(r, ra[i])
				}
			} else {
				for j := range a.n {
					inside += within(b.square(i-a.n, a, j), ra[j])
				}
			}
			c.balls += inside
			c.precise += min(inside, 1)
			c.recalled += recalled
			c.covered += covered
		}
		return c
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	var all counts
	for _, c := range parts {
		all.precise += c.precise
		all.balls += c.balls
		all.recalled += c.recalled
		all.covered += c.covered
	}
	n, m := float64(a.n), float64(b.n)
	return &Neighbourhood{
		K: k, Precision: float64(all.precise) / m, Recall: float64(all.recalled) / n,
		Density: float64(all.balls) / (float64(k) * m), Coverage: float64(all.covered) / n,
	}, nil
}

func within(square, radius float64) int {
	if square <= radius {
		return 1
	}
	return 0
}

// square returns the squared distance of a point of s and one of o.
func (s *sample) square(i int, o *sample, j int) (sum float64) {
	y := o.rows[j*s.dim:][:s.dim]
	for k, v := range s.rows[i*s.dim:][:s.dim] {
		sum += float64((v - y[k]) * (v - y[k]))
	}
	return sum
}
