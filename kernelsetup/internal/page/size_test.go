package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// A notebook with ten figures, each with its cell and a paragraph with formulas,
// makes a page that goes through a mail: less than 300 kB.
func TestTenFiguresAreSmall(t *testing.T) {
	const most = 300_000
	cells := []*nbformat.Cell{{Type: nbformat.Markdown, Source: "# Ten figures"}}
	for _, name := range strings.Fields("curves contours densities growth hierarchy histogram points relations speed speed-log") {
		svg, err := os.ReadFile(filepath.Join("..", "..", "..", "lib", "figure", "testdata", "golden", name+".svg"))
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells,
			&nbformat.Cell{Type: nbformat.Markdown, Source: "## " + name + "\n\nFrom $P_0$ to $P_\\tau$ the velocity $\\nu_t$ carries the law, at the cost\n\n" +
				"$$ c_2 = \\int_0^\\tau v_2^2\\,dt \\ge \\frac{W_2^2(P_0, P_\\tau)}{\\tau}. $$\n\n" + strings.Repeat("What it shows is said here. ", 20)},
			&nbformat.Cell{
				Type: nbformat.Code, Source: "%%\nf := figure.Lines(ts, []string{\"one\", \"two\"}, one, two)\nf.Title = \"" + name + "\"\nnotebook.Show(f)",
				Outputs: []nbformat.Output{display("image/svg+xml", string(svg), "text/plain", strings.Repeat("A description. ", 20))},
			},
		)
	}
	page := mustRender(t, cells...)
	if n := strings.Count(page, "<img"); n != 10 {
		t.Fatalf("%d figures", n)
	}
	if len(page) >= most {
		t.Errorf("%d bytes", len(page))
	}
	t.Logf("%d bytes", len(page))
}
