// Package metric measures how far two samples are from each other.
//
// # Conventions
//
// A sample is a set of points, rows of a matrix, with weights: nil weights are
// equal, and others are relative to their sum, so that two samples may have
// different masses. Distances are between the two measures that put the weights
// on the points, with no correction for either having been drawn from a law: two
// samples of one law are at a distance, and a sample is at distance 0 from itself.
//
// What is called a distance is one, of the unit of the points or of the root of
// it, and not its square; the square has Squared in its name.
package metric
