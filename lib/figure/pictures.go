package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Pictures draws square pictures, the rows of x, line by line from the top, so many in a
// row, in grey from paper at lo to ink at hi; what is beyond is drawn as the end. It panics if
// there are no pictures or columns, if they aren't square, or unless lo < hi.
func Pictures(x mat.Matrix, columns int, lo, hi float64) *Figure {
	n, d := x.Dims()
	side := int(math.Round(math.Sqrt(float64(d))))
	if n == 0 || d == 0 || columns < 1 || side*side != d || !(lo < hi) {
		panic(fmt.Sprintf("figure: Pictures: %d pictures of %d pixels, %d in a row, from %v to %v: want square ones", n, d, columns, lo, hi))
	}
	columns = min(columns, n)
	rows := (n + columns - 1) / columns
	gap := 0.12 * float64(side)
	pitch := float64(side) + gap
	edges := func(from float64) []float64 {
		out := make([]float64, side+1)
		for i := range out {
			out[i] = from + float64(i)
		}
		return out
	}
	f := &Figure{
		Bare: true, Equal: true, ColorMap: Ink, ColorRange: [2]float64{lo, hi},
		XRange: [2]float64{0, float64(columns)*pitch - gap}, YRange: [2]float64{gap - float64(rows)*pitch, 0},
		Height: math.Max(2, 1+15.6*float64(rows)/float64(columns)), // a line for a title
		Alt:    fmt.Sprintf("%s of %d × %d pixels, %d in a row", count(n, "picture", "pictures"), side, side, columns),
	}
	for k := range n {
		left, top := float64(k%columns)*pitch, -float64(k/columns)*pitch
		c := Cells{X: edges(left), Y: edges(top - float64(side)), Values: make([]float64, d)}
		for i := range side {
			for j := range side {
				c.Values[j*side+side-1-i] = x.At(k, i*side+j)
			}
		}
		f.Series = append(f.Series, c)
	}
	return f
}
