package flow

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// AdaptiveOptions are the tolerances of SolveAdaptive: a step is taken if the
// root mean square over the coordinates of error/(ATol + RTol |x|) is at most 1.
type AdaptiveOptions struct {
	RTol float64 // default 1e-6
	ATol float64 // default 1e-9
}

// StepSizeError reports that a particle needs steps too small for the
// arithmetic.
type StepSizeError struct {
	T   float64 // the time reached
	Row int     // the particle
}

func (e *StepSizeError) Error() string {
	return fmt.Sprintf("flow: the step of particle %d underflows at t = %v", e.Row, e.T)
}

// SolveAdaptive is Solve by the method of Dormand and Prince, of order 5, with
// steps of its own choice between one time and the next.
//
// Every particle has its own error and its own steps, so that its result doesn't
// depend on its neighbours. Steps are the interval's length times a power of
// two, and begin at multiples of themselves: particles meet at the same times,
// and share there what the field's At costs. The values of a Map must not depend
// on what other rows it is applied to.
func SolveAdaptive(ctx context.Context, x *mat.Dense, v Field, times []float64, opt AdaptiveOptions) iter.Seq2[State, error] {
	return func(yield func(State, error) bool) {
		const fn = "flow.SolveAdaptive"
		for _, o := range []struct {
			name  string
			value *float64
			def   float64
		}{{"RTol", &opt.RTol, 1e-6}, {"ATol", &opt.ATol, 1e-9}} {
			if *o.value == 0 {
				*o.value = o.def
			}
			if !(*o.value > 0) || math.IsInf(*o.value, 1) {
				yield(State{}, &measure.ValueError{Func: fn, Arg: o.name, Value: *o.value, Want: "positive and finite"})
				return
			}
		}
		n, d := x.Dims()
		cur := mat.DenseCopyOf(x)
		block := adaptiveBlock(d)
		var solvers []*dormand
		for lo := 0; lo < n; lo += block {
			hi := min(lo+block, n)
			solvers = append(solvers, newDormand(cur.RawMatrix().Data[lo*d:hi*d], d, lo, opt))
		}
		var evaluations float64
		march(ctx, cur, times, &evaluations, func(t, next float64) error {
			errs := make([]error, len(solvers))
			err := par.For(ctx, len(solvers), 1, func(i, _ int) { errs[i] = solvers[i].advance(ctx, v, t, next) })
			evaluations = 0
			for i, s := range solvers {
				if err == nil {
					err = errs[i]
				}
				evaluations += float64(s.evaluations) / float64(n)
			}
			return err
		}, yield)
	}
}

// adaptiveBlock is how many particles share a queue.
func adaptiveBlock(d int) int { return max(64, 1024/d) }

// The tableau of J. R. Dormand and P. J. Prince, A family of embedded
// Runge-Kutta formulae, J. Comput. Appl. Math. 6 (1980). The last stage stands at
// the new point, and is the next step's first.
var (
	dormandC = [7]float64{0, 1. / 5, 3. / 10, 4. / 5, 8. / 9, 1, 1}
	dormandA = [7][]float64{
		nil,
		{1. / 5},
		{3. / 40, 9. / 40},
		{44. / 45, -56. / 15, 32. / 9},
		{19372. / 6561, -25360. / 2187, 64448. / 6561, -212. / 729},
		{9017. / 3168, -355. / 33, 46732. / 5247, 49. / 176, -5103. / 18656},
		{35. / 384, 0, 500. / 1113, 125. / 192, -2187. / 6784, 11. / 84},
	}
	// The difference to the embedded formula of order 4.
	dormandE = [7]float64{71. / 57600, 0, -71. / 16695, 71. / 1920, -17253. / 339200, 22. / 525, -1. / 40}
)

// An interval is cut into 2^finest units. A particle at level l takes steps of
// 2^(finest−l).
const finest = 50

// dormand moves a block of particles.
type dormand struct {
	opt         AdaptiveOptions
	d, first    int
	x, f        []float64 // points, and the field there
	at          []uint64  // where each is, in units
	level       []int
	wanted      []float64 // the step that the last error allows
	begun       bool
	evaluations int

	rows        []int // that take the step together
	k           [7]rowsOf
	base, stage rowsOf // where they are, and where a stage is
}

// rowsOf is a matrix whose number of rows changes.
type rowsOf struct {
	m    mat.Dense
	data []float64
}

func (r *rowsOf) resize(n, d int) {
	raw := r.m.RawMatrix()
	raw.Rows, raw.Cols, raw.Stride, raw.Data = n, d, d, r.data[:n*d]
	r.m.SetRawMatrix(raw)
}

func newDormand(x []float64, d, first int, opt AdaptiveOptions) *dormand {
	n := len(x) / d
	s := &dormand{opt: opt, d: d, first: first, x: x, f: make([]float64, len(x)), at: make([]uint64, n), level: make([]int, n), wanted: make([]float64, n)}
	for i := range s.k {
		s.k[i].data = make([]float64, len(x))
	}
	s.base.data, s.stage.data = make([]float64, len(x)), make([]float64, len(x))
	return s
}

func (s *dormand) advance(ctx context.Context, v Field, t, next float64) error {
	s.start(v, t, next)
	for {
		at, level := s.choose()
		if len(s.rows) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		h := math.Ldexp(next-t, -level)
		from, to := clock(t, next, at), clock(t, next, at+1<<(finest-level))
		if from == to {
			return &StepSizeError{from, s.first + s.rows[0]}
		}
		s.try(v, from, to, h)
		for j, i := range s.rows {
			if err := s.settle(j, i, t, next); err != nil {
				return err
			}
		}
	}
}

func clock(t, next float64, at uint64) float64 {
	if at == 1<<finest {
		return next
	}
	return t + (next-t)*math.Ldexp(float64(at), -finest)
}

// start puts all particles at the interval's begin.
func (s *dormand) start(v Field, t, next float64) {
	if !s.begun {
		s.begun = true
		s.begin(v, t, next)
	}
	for i, h := range s.wanted {
		s.at[i], s.level[i] = 0, min(levelOf(h/math.Abs(next-t)), finest)
	}
}

// begin evaluates the field, and chooses a first step that moves a particle by
// about a hundredth of itself.
func (s *dormand) begin(v Field, t, next float64) {
	n := len(s.at)
	s.k[0].resize(n, s.d)
	s.stage.resize(n, s.d)
	copy(s.stage.data, s.x)
	v.At(t).Apply(&s.k[0].m, &s.stage.m)
	copy(s.f, s.k[0].data)
	s.evaluations += n
	for i := range n {
		var size, speed float64
		for j := i * s.d; j < (i+1)*s.d; j++ {
			scale := s.opt.ATol + s.opt.RTol*math.Abs(s.x[j])
			size += s.x[j] / scale * (s.x[j] / scale)
			speed += s.f[j] / scale * (s.f[j] / scale)
		}
		s.wanted[i] = 0.01 * math.Sqrt(size/speed)
		if size < 1 || !(speed > 0) || math.IsInf(speed, 1) {
			s.wanted[i] = 1e-6 * math.Abs(next-t) // nothing to go by
		}
	}
}

// levelOf returns the least level whose step, as a share of the interval, is at
// most the given.
func levelOf(share float64) int {
	_, e := math.Frexp(share) // 2^(e−1) ≤ share < 2^e
	return max(0, 1-e)
}

// choose sets rows to particles at the earliest place that take the same step.
func (s *dormand) choose() (at uint64, level int) {
	at = 1 << finest
	s.rows = s.rows[:0]
	for i, a := range s.at {
		if a < at {
			at, level = a, s.level[i]
			s.rows = s.rows[:0]
		}
		if a == at && a < 1<<finest && s.level[i] == level {
			s.rows = append(s.rows, i)
		}
	}
	return at, level
}

// try computes the stages of the chosen rows. The last stage's point is the new
// one.
func (s *dormand) try(v Field, from, to, h float64) {
	m, d := len(s.rows), s.d
	s.base.resize(m, d)
	s.stage.resize(m, d)
	for i := range s.k {
		s.k[i].resize(m, d)
	}
	for j, i := range s.rows {
		copy(s.k[0].data[j*d:(j+1)*d], s.f[i*d:])
		copy(s.base.data[j*d:(j+1)*d], s.x[i*d:])
	}
	stage := s.stage.data[:m*d]
	for c := 1; c < len(s.k); c++ {
		copy(stage, s.base.data)
		for l, a := range dormandA[c] {
			floats.AddScaled(stage, a*h, s.k[l].data[:m*d])
		}
		at := from + dormandC[c]*h
		if dormandC[c] == 1 {
			at = to
		}
		v.At(at).Apply(&s.k[c].m, &s.stage.m)
	}
	s.evaluations += (len(s.k) - 1) * m
}

// settle takes or refuses the step of particle i, the j-th of those tried, and
// chooses its next.
func (s *dormand) settle(j, i int, t, next float64) error {
	d := s.d
	var sum float64
	for q := range d {
		var e float64
		for l, w := range dormandE {
			e += w * s.k[l].data[j*d+q]
		}
		scale := s.opt.ATol + s.opt.RTol*max(math.Abs(s.x[i*d+q]), math.Abs(s.stage.data[j*d+q]))
		e /= scale
		sum += e * e
	}
	share := math.Ldexp(1, -s.level[i])
	e := math.Abs(next-t) * share * math.Sqrt(sum/float64(d))
	factor := min(5, max(0.1, 0.9*math.Exp(-math.Log(e)/5)))
	if math.IsNaN(e) {
		factor = 0.1
	}
	s.wanted[i] = math.Abs(next-t) * share * factor
	wanted := levelOf(share * factor)
	if !(e <= 1) {
		s.level[i] = max(wanted, s.level[i]+1)
		if s.level[i] > finest {
			return &StepSizeError{clock(t, next, s.at[i]), s.first + i}
		}
		return nil
	}
	copy(s.x[i*d:(i+1)*d], s.stage.data[j*d:])
	copy(s.f[i*d:(i+1)*d], s.k[6].data[j*d:])
	s.at[i] += 1 << (finest - s.level[i])
	// A longer step has to begin at a multiple of itself.
	s.level[i] = min(max(wanted, finest-bits.TrailingZeros64(s.at[i])), finest)
	return nil
}
