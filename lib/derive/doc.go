// Package derive holds derivations as steps, each tied to a numeric check that
// could have failed and to a control that has to.
//
//	result, err := derive.Step{
//		Tag: "2", Name: "the mean is contracted",
//		Statement: `W_1(P, Q) \le W_2(P, Q)`, Because: "Jensen's inequality",
//		Claim: derive.AtMost, Check: distances,
//		Control: derive.Case{When: "the masses don't sum to 1", Check: heavier},
//	}.Run(ctx, key)
//
// A [Check] draws one random instance and returns both sides of the statement
// there. [Step.Run] evaluates it on many, and says on how many it was borne out
// and where it came nearest to failing: that is evidence, not proof, and the
// words are chosen so. A control is the same check with a hypothesis dropped;
// if it passes, the check can't tell true from false, and the step is in error
// even if every instance of it held. Inequalities must have one.
//
// # Conventions
//
// Instance i of a step is drawn with key.Named(Tag).Fold(i), so a step gives the
// same numbers alone and in a [Ledger]. Sides without a standard error are held
// to the tolerance of the step; those with one to z standard errors besides,
// where z grows with the number of instances so that true statements fail one
// run in a thousand.
package derive
