package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

func symOf(n int, v ...float64) *mat.SymDense { return mat.NewSymDense(n, v) }

// harmonic is ½k(x − c)².
func harmonic(k, c float64) Potential {
	return Potential{
		U:         func(x float64) float64 { return k * (x - c) * (x - c) / 2 },
		DU:        func(x float64) float64 { return k * (x - c) },
		DDU:       func(float64) float64 { return k },
		Curvature: k,
	}
}

func jkoMoments(p measure.Moments) (mean, sd float64) {
	var cov mat.SymDense
	p.Cov(&cov)
	return p.Mean(nil)[0], math.Sqrt(cov.At(0, 0))
}

func TestReferenceJKO(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/jko.json", "jko_heat", "jko_ou") {
		var in struct{ M0, S0, K, T, H float64 }
		reftest.Decode(t, c.Inputs, &in)
		var want struct{ M, S float64 }
		if in.K == 0 {
			reftest.Decode(t, c.Expected, &want.S)
		} else {
			reftest.Decode(t, c.Expected, &want)
		}
		step, err := JKOGaussian(measure.Normal(in.M0, in.S0), symOf(1, in.K), nil, in.T, in.H)
		if err != nil {
			t.Fatal(err)
		}
		m, s := jkoMoments(step.To)
		reftest.Near(t, c.ID+" mean", m, want.M, 0, c.AbsTol)
		reftest.Near(t, c.ID+" sd", s, want.S, 0, c.AbsTol)
		// On the line the same, but for the cells' width.
		line, err := JKO(t.Context(), measure.Normal(in.M0, in.S0), harmonic(in.K, 0), in.T, in.H, JKOOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, s = jkoMoments(line.To)
		reftest.Near(t, c.ID+" mean of cells", m, want.M, 0, 1e-9)
		reftest.Near(t, c.ID+" sd of cells", s, want.S, 2e-4, 0)
		reftest.Near(t, c.ID+" free energy of cells", line.After-line.Before, step.After-step.Before, 0, 1e-3)
	}
}

// The steps follow the Fokker-Planck equation, with an error of order h.
func TestJKOConverges(t *testing.T) {
	c := reftest.Load(t, "testdata/jko.json", "ou_relax")[0]
	var in struct {
		M0, S0, K   float64
		Temperature float64 `json:"T"`
		Time        float64 `json:"t"`
	}
	reftest.Decode(t, c.Inputs, &in)
	var want struct{ Mean, Var float64 }
	reftest.Decode(t, c.Expected, &want)
	off := func(n int) (mean, variance float64) {
		p := measure.Normal(in.M0, in.S0)
		for range n {
			step, err := JKOGaussian(p, symOf(1, in.K), nil, in.Temperature, in.Time/float64(n))
			if err != nil {
				t.Fatal(err)
			}
			p = step.To
		}
		m, s := jkoMoments(p)
		return m - want.Mean, s*s - want.Var
	}
	m1, v1 := off(50)
	m2, v2 := off(100)
	for what, ratio := range map[string]float64{"mean": m1 / m2, "variance": v1 / v2} {
		if order := math.Log2(ratio); math.Abs(order-1) > .05 {
			t.Errorf("order of the %s is %.3f, want 1", what, order)
		}
	}
	// What is left after Richardson's extrapolation is of order h².
	reftest.Near(t, "mean", want.Mean+2*m2-m1, want.Mean, 0, 1e-3)
	reftest.Near(t, "variance", want.Var+2*v2-v1, want.Var, 0, 1e-3)
}

// In any dimension and with matrices that don't commute, the gradient of the
// objective vanishes, and the objective is larger all around.
func TestJKOGaussianIsOptimal(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		d := 1 + r.IntN(4)
		random := func(shift float64) *mat.SymDense {
			b := mat.NewDense(d, d, nil)
			for i := range d {
				for j := range d {
					b.Set(i, j, r.NormFloat64())
				}
			}
			s := mat.NewSymDense(d, nil)
			s.SymOuterK(1, b)
			for i := range d {
				s.SetSym(i, i, s.At(i, i)+shift)
			}
			return s
		}
		a, sigma := random(-.5), random(.1)
		mean, centre := make([]float64, d), make([]float64, d)
		for i := range mean {
			mean[i], centre[i] = r.NormFloat64(), r.NormFloat64()
		}
		p, err := measure.NewGaussian(mean, sigma)
		if err != nil {
			t.Fatal(err)
		}
		temperature, h := .1+r.Float64(), .5*r.Float64()
		step, err := JKOGaussian(p, a, centre, temperature, h)
		if err != nil {
			t.Fatal(err)
		}
		if !(step.Gap >= 0 && step.Gap < 1e-20) {
			t.Errorf("gap %v", step.Gap)
		}
		if v := step.Dissipation().Check(3); v != relation.Holds {
			t.Errorf("dissipation: %v", v)
		}
		u := quadratic{a, centre}
		m := step.To.Mean(nil)
		var cov mat.SymDense
		step.To.Cov(&cov)
		for range 10 {
			m2, c2 := slices.Clone(m), mat.NewSymDense(d, nil)
			c2.CopySym(&cov)
			for i := range d {
				m2[i] += 1e-3 * r.NormFloat64()
				for j := i; j < d; j++ {
					c2.SetSym(i, j, c2.At(i, j)+1e-3*cov.At(i, i)*r.NormFloat64()*math.Sqrt(cov.At(j, j)/cov.At(i, i)))
				}
			}
			other, err := measure.NewGaussian(m2, c2)
			if err != nil {
				continue
			}
			w := Bures(other, p)
			if f := u.freeEnergy(other, temperature) + w*w/(2*h); !(f > step.Objective()) {
				t.Errorf("the objective is %v, and %v beside it", step.Objective(), f)
			}
			moved := *step
			moved.To = other
			least, excess := 0.0, u.freeEnergy(other, temperature)+w*w/(2*h)-step.Objective()
			spectral(a, func(k float64) float64 { least = min(least, k); return k })
			if gap := u.gap(&moved, least); !(gap >= excess*(1-1e-6)) {
				t.Errorf("gap %v where the objective is %v too large", gap, excess)
			}
		}
	}
}

// What the Fokker-Planck equation leaves alone, a step of any length does too.
func TestJKOSteadyState(t *testing.T) {
	a := symOf(2, 2, .5, .5, 1)
	const det = 2*1 - .5*.5
	inverse := symOf(2, .7*1/det, -.7*.5/det, -.7*.5/det, .7*2/det)
	p, err := measure.NewGaussian([]float64{1, -2}, inverse)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []float64{1e-3, 1, 100} {
		step, err := JKOGaussian(p, a, []float64{1, -2}, .7, h)
		if err != nil {
			t.Fatal(err)
		}
		if step.SqDist > 1e-13 {
			t.Errorf("h = %v: it moves by W₂² = %v", h, step.SqDist)
		}
	}
}

// A potential with two wells: a chain of steps goes downhill, ends at e^{−U/T},
// and no change of the edges makes a step better.
func TestJKODoubleWell(t *testing.T) {
	const temperature, h = .5, .1
	u := Potential{
		U:         func(x float64) float64 { return x*x*x*x/4 - x*x/2 + .2*x },
		DU:        func(x float64) float64 { return x*x*x - x + .2 },
		DDU:       func(x float64) float64 { return 3*x*x - 1 },
		Curvature: -1,
	}
	var p measure.Line = measure.Normal(1, .3)
	var step *JKOStep[*measure.Histogram]
	r := rand.New(rand.NewPCG(1, 1))
	for k := range 200 {
		var err error
		if step, err = JKO(t.Context(), p, u, temperature, h, JKOOptions{Cells: 200}); err != nil {
			t.Fatal(err)
		}
		if v := step.Dissipation().Check(3); v != relation.Holds {
			t.Fatalf("step %d: dissipation %v: %+v", k, v, step.Dissipation())
		}
		if k == 0 {
			j := newJKOProblem(step.From, u, temperature, h)
			for range 50 {
				x := slices.Clone(step.To.Edges())
				for i := range x {
					x[i] += 1e-3 * r.NormFloat64() * (x[min(i+1, len(x)-1)] - x[max(i-1, 0)])
				}
				other, err := j.at(x)
				if err != nil {
					t.Fatal(err)
				}
				excess := other.objective(h) - step.Objective()
				if !(excess > 0) || !(j.gap(other) >= excess) {
					t.Fatalf("beside the minimum the objective is %v more, and the gap %v", excess, j.gap(other))
				}
			}
		}
		p = step.To
	}
	const dx = 1e-3
	var below []float64
	z := 0.0
	for x := -5.0; x < 5; x += dx {
		z += dx * math.Exp(-u.U(x+dx/2)/temperature)
		below = append(below, z)
	}
	for i := 500; i < len(below); i += 250 {
		lower, _ := step.To.LogCDF(-5 + float64(i+1)*dx)
		reftest.Near(t, fmt.Sprintf("mass below %.2f", -5+float64(i+1)*dx), math.Exp(lower), below[i]/z, 0, 1e-3)
	}
}

// Without temperature a step is the proximal map of U: x + hU′(x) is the point
// where the mass was.
func TestJKOWithoutTemperature(t *testing.T) {
	u := Potential{
		U:   func(x float64) float64 { return math.Log(math.Cosh(x)) },
		DU:  math.Tanh,
		DDU: func(x float64) float64 { return 1 / (math.Cosh(x) * math.Cosh(x)) },
	}
	const h = .7
	step, err := JKO(t.Context(), measure.Normal(.5, 1), u, 0, h, JKOOptions{})
	if err != nil {
		t.Fatal(err)
	}
	from, to := step.From.Edges(), step.To.Edges()
	for i, x := range to {
		if x+h*math.Tanh(x)-from[i] > 1e-4 || x+h*math.Tanh(x)-from[i] < -1e-4 {
			t.Errorf("edge %d: %v + hU′ is %v, want %v", i, x, x+h*math.Tanh(x), from[i])
		}
	}
	g, err := JKOGaussian(measure.Normal(2, 1), symOf(1, 3), nil, 0, h)
	if err != nil {
		t.Fatal(err)
	}
	m, s := jkoMoments(g.To)
	reftest.Near(t, "mean", m, 2/(1+3*h), 1e-14, 0)
	reftest.Near(t, "sd", s, 1/(1+3*h), 1e-14, 0)
}

func TestJKOErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	p, ctx := measure.Normal(0, 1), t.Context()
	good := harmonic(1, 0)
	var notConvex *NotConvexError
	for what, f := range map[string]func() error{
		"nil Gaussian":    func() error { _, err := JKOGaussian(nil, symOf(1, 1), nil, 1, 1); return err },
		"nil matrix":      func() error { _, err := JKOGaussian(p, nil, nil, 1, 1); return err },
		"wrong matrix":    func() error { _, err := JKOGaussian(p, symOf(2, 1, 0, 0, 1), nil, 1, 1); return err },
		"wrong centre":    func() error { _, err := JKOGaussian(p, symOf(1, 1), []float64{1, 2}, 1, 1); return err },
		"NaN matrix":      func() error { _, err := JKOGaussian(p, symOf(1, nan), nil, 1, 1); return err },
		"infinite centre": func() error { _, err := JKOGaussian(p, symOf(1, 1), []float64{inf}, 1, 1); return err },
		"negative T":      func() error { _, err := JKOGaussian(p, symOf(1, 1), nil, -1, 1); return err },
		"NaN T":           func() error { _, err := JKO(ctx, p, good, nan, 1, JKOOptions{}); return err },
		"no h":            func() error { _, err := JKO(ctx, p, good, 1, 0, JKOOptions{}); return err },
		"infinite h":      func() error { _, err := JKOGaussian(p, symOf(1, 1), nil, 1, inf); return err },
		"nil law":         func() error { _, err := JKO(ctx, nil, good, 1, 1, JKOOptions{}); return err },
		"no potential":    func() error { _, err := JKO(ctx, p, Potential{}, 1, 1, JKOOptions{}); return err },
		"bad option":      func() error { _, err := JKO(ctx, p, good, 1, 1, JKOOptions{Cells: -1}); return err },
		"NaN potential": func() error {
			u := good
			u.DU = func(float64) float64 { return nan }
			_, err := JKO(ctx, p, u, 1, 1, JKOOptions{})
			return err
		},
	} {
		if err := f(); err == nil {
			t.Errorf("%s: no error", what)
		} else if errors.As(err, &notConvex) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, f := range map[string]func() error{
		"Gaussian": func() error { _, err := JKOGaussian(p, symOf(1, -1), nil, 1, 1); return err },
		"line":     func() error { _, err := JKO(ctx, p, harmonic(-1, 0), 1, 1, JKOOptions{}); return err },
		"wrong curvature": func() error {
			u := harmonic(-1, 0)
			u.Curvature = 0
			_, err := JKO(ctx, p, u, 1, .1, JKOOptions{})
			return err
		},
	} {
		if err := f(); !errors.As(err, &notConvex) {
			t.Errorf("%s: %v, want a NotConvexError", what, err)
		}
	}
}

func TestJKOStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	step, err := JKO(ctx, measure.Normal(3, 1), harmonic(1, 0), 1, 1, JKOOptions{})
	var short *NotConvergedError
	if !errors.As(err, &short) || !errors.Is(err, context.Canceled) || step == nil {
		t.Fatalf("%v, %v", step, err)
	}
	if step.SqDist != 0 || step.Gap != short.Residual || !(step.Gap > 1) {
		t.Errorf("moved by %v, gap %v", step.SqDist, step.Gap)
	}
	step, err = JKO(t.Context(), measure.Normal(3, 1), harmonic(1, 0), 1, 1, JKOOptions{MaxIterations: 1})
	if !errors.Is(err, ErrLimit) || step.Iterations != 1 || !(step.Objective() < step.Before) {
		t.Errorf("%v after %d iterations", err, step.Iterations)
	}
}

func BenchmarkJKO(b *testing.B) {
	p, err := measure.HistogramOf(measure.Normal(3, 1), 1000)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := JKO(b.Context(), p, harmonic(1, 0), 1, .1, JKOOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
