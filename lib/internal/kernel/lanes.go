package kernel

import "math"

// The number of lanes of a group of 64 bytes.
const (
	lanes64 = 8
	lanes32 = 16
)

// chunk is the number of entries, whole groups, that a loop with several
// passes takes at a time, so that they stay in the cache.
const chunk = 1024

// double is what stays float64 where a float32 version is made of a file.
type double = float64

var (
	inf64 = math.Inf(1)
	inf32 = float32(inf64)
)

// whole is the length of that part of n entries that is whole groups.
func whole64(n int) int { return n &^ (lanes64 - 1) }
func whole32(n int) int { return n &^ (lanes32 - 1) }

// up is n rounded up to whole groups.
func up64(n int) int { return whole64(n + lanes64 - 1) }
func up32(n int) int { return whole32(n + lanes32 - 1) }
