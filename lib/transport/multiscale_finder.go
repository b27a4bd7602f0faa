package transport

import "math"

// smallCell is about the number of points in the smallest cells of a finder.
const smallCell = 6

// A pointMetric is what moving between points costs.
type pointMetric struct {
	d    int
	root bool // the distance, not its square
}

// cost returns the cost between two points, with the bits of a Cost.
func (m pointMetric) cost(x, y []float64) float64 {
	if m.d == 2 {
		s, t := x[0]-y[0], x[1]-y[1]
		s = math.FMA(t, t, s*s)
		if m.root {
			return math.Sqrt(s)
		}
		return s
	}
	total, sum := 0.0, 0.0
	for k, v := range x {
		if k > 0 && k%maxKernelDim == 0 {
			total, sum = total+sum, 0
		}
		t := v - y[k]
		sum = math.FMA(t, t, sum)
	}
	if total += sum; m.root {
		return math.Sqrt(total)
	}
	return total
}

// A finder finds the points of a cloud of least C(x, ·) − g for a given x,
// where g are potentials of the points. It doesn't look into cells where that
// can't be. It knows of each cell the box around its points, and a plane of
// some slope v that touches g from above,
//
//	g(y) ≤ top + v·(y − centre of the box) for the points y.
//
// Near the cheapest y, C(x, ·) and g grow alike, by nothing to first order in
// the best case. With the slope the bounds know that, and their error is of
// second order in the size of the box.
type finder struct {
	pointMetric
	cloud *cloud
	depth int
	pot   []float64
	cells []float64 // of each cell: top, and per coordinate lo, hi and v; heap order
	width int       // numbers of a cell
}

// newFinder returns a finder whose potentials are to be set.
func newFinder(c *cloud, root bool) *finder {
	f := &finder{pointMetric: pointMetric{c.d, root}, cloud: c, width: 2 + 3*c.d}
	for c.n>>f.depth > smallCell {
		f.depth++
	}
	f.cells = make([]float64, f.width*(2<<f.depth-1))
	f.boxes(0, 0, c.n)
	return f
}

// boxes computes the box of the cell of [from, to) and those below.
func (f *finder) boxes(cell, from, to int) {
	box := f.cells[cell*f.width:][2:f.width]
	if first := 1<<f.depth - 1; cell >= first {
		for k := range f.d {
			lo, hi := math.Inf(1), math.Inf(-1)
			for i := from; i < to; i++ {
				v := f.cloud.at[i*f.d+k]
				lo, hi = min(lo, v), max(hi, v)
			}
			box[3*k], box[3*k+1] = lo, hi
		}
		return
	}
	mid := from + (to-from)/2
	f.boxes(2*cell+1, from, mid)
	f.boxes(2*cell+2, mid, to)
	l := f.cells[(2*cell+1)*f.width:][2:f.width]
	r := f.cells[(2*cell+2)*f.width:][2:f.width]
	for k := 0; k < len(box); k += 3 {
		box[k], box[k+1] = min(l[k], r[k]), max(l[k+1], r[k+1])
	}
}

// set sets the potentials, and guesses at their gradients.
func (f *finder) set(pot, slopes []float64) {
	f.pot = pot
	f.planes(slopes, 0, 0, f.cloud.n)
}

// planes computes slopes and tops.
func (f *finder) planes(slopes []float64, cell, from, to int) {
	c := f.cells[cell*f.width:][:f.width]
	if first := 1<<f.depth - 1; cell >= first {
		for k := range f.d {
			v := 0.0
			for i := from; i < to; i++ {
				v += slopes[i*f.d+k]
			}
			c[4+3*k] = v / float64(to-from)
		}
	} else {
		mid := from + (to-from)/2
		f.planes(slopes, 2*cell+1, from, mid)
		f.planes(slopes, 2*cell+2, mid, to)
		for k := 4; k < len(c); k += 3 {
			c[k] = (f.cells[(2*cell+1)*f.width+k] + f.cells[(2*cell+2)*f.width+k]) / 2
		}
	}
	top, most := math.Inf(-1), math.Inf(-1)
	for i := from; i < to; i++ {
		g := f.pot[i]
		most = max(most, g)
		for k, y := range f.cloud.point(i) {
			g -= c[4+3*k] * (y - (c[2+3*k]+c[3+3*k])/2)
		}
		top = max(top, g)
	}
	c[0], c[1] = top, most
}

// bound returns a number that C(x, y) − g(y) isn't below in a cell.
func (f *finder) bound(x []float64, cell int) float64 {
	c := f.cells[cell*f.width:][:f.width]
	if !f.root {
		// Each coordinate of |x − y|² − v·(y − centre) by itself.
		s := 0.0
		for k, x := range x {
			lo, hi, v := c[2+3*k], c[3+3*k], c[4+3*k]
			y := min(max(x+v/2, lo), hi)
			s += (x-y)*(x-y) - v*(y-(lo+hi)/2)
		}
		return s - c[0]
	}
	// The distance from the box, or from a plane beside x.
	var near, far float64
	for k, x := range x {
		lo, hi := c[2+3*k], c[3+3*k]
		t := x - min(max(x, lo), hi)
		near += t * t
		t = (lo+hi)/2 - x
		far += t * t
	}
	b := math.Sqrt(near) - c[1]
	if far > 0 && near > 0 {
		far = math.Sqrt(far)
		s := far
		for k, x := range x {
			lo, hi, v := c[2+3*k], c[3+3*k], c[4+3*k]
			s -= math.Abs(((lo+hi)/2-x)/far-v) * (hi - lo) / 2
		}
		b = max(b, s-c[0])
	}
	return b
}

// A quest is what a finder looks for: at most k points below bar.
type quest struct {
	*finder
	x    []float64
	k    int
	bar  float64
	list []found // least first
	low  float64 // nothing is below this
}

// found is a point, its price, and that less its potential.
type found struct {
	j           int32
	cost, value float64
}

// find looks for the k points with the least C(x, ·) − g among those below bar.
func (q *quest) find(x []float64, k int, bar float64) {
	q.x, q.k, q.bar, q.list, q.low = x, k, bar, q.list[:0], math.Inf(1)
	q.search(q.bound(x, 0), 0, 0, q.cloud.n)
}

func (q *quest) search(bound float64, cell, from, to int) {
	if c := q.cells[cell*q.width:]; bound >= q.bar-0x1p-48*(math.Abs(q.bar)+math.Abs(c[1])) {
		q.low = min(q.low, bound)
		return
	}
	if first := 1<<q.depth - 1; cell >= first {
		for j := from; j < to; j++ {
			c := q.cost(q.x, q.cloud.point(j))
			v := c - q.pot[j]
			q.low = min(q.low, v)
			if v < q.bar {
				q.add(found{int32(j), c, v})
			}
		}
		return
	}
	mid := from + (to-from)/2
	l, r := q.bound(q.x, 2*cell+1), q.bound(q.x, 2*cell+2)
	if l <= r {
		q.search(l, 2*cell+1, from, mid)
		q.search(r, 2*cell+2, mid, to)
	} else {
		q.search(r, 2*cell+2, mid, to)
		q.search(l, 2*cell+1, from, mid)
	}
}

// add inserts x into the least, in order.
func (q *quest) add(x found) {
	l := len(q.list)
	if l < q.k {
		q.list = append(q.list, x)
	} else {
		l--
	}
	for ; l > 0 && q.list[l-1].value > x.value; l-- {
		q.list[l] = q.list[l-1]
	}
	q.list[l] = x
	if len(q.list) == q.k {
		q.bar = min(q.bar, q.list[q.k-1].value)
	}
}
