package kernel

// Float is an element type of the kernels.
type Float interface{ float32 | float64 }
