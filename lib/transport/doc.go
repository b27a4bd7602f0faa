// Package transport computes optimal transport: distances between measures,
// the maps and plans that realise them, and the geodesics that they generate
// as flows.
//
// # Conventions
//
// W_p is a distance, the p-th root of the least mean of |x − y|^p, without a
// factor ½. A function that returns W_p² or the p-th power says so in its name
// or first sentence. Distances between measures come from quantiles on the
// line and from Bures' formula between Gaussians.
//
// KL(p|q) = Σ p ln(p/q) − p + q, and the temperature ε of entropic transport
// multiplies KL(P|a⊗b). Between points at the cost |x − y|² it is ε = 4 T τ for
// the bridge of Brownian motion dx = √(2T) dB of duration τ.
//
// A solver returns what proves its result: potentials and a duality gap, or a
// residual. One that is stopped returns the best that it has with a
// [StoppedError] or a [NotConvergedError].
package transport
