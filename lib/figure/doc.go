// Package figure holds figures as specifications, and draws them as SVG and
// PNG.
//
// A [Figure] is data and words: titles, labels, scales, and series such as
// [Curve], [Band], [Points], [Cells] and [Bars]. [Figure.SVG] and [Figure.PNG]
// draw the same picture from it, byte for byte the same each time. Functions such as
// [Densities], [Plan], [Geodesic], [Potentials], [SpeedAccuracy] and [Hierarchy]
// make the figures of the field from results.
//
// # Conventions
//
// Lengths are in points, 1/72 inch, and the size of a figure in centimetres.
// The default, 16 by 10 cm, can still be read when a telephone shrinks it to
// 360 pixels. A picture is a card with ink on it, so that it can be read on light
// and on dark pages: an image can't know which page it is on. An SVG has a dark
// card for readers who prefer that, unless the figure's [Theme] says otherwise.
//
// Nothing is hidden. Where data can't be drawn (NaN, infinities, numbers on a
// logarithmic axis that aren't positive) a curve breaks, and a line below the
// axes says how many values are missing. The legend stands above the axes and
// covers no data.
//
// Colours are those of Okabe and Ito, which those who are colour-blind can
// tell apart; curves differ in their dashes too. Numbers become colours by
// maps of even steps, see [ColorMap], with a bar that says what they mean.
//
// # Text
//
// Text is drawn as the outlines of the DejaVu fonts, so that it looks alike
// wherever a picture is shown; a description for those who don't see it is
// part of the SVG. Labels are words with formulas between dollar signs:
//
//	Title: `Loss of $W_1(P_t,\tilde{P}_t)$ at $\tau = 1$`
//
// A formula may use sub- and superscripts with nested braces, primes, Greek
// letters, \mathcal, \mathbb, \mathbf, \boldsymbol, \mathrm, \mathsf, \text,
// \operatorname, \tilde, \hat, \bar, \dot, \ddot, \vec, \frac, \sqrt, \int,
// \sum, \prod, \partial, \nabla, \infty, \ell, the usual relations, operators,
// arrows and delimiters, names of functions such as \ln and \exp, and the
// spaces \, \: \; \! \quad \qquad. Delimiters don't grow. An unknown macro, or
// a character that the fonts don't have, is an error and never a gap.
package figure
