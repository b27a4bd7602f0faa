package metric

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Statistic is a number that says how far apart two samples are, the greater the
// farther: any distance of this package, with its options. It is called from several
// goroutines at once, and must not keep or change its arguments.
type Statistic func(ctx context.Context, x, y mat.Matrix) (float64, error)

// TwoSampleTest is a statistic of two samples beside its floor: what it is between
// samples of the same sizes and one law.
type TwoSampleTest struct {
	Value float64   // of the samples
	Each  []float64 // of each random split of both together
}

// TwoSample computes a statistic of the samples x and y, and of random splits of both
// together into samples of the same sizes, which have one law: the permutation test.
// Split k depends on the key and k alone.
//
// It returns an error for samples that Energy refuses, if splits < 1, for what the
// statistic returns, a NaN included, and the context's error, wrapped, if that ends.
func TwoSample(ctx context.Context, x, y mat.Matrix, stat Statistic, splits int, key rng.Key) (*TwoSampleTest, error) {
	const fn = "metric.TwoSample"
	a, b, err := newSamples(fn, x, nil, y, nil)
	if err != nil {
		return nil, err
	}
	if stat == nil {
		return nil, fmt.Errorf("%s: there is no statistic", fn)
	}
	if splits < 1 {
		return nil, fmt.Errorf("%s: splits is %d, want at least 1", fn, splits)
	}
	value := func(x, y mat.Matrix) (float64, error) {
		v, err := stat(ctx, x, y)
		if err == nil && math.IsNaN(v) {
			err = fmt.Errorf("the statistic is %v", v)
		}
		return v, err
	}
	t := &TwoSampleTest{Each: make([]float64, splits)}
	if t.Value, err = value(x, y); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	rows, d := append(slices.Clone(a.rows), b.rows...), a.dim
	failed, err := par.Map(ctx, splits, 1, func(k, _ int) error {
		mixed := make([]float64, 0, len(rows))
		for _, i := range key.Fold(uint64(k)).Rand().Perm(a.n + b.n) {
			mixed = append(mixed, rows[i*d:][:d]...)
		}
		var err error
		t.Each[k], err = value(mat.NewDense(a.n, d, mixed[:a.n*d]), mat.NewDense(b.n, d, mixed[a.n*d:]))
		return err
	})
	for _, e := range failed {
		if e != nil {
			return nil, fmt.Errorf("%s: %w", fn, e)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return t, nil
}

// Floor returns the mean of the statistic over the splits, with its standard error,
// +Inf for one split.
func (t *TwoSampleTest) Floor() relation.Term {
	return relation.Term{Symbol: "floor", Value: t.mean(), StdErr: t.SD() / math.Sqrt(float64(len(t.Each)))}
}

// SD returns the standard deviation of the statistic over the splits: about the standard
// error that a value has where the laws are the same. It is +Inf for one split.
func (t *TwoSampleTest) SD() float64 {
	if len(t.Each) == 1 {
		return math.Inf(1)
	}
	mean := t.mean()
	var sum num.Sum
	for _, v := range t.Each {
		sum.Add((v - mean) * (v - mean))
	}
	return math.Sqrt(sum.Value() / float64(len(t.Each)-1))
}

// P returns the p-value (1 + #{splits with a value ≥ Value})/(1 + splits): for one law
// it is at most α with a probability of at most α.
func (t *TwoSampleTest) P() float64 {
	above := 1
	for _, v := range t.Each {
		if v >= t.Value {
			above++
		}
	}
	return float64(above) / float64(1+len(t.Each))
}

func (t *TwoSampleTest) mean() float64 {
	var sum num.Sum
	for _, v := range t.Each {
		sum.Add(v)
	}
	return sum.Value() / float64(len(t.Each))
}
