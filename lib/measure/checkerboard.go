package measure

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// Checkerboard is the uniform law on every other square of a board
// [−Half, Half]², the lower left one among them. Its density jumps.
type Checkerboard struct {
	Squares int     // along a side, an even number; default 4
	Half    float64 // half a side of the board; default 4
}

var (
	_ LogDensity = Checkerboard{}
	_ Moments    = Checkerboard{}
)

// Dim returns 2.
func (Checkerboard) Dim() int { return 2 }

// Sample fills the rows of dst with independent draws. It panics if Squares is odd
// or negative, or Half is negative or not finite.
func (c Checkerboard) Sample(dst *mat.Dense, key rng.Key) {
	const fn = "measure.Checkerboard.Sample"
	n, half := c.resolve(fn)
	side := 2 * half / float64(n)
	sampleToy(fn, dst, key, 0, func(a, b float64) (x, y float64) {
		column := part(a, n)
		row := 2*part(b, n/2) + column%2
		b *= float64(n / 2)
		return -half + 2*half*a, -half + side*(float64(row)+b-math.Floor(b))
	})
}

// LogProb stores ln(2/(2 Half)²) into dst for the rows of x on the squares, and −Inf
// for others. It panics as Sample does, and if the shapes don't match.
func (c Checkerboard) LogProb(dst []float64, x *mat.Dense) {
	const fn = "measure.Checkerboard.LogProb"
	n, half := c.resolve(fn)
	checkLen(fn, dst, checkRows(fn, nil, x, 2))
	inside := -math.Log(2 * half * half)
	for i := range dst {
		u, v := (x.At(i, 0)+half)/(2*half), (x.At(i, 1)+half)/(2*half)
		dst[i] = math.Inf(-1)
		if 0 <= u && u <= 1 && 0 <= v && v <= 1 && (part(u, n)+part(v, n))%2 == 0 {
			dst[i] = inside
		}
	}
}

// Mean stores 0 into dst, which is allocated if nil, and returns it.
func (Checkerboard) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, 2)
	}
	checkLen("measure.Checkerboard.Mean", dst, 2)
	clear(dst)
	return dst
}

// Cov stores the covariance into dst, which must be empty or 2×2: Half²/3 on the
// diagonal, as for the whole board, and a quarter of a square's area beside it, since
// the diagonal of the board is covered. It panics as Sample does.
func (c Checkerboard) Cov(dst *mat.SymDense) {
	const fn = "measure.Checkerboard.Cov"
	n, half := c.resolve(fn)
	reuseToy(fn, dst)
	side := 2 * half / float64(n)
	dst.SetSym(0, 0, half*half/3)
	dst.SetSym(0, 1, side*side/4)
	dst.SetSym(1, 1, half*half/3)
}

func (c Checkerboard) resolve(fn string) (n int, half float64) {
	if n = cmp.Or(c.Squares, 4); n < 0 || n%2 != 0 {
		panic((&ValueError{fn, "Squares", float64(n), "an even number ≥ 0"}).Error())
	}
	return n, orToy(fn, "Half", c.Half, 4)
}
