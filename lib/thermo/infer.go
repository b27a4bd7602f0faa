package thermo

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// Inference is a lower bound on a rate of entropy production, from short trajectories
// alone.
type Inference struct {
	Rate    relation.Term // σ
	Naive   float64       // the same where fit and evaluated on the same trajectories, which is too large
	Weights []float64     // of the current in the family, from all trajectories
}

// InferEntropyProduction bounds the rate of entropy production from below by what is seen
// of n short trajectories, the displacements of points from the rows of x to those of
// next within dt. By the uncertainty relation for short times, for any current
// J = w(x)∘Δx,
//
//	σ ≥ 2 ⟨J⟩²/(dt Var J),
//
// with equality for w ∝ ν/T, where the temperature is constant. The best w in the linear span of a family of
// fields is found on one half of the trajectories and the bound evaluated on the other,
// and the reverse, so that fitting doesn't add to it; Naive shows by how much it would.
// The standard error is that of ⟨J⟩ and Var J, for trajectories that are independent.
//
// It returns a measure.DimError if the shapes differ, a measure.ValueError for dt ≤ 0,
// no family, values that aren't finite, or fewer than 8 trajectories per field, and an
// error if the family's currents depend on each other.
//
// S. Otsubo, S. Ito, A. Dechant and T. Sagawa, Phys. Rev. E 101, 062106 (2020).
func InferEntropyProduction(x, next *mat.Dense, dt float64, family []flow.Map) (*Inference, error) {
	const fn = "thermo.InferEntropyProduction"
	n, d := x.Dims()
	if rows, cols := next.Dims(); rows != n || cols != d {
		return nil, &measure.DimError{Func: fn, Arg: "next", Got: rows * cols, Want: n * d}
	}
	if !(dt > 0) || math.IsInf(dt, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "dt", Value: dt, Want: "positive and finite"}
	}
	k := len(family)
	if k == 0 || n < 8*k {
		return nil, &measure.ValueError{Func: fn, Arg: "the number of trajectories", Value: float64(n), Want: fmt.Sprintf("at least 8 for each of %d fields, and a field", k)}
	}
	// Currents, with the field in the middle of each displacement.
	var middle, step mat.Dense
	middle.Add(x, next)
	middle.Scale(0.5, &middle)
	step.Sub(next, x)
	currents, w := mat.NewDense(n, k, nil), mat.NewDense(n, d, nil)
	for j, f := range family {
		f.Apply(w, &middle)
		for i := range n {
			v := mat.Dot(w.RowView(i), step.RowView(i))
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("current %d of trajectory %d", j, i), Value: v, Want: "finite"}
			}
			currents.Set(i, j, v)
		}
	}
	halves := [2][]int{}
	var all []int
	for i := range n {
		halves[i%2] = append(halves[i%2], i)
		all = append(all, i)
	}
	inf := &Inference{Rate: relation.Term{Symbol: "σ"}}
	for h := range 2 {
		c, err := bestCurrent(fn, currents, halves[h])
		if err != nil {
			return nil, err
		}
		v, variance := currentBound(currents, halves[1-h], c, dt)
		inf.Rate.Value += 0.5 * v
		inf.Rate.StdErr += 0.25 * variance
	}
	inf.Rate.StdErr = math.Sqrt(inf.Rate.StdErr)
	c, err := bestCurrent(fn, currents, all)
	if err != nil {
		return nil, err
	}
	inf.Naive, _ = currentBound(currents, all, c, dt)
	inf.Weights = c
	return inf, nil
}

// bestCurrent returns Cov⁻¹⟨J⟩ over some trajectories.
func bestCurrent(fn string, currents *mat.Dense, rows []int) ([]float64, error) {
	_, k := currents.Dims()
	n := float64(len(rows))
	mean, cov := mat.NewVecDense(k, nil), mat.NewSymDense(k, nil)
	for _, i := range rows {
		mean.AddScaledVec(mean, 1/n, currents.RowView(i))
	}
	dev := mat.NewVecDense(k, nil)
	for _, i := range rows {
		dev.SubVec(currents.RowView(i), mean)
		cov.SymRankOne(cov, 1/(n-1), dev)
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) || chol.Cond() > 1e14 {
		return nil, fmt.Errorf("%s: the currents of the family depend on each other", fn)
	}
	c := mat.NewVecDense(k, nil)
	if err := chol.SolveVecTo(c, mean); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	return c.RawVector().Data, nil
}

// currentBound returns 2⟨J⟩²/(dt Var J) for the current of weights c, and the variance
// of that estimate.
func currentBound(currents *mat.Dense, rows []int, c []float64, dt float64) (v, variance float64) {
	j := make([]float64, len(rows))
	weights := mat.NewVecDense(len(c), c)
	for r, i := range rows {
		j[r] = mat.Dot(currents.RowView(i), weights)
	}
	mean := meanTerm("", j)
	n := float64(len(j))
	spread := mean.StdErr * mean.StdErr * n
	if spread == 0 {
		return 0, 0
	}
	v = 2 * mean.Value * mean.Value / (dt * spread)
	// Of ⟨J⟩², and of Var J, normal to leading order.
	slope := 4 * mean.Value / (dt * spread)
	return v, slope*slope*spread/n + v*v*2/n
}
