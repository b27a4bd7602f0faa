package lint

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// Whatever stands in a notebook, what is said about it is one line each, about
// a cell that is there.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{
		"", "%%\nfmt.Println(x)", "x := ", "[a](#b)\n$\\ref{c}$", "![](a\x1b[31m.png)", "<img src=x>", "/home/ann/\x1b]0;t\x07", "password = \"12345678\"", "AKIA0123456789ABCDEF",
		"<script src=\"http://example.org/\x1b.js\"></script>", "$$x\\tag{1}$$ $$y\\tag{1}$$", "![a\x07](http://b/\x9b31m.png)", "ids\u2028", "\u202e/home/u/evil", "func f() { undefined\x00 }",
	} {
		f.Add(s, `{"nolint":["paths"],"tolerance":{"rel":1}}`)
		f.Add(s, `{"\u001b[2J":1}`)
		f.Add(s, `{"nolint":["\n"]}`)
	}
	f.Fuzz(func(t *testing.T, s, meta string) {
		if s = strings.ToValidUTF8(s, "?"); !json.Valid([]byte(meta)) || len(s) > 4000 {
			return
		}
		quoted, _ := json.Marshal(s)
		own := map[string]json.RawMessage{"wasserwerk": json.RawMessage(meta), "tags": json.RawMessage(`["x"]`)}
		nb := &nbformat.Notebook{Metadata: own, Cells: []*nbformat.Cell{
			{ID: "a", Type: nbformat.Markdown, Source: s, Metadata: own},
			{ID: "b", Type: nbformat.Code, Source: s, Metadata: own, ExecutionCount: 2, Outputs: []nbformat.Output{
				{Type: nbformat.Stream, Name: "stdout", Text: s},
				{Type: nbformat.Error, EName: s, EValue: s, Traceback: []string{s}},
				{Type: nbformat.DisplayData, Data: map[string]json.RawMessage{"text/html": quoted, "text/plain": quoted, "image/png": quoted}},
			}},
			{ID: "c", Type: nbformat.Raw, Source: s},
		}}
		for _, finding := range Check(nb, []int{0}, Options{}) {
			if finding.Cell < 0 || finding.Cell > len(nb.Cells) || Rules[finding.Rule] == "" {
				t.Fatalf("%+v", finding)
			}
			if said := finding.String(); strings.Contains(said, "\n") || utf8.RuneCountInString(said) > 5000 {
				t.Fatalf("rule %s says of %q: %q", finding.Rule, s, said)
			}
		}
	})
}
