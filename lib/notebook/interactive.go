package notebook

import (
	"fmt"
	"os"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/figure/chartjs"
)

// Interactive displays figures and animations twice: as pictures, as Show does,
// and below as charts that answer to the pointer, an animation's with a slider
// over its frames. A viewer that runs no scripts, such as GitHub, shows the
// pictures, and so does a page of the notebook, if it was made without the charts'
// library; a page that was made with it shows the charts in their places.
//
// In a notebook that runs, charts are drawn if the library was installed, which
// `go run ./kernelsetup install` does where there is npm. The library is not
// stored in the notebook. Interactive fails as Show does.
func Interactive(values ...Chartable) {
	for i, v := range values {
		Show(v)
		c, err := v.Chart()
		if err != nil {
			fail(fmt.Sprintf("notebook: Interactive: argument %d: %v", i+1, err))
		}
		if err := displayChart(c); err != nil {
			fail("notebook: Interactive: " + err.Error())
		}
	}
}

// Chartable is what has an interactive form: *figure.Figure and *figure.Animation.
type Chartable interface {
	Chart() (*figure.Chart, error)
}

var chartLibrary = chartjs.Library

// displayChart shows a chart. While somebody looks on, it comes with the library
// first, and then again without it, which is what is stored.
func displayChart(c *figure.Chart) error {
	html, err := c.HTML()
	if err != nil {
		return err
	}
	b := bundle{plain: "Interactive: " + c.Alt, html: html}
	if !gonbui.IsNotebook || os.Getenv("WASSERWERK_QUIET") != "" {
		return display(b)
	}
	if library, ok := chartLibrary(); ok {
		b.id = gonbui.UniqueId()
		with := b
		with.html = "<script>" + chartjs.Loader(library) + "</script>\n" + html
		if err := display(with); err != nil {
			return err
		}
	}
	return display(b)
}
