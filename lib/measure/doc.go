// Package measure holds probability measures on ℝᵈ: their samples, densities,
// scores, moments and, on the line, their distribution functions and quantiles
// in log space.
//
// # Conventions
//
// Points are rows: n points in d dimensions are an n×d matrix. Methods that
// write take the destination first. A method panics when shapes don't match;
// a constructor returns an error for whatever its numbers can cause.
// Logarithms are natural, so entropies come in nats. Measures are immutable
// once made and safe for concurrent use.
//
// # Noising
//
// A Noisable measure knows the law of x_t = m x₀ + √var ε, ε ~ N(0, I), in
// closed form, with the velocity that carries it. That velocity is given in a
// form that stays finite at both ends of a schedule, where the familiar
// f − T∇ln p is ∞ − ∞; this is why Coeffs holds the variance and its derivative
// and not σ and σ̇, which is infinite at the data end of every
// variance-preserving schedule.
package measure
