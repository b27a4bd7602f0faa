package bounds

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

// Family says how a schedule makes noise. Costs of different families aren't compared:
// a variance-exploding schedule moves the data's law to a wide one, and its W₂ costs
// grow with that width.
type Family uint8

const (
	OtherFamily        Family = iota // such as m + σ = 1
	VariancePreserving               // m² + σ² = 1
	VarianceExploding                // m = 1
)

func (f Family) String() string {
	return [...]string{"other", "variance-preserving", "variance-exploding"}[f]
}

// FamilyOf returns the family of a schedule by its coefficients at some times.
func FamilyOf(s diffusion.Schedule) Family {
	preserving, exploding := true, true
	for i := range 17 {
		c := s.At(s.Tau() * float64(i) / 16)
		preserving = preserving && math.Abs(c.M*c.M+c.Var-1) < 1e-9
		exploding = exploding && c.M == 1
	}
	switch {
	case preserving:
		return VariancePreserving
	case exploding:
		return VarianceExploding
	}
	return OtherFamily
}

// FamilyError reports costs of schedules of different families.
type FamilyError struct{ A, B Family }

func (e *FamilyError) Error() string {
	return fmt.Sprintf("bounds: the costs of a %v and of a %v schedule aren't comparable: name the units of both", e.A, e.B)
}

// AuditOptions are the options of Audit.
type AuditOptions struct {
	// Start is the law from which generation is to start at the schedule's end. Default:
	// N(0, σ² I).
	Start measure.Measure
	// Particles is how many samples each estimate takes. Default 400.
	Particles int
	// Replicates of the measured errors; default 5.
	Replicates int
	// Bandwidth is the standard deviation of the normals that stand for raw samples in
	// the smoothed model. Default: Silverman's rule, with the mean variance of the
	// coordinates.
	Bandwidth float64
	// Blur is the σ/m at which generation ends, in units of the data's spread. Default
	// 0.01.
	Blur float64
}

// AuditReport is what a schedule costs for given data, what it allows, and which way of
// spending a number of evaluations is best.
type AuditReport struct {
	Options  AuditOptions // as used
	Schedule diffusion.Schedule
	Family   Family
	Spread   float64 // √(E|x − Ex|²/d) of the data

	// Cost is τ c₂, in squared units of the data, and Optimum W₂² between data and noise,
	// the least it could be.
	Cost, Optimum relation.Term
	// Raw is set if the data are samples: then Cost is that of the smoothed model, and
	// Memorising is τ c₂ of the samples themselves, which near the data measures how each
	// of them is found again, not the law they come from. Half is the smoothed model's cost
	// for half of the samples.
	Raw              bool
	Memorising, Half relation.Term

	// Relation is W₁(q, p) ≤ W₁(start) + √(D₀ τ c₂), in the data's units, for exact
	// generation from Start. Vacuous is set if it allows an error as large as the spread.
	Relation relation.Inequality
	Vacuous  bool

	// Quality is the measured error of each grid.
	Quality *QualityReport
}

// Winner returns the grid with the smallest measured error, and whether it is clearly
// better than all others; see QualityReport.Best.
func (a *AuditReport) Winner() (name string, clear bool) {
	r, clear := a.Quality.Best(math.Inf(1))
	return r.Name, clear
}

// CheaperThan returns τ c₂ of a ≤ τ c₂ of b as an inequality, or a FamilyError if the
// two schedules are of different families.
func (a *AuditReport) CheaperThan(b *AuditReport) (relation.Inequality, error) {
	if a.Family != b.Family {
		return relation.Inequality{}, &FamilyError{a.Family, b.Family}
	}
	return relation.Inequality{Name: "cost", Ref: "(79)", Lo: a.Cost, Hi: b.Cost}, nil
}

// Audit says of a schedule, for given data, what it costs, what error the speed-accuracy
// relation allows for a stated start, and how six grids of a sampler with so many
// evaluations compare by measured W₂: equal steps in time, Karras', equal steps in
// log-SNR, equal W₂ length, equal information and equal change of the score. A cheap
// schedule isn't one with small errors of the time steps: constant W₂ speed, which has
// the least bound, often loses, and often none wins.
//
// Data that aren't measure.Noisable, or are a Discrete, are samples: they are smoothed
// to a mixture of normals.
//
// It returns an error if an argument is missing, a measure.ValueError for evaluations
// that don't suffice for a step or options out of range, a measure.DimError for a Start
// of another dimension, and the errors of SpeedAccuracySampled, DataClock and Quality.
func Audit(ctx context.Context, data measure.Measure, s diffusion.Schedule, sampler diffusion.Sampler, evaluations int, key rng.Key, opt AuditOptions) (*AuditReport, error) {
	const fn = "bounds.Audit"
	if data == nil || data.Dim() == 0 || s == nil || sampler == nil {
		return nil, errors.New(fn + ": there are no data, no schedule or no sampler")
	}
	for _, o := range []struct {
		name  string
		value *float64
		def   float64
	}{{"Bandwidth", &opt.Bandwidth, 0}, {"Blur", &opt.Blur, 0.01}} {
		if *o.value == 0 {
			*o.value = o.def
		}
		if !(*o.value >= 0) || math.IsInf(*o.value, 1) {
			return nil, &measure.ValueError{Func: fn, Arg: o.name, Value: *o.value, Want: "≥ 0 and finite"}
		}
	}
	if opt.Particles == 0 {
		opt.Particles = 400
	}
	if opt.Particles < 16 {
		return nil, &measure.ValueError{Func: fn, Arg: "Particles", Value: float64(opt.Particles), Want: "at least 16"}
	}
	a := &AuditReport{Schedule: s, Family: FamilyOf(s)}
	model, err := a.model(data, &opt, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if err := a.cost(ctx, model, data, &opt, key); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	contenders, err := auditGrids(ctx, model, s, sampler, opt.Blur*a.Spread, opt.Particles, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	a.Options = opt
	a.Quality, err = Quality(ctx, model, contenders, []int{evaluations}, key.Named("quality"), QualityOptions{Particles: opt.Particles, Replicates: opt.Replicates})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	a.Options.Replicates = a.Quality.Options.Replicates
	return a, nil
}

// noisableMoments is what the models of an audit are.
type noisableMoments interface {
	measure.Noisable
	measure.Moments
}

// model returns the data, or the smoothed model of samples, and notes the spread.
func (a *AuditReport) model(data measure.Measure, opt *AuditOptions, key rng.Key) (noisableMoments, error) {
	points, samples := measure.AsDiscrete(data)
	exact, ok := data.(noisableMoments)
	switch {
	case samples:
		a.Raw = true
	case !ok:
		a.Raw = true
		x := mat.NewDense(2*opt.Particles, data.Dim(), nil)
		data.Sample(x, key.Named("samples"))
		var err error
		if points, err = measure.NewDiscrete(x, nil); err != nil {
			return nil, err
		}
	default:
		a.Spread = spreadOf(exact)
		return exact, nil
	}
	a.Spread = spreadOf(points)
	n, d := float64(points.Len()), float64(data.Dim())
	if opt.Bandwidth == 0 {
		opt.Bandwidth = a.Spread * math.Pow(4/((d+2)*n), 1/(d+4))
	}
	return smoothed(points, opt.Bandwidth, 1)
}

// smoothed returns the mixture of normals at each every-th sample.
func smoothed(points *measure.Discrete, bandwidth float64, every int) (*measure.Mixture, error) {
	d := points.Dim()
	cov := mat.NewDiagDense(d, nil)
	for i := range d {
		cov.SetDiag(i, bandwidth*bandwidth)
	}
	var weights []float64
	var parts []*measure.Gaussian
	for i, w := range points.Weights() {
		if w == 0 || i%every != 0 {
			continue
		}
		g, err := measure.NewGaussian(points.Points().RawRowView(i), cov)
		if err != nil {
			return nil, err
		}
		weights, parts = append(weights, w), append(parts, g)
	}
	return measure.NewMixture(weights, parts)
}

func spreadOf(m measure.Moments) float64 {
	var cov mat.SymDense
	m.Cov(&cov)
	return math.Sqrt(mat.Trace(&cov) / float64(m.Dim()))
}

// cost fills the costs and what they allow.
func (a *AuditReport) cost(ctx context.Context, model noisableMoments, data measure.Measure, opt *AuditOptions, key rng.Key) error {
	f := diffusion.Noising(model, a.Schedule).Flow
	if opt.Start == nil {
		prior, err := diffusion.NoisePrior(a.Schedule, f.Tau, model.Dim())
		if err != nil {
			return err
		}
		opt.Start = prior
	}
	r, err := SpeedAccuracySampled(ctx, f, opt.Start, opt.Particles, key.Named("relation"), Options{Times: 16, Steps: 64})
	if err != nil {
		return err
	}
	costOf := func(m measure.Noisable) (relation.Term, error) {
		account, err := thermo.DissipationSampled(ctx, diffusion.Noising(m, a.Schedule).Flow, 4*opt.Particles, key.Named("cost"), thermo.Options{})
		if err != nil {
			return relation.Term{}, err
		}
		return times(f.Tau, account.C2, "τc₂"), nil
	}
	if a.Cost, err = costOf(model); err != nil {
		return err
	}
	a.Optimum = times(f.Tau, r.Optimal.Cost, "W₂²")
	a.Memorising, a.Half = a.Cost, a.Cost
	if a.Raw {
		points, ok := measure.AsDiscrete(data)
		if ok {
			if a.Memorising, err = costOf(points); err != nil {
				return err
			}
			half, err := smoothed(points, opt.Bandwidth, 2)
			if err != nil {
				return err
			}
			if a.Half, err = costOf(half); err != nil {
				return err
			}
		}
	}
	reach := relation.Term{Value: math.Inf(1)}
	if !math.IsInf(r.D0.Value, 1) {
		reach = root(relation.Term{
			Value:  r.D0.Value * a.Cost.Value,
			StdErr: math.Hypot(r.D0.StdErr*a.Cost.Value, r.D0.Value*a.Cost.StdErr),
			Bound:  r.D0.Bound*a.Cost.Value + r.D0.Value*a.Cost.Bound,
		})
	}
	noise := r.W1Noise()
	a.Relation = relation.Inequality{Name: "speed and accuracy", Ref: "(79)", Lo: r.W1Data(), Hi: relation.Term{
		Symbol: "W₁(start) + √(D₀τc₂)", Value: noise.Value + reach.Value, StdErr: math.Hypot(noise.StdErr, reach.StdErr), Bound: noise.Bound + reach.Bound,
	}}
	a.Vacuous = !(a.Relation.Hi.Value < a.Spread*math.Sqrt(float64(model.Dim())))
	return nil
}

func times(k float64, x relation.Term, symbol string) relation.Term {
	return relation.Term{Symbol: symbol, Value: k * x.Value, StdErr: k * x.StdErr, Bound: k * x.Bound}
}

// auditGrids returns the contenders: six grids between the noise, as far as the
// schedule has a finite ratio of σ to m, and the blur.
func auditGrids(ctx context.Context, model measure.Noisable, s diffusion.Schedule, sampler diffusion.Sampler, blur float64, n int, key rng.Key) ([]Contender, error) {
	most := math.Min(s.At(s.Tau()).Sigma()/math.Abs(s.At(s.Tau()).M), 5e4*blur)
	ends, err := diffusion.SigmaTimes(s, []float64{most, blur})
	if err != nil {
		return nil, err
	}
	first, last := ends[0], ends[1]
	grids := map[string]func(steps int) ([]float64, error){
		"equal steps in time": func(steps int) ([]float64, error) {
			times := make([]float64, steps+1)
			for i := range times {
				times[i] = first + (last-first)*float64(i)/float64(steps)
			}
			times[steps] = last
			return times, nil
		},
		"Karras": func(steps int) ([]float64, error) {
			return diffusion.SigmaTimes(s, diffusion.KarrasSigmas(steps+1, blur, most, 7)[:steps+1])
		},
		"equal steps in log-SNR": func(steps int) ([]float64, error) { return diffusion.LogSNRTimes(s, first, last, steps) },
	}
	names := []string{"equal steps in time", "Karras", "equal steps in log-SNR"}
	for _, pace := range [...]Pace{Speed, Entropy, Score} {
		clock, err := DataClock(ctx, pace, model, s, last, first, n, key.Named("clock"))
		if err != nil {
			return nil, err
		}
		names = append(names, pace.String())
		grids[pace.String()] = func(steps int) ([]float64, error) { return ClockTimes(clock, steps), nil }
	}
	var contenders []Contender
	for _, name := range names {
		contenders = append(contenders, Contender{Name: name, Model: diffusion.Exact(model, s), Grid: grids[name], Sampler: sampler})
	}
	return contenders, nil
}
