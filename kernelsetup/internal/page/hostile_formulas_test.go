package page

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// A formula is an SVG element within the page, and not a picture: what it may hold
// matters as much as with HTML.
func TestHostileFormulas(t *testing.T) {
	t.Parallel()
	var list []formula
	var armedTeX []string
	for _, p := range texPayloads {
		s := armed(p, run, get)
		eq, err := parseTeX(s, true)
		if err != nil {
			continue
		}
		list = append(list, eq.formula)
		armedTeX = append(armedTeX, s)
	}
	_, errs, err := typeset(list)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]*nbformat.Notebook)
	for i, s := range armedTeX {
		if errs[i] == nil {
			all[s] = notebookOf(markdownCell("## a\n## $$" + s + "$$\n## $" + list[i].TeX + "$\n## b"))
		}
	}
	together := new(nbformat.Notebook) // an engine takes longer to start than to typeset
	for _, nb := range all {
		together.Cells = append(together.Cells, nb.Cells...)
	}
	shared.Prefetch(context.Background(), together)
	made := 0
	for _, s := range slices.Sorted(maps.Keys(all)) {
		if harmless(t, s, all[s], Options{}) {
			made++
		}
	}
	if made < len(texPayloads)/5 {
		t.Errorf("only %d of %d formulas came to a page", made, len(texPayloads))
	}
}

// The cache of formulas lies beside the notebooks, and comes with them where somebody
// sends a whole folder.
func TestHostileCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := formula{TeX: "x"}
	r := NewRenderer(dir)
	for _, svg := range []string{
		`<svg viewBox="0 0 9 9" height="1ex" onload="alert(1)"></svg>`,
		`<svg viewBox="0 0 9 9" height="1ex"><script>alert(1)</script></svg>`,
		`<svg viewBox="0 0 9 9" height="1ex"></svg><img src=x onerror=alert(1)><svg></svg>`,
		`<svg viewBox="0 0 9" height="1ex"></svg>`,
	} {
		if err := os.WriteFile(r.formulas.path(f), []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := NewRenderer(dir).Render(context.Background(), &b, &nbformat.Notebook{Cells: []*nbformat.Cell{markdownCell("$x$")}}, Options{}); err != nil {
			t.Errorf("%s: %v: what the cache holds is no reason to have no page", svg, err)
			continue
		}
		if found := harm(b.String()); len(found) > 0 {
			t.Errorf("%s: %s", svg, strings.Join(found, "; "))
		}
		if !strings.Contains(b.String(), "<use ") {
			t.Errorf("%s: the formula is lost", svg)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 1 {
		t.Errorf("%d files in the cache: the test looks at another one", len(files))
	}
}

// The marks that stand for formulas in between are characters that a notebook may
// write as entities.
func TestHostileMarks(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"&#xFDD0;99&#xFDD1;", "&#xFDD0;-1&#xFDD1;", "&#64976;0&#64977;", "$x$ &#xFDD0;0&#xFDD1; &#xFDD0;1&#xFDD1;", "# &#xFDD0;7&#xFDD1;", "&#xFDD0;", "&#xFDD1;", "&#xFDD0;99999999999999999999&#xFDD1;",
		"[&#xFDD0;7&#xFDD1;](#no)", `<a href="&#xFDD0;-1&#xFDD1;" title="&#xFDD0;7&#xFDD1;">x</a>`, "[a](http://x/%EF%B7%90-1%EF%B7%91)", "`&#xFDD0;7&#xFDD1;`", `<pre>&#xFDD0;7&#xFDD1;</pre>`, "![&#xFDD0;7&#xFDD1;](data:image/png;base64,AA)",
		"~~~ &#xFDD0;7&#xFDD1;\nx\n~~~", "## &#xFDD0;7&#xFDD1;\n## b\n## c\n## d",
		"\ufdd07\ufdd1 <p title=\"\ufdd07\ufdd1\">x</p>", "<svg><text>\ufdd07\ufdd1</text></svg>",
	} {
		for name, nb := range hostile(source) {
			harmless(t, fmt.Sprintf("%q in %s", source, name), nb, Options{})
		}
	}
}

// A formula within an SVG element of a Markdown cell is text of that picture: the
// picture stays one attribute.
func TestFormulaInAPicture(t *testing.T) {
	for _, source := range []string{
		`<svg aria-label="$x$" width="9"><text>$y$ and $z$</text></svg>`,
		`<svg width="9"><title>from $5 to $10, and $x$</title></svg>`,
		`<img alt="$x$" src="data:image/gif;base64,AA">`,
		"![$x$](data:image/gif;base64,AA)",
	} {
		page := mustRender(t, markdownCell(source))
		doc, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		pictures := 0
		for n := range doc.Descendants() {
			if n.Data == "img" {
				pictures++
				for _, a := range n.Attr {
					if a.Key != "src" && a.Key != "alt" || strings.Contains(a.Val, "class=") || strings.ContainsRune(a.Val, markOpen) {
						t.Errorf("%s: the picture has %s=%.80q", source, a.Key, a.Val)
					}
				}
				if alt := attribute(n, "alt"); !strings.Contains(alt, "$x$") {
					t.Errorf("%s: it is described as %.80q", source, alt)
				}
			}
			if n.Data == "svg" {
				t.Errorf("%s: a formula stands beside the picture", source)
			}
		}
		if pictures != 1 {
			t.Errorf("%s: %d pictures", source, pictures)
		}
	}
}
