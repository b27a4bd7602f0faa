package flow

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/rng"
)

// swirl is (x sin y, e^{x/2} + y²), with J = [sin y, x cos y; e^{x/2}/2, 2y].
var swirl = MapFunc(func(dst, x *mat.Dense) {
	n, _ := x.Dims()
	for i := range n {
		u, v := x.At(i, 0), x.At(i, 1)
		dst.SetRow(i, []float64{u * math.Sin(v), math.Exp(u/2) + v*v})
	}
})

func TestJVP(t *testing.T) {
	const n = 20
	x, e := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
	rng.New(1).Normal(x.RawMatrix().Data)
	rng.New(2).Normal(e.RawMatrix().Data)
	e.SetRow(3, []float64{0, 0})
	e.SetRow(4, []float64{1e-200, 3e-200})
	dst, spread := mat.NewDense(n, 2, nil), mat.NewDense(n, 2, nil)
	JVP(dst, spread, swirl, x, e)
	div, dspread := make([]float64, n), make([]float64, n)
	Divergence(div, dspread, swirl, x)
	for i := range n {
		u, v, a, b := x.At(i, 0), x.At(i, 1), e.At(i, 0), e.At(i, 1)
		size := math.Hypot(a, b)
		for j, want := range []float64{math.Sin(v)*a + u*math.Cos(v)*b, math.Exp(u/2)/2*a + 2*v*b} {
			off := math.Abs(dst.At(i, j) - want)
			if off > 1e-10*size || off > spread.At(i, j)+1e-11*size || spread.At(i, j) > 1e-4*size {
				t.Errorf("row %d: %v ± %v, want %v", i, dst.At(i, j), spread.At(i, j), want)
			}
		}
		if want := math.Sin(v) + 2*v; math.Abs(div[i]-want) > 1e-10 {
			t.Errorf("divergence %v, want %v", div[i], want)
		}
	}
}

type exactSwirl struct{ MapFunc }

func (exactSwirl) JVP(dst, x, e *mat.Dense) { dst.Copy(e) } // wrong, so as to be seen

func TestJVPAbilities(t *testing.T) {
	x, e := mat.NewDense(1, 2, []float64{1, 2}), mat.NewDense(1, 2, []float64{3, -1})
	dst, spread := mat.NewDense(1, 2, nil), mat.NewDense(1, 2, nil)
	JVP(dst, spread, exactSwirl{swirl}, x, e)
	if !mat.Equal(dst, e) || mat.Max(spread) != 0 {
		t.Errorf("JacobianVector isn't used: %v", dst)
	}
	JVP(dst, spread, Linear(mat.NewDense(2, 2, []float64{1, 2, 3, 4}), []float64{5, 6}), x, e)
	if dst.At(0, 0) != 1 || dst.At(0, 1) != 5 {
		t.Errorf("Affine: %v", dst)
	}
	div, err := make([]float64, 1), []float64{7}
	Divergence(div, err, Linear(mat.NewDense(2, 2, []float64{1, 2, 3, 4}), []float64{5, 6}), x)
	if div[0] != 5 || err[0] != 0 {
		t.Errorf("Divergencer: %v ± %v", div, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("shapes that differ: no panic")
		}
	}()
	JVP(mat.NewDense(2, 2, nil), spread, swirl, x, e)
}
