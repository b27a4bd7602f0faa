package learn

import (
	"context"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// Tape is what a pass through a network leaves for the way back, for batches of up to a
// size. It serves one pass at a time.
type Tape[T Float] struct {
	net      *Net[T]
	rows     int
	features []T
	stages   []trace[T]
	scratch  []T // gradients or tangents of what convolutions see
	out      []T
}

// trace is a stage's part of a tape.
type trace[T Float] struct {
	a, columns []T // what comes in, and how the matrix product sees it: the same for a dense layer
	z          []T // what goes out
	slopes     []T // of the activation
	told       []T // bias and time, where positions share them
	gradOut    []T // of the loss, with respect to what goes out
	delta      []T // to z before the activation
	sums       []T // of delta, over positions
}

// NewTape returns a tape for batches of up to rows points.
func (n *Net[T]) NewTape(rows int) *Tape[T] {
	t := n.newTape(rows)
	for k, s := range n.stages {
		c := &t.stages[k]
		if s.activated {
			c.slopes = make([]T, len(c.z))
		}
		c.gradOut = make([]T, len(c.z))
		c.delta = c.gradOut
		if s.residual {
			c.delta = make([]T, len(c.z))
		}
		c.sums = c.delta
		if s.positions > 1 {
			c.sums = make([]T, rows*s.out)
		}
	}
	t.needScratch()
	return t
}

// newTape returns a tape that is good for values only.
func (n *Net[T]) newTape(rows int) *Tape[T] {
	t := &Tape[T]{net: n, rows: rows, features: make([]T, rows*n.shape.features()), stages: make([]trace[T], len(n.stages))}
	a := make([]T, rows*n.In)
	for k, s := range n.stages {
		c := &t.stages[k]
		c.a, c.columns = a, a
		if s.side > 0 {
			c.columns = make([]T, rows*s.positions*s.fan())
		}
		if s.positions > 1 {
			c.told = make([]T, rows*s.out)
		}
		c.z = make([]T, rows*s.positions*s.out)
		a = c.z
	}
	t.out = a
	if n.pictures() {
		t.out = make([]T, len(a))
	}
	return t
}

// pictures tells whether the outputs are in patches.
func (n *Net[T]) pictures() bool { return n.order != nil && n.Out == n.In }

func (t *Tape[T]) needScratch() {
	if t.scratch != nil {
		return
	}
	size := 0
	for _, c := range t.stages {
		size = max(size, len(c.columns))
	}
	t.scratch = make([]T, size)
}

// rowsAtOnce is how many rows a processor takes at once, so many that about 64 positions
// are multiplied with the weights.
func (n *Net[T]) rowsAtOnce() int {
	most := 1
	for _, s := range n.stages {
		most = max(most, s.positions)
	}
	return max(1, 64/most)
}

// Forward returns the network's values at the points x, by rows, and times u, which the
// tape holds until its next pass. It panics if the lengths don't match or the batch is
// larger than the tape.
func (t *Tape[T]) Forward(x, u []T) []T {
	n, rows := t.net, len(u)
	if len(x) != rows*n.In || rows > t.rows {
		panic((&measure.DimError{Func: "learn.Tape.Forward", Arg: "x", Got: len(x), Want: min(rows, t.rows) * n.In}).Error())
	}
	_ = par.For(context.Background(), rows, n.rowsAtOnce(), func(lo, hi int) { t.forward(x, u, lo, hi) })
	return t.out[:rows*n.Out]
}

func (t *Tape[T]) forward(x, u []T, lo, hi int) {
	n := t.net
	reorder(t.stages[0].a[lo*n.In:hi*n.In], x[lo*n.In:hi*n.In], n.order, false)
	f := n.shape.features()
	if f > 0 {
		for i := lo; i < hi; i++ {
			encode(t.features[i*f:][:f], u[i])
		}
	}
	for k, s := range n.stages {
		c := &t.stages[k]
		cells := (hi - lo) * s.positions
		z := c.z[lo*s.positions*s.out:][:cells*s.out]
		t.offsets(z, k, lo, hi)
		if s.side > 0 {
			each := s.positions * s.in
			for i := lo; i < hi; i++ {
				gather(c.columns[9*i*each:], c.a[i*each:], s.side, s.in)
			}
		}
		fan := s.fan()
		kernel.Gemm(false, false, cells, s.out, fan, 1, c.columns[lo*s.positions*fan:][:cells*fan], fan, n.params[s.w:s.b], s.out, 1, z, s.out)
		if s.activated {
			var slopes []T
			if c.slopes != nil {
				slopes = c.slopes[lo*s.positions*s.out:][:len(z)]
			}
			kernel.SiLU(z, slopes, z)
		}
		if s.residual {
			for i, v := range c.a[lo*s.positions*s.in:][:len(z)] {
				z[i] += v
			}
		}
	}
	if n.pictures() {
		reorder(t.out[lo*n.Out:hi*n.Out], t.stages[len(n.stages)-1].z[lo*n.Out:hi*n.Out], n.order, true)
	}
}

// offsets stores b + E φ(u) into z, for every position.
func (t *Tape[T]) offsets(z []T, k, lo, hi int) {
	n, s := t.net, t.net.stages[k]
	to := z
	if s.positions > 1 {
		to = t.stages[k].told[lo*s.out : hi*s.out]
	}
	bias := n.params[s.b:s.e]
	for i := range hi - lo {
		copy(to[i*s.out:], bias)
	}
	if f := n.shape.features(); s.told {
		kernel.Gemm(false, false, hi-lo, s.out, f, 1, t.features[lo*f:hi*f], f, n.params[s.e:][:f*s.out], s.out, 1, to, s.out)
	}
	if s.positions > 1 {
		for i := range hi - lo {
			for p := range s.positions {
				copy(z[(i*s.positions+p)*s.out:][:s.out], to[i*s.out:])
			}
		}
	}
}

// reorder stores rows with their coordinates in an order, or brings them back.
func reorder[T Float](dst, src []T, order []int, back bool) {
	if order == nil {
		copy(dst, src)
		return
	}
	for lo := 0; lo < len(src); lo += len(order) {
		for i, j := range order {
			if back {
				dst[lo+j] = src[lo+i]
			} else {
				dst[lo+i] = src[lo+j]
			}
		}
	}
}

// Backward adds to grad, which has the length of the network's Params, the gradient of a
// loss whose gradient with respect to the values of the last pass is delta. What it adds
// depends on the batch in its order alone, and so has the same bits for any GOMAXPROCS. It
// panics if the lengths don't match.
func (t *Tape[T]) Backward(grad, delta []T) {
	n := t.net
	rows := len(delta) / n.Out
	if len(grad) != len(n.params) || len(delta) != rows*n.Out || rows > t.rows {
		panic((&measure.DimError{Func: "learn.Tape.Backward", Arg: "grad", Got: len(grad), Want: len(n.params)}).Error())
	}
	ctx := context.Background()
	_ = par.For(ctx, rows, n.rowsAtOnce(), func(lo, hi int) { t.backward(delta, lo, hi) })
	f := n.shape.features()
	for k, s := range n.stages {
		c, fan, cells := &t.stages[k], s.fan(), rows*s.positions
		// By the inputs, so that an entry is one sum over the batch.
		_ = par.For(ctx, fan, 64, func(lo, hi int) {
			kernel.Gemm(true, false, hi-lo, s.out, cells, 1, c.columns[lo:cells*fan], fan, c.delta[:cells*s.out], s.out, 1, grad[s.w+lo*s.out:s.b], s.out)
		})
		bias := grad[s.b:s.e]
		for i := range rows {
			for j, v := range c.sums[i*s.out:][:s.out] {
				bias[j] += v
			}
		}
		if s.told {
			kernel.Gemm(true, false, f, s.out, rows, 1, t.features[:rows*f], f, c.sums[:rows*s.out], s.out, 1, grad[s.e:][:f*s.out], s.out)
		}
	}
}

// backward finds the deltas of the rows.
func (t *Tape[T]) backward(delta []T, lo, hi int) {
	n := t.net
	last := len(n.stages) - 1
	order := n.order
	if !n.pictures() {
		order = nil
	}
	reorder(t.stages[last].gradOut[lo*n.Out:hi*n.Out], delta[lo*n.Out:hi*n.Out], order, false)
	for k := last; k >= 0; k-- {
		s, c := n.stages[k], &t.stages[k]
		from, to := lo*s.positions*s.out, hi*s.positions*s.out
		d := c.delta[from:to]
		if s.activated {
			for i, g := range c.gradOut[from:to] {
				d[i] = g * c.slopes[from+i]
			}
		}
		if s.positions > 1 {
			for i := lo; i < hi; i++ {
				sum := c.sums[i*s.out:][:s.out]
				clear(sum)
				for p := range s.positions {
					for j, v := range c.delta[(i*s.positions+p)*s.out:][:s.out] {
						sum[j] += v
					}
				}
			}
		}
		if k == 0 {
			return
		}
		fan, each := s.fan(), s.positions*s.in
		into := t.stages[k-1].gradOut[lo*each : hi*each]
		back := into
		if s.side > 0 {
			back = t.scratch[lo*s.positions*fan:][:(hi-lo)*s.positions*fan]
		}
		kernel.Gemm(false, true, (hi-lo)*s.positions, fan, s.out, 1, d, s.out, n.params[s.w:s.b], s.out, 0, back, fan)
		if s.side > 0 {
			clear(into)
			for i := range hi - lo {
				scatter(into[i*each:], back[i*s.positions*fan:], s.side, s.in)
			}
		}
		if s.residual {
			for i, g := range c.gradOut[from:to] {
				into[i] += g
			}
		}
	}
}

// Tangent returns the derivative of the values of the last pass when x moves by dx: J dx
// in each row, which lives until the next call. It panics if the length doesn't match.
func (t *Tape[T]) Tangent(dx []T) []T {
	n := t.net
	rows := len(dx) / n.In
	if len(dx) != rows*n.In || rows > t.rows {
		panic((&measure.DimError{Func: "learn.Tape.Tangent", Arg: "dx", Got: len(dx), Want: t.rows * n.In}).Error())
	}
	t.needScratch()
	start := make([]T, len(dx))
	_ = par.For(context.Background(), rows, n.rowsAtOnce(), func(lo, hi int) {
		a := start[lo*n.In : hi*n.In]
		reorder(a, dx[lo*n.In:hi*n.In], n.order, false)
		for k, s := range n.stages {
			c, fan, cells := &t.stages[k], s.fan(), (hi-lo)*s.positions
			from := lo * s.positions * s.out
			columns := a
			if s.side > 0 {
				columns = t.scratch[lo*s.positions*fan:][:cells*fan]
				for i := range hi - lo {
					gather(columns[i*s.positions*fan:], a[i*s.positions*s.in:], s.side, s.in)
				}
			}
			z := c.gradOut[from:][:cells*s.out]
			kernel.Gemm(false, false, cells, s.out, fan, 1, columns, fan, n.params[s.w:s.b], s.out, 0, z, s.out)
			for i := range z {
				if s.activated {
					z[i] *= c.slopes[from+i]
				}
				if s.residual {
					z[i] += a[i]
				}
			}
			a = z
		}
		if n.pictures() {
			reorder(start[lo*n.Out:hi*n.Out], a, n.order, true)
		}
	})
	if n.pictures() {
		return start
	}
	return t.stages[len(n.stages)-1].gradOut[:rows*n.Out]
}
