// Package bounds holds the theorems that join transport, thermodynamics and
// diffusion: how accurate the data of a generative flow can be, given what its
// noising dissipates.
//
// # The speed-accuracy relation
//
// A flow carries the data's law q = P_0 to the noise P_τ. Generation starts
// from an estimate P̃_τ of the noise and follows the same velocity backwards,
// to p = P̃_0. With W₁(t) = W₁(P_t, P̃_t), ΔW₁ = W₁(0) − W₁(τ) and
// D₀ = χ²(P̃_τ‖P_τ),
//
//	η = (ΔW₁)²/(τ D₀) ≤ c₁ = ∫ v_loss² dt ≤ w_D = ∫ E|ν|² dt,
//
// where v_loss = |dW₁/dt|/√D₀; where the velocity is a gradient, c₂ = ∫ v₂² dt
// takes the place of w_D. The protocol with the smallest bound is the W₂
// geodesic between the ends, with c₂ = W₂²/τ. See K. Ikeda, T. Uda,
// D. Okanohara and S. Ito, Phys. Rev. X 15, 031031 (2025); numbers of equations
// are those of its preprint, arXiv:2407.04495v5, as a public reading note gives
// them.
//
// # Conventions
//
// The divergence is that of the estimate over the truth,
// χ²(P̃‖P) = ∫ (P̃ − P)²/P, and is +Inf where the estimate's tails are too
// heavy or it is too far from the truth for a float64; the relation is then empty, and η is 0. Time runs from the data at 0
// to the noise at τ.
package bounds
