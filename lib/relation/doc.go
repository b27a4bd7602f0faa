// Package relation holds what a theorem compares: two numbers, what is known
// of their errors, and the claim that joins them.
//
// A number is a [Term]: a value, the standard error of an estimate, and a
// bound on the systematic error (quadrature, discretisation, rounding). An
// [Inequality] claims Lo ≤ Hi, an [Identity] claims Lhs = Rhs, and Check says
// whether the numbers bear the claim out, as a [Verdict]:
//
//	Holds      the numbers agree with the claim
//	Violated   they contradict it by more than their errors explain
//	Undecided  the errors are too large to tell, or something is not known
//
// # Conventions
//
// A computed number, one without a standard error, is compared up to its
// bound, so an inequality that is attained holds: equality is saturation.
// An estimate is compared at z standard errors, and an inequality between
// estimates holds only if the gap is clear of them.
//
// Both comparisons allow a relative 1e-12 for rounding. Standard errors are
// taken to be independent and combine as the root of the sum of squares;
// bounds add.
//
// Infinite values are values: anything is at most +Inf, and +Inf equals +Inf.
// A NaN value, or a standard error or bound that is NaN, negative or infinite,
// says that nothing is known; the verdict is then Undecided, never Holds.
package relation
