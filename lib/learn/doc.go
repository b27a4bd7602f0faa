// Package learn trains networks that predict a score, a noise or a velocity: dense layers
// with manual gradients, on the matrix products of this library, in single or double
// precision.
//
// # Conventions
//
// Batches are slices of rows. The same key gives the same weights, bit for bit, for any
// GOMAXPROCS.
package learn
