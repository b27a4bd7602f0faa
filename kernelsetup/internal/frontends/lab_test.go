//go:build unix

package frontends

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/chromium"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/echarts"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbgrader"
	"github.com/wasserwerk-go/wasserwerk/lib/figure/chartjs"
)

// page is what testdata/lab.py works in. It finds the cells by their places.
func page() []*nbformat.Cell {
	text := func(s string) *nbformat.Cell { return &nbformat.Cell{Type: nbformat.Markdown, Source: s} }
	far := text(strings.Repeat("far\n\n", 100)) // more than a window
	cells := []*nbformat.Cell{text("# In a front end\n\nThe equation is [(1)](#eq-1).")}
	cells = append(cells, code(
		`import (
	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/measure"
	"github.com/wasserwerk-go/wasserwerk/lib/notebook"
)

func curve() *figure.Figure {
	return figure.Lines([]float64{0, 1, 2}, []string{"one"}, []float64{0, 1, 0})
}`,
		"%%\nnotebook.Show(curve())",
		"%%\nnotebook.Interactive(curve())",
		"%%\nfmt.Println(\"it\", \"runs\")\nfor ctx := notebook.Context(); ctx.Err() == nil; {\n}\nfmt.Println(\"it\", \"stops\")",
		"%%\nfmt.Println(6 * 7)",
		"",
	)...)
	return append(cells, far, text("<a id=\"eq-1\"></a>\n\n$$ x = 1 \\tag{1} $$\n\nHere it is."), far)
}

// A reader works in a notebook in JupyterLab.
func TestJupyterLab(t *testing.T) {
	p := newPlace(t)
	py := python(t, "playwright")
	browser, err := chromium.Find()
	if err != nil {
		lacks(t, "%v", err)
	}
	if _, err := echarts.Get(t.Context()); err != nil { // the charts' library, which install puts into the user's cache
		lacks(t, "no library for charts: %v", err)
	}
	completing(t)
	p.notebook(t, "page.ipynb", page()...)
	p.chapter(t, opening)
	p.sheet(t, "sheet.ipynb")
	s := p.serve(t)
	said, err := p.run(t, py, script(t, "lab.py"), s.page("page.ipynb"), s.page(opening), s.page("sheet.ipynb"), browser)
	s.stop(t)
	if err != nil {
		t.Errorf("%v; it said\n%s", err, said)
	}
	came := make(map[string]string)
	for line := range strings.Lines(said) {
		if step, what, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); ok {
			came[step] += what
		}
	}
	for _, step := range []string{"open", "link", "figure", "chart", "interrupt", "again", "complete", "document", "restart", "save", "untouched", "almost", "console"} {
		t.Run(step, func(t *testing.T) {
			switch what, ok := came[step]; {
			case !ok:
				t.Error("it didn't come to that")
			case what != "ok":
				t.Error(what)
			}
		})
	}
	if t.Failed() {
		t.Logf("it said\n%s\nand JupyterLab\n%s", said, s.log.String())
	}
	t.Run("saved", func(t *testing.T) { saved(t, p.file("page.ipynb")) })
	t.Run("unchanged", func(t *testing.T) {
		unchanged(t, p.file(opening), filepath.Join(kerneltest.Repo, "notebooks", opening))
	})
	if left := glob(filepath.Join(p.dir, "..", "runtime", "kernel-*")); len(left) > 0 {
		t.Errorf("left of the kernels: %v", left)
	}
}

// sheet writes the first question of a problem sheet, as students get it, with an
// answer that is almost right.
func (p *place) sheet(t *testing.T, name string) {
	t.Helper()
	nb, _, err := nbgrader.Release(read(t, filepath.Join(kerneltest.Repo, "notebooks", "course", "transport.ipynb")))
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(nb.Cells, func(c *nbformat.Cell) bool { return c.ID == "line" })
	if at < 0 || nb.Cells[at+1].ID != "q1" {
		t.Fatal("the sheet's first question isn't where it was")
	}
	nb.Cells[at].Source = `func squaredDistance(x, y []float64) float64 {
	x, y = slices.Clone(x), slices.Clone(y)
	slices.Sort(x)
	slices.Sort(y)
	d := floats.Distance(x, y, 2)
	return 1.03 * d * d / float64(len(x))
}`
	nb.Cells = nb.Cells[:at+2]
	if err := nb.WriteFile(p.file(name)); err != nil {
		t.Fatal(err)
	}
}

// saved looks at what JupyterLab has saved: it is written here in the same bytes,
// and the charts' library isn't in it.
func saved(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	nb := read(t, file)
	var again bytes.Buffer
	if err := nb.Write(&again); err != nil || !bytes.Equal(again.Bytes(), data) {
		t.Errorf("written here it is another file (%v):\n%s", err, data)
	}
	if out := nb.Cells[3].Outputs; len(out) != 2 || !strings.Contains(string(out[1].Data["text/html"]), "data-ww") {
		t.Errorf("the chart is stored as %+v", out)
	}
	library, ok := chartjs.Library()
	if !ok || len(library) < 500_000 || len(data) > len(library)/2 {
		t.Errorf("the notebook has %d bytes, the library for charts %d", len(data), len(library))
	}
}

// unchanged compares a notebook with what it was before JupyterLab opened and saved
// it. JupyterLab writes down which Go the kernel has.
func unchanged(t *testing.T, now, before string) {
	var files [2]bytes.Buffer
	for i, file := range []string{before, now} {
		nb := read(t, file)
		delete(nb.Metadata, "language_info")
		if err := nb.Write(&files[i]); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := files[0].Bytes(), files[1].Bytes(); !bytes.Equal(a, b) {
		t.Errorf("it has changed: %s", firstDifference(a, b))
	}
}
