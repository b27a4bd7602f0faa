// Package kernel holds the vector loops that transport, diffusion and learning
// spend their time in: exponentials, log-sum-exp, squared distances, the fields
// of Gaussian mixtures, normal numbers from a counter, activations, and matrix
// products.
//
// # Forms
//
// Every kernel exists in three forms: plain Go, which is the definition and
// the only one on processors other than amd64; AVX2 with FMA; and AVX-512. The
// best that the processor has is in use from the start. The environment
// variable WASSERWERK_KERNEL names a lower one: go or avx2.
//
// The forms give the same bits, so a result doesn't depend on the machine it
// was computed on. To that end
//
//   - sums run in as many lanes as 64 bytes hold, eight of float64 or sixteen
//     of float32, in every form: entry j is added in lane j modulo that number,
//     in the order of j, and the lanes are joined in a fixed order;
//   - a product that is added to something is a fused multiply-add in every
//     form, [math.FMA] in Go;
//   - there are no approximate reciprocals, and where the minimum or maximum of
//     two numbers is taken, NaN loses or wins alike.
//
// Go has no fused multiply-add in single precision. On amd64 it is put together
// from operations in double precision, which makes the plain form slow there;
// see fma32.
//
// # Use
//
// The functions take slices, allocate nothing, and may be called at the same
// time from goroutines that write to different places. A function that takes
// rows gives each row the same bits whichever others it is called with, so a
// caller can hand blocks of rows to different processors. Slices that are
// written must not overlap any others, except where it is said that they may
// be the same.
//
// # Layout of a kernel
//
// The assembly is written by a generator in the folder gen, a module of its
// own, which go generate runs. To add a kernel:
//
//  1. Write the loop in Go in a file whose name ends with _f64.go, as a function
//     whose name ends with 64Go, on slices of whole groups. A group is 64 bytes.
//     Tails are the business of the functions that call kernels: they pad
//     them.
//  2. Add an entry to the table of its family in gen: its name without the
//     suffix, its parameters with F for the element type, and the body. The body
//     is written once. It computes with groups in registers, be it one of 64
//     bytes or two of 32, and the methods of gen emit the instructions of the
//     element type. A family is a file of assembly.
//  3. Add the stem of the Go file to the list singles in gen/main.go. The float32
//     file is made from it: 64 becomes 32 in every name, and [math.FMA] becomes
//     fma32; what must remain double is of type double. What differs otherwise,
//     such as a polynomial's coefficients, stands in a file written by hand.
//  4. Run go generate. For a kernel f it writes the assembly f64AVX2, f64AVX512,
//     f32AVX2 and f32AVX512, their declarations, and the functions f64 and f32
//     that choose between these and f64Go and f32Go.
//  5. Write the exported function: generic, with its checks, calling f64 or f32.
//  6. Test that all forms agree, at all lengths from 0 to 130, and at the end of a
//     readable page.
//
// AVX2 has 16 registers, of which two make a group, and nothing is spilled:
// the generator fails if they don't suffice. Where AVX-512 wants more groups at a
// time than AVX2 can hold, their number may depend on the form, as the bits
// must not.
package kernel

//go:generate go -C gen run .
