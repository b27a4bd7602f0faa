package diffusion

import (
	"errors"
	"math"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func TestReferenceDiscrete(t *testing.T) {
	for id, betas := range map[string][]float64{"ddpm/linear-betas": LinearBetas(1000, 1e-4, .02), "ddpm/squaredcos-cap": SquaredCosineBetas(1000)} {
		c := reftest.Load(t, "testdata/schedules.json", id)[0]
		var in struct{ Index []int }
		var want struct {
			Beta, ABar []float64
			Sigma      []float64 `json:"sigma_edm"`
			Posterior  []float64 `json:"beta_tilde"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		d := discrete(t, betas)
		pick := func(v []float64) []float64 {
			var out []float64
			for _, i := range in.Index {
				out = append(out, v[i])
			}
			return out
		}
		near(t, id+" β", pick(d.Betas()), want.Beta, c.RTol, c.ATol)
		near(t, id+" ᾱ", pick(d.AlphasCumprod()), want.ABar, c.RTol, c.ATol)
		if want.Sigma != nil {
			near(t, id+" σ", pick(d.Sigmas()), want.Sigma, c.RTol, c.ATol)
			near(t, id+" β̃", pick(d.PosteriorVariances()), want.Posterior, c.RTol, c.ATol)
		}
	}
}

// The schedule passes through the steps, one a unit of time, and its temperature
// is the rate at which they add variance.
func TestDiscreteAsSchedule(t *testing.T) {
	zero, err := discrete(t, ScaledLinearBetas(1000, .00085, .012)).ZeroTerminalSNR()
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*Discrete{
		"linear": discrete(t, LinearBetas(1000, 1e-4, .02)), "zero": zero, "cosine": discrete(t, SquaredCosineBetas(1000)), "few": discrete(t, []float64{.1, .3, .2}), "one": discrete(t, []float64{.5}),
	} {
		if d.Tau() != float64(len(d.Betas())) {
			t.Errorf("%s: Tau is %v", name, d.Tau())
		}
		if c := d.At(0); c.M != 1 || c.Var != 0 {
			t.Errorf("%s doesn't begin with the data: %+v", name, c)
		}
		for i, a := range d.AlphasCumprod() {
			c := d.At(float64(i + 1))
			reftest.Near(t, name+" m²", c.M*c.M, a, 1e-12, 0)
			if sigma := d.Sigmas()[i]; sigma != noiseLevel(c) { // both may be infinite
				reftest.Near(t, name+" σ/m", noiseLevel(c), sigma, 1e-9, 0)
			}
		}
		if err := CheckSchedule(d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := 0.; i < d.Tau(); i += .37 {
			if c := d.At(i); c.T() < 0 || math.IsNaN(c.DM) || math.IsInf(c.DM, 0) {
				t.Fatalf("%s at %v: %+v", name, i, c)
			}
		}
	}
	d := discrete(t, LinearBetas(1000, 1e-4, .02))
	for _, i := range []int{1, 10, 400, 900} { // ½β between the steps
		reftest.Near(t, "T", d.At(float64(i)+.5).T(), -.5*math.Log1p(-d.Betas()[i]), .002, 0)
	}
}

func TestZeroTerminalSNR(t *testing.T) {
	d := discrete(t, ScaledLinearBetas(1000, .00085, .012))
	z, err := d.ZeroTerminalSNR()
	if err != nil {
		t.Fatal(err)
	}
	a, b := d.AlphasCumprod(), z.AlphasCumprod()
	first, last := math.Sqrt(a[0]), math.Sqrt(a[999])
	for i := range a {
		reftest.Near(t, "√ᾱ", math.Sqrt(b[i]), (math.Sqrt(a[i])-last)*first/(first-last), 1e-10, 1e-15)
	}
	if b[999] != 0 || z.Betas()[999] != 1 || !math.IsInf(z.Sigmas()[999], 1) {
		t.Errorf("the end: ᾱ = %v, β = %v, σ = %v", b[999], z.Betas()[999], z.Sigmas()[999])
	}
	reftest.Near(t, "β̃ at the end", z.PosteriorVariances()[999], 1-b[998], 1e-12, 0)
	if _, err := discrete(t, []float64{.5}).ZeroTerminalSNR(); err == nil {
		t.Error("a single step was rescaled")
	}
}

func TestBetas(t *testing.T) {
	scaled := ScaledLinearBetas(3, .01, .09)
	near(t, "scaled", scaled, []float64{.01, .04, .09}, 1e-15, 0)
	near(t, "single", ScaledLinearBetas(1, .01, .09), []float64{.01}, 0, 0)
	near(t, "single", LinearBetas(1, .01, .09), []float64{.01}, 0, 0)
	if b := SquaredCosineBetas(1000); b[999] != .999 || b[998] >= .8 {
		t.Errorf("the cap: %v", b[998:])
	}
	cosine := SquaredCosineBetas(1000) // mpmath at 40 digits, with the offset as float64 has it
	near(t, "cosine", []float64{cosine[0], cosine[1], cosine[500], cosine[998]},
		[]float64{0.000041284224821777803149, 0.000046141752736694509226, 0.0031556914415850029081, 0.74999939290116202778}, 2e-13, 0)
	nan := math.NaN()
	for name, f := range map[string]func(){
		"none":     func() { LinearBetas(0, .1, .2) },
		"first":    func() { LinearBetas(3, 0, .2) },
		"last":     func() { ScaledLinearBetas(3, .1, 1.2) },
		"NaN":      func() { ScaledLinearBetas(3, nan, .2) },
		"no steps": func() { SquaredCosineBetas(-1) },
	} {
		mustPanic(t, name, f)
	}
	var ve *measure.ValueError
	for _, bad := range [][]float64{{0}, {-.1, .2}, {.1, nan}, {.1, 1, .2}, {1.5}} {
		if _, err := NewDiscrete(bad); !errors.As(err, &ve) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := NewDiscrete(nil); err == nil {
		t.Error("no variances")
	}
}
