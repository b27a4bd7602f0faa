package figure

import (
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// A picture with ink in its upper left corner alone is dark there alone.
func TestPictures(t *testing.T) {
	x := mat.NewDense(3, 4, []float64{1, 0, 0, 0, 0, 0, 0, 1, .5, .5, .5, .5})
	f := Pictures(x, 2, 0, 1)
	first, second := f.Series[0].(Cells), f.Series[1].(Cells)
	// Values run over columns of cells from the bottom up.
	if v := first.Values; v[1] != 1 || v[0]+v[2]+v[3] != 0 || first.Y[2] != 0 {
		t.Errorf("the first picture is %v", first)
	}
	if v := second.Values; v[2] != 1 || second.X[0] <= first.X[2] || f.Series[2].(Cells).Y[2] >= first.Y[0] {
		t.Errorf("the second picture is %v", second)
	}
	svg, err := f.SVG()
	if err != nil || strings.Contains(string(svg), "<line") {
		t.Errorf("axes are drawn: %v", err)
	}
	if alt, err := f.AltText(); err != nil || !strings.Contains(alt, "3 pictures of 2 × 2") {
		t.Errorf("%q, %v", alt, err)
	}
	for name, f := range map[string]func(){
		"columns": func() { Pictures(x, 0, 0, 1) },
		"range":   func() { Pictures(x, 1, 1, 1) },
		"square":  func() { Pictures(mat.NewDense(1, 3, nil), 1, 0, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
