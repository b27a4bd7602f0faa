package diffusion

import (
	"math"

	"github.com/wasserwerk-go/wasserwerk/lib/transport"
)

// BridgePath is the path of a Brownian bridge between coupled pairs,
//
//	x_t = (1 − t) x₀ + t x₁ + σ √(t(1 − t)) z,
//
// that of dx = σ dB, at the constant temperature T = σ²/2, held at both ends. With
// pairs from entropic transport at ε = 2σ² its law is that of the Schrödinger
// bridge between the ends (SB-CFM, Tong et al. 2024); with other pairs it has the
// same ends but isn't the bridge. The velocity is infinite at t = 0 and 1.
type BridgePath struct {
	Sigma float64 // σ; default 1
}

// Tau returns 1.
func (BridgePath) Tau() float64 { return 1 }

// At returns the coefficients at time t.
func (p BridgePath) At(t float64) InterpolantCoeffs {
	sigma := p.sigma()
	pathTime("diffusion.BridgePath", t, sigma)
	root := math.Sqrt(t * (1 - t))
	return InterpolantCoeffs{
		Data: 1 - t, Noise: t, Spread: sigma * root,
		DData: -1, DNoise: 1, DSpread: sigma * (1 - 2*t) / (2 * root),
	}
}

// Temperature returns T = σ²/2, of dx = √(2T) dB.
func (p BridgePath) Temperature() float64 { return p.sigma() * p.sigma() / 2 }

// Eps returns ε = 4T = 2σ², the temperature of entropic transport with the cost
// |x − y|² whose plan the bridge has.
func (p BridgePath) Eps() float64 { return 2 * p.sigma() * p.sigma() }

// Coupling returns the entropic coupling that makes the path a Schrödinger bridge:
// that of the batches, which is near the bridge of the laws for large batches.
func (p BridgePath) Coupling() EntropicCoupling {
	return EntropicCoupling{Options: transport.SinkhornOptions{Eps: p.Eps()}}
}

func (p BridgePath) sigma() float64 { return orDefault(p.Sigma, 1) }
