//go:build unix

package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// What is said about a notebook goes to a terminal, and a notebook may come from
// anybody. Commands that run none of its code let none of its control characters
// through, which could hide or forge what is said; nor do its line ends make lines.
func TestPlainMessages(t *testing.T) {
	checkout(t)
	git(t, "init", "-q", ".")
	for _, evil := range []string{"\x1b[2J\x1b]0;title\a", "\r", "\u009b31m", "\nnb.ipynb: all is well"} {
		quoted, err := json.Marshal(evil)
		if err != nil {
			t.Fatal(err)
		}
		odd := func(printed string) *nbformat.Notebook {
			meta := map[string]json.RawMessage{"k" + evil: json.RawMessage(`1`), "wasserwerk": json.RawMessage(`{` + string(quoted) + `:1,"nolint":[` + string(quoted) + `]}`)}
			return &nbformat.Notebook{Metadata: map[string]json.RawMessage{evil: quoted}, Cells: []*nbformat.Cell{
				{ID: "a", Type: nbformat.Markdown, Metadata: meta, Source: "![](a" + evil + ".png) <img src='b" + evil + "'> [x](<#c" + evil + ">) $\\d" + evil + "$ /home/e" + evil},
				{ID: "b", Type: nbformat.Code, Source: "%%\nx := f" + evil, ExecutionCount: 1, Outputs: []nbformat.Output{
					{Type: nbformat.Stream, Name: "stdout", Text: "/home/g" + evil},
					{Type: nbformat.Error, EName: "h" + evil, EValue: evil, Traceback: []string{evil}},
					{Type: nbformat.DisplayData, Data: map[string]json.RawMessage{"text/i" + evil: json.RawMessage(`"` + printed + `"`), "text/html": json.RawMessage(`"<script src='http://j.org/` + strings.Trim(string(quoted), `"`) + `.js'></script>"`)}},
				}},
			}}
		}
		for file, nb := range map[string]*nbformat.Notebook{"nb.ipynb": odd("1"), "nb2.ipynb": odd("2"), "nb3.ipynb": {Cells: []*nbformat.Cell{{ID: "b", Type: nbformat.Code, Source: "x"}}}} {
			if err := nb.WriteFile(file); err != nil {
				t.Fatal(err)
			}
		}
		name := strings.ReplaceAll("n"+evil+".ipynb", "/", "")
		writeTest(t, name, "{")
		for _, args := range [][]string{
			{"lint", "./nb.ipynb"},
			{"page", "./nb.ipynb"},
			{"diff", "./nb.ipynb", "./nb2.ipynb"},
			{"diff", "./nb.ipynb", "./nb3.ipynb"},
			{"diff", "./nb3.ipynb", "./nb.ipynb"},
			{"diff", "./nb.ipynb"},
			{"pair", "./nb.ipynb"},
			{"lint", "./" + name},
			{"page", "./" + name},
			{"strip", "./" + name},
			{"run", "./" + name},
			{"lint", "./nosuch" + evil},
		} {
			r := main(t, args...)
			for line := range strings.Lines(r.stdout + r.stderr) {
				if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), control) || strings.HasPrefix(line, "nb.ipynb: all is well") {
					t.Errorf("%q said %q", args, line)
					break
				}
			}
			if r.stdout+r.stderr == "" {
				t.Errorf("%q said nothing: the test looks at too little", args)
			}
		}
		if err := os.RemoveAll(".build"); err != nil {
			t.Fatal(err)
		}
		for _, file := range glob(filepath.Join(".", "*.ipynb")) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func control(r rune) bool { return unicode.IsControl(r) && r != '\t' }
