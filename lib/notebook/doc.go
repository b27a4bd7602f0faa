// Package notebook shows the library's results in a GoNB notebook: figures,
// relations, plans, tables, formulas and plain values.
//
//	notebook.Show(report.Relations())
//	notebook.Show(figure.SpeedAccuracy(report))
//
// # What is stored
//
// A figure becomes one output with the picture (image/svg+xml, or image/png
// where the SVG would be large) and its description (text/plain). It has no
// text/html, which GitHub and nbviewer would prefer to the picture and then
// show without it. Relations and tables become a text/html table without
// styles and scripts, which all viewers show, and the same table in
// text/plain. Verdicts are words, not colours.
//
// Outside of a notebook, in a test or a program, the text/plain form goes to
// standard output.
//
// # Digits
//
// What is shown should not change with the machine that computes it.
// Processors differ in the last bits, as some fuse products and sums, and what
// is nothing but rounding has other digits on each. So where the two sides of
// a relation differ by no more than
//
//	Bound + Bound + 1e-12·max(|one side|, |other side|)
//
// which is what a verdict forgives numbers without standard errors, the
// difference or gap is written as less than the power of ten above that, such
// as "< 1e−11", zero too. A larger one, and the sides themselves, have no digit
// below the power of ten above their bound, and one at least. A bound is
// written with one digit, rounded up, if it is at least a thousandth of its number
// and no larger than that or larger than a millionth, else as a power of ten, and
// not at all if six digits of the number hide it.
//
// This is done to relations and Terms. A plain float64 in a Table has six
// digits, whatever they mean: rounding errors belong in a Term with a Bound.
//
// # Derivations, exercises, long work
//
// A step of a derivation (package derive) is shown as formula, reason and badge,
// and fails the cell if its check does or its control doesn't. [Exercise] judges
// answers. [Memo] keeps a result from cell to cell and from day to day; [Progress]
// shows how far a loop has come and leaves nothing behind.
//
// # Errors
//
// Show, Markdown, Interactive and Memo fail when they are handed what they can't
// show or keep, when a figure can't be drawn, and when the kernel can't be
// reached. To fail is to end the cell with one line, "error: …", and the lines of
// cells that led there; outside of a notebook it is to panic with that line. In a
// notebook must.M, must.M1 and their like (github.com/janpfeifer/must) fail the
// same way, in the place of a panic with the stack: a wrong argument is told by
// one line.
//
// They return once the kernel has taken the output, so nothing is lost when the
// cell's program ends and outputs keep their order. What a cell prints to standard
// output travels by another way and may appear before or after them.
//
// Verdicts on estimates are taken at 3 standard errors.
package notebook
