// Package diffusion holds the noise schedules of diffusion models, the processes
// that they make of data, and the samplers that run them backwards.
//
// # Conventions
//
// Time t runs from the data at 0 to the noise at Tau, and
//
//	x_t = m(t) x₀ + σ(t) ε,  ε ~ N(0, I).
//
// The same marginals belong to the Langevin dynamics dx = f dt + √(2T) dB with
// f = (ṁ/m) x and T = ½ dσ²/dt − (ṁ/m) σ². In Song's notation T = β/2 = g²/2.
// The probability flow runs with the velocity ν = f − T ∇ln p_t; it is computed
// in the form E[ẋ_t | x_t], which is finite at both ends.
//
// Flow-matching libraries use s = 1 − t.
//
// # Models and samplers
//
// A Model is a schedule with a prediction: exact, or learned in any of the five
// usual parametrisations. A Sampler takes particles down an explicit grid of
// decreasing times; its step from one time to the next uses those two, the model,
// and its own history. Sample is the one loop; Generate starts it from the prior,
// and GenerateSummary keeps only moments and histograms of as many samples as one
// likes. What becomes of a particle depends on its start, its number and the key.
package diffusion
