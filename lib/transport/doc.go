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
package transport
