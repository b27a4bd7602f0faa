//go:build arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package kernel

// fma32 returns x·y + z rounded once: for these processors the compiler makes
// one instruction of it, which a test confirms. The conversion keeps it from
// doing so with a product in z.
func fma32(x, y, z float32) float32 { return x*y + float32(z) }
