package bounds

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

func TestReferenceSpeciation(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/relation.json", "speciation_two_delta") {
		var want struct{ T_bimodal, T_reverse_sde_pitchfork float64 }
		reftest.Decode(t, c.Expected, &want)
		b := BimodalTimes(1, 0)
		reftest.Near(t, "unimodal", b.Unimodal, want.T_bimodal, 0, 1e-15)
		reftest.Near(t, "pitchfork", b.Pitchfork, want.T_reverse_sde_pitchfork, 0, 1e-15)
		reftest.Near(t, "speciation", b.Speciation, 0, 0, 0)
	}
}

// What the times claim, on the density itself.
func TestBimodalTimes(t *testing.T) {
	for _, c := range [][2]float64{{1, .3}, {2, .5}, {1.5, 1.2}} {
		data, b := measure.Bimodal(c[0], c[1]), BimodalTimes(c[0], c[1])
		curvature := func(at float64) float64 { // of ln p in the middle
			m := math.Exp(-at)
			law := measure.Scalar(data.Noise(measure.Coeffs{M: m, Var: 1 - m*m}))
			const h = 1e-3
			return (law(h) - 2*law(0) + law(-h)) / (h * h)
		}
		reftest.Near(t, "curvature when the modes merge", curvature(b.Unimodal), 0, 0, 1e-4)
		reftest.Near(t, "slope of the reverse drift", 1+2*curvature(b.Pitchfork), 0, 0, 1e-4)
		if !(curvature(.9*b.Unimodal) > 0 && curvature(1.1*b.Unimodal) < 0) {
			t.Errorf("%v: the modes don't merge at %v", c, b.Unimodal)
		}
		speciation, err := SpeciationTime(data)
		if err != nil {
			t.Fatal(err)
		}
		reftest.Near(t, "speciation", speciation, b.Speciation, 1e-12, 0)
	}
	if b := BimodalTimes(.5, 2); b.Unimodal != 0 {
		t.Errorf("one mode from the start: %+v", b)
	}
	s := diffusion.Cosine{}
	at, err := ScheduleTime(s, .3)
	if err != nil {
		t.Fatal(err)
	}
	reftest.Near(t, "m/σ", s.At(at).M/s.At(at).Sigma(), math.Exp(-.3)/math.Sqrt(1-math.Exp(-.6)), 1e-10, 0)
	if _, err := ScheduleTime(s, 0); err == nil {
		t.Error("time 0: no error")
	}
}

// Before the collapse a sample stands out of the noised law, after it doesn't: at the
// time that is given, the density by the point's own part is that of the law.
func TestCollapseTime(t *testing.T) {
	const n, d, s2 = 1000, 20, 2.
	u := math.Exp(-2 * CollapseTime(s2, n, d))
	// ln n = (d/2) ln((u s² + 1 − u)/(1 − u)), the volumes of law and part.
	reftest.Near(t, "volumes", .5*d*math.Log((u*s2+1-u)/(1-u)), math.Log(n), 1e-12, 0)
	if !(CollapseTime(s2, 10*n, d) < CollapseTime(s2, n, d)) {
		t.Error("more samples don't delay the collapse")
	}
	defer func() {
		if recover() == nil {
			t.Error("one sample: no panic")
		}
	}()
	CollapseTime(1, 1, 2)
}

func TestReferenceInformation(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/relation.json", "immse_") {
		var in struct{ SNR float64 }
		var want struct{ I_nats, MMSE float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		signs, err := measure.NewDiscrete(mat.NewDense(2, 1, []float64{-1, 1}), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []float64{1, .3} { // at any scale
			info, err := InformationAt(signs, measure.Coeffs{M: m, Var: m * m / in.SNR})
			if err != nil {
				t.Fatal(err)
			}
			reftest.Near(t, c.ID+" I", info.Mutual.Value, want.I_nats, 0, c.AbsTol)
			reftest.Near(t, c.ID+" mmse", info.MMSE.Value, want.MMSE, 0, c.AbsTol)
		}
	}
}

// dI/dsnr = ½ mmse, on the line and for Gaussians in the plane.
func TestInformationAndError(t *testing.T) {
	for name, data := range map[string]measure.Noisable{"mixture": measure.Bimodal(1, .3), "plane": gaussian(t, []float64{1, 0}, 2, .5, .5, .3), "line": measure.Normal(3, .7)} {
		at := func(snr float64) Information {
			info, err := InformationAt(data, measure.Coeffs{M: 1, Var: 1 / snr})
			if err != nil {
				t.Fatal(err)
			}
			return info
		}
		const snr, h = 1.7, 1e-4
		reftest.Near(t, name, (at(snr+h).Mutual.Value-at(snr-h).Mutual.Value)/(2*h), .5*at(snr).MMSE.Value, 1e-6, 0)
	}
	var value *measure.ValueError
	if _, err := InformationAt(measure.Normal(0, 1), measure.Coeffs{M: 1}); !errors.As(err, &value) {
		t.Errorf("no noise: %v", err)
	}
	ring, err := measure.GaussianRing(3, 1, .1)
	if err != nil {
		t.Fatal(err)
	}
	var unsupported *thermo.UnsupportedError
	if _, err := InformationAt(ring, measure.Coeffs{M: 1, Var: 1}); !errors.As(err, &unsupported) {
		t.Errorf("a mixture in the plane: %v", err)
	}
}
