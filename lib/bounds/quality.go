package bounds

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/par"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/metric"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Contender is a way to generate samples: a model with its schedule, a rule for
// its grids, and a sampler.
type Contender struct {
	Name  string
	Model diffusion.Model
	// Grid returns steps+1 falling times.
	Grid    func(steps int) ([]float64, error)
	Sampler diffusion.Sampler
	Start   measure.Measure // at the first time; nil is that of diffusion.Generate
}

// QualityOptions are the options of Quality.
type QualityOptions struct {
	Particles  int // in a sample; default 1000
	Replicates int // independent repetitions, at least 2; default 5
	// Distance is that of a generated sample from one of the data. Default: the
	// exact W₂.
	Distance metric.Statistic
	Symbol   string // of Distance; default "$W_2$", or "distance"
}

// QualityReport is how far generated samples are from the data for the number of
// evaluations of the model that was spent on them.
type QualityReport struct {
	// Runs holds the contenders one after the other, each with rising budgets.
	Runs []QualityRun
	// Floors holds, for each replicate, the distance of an independent sample of
	// the data: no generator can be seen to be better. For atoms both samples are
	// drawn from the same ones and share some, which makes it smaller than between
	// new data.
	Floors  []float64
	Options QualityOptions // resolved
}

// QualityRun is what one contender attains with one number of steps.
type QualityRun struct {
	Name        string
	Steps       int
	Evaluations float64   // of the model for a particle, counted
	Each        []float64 // distances of the replicates
}

// Distance returns the mean over the replicates with its standard error. Samples of
// finite size bias most distances upwards: compare it with the floor, not with 0.
func (r QualityRun) Distance() relation.Term { return meanOf("", r.Each) }

// Floor returns the mean of the floors with its standard error.
func (q *QualityReport) Floor() relation.Term { return meanOf("floor", q.Floors) }

// Quality measures the quality of generated samples against the number of
// evaluations: each contender takes as many steps as each budget of evaluations
// allows. Budgets rise; one that doesn't suffice for another step is left out.
//
// In replicate r all contenders start from the same normals and are compared with the
// same sample of the data, so that their differences are better known than their
// distances: see Best. The distances include everything at once: time steps, the
// start's mismatch and, for a learned model, its error.
//
// It returns a measure.DimError if Start has another dimension than the data, a
// measure.ValueError for no contenders or budgets, for budgets that don't rise from
// at least 1, for a sampler whose steps vary in their evaluations, for a grid that
// hasn't as many steps as asked or for negative options and a single replicate; what
// Grid, Distance and diffusion.Generate return; and the context's error, wrapped, if
// that ends.
func Quality(ctx context.Context, data measure.Measure, contenders []Contender, budgets []int, key rng.Key, opt QualityOptions) (*QualityReport, error) {
	const fn = "bounds.Quality"
	opt, err := opt.resolve(fn)
	if err != nil {
		return nil, err
	}
	if data == nil || data.Dim() == 0 {
		return nil, fmt.Errorf("%s: there are no data", fn)
	}
	plans, err := planQuality(fn, contenders, budgets)
	if err != nil {
		return nil, err
	}
	q := &QualityReport{Options: opt}
	d := data.Dim()
	truth := make([]*mat.Dense, opt.Replicates)
	for r := range truth {
		truth[r] = mat.NewDense(opt.Particles, d, nil)
		data.Sample(truth[r], key.Named("data").Fold(uint64(r)))
	}
	type result struct {
		distance, evaluations float64
		err                   error
	}
	jobs := (len(plans) + 1) * opt.Replicates // the last plan is the floor
	results, err := par.Map(ctx, jobs, 1, func(job, _ int) (out result) {
		p, r := job/opt.Replicates, job%opt.Replicates
		x := mat.NewDense(opt.Particles, d, nil)
		if p == len(plans) {
			data.Sample(x, key.Named("floor").Fold(uint64(r)))
		} else if out.evaluations, out.err = plans[p].generate(ctx, x, key.Named("generate").Fold(uint64(r))); out.err != nil {
			return out
		}
		if out.distance, out.err = opt.Distance(ctx, x, truth[r]); out.err == nil && math.IsNaN(out.distance) {
			out.err = fmt.Errorf("%s is NaN", opt.Symbol)
		}
		return out
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	each := make([]float64, jobs)
	for job, v := range results {
		p := job / opt.Replicates
		if v.err != nil && p < len(plans) {
			return nil, fmt.Errorf("%s: %s with %d steps: %w", fn, plans[p].Name, len(plans[p].grid)-1, v.err)
		}
		if v.err != nil {
			return nil, fmt.Errorf("%s: the floor: %w", fn, v.err)
		}
		each[job] = v.distance
	}
	for i, p := range plans {
		lo := i * opt.Replicates
		q.Runs = append(q.Runs, QualityRun{p.Name, len(p.grid) - 1, results[lo].evaluations, each[lo:][:opt.Replicates:opt.Replicates]})
	}
	q.Floors = each[len(plans)*opt.Replicates:]
	return q, nil
}

// Best returns the run with the smallest distance of those with at most so many
// evaluations, or nil if there is none. It is clearly the best if every other
// contender's best is, replicate by replicate, more than three standard errors
// farther away than it, and than the floor: what can't be told from the data isn't
// clearly worse than anything.
func (q *QualityReport) Best(evaluations float64) (best *QualityRun, clear bool) {
	winners := map[string]*QualityRun{}
	for i := range q.Runs {
		r := &q.Runs[i]
		if r.Evaluations > evaluations {
			continue
		}
		if w := winners[r.Name]; w == nil || r.Distance().Value < w.Distance().Value {
			winners[r.Name] = r
		}
		if best == nil || r.Distance().Value < best.Distance().Value {
			best = r
		}
	}
	clear = best != nil
	for _, r := range winners {
		if r != best && !(farther(r.Each, best.Each) && farther(r.Each, q.Floors)) {
			clear = false
		}
	}
	return best, clear
}

func farther(a, b []float64) bool {
	lead := make([]float64, len(a))
	floats.SubTo(lead, a, b)
	d := meanOf("", lead)
	return d.Value > 3*d.StdErr
}

// qualityPlan is a contender with one grid.
type qualityPlan struct {
	Contender
	grid []float64
}

func planQuality(fn string, contenders []Contender, budgets []int) ([]qualityPlan, error) {
	if len(contenders) == 0 || len(budgets) == 0 {
		return nil, &measure.ValueError{Func: fn, Arg: "the smaller number of contenders and of budgets", Want: "positive"}
	}
	for i, b := range budgets {
		if b < 1 || i > 0 && b <= budgets[i-1] {
			return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("budgets[%d]", i), Value: float64(b), Want: "at least 1 and above the one before"}
		}
	}
	var plans []qualityPlan
	seen := map[string]bool{}
	for _, c := range contenders {
		if c.Grid == nil || c.Sampler == nil || seen[c.Name] {
			return nil, fmt.Errorf("%s: contender %q has no Grid, no Sampler or another's name", fn, c.Name)
		}
		seen[c.Name] = true
		each := c.Sampler.Evaluations()
		if each < 1 {
			return nil, &measure.ValueError{Func: fn, Arg: "the evaluations of a step of " + c.Name, Value: float64(each), Want: "a fixed number (a budget can't be given otherwise)"}
		}
		last := 0
		for _, b := range budgets {
			steps := b / each
			if steps == last {
				continue
			}
			last = steps
			grid, err := c.Grid(steps)
			if err != nil {
				return nil, fmt.Errorf("%s: grid of %s: %w", fn, c.Name, err)
			}
			if len(grid) != steps+1 {
				return nil, &measure.ValueError{Func: fn, Arg: fmt.Sprintf("the number of times of %s for %d steps", c.Name, steps), Value: float64(len(grid)), Want: "one more than steps"}
			}
			plans = append(plans, qualityPlan{c, grid})
		}
		if last == 0 {
			return nil, &measure.ValueError{Func: fn, Arg: "the largest budget", Value: float64(budgets[len(budgets)-1]), Want: fmt.Sprintf("at least the %d of a step of %s", each, c.Name)}
		}
	}
	return plans, nil
}

// generate fills the rows of x, and returns the evaluations for each.
func (p qualityPlan) generate(ctx context.Context, x *mat.Dense, key rng.Key) (evaluations float64, err error) {
	n, d := x.Dims()
	row := 0
	for st, err := range diffusion.Batches(ctx, n, d, p.Model, p.grid, p.Sampler, key, diffusion.GenerateOptions{Start: p.Start}) {
		if err != nil {
			return 0, err
		}
		size, _ := st.X.Dims()
		x.Slice(row, row+size, 0, d).(*mat.Dense).Copy(st.X)
		evaluations += st.Evaluations * float64(size) / float64(n)
		row += size
	}
	return evaluations, nil
}

func (o QualityOptions) resolve(fn string) (QualityOptions, error) {
	if o.Particles < 0 {
		return o, &measure.ValueError{Func: fn, Arg: "Particles", Value: float64(o.Particles), Want: "≥ 0"}
	}
	if o.Replicates < 0 || o.Replicates == 1 {
		return o, &measure.ValueError{Func: fn, Arg: "Replicates", Value: float64(o.Replicates), Want: "at least 2, for a standard error"}
	}
	if o.Particles == 0 {
		o.Particles = 1000
	}
	if o.Replicates == 0 {
		o.Replicates = 5
	}
	if o.Symbol == "" && o.Distance != nil {
		o.Symbol = "distance"
	}
	if o.Distance == nil {
		o.Distance = func(ctx context.Context, x, y mat.Matrix) (float64, error) {
			w, err := metric.Wasserstein(ctx, 2, x, nil, y, nil)
			return w.Value, err
		}
		if o.Symbol == "" {
			o.Symbol = "$W_2$"
		}
	}
	return o, nil
}

// meanOf returns the mean of independent values with its standard error.
func meanOf(symbol string, x []float64) relation.Term {
	mean, err := num.MeanStdErr(x)
	return relation.Term{Symbol: symbol, Value: mean, StdErr: err}
}
