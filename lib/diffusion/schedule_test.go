package diffusion

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

func TestReferenceSchedules(t *testing.T) {
	schedules := map[string]Schedule{"vp-linear": VPLinear{}, "cosine": Cosine{}, "condot": CondOT{}}
	for _, c := range reftest.Load(t, "testdata/schedules.json", "schedule/vp-linear", "schedule/cosine", "schedule/condot") {
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

// VE starts from the data; the published form carries σmin² along. Temperature
// and slope are the same.
func TestVEAgainstPublishedForm(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/schedules.json", "schedule/ve") {
		var in struct{ T []float64 }
		var want struct {
			Sigma       []float64
			Temperature []float64 `json:"T"`
		}
		reftest.Decode(t, c.Input, &in)
		reftest.Decode(t, c.Want, &want)
		for i, tt := range in.T {
			got := VE{}.At(tt)
			reftest.Near(t, "σ²", got.Var+1e-4, want.Sigma[i]*want.Sigma[i], 1e-9, 0)
			reftest.Near(t, "T", got.T(), want.Temperature[i], c.RTol, c.ATol)
		}
	}
}

// Naive formulas lose digits at the ends: cos(πt/2) near 1, 1 − e^{−B} near 0.
// mpmath at 40 digits, at the float64 values of t.
func TestEndsToRounding(t *testing.T) {
	for _, tc := range []struct {
		name string
		s    Schedule
		t    float64
		want measure.Coeffs
	}{
		{"cosine", Cosine{}, 1e-6, measure.Coeffs{M: 0.99999999999876629945, DM: -2.467401100271324865e-6, Var: 2.4674011002703100753e-12, DVar: 4.9348022005365616619e-6}},
		{"cosine", Cosine{}, 1 - 1e-6, measure.Coeffs{M: 1.5707963268394199473e-6, DM: -1.5707963267929587269, Var: 0.9999999999975325989, DVar: 4.9348022006784654017e-6}},
		{"vp", VPLinear{}, 1e-6, measure.Coeffs{M: 0.99999994999502625025, DM: -0.050009947499253763023, Var: 1.0000994499900511269e-7, DVar: 0.10001988999701530219}},
		{"vp", VPLinear{}, 1 - 1e-6, measure.Coeffs{M: 0.0065716522110904526502, DM: -0.065716456722965024272, Var: 0.99995681338721646996, DVar: 0.0008637313962570062878}},
		{"ve", VE{}, 1e-6, measure.Coeffs{M: 1, Var: 1.7034531468816009628e-9, DVar: 0.0017034676555623365184}},
		{"ve", VE{}, 1 - 1e-6, measure.Coeffs{M: 1, Var: 2499.957314396752534, DVar: 42585.240537461123792}},
		{"condot", CondOT{}, 1e-6, measure.Coeffs{M: 0.999999, DM: -1, Var: 9.999999999999999095e-13, DVar: 1.9999999999999999095e-6}},
		{"condot", CondOT{}, 1 - 1e-6, measure.Coeffs{M: 1.0000000000287556645e-6, DM: -1, Var: 0.99999800000099994249, DVar: 1.9999979999999999425}},
	} {
		got := tc.s.At(tc.t)
		reftest.Near(t, tc.name+" m", got.M, tc.want.M, 1e-14, 0)
		reftest.Near(t, tc.name+" ṁ", got.DM, tc.want.DM, 1e-14, 0)
		reftest.Near(t, tc.name+" σ²", got.Var, tc.want.Var, 1e-14, 0)
		reftest.Near(t, tc.name+" dσ²/dt", got.DVar, tc.want.DVar, 1e-14, 0)
	}
	if c := (Cosine{}).At(1); c.M != 0 || c.Var != 1 || c.DVar != 0 || !math.IsInf(c.T(), 1) {
		t.Errorf("cosine at its end: %+v, T = %v", c, c.T())
	}
}

func TestDerivativesAndDuration(t *testing.T) {
	for _, s := range []Schedule{CondOT{Duration: 3}, Cosine{Duration: 3}, VPLinear{Duration: 3}, VE{Duration: 3}} {
		if s.Tau() != 3 {
			t.Errorf("%T: Tau is %v", s, s.Tau())
		}
		for _, tt := range []float64{.2, 1.1, 2.9} {
			c := s.At(tt)
			opt := &fd.Settings{Formula: fd.Central}
			reftest.Near(t, "ṁ", c.DM, fd.Derivative(func(t float64) float64 { return s.At(t).M }, tt, opt), 1e-7, 1e-9)
			reftest.Near(t, "dσ²/dt", c.DVar, fd.Derivative(func(t float64) float64 { return s.At(t).Var }, tt, opt), 1e-7, 1e-9)
		}
	}
	// A factor 2 between T and β is lost easily: T = β/2, per unit of time.
	reftest.Near(t, "T of VP linear", VPLinear{BetaMin: 1, BetaMax: 1, Duration: 4}.At(2).T(), 1./8, 1e-14, 0)
}

func TestBadTimesPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"before":   func() { Cosine{}.At(-1e-9) },
		"after":    func() { CondOT{Duration: 2}.At(2.1) },
		"NaN":      func() { VE{}.At(math.NaN()) },
		"duration": func() { CondOT{Duration: -1}.Tau() },
		"beta":     func() { VPLinear{BetaMin: -1}.At(.5) },
		"sigma":    func() { VE{SigmaMin: 3, SigmaMax: 2}.At(.5) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
