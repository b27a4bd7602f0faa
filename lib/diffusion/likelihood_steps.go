package diffusion

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// The method of J. Dormand and P. Prince, J. Comput. Appl. Math. 6, 19 (1980): the
// last row is the step of order 5, the errors are its difference from one of order 4.
var (
	likeNodes   = [7]float64{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1}
	likeWeights = [7][]float64{
		nil,
		{1. / 5},
		{3. / 40, 9. / 40},
		{44. / 45, -56. / 15, 32. / 9},
		{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	}
	likeErrors = [7]float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40}
)

// likeState is some particles on their way with the integrals of the divergence:
// each row of y is the position, the integral of every probe and that of the error
// of the differences.
type likeState struct {
	field flow.Field
	n, d  int
	probe []*mat.Dense // nil: the exact divergence
	t     float64
	y     *mat.Dense
	k     [7]*mat.Dense
	next  *mat.Dense
	x, v  *mat.Dense
	jv    *mat.Dense
	miss  *mat.Dense
	div   []float64
	off   []float64
	fresh bool // k[0] is the slope at t, y
}

func newLikeState(field flow.Field, n, d, columns int) *likeState {
	s := &likeState{field: field, n: n, d: d, div: make([]float64, n), off: make([]float64, n)}
	for i := range s.k {
		s.k[i] = mat.NewDense(n, d+columns+1, nil)
	}
	s.y, s.next = mat.NewDense(n, d+columns+1, nil), mat.NewDense(n, d+columns+1, nil)
	s.x, s.v = mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	s.jv, s.miss = mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	return s
}

// start puts the particles at the rows of x from lo on.
func (s *likeState) start(t float64, x *mat.Dense, lo int) {
	s.t, s.fresh = t, false
	s.y.Zero()
	for i := range s.n {
		copy(s.y.RawRowView(i), x.RawRowView(lo+i))
	}
}

// slope stores the derivative of y at t into dst.
func (s *likeState) slope(dst *mat.Dense, t float64, y *mat.Dense) {
	for i := range s.n {
		copy(s.x.RawRowView(i), y.RawRowView(i)[:s.d])
	}
	m := s.field.At(t)
	m.Apply(s.v, s.x)
	last := s.y.RawMatrix().Cols - 1
	for i := range s.n {
		copy(dst.RawRowView(i), s.v.RawRowView(i))
	}
	if s.probe == nil {
		flow.Divergence(s.div, s.off, m, s.x)
		for i := range s.n {
			dst.Set(i, s.d, s.div[i])
			dst.Set(i, last, s.off[i])
		}
		return
	}
	clear(s.off)
	for c, e := range s.probe {
		flow.JVP(s.jv, s.miss, m, s.x, e)
		for i := range s.n {
			dot, off := 0.0, 0.0
			for j, v := range e.RawRowView(i) {
				dot += v * s.jv.At(i, j)
				off += math.Abs(v) * s.miss.At(i, j)
			}
			dst.Set(i, s.d+c, dot)
			s.off[i] += off / float64(len(s.probe))
		}
	}
	for i, off := range s.off {
		dst.Set(i, last, off)
	}
}

// try computes the step to a time, into next.
func (s *likeState) try(to float64) {
	h := to - s.t
	if !s.fresh {
		s.slope(s.k[0], s.t, s.y)
		s.fresh = true
	}
	for i := 1; i < 7; i++ {
		for r := range s.n {
			row := s.next.RawRowView(r)
			copy(row, s.y.RawRowView(r))
			for j, a := range likeWeights[i] {
				if a != 0 {
					for c, v := range s.k[j].RawRowView(r) {
						row[c] += a * h * v
					}
				}
			}
		}
		at := to
		if likeNodes[i] < 1 {
			at = s.t + likeNodes[i]*h
		}
		s.slope(s.k[i], at, s.next)
	}
}

// accept takes the step that was tried. The last slope is the next's first.
func (s *likeState) accept(to float64) {
	s.t = to
	s.y, s.next = s.next, s.y
	s.k[0], s.k[6] = s.k[6], s.k[0]
}

// err returns the estimated error of the tried step of one particle, in units of
// what is allowed: the root mean square over its position, or the worst integral.
func (s *likeState) err(h, rel, abs float64) float64 {
	var position, worst float64
	last := s.y.RawMatrix().Cols - 1
	for c := range last {
		var e float64
		for i, w := range likeErrors {
			e += w * s.k[i].At(0, c)
		}
		e = math.Abs(e*h) / (abs + rel*max(math.Abs(s.y.At(0, c)), math.Abs(s.next.At(0, c))))
		if c < s.d {
			position += e * e
		} else {
			worst = max(worst, e)
		}
	}
	return max(math.Sqrt(position/float64(s.d)), worst)
}

// finite returns an error if a particle isn't.
func (s *likeState) finite(lo int) error {
	for i := range s.n {
		for _, v := range s.y.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return &flow.NonFiniteError{T: s.t, Row: lo + i}
			}
		}
	}
	return nil
}

// follow computes the particles lo to hi: those of one state share their steps.
func (l *Likelihood) follow(ctx context.Context, field flow.Field, x *mat.Dense, lo, hi int, key rng.Key) error {
	_, d := x.Dims()
	_, columns := l.integral.Dims()
	s := newLikeState(field, hi-lo, d, columns)
	if l.Probes > 0 {
		s.probe = make([]*mat.Dense, l.Probes)
		for k := range s.probe {
			s.probe[k] = mat.NewDense(hi-lo, d, nil)
			for i := lo; i < hi; i++ {
				drawProbe(s.probe[k].RawRowView(i-lo), key.Fold(uint64(l.Options.First+i)).Fold(uint64(k)), l.Options.Normal)
			}
		}
	}
	times := l.Options.Times
	if times == nil {
		var err error
		if times, err = l.choose(ctx, s, x, lo); err != nil {
			return err
		}
	} else if err := s.run(ctx, l.T0, x, lo, times, 1); err != nil {
		return err
	}
	s.store(l.coarse.latent, l.coarse.integral, nil, lo)
	if err := s.run(ctx, l.T0, x, lo, times, 2); err != nil {
		return err
	}
	s.store(l.Latent, l.integral, l.spread, lo)
	for i := lo; i < hi; i++ {
		l.Steps[i] = 2 * (len(times) - 1)
	}
	return nil
}

func (s *likeState) store(latent, integral *mat.Dense, spread []float64, lo int) {
	for i := range s.n {
		row := s.y.RawRowView(i)
		latent.SetRow(lo+i, row[:s.d])
		integral.SetRow(lo+i, row[s.d:len(row)-1])
		if spread != nil {
			spread[lo+i] = row[len(row)-1]
		}
	}
}

// run takes every step of the times in parts.
func (s *likeState) run(ctx context.Context, t0 float64, x *mat.Dense, lo int, times []float64, parts int) error {
	s.start(t0, x, lo)
	for i, to := range times[1:] {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped at t = %v: %w", s.t, err)
		}
		for p := 1; p <= parts; p++ {
			at := to
			if p < parts {
				at = times[i] + (to-times[i])*float64(p)/float64(parts)
			}
			s.try(at)
			s.accept(at)
			if err := s.finite(lo); err != nil {
				return err
			}
		}
	}
	return nil
}

// choose follows one particle with steps that meet the tolerances, and returns
// their times.
func (l *Likelihood) choose(ctx context.Context, s *likeState, x *mat.Dense, lo int) ([]float64, error) {
	opt := l.Options
	s.start(l.T0, x, lo)
	times := []float64{l.T0}
	h := (l.T1 - l.T0) / 100
	for taken := 0; s.t < l.T1; taken++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("stopped at t = %v: %w", s.t, err)
		}
		to := s.t + h
		if to+0.01*h >= l.T1 {
			to = l.T1
		}
		if taken == opt.MaxSteps || !(to > s.t) || to-s.t < 1e-14*(l.T1-l.T0) {
			return nil, &LikelihoodStepError{Particle: lo, T: s.t, Step: h, Steps: taken}
		}
		h = to - s.t
		s.try(to)
		e := s.err(h, opt.RelTol, opt.AbsTol)
		switch {
		case math.IsNaN(e) || math.IsInf(e, 0):
			h /= 10
			continue
		case e <= 1:
			s.accept(to)
			if err := s.finite(lo); err != nil {
				return nil, err
			}
			times = append(times, to)
		}
		h *= min(5, max(0.2, 0.9*math.Pow(max(e, 1e-10), -0.2)))
	}
	return times, nil
}

// drawProbe fills dst with a probe e, E e eᵀ = I.
func drawProbe(dst []float64, key rng.Key, normal bool) {
	if normal {
		key.Normal(dst)
		return
	}
	key.Uniform(dst)
	for j, u := range dst {
		dst[j] = math.Copysign(1, u-0.5)
	}
}
