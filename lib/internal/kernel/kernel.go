package kernel

// Float is an element type of the kernels.
type Float interface{ float32 | float64 }

// The lanes of a group, the 64 bytes that a kernel treats as one vector.
const (
	lanes64 = 8
	lanes32 = 16
)
