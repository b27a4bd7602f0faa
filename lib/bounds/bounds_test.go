package bounds

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

var (
	dataA     = measure.Bimodal(.9, math.Sqrt(.19))
	normalLaw = regexp.MustCompile(`^N\(([^,]+),([^)^]+)(\^2)?\)$`)
)

// parseLaw reads the laws as the reference tables write them: "N(1,1)" with a
// variance, "N(0,0.8^2)", "U(-sqrt3,sqrt3)" or a mixture.
func parseLaw(t testing.TB, raw json.RawMessage) measure.Measure {
	t.Helper()
	var s string
	if json.Unmarshal(raw, &s) != nil {
		var spec measuretest.LineSpec
		reftest.Decode(t, raw, &spec)
		return spec.Mixture(t)
	}
	if s == "U(-sqrt3,sqrt3)" {
		u, err := measure.NewUniform(-math.Sqrt(3), math.Sqrt(3))
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	if s == "N01" {
		return measure.Normal(0, 1)
	}
	m := normalLaw.FindStringSubmatch(s)
	if m == nil {
		t.Fatalf("law %q", s)
	}
	mean, err1 := strconv.ParseFloat(m[1], 64)
	v, err2 := strconv.ParseFloat(m[2], 64)
	if err1 != nil || err2 != nil {
		t.Fatalf("law %q", s)
	}
	if m[3] == "" {
		v = math.Sqrt(v)
	}
	return measure.Normal(mean, v)
}

func testFlow(t testing.TB, data *measure.Mixture, schedule string, end measure.Measure, tau float64) flow.Flow {
	t.Helper()
	switch schedule {
	case "cosine":
		return diffusion.Noising(data, diffusion.Cosine{Duration: tau}).Flow
	case "condot":
		return diffusion.Noising(data, diffusion.CondOT{Duration: tau}).Flow
	case "ot":
		f, err := transport.Geodesic(data, end, tau)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	return diffusion.Noising(data, diffusion.VPLinear{Duration: tau}).Flow
}

func report(t testing.TB, f flow.Flow, start measure.Measure) *Report {
	t.Helper()
	r, err := SpeedAccuracy(context.Background(), f, start, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReferenceChiSquared(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/relation.json", "chi2_") {
		var in struct{ P, Pt json.RawMessage }
		var want float64
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		got, err := ChiSquared(parseLaw(t, in.Pt), parseLaw(t, in.P))
		if err != nil {
			t.Error(err)
		}
		reftest.Near(t, c.ID, got.Value, want, 0, c.AbsTol)
		// By quadrature, whatever the types.
		q, err := chiSquaredLine("test", parseLaw(t, in.Pt).(measure.LineDensity), parseLaw(t, in.P).(measure.LineDensity))
		if err != nil {
			t.Error(err)
		}
		reftest.Near(t, c.ID+" by quadrature", q.Value, want, 1e-13, c.AbsTol)
		if d := math.Abs(q.Value - want); d > q.Bound+1e-14*want {
			t.Errorf("%s: off by %g, bound %g", c.ID, d, q.Bound)
		}
	}
	for _, c := range reftest.Load(t, "testdata/relation.json", "kl_vs_chi2") {
		var in struct{ Delta float64 }
		var want struct{ D0 float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		got, err := ChiSquared(measure.Normal(in.Delta, 1), measure.Normal(0, 1))
		if err != nil {
			t.Error(err)
		}
		reftest.Near(t, c.ID, got.Value, want.D0, 0, c.AbsTol)
	}
}

func TestChiSquaredDiverges(t *testing.T) {
	one := measure.Normal(0, 1)
	half, err := measure.NewUniform(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := measure.NewMixture([]float64{.999, .001}, []*measure.Gaussian{one, measure.Normal(0, math.Sqrt(2))})
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]measure.Measure{
		"s² = 2":           {measure.Normal(0, math.Sqrt2), one},
		"s² = 4":           {measure.Normal(1, 2), one},
		"a wide component": {wide, one},
		"off the support":  {one, half},
	} {
		d0, err := ChiSquared(pair[0], pair[1])
		if err != nil || !math.IsInf(d0.Value, 1) {
			t.Errorf("%s: %v, %v", name, d0.Value, err)
		}
	}
	// s² just below 2 is finite: 1/(s√(2−s²)) − 1, by both methods.
	s2 := 1.99
	want := 1/math.Sqrt(s2*(2-s2)) - 1
	near := measure.Normal(0, math.Sqrt(s2))
	a, err1 := ChiSquared(near, one)
	b, err2 := chiSquaredLine("test", near, one)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	reftest.Near(t, "closed form", a.Value, want, 1e-12, 0)
	reftest.Near(t, "quadrature", b.Value, want, 1e-11, 0)
	if d0, err := ChiSquared(half, one); err != nil || !(d0.Value > 0) || math.IsInf(d0.Value, 1) {
		t.Errorf("a uniform over a normal: %v, %v", d0, err)
	}
}

// In the plane the closed form must be that of (C.2): |S|^½ |S̃|⁻¹ |Q|^−½
// exp(gᵀQ⁻¹g/2 − c/2) − 1 with Q = 2S̃⁻¹ − S⁻¹.
func TestChiSquaredInThePlane(t *testing.T) {
	st, s := mat.NewSymDense(2, []float64{1.1, .3, .3, .8}), mat.NewSymDense(2, []float64{1.2, -.1, -.1, .9})
	mt, m := mat.NewVecDense(2, []float64{.3, -.2}), mat.NewVecDense(2, []float64{-.1, .1})
	var sti, si, q, qi mat.Dense
	for _, err := range []error{sti.Inverse(st), si.Inverse(s)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	q.Scale(2, &sti)
	q.Sub(&q, &si)
	if err := qi.Inverse(&q); err != nil {
		t.Fatal(err)
	}
	var g, tmp mat.VecDense
	g.MulVec(&sti, mt)
	g.ScaleVec(2, &g)
	tmp.MulVec(&si, m)
	g.SubVec(&g, &tmp)
	cc := 2*mat.Inner(mt, &sti, mt) - mat.Inner(m, &si, m)
	want := math.Sqrt(mat.Det(s))/mat.Det(st)/math.Sqrt(mat.Det(&q))*math.Exp((mat.Inner(&g, &qi, &g)-cc)/2) - 1
	pt, err1 := measure.NewGaussian(mt.RawVector().Data, st)
	p, err2 := measure.NewGaussian(m.RawVector().Data, s)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	got, err := ChiSquared(pt, p)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "χ²", got.Value, want, 1e-12, 0)
}

func TestReferenceRelations(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/relation.json", "sa1d_") {
		var in struct {
			Data     measuretest.LineSpec
			Schedule string
			Tau      float64
			P        json.RawMessage `json:"P_tau"`
			Pt       json.RawMessage `json:"Pt_tau"`
		}
		var want struct {
			D0, Eta, C1, C2 float64
			Noise           float64 `json:"W1_noise"`
			Data            float64 `json:"W1_data"`
		}
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		var end measure.Measure
		if in.P != nil {
			end = parseLaw(t, in.P)
		}
		r := report(t, testFlow(t, in.Data.Mixture(t), in.Schedule, end, in.Tau), parseLaw(t, in.Pt))
		tiny, atol := 0., c.AbsTol
		if want.D0 < 1e-10 { // D₀ and W₁ are themselves tiny
			tiny, atol = 1e-4, 0
		}
		reftest.Near(t, c.ID+" D₀", r.D0.Value, want.D0, tiny, atol)
		reftest.Near(t, c.ID+" W₁ noise", r.W1Noise().Value, want.Noise, tiny, atol)
		reftest.Near(t, c.ID+" W₁ data", r.W1Data().Value, want.Data, tiny, atol)
		reftest.Near(t, c.ID+" η", r.Eta.Value, want.Eta, 0, c.AbsTol)
		reftest.Near(t, c.ID+" c₁", r.C1.Value, want.C1, 0, c.AbsTol)
		reftest.Near(t, c.ID+" c₂", r.C2.Value, want.C2, 0, c.AbsTol)
		for _, q := range r.Relations() {
			if q.Check(0) != relation.Holds {
				t.Errorf("%s: %v: %v", c.ID, q, q.Check(0))
			}
		}
	}
}

// η/c₂ = δ²/(e^{δ²} − 1) → 1 on the geodesic between Gaussians: the bound is
// attained, and c₁ = η.
func TestSaturation(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/relation.json", "gauss_saturation", "gauss_var_ratio") {
		var in struct {
			S0, Tau, Delta float64
			STilde         float64 `json:"s_tilde"`
		}
		var want struct{ Eta, C1, C2, Ratio float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		f, err := transport.Geodesic(measure.Normal(0, in.S0), measure.Normal(0, 1), in.Tau)
		if err != nil {
			t.Fatal(err)
		}
		start := measure.Normal(in.Delta, 1)
		if in.STilde > 0 {
			start = measure.Normal(0, in.STilde)
		}
		r := report(t, f, start)
		reftest.Near(t, c.ID+" η/c₂", r.Eta.Value/r.C2.Value, want.Ratio, 0, c.AbsTol)
		reftest.Near(t, c.ID+" efficiency", r.Efficiency(), want.Ratio, 0, c.AbsTol)
		reftest.Near(t, c.ID+" time efficiency", r.TimeEfficiency(), 1, 0, 1e-11)
		if want.Eta > 0 {
			reftest.Near(t, c.ID+" η", r.Eta.Value, want.Eta, 0, c.AbsTol)
			reftest.Near(t, c.ID+" c₁", r.C1.Value, want.C1, 0, c.AbsTol)
			reftest.Near(t, c.ID+" c₂", r.C2.Value, want.C2, 0, c.AbsTol)
		}
	}
}

// On the line every exact flow between the same ends is the same monotone map:
// η doesn't depend on the schedule.
func TestEtaIsScheduleIndependent(t *testing.T) {
	for _, start := range []measure.Measure{measure.Normal(1, 1), measure.Normal(0, .8), measure.Bimodal(.5, .75)} {
		var etas []float64
		for _, s := range []string{"cosine", "condot", "ot"} {
			etas = append(etas, report(t, testFlow(t, dataA, s, measure.Normal(0, 1), 1), start).Eta.Value)
		}
		for _, e := range etas[1:] {
			reftest.Near(t, "η", e, etas[0], 0, 1e-12)
		}
	}
}

// A duration of τ scales η and the costs by 1/τ.
func TestDuration(t *testing.T) {
	one := report(t, testFlow(t, dataA, "cosine", nil, 1), measure.Normal(1, 1))
	four := report(t, testFlow(t, dataA, "cosine", nil, 4), measure.Normal(1, 1))
	reftest.Near(t, "η", four.Eta.Value, one.Eta.Value/4, 1e-11, 0)
	reftest.Near(t, "c₁", four.C1.Value, one.C1.Value/4, 1e-10, 0)
	reftest.Near(t, "c₂", four.C2.Value, one.C2.Value/4, 1e-10, 0)
}

// The curves against trajectories: W₁(t) by carrying many points with the
// velocity, and its rate by differences.
func TestCurvesAgainstTrajectories(t *testing.T) {
	f := testFlow(t, dataA, "condot", nil, 1)
	start := measure.Normal(.7, 1)
	r := report(t, f, start)
	const n, at = 4000, 32
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		u := math.Log((float64(i) + .5) / n)
		x[i], y[i] = f.Path.At(1).(measure.Line).LogQuantile(u, false), start.LogQuantile(u, false)
	}
	for _, pts := range [][]float64{x, y} {
		if err := flow.Transport(context.Background(), mat.NewDense(n, 1, pts), f.Velocity, flow.Times(1, r.Times[at], 60), flow.RK4{}); err != nil {
			t.Fatal(err)
		}
	}
	w, err := transport.Wasserstein1D(1, x, nil, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "W₁(½)", r.W1[at].Value, w, 1e-3, 0) // midpoint quantiles leave the tails' O(1/n)
	h := r.Times[1]
	for _, i := range []int{3, 20, 40, 60} {
		// Five-point differences of the sampled curve.
		d := (r.W1[i-2].Value - 8*r.W1[i-1].Value + 8*r.W1[i+1].Value - r.W1[i+2].Value) / (12 * h)
		reftest.Near(t, "dW₁/dt", r.LossRate[i], d, 1e-4, 1e-6)
	}
}

func TestEmptyRelations(t *testing.T) {
	f := testFlow(t, dataA, "cosine", nil, 1)
	inf := report(t, f, measure.Normal(0, 1.5)) // s² = 2.25 ≥ 2
	if !math.IsInf(inf.D0.Value, 1) || inf.Eta.Value != 0 || inf.C1.Value != 0 {
		t.Errorf("infinite D₀: %v, η %v, c₁ %v", inf.D0, inf.Eta, inf.C1)
	}
	same := report(t, f, measure.Normal(0, 1))
	if same.D0.Value > 1e-25 || same.Eta.Value > same.C2.Value {
		t.Errorf("the true start: D₀ %v, η %v", same.D0, same.Eta)
	}
	for _, r := range []*Report{inf, same} {
		for _, q := range r.Relations() {
			if q.Check(0) == relation.Violated {
				t.Errorf("%v", q)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	f := testFlow(t, dataA, "cosine", nil, 1)
	plane, err := measure.GaussianRing(3, 1, .5)
	if err != nil {
		t.Fatal(err)
	}
	var un *thermo.UnsupportedError
	if _, err := SpeedAccuracy(ctx, diffusion.Noising(plane, diffusion.CondOT{}).Flow, plane, Options{}); !errors.As(err, &un) {
		t.Errorf("in the plane: %v", err)
	}
	for name, call := range map[string]func() error{
		"no start": func() error { _, err := SpeedAccuracy(ctx, f, nil, Options{}); return err },
		"no flow":  func() error { _, err := SpeedAccuracy(ctx, flow.Flow{}, dataA, Options{}); return err },
		"dims":     func() error { _, err := SpeedAccuracy(ctx, f, plane, Options{}); return err },
		"options":  func() error { _, err := SpeedAccuracy(ctx, f, dataA, Options{Tol: -1}); return err },
		"nil χ²":   func() error { _, err := ChiSquared(nil, dataA); return err },
		"χ² dims":  func() error { _, err := ChiSquared(plane, dataA); return err },
	} {
		if call() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := SpeedAccuracy(cancelled, f, dataA, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkSpeedAccuracy(b *testing.B) {
	start := measure.Normal(1, 1)
	for _, s := range []string{"cosine", "condot", "ot"} {
		f := testFlow(b, dataA, s, measure.Normal(0, 1), 1)
		b.Run(s, func(b *testing.B) {
			for b.Loop() {
				report(b, f, start)
			}
		})
	}
}
