//go:build unix

package runner_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/kerneltest"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

// What a chapter may be at most: what readers take in at one go.
const (
	leastCells, mostCells = 15, 40
	mostFunctionLines     = 12
	mostMainLines         = 24
)

var (
	chapterName = regexp.MustCompile(`^\d\d-`)
	tagged      = regexp.MustCompile(`\\tag\{([^}]*)\}`)
	anchored    = regexp.MustCompile(`<a id="([^"]*)"></a>`)
	linked      = regexp.MustCompile(`\]\(#([^)]*)\)`)
	fencedCode  = regexp.MustCompile("(?s)```.*?```")
	shownSteps  = regexp.MustCompile(`(?m)^\s*(?:Tag:|return derive\.Step\{)`)
)

// chapter finds what keeps a numbered notebook from reading like the others.
func chapter(nb *nbformat.Notebook) (found []string) {
	say := func(cell int, format string, args ...any) {
		found = append(found, fmt.Sprintf("cell %d: %s", cell, fmt.Sprintf(format, args...)))
	}
	if n := len(nb.Cells); n < leastCells || n > mostCells {
		say(n, "a chapter has %d to %d cells", leastCells, mostCells)
	}
	if len(nb.Cells) < 2 || !strings.HasPrefix(nb.Cells[0].Source, "# ") || !notation(nb.Cells[1].Source) {
		say(2, "a title and then a table of notation come first: the paper's, Song's and the code's")
	}
	ids := make(map[string]bool)
	var texts []string // by cell, its Markdown outputs with it
	for i, c := range nb.Cells {
		text := ""
		switch c.Type {
		case nbformat.Markdown:
			text = fencedCode.ReplaceAllString(c.Source, "")
		case nbformat.Code:
			for j := range c.Outputs {
				s, _ := c.Outputs[j].DataText("text/markdown")
				text += s
			}
			for _, long := range longFunctions(c.Source) {
				say(i+1, "%s", long)
			}
		}
		texts = append(texts, text)
		for _, m := range anchored.FindAllStringSubmatch(text, -1) {
			if ids[m[1]] {
				say(i+1, "the id %s stands twice", m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range tagged.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(text, `<a id="eq-`+m[1]+`"></a>`) {
				say(i+1, `equation (%s) has no <a id="eq-%s"></a> before it, which references need in Jupyter and on GitHub`, m[1], m[1])
			}
		}
	}
	for i, text := range texts {
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			if !ids[m[1]] {
				say(i+1, "nothing has the id %s", m[1])
			}
		}
	}
	steps, ledger, levels := 0, false, []string{}
	for _, c := range nb.Cells {
		if c.Type == nbformat.Code {
			steps += len(shownSteps.FindAllString(c.Source, -1))
			ledger = ledger || strings.Contains(c.Source, "derive.Run(") || strings.Contains(c.Source, "derive.Ledger")
		}
		if name, ok := strings.CutPrefix(c.ID, "exercise-"); ok && !strings.Contains(name, "-") {
			levels = append(levels, name)
		}
	}
	if steps > 1 && !ledger {
		say(len(nb.Cells), "a derivation ends with its ledger")
	}
	if len(levels) == 0 || !slices.IsSorted(levels) {
		say(len(nb.Cells), "a chapter has exercises, numbered in order, not %q", levels)
	}
	if last := nb.Cells[len(nb.Cells)-1]; !strings.HasPrefix(last.ID, "exercise-") || !strings.HasSuffix(last.ID, "-check") {
		say(len(nb.Cells), "the check of an exercise comes last")
	}
	return found
}

// notation reports whether a cell is a table of notation for both kinds of reader.
func notation(source string) bool {
	return strings.HasPrefix(source, "## Notation") && strings.Contains(source, "| in code |") &&
		strings.Contains(source, "paper") && strings.Contains(source, "Song")
}

// longFunctions names the functions of a cell that are longer than a reader takes
// in, its main program among them.
func longFunctions(source string) (found []string) {
	declarations, program, _ := strings.Cut("\n"+source, "\n%%")
	if n := len(strings.Split(strings.TrimSpace(program), "\n")); n > mostMainLines {
		found = append(found, fmt.Sprintf("its program has %d lines, more than %d", n, mostMainLines))
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", "package p\n"+declarations, 0)
	if err != nil {
		return append(found, err.Error())
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := set.Position(f.Body.Rbrace).Line - set.Position(f.Body.Lbrace).Line - 1; n > mostFunctionLines {
			found = append(found, fmt.Sprintf("func %s has %d lines, more than %d", f.Name.Name, n, mostFunctionLines))
		}
	}
	return found
}

// Every numbered notebook reads like a chapter of the same book.
func TestChapters(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(kerneltest.Repo, "notebooks", "*.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	chapters := 0
	for _, name := range names {
		if !chapterName.MatchString(filepath.Base(name)) {
			continue
		}
		chapters++
		t.Run(filepath.Base(name), func(t *testing.T) {
			nb, err := nbformat.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range chapter(nb) {
				t.Error(f)
			}
		})
	}
	if chapters != 11 {
		t.Errorf("%d chapters, want 11", chapters)
	}
}

// A chapter that isn't one is found out.
func TestChapterObjects(t *testing.T) {
	long := "func f() {\n" + strings.Repeat("\tf()\n", mostFunctionLines+1) + "}"
	nb := notebook(long, "%%\n"+strings.Repeat("f()\n", mostMainLines+1), "steps := []derive.Step{\nTag: \"1\",\nTag: \"2\",\n")
	nb.Cells[2].Type, nb.Cells[2].Source = nbformat.Markdown, `$$ x = 1 \tag{7} $$ by [(8)](#eq-8)`
	nb.Cells = append(nb.Cells, notebook("%%\nTag: \"1\",\nTag: \"2\",").Cells...)
	got := strings.Join(chapter(nb), "\n")
	for _, want := range []string{
		"15 to 40 cells", "a table of notation", "func f has 13 lines", "program has 25 lines",
		"equation (7) has no", "nothing has the id eq-8", "ends with its ledger", "has exercises", "comes last",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q isn't among\n%s", want, got)
		}
	}
}
