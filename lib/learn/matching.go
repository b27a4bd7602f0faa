package learn

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Matching is the task of flow matching: a network learns the velocity of a path between
// coupled data and noise, of which it is given x_t/√(a² + b² + c²) and the angle of b and c
// over a. The loss is least for the mean of the velocity given x_t, which carries the law
// of x_t, and then not 0.
type Matching struct {
	Times
	// Coupling of a group of data with one of noise; nil leaves them independent. That of
	// groups isn't that of the laws: it depends on Group.
	Coupling diffusion.Coupling
	Group    int // default 128

	data, noise measure.Measure
	path        diffusion.Interpolant
}

// NewMatching returns the task. It returns an error for no data, noise or path, a
// measure.DimError if their dimensions differ, and a measure.ValueError for a Group that
// is negative and times that aren't in order in [0, Tau].
func NewMatching(data, noise measure.Measure, path diffusion.Interpolant, opt Matching) (*Matching, error) {
	const fn = "learn.NewMatching"
	if data == nil || noise == nil || path == nil || data.Dim() == 0 {
		return nil, errors.New(fn + ": there are no data, no noise, or no path")
	}
	if noise.Dim() != data.Dim() {
		return nil, &measure.DimError{Func: fn, Arg: "noise", Got: noise.Dim(), Want: data.Dim()}
	}
	if opt.Group < 0 {
		return nil, &measure.ValueError{Func: fn, Arg: "Group", Value: float64(opt.Group), Want: "positive"}
	}
	if opt.Group == 0 {
		opt.Group = 128
	}
	if err := opt.resolve(fn, path.Tau()); err != nil {
		return nil, err
	}
	opt.data, opt.noise, opt.path = data, noise, path
	return &opt, nil
}

// Dims returns the dimension of the data, twice.
func (m *Matching) Dims() (in, out int) { return m.data.Dim(), m.data.Dim() }

// Loss returns Squared.
func (m *Matching) Loss() Loss { return Squared }

// Batch implements Task. It returns the errors of the coupling and of
// diffusion.Interpolate.
func (m *Matching) Batch(b *Batch, key rng.Key) error {
	n, _ := b.X.Dims()
	times := m.draw(n, key.Named("time"))
	// Times rise with the row; the rows of a group must not.
	key.Named("order").Rand().Shuffle(n, func(i, j int) { times[i], times[j] = times[j], times[i] })
	if err := m.interpolate(b.X, b.Target, times, key); err != nil {
		return err
	}
	for i, t := range times {
		c := pathCoeffs(m.path.At(t))
		b.Angle[i], b.Weight[i] = Angle(c), m.Weight(t)
		s := scale(c)
		for j, row := 0, b.X.RawRowView(i); j < len(row); j++ {
			row[j] /= s
		}
	}
	return nil
}

// Pairs stores draws of x_t and of the velocity, whose mean given x_t is what a network
// learns, into the rows of x and u. It returns the errors of the coupling and of
// diffusion.Interpolate.
func (m *Matching) Pairs(x, u *mat.Dense, t float64, key rng.Key) error {
	n, _ := x.Dims()
	times := make([]float64, n)
	for i := range times {
		times[i] = t
	}
	return m.interpolate(x, u, times, key)
}

func (m *Matching) interpolate(x, u *mat.Dense, times []float64, key rng.Key) error {
	n, d := x.Dims()
	x0, x1, z := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	m.data.Sample(x0, key.Named("data"))
	m.noise.Sample(x1, key.Named("noise"))
	key.Named("spread").Normal(z.RawMatrix().Data)
	if m.Coupling != nil {
		for lo := 0; lo < n; lo += m.Group {
			hi := min(lo+m.Group, n)
			from, to := x0.Slice(lo, hi, 0, d).(*mat.Dense), x1.Slice(lo, hi, 0, d).(*mat.Dense)
			pairs, err := m.Coupling.Couple(context.Background(), from, to, key.Named("coupling").Fold(uint64(lo)))
			if err != nil {
				return fmt.Errorf("learn.Matching: %w", err)
			}
			a, b := pairs.Rows(from, to)
			from.Copy(a)
			to.Copy(b)
		}
	}
	if err := diffusion.Interpolate(x, u, m.path, times, x0, x1, z); err != nil {
		return fmt.Errorf("learn.Matching: %w", err)
	}
	return nil
}
