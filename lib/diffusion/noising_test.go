package diffusion

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/wasserwerk-go/wasserwerk/lib/flow"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/num"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure/measuretest"
	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

func TestReferenceVelocities(t *testing.T) {
	schedules := map[string]Schedule{"cosine": Cosine{}, "condot": CondOT{}}
	for _, c := range reftest.Load(t, "testdata/velocity.json", "vel_") {
		var in struct {
			Data     measuretest.LineSpec
			Schedule string
			T        float64
			X        []float64
		}
		var want struct {
			Nu, DNu, P, Score []float64
			T, V2Sq           float64
		}
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		p := Noising(in.Data.Mixture(t), schedules[in.Schedule])
		law, v := p.Path.At(in.T).(measure.Noised), p.Velocity.At(in.T)
		n := len(in.X)
		x := mat.NewDense(n, 1, in.X)
		nu, score := mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
		logp, div := make([]float64, n), make([]float64, n)
		v.Apply(nu, x)
		v.(flow.Divergencer).Divergence(div, x)
		law.LogProb(logp, x)
		law.Score(score, x)
		for i := range n {
			reftest.Near(t, c.ID+" ν", nu.At(i, 0), want.Nu[i], 0, c.AbsTol)
			reftest.Near(t, c.ID+" ν'", div[i], want.DNu[i], 0, c.AbsTol)
			reftest.Near(t, c.ID+" p", math.Exp(logp[i]), want.P[i], 0, c.AbsTol)
			reftest.Near(t, c.ID+" score", score.At(i, 0), want.Score[i], 0, c.AbsTol)
		}
		reftest.Near(t, c.ID+" T", p.Temperature(in.T), want.T, 0, c.AbsTol)
	}
}

// The velocity at the ends, to 1e-12 of its largest value over the support:
// against the limits of f − T∇ln p worked out by hand.
func TestVelocityAtTheEnds(t *testing.T) {
	data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	mean := .3*-2 + .7*1
	var m2 float64
	for k, w := range []float64{.3, .7} {
		m2 += w * ([]float64{4, 1}[k] + []float64{.16, .49}[k])
	}
	score := func(x float64) float64 {
		dst := mat.NewDense(1, 1, nil)
		data.Score(dst, mat.NewDense(1, 1, []float64{x}))
		return dst.At(0, 0)
	}
	for _, tc := range []struct {
		name string
		s    Schedule
		t    float64
		want func(x float64) float64
	}{
		// Data end: m = 1, σ = 0; ν = ṁ x − ½(dσ²/dt) ∇ln q, and ṁ E[x₀|x] + 0 for the rest.
		{"condot at 0", CondOT{}, 0, func(x float64) float64 { return -x }},
		{"cosine at 0", Cosine{}, 0, func(x float64) float64 { return 0 }},
		{"vp linear at 0", VPLinear{}, 0, func(x float64) float64 { return -.05*x - .05*score(x) }},
		{"ve at 0", VE{}, 0, func(x float64) float64 { return -1e-4 * math.Log(5000) * score(x) }},
		// Noise end with m = 0: x₀ and x_t are independent, ν = ṁ E x₀ + ½(dσ²/dt) x.
		{"condot at 1", CondOT{}, 1, func(x float64) float64 { return -mean + x }},
		{"cosine at 1", Cosine{}, 1, func(x float64) float64 { return -math.Pi / 2 * mean }},
	} {
		v := flow.Scalar(Noising(data, tc.s).Velocity.At(tc.t))
		var most float64
		for x := -6.0; x <= 6; x += .01 {
			most = max(most, math.Abs(tc.want(x)))
		}
		for x := -6.0; x <= 6; x += .01 {
			reftest.Near(t, tc.name, v(x), tc.want(x), 0, 1e-12*most+1e-300)
		}
	}
	// Continuity: just inside, the velocity is within |∂ν/∂t|·10⁻⁹ of the end's.
	for _, s := range []Schedule{CondOT{}, Cosine{}, VPLinear{}} {
		p := Noising(data, s)
		for _, pair := range [][2]float64{{0, 1e-9}, {1, 1 - 1e-9}} {
			a, b := flow.Scalar(p.Velocity.At(pair[0])), flow.Scalar(p.Velocity.At(pair[1]))
			for x := -4.0; x <= 4; x += .1 {
				reftest.Near(t, "continuity", b(x), a(x), 1e-6, 1e-6)
			}
		}
	}
}

// ∂p/∂t + ∇·(p v) = 0: the velocity carries the path, in both forms of the
// statement that could go wrong by a sign or a factor.
func TestVelocityCarriesThePath(t *testing.T) {
	data := measuretest.LineSpec{W: []float64{.3, .7}, Mu: []float64{-2, 1}, SD: []float64{.4, .7}}.Mixture(t)
	for _, s := range []Schedule{CondOT{}, Cosine{}, VPLinear{}, VE{SigmaMax: 2}} {
		p := Noising(data, s)
		density := func(t, x float64) float64 { return math.Exp(measure.Scalar(p.Path.At(t).(measure.LogDensity))(x)) }
		current := func(t, x float64) float64 { return density(t, x) * flow.Scalar(p.Velocity.At(t))(x) }
		const h = 1e-4
		for _, tt := range []float64{.2, .5, .8} {
			for x := -3.0; x <= 3; x += .5 {
				dpdt := (density(tt+h, x) - density(tt-h, x)) / (2 * h)
				dj := (current(tt, x+h) - current(tt, x-h)) / (2 * h)
				reftest.Near(t, "∂p/∂t", dpdt, -dj, 1e-5, 1e-5)
			}
		}
	}
}

// The Langevin dynamics and the probability flow have the same marginals.
func TestSDEAndFlowShareMarginals(t *testing.T) {
	const n = 20000
	data := measure.Bimodal(.9, .4)
	p := Noising(data, VPLinear{BetaMin: 1, BetaMax: 3})
	key := rng.New(5)
	x := mat.NewDense(n, 1, nil)
	data.Sample(x, key.Named("data"))
	y := mat.DenseCopyOf(x)
	var end *mat.Dense
	for s, err := range flow.SolveSDE(context.Background(), x, p.Drift, p.Temperature, flow.Times(0, 1, 200), flow.KeyNoise(key)) {
		if err != nil {
			t.Fatal(err)
		}
		end = s.X
	}
	if err := flow.Transport(context.Background(), y, p.Velocity, flow.Times(0, 1, 50), flow.RK4{}); err != nil {
		t.Fatal(err)
	}
	law := p.Path.At(1).(measure.Line)
	for name, m := range map[string]*mat.Dense{"SDE": end, "flow": y} {
		// Kolmogorov-Smirnov: √n·D exceeds 2.3 with probability 5e-5.
		u := make([]float64, n)
		for i := range u {
			lo, _ := law.LogCDF(m.At(i, 0))
			u[i] = math.Exp(lo)
		}
		d := ksUniform(u)
		if d*math.Sqrt(n) > 2.3 {
			t.Errorf("%s: √n·D = %.2f", name, d*math.Sqrt(n))
		}
	}
	if v := stat.Variance(mat.Col(nil, 0, end), nil); math.Abs(v-1) > .06 {
		t.Errorf("variance %v: is T off by 2?", v)
	}
}

func ksUniform(u []float64) float64 {
	sorted := append([]float64(nil), u...)
	stat.SortWeighted(sorted, nil)
	var d float64
	for i, v := range sorted {
		d = max(d, v-float64(i)/float64(len(u)), float64(i+1)/float64(len(u))-v)
	}
	return d
}

// A mean offset of the start decays by s₀/s_τ along the probability flow, and by
// the further factor m_τ s₀/s_τ along the reverse SDE.
func TestGaussianOffsetAfterFlowAndSDE(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/velocity.json", "gauss_sde_vs_ode") {
		var in struct{ S0, Delta float64 }
		var want struct{ ODE, SDE float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		p := Noising(measure.Normal(0, in.S0), VPLinear{})
		// The laws are Gaussian and the drifts linear, so means move by the drift itself.
		reverse := flow.FieldFunc(func(clock float64) flow.Map {
			tt := 1 - clock
			law, f, temp := p.Path.At(tt).(measure.Scorer), p.Drift.At(tt), p.Temperature(tt)
			return flow.MapFunc(func(dst, x *mat.Dense) {
				var s, d mat.Dense
				s.CloneFrom(x)
				d.CloneFrom(x)
				law.Score(&s, x)
				f.Apply(&d, x)
				s.Scale(2*temp, &s)
				dst.Sub(&s, &d)
			})
		})
		x := mat.NewDense(1, 1, []float64{in.Delta})
		if err := flow.Transport(context.Background(), x, p.Velocity, flow.Times(1, 0, 2000), flow.RK4{}); err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "after the flow", x.At(0, 0), want.ODE, 0, 1e-9)
		x.Set(0, 0, in.Delta)
		if err := flow.Transport(context.Background(), x, reverse, flow.Times(0, 1, 2000), flow.RK4{}); err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "after the SDE", x.At(0, 0), want.SDE, 0, 1e-9)
	}
}

func TestAbilities(t *testing.T) {
	v := Noising(measure.Normal(1, 2), CondOT{}).Velocity.At(.3)
	a, b := v.(flow.Affine).Affine()
	reftest.Near(t, "affine", a.At(0, 0)*1.7+b[0], flow.Scalar(v)(1.7), 1e-15, 0)
	if _, ok := Noising(measure.Bimodal(1, 1), CondOT{}).Velocity.At(.3).(flow.Affine); ok {
		t.Error("a mixture's velocity claims to be affine")
	}
	var q num.Quad // ∫ p ν dx = d/dt E x_t = ṁ E x₀
	law := Noising(measure.Normal(1, 2), CondOT{}).Path.At(.3).(measure.Line)
	p, nu := measure.Scalar(law.(measure.LogDensity)), flow.Scalar(v)
	got, _, _ := q.Integrate1(func(x float64) float64 { return math.Exp(p(x)) * nu(x) }, num.Knots(measure.KnotsOf(law, nil), -30, 30))
	reftest.Near(t, "mean velocity", got, -1, 1e-12, 0)
}
