package bounds

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/diffusion"
	"github.com/wasserwerk-go/wasserwerk/lib/internal/reftest"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/thermo"
)

func carriedBack(t testing.TB, s diffusion.Schedule, data, start *measure.Gaussian, level float64) func(at float64) *measure.Gaussian {
	t.Helper()
	path, err := CarryGaussian(context.Background(), diffusion.Noising(data, s), start, level)
	if err != nil {
		t.Fatal(err)
	}
	return func(at float64) *measure.Gaussian { return path.At(at).(*measure.Gaussian) }
}

func TestReferenceReverse(t *testing.T) {
	for _, c := range reftest.Load(t, "testdata/relation.json", "gauss_sde_vs_ode") {
		var in struct{ S0, Delta float64 }
		var want struct{ Ode, Sde float64 }
		reftest.Decode(t, c.Inputs, &in)
		reftest.Decode(t, c.Expected, &want)
		s, data := diffusion.VPLinear{}, measure.Normal(0, in.S0)
		end, _ := measure.AsGaussian(data.Noise(s.At(1)))
		start := measure.Normal(in.Delta, end.SD())
		reftest.Near(t, "flow", carriedBack(t, s, data, start, 0)(0).Mean(nil)[0], want.Ode, 0, 1e-11)
		reftest.Near(t, "stochastic", carriedBack(t, s, data, start, 1)(0).Mean(nil)[0], want.Sde, 0, 1e-11)
	}
}

// The right start stays right at any level, and the divergence of a wrong one falls at
// the rate 2λT E|∇h|²: exactly as the relation's counterpart for noise says.
func TestReverseDivergence(t *testing.T) {
	s, data := diffusion.VPLinear{BetaMax: 8}, gaussian(t, []float64{1, 0}, .5, .2, .2, .3)
	p := diffusion.Noising(data, s)
	end, _ := measure.AsGaussian(p.Path.At(1))
	for _, level := range []float64{0, .5, 1} {
		right := carriedBack(t, s, data, end, level)
		for _, at := range []float64{0, .4, 1} {
			law, _ := measure.AsGaussian(p.Path.At(at))
			var a, b mat.SymDense
			law.Cov(&a)
			right(at).Cov(&b)
			if !mat.EqualApprox(&a, &b, 1e-10) {
				t.Errorf("level %v, t = %v: covariance %v, want %v", level, at, mat.Formatted(&b), mat.Formatted(&a))
			}
			for i, m := range law.Mean(nil) {
				reftest.Near(t, "mean", right(at).Mean(nil)[i], m, 0, 1e-10)
			}
		}
	}
	// On the line, with a shift alone: h = P̃/P − 1 with P = N(m, S²), P̃ = N(m + δ, S²)
	// has ∇h = (δ/S²)(h + 1), E(h + 1)² = e^{δ²/S²}.
	line := measure.Normal(.3, .5)
	q := diffusion.Noising(line, s)
	end, _ = measure.AsGaussian(q.Path.At(1))
	d := func(at, level float64) (chi, rate float64) {
		law, _ := measure.AsGaussian(q.Path.At(at))
		est := carriedBack(t, s, line, measure.Normal(end.Mean(nil)[0]+.4, end.SD()), level)(at)
		chi2, err := ChiSquared(est, law)
		if err != nil {
			t.Fatal(err)
		}
		delta, v := est.Mean(nil)[0]-law.Mean(nil)[0], law.SD()*law.SD()
		// The covariance is right, so the closed form of a shift holds.
		reftest.Near(t, "χ²", chi2.Value, math.Expm1(delta*delta/v), 1e-8, 0)
		return chi2.Value, 2 * level * s.At(at).T() * delta * delta / (v * v) * math.Exp(delta*delta/v)
	}
	for _, level := range []float64{0, .3, 1} {
		const h = 1e-4
		up, _ := d(.7+h, level)
		down, _ := d(.7-h, level)
		_, rate := d(.7, level)
		reftest.Near(t, "dχ²/dt", (up-down)/(2*h), rate, 1e-5, 1e-9)
	}
}

func TestCarryGaussianRefuses(t *testing.T) {
	ctx := context.Background()
	p := diffusion.Noising(measure.Normal(0, 1), diffusion.Cosine{})
	var value *measure.ValueError
	var dim *measure.DimError
	var unsupported *thermo.UnsupportedError
	if _, err := CarryGaussian(ctx, p, measure.Normal(0, 1), 2); !errors.As(err, &value) {
		t.Errorf("level 2: %v", err)
	}
	if _, err := CarryGaussian(ctx, p, measure.Normal(0, 1), 1); !errors.As(err, &value) {
		t.Errorf("T infinite at the end: %v", err)
	}
	if _, err := CarryGaussian(ctx, p, gaussian(t, []float64{0, 0}, 1, 0, 0, 1), 0); !errors.As(err, &dim) {
		t.Errorf("dimension: %v", err)
	}
	if _, err := CarryGaussian(ctx, p, nil, 0); err == nil {
		t.Error("nil: no error")
	}
	bimodal := diffusion.Noising(measure.Bimodal(1, .3), diffusion.VPLinear{})
	if _, err := CarryGaussian(ctx, bimodal, measure.Normal(0, 1), 0); !errors.As(err, &unsupported) {
		t.Errorf("a mixture: %v", err)
	}
}
