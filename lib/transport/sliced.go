package transport

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// SlicedOptions are the options of [SlicedWasserstein]. The zero value is ready to
// use.
type SlicedOptions struct {
	// Directions are the directions to use, as rows of length 1, in place of
	// random ones. They are averaged as they are.
	Directions mat.Matrix
	// Orthogonal draws directions in sets of d that are orthogonal to each
	// other, which spreads them more evenly: the number of directions must be
	// a multiple of the dimension d.
	Orthogonal bool
}

// SlicedResult is a sliced distance: an estimate from some directions.
type SlicedResult struct {
	P          float64
	Directions *mat.Dense // θ, as rows
	Each       []float64  // W_p of the projections on each
	Options    SlicedOptions

	set int // how many directions were drawn together
}

// SlicedWasserstein estimates the sliced distance between two weighted samples,
// the rows of x and y,
//
//	SW_p = (E_θ W_p^p(θ·x, θ·y))^{1/p},  θ uniform on the unit sphere,  p ≥ 1 finite,
//
// by the mean over a number of directions drawn from the key; direction k depends
// on the key and k alone. The distances along them are exact but for the rounding
// of the projections. Weights are as for [Wasserstein1D]. In one dimension it is
// W_p itself.
//
// If the options give directions, number must be theirs or 0, and the key isn't
// used.
//
// It returns an error if p < 1 or infinite, if a sample is empty, if dimensions
// or lengths differ, if a coordinate isn't finite or a projection overflows, if
// number < 1 or doesn't fit the options, if a given direction doesn't have length
// 1 to 10⁻⁶, for weights that Wasserstein1D refuses, and an [UnbalancedError] if
// the masses differ. If the context ends it returns the result from the
// directions that were done, nil if none was, with a [NotConvergedError].
func SlicedWasserstein(ctx context.Context, p float64, x mat.Matrix, xw []float64, y mat.Matrix, yw []float64,
	number int, key rng.Key, opt SlicedOptions,
) (*SlicedResult, error) {
	const fn = "transport.SlicedWasserstein"
	if !(p >= 1) || math.IsInf(p, 1) {
		return nil, fmt.Errorf("%s: p is %v, want a finite number of at least 1", fn, p)
	}
	s := &slicer{fn: fn, p: p}
	var err error
	if s.x, err = newSlicedCloud(fn, "x", x, xw); err != nil {
		return nil, err
	}
	if s.y, err = newSlicedCloud(fn, "y", y, yw); err != nil {
		return nil, err
	}
	d := s.x.dim
	if s.y.dim != d {
		return nil, fmt.Errorf("%s: x has dimension %d and y has %d", fn, d, s.y.dim)
	}
	r := &SlicedResult{P: p, Options: opt, set: 1}
	if opt.Directions != nil {
		r.Directions, err = givenDirections(fn, opt, number, d)
	} else {
		r.Directions, err = drawnDirections(fn, opt, number, d, key)
		if opt.Orthogonal {
			r.set = d
		}
	}
	if err != nil {
		return nil, err
	}
	number, _ = r.Directions.Dims()
	r.Each = make([]float64, number)
	errs := make([]error, number)
	done := make([]bool, number)
	err = par.For(ctx, number, 1, func(k, _ int) {
		r.Each[k], errs[k] = s.along(r.Directions.RawRowView(k))
		done[k] = true
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	if err != nil {
		return r.only(done), &NotConvergedError{Func: fn, Iterations: count(done), Residual: r.only(done).residual(), Err: err}
	}
	return r, nil
}

// Power returns the mean of W_p^p over the directions. Its standard error is that
// of a mean of independent directions, or of sets of orthogonal ones: infinite if
// there is only one.
func (r *SlicedResult) Power() relation.Term {
	scale, mean, se := r.moments()
	f := math.Pow(scale, r.P)
	return relation.Term{Symbol: "$SW_p^p$", Value: f * mean, StdErr: f * se}
}

// Distance returns SW_p, the p-th root of [SlicedResult.Power], with the standard
// error that follows from the slope of the root, StdErr/(p·Power^{1−1/p}). The
// root of a mean is less than that of what it estimates, by about (p−1)/2 times
// the square of the standard error over the distance.
func (r *SlicedResult) Distance() relation.Term {
	scale, mean, se := r.moments()
	w := root(mean, r.P)
	if se > 0 {
		se *= w / (r.P * mean)
	}
	return relation.Term{Symbol: "$SW_p$", Value: scale * w, StdErr: scale * se}
}

// Max returns the largest distance along a direction, and which it was: a lower
// bound on the max-sliced distance, and on W_p.
func (r *SlicedResult) Max() (w float64, k int) {
	k = floats.MaxIdx(r.Each)
	return r.Each[k], k
}

// moments returns the mean of (W_p/scale)^p and its standard error.
func (r *SlicedResult) moments() (scale, mean, se float64) {
	scale, _ = r.Max()
	if scale == 0 {
		return 0, 0, 0
	}
	sets := make([]float64, 0, len(r.Each)/r.set)
	for k := 0; k+r.set <= len(r.Each); k += r.set {
		var sum float64
		for _, w := range r.Each[k : k+r.set] {
			sum += math.Pow(w/scale, r.P)
		}
		sets = append(sets, sum/float64(r.set))
	}
	n := float64(len(sets))
	mean = floats.Sum(sets) / n
	var squares float64
	for _, v := range sets {
		squares += (v - mean) * (v - mean)
	}
	if n == 1 {
		return scale, mean, math.Inf(1)
	}
	return scale, mean, math.Sqrt(squares / (n - 1) / n)
}

// only returns the result from the directions that were done, nil if there are
// none. Sets that were broken up count as independent directions.
func (r *SlicedResult) only(done []bool) *SlicedResult {
	n := count(done)
	if n == 0 {
		return nil
	}
	_, d := r.Directions.Dims()
	part := &SlicedResult{P: r.P, Options: r.Options, Directions: mat.NewDense(n, d, nil), set: 1}
	for k, ok := range done {
		if ok {
			part.Directions.SetRow(len(part.Each), r.Directions.RawRowView(k))
			part.Each = append(part.Each, r.Each[k])
		}
	}
	return part
}

// residual returns the standard error of the distance.
func (r *SlicedResult) residual() float64 {
	if r == nil {
		return math.Inf(1)
	}
	return r.Distance().StdErr
}

func count(done []bool) (n int) {
	for _, ok := range done {
		if ok {
			n++
		}
	}
	return n
}

func givenDirections(fn string, opt SlicedOptions, number, d int) (*mat.Dense, error) {
	n, c := opt.Directions.Dims()
	switch {
	case opt.Orthogonal:
		return nil, fmt.Errorf("%s: options ask for given directions and for orthogonal ones", fn)
	case n == 0 || c != d:
		return nil, fmt.Errorf("%s: there are %d directions of dimension %d, want at least 1 of dimension %d", fn, n, c, d)
	case number != 0 && number != n:
		return nil, fmt.Errorf("%s: number is %d, and %d directions are given", fn, number, n)
	}
	dirs := mat.DenseCopyOf(opt.Directions)
	for k := range n {
		if length := floats.Norm(dirs.RawRowView(k), 2); !(math.Abs(length-1) <= 1e-6) {
			return nil, fmt.Errorf("%s: direction %d has length %v, want 1", fn, k, length)
		}
	}
	return dirs, nil
}

func drawnDirections(fn string, opt SlicedOptions, number, d int, key rng.Key) (*mat.Dense, error) {
	if number < 1 || opt.Orthogonal && number%d != 0 {
		return nil, fmt.Errorf("%s: number is %d, want a positive number, and a multiple of %d for orthogonal directions", fn, number, d)
	}
	normals := make([]float64, number*d)
	key.Normal(normals)
	dirs := mat.NewDense(number, d, normals)
	for k := range number {
		row := dirs.RawRowView(k)
		if opt.Orthogonal {
			for range 2 { // the second time for rounding
				for j := k - k%d; j < k; j++ {
					other := dirs.RawRowView(j)
					floats.AddScaled(row, -floats.Dot(row, other), other)
				}
			}
		}
		floats.Scale(1/floats.Norm(row, 2), row)
	}
	return dirs, nil
}

// slicedCloud is a sample in space, coordinate by coordinate: coordinate k of point i is
// coord[k*n+i].
type slicedCloud struct {
	name    string
	n, dim  int
	coord   []float64
	weights []float64
	centre  []float64
	radius  float64 // no point is further from the centre
}

func newSlicedCloud(fn, name string, x mat.Matrix, w []float64) (c slicedCloud, err error) {
	c = slicedCloud{name: name, weights: w}
	if x != nil {
		c.n, c.dim = x.Dims()
	}
	if c.n == 0 || c.dim == 0 {
		return c, fmt.Errorf("%s: %s is empty", fn, name)
	}
	c.coord = make([]float64, c.n*c.dim)
	dense, ok := x.(*mat.Dense)
	if !ok {
		dense = mat.DenseCopyOf(x)
	}
	for i := range c.n {
		for k, v := range dense.RawRowView(i) {
			if !(math.Abs(v) <= math.MaxFloat64) {
				return c, fmt.Errorf("%s: coordinate %d of %s[%d] is %v, want a finite number", fn, k, name, i, v)
			}
			c.coord[k*c.n+i] = v
		}
	}
	c.centre = make([]float64, c.dim)
	for k := range c.centre {
		axis := c.coord[k*c.n : (k+1)*c.n]
		c.centre[k] = 0.5*floats.Min(axis) + 0.5*floats.Max(axis)
	}
	for i := range c.n {
		c.radius = max(c.radius, floats.Distance(dense.RawRowView(i), c.centre, 2))
	}
	return c, nil
}

// span returns numbers between which all θ·xᵢ lie, with room for rounding.
func (c *slicedCloud) span(theta []float64) (least, most float64) {
	at := floats.Dot(c.centre, theta)
	r := c.radius + 1e-12*float64(c.dim)*(c.radius+floats.Norm(c.centre, 2))
	return at - r, at + r
}

// tile is how many points are projected at a time, so that they stay near.
const tile = 1024

// project stores θ·xᵢ of the points from lo on into dst.
func (c *slicedCloud) project(dst, theta []float64, lo int) {
	axis := func(k int) []float64 { return c.coord[k*c.n+lo:][:len(dst)] }
	k := 1
	if c.dim >= 3 {
		k = 3
		y, z := axis(1), axis(2)
		for i, v := range axis(0) {
			dst[i] = float64(v*theta[0]) + float64(y[i]*theta[1]) + float64(z[i]*theta[2])
		}
	} else {
		for i, v := range axis(0) {
			dst[i] = v * theta[0]
		}
	}
	for ; k < c.dim; k++ {
		t := theta[k]
		for i, v := range axis(k) {
			dst[i] += float64(v * t)
		}
	}
}

// sorted returns the projections in increasing order, and whether all are finite.
func (c *slicedCloud) sorted(w *workspace, theta []float64) (items []item[struct{}], ok bool) {
	for k := range w.keys {
		w.keys[k] = grown(w.keys[k], c.n)
	}
	items = w.keys[0]
	least, most := c.span(theta)
	g, counted := newDigits(c.n, least, most)
	w.clear(g)
	low, high := &w.low, &w.high
	scale, mask, lower := g.scale, g.mask, g.lower&31
	var buffer [tile]float64
	for lo := 0; lo < c.n; lo += tile {
		part := buffer[:min(tile, c.n-lo)]
		c.project(part, theta, lo)
		to := items[lo:][:len(part)]
		for i, v := range part {
			to[i].key = v
			if !(v >= least && v <= most) {
				if !(math.Abs(v) <= math.MaxFloat64) {
					return nil, false
				}
				counted = false
			}
			q := uint32(int64((v - least) * scale))
			low[q&mask%(1<<digitBits)]++
			high[q>>lower%(1<<digitBits)]++
		}
	}
	if counted {
		sortCounted(w, items, w.keys[1], g, sortLevels)
	} else {
		sortItems(w, items, w.keys[1])
	}
	return items, true
}

// slicer computes distances along directions.
type slicer struct {
	fn   string
	p    float64
	x, y slicedCloud
}

func (s *slicer) along(theta []float64) (float64, error) {
	if s.x.weights == nil && s.y.weights == nil && s.x.n == s.y.n {
		return s.paired(theta)
	}
	a, err := s.atoms(&s.x, theta)
	if err != nil {
		return 0, err
	}
	defer a.free()
	b, err := s.atoms(&s.y, theta)
	if err != nil {
		return 0, err
	}
	defer b.free()
	ua, ub, err := unitsOf(s.fn, &a, &b, s.x.weights == nil, s.y.weights == nil)
	if err != nil {
		return 0, err
	}
	cost, total, scale := costOf(&a, &b, ua, ub, s.p)
	return s.result(scale, cost/total)
}

func (s *slicer) atoms(c *slicedCloud, theta []float64) (atoms, error) {
	points := make([]float64, c.n)
	for lo := 0; lo < c.n; lo += tile {
		c.project(points[lo:min(lo+tile, c.n)], theta, lo)
	}
	return newAtoms(s.fn, c.name+" along a direction", points, c.weights, false)
}

func (s *slicer) result(scale, mean float64) (float64, error) {
	w := scale * root(mean, s.p)
	if math.IsInf(w, 1) || math.IsNaN(w) {
		return 0, fmt.Errorf("%s: the distance along a direction overflows", s.fn)
	}
	return w, nil
}

// paired is the distance between as many points on either side, all of the same
// weight: the i-th smallest goes to the i-th smallest.
func (s *slicer) paired(theta []float64) (float64, error) {
	var sides [2][]item[struct{}]
	for k, c := range [...]*slicedCloud{&s.x, &s.y} {
		w := workspaces.Get().(*workspace)
		defer workspaces.Put(w)
		var ok bool
		if sides[k], ok = c.sorted(w, theta); !ok {
			return 0, fmt.Errorf("%s: the projection of %s on a direction overflows", s.fn, c.name)
		}
	}
	a, b := sides[0], sides[1]
	n := len(a)
	scale := powerOfTwo(max(a[n-1].key-b[0].key, b[n-1].key-a[0].key))
	if mean := pairedMean(a, b, s.p, scale); s.p == 1 || mean > 1e-200 {
		return s.result(scale, mean)
	}
	// Distances are much smaller than that.
	scale = 0
	for i := range a {
		scale = max(scale, math.Abs(a[i].key-b[i].key))
	}
	scale = powerOfTwo(scale)
	return s.result(scale, pairedMean(a, b, s.p, scale))
}

// pairedMean returns the mean of (distance/scale)^p.
func pairedMean(a, b []item[struct{}], p, scale float64) float64 {
	inv := 1 / scale
	var sum accurate
	switch p {
	case 1:
		for i := range a {
			sum.add(math.Abs(a[i].key-b[i].key) * inv)
		}
	case 2:
		for i := range a {
			d := (a[i].key - b[i].key) * inv
			sum.add(d * d)
		}
	default:
		for i := range a {
			sum.add(math.Pow(math.Abs(a[i].key-b[i].key)*inv, p))
		}
	}
	return sum.value() / float64(len(a))
}
