//go:build unix

package frontends

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// opening is the notebook that is executed.
const opening = "00-start.ipynb"

// shown returns a cell's displays, without those that were cleared, as a progress
// is in the end.
func shown(c *nbformat.Cell) (outs []nbformat.Output) {
	for _, o := range c.Outputs {
		if text, ok := o.DataText("text/plain"); len(o.Data) > 0 && !(len(o.Data) == 1 && ok && text == "") {
			outs = append(outs, o)
		}
	}
	return outs
}

// printed returns what a cell wrote to a stream. In how many pieces that came, and
// between which displays, is chance.
func printed(c *nbformat.Cell, name string) string {
	var b strings.Builder
	for _, o := range c.Outputs {
		if o.Type == nbformat.Stream && o.Name == name {
			b.WriteString(o.Text)
		}
	}
	return b.String()
}

// outputsDiffer says in what the outputs of two runs of a notebook differ.
func outputsDiffer(got, want *nbformat.Notebook) (problems []string) {
	say := func(cell int, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("cell %d: %s", cell+1, fmt.Sprintf(format, args...)))
	}
	if len(got.Cells) != len(want.Cells) {
		return []string{fmt.Sprintf("%d cells, want %d", len(got.Cells), len(want.Cells))}
	}
	for i, c := range got.Cells {
		w := want.Cells[i]
		if c.ExecutionCount != w.ExecutionCount {
			say(i, "its count is %d, want %d", c.ExecutionCount, w.ExecutionCount)
		}
		for _, name := range []string{"stdout", "stderr"} {
			if a, b := printed(c, name), printed(w, name); a != b {
				say(i, "%s is %q, want %q", name, a, b)
			}
		}
		for _, o := range c.Outputs {
			if o.Type == nbformat.Error {
				say(i, "it failed: %s", o.EValue)
			}
		}
		a, b := shown(c), shown(w)
		if len(a) != len(b) {
			say(i, "%d displays, want %d", len(a), len(b))
			continue
		}
		for j := range a {
			for mime := range b[j].Data {
				if x, y := a[j].Data[mime], b[j].Data[mime]; !bytes.Equal(x, y) {
					say(i, "display %d: %s: %s", j+1, mime, firstDifference(y, x))
				}
			}
			if len(a[j].Data) != len(b[j].Data) {
				say(i, "display %d has %d forms, want %d", j+1, len(a[j].Data), len(b[j].Data))
			}
		}
	}
	return problems
}

func TestOutputsDiffer(t *testing.T) {
	nb := func(svg, text string) *nbformat.Notebook {
		cells := code("a")
		cells[0].Outputs = []nbformat.Output{
			{Type: nbformat.Stream, Name: "stdout", Text: text},
			{Type: nbformat.DisplayData, Data: map[string]json.RawMessage{"image/svg+xml": raw(svg), "text/plain": raw("a picture")}},
			{Type: nbformat.DisplayData, Data: map[string]json.RawMessage{"text/plain": raw("")}},
		}
		return &nbformat.Notebook{Cells: cells}
	}
	want := nb("<svg/>", "ab")
	same := nb("<svg/>", "b")
	out := &same.Cells[0].Outputs
	*out = append([]nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "a"}}, (*out)[:2]...)
	if found := outputsDiffer(same, want); len(found) > 0 {
		t.Errorf("the same outputs differ: %q", found)
	}
	none := nb("<svg/>", "ab")
	none.Cells[0].Outputs = none.Cells[0].Outputs[:1]
	for _, other := range []*nbformat.Notebook{nb("<svg> </svg>", "ab"), nb("<svg/>", "b"), none, {}} {
		if found := outputsDiffer(other, want); len(found) != 1 {
			t.Errorf("differences found: %q, want one", found)
		}
	}
}

// nbclient gets the outputs that the project's own run has stored.
func TestNbclient(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	py := python(t, "nbclient", "nbformat")
	p.chapter(t, opening)
	if said, err := p.run(t, py, script(t, "execute.py"), opening, "executed.ipynb"); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, problem := range outputsDiffer(read(t, p.file("executed.ipynb")), read(t, p.file(opening))) {
		t.Error(problem)
	}
}

var (
	pictures = regexp.MustCompile(`src="data:image/svg\+xml;base64,([^"]*)"`)
	tags     = regexp.MustCompile(`<[^>]*>`)
)

// visible returns what there is to read in a piece of HTML.
func visible(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}

// nbconvert executes a notebook and makes a page with all its outputs.
func TestNbconvert(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	jupyter := need(t, "jupyter")
	need(t, "jupyter-nbconvert")
	p.chapter(t, opening)
	if said, err := p.run(t, jupyter, "nbconvert", "--to", "html", "--execute", opening); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	data, err := os.ReadFile(p.file("00-start.html"))
	if err != nil {
		t.Fatal(err)
	}
	var drawn []string
	for _, m := range pictures.FindAllSubmatch(data, -1) {
		svg, err := base64.StdEncoding.DecodeString(string(m[1]))
		if err != nil {
			t.Error(err)
		}
		drawn = append(drawn, strings.TrimSpace(string(svg)))
	}
	text := visible(string(data))
	outputs, svgs := 0, 0
	for i, c := range read(t, p.file(opening)).Cells {
		for _, o := range shown(c) {
			outputs++
			plain, _ := o.DataText("text/plain")
			markdown, isMarkdown := o.DataText("text/markdown")
			if svg, ok := o.DataText("image/svg+xml"); ok {
				if svgs++; !slices.Contains(drawn, strings.TrimSpace(svg)) {
					t.Errorf("cell %d: the page hasn't its picture", i+1)
				}
			} else if table, ok := o.DataText("text/html"); ok {
				if !strings.Contains(text, visible(table)) {
					t.Errorf("cell %d: the page hasn't its table: %q", i+1, visible(table))
				}
			} else if isMarkdown {
				if title, _, _ := strings.Cut(markdown[strings.Index(markdown, "**")+2:], "**"); !strings.Contains(text, title) {
					t.Errorf("cell %d: the page hasn't its step %q", i+1, title)
				}
			} else if !strings.Contains(text, strings.Join(strings.Fields(plain), " ")) {
				t.Errorf("cell %d: the page hasn't %q", i+1, plain)
			}
		}
	}
	if svgs == 0 || len(drawn) != svgs {
		t.Errorf("%d pictures, want %d", len(drawn), svgs)
	}
	if n := strings.Count(string(data), `class="jp-OutputArea-child`); n != outputs {
		t.Errorf("%d outputs, want %d", n, outputs)
	}
}

// A cell that fails stops nbconvert, which says so to whoever called it.
func TestNbconvertFails(t *testing.T) {
	t.Parallel()
	jupyter := need(t, "jupyter")
	need(t, "jupyter-nbconvert")
	for name, failing := range map[string]string{
		"panic":   "%%\npanic(\"on\" + \" purpose\")",
		"compile": "%%\nonPurpose()",
		"exit":    "%%\nos.Exit(3)",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.notebook(t, "failing.ipynb", code("%%\nfmt.Println(1)", failing, "%%\nos.WriteFile(\"after\", nil, 0o644)")...)
			said, err := p.run(t, jupyter, "nbconvert", "--to", "html", "--execute", "failing.ipynb")
			if err == nil || !strings.Contains(said, "CellExecutionError") {
				t.Errorf("%v; it said\n%s", err, said)
			}
			if left := append(glob(p.file("*.html")), glob(p.file("after"))...); len(left) > 0 {
				t.Errorf("it made %v", left)
			}
		})
	}
}
