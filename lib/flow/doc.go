// Package flow holds what moves: vector fields in time, paths of measures,
// flows that join the two, and the integrators that follow them.
//
// # Conventions
//
// Time t runs from 0 to Tau, from the data to the noise. A Flow pairs a path of
// measures p_t with a velocity v_t that carries it,
//
//	∂p/∂t + ∇·(p v) = 0.
//
// A Process adds the Langevin dynamics dx = f dt + √(2T) dB with the same
// marginals, so that v = f − T ∇ln p; T is a diffusion coefficient (k_B = 1,
// mobility 1). Generation runs backwards: integrate with decreasing times.
//
// Points are rows of a matrix. Fields don't return errors: the integrators look
// for NaN after each step and for cancellation between steps.
package flow
