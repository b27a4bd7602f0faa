// Package transport computes optimal transport: distances between measures,
// the maps and plans that realise them, and the geodesics that they generate
// as flows.
//
// Between weighted points, [Solve] finds an exact plan by the method that suits
// them: [Exact], for any costs, [Multiscale], for points in few dimensions, or
// the order on the line. [Sinkhorn] finds an entropic plan, [Unbalanced] one that
// makes and destroys mass, [Partial] one that moves some of it. [Wasserstein1D],
// [WassersteinCircle], [WassersteinLine], [Bures], [MixtureTransport],
// [SlicedWasserstein] and [SemiDiscrete] are for what their names say. In time
// there are [Geodesic], [PlanGeodesic], [BenamouBrenier] on grids, the bridges
// [GaussianBridge] and [SchrodingerBridge], and [JKO] steps.
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
// A step of Jordan, Kinderlehrer and Otto charges W₂²/(2h), with T for what is
// 1/β elsewhere: the free energy is ∫ U p + T ∫ p ln p.
//
// A solver returns what proves its result: potentials and a duality gap, or a
// residual. One that is stopped returns the best that it has with a
// [StoppedError] or a [NotConvergedError].
package transport
