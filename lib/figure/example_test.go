package figure_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/wasserwerk-go/wasserwerk/lib/figure"
)

// A figure is data and words; it describes itself to those who don't see it.
func ExampleFigure() {
	n := []float64{10, 100, 1000, 10000}
	f := &figure.Figure{
		Title:  `Error of $W_2$ from $n$ samples`,
		XLabel: `$n$`, YLabel: `$|\hat{W}_2 - W_2|$`,
		XScale: figure.Log, YScale: figure.Log,
		Series: []figure.Series{
			figure.Points{Name: "measured", X: n, Y: []float64{0.31, 0.094, 0.033, math.NaN()}},
			figure.Curve{Name: `$n^{-1/2}$`, X: n, Y: []float64{0.316, 0.1, 0.0316, 0.01}, Color: figure.Grey},
		},
	}
	alt, err := f.AltText()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(alt)
	// Output:
	// Error of W₂ from n samples. Horizontal axis n, logarithmic, from 7.079 to 1.413e+04. Vertical axis |Ŵ₂ − W₂|, logarithmic, from 0.008414 to 0.3756. Points measured: 3 values, from (10, 0.31) to (1000, 0.033), smallest 0.033, largest 0.31. Curve n^(−1/2): 4 values, from (10, 0.316) to (1e+04, 0.01), smallest 0.01, largest 0.316. Not drawn: 1 value NaN or infinite.
}

func ExampleFigure_WriteFile() {
	x := []float64{-2, -1, 0, 1, 2}
	f := figure.Densities(x, []string{`$P_0$`, `$P_\tau$`}, []float64{0, 1, 0, 1, 0}, []float64{0.05, 0.24, 0.4, 0.24, 0.05})
	f.Title = `From data to noise`
	dir, err := os.MkdirTemp("", "figure")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	fmt.Println(f.WriteFile(filepath.Join(dir, "densities.svg")))
	fmt.Println(f.WriteFile(filepath.Join(dir, "densities.gif")) != nil)
	// Output:
	// <nil>
	// true
}

// A macro that isn't known is named, not dropped.
func ExampleFigure_SVG() {
	f := &figure.Figure{Title: `$\mathfrak{g}$`, Series: []figure.Series{figure.Rule{At: 1}}}
	_, err := f.SVG()
	fmt.Println(err)
	// Output:
	// figure: label `$\mathfrak{g}$`: unknown macro \mathfrak
}
