package transport

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// Barycentric stores the mean of where each source goes into the rows of dst,
//
//	T(xᵢ) = Σⱼ P[i,j] yⱼ / Σⱼ P[i,j],
//
// where y has a row for each sink. A source without mass goes where a little of
// it would: by the entropic weights, or to the sink of least C(i,j) − g[j]. Where
// there is no such sink, a forbidden pair counting as none, it is a row of
// zeros.
//
// dst must be empty or have as many rows as there are sources and columns as y,
// and not be y. Barycentric panics if it hasn't, or if y hasn't a row for each
// sink.
func (p *Plan) Barycentric(dst *mat.Dense, y mat.Matrix) {
	rows, dim := y.Dims()
	if rows != len(p.b) {
		panic(fmt.Sprintf("transport: Plan.Barycentric: y has %d rows, want %d as there are sinks", rows, len(p.b)))
	}
	if dst.IsEmpty() {
		dst.ReuseAs(len(p.a), dim)
	} else if r, c := dst.Dims(); r != len(p.a) || c != dim {
		panic(fmt.Sprintf("transport: Plan.Barycentric: dst is %d × %d, want %d × %d", r, c, len(p.a), dim))
	}
	dst.Zero()
	points := mat.DenseCopyOf(y)
	sums := make([]float64, len(p.a))
	add := func(i, j int, mass float64) {
		sums[i] += mass
		row := dst.RawRowView(i)
		for k, v := range points.RawRowView(j) {
			row[k] += mass * v
		}
	}
	if e := p.ent; e != nil && e.x == nil {
		e.each(func(_, k int, _, row []float64) {
			i := int(e.sources[k])
			for l, v := range row {
				add(i, int(e.sinks[l]), v)
			}
		})
	} else {
		for ij, mass := range p.All() {
			add(ij.I, ij.J, mass)
		}
	}
	for i, sum := range sums {
		if sum == 0 {
			p.little(i, func(j int, w float64) { add(i, j, w) })
			sum = sums[i]
		}
		if sum > 0 {
			for k := range dst.RawRowView(i) {
				dst.RawRowView(i)[k] /= sum
			}
		}
	}
}

// little calls visit with where a little mass of source i would go.
func (p *Plan) little(i int, visit func(j int, weight float64)) {
	_, g := p.Potentials()
	if eps := p.Eps(); eps > 0 {
		h := make([]float64, len(g))
		for j := range h {
			h[j] = (g[j]-p.cost.At(i, j))/eps + math.Log(p.b[j])
		}
		most := largestOf(h)
		for j, v := range h {
			if w := math.Exp(v - most); w > 0 {
				visit(j, w)
			}
		}
		return
	}
	at, least := -1, math.Inf(1)
	for j, b := range p.b {
		if v := p.cost.At(i, j) - g[j]; b > 0 && v < least {
			at, least = j, v
		}
	}
	if at >= 0 {
		visit(at, 1)
	}
}

func largestOf(x []float64) float64 {
	most := math.Inf(-1)
	for _, v := range x {
		most = max(most, v)
	}
	return most
}

// EntropicMap returns the map
//
//	T(x) = Σⱼ yⱼ wⱼ(x) / Σⱼ wⱼ(x),  wⱼ(x) = b[j] exp((g[j] − C(x, yⱼ))/ε),
//
// of an entropic plan between points, which is its [Plan.Barycentric] map at the
// points x and takes any other point, too (Pooladian and Niles-Weed 2021). It
// is an error if the plan is not entropic or if the cost isn't
// SquaredEuclidean or Euclidean.
func (p *Plan) EntropicMap() (flow.Map, error) {
	const fn = "transport.Plan.EntropicMap"
	if p.Eps() == 0 {
		return nil, fmt.Errorf("%s: the plan is not entropic", fn)
	}
	e := p.ent
	t := &entropicMap{kind: kernel.SqEuclidean, eps: e.eps}
	var y mat.Matrix
	switch c := p.cost.(type) {
	case SquaredEuclidean:
		y = c.Y
	case Euclidean:
		y, t.kind = c.Y, kernel.Euclidean
	default:
		return nil, fmt.Errorf("%s: the cost is a %T, not between points", fn, p.cost)
	}
	_, dim := y.Dims()
	t.y = mat.NewDense(len(e.sinks), dim, nil)
	t.h = make([]float64, len(e.sinks))
	for l, j := range e.sinks {
		for k := range dim {
			t.y.Set(l, k, y.At(int(j), k))
		}
		t.h[l] = e.g[l] + e.eps*math.Log(e.beta[l])
	}
	return t, nil
}

type entropicMap struct {
	y    *mat.Dense
	h    []float64
	kind kernel.Cost
	eps  float64
}

// Apply stores T at the rows of x into those of dst, which may be x.
func (t *entropicMap) Apply(dst, x *mat.Dense) {
	n, dim := x.Dims()
	if _, d := t.y.Dims(); d != dim {
		panic(fmt.Sprintf("transport: the entropic map: x has %d columns, want %d", dim, d))
	}
	w, out := make([]float64, len(t.h)), make([]float64, dim)
	for i := range n {
		for l, h := range t.h {
			c := squaredDistance(x, t.y, i, l)
			if t.kind == kernel.Euclidean {
				c = math.Sqrt(c)
			}
			w[l] = (h - c) / t.eps
		}
		most, sum := largestOf(w), 0.0
		for l := range w {
			w[l] -= most
		}
		kernel.Exp(w, w)
		clear(out)
		for l, v := range w {
			sum += v
			for k, y := range t.y.RawRowView(l) {
				out[k] += v * y
			}
		}
		for k, v := range out {
			dst.Set(i, k, v/sum)
		}
	}
}
