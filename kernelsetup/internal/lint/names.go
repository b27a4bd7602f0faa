package lint

import (
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// names finds what no cell above declares. Declarations stay in a kernel when their
// cell is deleted or moved down, so a notebook that worked an hour ago may not work
// from its beginning. Names before a dot may be those of packages, which GoNB
// imports by itself, and count only if a cell below declares them.
func (l *linter) names() {
	type cell struct {
		index int
		names gocell.Names
	}
	var cells []cell
	below := make(map[string]int)
	for i, c := range l.nb.Cells {
		if c.Type != nbformat.Code {
			continue
		}
		n, err := gocell.Read(c.Source).Names()
		if err != nil {
			l.add("syntax", i, 0, "%v", err)
			continue
		}
		cells = append(cells, cell{i, n})
		for _, name := range n.Declares {
			if _, ok := below[name]; !ok {
				below[name] = i
			}
		}
	}
	declared := make(map[string]bool)
	for _, c := range cells {
		for _, name := range c.names.Declares {
			declared[name] = true
		}
		for _, u := range c.names.Uses {
			at, later := below[u.Name]
			switch {
			case declared[u.Name]:
			case later:
				l.add("hidden", c.index, u.Line, "%s is declared further down, in cell %d", u.Name, at+1)
			case !u.Package:
				l.add("hidden", c.index, u.Line, "no cell declares %s", u.Name)
			}
		}
	}
}
