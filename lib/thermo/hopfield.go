package thermo

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Hopfield is a dense associative memory: patterns ξ_k are wells of the energy
//
//	U(x) = ½|x|² − B ln Σ exp(ξ_k·x/B),
//
// under which x is drawn to the patterns that it resembles, dx = (−x + Σ r_k ξ_k) dt +
// √(2T) dB with r = softmax(ξ·x/B). At T = B its equilibrium is the mixture of N(ξ_k, T I)
// with weights ∝ exp(|ξ_k|²/2T): memories noised by a diffusion, as L. Ambrogioni, In
// search of dispersed memories, arXiv:2309.17290, has it. H. Ramsauer et al., Hopfield
// networks is all you need, ICLR 2021.
type Hopfield struct {
	Patterns *mat.Dense // rows ξ_k
	B        float64    // how soft the choice of a pattern is; positive
	T        float64    // temperature
}

// Energy returns U at each row of x.
func (h Hopfield) Energy(dst []float64, x *mat.Dense) {
	n, d := x.Dims()
	r := h.resemblance(x)
	for i := range n {
		row, most := r.RawRowView(i), math.Inf(-1)
		for _, v := range row {
			most = math.Max(most, v)
		}
		sum, square := 0.0, 0.0
		for _, v := range row {
			sum += math.Exp(v - most)
		}
		for j := range d {
			square += x.At(i, j) * x.At(i, j)
		}
		dst[i] = 0.5*square - h.B*(most+math.Log(sum))
	}
}

// Force returns −∇U as a field.
func (h Hopfield) Force() flow.Field {
	m := flow.MapFunc(func(dst, x *mat.Dense) {
		r := h.resemblance(x)
		n, _ := r.Dims()
		for i := range n {
			softmax(r.RawRowView(i))
		}
		var to mat.Dense
		to.Mul(r, h.Patterns)
		to.Sub(&to, x)
		dst.Copy(&to)
	})
	return flow.FieldFunc(func(float64) flow.Map { return m })
}

// resemblance returns ξ·x/B.
func (h Hopfield) resemblance(x *mat.Dense) *mat.Dense {
	r := new(mat.Dense)
	r.Mul(x, h.Patterns.T())
	r.Scale(1/h.B, r)
	return r
}

func softmax(v []float64) {
	most, sum := math.Inf(-1), 0.0
	for _, x := range v {
		most = math.Max(most, x)
	}
	for i, x := range v {
		v[i] = math.Exp(x - most)
		sum += v[i]
	}
	for i := range v {
		v[i] /= sum
	}
}

// Retrieval is what a memory makes of spoilt patterns, and what that dissipates.
type Retrieval struct {
	Accuracy relation.Term // the share of them that end nearest to their own pattern
	Heat     relation.Term // ⟨U(x₀) − U(x_τ)⟩, given to the bath
	End      *mat.Dense    // where they end, as rows
	Of       []int         // the pattern that each began with
}

// Retrieve starts n states from patterns, each as often as any other, spoilt by normal
// noise of the given standard deviation, and follows them for the time tau by so many
// Euler-Maruyama steps. State i depends on the key and i alone.
//
// It returns a measure.ValueError for B ≤ 0, T < 0, spoil < 0, tau ≤ 0, n < 2, steps < 1 or
// patterns that aren't finite, and the errors of flow.SolveSDE.
func (h Hopfield) Retrieve(ctx context.Context, spoil, tau float64, n, steps int, key rng.Key) (*Retrieval, error) {
	const fn = "thermo.Hopfield.Retrieve"
	if h.Patterns == nil || h.Patterns.IsEmpty() {
		return nil, fmt.Errorf("%s: there are no patterns", fn)
	}
	for _, c := range []struct {
		name string
		v    float64
		ok   bool
	}{{"B", h.B, h.B > 0}, {"T", h.T, h.T >= 0}, {"spoil", spoil, spoil >= 0}, {"tau", tau, tau > 0}, {"n", float64(n), n >= 2}, {"steps", float64(steps), steps >= 1}, {"the patterns' norm", mat.Norm(h.Patterns, 2), true}} {
		if !c.ok || math.IsInf(c.v, 0) || math.IsNaN(c.v) {
			return nil, &measure.ValueError{Func: fn, Arg: c.name, Value: c.v, Want: "finite and in its range"}
		}
	}
	k, d := h.Patterns.Dims()
	x, eps := mat.NewDense(n, d, nil), make([]float64, n*d)
	key.Named("spoil").Normal(eps)
	r := &Retrieval{Of: make([]int, n)}
	for i := range n {
		r.Of[i] = i % k
		for j := range d {
			x.Set(i, j, h.Patterns.At(i%k, j)+spoil*eps[i*d+j])
		}
	}
	before, after := make([]float64, n), make([]float64, n)
	h.Energy(before, x)
	for st, err := range flow.SolveSDE(ctx, x, h.Force(), func(float64) float64 { return h.T }, flow.Times(0, tau, steps), flow.KeyNoise(key.Named("noise"))) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
		r.End = st.X
	}
	h.Energy(after, r.End)
	right := make([]float64, n)
	for i := range n {
		before[i] -= after[i]
		if nearest(h.Patterns, r.End.RawRowView(i)) == r.Of[i] {
			right[i] = 1
		}
	}
	r.Heat, r.Accuracy = meanTerm("Q", before), meanTerm("accuracy", right)
	return r, nil
}

// nearest returns the row of m that is nearest to x.
func nearest(m *mat.Dense, x []float64) (best int) {
	least := math.Inf(1)
	n, _ := m.Dims()
	for i := range n {
		sum := 0.0
		for j, v := range m.RawRowView(i) {
			sum += (v - x[j]) * (v - x[j])
		}
		if sum < least {
			best, least = i, sum
		}
	}
	return best
}
