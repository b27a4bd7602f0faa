package diffusion

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// SummaryOptions are the options of GenerateSummary.
type SummaryOptions struct {
	GenerateOptions
	Bins   int       // of the histogram of each coordinate; default 1024
	Lo, Hi []float64 // their range in each coordinate; default: that of the first batch, half as wide again on both sides
}

// Summary says what samples are like without holding them.
type Summary struct {
	N           int
	Mean        []float64
	Cov         *mat.SymDense // with the divisor N − 1
	Min, Max    []float64
	Histograms  []Histogram // of each coordinate
	Evaluations float64     // of the model, on average over the particles
	Options     SummaryOptions
}

// Histogram counts values in bins of equal width over [Lo, Hi).
type Histogram struct {
	Lo, Hi       float64
	Counts       []int64
	Below, Above int64 // values outside
}

// Edge returns the lower end of bin i, and Hi for i = len(Counts).
func (h Histogram) Edge(i int) float64 {
	if i == len(h.Counts) {
		return h.Hi
	}
	return h.Lo + (h.Hi-h.Lo)*(float64(i)/float64(len(h.Counts)))
}

func (h *Histogram) add(x float64) {
	switch n := len(h.Counts); {
	case x < h.Lo:
		h.Below++
	case x >= h.Hi:
		h.Above++
	default:
		i := min(int((x-h.Lo)/(h.Hi-h.Lo)*float64(n)), n-1)
		// Rounding may be off by one bin.
		if x < h.Edge(i) {
			i--
		} else if i < n-1 && x >= h.Edge(i+1) {
			i++
		}
		h.Counts[i]++
	}
}

// Quantile returns the quantile of coordinate j at p in [0, 1], the least x that
// ⌈pN⌉ of the samples don't exceed, and a bound of its error: a bin's width, or
// outside the histogram the distance to the extreme.
func (s *Summary) Quantile(j int, p float64) (q, bound float64) {
	if !(p >= 0 && p <= 1) {
		panic((&measure.ValueError{Func: "diffusion.Summary.Quantile", Arg: "p", Value: p, Want: "in [0, 1]"}).Error())
	}
	h := s.Histograms[j]
	rank := max(1, int64(math.Ceil(p*float64(s.N))))
	lo, hi, before, in := s.Min[j], h.Lo, int64(0), h.Below
	for i := 0; before+in < rank; i++ {
		before += in
		if i == len(h.Counts) {
			lo, hi, in = h.Hi, s.Max[j], h.Above
			break
		}
		lo, hi, in = h.Edge(i), h.Edge(i+1), h.Counts[i]
	}
	lo, hi = max(lo, s.Min[j]), min(hi, s.Max[j])
	q = lo + (hi-lo)*(float64(rank-before)-.5)/float64(in)
	return q, max(q-lo, hi-q)
}

// GenerateSummary generates n samples in d dimensions, those of Generate, and
// keeps of them their moments, extremes and histograms alone: its memory doesn't
// depend on n.
//
// Errors are those of Generate, and a measure.ValueError or measure.DimError for
// bins or ranges that aren't.
func GenerateSummary(ctx context.Context, n, d int, m Model, grid []float64, s Sampler, key rng.Key, opt SummaryOptions) (*Summary, error) {
	const fn = "diffusion.GenerateSummary"
	if opt.Bins == 0 {
		opt.Bins = 1024
	}
	if opt.Bins < 0 {
		return nil, &measure.ValueError{Func: fn, Arg: "Bins", Value: float64(opt.Bins), Want: "positive"}
	}
	if opt.Lo != nil || opt.Hi != nil {
		if len(opt.Lo) != d || len(opt.Hi) != d {
			return nil, &measure.DimError{Func: fn, Arg: "Lo or Hi", Got: min(len(opt.Lo), len(opt.Hi)), Want: d}
		}
		for j, lo := range opt.Lo {
			if width := opt.Hi[j] - lo; !(width > 0) || math.IsInf(width, 1) {
				return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("Hi[%d] − Lo[%d]", j, j), Value: width, Want: "positive and finite"}
			}
		}
	}
	var sum *Summary
	var scatter *mat.SymDense // Σ (x − mean)(x − mean)ᵀ
	mean := make([]float64, d)
	var centred, part mat.Dense
	for st, err := range Batches(ctx, n, d, m, grid, s, key, opt.GenerateOptions) {
		if err != nil {
			return nil, err
		}
		if sum == nil {
			sum = newSummary(st.X, &opt)
			scatter = mat.NewSymDense(d, nil)
		}
		size, _ := st.X.Dims()
		clear(mean)
		for i := range size {
			row := st.X.RawRowView(i)
			floats.Add(mean, row)
			for j, v := range row {
				sum.Min[j], sum.Max[j] = min(sum.Min[j], v), max(sum.Max[j], v)
				sum.Histograms[j].add(v)
			}
		}
		floats.Scale(1/float64(size), mean)
		centred.Reset()
		centred.ReuseAs(size, d)
		centred.Copy(st.X)
		for i := range size {
			floats.Sub(centred.RawRowView(i), mean)
		}
		part.Reset()
		part.Mul(centred.T(), &centred)
		// Chan, Golub and LeVeque's update.
		floats.Sub(mean, sum.Mean)
		a, b := float64(sum.N), float64(size)
		for j := range d {
			for k := j; k < d; k++ {
				scatter.SetSym(j, k, scatter.At(j, k)+part.At(j, k)+mean[j]*mean[k]*(a*b/(a+b)))
			}
		}
		floats.AddScaled(sum.Mean, b/(a+b), mean)
		sum.Evaluations += (st.Evaluations - sum.Evaluations) * b / (a + b)
		sum.N += size
	}
	sum.Cov = mat.NewSymDense(d, nil)
	sum.Cov.ScaleSym(1/float64(max(1, sum.N-1)), scatter)
	sum.Options = opt
	return sum, nil
}

func newSummary(x *mat.Dense, opt *SummaryOptions) *Summary {
	n, d := x.Dims()
	s := &Summary{Mean: make([]float64, d), Histograms: make([]Histogram, d)}
	s.Min, s.Max = append(s.Min, x.RawRowView(0)...), append(s.Max, x.RawRowView(0)...)
	if opt.Lo == nil {
		lo, hi := append([]float64(nil), s.Min...), append([]float64(nil), s.Max...)
		for i := range n {
			for j, v := range x.RawRowView(i) {
				lo[j], hi[j] = min(lo[j], v), max(hi[j], v)
			}
		}
		for j := range lo {
			w := (hi[j] - lo[j]) / 2
			if w == 0 {
				w = max(1, math.Abs(lo[j]))
			}
			lo[j], hi[j] = lo[j]-w, hi[j]+w
		}
		opt.Lo, opt.Hi = lo, hi
	}
	for j := range s.Histograms {
		s.Histograms[j] = Histogram{Lo: opt.Lo[j], Hi: opt.Hi[j], Counts: make([]int64, opt.Bins)}
	}
	return s
}
