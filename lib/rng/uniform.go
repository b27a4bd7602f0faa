package rng

import "github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"

// Uniform fills dst with independent draws from the uniform distribution on
// the open interval (0, 1). Entry j depends on k and j alone. The numbers are
// the odd multiples of 2⁻⁵³, so neither 0 nor 1 occurs and u and 1−u are
// equally likely.
func (k Key) Uniform(dst []float64) { k.UniformAt(dst, 0) }

// UniformAt fills dst with entries offset, offset+1, … of the vector that
// [Key.Uniform] begins.
func (k Key) UniformAt(dst []float64, offset uint64) {
	kernel.Uniform(dst, k.hi, k.lo, forUniform, offset)
}
