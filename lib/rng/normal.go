package rng

import "github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"

// Normal fills dst with independent draws from the standard normal
// distribution. Entry j depends on k and j alone. No draw exceeds 8.58 in
// absolute value, which a true normal variable does once in 10¹⁷ draws.
func (k Key) Normal(dst []float64) { k.NormalAt(dst, 0) }

// NormalAt fills dst with entries offset, offset+1, … of the vector that
// [Key.Normal] begins.
func (k Key) NormalAt(dst []float64, offset uint64) {
	kernel.Normal(dst, k.hi, k.lo, forNormal, offset)
}
