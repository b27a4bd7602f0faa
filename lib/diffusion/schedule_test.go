package diffusion

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/diff/fd"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// every is each schedule with its defaults.
var every = []Inverter{
	CondOT{}, Polynomial{}, VE{}, VESong{}, EDM{}, VPLinear{}, SubVP{}, Cosine{}, NicholDhariwal{}, LinearVP{}, LogSNRUniform{}, VPGeodesic{},
}

// named returns the schedule of that type with the parameters set in raw.
func named(t *testing.T, name string, raw json.RawMessage) Inverter {
	t.Helper()
	for _, s := range every {
		if typ := reflect.TypeOf(s); typ.Name() == name {
			p := reflect.New(typ)
			reftest.Decode(t, raw, p.Interface())
			return p.Elem().Interface().(Inverter)
		}
	}
	t.Fatalf("no schedule %s", name)
	return nil
}

func TestReferenceSchedules(t *testing.T) {
	schedules := map[string]Schedule{
		"vp-linear": VPLinear{}, "cosine": Cosine{}, "ve": VESong{}, "edm": EDM{}, "condot": CondOT{}, "linear-vp": LinearVP{}, "vp-ot-gauss": VPGeodesic{SD: .5},
	}
	for _, c := range reftest.Load(t, "testdata/schedules.json", "schedule/") {
		var in struct {
			Schedule string
			T        []float64
		}
		var want struct {
			Alpha, Sigma []float64
			AlphaDot     []float64 `json:"alpha_dot"`
			SigmaDot     []float64 `json:"sigma_dot"`
			LogSNR       []float64 `json:"log_snr"`
			LogSNRDot    []float64 `json:"log_snr_dot"`
			F            []float64 `json:"f_coeff"`
			Temperature  []float64 `json:"T"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		for i, tt := range in.T {
			got := schedules[in.Schedule].At(tt)
			reftest.Near(t, c.ID+" m", got.M, want.Alpha[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" σ", got.Sigma(), want.Sigma[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" ṁ", got.DM, want.AlphaDot[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" σ̇", got.DSigma(), want.SigmaDot[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" λ", got.LogSNR(), want.LogSNR[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" λ̇", got.DLogSNR(), want.LogSNRDot[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" ṁ/m", got.Drift(), want.F[i], c.RTol, c.ATol)
			reftest.Near(t, c.ID+" T", got.T(), want.Temperature[i], c.RTol, c.ATol)
		}
	}
}

func TestReferenceInverses(t *testing.T) {
	schedules := map[string]Schedule{"vp-linear": VPLinear{}, "cosine": Cosine{}, "condot": CondOT{}}
	for _, c := range reftest.Load(t, "testdata/schedules.json", "schedule-inverse/") {
		var in struct {
			Schedule string
			LogSNR   []float64 `json:"log_snr"`
		}
		var want struct{ T []float64 }
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		for i, l := range in.LogSNR {
			got, err := TimeOfLogSNR(schedules[in.Schedule], l)
			if err != nil {
				t.Error(err)
			}
			reftest.Near(t, c.ID, got, want.T[i], c.RTol, c.ATol)
		}
	}
}

// VE and VESong are one dynamics: temperature and slope are the same, and the
// variances differ by SigmaMin².
func TestVEAgainstPublishedForm(t *testing.T) {
	for _, tt := range []float64{0, .1, .7, 1} {
		a, b := VE{}.At(tt), VESong{}.At(tt)
		reftest.Near(t, "σ²", a.Var+1e-4, b.Var, 1e-14, 0)
		reftest.Near(t, "T", a.T(), b.T(), 1e-14, 0)
	}
}

// Every number to 1e-12 of its exact value at the float64 time, however near the
// ends: naive formulas lose digits there, cos(πt/2) near 1 and 1 − e^{−B} near 0.
// The log-SNR passes through zero, where it is good to 1e-15 of its terms.
func TestEndsToRounding(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range reftest.Load(t, "testdata/precise.json", "") {
		var raw []map[string]float64
		reftest.Decode(t, c.Want, &raw)
		s := named(t, c.Kind, c.Input)
		seen[c.Kind] = true
		for _, w := range raw {
			got := s.At(w["t"])
			for name, v := range map[string]float64{
				"m": got.M, "dm": got.DM, "var": got.Var, "dvar": got.DVar, "sigma": got.Sigma(), "dsigma": got.DSigma(),
				"T": got.T(), "drift": got.Drift(), "dlogsnr": got.DLogSNR(),
			} {
				want, ok := w[name]
				if !ok {
					t.Fatalf("%s: no %s", c.ID, name)
				}
				if reftest.Near(t, c.ID+" "+name, v, want, 1e-12, 0); t.Failed() {
					t.Logf("%+v at t = %v", s, w["t"])
				}
			}
			reftest.Near(t, c.ID+" λ", got.LogSNR(), w["logsnr"], 1e-12, 1e-14)
			// The time comes back, as far as a rounded λ determines it.
			back, err := TimeOfLogSNR(s, w["logsnr"])
			if err != nil {
				t.Error(err)
			}
			reftest.Near(t, c.ID+" t(λ)", back, w["t"], 1e-12, 4e-16*math.Abs(w["logsnr"]/w["dlogsnr"]))
		}
	}
	if len(seen) != len(every) {
		t.Errorf("%d of %d schedules have reference values", len(seen), len(every))
	}
	if c := (Cosine{}).At(1); c.M != 0 || c.Var != 1 || c.DVar != 0 || !math.IsInf(c.T(), 1) {
		t.Errorf("cosine at its end: %+v, T = %v", c, c.T())
	}
	// Limits that the formulas of Coeffs have as 0/0.
	for name, v := range map[string][2]float64{
		"T":                       {Polynomial{}.At(1).T(), math.Inf(1)},
		"drift":                   {Polynomial{}.At(1).Drift(), math.Inf(-1)},
		"λ̇ at the noise":         {Polynomial{}.At(1).DLogSNR(), math.Inf(-1)},
		"λ̇ at the data":          {Cosine{}.At(0).DLogSNR(), math.Inf(-1)},
		"T at the data":           {Cosine{}.At(0).T(), 0},
		"T at the geodesic's end": {VPGeodesic{}.At(1).T(), math.Inf(1)},
		"T, linear":               {VPLinear{}.At(0).T(), .05},
	} {
		if v[0] != v[1] {
			t.Errorf("%s is %v, want %v", name, v[0], v[1])
		}
	}
	// The tolerance is one that the naive formula misses.
	if naive := math.Cos(math.Pi / 2 * (1 - 1e-6)); math.Abs(naive/Cosine{}.At(1-1e-6).M-1) < 1e-12 {
		t.Error("the naive cosine passes: these times show nothing")
	}
}

func TestDerivativesAndDuration(t *testing.T) {
	for _, s := range []Schedule{
		CondOT{Duration: 3},
		Polynomial{Duration: 3},
		VE{Duration: 3},
		VESong{Duration: 3},
		EDM{SigmaMax: 3},
		VPLinear{Duration: 3},
		SubVP{Duration: 3},
		Cosine{Duration: 3},
		NicholDhariwal{Duration: 3},
		LinearVP{Duration: 3},
		LogSNRUniform{Duration: 3},
		VPGeodesic{Duration: 3},
	} {
		if s.Tau() != 3 {
			t.Errorf("%T: Tau is %v", s, s.Tau())
		}
		for _, tt := range []float64{.2, 1.1, 2.9} {
			c := s.At(tt)
			opt := &fd.Settings{Formula: fd.Central}
			reftest.Near(t, "ṁ", c.DM, fd.Derivative(func(t float64) float64 { return s.At(t).M }, tt, opt), 1e-7, 1e-9)
			reftest.Near(t, "dσ²/dt", c.DVar, fd.Derivative(func(t float64) float64 { return s.At(t).Var }, tt, opt), 1e-7, 1e-9)
			reftest.Near(t, "λ̇", c.DLogSNR(), fd.Derivative(func(t float64) float64 { return s.At(t).LogSNR() }, tt, opt), 1e-6, 1e-9)
		}
	}
	// A factor 2 between T and β is lost easily: T = β/2, per unit of time.
	reftest.Near(t, "T of VP linear", VPLinear{BetaMin: 1, BetaMax: 1, Duration: 4}.At(2).T(), 1./8, 1e-14, 0)
}

// plain hides the closed form of the inverse.
type plain struct{ s Schedule }

func (p plain) At(t float64) measure.Coeffs { return p.s.At(t) }
func (p plain) Tau() float64                { return p.s.Tau() }

func TestTimeOfLogSNR(t *testing.T) {
	for _, s := range every {
		for _, u := range []float64{1e-7, .02, .5, .8, 1 - 1e-7} {
			tt := u * s.Tau()
			c := s.At(tt)
			got, err := TimeOfLogSNR(plain{s}, c.LogSNR())
			if err != nil {
				t.Errorf("%T: %v", s, err)
			}
			reftest.Near(t, "bisected", got, tt, 1e-14, 1e-15*max(1, math.Abs(c.LogSNR()))/math.Abs(c.DLogSNR()))
		}
		// Both ends, infinite or not, and nothing beyond them.
		most, least := s.At(0).LogSNR(), s.At(s.Tau()).LogSNR()
		for _, p := range []Schedule{s, plain{s}} {
			if got, err := TimeOfLogSNR(p, most); got != 0 || err != nil {
				t.Errorf("%T at its data end: %v, %v", s, got, err)
			}
			if got, err := TimeOfLogSNR(p, least); got != s.Tau() || err != nil {
				t.Errorf("%T at its noise end: %v, %v", s, got, err)
			}
			for _, bad := range []float64{math.NaN(), most + 1, least - 1, math.Inf(1), math.Inf(-1)} {
				var ve *measure.ValueError
				if bad == most || bad == least {
					continue
				}
				if _, err := TimeOfLogSNR(p, bad); !errors.As(err, &ve) {
					t.Errorf("%T: no error for a log-SNR of %v", s, bad)
				}
			}
		}
		// The closed forms have the limits of the schedules that have these ends.
		if math.IsInf(most, 1) {
			reftest.Near(t, "t(+∞)", s.TimeOfLogSNR(most), 0, 0, 0)
		}
		if math.IsInf(least, -1) {
			reftest.Near(t, "t(−∞)", s.TimeOfLogSNR(least), s.Tau(), 4e-16, 0)
		}
	}
}

func TestPrecondition(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/schedules.json", "edm/precond") {
		var in struct {
			Sigma  []float64
			DataSD float64 `json:"sigma_data"`
		}
		var want struct {
			Skip   []float64 `json:"c_skip"`
			Out    []float64 `json:"c_out"`
			In     []float64 `json:"c_in"`
			Noise  []float64 `json:"c_noise"`
			Weight []float64
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		for i, sigma := range in.Sigma {
			got := Precondition(sigma, in.DataSD)
			reftest.Near(t, "skip", got.Skip, want.Skip[i], c.RTol, c.ATol)
			reftest.Near(t, "out", got.Out, want.Out[i], c.RTol, c.ATol)
			reftest.Near(t, "in", got.In, want.In[i], c.RTol, c.ATol)
			reftest.Near(t, "noise", got.Noise, want.Noise[i], c.RTol, c.ATol)
			reftest.Near(t, "weight", got.Weight, want.Weight[i], c.RTol, c.ATol)
		}
	}
}

// The geodesic in the VP family moves Gaussian data at a constant W₂ speed.
func TestVPGeodesicHasConstantSpeed(t *testing.T) {
	for _, tt := range []float64{.01, .5, .99} {
		c := VPGeodesic{SD: .3}.At(tt)
		sd := math.Sqrt(c.M*c.M*.09 + c.Var)
		reftest.Near(t, "dS/dt", (c.M*c.DM*.09+c.DVar/2)/sd, .7, 1e-13, 0)
	}
}

func mustPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", name)
		}
	}()
	f()
}

func TestBadTimesAndParametersPanic(t *testing.T) {
	for _, s := range every {
		for _, tt := range []float64{-1e-9, s.Tau() * 1.001, math.NaN()} {
			mustPanic(t, reflect.TypeOf(s).Name(), func() { s.At(tt) })
		}
	}
	nan, inf := math.NaN(), math.Inf(1)
	for name, f := range map[string]func(){
		"duration":         func() { CondOT{Duration: -1}.Tau() },
		"infinite":         func() { Cosine{Duration: inf}.At(1) },
		"after":            func() { CondOT{Duration: 2}.At(2.1) },
		"beta":             func() { VPLinear{BetaMin: -1}.At(.5) },
		"beta max":         func() { SubVP{BetaMax: nan}.At(.5) },
		"sigma":            func() { VE{SigmaMin: 3, SigmaMax: 2}.At(.5) },
		"sigma, published": func() { VESong{SigmaMin: -3}.At(.5) },
		"sigma max":        func() { EDM{SigmaMax: -3}.Tau() },
		"power":            func() { Polynomial{N: -1}.At(.5) },
		"offset":           func() { NicholDhariwal{Offset: -1}.At(.5) },
		"λ":                func() { LogSNRUniform{Max: 1, Min: 2}.At(.5) },
		"λ max":            func() { LogSNRUniform{Max: inf}.At(.5) },
		"sd":               func() { VPGeodesic{SD: nan}.At(.5) },
		"precondition":     func() { Precondition(0, 1) },
		"data's deviation": func() { Precondition(1, -1) },
	} {
		mustPanic(t, name, f)
	}
}
