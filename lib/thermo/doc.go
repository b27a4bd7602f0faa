// Package thermo holds the stochastic thermodynamics of flows and processes:
// what it dissipates to change a distribution.
//
// # Conventions
//
// k_B = 1 and mobility 1, so the temperature T is a diffusion coefficient and
// dx = f dt + √(2T) dB. Entropies are in nats. A flow with velocity ν produces
// entropy at the rate σ = E|ν|²/T. The dissipation of the speed-accuracy
// relation is w_D = ∫ T σ dt = ∫ E|ν|² dt: a kinetic action, without 1/T. It is
// computed as E|ν|², never as T times σ, which is 0·∞ at the ends of a schedule.
//
// The W₂ speed v₂ is that of the marginals: v₂² ≤ E|ν|², with equality where ν
// is a gradient.
package thermo
