package thermo

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// TooFewTrajectoriesError reports an exponential average over works that hasn't seen
// those that make it.
type TooFewTrajectoriesError struct {
	Have, Need int
}

func (e *TooFewTrajectoriesError) Error() string {
	return fmt.Sprintf("thermo: %d trajectories for an exponential average that needs about %d", e.Have, e.Need)
}

// FreeEnergy is an estimate of a difference of free energies from works.
type FreeEnergy struct {
	T     float64
	Delta relation.Term // ΔF
	Work  relation.Term // ⟨W⟩
	// Effective is the number of works that the average rests on, (Σ w)²/Σ w².
	Effective float64
}

// Dissipated returns W_diss = ⟨W⟩ − ΔF.
func (f *FreeEnergy) Dissipated() float64 { return f.Work.Value - f.Delta.Value }

// SecondLaw returns ΔF ≤ ⟨W⟩.
func (f *FreeEnergy) SecondLaw() relation.Inequality {
	return relation.Inequality{Name: "second law", Ref: "Jarzynski 1997", Lo: f.Delta, Hi: f.Work}
}

// Jarzynski estimates ΔF = −T ln⟨e^{−W/T}⟩ from works done from equilibrium. The
// standard error is that of the mean's logarithm; the bound is the estimate's bias, about
// T/2 times the mean's relative variance.
//
// It returns a measure.ValueError for fewer than two works, works that aren't finite or
// T ≤ 0; and the estimate with a TooFewTrajectoriesError if there are fewer than about
// exp(W_diss/T) works, of which the rarest count most, or they amount to less than ten:
// then it is biased upwards by an unknown amount.
//
// C. Jarzynski, Phys. Rev. Lett. 78, 2690 (1997); Phys. Rev. E 73, 046105 (2006).
func Jarzynski(work []float64, temperature float64) (*FreeEnergy, error) {
	const fn = "thermo.Jarzynski"
	if err := checkWorks(fn, temperature, work); err != nil {
		return nil, err
	}
	least := work[0]
	for _, w := range work {
		least = math.Min(least, w)
	}
	weights := make([]float64, len(work))
	var squares num.Sum
	for i, w := range work {
		weights[i] = math.Exp(-(w - least) / temperature)
		squares.Add(weights[i] * weights[i])
	}
	mean, se := num.MeanStdErr(weights)
	n := float64(len(work))
	relative := se / mean
	f := &FreeEnergy{T: temperature, Work: WorkTerm(work), Effective: n * n * mean * mean / squares.Value()}
	f.Delta = relation.Term{
		Symbol: "ΔF", Value: least - temperature*math.Log(mean),
		StdErr: temperature * relative, Bound: 0.5 * temperature * relative * relative,
	}
	need := math.Exp(math.Min(40, f.Dissipated()/temperature))
	if n < need || f.Effective < 10 {
		return f, &TooFewTrajectoriesError{len(work), int(math.Max(need, 10*n/f.Effective))}
	}
	return f, nil
}

// Bennett estimates ΔF from works of a process, forwards, and of its reverse, by the
// acceptance ratio: the ΔF at which, with M = T ln(n_F/n_R),
//
//	Σ_F 1/(1 + e^{(M + W − ΔF)/T}) = Σ_R 1/(1 + e^{(−M + W + ΔF)/T}),
//
// which by Crooks' relation p_F(W) = p_R(−W) e^{(W−ΔF)/T} is the estimate of the least
// variance. FreeEnergy.Work is the mean of the forward works. The standard error is
// the asymptotic one.
//
// It returns a measure.ValueError as Jarzynski does, and the estimate with a
// TooFewTrajectoriesError if the two samples overlap in less than ten works.
//
// C. Bennett, J. Comput. Phys. 22, 245 (1976); M. Shirts et al., Phys. Rev. Lett. 91,
// 140601 (2003).
func Bennett(forward, reverse []float64, temperature float64) (*FreeEnergy, error) {
	const fn = "thermo.Bennett"
	if err := checkWorks(fn, temperature, forward, reverse); err != nil {
		return nil, err
	}
	nf, nr := float64(len(forward)), float64(len(reverse))
	shift := temperature * math.Log(nf/nr)
	// The logarithms of Σ f and Σ f², f = 1/(1 + e^z), which don't underflow where the two
	// samples lie far apart.
	fermi := func(works []float64, offset float64) (sum, squares float64) {
		logs, twice := make([]float64, len(works)), make([]float64, len(works))
		for i, w := range works {
			z := (w + offset) / temperature
			logs[i] = -math.Max(z, 0) - math.Log1p(math.Exp(-math.Abs(z)))
			twice[i] = 2 * logs[i]
		}
		return floats.LogSumExp(logs), floats.LogSumExp(twice)
	}
	gap := func(df float64) float64 {
		a, _ := fermi(forward, shift-df)
		b, _ := fermi(reverse, -shift+df)
		return a - b // rises with ΔF
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, w := range forward {
		lo, hi = math.Min(lo, w), math.Max(hi, w)
	}
	for _, w := range reverse {
		lo, hi = math.Min(lo, -w), math.Max(hi, -w)
	}
	margin := math.Abs(shift) + temperature
	for !(gap(lo) < 0) {
		lo -= margin
		margin *= 2
	}
	for !(gap(hi) > 0) {
		hi += margin
		margin *= 2
	}
	df := num.Root(gap, lo, hi)
	a, a2 := fermi(forward, shift-df)
	b, b2 := fermi(reverse, -shift+df)
	// Var ΔF/T² = [⟨f²⟩/⟨f⟩² − 1]/n_F + [⟨g²⟩/⟨g⟩² − 1]/n_R.
	ratioF, ratioR := math.Exp(2*a-a2), math.Exp(2*b-b2) // (Σf)²/Σf²
	variance := 1/ratioF - 1/nf + 1/ratioR - 1/nr
	f := &FreeEnergy{
		T: temperature, Work: WorkTerm(forward), Effective: math.Min(ratioF, ratioR),
		Delta: relation.Term{Symbol: "ΔF", Value: df, StdErr: temperature * math.Sqrt(math.Max(0, variance))},
	}
	if math.IsNaN(df) {
		return nil, fmt.Errorf("%s: no ΔF between %v and %v balances the works", fn, lo, hi)
	}
	if f.Effective < 10 {
		return f, &TooFewTrajectoriesError{len(forward) + len(reverse), int(10 / f.Effective * (nf + nr))}
	}
	return f, nil
}

// Crooks compares the two sides of Crooks' relation without a histogram: Jarzynski's
// estimates of ΔF from the forward works and, with the other sign, from the reverse ones,
// which agree if the relation holds.
func Crooks(forward, reverse []float64, temperature float64) (relation.Identity, error) {
	a, err := Jarzynski(forward, temperature)
	if err != nil {
		return relation.Identity{}, err
	}
	b, err := Jarzynski(reverse, temperature)
	if err != nil {
		return relation.Identity{}, err
	}
	back := b.Delta
	back.Symbol, back.Value = "−ΔF of the reverse", -back.Value
	return relation.Identity{Name: "Crooks' relation", Ref: "Crooks 1999", Lhs: a.Delta, Rhs: back}, nil
}

func checkWorks(fn string, temperature float64, works ...[]float64) error {
	if !(temperature > 0) || math.IsInf(temperature, 1) {
		return &measure.ValueError{Func: fn, Arg: "temperature", Value: temperature, Want: "positive and finite"}
	}
	for _, list := range works {
		if len(list) < 2 {
			return &measure.ValueError{Func: fn, Arg: "the number of works", Value: float64(len(list)), Want: "at least 2"}
		}
		for i, w := range list {
			if math.IsNaN(w) || math.IsInf(w, 0) {
				return &measure.ValueError{Func: fn, Arg: fmt.Sprintf("work[%d]", i), Value: w, Want: "finite"}
			}
		}
	}
	return nil
}
