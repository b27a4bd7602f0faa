// Package num holds the small numerical methods that the rest of the library
// shares: adaptive quadrature, bracketed roots, the normal distribution in log
// space, and compensated sums.
//
// Everything here is deterministic and free of allocation in its inner loops;
// nothing here knows of measures or flows.
package num
