package thermo

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func worked(t testing.TB, p Protocol, start measure.Measure, n, steps int, seed uint64) []float64 {
	t.Helper()
	w, err := p.Work(context.Background(), start, n, steps, rng.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestReferenceDraggedTrap(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/entropy.json", "jarzynski_drag") {
		var in struct{ V, K, T, Tau float64 }
		var want struct{ W_mean, W_var, Jarzynski, DF float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		trap := DraggedTrap{K: in.K, V: in.V, T: in.T, Tau: in.Tau}
		law := trap.Work()
		reftest.Near(t, "⟨W⟩", law.Mean(nil)[0], want.W_mean, 0, c.AbsTol)
		reftest.Near(t, "Var W", law.SD()*law.SD(), want.W_var, 0, c.AbsTol)
		mean, _, err := measure.Expect(law, func(w float64) float64 { return math.Exp(-w / in.T) }, law.Mean(nil)[0]-law.SD()*law.SD()/in.T)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "⟨e^{−W/T}⟩", mean, want.Jarzynski, 0, 1e-9)

		work := worked(t, trap.Protocol(), measure.Normal(0, math.Sqrt(in.T/in.K)), 8000, 300, 1)
		m, se := num.MeanStdErr(work)
		reftest.Near(t, "⟨W⟩ of trajectories", m, want.W_mean, .01, 5*se)
		reftest.Near(t, "Var W of trajectories", se*se*8000, want.W_var, .1, 0)
		f, err := Jarzynski(work, in.T)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "ΔF", f.Delta.Value, want.DF, 0, 5*f.Delta.StdErr+f.Delta.Bound+.01)
		if f.SecondLaw().Check(3) != relation.Holds {
			t.Errorf("%v", f.SecondLaw())
		}
	}
}

// A trap that stiffens: Jarzynski, Bennett and Crooks find ΔF, the mean work doesn't.
func TestFreeEnergies(t *testing.T) {
	const temp, tau = .7, .5
	k := func(t float64) float64 { return 1 + 3*t/tau }
	p := Protocol{
		Potential: func(x []float64, t float64) float64 { return .5 * k(t) * (x[0]*x[0] + x[1]*x[1]) },
		Force: flow.FieldFunc(func(t float64) flow.Map {
			return flow.Linear(mat.NewDense(2, 2, []float64{-k(t), 0, 0, -k(t)}), []float64{0, 0})
		}),
		T: temp, Tau: tau,
	}
	equilibrium := func(k float64) measure.Measure {
		g, err := measure.NewGaussian([]float64{0, 0}, mat.NewDiagDense(2, []float64{temp / k, temp / k}))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	want := temp * math.Log(4)
	const n, steps = 6000, 200
	forward := worked(t, p, equilibrium(1), n, steps, 1)
	reverse := worked(t, p.Reversed(), equilibrium(4), n/2, steps, 2)
	j, err := Jarzynski(forward, temp)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Bennett(forward, reverse, temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*FreeEnergy{j, b} {
		reftest.Near(t, "ΔF", f.Delta.Value, want, .005, 5*f.Delta.StdErr+f.Delta.Bound)
		if !(f.Delta.StdErr > 0 && f.Delta.StdErr < .03) || !(f.Dissipated() > .2) {
			t.Errorf("ΔF = %v, dissipated %v", f.Delta, f.Dissipated())
		}
	}
	q, err := Crooks(forward, reverse, temp)
	if err != nil {
		t.Fatal(err)
	}
	if q.Check(4) == relation.Violated {
		t.Errorf("%v", q)
	}
	// Works that aren't of a process and its reverse don't pass.
	spoilt := append([]float64(nil), reverse...)
	for i := range spoilt {
		spoilt[i] += .3
	}
	if q, err = Crooks(forward, spoilt, temp); err != nil || q.Check(4) != relation.Violated {
		t.Errorf("spoilt works: %v, %v", q, err)
	}
	// Bennett's error is the spread of repetitions.
	var each []float64
	for i := range 12 {
		f, err := Bennett(forward[i*500:(i+1)*500], reverse[i*250:(i+1)*250], temp)
		if err != nil {
			t.Fatal(err)
		}
		each = append(each, f.Delta.Value)
	}
	_, se := num.MeanStdErr(each)
	if ratio := se / b.Delta.StdErr; !(ratio > .5 && ratio < 1.7) {
		t.Errorf("the standard error is %v, the spread says %v", b.Delta.StdErr, se)
	}
	// Normal works have a closed form: ΔF = ⟨W⟩ − Var/2T.
	normal := make([]float64, 20000)
	rng.New(3).Normal(normal)
	for i := range normal {
		normal[i] = 2 + .5*normal[i]
	}
	f, err := Jarzynski(normal, 1)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "ΔF of normal works", f.Delta.Value, 2-.125, 0, 5*f.Delta.StdErr)
}

func TestQuench(t *testing.T) {
	q := Quench{K0: 1, K1: 3, T: .8}
	x := make([]float64, 40000)
	rng.New(1).Normal(x)
	for i, z := range x {
		x[i] = .5 * (q.K1 - q.K0) * q.T / q.K0 * z * z
	}
	mean, se := num.MeanStdErr(x)
	reftest.Near(t, "⟨W⟩", mean, q.MeanWork(), 0, 5*se)
	f, err := Jarzynski(x, q.T)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "ΔF", f.Delta.Value, q.FreeEnergy(), 0, 5*f.Delta.StdErr)
	reftest.Near(t, "⟨e^{−W/T}⟩", q.MeanExp(), math.Exp(-q.FreeEnergy()/q.T), 1e-14, 0)
}

func TestTooFewTrajectories(t *testing.T) {
	// Normal works with W_diss = 18 T need e^18 of them.
	w := make([]float64, 1000)
	rng.New(1).Normal(w)
	for i := range w {
		w[i] = 20 + 6*w[i]
	}
	var few *TooFewTrajectoriesError
	// With W_diss = 6 at T = 3 some e² are needed, of 1,000.
	if f, err := Jarzynski(w, 3); err != nil || !(math.Abs(f.Dissipated()-6) < 1) {
		t.Errorf("at T = 3: %v, dissipated %v", err, f.Dissipated())
	}
	f, err := Jarzynski(w, 1)
	if !errors.As(err, &few) || few.Have != 1000 || few.Need <= 1000 || f == nil {
		t.Errorf("%v, %+v", err, f)
	}
	if _, err := Bennett(w, w, 1); !errors.As(err, &few) {
		t.Errorf("samples that don't overlap: %v", err)
	}
	far, back := []float64{1e6, 1e6 + 1, 1e6 + 3}, []float64{1e6, 1e6 - 2, 1e6 + 2}
	if f, err := Bennett(far, back, 1); !errors.As(err, &few) || math.IsNaN(f.Delta.Value) || math.Abs(f.Delta.Value) > 1e6 {
		t.Errorf("samples that lie a million apart: %v, %v", f, err)
	}
	var value *measure.ValueError
	for name, c := range map[string]func() error{
		"one work":   func() error { _, err := Jarzynski(w[:1], 1); return err },
		"T = 0":      func() error { _, err := Jarzynski(w, 0); return err },
		"NaN":        func() error { _, err := Jarzynski([]float64{1, math.NaN()}, 1); return err },
		"no reverse": func() error { _, err := Bennett(w, nil, 1); return err },
		"no steps": func() error {
			_, err := (DraggedTrap{1, 1, 1, 1}).Protocol().Work(context.Background(), measure.Normal(0, 1), 10, 0, rng.New(1))
			return err
		},
		"negative T": func() error {
			_, err := (DraggedTrap{1, 1, -1, 1}).Protocol().Work(context.Background(), measure.Normal(0, 1), 10, 5, rng.New(1))
			return err
		},
	} {
		if err := c(); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWorkBits(t *testing.T) {
	trap := DraggedTrap{K: 1, V: 1, T: 1, Tau: 1}
	run := func(procs int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return worked(t, trap.Protocol(), measure.Normal(0, 1), 1200, 5, 1)
	}
	if !reflect.DeepEqual(run(1), run(8)) || !reflect.DeepEqual(run(1)[:100], worked(t, trap.Protocol(), measure.Normal(0, 1), 100, 5, 1)) {
		t.Error("works depend on GOMAXPROCS or on how many there are")
	}
}

// Along trajectories: the mean is S_tot and e^{−s} averages to 1, for a schedule and for
// a force that turns, where the time-reversed force counts.
func TestEntropyTrajectories(t *testing.T) {
	ctx := context.Background()
	a := mat.NewDense(2, 2, []float64{-1, -1.2, .6, -1.5})
	turning := linearAt(t, a, []float64{.3, 0}, []float64{.5, 0}, mat.NewSymDense(2, []float64{.6, .1, .1, .4}), .8)
	for name, c := range map[string]struct {
		p        flow.Process
		from, to float64
	}{
		"schedule": {diffusion.Noising(measure.Bimodal(.9, .4), diffusion.VPLinear{BetaMin: 1, BetaMax: 4}), 0, .7},
		"turning":  {turning, 0, 1},
	} {
		exact := 0.0
		if name == "schedule" {
			exact = produced(t, c.p, EntropyOptions{From: c.from, To: c.to}).Total.Value
		} else {
			var q num.Quad
			exact, _, _ = q.Integrate1(func(at float64) float64 {
				s, err := SplitAt(c.p, at)
				if err != nil {
					t.Fatal(err)
				}
				return s.Total.Value / s.T
			}, []float64{0, .5, 1})
			reftest.Near(t, "S_tot both ways", produced(t, c.p, EntropyOptions{}).Total.Value, exact, 1e-8, 0)
		}
		e, err := EntropyTrajectories(ctx, c.p, c.from, c.to, 6000, 200, rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, name+" ⟨s⟩", e.Total.Value, exact, .01, 4*e.Total.StdErr)
		// Trajectories don't know each other.
		a, b := e.Each[:len(e.Each)-1], e.Each[1:]
		if c := stat.Correlation(a, b, nil); math.Abs(c) > 5/math.Sqrt(float64(len(a))) {
			t.Errorf("%s: trajectories that follow each other correlate by %v", name, c)
		}
		reftest.Near(t, name+" ⟨e^{−s}⟩", e.Fluctuation.Value, 1, .01, 4*e.Fluctuation.StdErr)
		if !(e.Total.StdErr < .05*(1+exact)) || !(e.Fluctuation.StdErr < .1) {
			t.Errorf("%s: %v, %v", name, e.Total, e.Fluctuation)
		}
	}
	var value *measure.ValueError
	if _, err := EntropyTrajectories(ctx, turning, .5, .2, 10, 10, rng.New(1)); !errors.As(err, &value) {
		t.Errorf("times in the wrong order: %v", err)
	}
	cold := turning
	cold.Temperature = func(float64) float64 { return 0 }
	if _, err := EntropyTrajectories(ctx, cold, 0, 1, 10, 10, rng.New(1)); !errors.As(err, &value) {
		t.Errorf("T = 0: %v", err)
	}
}

// From displacements alone: σ of a steady state that turns, and 0 where nothing does.
func TestInference(t *testing.T) {
	family := []flow.Map{}
	for i := range 2 {
		for j := range 2 {
			m := mat.NewDense(2, 2, nil)
			m.Set(i, j, 1)
			family = append(family, flow.Linear(m, []float64{0, 0}))
		}
	}
	const n, dt = 40000, 1e-3
	infer := func(omega float64, n int, family []flow.Map) *Inference {
		const k, temp = 1., .6
		a := mat.NewDense(2, 2, []float64{-k, -omega, omega, -k})
		steady, _ := steadyState(a, []float64{0, 0}, temp)
		x, next := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
		steady.Sample(x, rng.New(1))
		eps := make([]float64, 2*n)
		rng.New(2).Normal(eps)
		for i := range n {
			p, q := x.At(i, 0), x.At(i, 1)
			next.Set(i, 0, p+dt*(-k*p-omega*q)+math.Sqrt(2*temp*dt)*eps[2*i])
			next.Set(i, 1, q+dt*(omega*p-k*q)+math.Sqrt(2*temp*dt)*eps[2*i+1])
		}
		inf, err := InferEntropyProduction(x, next, dt, family)
		if err != nil {
			t.Fatal(err)
		}
		return inf
	}
	inf := infer(8, n, family)
	exact := 2 * 8 * 8. // 2ω²/k
	reftest.Near(t, "σ", inf.Rate.Value, exact, .02, 5*inf.Rate.StdErr)
	if !(inf.Rate.StdErr < .15*exact) || !(inf.Naive > inf.Rate.Value) {
		t.Errorf("σ = %v, naively %v", inf.Rate, inf.Naive)
	}
	if still := infer(0, n, family); !(math.Abs(still.Rate.Value) < 5*(still.Rate.StdErr+1)) {
		t.Errorf("σ of equilibrium = %v", still.Rate)
	}
	x := mat.NewDense(20, 2, nil)
	var value *measure.ValueError
	for name, c := range map[string]struct {
		dt     float64
		family []flow.Map
	}{"dt": {0, family[:1]}, "no family": {1, nil}, "few": {1, family}} {
		if _, err := InferEntropyProduction(x, x, c.dt, c.family); !errors.As(err, &value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var dim *measure.DimError
	if _, err := InferEntropyProduction(x, mat.NewDense(20, 3, nil), 1, family[:1]); !errors.As(err, &dim) {
		t.Errorf("shapes: %v", err)
	}
	if _, err := InferEntropyProduction(x, x, 1, family[:2]); err == nil {
		t.Error("currents that are all 0: no error")
	}
}
