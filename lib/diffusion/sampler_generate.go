package diffusion

import (
	"context"
	"iter"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// GenerateOptions are the options of Generate and Batches.
type GenerateOptions struct {
	// Start is the law at grid[0]. Default: N(0, σ² I), which is not quite that
	// of a schedule whose m doesn't reach 0.
	Start measure.Measure
}

// Generate fills the rows of dst with samples: they start from opt.Start at
// grid[0], and s takes them down the grid. Row i depends on key and i alone.
//
// Errors are those of Sample, and a measure.DimError if Start has another
// dimension than dst. After an error dst holds some samples only.
func Generate(ctx context.Context, dst *mat.Dense, m Model, grid []float64, s Sampler, key rng.Key, opt GenerateOptions) error {
	n, d := dst.Dims()
	row := 0
	for st, err := range Batches(ctx, n, d, m, grid, s, key, opt) {
		if err != nil {
			return err
		}
		size, _ := st.X.Dims()
		dst.Slice(row, row+size, 0, d).(*mat.Dense).Copy(st.X)
		row += size
	}
	return nil
}

// Batches yields n samples in d dimensions, those of Generate, in batches whose
// size depends on d alone. The matrix of a batch is valid until the next. The
// states' Evaluations are those of their batch.
func Batches(ctx context.Context, n, d int, m Model, grid []float64, s Sampler, key rng.Key, opt GenerateOptions) iter.Seq2[flow.State, error] {
	return func(yield func(flow.State, error) bool) {
		const fn = "diffusion.Batches"
		fail := func(err error) { yield(flow.State{}, err) }
		noise := flow.KeyNoise(key.Named("noise"))
		if err := checkRun(d, m, grid, s, noise, SampleOptions{}); err != nil {
			fail(err)
			return
		}
		if n < 1 || d < 1 {
			fail(&measure.ValueError{Func: fn, Arg: "the smaller of n and d", Value: float64(min(n, d)), Want: "positive"})
			return
		}
		start := opt.Start
		if start == nil {
			start = sphere{d, m.schedule.At(grid[0]).Sigma()}
		}
		if start.Dim() != d {
			fail(&measure.DimError{Func: fn, Arg: "Start", Got: start.Dim(), Want: d})
			return
		}
		size := batchSize(d)
		x := mat.NewDense(min(size, n), d, nil)
		for first := 0; first < n; first += size {
			x := x.Slice(0, min(size, n-first), 0, d).(*mat.Dense)
			start.Sample(x, key.Named("start").Fold(uint64(first/size)))
			r := newRun(x, m, grid, s, noise, first)
			err := r.check(grid[0])
			more := false
			if err == nil {
				err = r.follow(ctx, false, func(st flow.State) bool {
					more = yield(st, nil)
					return more
				})
			}
			if err != nil {
				fail(err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// batchSize is how many particles go down the grid together: enough that the
// work of a time alone is shared, few enough for a cache.
func batchSize(d int) int { return max(1024, 1<<17/d) }

// sphere is N(0, sd² I).
type sphere struct {
	d  int
	sd float64
}

func (s sphere) Dim() int { return s.d }

func (s sphere) Sample(dst *mat.Dense, key rng.Key) {
	raw := dst.RawMatrix()
	for i := range raw.Rows {
		row := dst.RawRowView(i)
		key.NormalAt(row, uint64(i*s.d))
		for j := range row {
			row[j] *= s.sd
		}
	}
}
