package transport

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
)

// A Plan says how much mass P[i,j] ≥ 0 moves from each source i to each sink
// j. It keeps the problem, the masses a and b and the cost C, and of the
// solution only the pairs that mass moves between or, if it is entropic, the
// potentials; what is summed over all pairs is computed when it is first asked
// for.
type Plan struct {
	a, b  []float64 // b is scaled to the sum of a
	total float64
	cost  Cost
	opt   ExactOptions

	method Method
	reason string

	start  []int // of each source in the following, and their number
	sink   []int32
	mass   []float64
	price  []float64
	pivots int

	proof sync.Once // that f and g are there
	f, g  []float64

	ent  *entropic // what the plan is, if it isn't a list of pairs
	part *partOf   // of the masses, if not all are moved
}

// A Pair is a source and a sink.
type Pair struct{ I, J int }

// newPlan returns a plan that moves nothing yet.
func newPlan(fn string, a, b []float64, cost Cost) (*Plan, error) {
	ma, err := checkMasses(fn, "a", a)
	if err != nil {
		return nil, err
	}
	mb, err := checkMasses(fn, "b", b)
	if err != nil {
		return nil, err
	}
	if math.Abs(ma-mb) > balance*max(ma, mb) {
		return nil, &UnbalancedError{fn, ma, mb}
	}
	p := &Plan{a: slices.Clone(a), b: slices.Clone(b), total: ma, cost: cost}
	for j := range p.b {
		p.b[j] *= ma / mb
	}
	return p, nil
}

// absent returns where w is zero.
func absent(w []float64) []int32 {
	var at []int32
	for i, v := range w {
		if v == 0 {
			at = append(at, int32(i))
		}
	}
	return at
}

func every(n int) []int32 {
	at := make([]int32, n)
	for i := range at {
		at[i] = int32(i)
	}
	return at
}

// complete computes f of some sources from g of the sinks known, and then g of
// the other sinks from all f, each as large as can be.
func (p *Plan) complete(sources, known, other []int32) {
	least := func(sources, sinks []int32, visit func(i, j int32, c float64)) {
		if len(sources) == 0 || len(sinks) == 0 {
			return
		}
		r, err := newRows("transport.Plan", p.cost, len(p.a), len(p.b), sources, sinks)
		if err != nil {
			panic(err) // points were changed
		}
		row := make([]float64, len(sinks))
		for k, i := range sources {
			r.fill(row, len(row), k, k+1)
			for l, c := range row {
				visit(i, sinks[l], c)
			}
		}
	}
	for _, i := range sources {
		p.f[i] = math.Inf(1)
	}
	least(sources, known, func(i, j int32, c float64) { p.f[i] = min(p.f[i], c-p.g[j]) })
	for _, i := range sources {
		if math.IsInf(p.f[i], 1) {
			p.f[i] = 0
		}
	}
	for _, j := range other {
		p.g[j] = math.Inf(1)
	}
	least(every(len(p.a)), other, func(i, j int32, c float64) { p.g[j] = min(p.g[j], c-p.f[i]) })
	for _, j := range other {
		if math.IsInf(p.g[j], 1) {
			p.g[j] = 0
		}
	}
	p.centre()
}

func (p *Plan) centre() { centre(p.f, p.g, p.a, p.b, p.total) }

// centre adds to f and takes from g what gives both the same mean.
func centre(f, g, a, b []float64, total float64) {
	var mf, mg num.Sum
	for i, v := range f {
		mf.Add(v * (a[i] / total))
	}
	for j, v := range g {
		mg.Add(v * (b[j] / total))
	}
	shift := (mg.Value() - mf.Value()) / 2
	for i := range f {
		f[i] += shift
	}
	for j := range g {
		g[j] -= shift
	}
}

// Dims returns the numbers of sources and sinks.
func (p *Plan) Dims() (n, m int) { return len(p.a), len(p.b) }

// Len returns the number of pairs that mass moves between: at most n + m − 1 in
// an exact plan, and up to all in an entropic one, which have to be computed.
func (p *Plan) Len() int {
	if p.ent == nil {
		return len(p.mass)
	}
	n := 0
	for range p.All() {
		n++
	}
	return n
}

// Masses returns copies of the masses a of the sources and b of the sinks; b is
// scaled to the sum of a.
func (p *Plan) Masses() (a, b []float64) { return slices.Clone(p.a), slices.Clone(p.b) }

// At returns P[i,j]. It panics if i or j is out of range.
func (p *Plan) At(i, j int) float64 {
	if uint(i) >= uint(len(p.a)) || uint(j) >= uint(len(p.b)) {
		panic(fmt.Sprintf("transport: Plan.At(%d, %d) of %d × %d", i, j, len(p.a), len(p.b)))
	}
	if p.ent != nil {
		return p.ent.at(i, j, p.cost.At(i, j))
	}
	lo, hi := p.start[i], p.start[i+1]
	if k, ok := slices.BinarySearch(p.sink[lo:hi], int32(j)); ok {
		return p.mass[lo+k]
	}
	return 0
}

// All yields the pairs with P[i,j] > 0 and their mass, by sources and then by
// sinks.
func (p *Plan) All() iter.Seq2[Pair, float64] {
	if p.ent != nil {
		return p.ent.all
	}
	return func(yield func(Pair, float64) bool) {
		for i := range p.a {
			for k := p.start[i]; k < p.start[i+1]; k++ {
				if !yield(Pair{i, int(p.sink[k])}, p.mass[k]) {
					return
				}
			}
		}
	}
}

// Matrix returns P as an n × m matrix.
func (p *Plan) Matrix() *mat.Dense {
	d := mat.NewDense(len(p.a), len(p.b), nil)
	for ij, mass := range p.All() {
		d.Set(ij.I, ij.J, mass)
	}
	return d
}

// Cost returns ⟨P, C⟩ = Σ P[i,j] C(i,j).
func (p *Plan) Cost() float64 {
	var s num.Sum
	p.addCost(&s)
	return s.Value()
}

func (p *Plan) addCost(s *num.Sum) {
	if p.ent != nil {
		p.ent.sum()
		s.Add(p.ent.cost)
		return
	}
	for k, mass := range p.mass {
		addProduct(s, mass, p.price[k])
	}
}

// addProduct adds x·y without its rounding error.
func addProduct(s *num.Sum, x, y float64) {
	xy := float64(x * y)
	s.Add(xy)
	s.Add(math.FMA(x, y, -xy))
}

// Potentials returns f and g. Those of an exact or rounded plan have
//
//	f[i] + g[j] ≤ C(i,j),
//
// which proves that no plan costs less than ⟨f, a⟩ + ⟨g, b⟩. Where the plan is
// optimal, equality holds wherever P[i,j] > 0. Those of an entropic plan have
//
//	P[i,j] = a[i] b[j] exp((f[i] + g[j] − C(i,j))/ε).
//
// They are determined up to a constant that is added to f and taken from g, at
// best; here both have the same mean, ⟨f, a⟩ = ⟨g, b⟩, but in a plan that needn't
// keep the masses, where there is no such constant; see [Unbalanced] and
// [Partial].
//
// If an exact search was stopped, the first call of Potentials or DualityGap
// computes them, f[i] = min over j of C(i,j) − g[j], which needs every price
// once. So it is with a rounded plan, whose f and then g are made as large as
// can be from the g that were found, twice.
func (p *Plan) Potentials() (f, g []float64) {
	if p.ent != nil && p.ent.x == nil {
		f, g = p.ent.potentials()
		return slices.Clone(f), slices.Clone(g)
	}
	p.certify()
	return slices.Clone(p.f), slices.Clone(p.g)
}

func (p *Plan) certify() {
	p.proof.Do(func() {
		other := absent(p.b)
		if p.ent != nil {
			other = every(len(p.b))
		}
		p.complete(every(len(p.a)), support(p.b), other)
	})
}

// DualityGap returns by how much more than the least a plan costs at most.
//
// That of an exact or rounded plan is ⟨P, C⟩ − ⟨f, a⟩ − ⟨g, b⟩ with the
// [Plan.Potentials] f and g. No plan costs less than Cost() − DualityGap(): the
// plan is optimal if the gap is zero, which it is but for rounding unless the
// search was stopped.
//
// That of an entropic plan is of the problem that it solves, with ε. No plan
// with the marginals a and b has a [Plan.Value] below [Plan.DualValue], and P.Round()
// has one that is larger by the gap
//
//	ε KL(P.Round()|P).
//
// An unbalanced plan needs no rounding, see [Unbalanced]; that of a part of the
// masses is described at [Partial].
func (p *Plan) DualityGap() float64 {
	if p.ent != nil && p.ent.x == nil {
		return p.ent.dualityGap()
	}
	p.certify()
	var s num.Sum
	p.addCost(&s)
	for i, v := range p.f {
		addProduct(&s, -v, p.a[i])
	}
	for j, v := range p.g {
		addProduct(&s, -v, p.b[j])
	}
	if p.part != nil {
		addProduct(&s, -p.part.price, p.part.mass)
	}
	return s.Value()
}

// Pivots returns the number of steps that an exact search took.
func (p *Plan) Pivots() int { return p.pivots }

// Method returns how the plan was found.
func (p *Plan) Method() Method { return p.method }

// Reason says in a few words why it was found so.
func (p *Plan) Reason() string { return p.reason }

// Options returns the options that an exact plan was found with, defaults filled
// in. Table is 0 unless the method is [NetworkSimplex].
func (p *Plan) Options() ExactOptions { return p.opt }
