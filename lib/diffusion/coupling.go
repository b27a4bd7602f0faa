package diffusion

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// Coupling pairs the data of a batch with the noise of one.
//
// Couple pairs the rows of x, data, with those of y, noise. It returns an error if
// a batch is empty or not finite, or if dimensions or numbers of rows differ. If
// the context ends, or a method doesn't converge, it returns the pairs that it has,
// which may be nil, with the error of package transport, wrapped.
type Coupling interface {
	Couple(ctx context.Context, x, y *mat.Dense, key rng.Key) (*Pairs, error)
}

// Pairs are pairs of rows: X[k] of the data with Y[k] of the noise.
type Pairs struct {
	X, Y []int
	Plan *transport.Plan // that they are from, nil if there is none
}

// Rows returns the paired rows of x and y.
func (p *Pairs) Rows(x, y *mat.Dense) (xs, ys *mat.Dense) {
	_, d := x.Dims()
	_, e := y.Dims()
	xs, ys = mat.NewDense(len(p.X), d, nil), mat.NewDense(len(p.Y), e, nil)
	for k, i := range p.X {
		xs.SetRow(k, x.RawRowView(i))
		ys.SetRow(k, y.RawRowView(p.Y[k]))
	}
	return xs, ys
}

// MeanSquare returns the mean of |x − y|² over the pairs: for an optimal coupling
// it is W₂² between the batches.
func (p *Pairs) MeanSquare(x, y *mat.Dense) float64 {
	var sum num.Sum
	for k, i := range p.X {
		b := y.RawRowView(p.Y[k])
		for j, v := range x.RawRowView(i) {
			sum.Add((v - b[j]) * (v - b[j]))
		}
	}
	return sum.Value() / float64(len(p.X))
}

// IndependentCoupling pairs by a random permutation.
type IndependentCoupling struct{}

// Couple implements Coupling.
func (IndependentCoupling) Couple(_ context.Context, x, y *mat.Dense, key rng.Key) (*Pairs, error) {
	n, m, err := checkBatches("diffusion.IndependentCoupling", x, y)
	if err != nil {
		return nil, err
	}
	if err := sameRows("diffusion.IndependentCoupling", n, m); err != nil {
		return nil, err
	}
	return &Pairs{X: counting(n), Y: key.Rand().Perm(n)}, nil
}

// OptimalCoupling pairs by the permutation that makes the mean of |x − y|² least:
// optimal transport between the batches, in which every row is used once. On the
// line it is the order of the points. The key isn't used.
//
// A. Tong et al., Improving and generalizing flow-based generative models with
// minibatch optimal transport, TMLR 2024.
type OptimalCoupling struct {
	Options transport.ExactOptions
}

// Couple implements Coupling.
func (c OptimalCoupling) Couple(ctx context.Context, x, y *mat.Dense, _ rng.Key) (*Pairs, error) {
	const fn = "diffusion.OptimalCoupling"
	n, m, err := checkBatches(fn, x, y)
	if err != nil {
		return nil, err
	}
	if err := sameRows(fn, n, m); err != nil {
		return nil, err
	}
	p := &Pairs{X: counting(n), Y: make([]int, n)}
	if _, d := x.Dims(); d == 1 {
		to := ranking(y)
		for r, i := range ranking(x) {
			p.Y[i] = to[r]
		}
		return p, nil
	}
	// Equal masses of 1 move whole: the vertices of the plans are permutations.
	ones := slices.Repeat([]float64{1}, n)
	plan, err := transport.Exact(ctx, ones, ones, transport.SquaredEuclidean{X: x, Y: y}, c.Options)
	if err != nil {
		err = fmt.Errorf("%s: %w", fn, err)
	}
	if plan == nil {
		return nil, err
	}
	p.Plan = plan
	used := make([]bool, n)
	whole := 0
	for pair, mass := range plan.All() {
		if mass > 0.5 && !used[pair.J] {
			p.Y[pair.I], used[pair.J] = pair.J, true
			whole++
		}
	}
	if whole < n { // a search that was stopped early
		if err == nil {
			err = fmt.Errorf("%s: the plan moves %d of %d rows whole", fn, whole, n)
		}
		return nil, err
	}
	return p, err
}

// EntropicCoupling pairs each row x with a row y drawn from the plan of entropic
// transport between the batches, for the cost |x − y|²: each x once, each y once
// on average. The batches may differ in size. The partner of row i depends on the
// key and i.
type EntropicCoupling struct {
	// Options are Sinkhorn's; Eps is the temperature ε. For a Schrödinger
	// bridge it is BridgePath.Eps, 2σ², the entropic regularisation of POT.
	Options transport.SinkhornOptions
}

// Couple implements Coupling.
func (c EntropicCoupling) Couple(ctx context.Context, x, y *mat.Dense, key rng.Key) (*Pairs, error) {
	const fn = "diffusion.EntropicCoupling"
	n, m, err := checkBatches(fn, x, y)
	if err != nil {
		return nil, err
	}
	a, b := slices.Repeat([]float64{1 / float64(n)}, n), slices.Repeat([]float64{1 / float64(m)}, m)
	plan, err := transport.Sinkhorn(ctx, a, b, transport.SquaredEuclidean{X: x, Y: y}, c.Options)
	if err != nil {
		err = fmt.Errorf("%s: %w", fn, err)
	}
	if plan == nil {
		return nil, err
	}
	p := &Pairs{X: counting(n), Y: make([]int, n), Plan: plan}
	var u [1]float64
	row, at, upTo := 0, make([]int, 0, m), make([]float64, 0, m)
	draw := func() error {
		if len(at) == 0 {
			return fmt.Errorf("%s: no mass leaves row %d of x", fn, row)
		}
		key.Fold(uint64(row)).Uniform(u[:])
		k, _ := slices.BinarySearch(upTo, u[0]*upTo[len(upTo)-1])
		p.Y[row] = at[min(k, len(at)-1)]
		row, at, upTo = row+1, at[:0], upTo[:0]
		return nil
	}
	for pair, mass := range plan.All() {
		for pair.I > row {
			if e := draw(); e != nil {
				return nil, cmp.Or(err, e)
			}
		}
		if k := len(upTo); k > 0 {
			mass += upTo[k-1]
		}
		at, upTo = append(at, pair.J), append(upTo, mass)
	}
	for row < n {
		if e := draw(); e != nil {
			return nil, cmp.Or(err, e)
		}
	}
	return p, err
}

// LabelledCoupling couples within each label, so that what is generated under a
// label starts from the same noise as any other: transport that ignores labels
// couples each with a part of the noise only.
type LabelledCoupling struct {
	Within Coupling
	X      []int // the labels of the data
	// Y are the labels of the noise. nil means those of the data in the same
	// rows, as suits noise that was drawn without looking at them.
	Y []int
}

// Couple implements Coupling. The draws under a label depend on the key and on it.
func (c LabelledCoupling) Couple(ctx context.Context, x, y *mat.Dense, key rng.Key) (*Pairs, error) {
	const fn = "diffusion.LabelledCoupling"
	n, m, err := checkBatches(fn, x, y)
	if err != nil {
		return nil, err
	}
	ys := c.Y
	if ys == nil {
		ys = c.X
	}
	switch {
	case c.Within == nil:
		return nil, fmt.Errorf("%s: there is no coupling within labels", fn)
	case len(c.X) != n || len(ys) != m:
		return nil, fmt.Errorf("%s: %d and %d labels for %d and %d rows", fn, len(c.X), len(ys), n, m)
	}
	labels := slices.Clone(c.X)
	slices.Sort(labels)
	p := new(Pairs)
	for _, label := range slices.Compact(labels) {
		at, to := where(c.X, label), where(ys, label)
		if len(to) == 0 {
			return nil, fmt.Errorf("%s: no row of y has the label %d", fn, label)
		}
		part, err := c.Within.Couple(ctx, pick(x, at), pick(y, to), key.Fold(uint64(label)))
		if err != nil {
			return nil, fmt.Errorf("%s: label %d: %w", fn, label, err)
		}
		for k, i := range part.X {
			p.X, p.Y = append(p.X, at[i]), append(p.Y, to[part.Y[k]])
		}
	}
	return p, nil
}

func where(labels []int, label int) (at []int) {
	for i, l := range labels {
		if l == label {
			at = append(at, i)
		}
	}
	return at
}

func pick(x *mat.Dense, rows []int) *mat.Dense {
	_, d := x.Dims()
	out := mat.NewDense(len(rows), d, nil)
	for k, i := range rows {
		out.SetRow(k, x.RawRowView(i))
	}
	return out
}

func counting(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// ranking returns the rows of a column from the least to the greatest.
func ranking(x *mat.Dense) []int {
	n, _ := x.Dims()
	out := counting(n)
	slices.SortStableFunc(out, func(i, j int) int { return cmp.Compare(x.At(i, 0), x.At(j, 0)) })
	return out
}

func checkBatches(fn string, x, y *mat.Dense) (n, m int, err error) {
	if x == nil || y == nil || x.IsEmpty() || y.IsEmpty() {
		return 0, 0, fmt.Errorf("%s: a batch is empty", fn)
	}
	n, d := x.Dims()
	m, e := y.Dims()
	if d != e {
		return 0, 0, fmt.Errorf("%s: x has dimension %d and y has %d", fn, d, e)
	}
	for k, a := range [...]*mat.Dense{x, y} {
		rows, _ := a.Dims()
		for i := range rows {
			for j, v := range a.RawRowView(i) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return 0, 0, fmt.Errorf("%s: coordinate %d of %s[%d] is %v, want a finite number", fn, j, [...]string{"x", "y"}[k], i, v)
				}
			}
		}
	}
	return n, m, nil
}

func sameRows(fn string, n, m int) error {
	if n != m {
		return fmt.Errorf("%s: x has %d rows and y has %d, want as many", fn, n, m)
	}
	return nil
}
