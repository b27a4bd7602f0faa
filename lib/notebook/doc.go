// Package notebook shows the library's results in a GoNB notebook: figures,
// relations, tables, formulas and plain values.
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
// # Errors
//
// Show, Table and Markdown panic with one line when they are handed what they
// can't show, when a figure can't be drawn, and when the kernel can't be
// reached, so that the cell fails where the reader sees it. They return once
// the kernel has taken the output, so nothing is lost when the cell's program
// ends and outputs keep their order. What a cell prints to standard output
// travels by another way and may appear before or after them.
//
// Verdicts on estimates are taken at 3 standard errors.
package notebook
